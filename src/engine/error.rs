//! Messages for the engine's errors.

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

/// The most characters of a text that a message shows.
const SHOWN: usize = 80;

/// Returns the innermost cause in one line, without the engine's own prefixes and hints.
pub(super) fn sentence(error: &DataFusionError) -> String {
    let text = match error.find_root() {
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            ArrowError::CsvError(text)
            | ArrowError::JsonError(text)
            | ArrowError::ParseError(text)
            | ArrowError::ComputeError(text)
            | ArrowError::CastError(text) => text.clone(),
            other => other.to_string(),
        },
        DataFusionError::ResourcesExhausted(text) if text.contains("disk space") => text.clone(),
        // The engine's own text names its internal parts.
        DataFusionError::ResourcesExhausted(_) => {
            "this needs more memory than `memory_limit` (or --memory-limit) allows; raise the limit".to_owned()
        }
        DataFusionError::SchemaError(inner, _) => inner.to_string(),
        DataFusionError::SQL(inner, _) => match inner.as_ref() {
            ParserError::RecursionLimitExceeded => "it is nested too deeply for the SQL parser".to_owned(),
            ParserError::ParserError(text) | ParserError::TokenizerError(text) => text.clone(),
        },
        DataFusionError::Plan(text) | DataFusionError::Execution(text) => text.clone(),
        other => other.strip_backtrace(),
    };
    if text.contains("used disk space during the spilling") {
        return "this needs more room for temporary files than `disk_limit` allows; raise the limit".to_owned();
    }
    let line = text.lines().next().unwrap_or_default().trim().trim_end_matches('.').to_owned();
    if line.is_empty() { "no reason is known".to_owned() } else { line }
}

/// Returns the beginning of an untrusted text for a message, on one line.
pub(super) fn clipped(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
