//! Dates and times as instants: whole nanoseconds since 1970 in UTC, without the limits of any unit.
//!
//! A timestamp without a zone is in UTC. The engine would interpret it in the zone of the other operand, and would
//! convert a text to nanoseconds, whose range ends in the year 2262.

use std::sync::Arc;

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array};
use datafusion::arrow::compute::kernels::cast_utils::{Parser, string_to_datetime};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DECIMAL128_MAX_PRECISION, DataType, Date32Type, Date64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

const MILLISECOND: i128 = 1_000_000;
const DAY: i128 = 86_400_000 * MILLISECOND;
/// The type of instants: the largest 64-bit time in seconds has 28 digits in nanoseconds.
const INSTANT: DataType = DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0);

/// Returns the nanoseconds in one step of a type of dates or times; `None` for all other types.
pub(super) fn step(of: &DataType) -> Option<i128> {
    Some(match of {
        DataType::Date32 => DAY,
        DataType::Date64 => MILLISECOND,
        DataType::Timestamp(TimeUnit::Second, _) => 1_000 * MILLISECOND,
        DataType::Timestamp(TimeUnit::Millisecond, _) => MILLISECOND,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => 1,
        _ => return None,
    })
}

/// Returns the instant that a text names; `zone`, or UTC, applies to a text without a zone.
pub(super) fn parsed(text: &str, zone: Option<&str>) -> Option<i128> {
    let zone: Tz = zone.unwrap_or("+00:00").parse().ok()?;
    match string_to_datetime(&zone, text.trim()) {
        Ok(at) => Some(i128::from(at.timestamp()) * 1_000 * MILLISECOND + i128::from(at.timestamp_subsec_nanos())),
        Err(_) => Date32Type::parse(text.trim()).map(|days| i128::from(days) * DAY),
    }
}

/// Returns the instant of a value; `None` if it is null, or neither a date nor a time.
pub(super) fn of(value: &ScalarValue) -> Option<i128> {
    let steps = match value {
        ScalarValue::Date32(days) => (*days)?.into(),
        ScalarValue::Date64(at)
        | ScalarValue::TimestampSecond(at, _)
        | ScalarValue::TimestampMillisecond(at, _)
        | ScalarValue::TimestampMicrosecond(at, _)
        | ScalarValue::TimestampNanosecond(at, _) => (*at)?,
        _ => return None,
    };
    Some(i128::from(steps) * step(&value.data_type())?)
}

/// Returns an instant as a value of this type; `None` if the type cannot hold it exactly.
pub(super) fn value(at: i128, of: &DataType) -> Option<ScalarValue> {
    let step = step(of)?;
    if at % step != 0 {
        return None;
    }
    let steps = at / step;
    let long = || i64::try_from(steps).ok();
    Some(match of {
        DataType::Date32 => ScalarValue::Date32(Some(i32::try_from(steps).ok()?)),
        DataType::Date64 => ScalarValue::Date64(Some(long()?)),
        DataType::Timestamp(TimeUnit::Second, zone) => ScalarValue::TimestampSecond(Some(long()?), zone.clone()),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => {
            ScalarValue::TimestampMillisecond(Some(long()?), zone.clone())
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            ScalarValue::TimestampMicrosecond(Some(long()?), zone.clone())
        }
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            ScalarValue::TimestampNanosecond(Some(long()?), zone.clone())
        }
        _ => return None,
    })
}

/// Returns an instant as a literal to compare with [`instant`].
pub(super) fn literal(at: i128) -> Expr {
    lit(ScalarValue::Decimal128(Some(at), DECIMAL128_MAX_PRECISION, 0))
}

/// Converts an expression whose type is a date or a time to an instant.
pub(super) fn instant(expression: Expr) -> Expr {
    ScalarUDF::from(Instant { signature: Signature::any(1, Volatility::Immutable) }).call(vec![expression])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Instant {
    signature: Signature,
}

fn instants<T: ArrowPrimitiveType<Native: Into<i64>>>(column: &ArrayRef, step: i128) -> Decimal128Array {
    column.as_primitive::<T>().unary(|steps| i128::from(Into::<i64>::into(steps)) * step)
}

impl ScalarUDFImpl for Instant {
    fn name(&self) -> &'static str {
        "instant"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(INSTANT)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let wrong = || DataFusionError::Internal("`instant` takes one date or time".to_owned());
        let value = args.args.into_iter().next().ok_or_else(wrong)?;
        let column = value.into_array(args.number_rows)?;
        let step = step(column.data_type()).ok_or_else(wrong)?;
        let instants = match column.data_type() {
            DataType::Date32 => instants::<Date32Type>(&column, step),
            DataType::Date64 => instants::<Date64Type>(&column, step),
            DataType::Timestamp(TimeUnit::Second, _) => instants::<TimestampSecondType>(&column, step),
            DataType::Timestamp(TimeUnit::Millisecond, _) => instants::<TimestampMillisecondType>(&column, step),
            DataType::Timestamp(TimeUnit::Microsecond, _) => instants::<TimestampMicrosecondType>(&column, step),
            _ => instants::<TimestampNanosecondType>(&column, step),
        };
        Ok(ColumnarValue::Array(Arc::new(instants.with_data_type(INSTANT))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn texts_are_read_beyond_what_nanoseconds_hold() {
        let us = DataType::Timestamp(TimeUnit::Microsecond, None);
        for (text, micros) in [
            ("1970-01-02", 86_400_000_000),
            ("9999-12-31", 253_402_214_400_000_000),
            ("0001-01-01", -62_135_596_800_000_000),
            ("1970-01-01T00:00:00.5", 500_000),
            ("1970-01-01T02:00:00+02:00", 0),
        ] {
            let at = parsed(text, None).unwrap();
            assert_eq!(value(at, &us), Some(ScalarValue::TimestampMicrosecond(Some(micros), None)), "{text}");
        }
        assert_eq!(parsed("2024-13-01", None), None);
        assert_eq!(parsed("now", None), None);
    }

    #[test]
    fn a_text_without_a_zone_is_of_the_column_s() {
        assert_eq!(parsed("1970-01-01", Some("America/New_York")), Some(5 * 3_600_000 * MILLISECOND));
        assert_eq!(parsed("1970-01-01T00:00:00Z", Some("America/New_York")), Some(0));
    }

    #[test]
    fn a_type_holds_only_its_own_steps() {
        let ns = DataType::Timestamp(TimeUnit::Nanosecond, None);
        assert_eq!(value(parsed("9999-12-31", None).unwrap(), &ns), None);
        assert_eq!(value(1_500 * MILLISECOND, &DataType::Timestamp(TimeUnit::Second, None)), None);
        assert_eq!(value(DAY / 2, &DataType::Date32), None);
        assert_eq!(value(-DAY, &DataType::Date32), Some(ScalarValue::Date32(Some(-1))));
    }
}
