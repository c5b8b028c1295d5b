//! The names of types in a config.

use crate::config::did_you_mean;
use crate::measurement::{Literal, TypeFamily};

/// Names of types that a config may use; a family's name stands for all its widths.
pub const TYPES: [&str; 19] = [
    "bool",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float",
    "float16",
    "float32",
    "float64",
    "number",
    "decimal",
    "string",
    "date",
    "timestamp",
];

/// Returns the name in lower case if there is such a type, and otherwise the message.
pub(crate) fn type_name(text: &str) -> Result<String, String> {
    let name = text.trim().to_ascii_lowercase();
    let base = name.split(['(', '[']).next().unwrap_or_default().trim();
    if TYPES.contains(&base) {
        return Ok(name);
    }
    Err(match did_you_mean(base, TYPES) {
        Some(near) => format!("`{text}` is not a type; did you mean `{near}`?"),
        None => format!("`{text}` is not a type; there are {}", TYPES.join(", ")),
    })
}

/// Returns true if a text starts with a date such as `2024-02-29`.
fn is_day(text: &str) -> bool {
    let shape = |(at, byte): (usize, &u8)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    text.len() >= 10 && text.as_bytes()[..10].iter().enumerate().all(shape)
}

/// Returns true if a value of the config can be compared with a column of this family without guessing.
pub(crate) fn comparable(value: &Literal, family: TypeFamily) -> bool {
    match value {
        Literal::Null | Literal::Expression(_) | Literal::Column(_) => true,
        Literal::Bool(_) => family == TypeFamily::Bool,
        Literal::Int(_) | Literal::Float(_) | Literal::Exact(_) => family.is_number(),
        Literal::Time(_) => matches!(family, TypeFamily::Date | TypeFamily::Timestamp),
        Literal::Text(text) => match family {
            TypeFamily::Date | TypeFamily::Timestamp => text == "now" || is_day(text),
            family => family == TypeFamily::String,
        },
        Literal::List(values) => values.iter().all(|value| comparable(value, family)),
    }
}
