//! Names and texts as YAML.

use std::path::Path;

/// A text as a YAML scalar: plain where nothing can misread it, double-quoted otherwise.
pub fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let plain = first && characters.all(|rest| rest.is_ascii_alphanumeric() || matches!(rest, '_' | '-' | '.' | '/'));
    // Plain for a parser of YAML 1.1, too: a reader's editor may have one.
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if plain && !word { text.to_owned() } else { serde_json::Value::String(text.to_owned()).to_string() }
}

/// A name for a table, from its path.
pub fn name_of(path: &str) -> String {
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name: String = stem
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || character == '_' { character } else { '_' })
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
    }

    proptest! {
        #[test]
        fn every_text_survives(text in "\\PC{0,20}") {
            let root = yaml::parse(&format!("key: {}\n", quoted(&text))).unwrap();
            prop_assert_eq!(&root.get("key").unwrap().value, &Value::Text(text));
        }
    }
}
