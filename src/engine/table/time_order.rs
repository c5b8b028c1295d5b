//! Comparison of the times of two tables: one must begin after the other has ended, by at least a gap.

use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, TimeUnit};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, max, min};
use datafusion::logical_expr::{Expr, cast, ident, lit, when};

use crate::engine::error::sentence;
use crate::engine::sql;
use crate::engine::table::joins::{comparable, one};
use crate::measurement::{Gap, MeasureError, Measured, OrderedF64};

/// Returns the latest time of a column, in its own type; `None` if there is none.
pub(crate) async fn latest(table: &DataFrame, column: &str) -> Result<Option<ScalarValue>, DataFusionError> {
    let latest = one(table.clone().aggregate(Vec::new(), vec![max(ident(column)).alias("latest")])?).await?;
    Ok(latest.into_iter().next().filter(|latest| !latest.is_null()))
}

/// Counts the rows of `table` whose time is not later than all times of `other` by at least the gap, if there is one.
pub(crate) async fn not_after(
    table: &DataFrame,
    column: &str,
    other: &DataFrame,
    gap: Option<Gap>,
) -> Result<Measured, MeasureError> {
    let columns = [column.to_owned()];
    comparable(table, &columns, other, &columns)?;
    let read = async {
        let time = ident(column);
        let Some(latest) = latest(other, column).await? else { return Ok(None) };
        let early = when(too_early(table, column, &latest, gap)?, lit(1)).end()?;
        let wanted = vec![count(early).alias("hits"), count(time.clone()).alias("n"), min(time).alias("first")];
        let answers = one(table.clone().aggregate(Vec::new(), wanted)?).await?;
        let [ScalarValue::Int64(Some(hits)), ScalarValue::Int64(Some(n)), first] = answers.as_slice() else {
            return Err(DataFusionError::Execution("internal error: the scan has no result".to_owned()));
        };
        let found = match gap {
            Some(asked) if !first.is_null() => distance(&latest, first, asked)?,
            _ => None,
        };
        Ok(Some(Measured::After { hits: hits.unsigned_abs(), n: n.unsigned_abs(), gap: found }))
    };
    let state = read.await.map_err(|error: DataFusionError| MeasureError(sentence(&error)))?;
    state.ok_or_else(|| MeasureError(format!("the other dataset has no value in `{column}`")))
}

/// Returns a condition for the rows that are not later than `latest` by at least the gap, if there is one.
pub(crate) fn too_early(
    table: &DataFrame,
    column: &str,
    latest: &ScalarValue,
    gap: Option<Gap>,
) -> Result<Expr, DataFusionError> {
    let not_later = sql::meant(ident(column).lt_eq(lit(latest.clone())), table.schema())?;
    let Some(gap) = gap else { return Ok(not_later) };
    let wide = wide(latest, gap);
    let beyond = || DataFusionError::Execution(format!("`{column}` with its gap is out of the range of times"));
    let from = match (latest.cast_to(&wide)?, gap) {
        (ScalarValue::TimestampMicrosecond(Some(at), zone), Gap::Time(gap)) => {
            ScalarValue::TimestampMicrosecond(Some(at.checked_add(gap).ok_or_else(beyond)?), zone)
        }
        (ScalarValue::Decimal128(Some(at), digits, scale), Gap::Number(gap)) => {
            // Between whole numbers, a fractional gap has the effect of the next whole one.
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and the sum is checked")]
            let gap = gap.0.ceil() as i128;
            ScalarValue::Decimal128(Some(at.checked_add(gap).ok_or_else(beyond)?), digits, scale)
        }
        (ScalarValue::Float64(Some(at)), Gap::Number(gap)) => ScalarValue::Float64(Some(at + gap.0)),
        _ => return Err(beyond()),
    };
    Ok(not_later.or(cast(ident(column), wide).lt(lit(from))))
}

/// Returns a type that can hold the column's values plus the gap: whole numbers stay exact, not floats.
fn wide(value: &ScalarValue, gap: Gap) -> DataType {
    match gap {
        Gap::Time(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        Gap::Number(_) if value.data_type().is_integer() => DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0),
        Gap::Number(_) => DataType::Float64,
    }
}

/// Returns the distance from `latest` to `first`.
fn distance(latest: &ScalarValue, first: &ScalarValue, asked: Gap) -> Result<Option<Gap>, DataFusionError> {
    let wide = wide(latest, asked);
    Ok(match (latest.cast_to(&wide)?, first.cast_to(&wide)?) {
        (ScalarValue::TimestampMicrosecond(Some(from), _), ScalarValue::TimestampMicrosecond(Some(to), _)) => {
            Some(Gap::Time(to.saturating_sub(from)))
        }
        #[expect(clippy::cast_precision_loss, reason = "only told, and told in a few digits")]
        (ScalarValue::Decimal128(Some(from), ..), ScalarValue::Decimal128(Some(to), ..)) => {
            Some(Gap::Number(OrderedF64(to.saturating_sub(from) as f64)))
        }
        (ScalarValue::Float64(Some(from)), ScalarValue::Float64(Some(to))) => Some(Gap::Number(OrderedF64(to - from))),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{
        ArrayRef, Date32Array, Int64Array, RecordBatch, TimestampMicrosecondArray, TimestampSecondArray,
    };
    use datafusion::prelude::SessionContext;

    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn after(train: ArrayRef, test: ArrayRef, gap: Gap) -> (u64, u64, Option<Gap>) {
        let context = SessionContext::new();
        let table = |column| context.read_batch(RecordBatch::try_from_iter([("at", column)]).unwrap()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        match runtime.block_on(not_after(&table(test), "at", &table(train), Some(gap))).unwrap() {
            Measured::After { hits, n, gap } => (hits, n, gap),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn days_apart_are_counted_from_one_to_the_other() {
        let (train, test) = (Date32Array::from(vec![1, 2]), Date32Array::from(vec![Some(9), None, Some(10)]));
        let found = |days| after(Arc::new(train.clone()), Arc::new(test.clone()), Gap::Time(days * DAY));
        assert_eq!(found(7), (0, 2, Some(Gap::Time(7 * DAY))));
        assert_eq!(found(8), (1, 2, Some(Gap::Time(7 * DAY))));
        let hours = Gap::Time(7 * DAY + DAY / 24);
        assert_eq!(after(Arc::new(train.clone()), Arc::new(test.clone()), hours).0, 1, "a date has no hours");
    }

    #[test]
    fn an_overlap_is_a_gap_below_zero() {
        let (train, test) = (Date32Array::from(vec![1, 9]), Date32Array::from(vec![5, 30]));
        assert_eq!(after(Arc::new(train), Arc::new(test), Gap::Time(DAY)), (1, 2, Some(Gap::Time(-4 * DAY))));
    }

    #[test]
    fn moments_are_compared_whatever_their_units_and_zones() {
        let train = TimestampSecondArray::from(vec![1_700_000_000]).with_timezone("+02:00");
        let test = TimestampMicrosecondArray::from(vec![1_700_000_060_000_000, 1_700_000_059_999_999]);
        let (hits, n, gap) = after(Arc::new(train), Arc::new(test), Gap::Time(60_000_000));
        assert_eq!((hits, n, gap), (1, 2, Some(Gap::Time(59_999_999))));
    }

    #[test]
    fn whole_numbers_are_added_as_such() {
        let large = 9_007_199_254_740_993_i64;
        let test = Int64Array::from(vec![large + 2, large + 3]);
        let found = |gap| {
            after(Arc::new(Int64Array::from(vec![large])), Arc::new(test.clone()), Gap::Number(OrderedF64(gap))).0
        };
        assert_eq!((found(2.0), found(2.5), found(3.0), found(4.0)), (0, 1, 1, 2));
        // The sum must not overflow to a negative number.
        let train = Int64Array::from(vec![i64::MAX - 1]);
        let test = Int64Array::from(vec![i64::MAX]);
        assert_eq!(after(Arc::new(train), Arc::new(test), Gap::Number(OrderedF64(100.0))).0, 1);
    }
}
