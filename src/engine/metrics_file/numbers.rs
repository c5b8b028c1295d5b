//! A file of metrics: its numbers and their names.

use std::collections::BTreeMap;

use crate::measurement::MeasureError;
use crate::measurement::protocol::EvaluationProtocol;

/// The most values in a file of metrics.
pub(super) const MOST_NUMBERS: usize = 20_000;

/// The longest name of a metric, in bytes.
pub(super) const LONGEST_NAME: usize = 500;

/// The largest number; differences of larger ones could overflow.
pub(super) const LARGEST: f64 = 1e150;

/// The most characters of a text that a message shows.
const SHOWN: usize = 40;

/// Values of a file by their full names: a number, or a description of another value, such as "text (`n/a`) in line 3".
pub(in crate::engine) type FoundNumber = BTreeMap<String, Result<f64, String>>;

/// Parses a number in any usual notation; otherwise describes the text.
pub(super) fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.abs() <= LARGEST => Ok(number),
        Ok(number) if number.is_finite() => Err("beyond 1e150".to_owned()),
        Ok(number) if number.is_nan() => Err("NaN".to_owned()),
        Ok(_) => Err("infinite".to_owned()),
        Err(_) => Err(format!("text (`{}`)", clipped(text))),
    }
}

pub(super) fn clipped(text: &str) -> String {
    let line: String =
        text.chars().map(|letter| if letter.is_control() || letter == '`' { ' ' } else { letter }).collect();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Adds a value under a name. A duplicate name has no value.
pub(super) fn add(
    found: &mut FoundNumber,
    name: String,
    value: Result<f64, String>,
    line: usize,
) -> Result<(), String> {
    if found.len() == MOST_NUMBERS {
        return Err(format!("it has too many values for a file of metrics; limit: {MOST_NUMBERS}"));
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("a name in line {line} is longer than {LONGEST_NAME} bytes"));
    }
    let value = value.map_err(|what| format!("{what} in line {line}"));
    let again = || Err(format!("repeated in line {line}"));
    found.entry(name).and_modify(|known| *known = again()).or_insert(value);
    Ok(())
}

/// Numbers of one side, with their files.
#[derive(Clone)]
pub(in crate::engine) struct MetricsFile {
    pub(super) path: String,
    pub(super) found: FoundNumber,
    pub(super) digests: Vec<(String, String)>,
    /// The protocol of an evaluation log, or the reason it cannot be read.
    pub(super) protocol: Result<EvaluationProtocol, MeasureError>,
}
