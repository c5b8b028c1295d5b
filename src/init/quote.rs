//! Names and texts as YAML.

use std::path::Path;

/// Returns a text as a YAML scalar: plain if no parser can misread it, double-quoted otherwise.
pub fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let plain = first && characters.all(|rest| rest.is_ascii_alphanumeric() || matches!(rest, '_' | '-' | '.' | '/'));
    // The scalar must be plain for a parser of YAML 1.1, too: a reader's editor may use one.
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if plain && !word { text.to_owned() } else { double_quoted(text) }
}

/// Returns a double-quoted scalar: JSON's, with escapes for characters that YAML forbids or that steer a terminal.
fn double_quoted(text: &str) -> String {
    let written = |character: char| match u32::from(character) {
        _ if !is_unprintable(character) => character.to_string(),
        code @ 0..=0xFFFF => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    };
    serde_json::Value::String(text.to_owned()).to_string().chars().map(written).collect()
}

/// Returns a text as part of a comment, which is one line.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|character| if is_unprintable(character) { ' ' } else { character }).collect()
}

/// Returns true for a character that YAML forbids in text, or that changes the display of its neighbours.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character) & 0xFFFF, 0xFFFE | 0xFFFF)
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

/// File extensions of data; the last one may be a compression behind another extension.
const ENDINGS: [&str; 11] =
    ["gz", "zst", "csv", "tsv", "json", "jsonl", "ndjson", "parquet", "arrow", "feather", "ipc"];

/// Returns a name for a table from its path: letters and digits of any script, and `_` for everything else.
pub fn name_of(path: &str) -> String {
    let mut stem = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    while let Some((rest, ending)) = stem.rsplit_once('.') {
        let is_ending = ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending));
        if rest.is_empty() || !is_ending {
            break;
        }
        stem = rest;
    }
    let name: String = stem
        .chars()
        .map(|character| if character.is_alphanumeric() || character == '_' { character } else { '_' })
        .collect();
    let name = name.trim_matches('_').to_owned();
    if name.is_empty() { "table".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Value, yaml};

    #[test]
    fn what_yaml_would_misread_is_quoted() {
        assert_eq!(quoted("hours_per_week"), "hours_per_week");
        assert_eq!(quoted("no"), "\"no\"");
        assert_eq!(quoted(">50K"), "\">50K\"");
        assert_eq!(quoted("1"), "\"1\"");
        assert_eq!(quoted(""), "\"\"");
    }

    #[test]
    fn names_come_from_the_file() {
        assert_eq!(name_of("data/train-2024.parquet"), "train_2024");
        assert_eq!(name_of("*.csv"), "table");
        assert_eq!(name_of("été.csv.gz"), "été");
        assert_eq!(name_of("v1.2.parquet"), "v1_2");
        assert_eq!(name_of("data/"), "data");
    }

    proptest! {
        #[test]
        fn every_text_survives(text in "[\\PC\\pC~<=*?]{0,20}") {
            let root = yaml::parse(&format!("key: {}\n", quoted(&text))).unwrap();
            prop_assert_eq!(&root.get("key").unwrap().value, &Value::Text(text.clone()));
            let root = yaml::parse(&format!("{}: 1   # {}\n", quoted(&text), comment(&text))).unwrap();
            prop_assert_eq!(&root.get(&text).unwrap().value, &Value::Int(1));
        }
    }
}
