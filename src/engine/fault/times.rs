//! Faults of times: stale ones, and those of another zone.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};

use super::{MarkedRows, odd};

const DAY: f64 = 86_400.0;
const HOUR: f64 = 3_600.0;

/// Makes all times older by this many days.
pub(super) fn stale(rows: &MarkedRows<'_>, name: &str, days: f64) -> Result<RecordBatch, String> {
    let unit = unit(rows.column(name)?.data_type())?;
    later(rows, name, -(days * DAY / unit))
}

/// Makes all times later by this many hours.
pub(super) fn zone_shifted(rows: &MarkedRows<'_>, name: &str, hours: f64) -> Result<RecordBatch, String> {
    let data_type = rows.column(name)?.data_type();
    if !matches!(data_type, DataType::Timestamp(..)) {
        return Err("days have no hours".to_owned());
    }
    later(rows, name, hours * HOUR / unit(data_type)?)
}

/// Returns the seconds of a unit of a type.
fn unit(data_type: &DataType) -> Result<f64, String> {
    match data_type {
        DataType::Date32 => Ok(DAY),
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => Ok(1e-3),
        DataType::Timestamp(TimeUnit::Second, _) => Ok(1.0),
        DataType::Timestamp(TimeUnit::Microsecond, _) => Ok(1e-6),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Ok(1e-9),
        _ => Err("it holds no times".to_owned()),
    }
}

fn later(rows: &MarkedRows<'_>, name: &str, by: f64) -> Result<RecordBatch, String> {
    let column = rows.column(name)?;
    #[expect(clippy::cast_possible_truncation, reason = "a few years fit into any unit")]
    let by = by.round() as i64;
    if by == 0 {
        return Err("the dose is smaller than a unit of its type".to_owned());
    }
    // Days are 32 bits wide, and become 64 bits on the way.
    let whole = |column: &ArrayRef| match column.data_type() {
        DataType::Date32 => cast(column, &DataType::Int32).and_then(|days| cast(&days, &DataType::Int64)),
        _ => cast(column, &DataType::Int64),
    };
    let moments = whole(column).map_err(odd)?;
    let moments: Int64Array =
        moments.as_primitive::<Int64Type>().iter().map(|time| Some(time?.saturating_add(by))).collect();
    let moments: ArrayRef = Arc::new(moments);
    let times = match column.data_type() {
        DataType::Date32 => cast(&moments, &DataType::Int32).and_then(|days| cast(&days, &DataType::Date32)),
        other => cast(&moments, other),
    };
    rows.with(vec![(name, times.map_err(odd)?)])
}
