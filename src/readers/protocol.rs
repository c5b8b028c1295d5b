//! The protocol of an evaluation log: the parts that both sides of a comparison must share.

use std::collections::BTreeMap;
use std::path::Path;

use super::datum::Datum;
use super::{FoundPath, ReadEnvironment, ReadError, ReadLimits, RunSnapshot, inspect, lm_eval, promptfoo};
use crate::digest::sha256;

/// Values by task and part; parts of a log as a whole have an empty task.
pub type ProtocolParts = BTreeMap<String, BTreeMap<String, String>>;

/// Returns the protocol of the log whose samples are rows, and nothing for a file of other rows.
///
/// # Errors
///
/// The log cannot be read.
pub fn protocol_of_rows(path: &Path, name: &str) -> Result<ProtocolParts, ReadError> {
    let found = FoundPath::at(path.to_owned(), name.to_owned(), &ReadLimits::default())?;
    let mut snapshot = RunSnapshot::default();
    let head = found.head();
    let has = |text: &str| head.windows(text.len()).any(|window| window == text.as_bytes());
    let start = String::from_utf8_lossy(&head[..head.len().min(64)])
        .trim_start()
        .trim_start_matches('{')
        .trim_start()
        .to_owned();
    if head.starts_with(b"PK\x03\x04") || start.starts_with("\"version\"") && has("\"eval\"") && has("\"run_id\"") {
        inspect::of_found(&found, &mut snapshot)?;
    } else if start.starts_with("\"evalId\"") && has("\"results\"") {
        promptfoo::protocol(found.document()?, &mut snapshot.protocol);
    } else if lm_eval::samples::are_in(&found) {
        lm_eval::samples::protocol(&found, &mut snapshot.protocol)?;
    }
    Ok(snapshot.protocol)
}

/// Returns the protocol of a file or folder of metrics, and nothing where it is no evaluation log.
///
/// # Errors
///
/// The log cannot be read.
pub fn protocol_of_metrics(
    path: &str,
    limits: &ReadLimits,
    environment: &ReadEnvironment<'_>,
) -> Result<ProtocolParts, ReadError> {
    let Ok(found) = FoundPath::open(path, environment, limits) else { return Ok(ProtocolParts::new()) };
    let kinds = [&inspect::INSPECT, &lm_eval::LM_EVAL, &promptfoo::PROMPTFOO];
    if !found.is_folder() && kinds.iter().any(|kind| (kind.recognise)(&found)) {
        return super::read(path, limits, environment).map(|snapshot| snapshot.protocol);
    }
    Ok(ProtocolParts::new())
}

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
