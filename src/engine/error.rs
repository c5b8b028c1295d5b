//! The engine's errors in the words of a user.

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;

/// The innermost cause in one line, without the engine's own wrappers and hints.
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
        // The engine's own words name its inner parts.
        DataFusionError::ResourcesExhausted(_) => {
            "this needs more memory than `memory_limit` (or --memory-limit) allows; raise the limit".to_owned()
        }
        DataFusionError::SchemaError(inner, _) => inner.to_string(),
        DataFusionError::Plan(text) | DataFusionError::Execution(text) => text.clone(),
        other => other.strip_backtrace(),
    };
    let line = text.lines().next().unwrap_or_default().trim().trim_end_matches('.').to_owned();
    if line.is_empty() { "the engine gave no reason".to_owned() } else { line }
}
