//! Measurements of one table in one aggregate query, and so in one scan.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, cast, lit};
use datafusion::prelude::ident;

use super::aggregates::aggregates;
use super::column_states::{FrequenciesFold, MomentsFold, TrueFold};
use super::distinct::{distinct_rows, distinct_rows_in_haste};
use super::exact::Unpointed;
use super::quantile::{FloatsFold, FoundQuantile, quantile_of_floats};
use super::{column_states, fold};
use crate::engine::cluster::{Distributed, is_unusable};
use crate::engine::error::sentence;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::resources::is_exhausted;
use crate::engine::source::read_all;
use crate::engine::spelling::Form;
use crate::engine::sql::predicate;
use crate::engine::sql::predicate::PredicateBinder;
use crate::engine::table::distinct::spilled;
use crate::measurement::{MeasureError, Measured, Predicate, SelectedRows, TableMeasure};
use crate::stats::Digits;

/// Computes `measures`, in order, here or on the cluster that has the table. A measure that cannot be planned, or fails while
/// it runs, fails alone.
pub(crate) async fn scan(
    table: &IndexedTable,
    measures: &[TableMeasure],
    cluster: Option<&Distributed<'_>>,
) -> Vec<Result<Measured, MeasureError>> {
    let mut conditions = PredicateBinder::new(table);
    let planned: Vec<Result<Vec<Expr>, MeasureError>> =
        measures.iter().map(|measure| expressions(table, &mut conditions, measure)).collect();
    let all: Vec<Expr> = planned.iter().flatten().flatten().cloned().collect();
    let numbers = match aggregate(table, &all, cluster.map(|cluster| (cluster, measures))).await {
        Ok(numbers) => numbers,
        Err(error) if is_unusable(&error).is_some() => {
            let why = is_unusable(&error).unwrap_or_default();
            return measures.iter().map(|_| Err(MeasureError(why.clone()))).collect();
        }
        Err(error) if measures.len() == 1 && !is_exhausted(&error) => {
            return vec![Err(MeasureError(sentence(&error)))];
        }
        Err(_) => return one_by_one(table, measures).await,
    };
    let mut numbers = numbers.into_iter();
    let mut answers = Vec::with_capacity(measures.len());
    for (measure, plan) in measures.iter().zip(planned) {
        // Takes all of a measure's results, used or not: the next measure's follow them.
        let own: Result<Vec<ScalarValue>, _> =
            numbers.by_ref().take(plan.as_ref().map_or(0, Vec::len)).collect::<Vec<_>>().into_iter().collect();
        answers.push(match (plan, own) {
            (Err(error), _) => Err(error),
            (Ok(_), Ok(own)) => state(table, measure, own.into_iter()),
            (Ok(_), Err(error)) => failed(table, measure, &error).await,
        });
    }
    answers
}

/// Measures one by one, to find out which measure fails. A table that cannot be read at all is detected by reading all
/// of it first.
async fn one_by_one(table: &IndexedTable, measures: &[TableMeasure]) -> Vec<Result<Measured, MeasureError>> {
    if let Err(error) = read_all(table.table().clone()).await {
        let error = MeasureError(sentence(&error));
        return measures.iter().map(|_| Err(error.clone())).collect();
    }
    let mut conditions = PredicateBinder::new(table);
    let mut answers = Vec::with_capacity(measures.len());
    for measure in measures {
        let answer = match expressions(table, &mut conditions, measure) {
            Ok(plan) => {
                let numbers = aggregate(table, &plan, None).await;
                match numbers.and_then(|numbers| numbers.into_iter().collect::<Result<Vec<_>, _>>()) {
                    Ok(numbers) => state(table, measure, numbers.into_iter()),
                    Err(error) => failed(table, measure, &error).await,
                }
            }
            Err(error) => Err(error),
        };
        answers.push(answer);
    }
    answers
}

/// Returns the measure from temporary files, if it can be computed there and only memory is missing; otherwise the error.
async fn failed(
    table: &IndexedTable,
    measure: &TableMeasure,
    error: &DataFusionError,
) -> Result<Measured, MeasureError> {
    let table = table.table();
    match measure {
        TableMeasure::Distinct(columns) if is_exhausted(error) => {
            spilled::distinct(table, columns).await.map_err(|error| MeasureError(sentence(&error)))
        }
        TableMeasure::DistinctOrNull(column) if is_exhausted(error) => {
            spilled_or_null(table, column).await.map_err(|error| MeasureError(sentence(&error)))
        }
        _ => Err(MeasureError(sentence(error))),
    }
}

async fn spilled_or_null(table: &DataFrame, column: &str) -> Result<Measured, DataFusionError> {
    let rows = table.clone().count().await? as u64;
    Ok(match spilled::distinct(table, &[column.to_owned()]).await? {
        Measured::Distinct { rows: present, distinct } => or_null(rows, present, distinct),
        other => other,
    })
}

/// Returns the counts of rows and of distinct rows, with null as one more value.
fn or_null(rows: u64, present: u64, distinct: u64) -> Measured {
    Measured::Distinct { rows, distinct: distinct + u64::from(rows > present) }
}

/// Returns the error for a measure that takes more than one aggregate over the table; such measures are computed apart.
fn not_scanned(measure: &TableMeasure) -> MeasureError {
    MeasureError(format!("internal error: {measure:?} is not computed by a scan"))
}

fn expressions(
    table: &IndexedTable,
    conditions: &mut PredicateBinder<'_>,
    measure: &TableMeasure,
) -> Result<Vec<Expr>, MeasureError> {
    Ok(match measure {
        TableMeasure::Rows => vec![count(lit(1))],
        TableMeasure::Distinct(columns) => {
            let keys: Vec<Expr> = columns.iter().map(ident).collect();
            let rows = if let [key] = keys.as_slice() { count(key.clone()) } else { count(lit(1)) };
            vec![rows, distinct_rows_in_haste().call(keys)]
        }
        TableMeasure::DistinctOrNull(column) => {
            let key = ident(column);
            vec![count(lit(1)), count(key.clone()), distinct_rows_in_haste().call(vec![key])]
        }
        TableMeasure::Moments(column) => {
            let moments = fold::aggregate::<MomentsFold>().call(vec![cast(ident(column), DataType::Float64)]);
            let exact = Unpointed::of(table, column).map(Unpointed::sum_and_ends);
            std::iter::once(moments).chain(exact).collect()
        }
        TableMeasure::Quantile(column, _) => {
            vec![match Unpointed::of(table, column) {
                Some(numbers) => numbers.all(),
                None => fold::aggregate::<FloatsFold>().call(vec![cast(ident(column), DataType::Float64)]),
            }]
        }
        TableMeasure::Frequencies(column) => {
            vec![fold::aggregate::<FrequenciesFold>().call(vec![Form::Text.of(ident(column))])]
        }
        TableMeasure::Where(condition) if only_nulls(condition).is_some() => {
            only_nulls(condition).map(|column| vec![count(ident(column)), count(lit(1))]).unwrap_or_default()
        }
        TableMeasure::Where(condition) => {
            let (matches, among) = conditions.bind(condition)?;
            let counted = |condition| fold::aggregate::<TrueFold>().call(vec![condition]);
            // Some conditions are null for a null, so nulls need no filter of their own.
            if let Some(column) = values_of(condition).filter(|_| predicate::is_null_of_null(&matches)) {
                return Ok(vec![counted(matches), count(ident(column))]);
            }
            match among {
                Some(among) => vec![counted(among.clone().and(matches)), counted(among)],
                None => vec![counted(matches), count(lit(1))],
            }
        }
        TableMeasure::Selected(condition) => {
            let condition = predicate::condition(table, condition)?;
            let counted = |condition| fold::aggregate::<TrueFold>().call(vec![condition]);
            vec![counted(condition.clone()), counted(condition.is_null()), count(lit(1))]
        }
        other => return Err(not_scanned(other)),
    })
}

/// Returns the column whose non-null values are tested, if the condition does that.
fn values_of(condition: &Predicate) -> Option<&String> {
    let are_values = condition.among.as_ref().is_some_and(|among| among.trim() == "value IS NOT NULL");
    condition.column.as_ref().filter(|_| are_values)
}

/// Returns the column whose nulls are counted, if the condition does only that: no value has to be read then.
fn only_nulls(condition: &Predicate) -> Option<&String> {
    let asks = condition.among.is_none() && condition.matches.trim() == "value IS NULL";
    condition.column.as_ref().filter(|_| asks)
}

/// Returns all aggregates of measures; or, if some are recounted, only those by their indices, with whole digests.
pub(crate) fn asked(table: &IndexedTable, measures: &[TableMeasure], recounted: &[usize]) -> Vec<Expr> {
    let mut conditions = PredicateBinder::new(table);
    let planned = measures.iter().filter_map(|measure| expressions(table, &mut conditions, measure).ok());
    let all: Vec<Expr> = planned.flatten().collect();
    if recounted.is_empty() {
        return all;
    }
    recounted.iter().filter_map(|at| all.get(*at)).filter_map(counted_again).collect()
}

/// Returns the count of distinct rows that is exact in any case.
fn counted_again(expression: &Expr) -> Option<Expr> {
    match expression {
        Expr::AggregateFunction(call) => Some(distinct_rows().call(call.params.args.clone())),
        _ => None,
    }
}

/// A cluster, with the measures whose aggregates are computed.
type OnCluster<'a> = Option<(&'a Distributed<'a>, &'a [TableMeasure])>;

async fn aggregate(
    table: &IndexedTable,
    expressions: &[Expr],
    cluster: OnCluster<'_>,
) -> Result<Vec<Result<ScalarValue, DataFusionError>>, DataFusionError> {
    if expressions.is_empty() {
        return Ok(Vec::new());
    }
    let mut answers = answers(table, expressions, cluster, &[]).await?;
    // Rows that seemed to be all distinct, but are not, are counted again with whole digests.
    let (mut indices, mut again, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (expression, answer)) in expressions.iter().zip(&mut answers).enumerate() {
        if matches!(answer, Ok(ScalarValue::UInt64(None)))
            && let Some(expression) = counted_again(expression)
        {
            indices.push(at);
            again.push(expression);
            gaps.push(answer);
        }
    }
    if again.is_empty() {
        return Ok(answers);
    }
    let counted = self::answers(table, &again, cluster, &indices).await?;
    gaps.into_iter().zip(counted).for_each(|(gap, answer)| *gap = answer);
    Ok(answers)
}

/// Returns the results of aggregates, from the cluster if it has them.
async fn answers(
    table: &IndexedTable,
    expressions: &[Expr],
    cluster: OnCluster<'_>,
    recounted: &[usize],
) -> Result<Vec<Result<ScalarValue, DataFusionError>>, DataFusionError> {
    if let Some((cluster, measures)) = cluster
        && let Some(found) = cluster.aggregate(table.table(), (measures, recounted), expressions).await?
    {
        return Ok(found.into_iter().map(Ok).collect());
    }
    aggregates(table, expressions).await
}

fn state(
    table: &IndexedTable,
    measure: &TableMeasure,
    mut answers: impl Iterator<Item = ScalarValue>,
) -> Result<Measured, MeasureError> {
    let wrong = || MeasureError("internal error: the scan has the wrong kind of result".to_owned());
    let mut next = || answers.next().unwrap_or(ScalarValue::Null);
    let mut whole = || match next() {
        ScalarValue::Int64(Some(number)) => Ok(number.unsigned_abs()),
        ScalarValue::UInt64(Some(number)) => Ok(number),
        ScalarValue::LargeBinary(Some(bytes)) => column_states::rows(&bytes).map_err(|_| wrong()),
        _ => Err(wrong()),
    };
    let broken = |error: DataFusionError| MeasureError(sentence(&error));
    Ok(match measure {
        TableMeasure::Rows => Measured::Rows(whole()?),
        TableMeasure::Distinct(_) => Measured::Distinct { rows: whole()?, distinct: whole()? },
        TableMeasure::DistinctOrNull(_) => or_null(whole()?, whole()?, whole()?),
        TableMeasure::Where(condition) if only_nulls(condition).is_some() => {
            let (present, n) = (whole()?, whole()?);
            Measured::Share { hits: n - present, n }
        }
        TableMeasure::Where(_) => Measured::Share { hits: whole()?, n: whole()? },
        TableMeasure::Selected(_) => {
            Measured::Selected(SelectedRows { rows: whole()?, unknown: whole()?, of: whole()? })
        }
        TableMeasure::Moments(column) => {
            let ScalarValue::LargeBinary(Some(bytes)) = next() else { return Err(wrong()) };
            let moments = column_states::moments(&bytes).map_err(broken)?;
            let exact = match (Unpointed::of(table, column), next()) {
                (Some(numbers), ScalarValue::LargeBinary(Some(bytes))) => numbers.exact_numbers(&bytes),
                _ => None,
            };
            Measured::Moments(moments.with_exact(exact))
        }
        TableMeasure::Frequencies(_) => match next() {
            ScalarValue::LargeBinary(Some(bytes)) => {
                Measured::Frequencies(column_states::frequencies(&bytes).map_err(broken)?)
            }
            _ => return Err(wrong()),
        },
        TableMeasure::Quantile(column, q) => {
            let ScalarValue::LargeBinary(Some(bytes)) = next() else { return Err(wrong()) };
            match Unpointed::of(table, column) {
                Some(numbers) => {
                    let FoundQuantile { value: exact, between, n } = numbers.quantile(&bytes, q.0)?;
                    Measured::Quantile { value: exact.as_ref().map(Digits::to_float), exact, between, n }
                }
                None => {
                    let FoundQuantile { value, between, n } = quantile_of_floats(&bytes, q.0);
                    Measured::Quantile { value, exact: None, between, n }
                }
            }
        }
        other => return Err(not_scanned(other)),
    })
}
