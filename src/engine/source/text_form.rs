//! Forms of values in text formats, and the types that can hold them.
//!
//! A value that only looks like a date or a time is text: the reader's own parser decides.

use chrono::{DateTime, Utc};
use datafusion::arrow::compute::kernels::cast_utils::{Parser, string_to_datetime};
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimeUnit};

use crate::config::TextType;

/// A set of forms of values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Forms(u16);

impl Forms {
    pub(super) const NONE: Self = Self(0);
    const BOOL: Self = Self(1);
    const INT: Self = Self(1 << 1);
    const FLOAT: Self = Self(1 << 2);
    const DATE: Self = Self(1 << 3);
    const SECONDS: Self = Self(1 << 4);
    const MILLIS: Self = Self(1 << 5);
    const MICROS: Self = Self(1 << 6);
    pub(super) const NANOS: Self = Self(1 << 7);
    /// A date or time outside the range of 64-bit nanoseconds.
    pub(super) const FAR: Self = Self(1 << 8);
    const TEXT: Self = Self(1 << 9);
    /// The number of forms.
    pub(super) const COUNT: usize = 10;

    const NUMBERS: Self = Self(Self::INT.0 | Self::FLOAT.0);
    const TIMES: Self =
        Self(Self::DATE.0 | Self::SECONDS.0 | Self::MILLIS.0 | Self::MICROS.0 | Self::NANOS.0 | Self::FAR.0);

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns each form, with its index.
    pub(super) fn each(self) -> impl Iterator<Item = (usize, Self)> {
        (0..Self::COUNT).map(|place| (place, Self(1 << place))).filter(move |(_, form)| self.has(*form))
    }

    /// Returns the form of a value that is not empty.
    pub(super) fn of(value: &[u8]) -> Self {
        let digits = value.strip_prefix(b"-").unwrap_or(value);
        match digits.first() {
            Some(b'0'..=b'9' | b'.') => number(value, digits).or_else(|| time(value)).unwrap_or(Self::TEXT),
            _ if value.eq_ignore_ascii_case(b"true") || value.eq_ignore_ascii_case(b"false") => Self::BOOL,
            _ if matches!(value, b"NaN" | b"nan" | b"inf" | b"-inf") => Self::FLOAT,
            _ => Self::TEXT,
        }
    }

    /// Returns the type that can hold values of these forms.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::NONE => DataType::Null,
            Self::BOOL => DataType::Boolean,
            Self::INT => DataType::Int64,
            numbers if numbers.without(Self::NUMBERS).is_empty() => DataType::Float64,
            times if times.without(Self::TIMES).is_empty() => times.unit().unwrap_or(DataType::Utf8),
            _ => DataType::Utf8,
        }
    }

    /// Returns the type of dates and times; `None` if no unit can hold all of them.
    fn unit(self) -> Option<DataType> {
        let finest = match self {
            times if times.has(Self::NANOS) => TimeUnit::Nanosecond,
            times if times.has(Self::MICROS) => TimeUnit::Microsecond,
            times if times.has(Self::MILLIS) => TimeUnit::Millisecond,
            times if times.has(Self::SECONDS) => TimeUnit::Second,
            _ => return Some(DataType::Date32),
        };
        (!self.are_text()).then_some(DataType::Timestamp(finest, None))
    }

    /// Returns the type of values of these forms under a declaration.
    pub(super) fn declared(self, declared: TextType) -> DataType {
        match declared {
            TextType::Bool => DataType::Boolean,
            TextType::Int => DataType::Int64,
            TextType::Float => DataType::Float64,
            TextType::Date => DataType::Date32,
            TextType::Timestamp => {
                self.with(Self::SECONDS).unit().unwrap_or(DataType::Timestamp(TimeUnit::Nanosecond, None))
            }
            TextType::Text => DataType::Utf8,
        }
    }

    /// Returns the forms that a declared type can hold.
    pub(super) fn held_by(declared: TextType) -> Self {
        match declared {
            TextType::Bool => Self::BOOL,
            TextType::Int => Self::INT,
            TextType::Float => Self::NUMBERS,
            TextType::Date => Self::DATE.with(Self::FAR),
            TextType::Timestamp => Self::TIMES,
            TextType::Text => Self((1 << Self::COUNT) - 1),
        }
    }

    /// Returns the forms of `all` that do not fit values of these forms, of which there are some: they would turn the
    /// column into text.
    pub(super) fn strangers(self, all: Self) -> Self {
        let kin = match self {
            numbers if numbers.without(Self::NUMBERS).is_empty() => Self::NUMBERS,
            times if times.without(Self::TIMES).is_empty() => Self::TIMES,
            other => other,
        };
        all.without(kin)
    }

    /// Returns true if only text can hold all of these values.
    pub(super) fn are_text(self) -> bool {
        match self {
            Self::NONE | Self::BOOL => false,
            numbers if numbers.without(Self::NUMBERS).is_empty() => false,
            times if times.without(Self::TIMES).is_empty() => times.has(Self::NANOS) && times.has(Self::FAR),
            _ => true,
        }
    }

    /// Returns true if these are dates and times that no unit can hold together.
    pub(super) fn have_no_unit(self) -> bool {
        self.without(Self::TIMES).is_empty() && self.unit().is_none()
    }

    /// Returns the forms of the values of two files of one table; `None` if no type can hold both.
    ///
    /// Dates and times with text are text, as in one file. Numbers with text are two different columns.
    pub(super) fn merged(self, other: Self) -> Option<Self> {
        let both = self.with(other);
        if self.data_type() == DataType::Utf8 || other.data_type() == DataType::Utf8 {
            let may_be_text = |forms: Self| {
                matches!(
                    forms.data_type(),
                    DataType::Null | DataType::Utf8 | DataType::Date32 | DataType::Timestamp(..)
                )
            };
            return (may_be_text(self) && may_be_text(other)).then_some(both);
        }
        (both.data_type() != DataType::Utf8 || both.have_no_unit()).then_some(both)
    }

    /// Returns true if all values are whole numbers.
    pub(super) fn are_whole(self) -> bool {
        self == Self::INT
    }
}

/// Returns true for a whole number with leading zeros.
pub(super) fn is_padded(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    digits.len() > 1 && digits[0] == b'0' && digits.iter().all(u8::is_ascii_digit)
}

fn number(value: &[u8], digits: &[u8]) -> Option<Forms> {
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &digits[whole..];
    if rest.is_empty() {
        // A number outside the range of 64 bits would be rounded as a float.
        let fits = value.len() < 19 || std::str::from_utf8(value).is_ok_and(|text| Int64Type::parse(text).is_some());
        return Some(if fits { Forms::INT } else { Forms::TEXT });
    }
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits, &rest[digits..])
        }
        None => (0, rest),
    };
    if whole + fraction == 0 {
        return None;
    }
    let exponent = match rest {
        [] => return Some(Forms::FLOAT),
        [b'e' | b'E', exponent @ ..] => exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent),
        _ => return None,
    };
    (!exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit)).then_some(Forms::FLOAT)
}

/// Returns the form of a date such as 2026-01-31, or of a date with a time.
fn time(value: &[u8]) -> Option<Forms> {
    let is_shape = |shape: &[u8]| {
        value.len() >= shape.len()
            && shape.iter().zip(value).all(|(sign, byte)| match sign {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b' '),
                sign => sign == byte,
            })
    };
    if !is_shape(b"0000-00-00") {
        return None;
    }
    let text = std::str::from_utf8(value).ok()?;
    if value.len() == 10 {
        Date32Type::parse(text)?;
        return Some(far(Forms::DATE, &string_to_datetime(&Utc, text).ok()?));
    }
    if !is_shape(b"0000-00-00T00:00:00") {
        return None;
    }
    let time = string_to_datetime(&Utc, text).ok()?;
    let unit = match value[19..].strip_prefix(b".") {
        None => Forms::SECONDS,
        Some(fraction) => match fraction.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            1..=3 => Forms::MILLIS,
            4..=6 => Forms::MICROS,
            7..=9 => Forms::NANOS,
            _ => return None,
        },
    };
    Some(far(unit, &time))
}

fn far(form: Forms, time: &DateTime<Utc>) -> Forms {
    if time.timestamp_nanos_opt().is_some() { form } else { form.with(Forms::FAR) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> DataType {
        let forms = values.iter().fold(Forms::NONE, |forms, value| forms.with(Forms::of(value.as_bytes())));
        assert_eq!(forms.are_text(), forms.data_type() == DataType::Utf8, "{values:?}");
        forms.data_type()
    }

    fn unit(unit: TimeUnit) -> DataType {
        DataType::Timestamp(unit, None)
    }

    #[test]
    fn forms_and_their_types() {
        for (values, wanted) in [
            (&["1", "-2", "007", "-0"][..], DataType::Int64),
            (&["1", "2.5", ".5", "5.", "1e5", "1.5E-3", "NaN", "-inf"], DataType::Float64),
            (&["true", "FALSE"], DataType::Boolean),
            (&["2024-02-29", "0001-01-01", "9999-12-31"], DataType::Date32),
            (&["2024-02-29", "2024-02-29 10:00:00"], unit(TimeUnit::Second)),
            (&["2024-02-29T10:00:00Z", "2024-02-29 10:00:00.5+02:00"], unit(TimeUnit::Millisecond)),
            (&["2024-02-29T10:00:00.123456", "0001-01-01 00:00:00"], unit(TimeUnit::Microsecond)),
            (&["2024-02-29T10:00:00.1234567", "1700-01-01"], unit(TimeUnit::Nanosecond)),
            (&[], DataType::Null),
        ] {
            assert_eq!(of(values), wanted, "{values:?}");
        }
    }

    #[test]
    fn what_does_not_parse_is_text() {
        for value in [
            "1990-02-30",
            "0000-00-00",
            "2024-13-01",
            "2024-05-01 10:00:00 user logged in",
            "2024-05-01 25:00:00",
            "2024-05-01 10:61:00",
            "2024-05-01 10:00:00 AM",
            "2024-05-01 10:00",
            "2024-05-01T",
            "2024-05-01x",
            "--1",
            "1e",
            ".",
            "-",
            "1.2.3",
            "+5",
            " 5",
            "5 ",
            "0x10",
            "9223372036854775808",
            "1,5",
            "yes",
            "NAN",
            "infinity",
            "2024-05-01 10:00:00.1234567890",
            "2024-05-01 10:00:00.",
            "é",
        ] {
            assert_eq!(of(&[value]), DataType::Utf8, "{value}");
        }
        assert_eq!(of(&["0001-01-01 00:00:00", "2024-05-01 10:00:00.1234567"]), DataType::Utf8);
        assert_eq!(of(&["1", "true"]), DataType::Utf8);
        assert_eq!(of(&["2024-05-01", "unknown"]), DataType::Utf8);
    }

    #[test]
    fn zeros_before_a_number() {
        for value in ["02134", "00", "-01"] {
            assert!(is_padded(value.as_bytes()), "{value}");
        }
        for value in ["0", "-0", "10", "0.5", "01a", ""] {
            assert!(!is_padded(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn files_go_together_where_one_type_holds_both() {
        let forms = |value: &str| Forms::of(value.as_bytes());
        let merged = |left: &str, right: &str| forms(left).merged(forms(right)).map(Forms::data_type);
        assert_eq!(merged("1", "2.5"), Some(DataType::Float64));
        assert_eq!(merged("2024-01-01", "2024-01-01 10:00:00"), Some(unit(TimeUnit::Second)));
        assert_eq!(merged("2024-01-01", "2024-02-30"), Some(DataType::Utf8));
        assert_eq!(merged("0001-01-01 00:00:00", "2024-05-01 10:00:00.1234567"), Some(DataType::Utf8));
        assert_eq!(Forms::NONE.merged(forms("x")).map(Forms::data_type), Some(DataType::Utf8));
        for (left, right) in [("1", "x"), ("1", "true"), ("true", "x"), ("2024-01-01", "1")] {
            assert_eq!(merged(left, right), None, "{left} {right}");
        }
    }
}
