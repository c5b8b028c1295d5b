//! What needs two tables, or a table grouped by many columns: joins, and rows that agree.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DECIMAL256_MAX_PRECISION, DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, NullEquality, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, count_distinct, max, sum};
use datafusion::logical_expr::{Expr, JoinType, cast, ident, lit, when};

use super::error::sentence;
use super::types;
use crate::gate::measurement::{Column, MeasureError, Partners, State};

/// Rows of `table` that have partners in `other`, or have none.
pub(super) async fn partners(
    table: &DataFrame,
    columns: &[String],
    other: &DataFrame,
    their: &[String],
    which: Partners,
) -> Result<State, MeasureError> {
    let keys = comparable(table, columns, other, their)?;
    let read = async {
        let (left, right) = keys.into_iter().unzip::<_, _, Vec<Expr>, Vec<Expr>>();
        let name = |side: &str, index: usize| format!("{side}{index}");
        let named = |side: &'static str, keys: Vec<Expr>| {
            keys.into_iter()
                .enumerate()
                .map(move |(index, key)| key.alias(format!("{side}{index}")))
                .collect::<Vec<_>>()
        };
        let count_of = columns.len();
        let (mut ours, theirs) = (table.clone().select(named("l", left))?, other.clone().select(named("r", right))?);
        if which != Partners::SharedRow {
            for index in 0..count_of {
                ours = ours.filter(ident(name("l", index)).is_not_null())?;
            }
        }
        let n = rows(&ours).await?;
        let (left, right): (Vec<String>, Vec<String>) =
            (0..count_of).map(|index| (name("l", index), name("r", index))).unzip();
        let pairs: (Vec<&str>, Vec<&str>) =
            (left.iter().map(String::as_str).collect(), right.iter().map(String::as_str).collect());
        let kind = if which == Partners::MissingKey { JoinType::LeftAnti } else { JoinType::LeftSemi };
        let nulls =
            if which == Partners::SharedRow { NullEquality::NullEqualsNull } else { NullEquality::NullEqualsNothing };
        let joined = join(ours, theirs.distinct()?, kind, &pairs, nulls)?;
        Ok(State::Share { hits: rows(&joined).await?, n })
    };
    read.await.map_err(|error: DataFusionError| MeasureError(sentence(&error)))
}

fn join(
    left: DataFrame,
    right: DataFrame,
    kind: JoinType,
    keys: &(Vec<&str>, Vec<&str>),
    nulls: NullEquality,
) -> Result<DataFrame, DataFusionError> {
    use datafusion::common::Column;
    use datafusion::logical_expr::LogicalPlanBuilder;
    let (state, left) = left.into_parts();
    let right = right.into_parts().1;
    let named = |names: &[&str]| names.iter().map(|name| Column::from_name(*name)).collect::<Vec<_>>();
    let plan = LogicalPlanBuilder::from(left)
        .join_detailed(right, kind, (named(&keys.0), named(&keys.1)), None, nulls)?
        .build()?;
    Ok(DataFrame::new(state, plan))
}

async fn rows(table: &DataFrame) -> Result<u64, DataFusionError> {
    Ok(table.clone().count().await? as u64)
}

/// The columns of both sides in pairs of one type.
///
/// Decimals and times of several layouts are compared in one that holds both, and numbers of several widths as text,
/// which is the same for all of them; anything else must be of one kind.
pub(super) fn comparable(
    table: &DataFrame,
    columns: &[String],
    other: &DataFrame,
    their: &[String],
) -> Result<Vec<(Expr, Expr)>, MeasureError> {
    let (ours, others) = (types::columns(table.schema().as_arrow()), types::columns(other.schema().as_arrow()));
    let find = |columns: &[Column], name: &str| {
        let found = columns.iter().find(|column| column.name == name).cloned();
        found.ok_or_else(|| MeasureError(format!("there is no column `{name}`")))
    };
    let mut pairs = Vec::with_capacity(columns.len());
    let mut unlike = Vec::new();
    for (left, right) in columns.iter().zip(their) {
        let (mine, yours) = (find(&ours, left)?, find(&others, right)?);
        let (mine, yours) = (mine.data_type, yours.data_type);
        if mine.family != yours.family {
            unlike.push(format!("`{left}` is {mine} and `{right}` of the other table is {yours}"));
        }
        let layout = |table: &DataFrame, name: &String| {
            table.schema().field_with_unqualified_name(name).ok().map(|field| field.data_type().clone())
        };
        let (mine, yours) = (layout(table, left), layout(other, right));
        let read = |name: &String| match (&mine, &yours) {
            (Some(mine), Some(yours)) if mine != yours => cast(ident(name), common(mine, yours)),
            _ => ident(name),
        };
        pairs.push((read(left), read(right)));
    }
    if unlike.is_empty() { Ok(pairs) } else { Err(MeasureError(unlike.join(", ") + ": they cannot be compared")) }
}

/// A type in which equal values of both types are equal.
fn common(mine: &DataType, yours: &DataType) -> DataType {
    match (mine, yours) {
        (DataType::Timestamp(mine, _), DataType::Timestamp(yours, _)) => DataType::Timestamp((*mine).max(*yours), None),
        (mine, yours) if mine.is_decimal() && yours.is_decimal() => {
            let scale = |decimal: &DataType| match decimal {
                DataType::Decimal32(_, scale)
                | DataType::Decimal64(_, scale)
                | DataType::Decimal128(_, scale)
                | DataType::Decimal256(_, scale) => *scale,
                _ => 0,
            };
            DataType::Decimal256(DECIMAL256_MAX_PRECISION, scale(mine).max(scale(yours)))
        }
        _ => DataType::Utf8,
    }
}

/// Rows that agree with a row of another label.
pub(super) async fn conflicts(table: &DataFrame, label: &str, features: &[String]) -> Result<State, MeasureError> {
    let read = async {
        let keys: Vec<Expr> = features.iter().map(ident).collect();
        let label = ident(label);
        let groups = table
            .clone()
            .filter(label.clone().is_not_null())?
            .aggregate(keys, vec![count(lit(1)).alias("mlgate rows"), count_distinct(label).alias("mlgate labels")])?;
        let rows = ident("mlgate rows");
        let torn = when(ident("mlgate labels").gt(lit(1)), rows.clone()).otherwise(lit(0_i64))?;
        one(groups.aggregate(Vec::new(), vec![sum(torn).alias("hits"), sum(rows).alias("n")])?).await
    };
    let counts = read.await.map_err(|error: DataFusionError| MeasureError(sentence(&error)))?;
    match counts.as_slice() {
        [ScalarValue::Int64(hits), ScalarValue::Int64(n)] => {
            Ok(State::Share { hits: hits.unwrap_or_default().unsigned_abs(), n: n.unwrap_or_default().unsigned_abs() })
        }
        _ => Err(MeasureError("the rows could not be counted".to_owned())),
    }
}

/// The latest time of a column.
pub(super) async fn newest(table: &DataFrame, column: &str) -> Result<State, MeasureError> {
    let read = async {
        let time = cast(ident(column), DataType::Timestamp(TimeUnit::Microsecond, None));
        let wanted = vec![max(time).alias("newest"), count(ident(column)).alias("n")];
        let batches = table.clone().aggregate(Vec::new(), wanted)?.collect().await?;
        let batch = batches.iter().find(|batch| batch.num_rows() == 1);
        Ok(batch.map(|batch| {
            let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
            let newest = times.iter().next().flatten();
            (newest, batch.column(1).as_primitive::<Int64Type>().value(0))
        }))
    };
    let found = read.await.map_err(|error: DataFusionError| MeasureError(sentence(&error)))?;
    let (micros, n) = found.ok_or_else(|| MeasureError("the scan gave no answer".to_owned()))?;
    Ok(State::Newest { micros, n: n.unsigned_abs() })
}

pub(super) async fn one(table: DataFrame) -> Result<Vec<ScalarValue>, DataFusionError> {
    let batches = table.collect().await?;
    let batch = batches
        .iter()
        .find(|batch| batch.num_rows() == 1)
        .ok_or_else(|| DataFusionError::Execution("the scan gave no answer".to_owned()))?;
    batch.columns().iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{
        ArrayRef, Decimal128Array, Decimal256Array, RecordBatch, TimestampMicrosecondArray, TimestampSecondArray,
    };
    use datafusion::arrow::datatypes::i256;
    use datafusion::prelude::SessionContext;

    use super::*;

    fn shared(ours: ArrayRef, theirs: ArrayRef) -> State {
        let context = SessionContext::new();
        let table = |column| context.read_batch(RecordBatch::try_from_iter([("key", column)]).unwrap()).unwrap();
        let (ours, theirs, key) = (table(ours), table(theirs), ["key".to_owned()]);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(partners(&ours, &key, &theirs, &key, Partners::SharedKey)).unwrap()
    }

    #[test]
    fn equal_decimals_of_other_scales_are_equal() {
        let ours = Decimal128Array::from(vec![150, 225]).with_precision_and_scale(10, 2).unwrap();
        let numbers = vec![i256::from_i128(1_500), i256::from_i128(7)];
        let theirs = Decimal256Array::from(numbers).with_precision_and_scale(50, 3).unwrap();
        assert_eq!(shared(Arc::new(ours), Arc::new(theirs)), State::Share { hits: 1, n: 2 });
    }

    #[test]
    fn equal_moments_in_other_units_and_zones_are_equal() {
        let seconds = TimestampSecondArray::from(vec![1_700_000_000, 1_700_000_001]).with_timezone("+02:00");
        let micros = TimestampMicrosecondArray::from(vec![1_700_000_000_000_000, 5]);
        assert_eq!(shared(Arc::new(seconds), Arc::new(micros)), State::Share { hits: 1, n: 2 });
    }
}
