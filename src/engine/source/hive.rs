//! Folders that carry a column in their names, as in `year=2024/month=01/part.parquet`.

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;

use super::part::Part;

/// What writers call a folder of rows without a value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns that these folders' names stand for, and their values, from the outermost inwards.
pub(super) fn columns<'a>(folders: impl Iterator<Item = &'a str>) -> Vec<(String, Option<String>)> {
    folders
        .filter_map(|folder| {
            let (name, value) = folder.split_once('=')?;
            let value = (value != NO_VALUE).then(|| decoded(value));
            Some((decoded(name), value))
        })
        .collect()
}

/// The fields of those columns: whole numbers where every value is one, and otherwise text.
///
/// # Errors
///
/// The files do not lie in folders of the same columns.
pub(super) fn fields(parts: &[Part]) -> Result<Vec<FieldRef>, String> {
    let Some(first) = parts.first() else { return Ok(Vec::new()) };
    let names = |part: &Part| part.folders.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let wanted = names(first);
    for part in parts {
        let found = names(part);
        if found != wanted {
            return Err(format!(
                "its files lie in folders of different columns: `{}` in those of {}, and `{}` in those of {}",
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
        let mut values = parts.iter().filter_map(|part| part.folders[at].1.as_deref()).peekable();
        let is_whole = values.peek().is_some() && values.all(|value| whole(value).is_some());
        Field::new(name, if is_whole { DataType::Int64 } else { DataType::Utf8 }, true).into()
    };
    Ok(wanted.iter().enumerate().map(field).collect())
}

/// The value that a file's folders give this column.
pub(super) fn value(part: &Part, at: usize, data_type: &DataType) -> ScalarValue {
    let text = part.folders.get(at).and_then(|(_, value)| value.clone());
    match data_type {
        DataType::Int64 => ScalarValue::Int64(text.as_deref().and_then(whole)),
        _ => ScalarValue::Utf8(text),
    }
}

fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no column".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Writers escape what a folder's name may not hold, as URLs do.
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
