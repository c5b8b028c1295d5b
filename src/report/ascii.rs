//! Reports for terminals and agents that show ASCII alone: mlgate's own symbols have a form in ASCII, and any other
//! character is written as its number.

use std::fmt::Write as _;

use super::Format;
use super::document::Report;

/// mlgate's own symbols, each with its form.
const SYMBOLS: [(char, &str); 36] = [
    ('✓', "+"),
    ('✗', "x"),
    ('⊘', "E"),
    ('○', "o"),
    ('·', "*"),
    ('│', "|"),
    ('−', "-"),
    ('–', "-"),
    ('—', "-"),
    ('→', "->"),
    ('…', "..."),
    ('█', "#"),
    ('░', "."),
    ('×', "x"),
    ('±', "+/-"),
    ('²', "^2"),
    ('₂', "_2"),
    ('√', "sqrt"),
    ('∞', "inf"),
    ('≤', "<="),
    ('≥', ">="),
    ('α', "alpha"),
    ('β', "beta"),
    ('η', "eta"),
    ('τ', "tau"),
    ('χ', "chi"),
    ('µ', "u"),
    ('’', "'"),
    ('“', "\""),
    ('”', "\""),
    ('✅', "[pass]"),
    ('⚠', "[warn]"),
    ('❌', "[fail]"),
    ('⛔', "[none]"),
    // The variation that makes the warning sign a picture.
    ('\u{fe0f}', ""),
    // The replacement of a character that cannot be seen.
    ('\u{fffd}', "?"),
];

/// Returns the text in ASCII: `0.9266 -> 0.9011`, `\u{e9}`.
pub(super) fn ascii(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    // The one name of the field that is not in ASCII.
    for c in text.replace("Cramér", "Cramer").chars() {
        match SYMBOLS.iter().find(|(symbol, _)| *symbol == c) {
            _ if c.is_ascii() => shown.push(c),
            Some((_, form)) => shown.push_str(form),
            None => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    shown
}

/// Returns a rendered report in ASCII, in the escapes of its format. A table, a text of metrics and a model card are UTF-8
/// by their definitions.
pub(super) fn encoded(text: String, format: Format) -> String {
    if text.is_ascii() {
        return text;
    }
    match format {
        // A name that is shortened keeps its width.
        Format::Text => ascii(&text.replace('…', "~")),
        Format::Markdown | Format::Ll144 | Format::SageMakerMessage => ascii(&text),
        Format::Json
        | Format::Sarif
        | Format::CodeQuality
        | Format::DvcLive
        | Format::InToto
        | Format::CycloneDx
        | Format::SageMakerViolations
        | Format::SageMakerStatistics => escaped(&text, |c, shown| {
            c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(shown, "\\u{unit:04x}"))
        }),
        Format::Html | Format::JUnit => escaped(&text, |c, shown| write!(shown, "&#x{:x};", u32::from(c))),
        Format::OpenMetrics | Format::Dotenv | Format::Csv | Format::ModelCard => text,
    }
}

fn escaped(text: &str, escape: impl Fn(char, &mut String) -> std::fmt::Result) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            shown.push(c);
        } else {
            let _ = escape(c, &mut shown);
        }
    }
    shown
}

/// Returns a report whose texts are in ASCII, so that a layout counts the columns that are shown.
pub(super) fn report(report: &Report) -> Result<Report, serde_json::Error> {
    let mut value = serde_json::to_value(report)?;
    texts(&mut value);
    serde_json::from_value(value)
}

fn texts(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = ascii(text),
        serde_json::Value::Array(values) => values.iter_mut().for_each(texts),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(texts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample;
    use super::super::{RenderOptions, render};
    use super::*;

    #[test]
    fn symbols_have_a_form_and_other_characters_a_number() {
        assert_eq!(ascii("✗ é 0.9 → −0.1 Cramér’s V"), "x \\u{e9} 0.9 -> -0.1 Cramer's V");
        assert_eq!(encoded("\"é😀\"".to_owned(), Format::Json), "\"\\u00e9\\ud83d\\ude00\"");
        assert_eq!(encoded("<a>é</a>".to_owned(), Format::JUnit), "<a>&#xe9;</a>");
    }

    #[test]
    fn columns_stay_aligned() {
        let options = RenderOptions { ascii: true, ..RenderOptions::default() };
        let page = render(&sample::report(), Format::Text, &options).expect("it is rendered");
        insta::assert_snapshot!("text_ascii", page);
    }

    proptest! {
        #[test]
        fn every_page_is_ascii(text in sample::any_text(), columns in 40_usize..120, evidence: bool) {
            let report = sample::filled_with(sample::report(), &text);
            let options = RenderOptions { ascii: true, width: columns, evidence, ..RenderOptions::default() };
            for format in Format::ALL {
                let page = render(&report, format, &options).expect("it is rendered");
                let is_utf8 = matches!(format, Format::OpenMetrics | Format::Csv | Format::ModelCard);
                prop_assert!(is_utf8 || page.is_ascii(), "{format:?}: {page}");
                if format == Format::Text {
                    // An arrow of a table of slices takes one column more.
                    let wide = page.lines().find(|line| line.len() > columns + 1);
                    prop_assert!(wide.is_none(), "{:?} of {}", wide, columns);
                }
            }
        }
    }
}
