//! Lines of a config that would catch a fault.

use crate::config::{Unedited, with_entry};
use crate::init::quoted;

/// A line of a config: a value at a path of keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ConfigLine {
    path: Vec<String>,
    /// The value, as YAML in one line.
    value: String,
}

impl ConfigLine {
    /// Creates a line.
    pub(super) fn new(path: &[&str], value: impl Into<String>) -> Self {
        Self { path: path.iter().map(|key| (*key).to_owned()).collect(), value: value.into() }
    }

    /// Returns the text of a config with this line.
    ///
    /// # Errors
    ///
    /// The key has a value, or the layout of the text cannot be extended.
    pub(super) fn added(&self, text: &str) -> Result<String, Unedited> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        with_entry(text, &path, &self.value, quoted)
    }

    /// Returns the path of the line: `data.loans.rows`.
    pub(super) fn dotted(&self) -> String {
        self.path.join(".")
    }

    /// Returns the line as a config of its own, in one line.
    pub(super) fn fragment(&self) -> String {
        let mut path = self.path.iter();
        let first = path.next().map(|key| quoted(key)).unwrap_or_default();
        let inner = path.rev().fold(self.value.clone(), |inner, key| format!("{{{}: {inner}}}", quoted(key)));
        format!("{first}: {inner}")
    }
}

/// Adds lines to the text of a config. Those that have become superfluous are left out.
///
/// # Errors
///
/// The layout of the text cannot be extended safely: the line.
pub(super) fn with_lines<'a>(text: &str, lines: impl Iterator<Item = &'a ConfigLine>) -> Result<String, String> {
    let mut text = text.to_owned();
    for line in lines {
        match line.added(&text) {
            Ok(new) => text = new,
            Err(Unedited::Exists) => {}
            Err(Unedited::Unsafe) => return Err(line.fragment()),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_config_of_its_own() {
        let line = ConfigLine::new(&["data", "a b", "columns", "x", "nulls"], "0");
        assert_eq!(line.fragment(), "data: {\"a b\": {columns: {x: {nulls: 0}}}}");
        let text = "data:\n  \"a b\":\n    path: x.csv\n";
        let with = line.added(text);
        assert_eq!(with.as_deref(), Ok("data:\n  \"a b\":\n    path: x.csv\n    columns: {x: {nulls: 0}}\n"));
    }
}
