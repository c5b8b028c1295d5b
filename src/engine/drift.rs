//! One column of both sides → counts over the cells that the baseline fixes.

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, cast, ident, lit};
use futures::{StreamExt, future};

use super::column_states::FrequenciesFold;
use super::error::sentence;
use super::{column_states, fold, types};
use crate::gate::measurement::{CellsOf, MeasureError, State, TypeFamily};
use crate::stats::drift::{Cells, NumericCells, Sorted, categories};

/// A table with its path, for messages.
#[derive(Debug, Clone)]
pub(super) struct SideTable {
    pub(super) table: DataFrame,
    pub(super) path: String,
}

/// Counts a column of both sides.
pub(super) async fn cells(
    column: &str,
    of: CellsOf,
    candidate: SideTable,
    baseline: SideTable,
) -> Result<State, MeasureError> {
    if of == CellsOf::Nulls {
        let names = vec!["(null)".to_owned(), "(a value)".to_owned()];
        let (after, before) = (nulls(column, &candidate).await?, nulls(column, &baseline).await?);
        return Ok(State::Cells(Cells { names, baseline: before, candidate: after, scale: None }));
    }
    let (ours, theirs) = (family(column, &candidate)?, family(column, &baseline)?);
    let read = match (is_scale(ours), is_scale(theirs)) {
        (true, true) => numbers(column, &candidate.table, &baseline.table).await,
        (false, false) => values(column, &candidate.table, &baseline.table).await,
        _ => {
            return Err(MeasureError(format!(
                "`{column}` holds numbers or times in only one of `{}` and `{}`, so its values cannot be compared",
                candidate.path, baseline.path
            )));
        }
    };
    read.map_err(|error| MeasureError(format!("{}: {}", candidate.path, sentence(&error))))
}

/// Rows without a value, and rows with one.
async fn nulls(column: &str, side: &SideTable) -> Result<Vec<u64>, MeasureError> {
    if !types::columns(side.table.schema().as_arrow()).iter().any(|known| known.name == column) {
        return Err(MeasureError(format!("`{}` has no column `{column}`", side.path)));
    }
    let read = async {
        let wanted = vec![count(lit(1)).alias("rows"), count(ident(column)).alias("values")];
        let batches = side.table.clone().aggregate(Vec::new(), wanted)?.collect().await?;
        let batch = batches.into_iter().find(|batch| batch.num_rows() == 1);
        let number =
            |batch: &RecordBatch, index: usize| batch.column(index).as_primitive::<Int64Type>().value(0).unsigned_abs();
        Ok::<_, DataFusionError>(batch.map_or_else(Vec::new, |batch| {
            let (rows, values) = (number(&batch, 0), number(&batch, 1));
            vec![rows - values, values]
        }))
    };
    read.await.map_err(|error| MeasureError(format!("{}: {}", side.path, sentence(&error))))
}

fn family(column: &str, side: &SideTable) -> Result<TypeFamily, MeasureError> {
    let columns = types::columns(side.table.schema().as_arrow());
    match columns.into_iter().find(|known| known.name == column) {
        Some(found) if found.data_type.family == TypeFamily::Other => Err(MeasureError(format!(
            "`{column}` of `{}` is {}, which is not counted by its values",
            side.path, found.data_type
        ))),
        Some(found) => Ok(found.data_type.family),
        None => Err(MeasureError(format!("`{}` has no column `{column}`", side.path))),
    }
}

pub(super) fn is_scale(family: TypeFamily) -> bool {
    family.is_number() || matches!(family, TypeFamily::Date | TypeFamily::Timestamp)
}

async fn numbers(column: &str, candidate: &DataFrame, baseline: &DataFrame) -> Result<State, DataFusionError> {
    let numbers = fold(baseline, column, Vec::new, |all: &mut Vec<f64>, number| all.push(number)).await?;
    let sorted = Sorted::new(numbers.into_iter().flatten());
    let (grid, before, spread) = (sorted.grid(), sorted.cells(), sorted.standard_deviation());
    drop(sorted);
    let mut after = NumericCells::new(&grid);
    let empty = || NumericCells::new(&grid);
    for part in fold(candidate, column, empty, |cells, number| cells.add(&grid, number)).await? {
        after.merge(&part);
    }
    Ok(State::Cells(after.against(&before, &grid, spread)))
}

/// Folds the finite numbers of a column, each part of the table for itself.
async fn fold<S>(
    table: &DataFrame,
    column: &str,
    empty: impl Fn() -> S,
    add: impl Fn(&mut S, f64),
) -> Result<Vec<S>, DataFusionError> {
    let number = as_number(table, column);
    let streams = table.clone().select(vec![number.alias("number")])?.execute_stream_partitioned().await?;
    let parts = streams.into_iter().map(|mut batches| {
        let (empty, add) = (&empty, &add);
        async move {
            let mut state = empty();
            while let Some(batch) = batches.next().await {
                for number in batch?.column(0).as_primitive::<Float64Type>().iter().flatten() {
                    if number.is_finite() {
                        add(&mut state, number);
                    }
                }
            }
            Ok::<S, DataFusionError>(state)
        }
    });
    future::try_join_all(parts).await
}

pub(super) fn as_number(table: &DataFrame, column: &str) -> Expr {
    let is_time = types::columns(table.schema().as_arrow())
        .iter()
        .any(|known| known.name == column && !known.data_type.family.is_number());
    // Days and moments have numbers, but no way to a float of their own.
    let value = if is_time {
        use datafusion::arrow::datatypes::TimeUnit;
        cast(cast(ident(column), DataType::Timestamp(TimeUnit::Microsecond, None)), DataType::Int64)
    } else {
        ident(column)
    };
    cast(value, DataType::Float64)
}

async fn values(column: &str, candidate: &DataFrame, baseline: &DataFrame) -> Result<State, DataFusionError> {
    let count = async |table: &DataFrame| {
        let text = cast(ident(column), DataType::Utf8View);
        let counted = fold::aggregate::<FrequenciesFold>().call(vec![text]).alias("values");
        let batches = table.clone().aggregate(Vec::new(), vec![counted])?.collect().await?;
        let answer: Option<ArrayRef> = batches.iter().find(|batch| batch.num_rows() == 1).map(|b| b.column(0).clone());
        let answer = answer.ok_or_else(|| DataFusionError::Execution("the scan gave no answer".to_owned()))?;
        column_states::frequencies(answer.as_binary::<i64>().value(0))
    };
    Ok(State::Cells(categories(&count(candidate).await?, &count(baseline).await?)))
}
