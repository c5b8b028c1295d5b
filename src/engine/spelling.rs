//! Canonical text of values, independent of their type: `1` for the whole number 1, the float 1.0 and the decimal 1.00;
//! `2024-01-01` for that date and for its first instant in UTC. It compares values of two tables whose types differ.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, StringViewArray, make_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DECIMAL128_MAX_PRECISION, DataType, Float16Type, Float32Type, Float64Type, Int64Type, TimeUnit,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::types::type_name;
use crate::stats::{FloatWidth, NumberType, spelling};

/// SpellingKind of the values of a type, independent of their layout. Values of two kinds are never equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SpellingKind {
    /// Whole numbers, floats and decimals.
    Number,
    /// `true` and `false`, which are not numbers.
    Bool,
    Text,
    Bytes,
    /// Dates and timestamps. A timestamp without a zone is in UTC, and a date is its first instant.
    Instant,
    TimeOfDay,
    Duration,
    /// No values.
    Null,
    /// Lists and the like, by the name of the type.
    Other(String),
}

impl SpellingKind {
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Dictionary(_, values) => Self::of(values),
            DataType::RunEndEncoded(_, values) => Self::of(values.data_type()),
            DataType::Boolean => Self::Bool,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Self::Bytes
            }
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Self::Instant,
            DataType::Time32(_) | DataType::Time64(_) => Self::TimeOfDay,
            DataType::Duration(_) => Self::Duration,
            DataType::Null => Self::Null,
            number if number.is_numeric() => Self::Number,
            other => Self::Other(type_name(other)),
        }
    }
}

/// Returns the type of the values of a dictionary or of runs; any other type unchanged.
pub(super) fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        other => other,
    }
}

/// Returns the type of a column's numbers; `None` if it has none.
pub(super) fn number_type(data_type: &DataType) -> Option<NumberType> {
    Some(match plain(data_type) {
        DataType::Float16 => NumberType::Float(FloatWidth::Half),
        DataType::Float32 => NumberType::Float(FloatWidth::Single),
        DataType::Float64 => NumberType::Float(FloatWidth::Double),
        decimal if decimal.is_decimal() => NumberType::Decimal,
        whole if whole.is_integer() => NumberType::Whole,
        _ => return None,
    })
}

/// Converts a column to canonical text, and numbers to the text that they have in a width.
pub(super) fn spelled_in(column: &ArrayRef, width: FloatWidth) -> Result<ArrayRef, ArrowError> {
    let texts = spelled(column)?;
    Ok(match number_type(column.data_type()) {
        Some(of) => in_width(&texts, of, width),
        None => texts,
    })
}

/// Rounds numbers of a type, given as canonical text, to a width.
pub(super) fn in_width(texts: &ArrayRef, of: NumberType, width: FloatWidth) -> ArrayRef {
    let rounded: StringViewArray =
        texts.as_string_view().iter().map(|text| text.map(|text| of.in_width(text, width))).collect();
    Arc::new(rounded)
}

/// Converts a column to canonical text.
pub(super) fn spelled(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let column = &cast(column, plain(column.data_type()))?;
    let texts: StringViewArray = match column.data_type() {
        DataType::Float64 => floats::<Float64Type>(column, spelling::of_float),
        DataType::Float32 => floats::<Float32Type>(column, spelling::of_float_32),
        DataType::Float16 => floats::<Float16Type>(column, |number| FloatWidth::Half.spell(number.to_f64())),
        decimal if decimal.is_decimal() => {
            let texts = cast(column, &DataType::Utf8View)?;
            texts.as_string_view().iter().map(|text| text.map(spelling::of_decimal)).collect()
        }
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            let nanos = nanos(column)?;
            nanos.iter().map(|nanos| nanos.map(spelling::of_nanos)).collect()
        }
        _ => return cast(column, &DataType::Utf8View),
    };
    Ok(Arc::new(texts))
}

fn floats<T: ArrowPrimitiveType>(column: &ArrayRef, spell: impl Fn(T::Native) -> String) -> StringViewArray {
    column.as_primitive::<T>().iter().map(|number| number.map(&spell)).collect()
}

/// Converts timestamps and durations to nanoseconds; 128 bits can hold every 64-bit value in any unit.
pub(super) fn nanos(column: &ArrayRef) -> Result<Decimal128Array, ArrowError> {
    let (unit, data_type) = match column.data_type() {
        DataType::Date32 => (86_400_000_000_000, DataType::Int32),
        DataType::Date64 => (1_000_000, DataType::Int64),
        DataType::Timestamp(unit, _) | DataType::Duration(unit) => (
            match unit {
                TimeUnit::Second => 1_000_000_000,
                TimeUnit::Millisecond => 1_000_000,
                TimeUnit::Microsecond => 1_000,
                TimeUnit::Nanosecond => 1,
            },
            DataType::Int64,
        ),
        other => return Err(ArrowError::CastError(format!("{} is not a time", type_name(other)))),
    };
    let whole = cast(&cast(column, &data_type)?, &DataType::Int64)?;
    let nanos: Decimal128Array =
        whole.as_primitive::<Int64Type>().iter().map(|value| value.map(|value| i128::from(value) * unit)).collect();
    nanos.with_precision_and_scale(DECIMAL128_MAX_PRECISION, 0)
}

/// Normalises floats to one zero and one NaN, also inside lists and the like.
pub(super) fn one_zero(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(match column.data_type() {
        DataType::Float64 => {
            let one = |number: f64| if number.is_nan() { f64::NAN } else { number + 0.0 };
            Arc::new(column.as_primitive::<Float64Type>().unary::<_, Float64Type>(one))
        }
        DataType::Float32 => {
            let one = |number: f32| if number.is_nan() { f32::NAN } else { number + 0.0 };
            Arc::new(column.as_primitive::<Float32Type>().unary::<_, Float32Type>(one))
        }
        DataType::Float16 => {
            type Half = <Float16Type as ArrowPrimitiveType>::Native;
            let one = |number: Half| match number.to_f32() {
                wide if wide.is_nan() => Half::NAN,
                0.0 => Half::ZERO,
                _ => number,
            };
            Arc::new(column.as_primitive::<Float16Type>().unary::<_, Float16Type>(one))
        }
        other if other.is_nested() || matches!(other, DataType::Dictionary(..)) => {
            let data = column.to_data();
            let inside = data.child_data().iter().map(|child| Ok(one_zero(&make_array(child.clone()))?.to_data()));
            let inside = inside.collect::<Result<Vec<_>, ArrowError>>()?;
            make_array(data.into_builder().child_data(inside).build()?)
        }
        _ => Arc::clone(column),
    })
}

/// Form in which equal values are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// Canonical text.
    Text,
    /// Canonical text of numbers that are rounded to a width.
    TextIn(FloatWidth),
    /// Timestamps and durations in nanoseconds.
    Nanos,
    /// Floats with one zero and one NaN.
    Float,
}

impl Form {
    /// Converts an expression to this form.
    pub(super) fn of(self, value: Expr) -> Expr {
        self.function().call(vec![value])
    }

    /// Returns the function that converts a column to this form.
    pub(super) fn function(self) -> ScalarUDF {
        ScalarUDF::from(InForm { form: self, signature: Signature::any(1, Volatility::Immutable) })
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct InForm {
    form: Form,
    signature: Signature,
}

impl ScalarUDFImpl for InForm {
    fn name(&self) -> &'static str {
        match self.form {
            Form::Text => "spelled",
            Form::TextIn(FloatWidth::Half) => "spelled_in_16_bits",
            Form::TextIn(FloatWidth::Single) => "spelled_in_32_bits",
            Form::TextIn(FloatWidth::Double) => "spelled_in_64_bits",
            Form::Nanos => "nanoseconds",
            Form::Float => "one_zero",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.form {
            Form::Text | Form::TextIn(_) => DataType::Utf8View,
            Form::Nanos => DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0),
            Form::Float => arguments.first().map_or(DataType::Null, |argument| plain(argument).clone()),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let argument = args.args.into_iter().next();
        let argument = argument.ok_or_else(|| DataFusionError::Plan(format!("`{}` needs a value", self.name())))?;
        let column = argument.into_array(rows)?;
        let column = cast(&column, plain(column.data_type()))?;
        Ok(ColumnarValue::Array(match self.form {
            Form::Text => spelled(&column)?,
            Form::TextIn(width) => spelled_in(&column, width)?,
            Form::Nanos => Arc::new(nanos(&column)?),
            Form::Float => one_zero(&column)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{
        Date32Array, Date64Array, Decimal256Array, DictionaryArray, Float16Array, Float32Array, Float64Array,
        Int32Array, Int64Array, TimestampMicrosecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
    };
    use datafusion::arrow::datatypes::{Int8Type, i256};

    use super::*;

    fn of(column: impl Array + 'static) -> Vec<Option<String>> {
        let column: ArrayRef = Arc::new(column);
        let texts = spelled(&column).unwrap();
        texts.as_string_view().iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn texts(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn a_number_has_one_spelling_in_all_types() {
        let exact = 9_007_199_254_740_992.0;
        assert_eq!(of(Int64Array::from(vec![27, 0, -5])), texts(&["27", "0", "-5"]));
        assert_eq!(of(Float64Array::from(vec![27.0, -0.0, -5.0])), texts(&["27", "0", "-5"]));
        assert_eq!(
            of(Float64Array::from(vec![exact, 1e22, 0.1, 1e-7])),
            texts(&["9007199254740992", "10000000000000000000000", "0.1", "0.0000001"])
        );
        assert_eq!(of(Int64Array::from(vec![9_007_199_254_740_993])), texts(&["9007199254740993"]));
        assert_eq!(of(UInt64Array::from(vec![u64::MAX])), texts(&["18446744073709551615"]));
        assert_eq!(of(Float32Array::from(vec![0.1, 27.0, 1.5])), texts(&["0.1", "27", "1.5"]));
        let half = |number| <Float16Type as ArrowPrimitiveType>::Native::from_f32(number);
        assert_eq!(of(Float16Array::from(vec![half(0.1), half(27.0), half(-2.5)])), texts(&["0.1", "27", "-2.5"]));
        let decimal = Decimal128Array::from(vec![150, 100, -25, 7]).with_precision_and_scale(10, 2).unwrap();
        assert_eq!(of(decimal), texts(&["1.5", "1", "-0.25", "0.07"]));
        let wide = Decimal256Array::from(vec![i256::from_i128(1_500)]).with_precision_and_scale(60, 3).unwrap();
        assert_eq!(of(wide), texts(&["1.5"]));
        let coarse = Decimal128Array::from(vec![15]).with_precision_and_scale(10, -2).unwrap();
        assert_eq!(of(coarse), texts(&["1500"]));
        assert_eq!(of(Float64Array::from(vec![f64::NAN, -f64::NAN, f64::INFINITY])), texts(&["NaN", "NaN", "inf"]));
    }

    #[test]
    fn a_moment_has_one_spelling_in_all_units_and_zones() {
        let day = 19_723;
        assert_eq!(of(Date32Array::from(vec![day])), texts(&["2024-01-01"]));
        assert_eq!(of(Date64Array::from(vec![i64::from(day) * 86_400_000])), texts(&["2024-01-01"]));
        let seconds = i64::from(day) * 86_400;
        let zoned = TimestampSecondArray::from(vec![seconds, seconds + 21_600]).with_timezone("America/New_York");
        assert_eq!(of(zoned), texts(&["2024-01-01", "2024-01-01T06:00:00"]));
        assert_eq!(
            of(TimestampMicrosecondArray::from(vec![seconds * 1_000_000 + 500_000])),
            texts(&["2024-01-01T00:00:00.5"])
        );
        assert_eq!(
            of(TimestampNanosecondArray::from(vec![seconds * 1_000_000_000 + 1])),
            texts(&["2024-01-01T00:00:00.000000001"])
        );
    }

    #[test]
    fn layouts_do_not_matter() {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.5]));
        let keys = datafusion::arrow::array::PrimitiveArray::<Int8Type>::from(vec![Some(1), None, Some(0)]);
        let coded = DictionaryArray::new(keys, values);
        assert_eq!(SpellingKind::of(coded.data_type()), SpellingKind::Number);
        assert_eq!(of(coded), [Some("2.5".to_owned()), None, Some("1".to_owned())]);
        assert_eq!(SpellingKind::of(&DataType::Boolean), SpellingKind::Bool);
        assert_ne!(SpellingKind::of(Int32Array::from(vec![1]).data_type()), SpellingKind::of(&DataType::Utf8));
    }
}
