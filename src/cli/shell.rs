//! Commands that a user may copy from the terminal into a shell.

use std::path::Path;

use crate::config::visible;

/// Returns a path as one word of a shell, without characters that steer a terminal.
pub(super) fn word(path: &Path) -> String {
    let text = visible(&path.display().to_string());
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-');
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word() {
        for (path, expected) in
            [("a/b-1.yml", "a/b-1.yml"), ("a b", "'a b'"), ("it's $(x)", r"'it'\''s $(x)'"), ("", "''")]
        {
            assert_eq!(word(Path::new(path)), expected);
        }
        assert!(!word(Path::new("a\u{1b}[31m")).contains('\u{1b}'));
    }
}
