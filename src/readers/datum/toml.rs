//! TOML.

use super::Datum;
use crate::readers::ReadLimits;

/// Parses a document.
///
/// # Errors
///
/// The text is not TOML, or exceeds a limit.
pub(in crate::readers) fn toml(text: &str, limits: &ReadLimits) -> Result<Datum, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("it is not TOML: {} in line {line}", error.message().lines().next().unwrap_or_default())
    })?;
    let mut nodes = 0;
    convert(toml::Value::Table(table), 0, &mut nodes, limits)
}

fn convert(value: toml::Value, depth: usize, nodes: &mut usize, limits: &ReadLimits) -> Result<Datum, String> {
    *nodes += 1;
    if *nodes > limits.nodes {
        return Err(format!("there are too many values; limit: {}", limits.nodes));
    }
    if depth > limits.depth {
        return Err(format!("it is nested too deeply; limit: {} levels", limits.depth));
    }
    Ok(match value {
        toml::Value::String(text) => Datum::Text(text),
        #[expect(clippy::cast_precision_loss, reason = "numbers are floats here, as in JSON")]
        toml::Value::Integer(number) => Datum::Number(number as f64, number.to_string().into()),
        toml::Value::Float(number) => Datum::Number(number, number.to_string().into()),
        toml::Value::Boolean(value) => Datum::Bool(value),
        toml::Value::Datetime(time) => Datum::Text(time.to_string()),
        toml::Value::Array(items) => Datum::List(
            items.into_iter().map(|item| convert(item, depth + 1, nodes, limits)).collect::<Result<_, _>>()?,
        ),
        toml::Value::Table(entries) => Datum::Map(
            entries
                .into_iter()
                .map(|(key, value)| Ok((key, convert(value, depth + 1, nodes, limits)?)))
                .collect::<Result<_, String>>()?,
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn parse(text: &str) -> Result<Datum, String> {
        toml(text, &ReadLimits { nodes: 1_000, ..ReadLimits::default() })
    }

    #[test]
    fn values() {
        let read = parse("loss = nan\nstep = 3\n[eval]\nf1.macro = 0.5\nworst = -inf\n").unwrap();
        assert!(read.get("loss").unwrap().number().unwrap().is_nan());
        assert_eq!(read.at(&["eval", "f1", "macro"]).unwrap().number(), Some(0.5));
        assert_eq!(read.at(&["eval", "worst"]).unwrap().number(), Some(f64::NEG_INFINITY));
        assert_eq!(read.get("step").unwrap().whole(), Some(3));
    }

    #[test]
    fn malformed_text_is_refused() {
        assert!(parse("a = 1\na = 2\n").unwrap_err().contains("in line 2"));
        assert!(parse("a = 0.9.\n").is_err());
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
        assert!(parse(&format!("a = [{}]", "1,".repeat(2_000))).unwrap_err().contains("too many"));
    }
}
