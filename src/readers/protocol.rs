//! The protocol of an evaluation log: the parts that both sides of a comparison must share.

use std::collections::BTreeMap;

use super::datum::Datum;
use crate::digest::sha256;

/// Values by task and part; parts of a log as a whole have an empty task.
pub type ProtocolParts = BTreeMap<String, BTreeMap<String, String>>;

/// Adds a part; where a file of several has another value, both are the value.
pub(in crate::readers) fn add(parts: &mut ProtocolParts, task: &str, part: &str, value: String) {
    let values = parts.entry(task.to_owned()).or_default();
    let known = values.entry(part.to_owned()).or_insert_with(|| value.clone());
    if *known != value {
        *known = format!("{known} and {value}");
    }
}

/// Returns a short digest of texts, in any order.
pub(in crate::readers) fn digest(mut texts: Vec<String>) -> String {
    texts.sort_unstable();
    texts.dedup();
    let count = texts.len();
    // The length in front of each text keeps two texts from being taken for another two.
    let whole: String = texts.iter().map(|text| format!("{} {text}\n", text.len())).collect();
    let digest = sha256(whole.as_bytes()).unwrap_or_default();
    let digest = digest.trim_start_matches("sha256:");
    format!("{count} ({})", &digest[..digest.len().min(32)])
}

/// Returns a document as text, with the entries of a mapping in the order of their keys.
pub(in crate::readers) fn canonical(value: &Datum) -> String {
    match value {
        Datum::Null => "null".to_owned(),
        Datum::Bool(value) => value.to_string(),
        Datum::Number(_, text) => text.to_string(),
        Datum::Text(text) => serde_json::Value::String(text.clone()).to_string(),
        Datum::List(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Datum::Map(entries) => {
            let mut parts: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}:{}", serde_json::Value::String(key.clone()), canonical(value)))
                .collect();
            parts.sort_unstable();
            format!("{{{}}}", parts.join(","))
        }
    }
}
