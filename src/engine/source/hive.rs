//! Folders that carry a column in their names, as in `year=2024/month=01/part.parquet`.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::compute::CastOptions;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};

use super::text_form::{Forms, is_padded};
use crate::config::ReadAs;
use crate::engine::error::clipped;
use crate::engine::source::file::SourceFile;

/// The name of a folder whose rows have no value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Returns the columns and values in the names of these folders, from the outermost inwards.
pub(super) fn columns<'a>(folders: impl Iterator<Item = &'a str>) -> Vec<(String, Option<String>)> {
    folders
        .filter_map(|folder| {
            let (name, value) = folder.split_once('=')?;
            let value = (value != NO_VALUE).then(|| decoded(value));
            Some((decoded(name), value))
        })
        .collect()
}

/// Returns the fields of the folders' columns: with the types that the config declares, otherwise whole numbers if
/// every value is one, and text if not.
///
/// # Errors
///
/// The files are in folders of different columns, or a value is not of its declared type.
pub(super) fn fields(parts: &[SourceFile], read_as: &ReadAs) -> std::result::Result<Vec<FieldRef>, String> {
    let Some(first) = parts.first() else { return Ok(Vec::new()) };
    let names = |part: &SourceFile| part.folders.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let wanted = names(first);
    for part in parts {
        let found = names(part);
        if found != wanted {
            return Err(format!(
                "its folders have different columns: `{}` is in folders of {}, and `{}` in those of {}",
                first.name,
                listed(&wanted),
                part.name,
                listed(&found)
            ));
        }
    }
    if let Some(twice) = wanted.iter().enumerate().find(|(at, name)| wanted[..*at].contains(name)) {
        return Err(format!("the folders of `{}` name the column `{}` twice", first.name, twice.1));
    }
    let field = |(at, name): (usize, &String)| {
        let values = || parts.iter().filter_map(|part| text(part, at, read_as).map(|value| (part, value)));
        let data_type = match read_as.type_of(name) {
            Some(declared) => {
                let mut forms = Forms::NONE;
                for (part, value) in values() {
                    let form = Forms::of(value.as_bytes());
                    if !form.without(Forms::held_by(declared)).is_empty() {
                        return Err(format!(
                            "the folders of `{}` give `{name}` the value `{}`, but `types` declares {declared}",
                            part.name,
                            clipped(value)
                        ));
                    }
                    forms = forms.with(form);
                }
                forms.declared(declared)
            }
            None if values().next().is_some() && values().all(|(_, value)| whole(value)) => DataType::Int64,
            None => DataType::Utf8,
        };
        Ok(Arc::new(Field::new(name, data_type, true)))
    };
    wanted.iter().enumerate().map(field).collect()
}

/// Returns the value of a column from the names of a file's folders.
///
/// # Errors
///
/// The value is not of this type.
pub(super) fn value(part: &SourceFile, at: usize, data_type: &DataType, read_as: &ReadAs) -> Result<ScalarValue> {
    let value = ScalarValue::Utf8(text(part, at, read_as).map(str::to_owned));
    value.cast_to_with_options(data_type, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Returns for each column of whole numbers a value with leading zeros, if there is one.
pub(super) fn padded(parts: &[SourceFile], fields: &[FieldRef], read_as: &ReadAs) -> BTreeMap<String, String> {
    let whole = fields.iter().enumerate().filter(|(_, field)| *field.data_type() == DataType::Int64);
    let padded = whole.filter_map(|(at, field)| {
        let mut values = parts.iter().filter_map(|part| text(part, at, read_as));
        Some((field.name().clone(), values.find(|value| is_padded(value.as_bytes()))?.to_owned()))
    });
    padded.collect()
}

/// Returns the text of a column from the names of a file's folders.
fn text<'a>(part: &'a SourceFile, at: usize, read_as: &ReadAs) -> Option<&'a str> {
    let value = part.folders.get(at).and_then(|(_, value)| value.as_deref());
    value.filter(|value| !read_as.na.iter().any(|word| word == value))
}

fn whole(text: &str) -> bool {
    Forms::of(text.as_bytes()).are_whole()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no column".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Decodes percent-encoding, with which writers escape what the name of a folder must not contain.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_without_a_sign_carry_nothing() {
        let found = columns(["raw", "year=2024", "city=S%C3%A3o Paulo", "day=__HIVE_DEFAULT_PARTITION__"].into_iter());
        let wanted = [("year", Some("2024")), ("city", Some("São Paulo")), ("day", None)];
        let wanted: Vec<(String, Option<String>)> =
            wanted.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn escapes_that_are_none_stay() {
        for text in ["100%", "%zz", "%+1", "%ff", "a%2"] {
            assert_eq!(decoded(text), text);
        }
    }
}
