//! Distinct values of a column by name, which identify rows, classes and groups.

use std::hash::Hash;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::HashMap;

use crate::engine::types::type_name;
use crate::measurement::MeasureError;

/// The longest text that its view contains, in bytes: the four bytes of its length come before it.
const INLINE: u128 = 12;

/// Distinct values of a column, and the value of each row. Nulls and NaN are missing.
#[derive(Debug)]
pub(crate) struct NamedValues {
    /// The names, in the order in which they occur.
    pub(crate) names: Vec<String>,
    /// The code of each row's value; `None` if it is missing.
    pub(crate) codes: Vec<Option<u32>>,
}

impl NamedValues {
    /// Reads a column. Equal numbers have one name in any type: 1, 1.0 and a decimal 1.00 are `1`.
    ///
    /// # Errors
    ///
    /// NamedValues of the column's type have no names.
    pub(crate) fn of(name: &str, column: &ArrayRef) -> Result<Self, MeasureError> {
        let other = || {
            let kind = type_name(column.data_type());
            MeasureError(format!("`{name}` is {kind}, but text, numbers, dates or booleans are needed"))
        };
        if column.data_type().is_nested() {
            return Err(other());
        }
        if let Some(texts) = column.as_string_view_opt() {
            return Ok(Self::of_texts(texts));
        }
        if column.data_type().is_integer() && *column.data_type() != DataType::UInt64 {
            let numbers = cast(column, &DataType::Int64).map_err(|_| other())?;
            return Ok(Self::by_value(numbers.as_primitive::<Int64Type>().iter(), i64::to_string));
        }
        let texts = cast(column, &DataType::Utf8).map_err(|_| other())?;
        let kind = value_type(column.data_type());
        let (is_float, is_decimal) = (kind.is_floating(), kind.is_decimal());
        let (mut known, mut by_name) = (HashMap::new(), HashMap::new());
        let mut names: Vec<String> = Vec::new();
        let mut codes = Vec::with_capacity(texts.len());
        for text in texts.as_string::<i32>() {
            let Some(text) = text else {
                codes.push(None);
                continue;
            };
            let code = *known.entry(text).or_insert_with(|| {
                let name = match (is_float, is_decimal) {
                    (true, _) => float_name(text)?,
                    (_, true) => decimal_name(text),
                    _ => text.to_owned(),
                };
                let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
                let code = *by_name.entry(name.clone()).or_insert(next);
                if code == next {
                    names.push(name);
                }
                Some(code)
            });
            codes.push(code);
        }
        Ok(Self { names, codes })
    }

    /// Names texts, of which short ones are compared as numbers.
    fn of_texts(texts: &StringViewArray) -> Self {
        let views = texts.views();
        let is_short = |view: &u128| *view & u128::from(u32::MAX) <= INLINE;
        if !views.iter().all(is_short) {
            return Self::by_value(texts.iter(), |text| (*text).to_owned());
        }
        let nulls = texts.nulls();
        let is_there = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
        let views = views.iter().enumerate().map(|(row, view)| is_there(row).then_some(*view));
        Self::by_value(views, |view| {
            let bytes = view.to_le_bytes();
            let length = usize::from(bytes[0]);
            // The text was valid in its column.
            String::from_utf8_lossy(bytes.get(4..4 + length).unwrap_or_default()).into_owned()
        })
    }

    /// Names values that are equal exactly if their names are.
    fn by_value<T: Eq + Hash>(values: impl Iterator<Item = Option<T>>, name: impl Fn(&T) -> String) -> Self {
        let mut known: HashMap<T, u32> = HashMap::new();
        let mut names = Vec::new();
        let code = |value: Option<T>| {
            let value = value?;
            if let Some(code) = known.get(&value) {
                return Some(*code);
            }
            let code = u32::try_from(names.len()).unwrap_or(u32::MAX);
            names.push(name(&value));
            known.insert(value, code);
            Some(code)
        };
        let codes = values.map(code).collect();
        Self { names, codes }
    }

    /// Returns the names, and the code of every row.
    ///
    /// # Errors
    ///
    /// A row has no value.
    pub(crate) fn complete(self, name: &str, column: &ArrayRef) -> Result<(Vec<String>, Vec<u32>), MeasureError> {
        no_missing(name, column)?;
        let codes: Option<Vec<u32>> = self.codes.into_iter().collect();
        let codes = codes.ok_or_else(|| MeasureError(format!("`{name}` has rows without a value")))?;
        Ok((self.names, codes))
    }
}

/// Returns the type of the values, independent of their layout.
pub(crate) fn value_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        DataType::RunEndEncoded(_, values) => values.data_type(),
        other => other,
    }
}

/// Rejects a column with a missing value: null, or NaN, the notation of NumPy and pandas.
pub(crate) fn no_missing(name: &str, column: &ArrayRef) -> Result<(), MeasureError> {
    let nulls = column.logical_null_count();
    let what =
        |count: usize, what: &str| Err(MeasureError(format!("`{name}` is {what} in {count} of {} rows", column.len())));
    if nulls > 0 {
        return what(nulls, "null");
    }
    match nans(column) {
        0 => Ok(()),
        nans => what(nans, "NaN"),
    }
}

/// Returns the number of rows of a float column that are NaN.
pub(crate) fn nans(column: &ArrayRef) -> usize {
    if !value_type(column.data_type()).is_floating() {
        return 0;
    }
    let Ok(numbers) = cast(column, &DataType::Float64) else { return 0 };
    let numbers = numbers.as_primitive::<datafusion::arrow::datatypes::Float64Type>();
    numbers.iter().flatten().filter(|number| number.is_nan()).count()
}

/// Returns the shortest name of a float; `None` for NaN.
fn float_name(text: &str) -> Option<String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_nan() => None,
        // −0.0 is 0.
        Ok(number) => Some((number + 0.0).to_string()),
        Err(_) => Some(text.to_owned()),
    }
}

/// Returns a decimal without the trailing zeros of its column's scale.
fn decimal_name(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// Sorts names independently of the rows: by value if all are numbers, otherwise as text.
pub(crate) fn in_order(mut names: Vec<String>) -> Vec<String> {
    let numbers: Option<Vec<f64>> =
        names.iter().map(|name| name.parse::<f64>().ok().filter(|number| number.is_finite())).collect();
    match numbers {
        Some(numbers) => {
            let mut both: Vec<(f64, String)> = numbers.into_iter().zip(names).collect();
            both.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| left.1.cmp(&right.1)));
            both.into_iter().map(|(_, name)| name).collect()
        }
        None => {
            names.sort();
            names
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{Decimal128Array, Float32Array, Float64Array, Int64Array, StringArray};

    use super::*;

    fn names(column: ArrayRef) -> Vec<String> {
        NamedValues::of("y", &column).unwrap().names
    }

    #[test]
    fn equal_numbers_have_one_name_in_columns_of_any_type() {
        assert_eq!(
            names(Arc::new(Float64Array::from(vec![1.0, -0.0, 0.0, 9.5, 1e16]))),
            ["1", "0", "9.5", "10000000000000000"]
        );
        assert_eq!(names(Arc::new(Float32Array::from(vec![1.0, 9.1]))), ["1", "9.1"]);
        assert_eq!(names(Arc::new(Int64Array::from(vec![1, 10]))), ["1", "10"]);
        let decimals = Decimal128Array::from(vec![100, 950, 1000]).with_precision_and_scale(5, 2).unwrap();
        assert_eq!(names(Arc::new(decimals)), ["1", "9.5", "10"]);
        // A text is taken literally.
        assert_eq!(names(Arc::new(StringArray::from(vec!["1.0", "1", "NaN"]))), ["1.0", "1", "NaN"]);
    }

    #[test]
    fn texts_of_any_length_and_layout_have_the_same_names() {
        for texts in [
            vec![Some("né"), None, Some(""), Some("né"), Some("twelve bytes")],
            vec![Some("thirteen byte"), Some("thirteen bytf"), None, Some("a"), Some("thirteen byte")],
        ] {
            let plain: ArrayRef = Arc::new(StringArray::from(texts.clone()));
            let views: ArrayRef = Arc::new(StringViewArray::from(texts));
            let (plain, views) = (NamedValues::of("y", &plain).unwrap(), NamedValues::of("y", &views).unwrap());
            assert_eq!((views.names, views.codes), (plain.names, plain.codes));
        }
    }

    #[test]
    fn null_and_nan_are_missing_and_the_word_is_not() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN)]));
        assert_eq!(NamedValues::of("y", &floats).unwrap().codes, [Some(0), None, None]);
        let nan: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN]));
        assert_eq!(no_missing("y", &nan).unwrap_err().0, "`y` is NaN in 1 of 2 rows");
        let word: ArrayRef = Arc::new(StringArray::from(vec!["NaN"]));
        assert!(no_missing("y", &word).is_ok());
    }

    #[test]
    fn numbers_are_in_the_order_of_their_values() {
        let of = |names: &[&str]| in_order(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(of(&["10", "9.5", "-1", "2", "-2"]), ["-2", "-1", "2", "9.5", "10"]);
        assert_eq!(of(&["10", "2", "none"]), ["10", "2", "none"]);
        assert_eq!(of(&["nan", "inf", "1"]), ["1", "inf", "nan"]);
    }
}
