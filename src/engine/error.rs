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
            | ArrowError::CastError(text) => without_values(text),
            other => without_values(&other.to_string()),
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
        DataFusionError::Plan(text) => text.clone(),
        // Functions of SQL quote what they could not read.
        DataFusionError::Execution(text) if text.to_lowercase().contains("pars") => without_values(text),
        DataFusionError::Execution(text) => text.clone(),
        other => other.strip_backtrace(),
    };
    if text.contains("used disk space during the spilling") {
        return "this needs more room for temporary files than `disk_limit` allows; raise the limit".to_owned();
    }
    let line = text.lines().next().unwrap_or_default().trim().trim_end_matches('.').to_owned();
    if line.is_empty() { "no reason is known".to_owned() } else { line }
}

/// Returns an error about a value without the value, which may be personal: `Cannot cast string … to value of Float64 type`.
fn without_values(text: &str) -> String {
    // The value that does not fit, the row around it, or the two numbers of a sum.
    let text = ["Row data:", "happened on:"].iter().fold(text, |text, mark| text.split(mark).next().unwrap_or(text));
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    // An apostrophe behind a letter opens nothing: `Can't`.
    let opening = |text: &str| {
        let mut quotes = text.match_indices(['\'', '"']);
        quotes.find(|(at, _)| !text[..*at].ends_with(char::is_alphanumeric)).map(|(at, _)| at)
    };
    while let Some(start) = opening(rest) {
        shown.push_str(&rest[..start]);
        shown.push('…');
        let quote = &rest[start..=start];
        // The last quote of this kind ends the value, which may hold others; without one, the value was cut off.
        rest = rest[start + 1..].rfind(quote).map_or("", |end| &rest[start + 1 + end + 1..]);
    }
    shown.push_str(rest);
    // `Can't cast value 300 to type Int8`
    match shown.split_once(" value ").and_then(|(head, tail)| Some((head, tail.rsplit_once(" to type ")?.1))) {
        Some((head, kind)) => format!("{head} value … to type {kind}"),
        None => shown.trim().to_owned(),
    }
}

/// Returns the beginning of an untrusted text for a message, on one line.
pub(super) fn clipped(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_about_a_value_does_not_tell_the_value() {
        for (text, wanted) in [
            (
                "Cannot cast string 'Ann O'Hara' to value of Float64 type",
                "Cannot cast string … to value of Float64 type",
            ),
            ("Can't cast value 7310.5 to type Int8", "Can't cast value … to type Int8"),
            ("Overflow happened on: 7310 * 99", "Overflow"),
            (
                "Error parsing timestamp from 'soon': error parsing date",
                "Error parsing timestamp from …: error parsing date",
            ),
            (
                "Error while parsing value 'x' as type 'Int64' for column 1 at line 3. Row data: '[Ann,x]'",
                "Error while parsing value … for column 1 at line 3.",
            ),
            ("failed to parse \"Ann\" as Int64", "failed to parse … as Int64"),
            ("Divide by zero error", "Divide by zero error"),
        ] {
            assert_eq!(without_values(text), wanted);
        }
    }
}
