//! The names of types in a config.

use crate::config::did_you_mean;
use crate::measurement::{ColumnType, Literal, TypeFamily};

/// The most types inside of angle brackets.
const DEEPEST: usize = 64;

/// Names of types that a config may use; a family's name stands for all its widths.
pub const TYPES: [&str; 26] = [
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
    "time",
    "duration",
    "interval",
    "binary",
    "list",
    "map",
    "struct",
];

/// Returns the name in lower case if there is such a type, and otherwise the message.
pub(crate) fn type_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.matches('<').count() > DEEPEST {
        return Err(format!("a type has at most {DEEPEST} types inside"));
    }
    let Err(base) = known(name) else {
        // Names of fields keep their case.
        return Ok(if name.contains("struct<") { name.to_owned() } else { name.to_ascii_lowercase() });
    };
    Err(match did_you_mean(&base, TYPES) {
        Some(near) => format!("`{text}` is not a type; did you mean `{near}`?"),
        None => format!("`{text}` is not a type; the types are {}", TYPES.join(", ")),
    })
}

/// Checks a type's name, and those inside of angle brackets.
///
/// # Errors
///
/// The first part that is not a type.
fn known(text: &str) -> Result<(), String> {
    let text = text.trim();
    let (base, inside) = parts(text);
    let base = base.to_ascii_lowercase();
    match (base.as_str(), inside.as_deref()) {
        ("list", Some([item])) => known(item),
        ("map", Some([key, value])) => known(key).and_then(|()| known(value)),
        ("struct", Some(fields)) => fields.iter().try_for_each(|field| {
            field.split_once(':').ok_or_else(|| (*field).to_owned()).and_then(|(_, of)| known(of))
        }),
        (_, Some(_)) => Err(text.to_owned()),
        (base, None) => {
            let base = base.split(['(', '[']).next().unwrap_or_default().trim();
            if TYPES.contains(&base) { Ok(()) } else { Err(base.to_owned()) }
        }
    }
}

/// Returns the name before angle brackets and the parts between them, separated by commas; a name without any has none.
fn parts(text: &str) -> (&str, Option<Vec<&str>>) {
    let Some((base, rest)) = text.split_once('<') else { return (text, None) };
    let Some(inside) = rest.strip_suffix('>') else { return (text, None) };
    let (mut depth, mut from, mut parts) = (0_usize, 0, Vec::new());
    for (at, letter) in inside.char_indices() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(inside[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(inside[from..].trim());
    (base.trim(), Some(parts))
}

/// Returns true if a type, by its Arrow name in lower case, is the wanted one or of the wanted family; so are the types
/// inside of lists, maps and structs.
pub(crate) fn is_type(found: &str, wanted: &str) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| found.starts_with(prefix));
    if found.eq_ignore_ascii_case(wanted) && !wanted.contains("struct<") {
        return true;
    }
    match wanted {
        "int" => starts(&["int", "uint"]) && !starts(&["interval"]),
        "float" => starts(&["float"]),
        "number" => is_type(found, "int") || is_type(found, "float") || is_type(found, "decimal"),
        "decimal" => starts(&["decimal"]),
        "timestamp" => starts(&["timestamp"]),
        "binary" => starts(&["binary"]),
        "list" => starts(&["list<"]),
        "map" => starts(&["map<"]),
        "struct" => starts(&["struct<"]),
        wanted => match (parts(found), parts(wanted)) {
            ((base, Some(found)), (wanted_base, Some(wanted))) => {
                let is_struct = base == "struct";
                base.eq_ignore_ascii_case(wanted_base)
                    && found.len() == wanted.len()
                    && found
                        .iter()
                        .zip(wanted)
                        .all(|(found, wanted)| if is_struct { is_field(found, wanted) } else { is_type(found, wanted) })
            }
            _ => false,
        },
    }
}

/// Returns true if a field of a struct has the wanted name and type.
fn is_field(found: &str, wanted: &str) -> bool {
    match (found.split_once(':'), wanted.split_once(':')) {
        (Some((name, found)), Some((wanted_name, wanted))) => {
            name.trim() == wanted_name.trim() && is_type(found.trim(), &wanted.trim().to_ascii_lowercase())
        }
        _ => false,
    }
}

/// Returns true if a text starts with a date such as `2024-02-29`.
fn is_day(text: &str) -> bool {
    let shape = |(at, byte): (usize, &u8)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    text.len() >= 10 && text.as_bytes()[..10].iter().enumerate().all(shape)
}

/// Returns true if a text is a time of day such as `08:30` or `08:30:00.5`.
fn is_time_of_day(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let is_part = |part: &&str, below: u8| {
        part.len() == 2
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|number| number < below)
    };
    let is_fraction = parts.len() == 3 || !text.contains('.');
    matches!(parts.len(), 2 | 3)
        && is_fraction
        && (1..=9).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && parts.iter().zip([24, 60, 60]).all(|(part, below)| is_part(part, below))
}

/// Returns true if a value of the config can be compared with a column of this type without guessing.
pub(crate) fn comparable(value: &Literal, of: &ColumnType) -> bool {
    let family = of.family;
    match value {
        Literal::Null | Literal::Expression(_) | Literal::Column(_) => true,
        Literal::Bool(_) => family == TypeFamily::Bool,
        Literal::Int(_) | Literal::Float(_) | Literal::Exact(_) => family.is_number(),
        Literal::Time(_) => matches!(family, TypeFamily::Date | TypeFamily::Timestamp),
        Literal::Text(text) if of.name == "time" => is_time_of_day(text),
        Literal::Text(text) => match family {
            TypeFamily::Date | TypeFamily::Timestamp => text == "now" || is_day(text),
            family => family == TypeFamily::String,
        },
        Literal::List(values) => values.iter().all(|value| comparable(value, of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_inside_of_brackets_are_types_too() {
        for name in
            ["list<float32>", "List< Int64 >", "map<string, list<float>>", "decimal(10, 2)", "list", "binary(16)"]
        {
            assert!(type_name(name).is_ok(), "{name}");
        }
        assert_eq!(type_name("list<struct<Zip: string>>"), Ok("list<struct<Zip: string>>".to_owned()));
        assert_eq!(
            type_name("list<float_32>"),
            Err("`list<float_32>` is not a type; did you mean `float32`?".to_owned())
        );
        for name in ["list<float32", "list<>", "map<string>", "int<int8>", "struct<a>", "float32>"] {
            assert!(type_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_time_of_day_has_hours_and_minutes() {
        for time in ["08:30", "23:59:59", "00:00:00.000001"] {
            assert!(is_time_of_day(time), "{time}");
        }
        for text in ["8:30", "24:00", "08", "08:30.5", "08:60", "08:30:00.", "+8:30", "now"] {
            assert!(!is_time_of_day(text), "{text}");
        }
    }

    #[test]
    fn a_family_stands_for_its_types_at_any_depth() {
        for (found, wanted) in [
            ("list<float32>", "list"),
            ("list<float32>", "list<float>"),
            ("list<list<int8>>", "list<list<number>>"),
            ("map<string, int64>", "map<string, int>"),
            ("list<struct<A: int8, b: timestamp[UTC]>>", "list<struct<A: int, b: timestamp>>"),
            ("timestamp[UTC]", "timestamp[utc]"),
            ("binary(16)", "binary"),
        ] {
            assert!(is_type(found, wanted), "{found} {wanted}");
        }
        for (found, wanted) in [
            ("list<float64>", "list<float32>"),
            ("interval", "int"),
            ("list<int8>", "map"),
            ("list<struct<a: int8>>", "list<struct<A: int8>>"),
            ("struct<a: int8, b: int8>", "struct<a: int8>"),
            ("binary(16)", "binary(4)"),
        ] {
            assert!(!is_type(found, wanted), "{found} {wanted}");
        }
    }
}
