//! All measurements of one table in one aggregate query: one scan, whatever their number.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Int64Type, UInt64Type};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, lit, when};
use datafusion::prelude::ident;

use super::distinct::distinct_rows;
use super::error::sentence;
use super::predicate;
use crate::gate::measurement::{MeasureError, State, TableMeasure};

/// The answers to `measures`, in their order. A measure that cannot be planned, or fails while it runs, fails alone.
pub(super) async fn scan(table: &DataFrame, measures: &[TableMeasure]) -> Vec<Result<State, MeasureError>> {
    let planned: Vec<Result<Vec<Expr>, MeasureError>> =
        measures.iter().map(|measure| expressions(table, measure)).collect();
    let all: Vec<Expr> = planned.iter().flatten().flatten().cloned().collect();
    match aggregate(table, all).await {
        Ok(numbers) => {
            let mut numbers = numbers.into_iter();
            let answers = measures.iter().zip(planned);
            answers.map(|(measure, plan)| plan.map(|plan| state(measure, numbers.by_ref().take(plan.len())))).collect()
        }
        Err(error) if measures.len() == 1 => vec![Err(MeasureError(sentence(&error)))],
        Err(_) => one_by_one(table, measures).await,
    }
}

/// Finds out whose fault it is. A table that cannot be read at all is told apart by counting its rows first.
async fn one_by_one(table: &DataFrame, measures: &[TableMeasure]) -> Vec<Result<State, MeasureError>> {
    if let Err(error) = aggregate(table, vec![touch_every_column(table)]).await {
        let error = MeasureError(sentence(&error));
        return measures.iter().map(|_| Err(error.clone())).collect();
    }
    let mut answers = Vec::with_capacity(measures.len());
    for measure in measures {
        let answer = match expressions(table, measure) {
            Ok(plan) => aggregate(table, plan)
                .await
                .map(|numbers| state(measure, numbers.into_iter()))
                .map_err(|error| MeasureError(sentence(&error))),
            Err(error) => Err(error),
        };
        answers.push(answer);
    }
    answers
}

fn touch_every_column(table: &DataFrame) -> Expr {
    distinct_rows().call(table.schema().fields().iter().map(|field| ident(field.name())).collect())
}

fn expressions(table: &DataFrame, measure: &TableMeasure) -> Result<Vec<Expr>, MeasureError> {
    Ok(match measure {
        TableMeasure::Rows => vec![count(lit(1))],
        TableMeasure::Columns => Vec::new(),
        TableMeasure::Distinct(columns) => {
            let keys: Vec<Expr> = columns.iter().map(ident).collect();
            let rows = if let [key] = keys.as_slice() { count(key.clone()) } else { count(lit(1)) };
            vec![rows, distinct_rows().call(keys)]
        }
        TableMeasure::Where(condition) => {
            let (matches, among) = predicate::bind(table, condition)?;
            let counted = |condition| when(condition, lit(1)).end().map(count);
            let both = match &among {
                Some(among) => among.clone().and(matches),
                None => matches,
            };
            let n = among.map_or_else(|| Ok(count(lit(1))), counted);
            let wrap = |error: DataFusionError| MeasureError(sentence(&error));
            vec![counted(both).map_err(wrap)?, n.map_err(wrap)?]
        }
    })
}

async fn aggregate(table: &DataFrame, expressions: Vec<Expr>) -> Result<Vec<u64>, DataFusionError> {
    if expressions.is_empty() {
        return Ok(Vec::new());
    }
    // Equal expressions of different measures would clash by name.
    let named = expressions.into_iter().enumerate().map(|(index, expression)| expression.alias(format!("m{index}")));
    let batches = table.clone().aggregate(Vec::new(), named.collect())?.collect().await?;
    let batch = batches
        .iter()
        .find(|batch| batch.num_rows() == 1)
        .ok_or_else(|| DataFusionError::Execution("the scan gave no answer".to_owned()))?;
    batch
        .columns()
        .iter()
        .map(|column| {
            let signed = column.as_primitive_opt::<Int64Type>().map(|numbers| numbers.value(0).unsigned_abs());
            signed
                .or_else(|| column.as_primitive_opt::<UInt64Type>().map(|numbers| numbers.value(0)))
                .ok_or_else(|| DataFusionError::Execution("a count is not a whole number".to_owned()))
        })
        .collect()
}

fn state(measure: &TableMeasure, mut numbers: impl Iterator<Item = u64>) -> State {
    let mut next = || numbers.next().unwrap_or_default();
    match measure {
        TableMeasure::Rows => State::Rows(next()),
        TableMeasure::Columns => State::Columns(Vec::new()),
        TableMeasure::Distinct(_) => State::Distinct { rows: next(), distinct: next() },
        TableMeasure::Where(_) => State::Share { hits: next(), n: next() },
    }
}
