//! Words of a line: a choice among several, and the line itself as a report shows it.

use crate::config::{Node, Value, did_you_mean};

/// Reads a choice among these words.
pub(super) fn word(node: &Node, words: &[String]) -> Result<String, String> {
    let all = || words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match node.as_text() {
        Some(text) if words.iter().any(|word| word == text) => Ok(text.to_owned()),
        Some(text) => Err(match did_you_mean(text, words.iter().map(String::as_str)) {
            Some(near) => format!("`{text}` is not one of {}; did you mean `{near}`?", all()),
            None => format!("`{text}` is not one of {}", all()),
        }),
        None => Err(format!("expected one of {}, found {}", all(), node.kind_name())),
    }
}

/// Returns the value of a line as a short text for the report.
pub(in crate::gate) fn words(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Exact(text) => text.clone(),
        Value::Text(value) => value.clone(),
        Value::List(items) => format!("[{}]", items.iter().map(words).collect::<Vec<_>>().join(", ")),
        Value::Map(_) => "{…}".to_owned(),
    }
}
