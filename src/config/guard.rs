//! The key `guard`: the comparison of a change's own demands with those of the other side.

use super::diagnostic::Diagnostic;
use super::entries::unknown;
use super::suggest::did_you_mean;
use super::yaml::{Node, Value};
use serde::{Deserialize, Serialize};

use crate::config::baseline_source::BaselineSource;
use crate::config::span::{Span, Spanned};

const KEYS: [&str; 2] = ["against", "on_loosened"];

/// The effects of a loosened demand, in the order of their strictness.
pub const ON_LOOSENED: [&str; 4] = ["off", "note", "warn", "fail"];

/// The effect of a loosened demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLoosened {
    /// The two sides are not compared.
    Off,
    /// The report names it.
    Note,
    /// The report warns of it.
    Warn,
    /// It blocks the merge.
    Fail,
}

impl OnLoosened {
    /// Returns the word of a config.
    pub fn name(self) -> &'static str {
        ON_LOOSENED[self as usize]
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Off, Self::Note, Self::Warn, Self::Fail].into_iter().find(|mode| mode.name() == text)
    }
}

/// The `guard` block of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardConfig {
    /// The commit with the other side's config; the merge base by default.
    pub against: Option<Spanned<String>>,
    /// The effect of a loosened demand, if it is set.
    pub on_loosened: Option<OnLoosened>,
    /// The block's place in the config.
    pub span: Span,
}

impl GuardConfig {
    /// Reads the key `guard`: an effect, or a mapping.
    pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let Some(entries) = node.entries() else {
            let on_loosened = Some(mode(node, problems)?);
            return Some(Self { against: None, on_loosened, span: node.span });
        };
        unknown(entries, &KEYS, problems);
        let on_loosened = node.get("on_loosened").and_then(|node| mode(node, problems));
        let against = node.get("against").and_then(|node| against(node, problems));
        Some(Self { against, on_loosened, span: node.span })
    }
}

fn mode(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<OnLoosened> {
    // YAML 1.1 reads `off` as false, and some editors still do.
    let text = if node.value == Value::Bool(false) { Some("off") } else { node.as_text() };
    let read = text.and_then(OnLoosened::parse);
    if read.is_none() {
        let help = match text.and_then(|text| did_you_mean(text, ON_LOOSENED)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write fail, warn, note or off".to_owned(),
        };
        let found = text.map_or_else(|| node.kind_name().to_owned(), |text| format!("`{text}`"));
        let message = format!("{found} is not an effect of a loosened demand");
        problems.push(Diagnostic::new(message, node.span).with_help(help));
    }
    read
}

fn against(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Spanned<String>> {
    let text = node.as_text().unwrap_or_default();
    match BaselineSource::parse(&format!("git:{}:x", text.strip_prefix("git:").unwrap_or(text))) {
        Ok(BaselineSource::Git { reference, .. }) => Some(Spanned { value: reference, span: node.span }),
        _ => {
            let help = "write `merge-base`, a branch, a tag or an id; a path goes with `mlgate guard --against`";
            problems.push(Diagnostic::new("`against` names no commit", node.span).with_help(help));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, OnLoosened};

    fn read(guard: &str) -> Result<Option<OnLoosened>, Vec<String>> {
        let text = format!("version: 1\nguard: {guard}\ndata:\n  t: {{path: t.csv, rows: 1}}\n");
        match Config::parse(&text) {
            Ok(config) => Ok(config.guard.and_then(|guard| guard.on_loosened)),
            Err(problems) => Err(problems.into_iter().map(|problem| problem.message).collect()),
        }
    }

    #[test]
    fn an_effect_or_all_of_it() {
        assert_eq!(read("off"), Ok(Some(OnLoosened::Off)));
        assert_eq!(read("false"), Ok(Some(OnLoosened::Off)));
        assert_eq!(read("{against: merge-base, on_loosened: fail}"), Ok(Some(OnLoosened::Fail)));
        assert_eq!(read("{against: origin/main}"), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(read("wran"), Err(vec!["`wran` is not an effect of a loosened demand".to_owned()]));
        assert_eq!(read("{agianst: main}"), Err(vec!["unknown key `agianst`".to_owned()]));
        for against in ["--upload-pack=x", "../main/mlgate.yml", "a..b", "[a]"] {
            assert_eq!(read(&format!("{{against: {against}}}")), Err(vec!["`against` names no commit".to_owned()]));
        }
    }
}
