//! Measures of two tables, or of a table grouped by many columns: joins, and rows that agree.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DECIMAL256_MAX_PRECISION, DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, NullEquality, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, count_distinct, max, sum};
use datafusion::logical_expr::{Expr, JoinType, cast, ident, lit, when};

use crate::engine::error::sentence;
use crate::engine::spelling::{Form, SpellingKind, number_type, plain};
use crate::engine::types;
use crate::measurement::{MeasureError, Measured, Partners};

/// Counts the rows of `table` that have a matching row in `other`, or have none.
pub(crate) async fn partners(
    table: &DataFrame,
    columns: &[String],
    other: &DataFrame,
    their: &[String],
    which: Partners,
) -> Result<Measured, MeasureError> {
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
        let joined = join(ours, theirs.clone().distinct()?, kind, &pairs, nulls)?;
        let hits = rows(&joined).await?;
        if hits == 0 && which != Partners::MissingKey {
            refuse_nothing(theirs, &pairs.1, which).await?;
        }
        Ok(Measured::Share { hits, n })
    };
    read.await.map_err(|error: DataFusionError| MeasureError(sentence(&error)))
}

/// Refuses a table without rows to compare with: nothing is shared with it, whatever the other one holds.
async fn refuse_nothing(mut other: DataFrame, columns: &[&str], which: Partners) -> Result<(), DataFusionError> {
    for column in columns.iter().filter(|_| which == Partners::SharedKey) {
        other = other.filter(ident(*column).is_not_null())?;
    }
    if rows(&other.limit(0, Some(1))?).await? > 0 {
        return Ok(());
    }
    let lacks = if which == Partners::SharedKey { "no row with a key" } else { "no rows" };
    Err(DataFusionError::Plan(format!("the other dataset has {lacks}, so nothing can be compared with it")))
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

/// Returns the columns of both sides in pairs, converted so that equal values are equal.
///
/// Values of one kind are compared in any layout: numbers by value, timestamps by instant in any unit and zone, a date
/// as its first instant. Values of two kinds cannot be compared.
pub(crate) fn comparable(
    table: &DataFrame,
    columns: &[String],
    other: &DataFrame,
    their: &[String],
) -> Result<Vec<(Expr, Expr)>, MeasureError> {
    let layout = |table: &DataFrame, name: &String| match table.schema().field_with_unqualified_name(name) {
        Ok(field) => Ok(plain(field.data_type()).clone()),
        Err(_) => Err(MeasureError(format!("there is no column `{name}`"))),
    };
    let mut pairs = Vec::with_capacity(columns.len());
    let mut unlike = Vec::new();
    for (left, right) in columns.iter().zip(their) {
        let (mine, yours) = (layout(table, left)?, layout(other, right)?);
        match form(&mine, &yours) {
            Some(form) => pairs.push((form.of(ident(left)), form.of(ident(right)))),
            None => {
                let [mine, yours] = [&mine, &yours].map(types::type_name);
                unlike.push(format!("`{left}` is {mine} and `{right}` of the other table is {yours}"));
            }
        }
    }
    if unlike.is_empty() { Ok(pairs) } else { Err(MeasureError(unlike.join(", ") + ": they cannot be compared")) }
}

/// Conversion of two columns before a comparison.
enum Compared {
    AsTheyAre,
    As(DataType),
    In(Form),
}

impl Compared {
    fn of(&self, column: Expr) -> Expr {
        match self {
            Self::AsTheyAre => column,
            Self::As(data_type) => cast(column, data_type.clone()),
            Self::In(form) => form.of(column),
        }
    }
}

/// Returns a conversion after which equal values of both types are equal; `None` if they are of two kinds.
fn form(mine: &DataType, yours: &DataType) -> Option<Compared> {
    let (kind, theirs) = (SpellingKind::of(mine), SpellingKind::of(yours));
    // A column without values has none that the other lacks.
    match (&kind, &theirs) {
        (SpellingKind::Null, _) => return Some(Compared::As(yours.clone())),
        (_, SpellingKind::Null) => return Some(Compared::As(mine.clone())),
        _ if kind != theirs => return None,
        _ => {}
    }
    let either = |is: fn(&DataType) -> bool| is(mine) || is(yours);
    Some(match kind {
        SpellingKind::Number if mine == yours => match mine.is_floating() {
            true => Compared::In(Form::Float),
            false => Compared::AsTheyAre,
        },
        SpellingKind::Number if either(DataType::is_floating) => {
            let width = number_type(mine).zip(number_type(yours)).and_then(|(one, other)| one.common_width(other));
            Compared::In(width.map_or(Form::Text, Form::TextIn))
        }
        SpellingKind::Number if either(DataType::is_decimal) => {
            let scale = scale(mine).max(scale(yours)).max(0);
            // A whole number has up to 20 digits before the point, and the largest decimal as many as the wider of
            // both.
            let digits = |of: &DataType| before_point(of) + i16::from(scale);
            match digits(mine).max(digits(yours)) <= i16::from(DECIMAL256_MAX_PRECISION) {
                true => Compared::As(DataType::Decimal256(DECIMAL256_MAX_PRECISION, scale)),
                false => Compared::In(Form::Text),
            }
        }
        SpellingKind::Number if either(|data_type| *data_type == DataType::UInt64) => {
            Compared::As(DataType::Decimal128(20, 0))
        }
        SpellingKind::Number => Compared::As(DataType::Int64),
        _ if mine == yours => Compared::AsTheyAre,
        SpellingKind::Instant | SpellingKind::Duration => Compared::In(Form::Nanos),
        SpellingKind::TimeOfDay => Compared::As(DataType::Time64(TimeUnit::Nanosecond)),
        SpellingKind::Bytes => Compared::As(DataType::LargeBinary),
        SpellingKind::Text => Compared::As(DataType::Utf8View),
        SpellingKind::Bool | SpellingKind::Null => Compared::AsTheyAre,
        // One type in two layouts.
        SpellingKind::Other(_) => Compared::As(yours.clone()),
    })
}

fn scale(data_type: &DataType) -> i8 {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => *scale,
        _ => 0,
    }
}

/// Returns the most digits that a number may have before the point.
fn before_point(data_type: &DataType) -> i16 {
    match data_type {
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => i16::from(*digits) - i16::from(*scale),
        _ => 20,
    }
}

/// Counts the rows that agree with a row of another label.
pub(crate) async fn conflicts(table: &DataFrame, label: &str, features: &[String]) -> Result<Measured, MeasureError> {
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
        [ScalarValue::Int64(hits), ScalarValue::Int64(n)] => Ok(Measured::Share {
            hits: hits.unwrap_or_default().unsigned_abs(),
            n: n.unwrap_or_default().unsigned_abs(),
        }),
        _ => Err(MeasureError("internal error: the rows were not counted".to_owned())),
    }
}

/// Returns the latest time of a column.
pub(crate) async fn newest(table: &DataFrame, column: &str) -> Result<Measured, MeasureError> {
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
    let (micros, n) = found.ok_or_else(|| MeasureError("internal error: the scan has no result".to_owned()))?;
    Ok(Measured::Newest { micros, n: n.unsigned_abs() })
}

pub(crate) async fn one(table: DataFrame) -> Result<Vec<ScalarValue>, DataFusionError> {
    let batches = table.collect().await?;
    let batch = batches
        .iter()
        .find(|batch| batch.num_rows() == 1)
        .ok_or_else(|| DataFusionError::Execution("internal error: the scan has no result".to_owned()))?;
    batch.columns().iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{
        ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array, DictionaryArray,
        DurationMicrosecondArray, DurationSecondArray, FixedSizeBinaryArray, Float32Array, Float64Array, Int32Array,
        Int64Array, LargeBinaryArray, NullArray, RecordBatch, StringArray, TimestampMicrosecondArray,
        TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
    };
    use datafusion::arrow::datatypes::i256;
    use datafusion::prelude::SessionContext;

    use super::*;

    fn shared(ours: ArrayRef, theirs: ArrayRef) -> Measured {
        partners_of(ours, theirs).unwrap()
    }

    fn partners_of(ours: ArrayRef, theirs: ArrayRef) -> Result<Measured, MeasureError> {
        let context = SessionContext::new();
        let table = |column| {
            context.read_batch(RecordBatch::try_from_iter_with_nullable([("key", column, true)]).unwrap()).unwrap()
        };
        let (ours, theirs, key) = (table(ours), table(theirs), ["key".to_owned()]);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(partners(&ours, &key, &theirs, &key, Partners::SharedKey))
    }

    #[test]
    fn equal_decimals_of_other_scales_are_equal() {
        let ours = Decimal128Array::from(vec![150, 225]).with_precision_and_scale(10, 2).unwrap();
        let numbers = vec![i256::from_i128(1_500), i256::from_i128(7)];
        let theirs = Decimal256Array::from(numbers).with_precision_and_scale(50, 3).unwrap();
        assert_eq!(shared(Arc::new(ours), Arc::new(theirs)), Measured::Share { hits: 1, n: 2 });
    }

    #[test]
    fn equal_moments_in_other_units_and_zones_are_equal() {
        let seconds = TimestampSecondArray::from(vec![1_700_000_000, 1_700_000_001]).with_timezone("+02:00");
        let micros = TimestampMicrosecondArray::from(vec![1_700_000_000_000_000, 5]);
        assert_eq!(shared(Arc::new(seconds), Arc::new(micros)), Measured::Share { hits: 1, n: 2 });
    }

    #[test]
    fn equal_numbers_of_other_types_are_equal_and_no_others() {
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![9_007_199_254_740_993, 27, -3]));
        let floats = Float64Array::from(vec![9_007_199_254_740_992.0, 27.0, -3.5]);
        assert_eq!(shared(Arc::clone(&whole), Arc::new(floats)), Measured::Share { hits: 1, n: 3 });
        let unsigned = UInt64Array::from(vec![u64::MAX, 9_007_199_254_740_993]);
        assert_eq!(shared(Arc::clone(&whole), Arc::new(unsigned)), Measured::Share { hits: 1, n: 3 });
        let decimals = Decimal128Array::from(vec![2_700, -300, 1]).with_precision_and_scale(20, 2).unwrap();
        assert_eq!(shared(whole, Arc::new(decimals)), Measured::Share { hits: 2, n: 3 });
        let single = Float32Array::from(vec![0.1, 1.5, -0.0]);
        let double: ArrayRef = Arc::new(Float64Array::from(vec![0.1, 1.25, 0.0]));
        assert_eq!(shared(Arc::new(single), Arc::clone(&double)), Measured::Share { hits: 2, n: 3 });
        let odd = Float64Array::from(vec![-0.0, f64::NAN]);
        let even = Float64Array::from(vec![0.0, -f64::NAN]);
        assert_eq!(shared(Arc::new(odd), Arc::new(even)), Measured::Share { hits: 2, n: 2 });
    }

    #[test]
    fn equal_days_moments_and_durations_are_equal() {
        let days: ArrayRef = Arc::new(Date32Array::from(vec![1, 2, 200_000]));
        let millis = Date64Array::from(vec![86_400_000, 200_000 * 86_400_000]);
        assert_eq!(shared(Arc::clone(&days), Arc::new(millis)), Measured::Share { hits: 2, n: 3 });
        let nanos = TimestampNanosecondArray::from(vec![86_400_000_000_000, 2 * 86_400_000_000_000 + 1]);
        assert_eq!(shared(days, Arc::new(nanos)), Measured::Share { hits: 1, n: 3 });
        let seconds = DurationSecondArray::from(vec![1, 2]);
        let micros = DurationMicrosecondArray::from(vec![1_000_000, 2_000_001]);
        assert_eq!(shared(Arc::new(seconds), Arc::new(micros)), Measured::Share { hits: 1, n: 2 });
    }

    #[test]
    fn layouts_of_bytes_and_dictionaries_do_not_matter() {
        let fixed = FixedSizeBinaryArray::try_from_iter([[0xff_u8, 0], [1, 2]].iter()).unwrap();
        let large = LargeBinaryArray::from(vec![&[0xff_u8, 0][..], &[3, 4]]);
        assert_eq!(shared(Arc::new(fixed), Arc::new(large)), Measured::Share { hits: 1, n: 2 });
        let coded = |values: ArrayRef| DictionaryArray::new(Int32Array::from(vec![0, 1, 1]), values);
        let floats = coded(Arc::new(Float64Array::from(vec![1.0, 2.5])));
        assert_eq!(shared(Arc::new(floats), Arc::new(Int64Array::from(vec![1]))), Measured::Share { hits: 1, n: 3 });
    }

    #[test]
    fn values_of_two_kinds_are_refused() {
        let ones: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        for other in [
            Arc::new(StringArray::from(vec!["1"])) as ArrayRef,
            Arc::new(BooleanArray::from(vec![true])),
            Arc::new(Date32Array::from(vec![1])),
            Arc::new(DurationSecondArray::from(vec![1])),
        ] {
            assert!(partners_of(Arc::clone(&ones), other).unwrap_err().0.ends_with("they cannot be compared"));
        }
        let nothing = partners_of(ones, Arc::new(NullArray::new(3))).unwrap_err();
        assert!(nothing.0.starts_with("the other dataset has no row with a key"), "{}", nothing.0);
    }
}
