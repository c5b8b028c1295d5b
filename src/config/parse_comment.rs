//! The key `comment`: settings of the comment on a pull request.

use super::config::{CommentConfig, Config};
use super::suggest::did_you_mean;
use super::yaml::{Node, Value};
use crate::config::reader::ConfigReader;
use crate::config::span::Spanned;

/// The modes of writing a comment.
pub const COMMENT_MODES: [&str; 4] = ["update", "recreate", "on-failure", "off"];

impl Config {
    /// Returns the settings of the comment, as far as they can be read in a text that may be no config: what ends a run
    /// because of the config replaces the comment that a run would have written.
    pub fn comment_of(text: &str) -> CommentConfig {
        if let (Some(config), _) = Self::read(text) {
            return config.comment;
        }
        // The text is not YAML: the lines of the key alone may be.
        let mut lines = text.lines().skip_while(|line| !line.starts_with("comment:"));
        let Some(first) = lines.next() else { return CommentConfig::default() };
        let block = lines.take_while(|line| line.starts_with([' ', '\t']) || line.trim().is_empty());
        let block = block.fold(format!("version: 1\n{first}"), |block, line| block + "\n" + line);
        Self::read(&block).0.map(|config| config.comment).unwrap_or_default()
    }
}

impl ConfigReader {
    /// Reads `comment`: a mode, or a mapping.
    pub(super) fn comment(&mut self, node: Option<&Node>) -> CommentConfig {
        let Some(node) = node else { return CommentConfig::default() };
        if node.as_text().is_some() {
            return CommentConfig { mode: self.mode(node), ..CommentConfig::default() };
        }
        for entry in self.mapping(Some(node)) {
            self.known(&entry.key.value, entry.key.span, &["mode", "key", "template"]);
        }
        CommentConfig {
            mode: node.get("mode").and_then(|node| self.mode(node)),
            key: node.get("key").and_then(|node| self.text(node)),
            template: node.get("template").and_then(|node| self.template(node)),
        }
    }

    fn mode(&mut self, node: &Node) -> Option<Spanned<String>> {
        // YAML 1.1 reads `off` as false, and some editors still do.
        if node.value == Value::Bool(false) {
            return Some(Spanned { value: "off".to_owned(), span: node.span });
        }
        let mode = self.text(node)?;
        if COMMENT_MODES.contains(&mode.value.as_str()) {
            return Some(mode);
        }
        let help = match did_you_mean(&mode.value, COMMENT_MODES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write {}", COMMENT_MODES.join(", ")),
        };
        self.helped(format!("`{}` is not a comment mode", mode.value), node.span, help);
        None
    }

    /// Reads the template's path. A template's contents are posted, so the path must stay inside the repository.
    fn template(&mut self, node: &Node) -> Option<Spanned<String>> {
        let path = self.text(node)?;
        let leads_away = path.value.starts_with(['/', '\\']) || path.value.split(['/', '\\']).any(|part| part == "..");
        if leads_away || path.value.contains(':') {
            self.helped("the template is outside the config's folder", node.span, "move it beside the config");
            return None;
        }
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn the_comment_of_a_broken_config_is_still_known() {
        for text in [
            "version: 1\ncomment: {key: fraud}\ndta: {}\n",
            "comment:\n  key: fraud\n  mode: off\ndata: [\n",
            "a: b: c\ncomment: {key: fraud}\n",
            "version: 9\ncomment: {key: fraud, mode: sometimes}\n",
        ] {
            let key = Config::comment_of(text).key.map(|key| key.value);
            assert_eq!(key.as_deref(), Some("fraud"), "{text}");
        }
        for text in ["", "[", "comment: [", "data: {}\n"] {
            assert_eq!(Config::comment_of(text), super::CommentConfig::default(), "{text}");
        }
    }

    fn problems(comment: &str) -> Vec<String> {
        let text = format!("version: 1\ncomment: {comment}\ndata:\n  t: {{path: t.csv, rows: 1}}\n");
        Config::parse(&text).err().unwrap_or_default().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn a_mode_or_all_of_it() {
        for comment in ["off", "on-failure", "{mode: recreate, key: fraud, template: .mlgate/comment.md}", "{}"] {
            assert_eq!(problems(comment), Vec::<String>::new(), "{comment}");
        }
        let text = "version: 1\ncomment: {mode: off, key: fraud}\ndata:\n  t: {path: t.csv, rows: 1}\n";
        let comment = Config::parse(text).map(|config| config.comment).unwrap_or_default();
        assert_eq!(comment.mode.map(|mode| mode.value).as_deref(), Some("off"));
        assert_eq!(comment.key.map(|key| key.value).as_deref(), Some("fraud"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(problems("upadte"), ["`upadte` is not a comment mode"]);
        assert_eq!(problems("{modus: off}"), ["unknown key `modus`"]);
        for path in ["/proc/self/environ", "../secret", "a/../../b", "C:\\x", "\\\\host\\x"] {
            let found = problems(&format!("{{template: '{path}'}}"));
            assert_eq!(found, ["the template is outside the config's folder"], "{path}");
        }
    }
}
