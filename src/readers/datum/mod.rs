//! Documents as trees: JSON as Python writes it, YAML and TOML.

mod json;
mod toml;
mod yaml;

pub(in crate::readers) use json::json;
pub(in crate::readers) use toml::toml;
pub(in crate::readers) use yaml::yaml;

use super::number;

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::readers) enum Datum {
    Null,
    Bool(bool),
    /// A number, and its text in the document.
    Number(f64, Box<str>),
    Text(String),
    List(Vec<Self>),
    /// The entries in their order; no key is there twice.
    Map(Vec<(String, Self)>),
}

impl Datum {
    /// Returns the value of a key, if this is a mapping that contains it.
    pub(in crate::readers) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// Returns the value at a path of keys.
    pub(in crate::readers) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Returns the entries of a mapping, and none of any other value.
    pub(in crate::readers) fn entries(&self) -> &[(String, Self)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// Returns the items of a list, and none of any other value.
    pub(in crate::readers) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub(in crate::readers) fn is_map(&self) -> bool {
        matches!(self, Self::Map(_))
    }

    pub(in crate::readers) fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    pub(in crate::readers) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns a number, also one that stands as a word in text because it is not finite: `"nan"`, `"-inf"`.
    pub(in crate::readers) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number, _) => Some(*number),
            Self::Text(text) => number::not_finite(text),
            _ => None,
        }
    }

    /// Returns a count: a whole number that is not negative, also in the notation of a float.
    pub(in crate::readers) fn count(&self) -> Option<u64> {
        match self {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
            Self::Number(number, _) if *number >= 0.0 && *number < 9e15 && number.fract() == 0.0 => {
                Some(*number as u64)
            }
            _ => None,
        }
    }

    /// Returns a whole number, such as a step.
    pub(in crate::readers) fn whole(&self) -> Option<i64> {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "checked before")]
            Self::Number(number, _) if number.abs() < 9e15 && number.fract() == 0.0 => Some(*number as i64),
            _ => None,
        }
    }

    /// Returns a scalar as the text that is stored, for parameters and tags.
    pub(in crate::readers) fn as_stored(&self) -> Option<String> {
        match self {
            Self::Null => Some("null".to_owned()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(_, text) => Some(text.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Adds all scalars below a name to a table, levels joined by dots, as parameters are shown.
    pub(in crate::readers) fn params(&self, name: &str, into: &mut std::collections::BTreeMap<String, String>) {
        match self {
            Self::Map(entries) => entries.iter().for_each(|(key, value)| value.params(&joined(name, key), into)),
            Self::List(items) => {
                items.iter().enumerate().for_each(|(at, value)| value.params(&joined(name, &at.to_string()), into));
            }
            scalar => {
                into.extend(scalar.as_stored().map(|text| (name.to_owned(), text)));
            }
        }
    }
}

/// Joins the levels of a name.
pub(in crate::readers) fn joined(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}
