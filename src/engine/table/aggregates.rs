//! Aggregates over a table, all of them in one pass, or in a few over a wide one.
//!
//! They are the engine's own aggregates, with states that merge; only their planning is not the engine's.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{Accumulator, AggregateUDF, Expr};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt;

use super::evaluation::{ColumnPass, ColumnScan, ExprPlanner, PlannedExpr, evaluated, passes};
use crate::engine::indexed_table::IndexedTable;

/// A call of an aggregate, with its planned arguments.
struct PlannedCall {
    function: Arc<AggregateUDF>,
    arguments: Vec<PlannedExpr>,
}

/// Returns the results of calls of aggregates, in order. A call whose arguments cannot be computed fails alone.
///
/// # Errors
///
/// The table cannot be read, or the states do not fit into memory.
pub(crate) async fn aggregates(table: &IndexedTable, calls: &[Expr]) -> Result<Vec<Result<ScalarValue>>> {
    let mut planner = ExprPlanner::new(table);
    let planned: Vec<Result<PlannedCall>> = calls.iter().map(|call| planned(&mut planner, call)).collect();
    let columns: Vec<BTreeSet<usize>> = planned
        .iter()
        .map(|call| {
            let arguments = call.iter().flat_map(|call| &call.arguments);
            arguments.flat_map(|argument| &argument.columns).copied().collect()
        })
        .collect();
    let mut results: Vec<Option<Result<ScalarValue>>> = Vec::with_capacity(calls.len());
    let mut open = Vec::with_capacity(calls.len());
    for call in planned {
        match call {
            Ok(call) => {
                results.push(None);
                open.push(Some(call));
            }
            Err(error) => {
                results.push(Some(Err(error)));
                open.push(None);
            }
        }
    }
    for ColumnPass { columns: read, work: places } in passes(table, &columns)? {
        let (places, calls): (Vec<usize>, Vec<PlannedCall>) =
            places.into_iter().filter_map(|at| Some((at, open[at].take()?))).unzip();
        for (at, result) in places.into_iter().zip(pass(table, &read, &calls).await?) {
            results[at] = Some(result);
        }
    }
    let lost = || Err(DataFusionError::Internal("internal error: an aggregate has no result".to_owned()));
    Ok(results.into_iter().map(|result| result.unwrap_or_else(lost)).collect())
}

fn planned(planner: &mut ExprPlanner<'_>, call: &Expr) -> Result<PlannedCall> {
    let Expr::AggregateFunction(call) = call else {
        return Err(DataFusionError::Internal("internal error: it is not an aggregate".to_owned()));
    };
    let is_plain = !call.params.distinct && call.params.filter.is_none() && call.params.order_by.is_empty();
    if !is_plain {
        return Err(DataFusionError::Internal("internal error: it is an aggregate of some rows only".to_owned()));
    }
    let arguments = call.params.args.iter().map(|argument| planner.plan(argument)).collect::<Result<_>>()?;
    Ok(PlannedCall { function: Arc::clone(&call.func), arguments })
}

/// The distinct aggregates of a pass, and the distinct expressions that they take.
struct Work {
    expressions: Vec<Arc<dyn PhysicalExpr>>,
    aggregates: Vec<Slot>,
}

/// An aggregate with the positions of its arguments among the expressions.
struct Slot {
    aggregate: AggregateFunctionExpr,
    arguments: Vec<usize>,
    /// The arguments that no later aggregate takes.
    last: Vec<usize>,
}

/// Computes aggregates over these columns in one pass.
async fn pass(
    table: &IndexedTable,
    columns: &BTreeSet<usize>,
    calls: &[PlannedCall],
) -> Result<Vec<Result<ScalarValue>>> {
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let scan = ColumnScan::of(table, columns).await?;
    let (work, places) = work(&scan, calls)?;
    let work = Arc::new(work);
    let pool = Arc::clone(&table.state().runtime_env().memory_pool);
    let workers: Vec<_> = scan
        .streams()?
        .into_iter()
        .map(|batches| {
            let held = MemoryConsumer::new("aggregates").register(&pool);
            SpawnedTask::spawn(updated(Arc::clone(&work), batches, held))
        })
        .collect();
    let mut states = Vec::with_capacity(workers.len());
    let mut held = Vec::with_capacity(workers.len());
    for worker in workers {
        let (accumulators, reserved) =
            worker.join_unwind().await.map_err(|error| DataFusionError::Execution(error.to_string()))??;
        states.push(accumulators.into_iter());
        held.push(reserved);
    }
    let mut results = Vec::with_capacity(work.aggregates.len());
    for slot in &work.aggregates {
        let parts: Vec<Result<Box<dyn Accumulator>>> = states.iter_mut().filter_map(Iterator::next).collect();
        results.push(merged(&slot.aggregate, parts));
    }
    let copy = |result: &Result<ScalarValue>| match result {
        Ok(value) => Ok(value.clone()),
        Err(error) => Err(repeated(error)),
    };
    Ok(places.into_iter().map(|at| copy(&results[at])).collect())
}

/// Returns an error once more, for another call of the same aggregate.
fn repeated(error: &DataFusionError) -> DataFusionError {
    match error {
        DataFusionError::Shared(shared) => DataFusionError::Shared(Arc::clone(shared)),
        DataFusionError::ResourcesExhausted(text) => DataFusionError::ResourcesExhausted(text.clone()),
        other => DataFusionError::Execution(crate::engine::error::sentence(other)),
    }
}

/// Returns the distinct work of calls, and for each call its position among the aggregates.
fn work(scan: &ColumnScan, calls: &[PlannedCall]) -> Result<(Work, Vec<usize>)> {
    let schema = scan.schema();
    let mut expressions: Vec<Arc<dyn PhysicalExpr>> = Vec::new();
    let mut known_expressions: HashMap<Arc<dyn PhysicalExpr>, usize> = HashMap::new();
    let mut aggregates: Vec<Slot> = Vec::new();
    let mut known: HashMap<(Arc<AggregateUDF>, Vec<usize>), usize> = HashMap::new();
    let mut places = Vec::with_capacity(calls.len());
    for call in calls {
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            let expression = scan.over_batches(argument)?;
            let at = *known_expressions.entry(Arc::clone(&expression)).or_insert_with(|| {
                expressions.push(expression);
                expressions.len() - 1
            });
            arguments.push(at);
        }
        let key = (Arc::clone(&call.function), arguments.clone());
        let place = match known.get(&key) {
            Some(place) => *place,
            None => {
                let inputs = arguments.iter().map(|at| Arc::clone(&expressions[*at])).collect();
                let aggregate = AggregateExprBuilder::new(Arc::clone(&call.function), inputs)
                    .schema(Arc::clone(&schema))
                    .alias(format!("m{}", aggregates.len()))
                    .build()?;
                aggregates.push(Slot { aggregate, arguments, last: Vec::new() });
                known.insert(key, aggregates.len() - 1);
                aggregates.len() - 1
            }
        };
        places.push(place);
    }
    let mut is_taken = vec![false; expressions.len()];
    for slot in aggregates.iter_mut().rev() {
        for at in &slot.arguments {
            if !std::mem::replace(&mut is_taken[*at], true) {
                slot.last.push(*at);
            }
        }
    }
    Ok((Work { expressions, aggregates }, places))
}

/// Feeds the batches of one worker to accumulators.
async fn updated(
    work: Arc<Work>,
    mut batches: SendableRecordBatchStream,
    held: MemoryReservation,
) -> Result<(Vec<Result<Box<dyn Accumulator>>>, MemoryReservation)> {
    let mut accumulators: Vec<Result<Box<dyn Accumulator>>> =
        work.aggregates.iter().map(|slot| slot.aggregate.create_accumulator()).collect();
    let mut arrays = vec![None; work.expressions.len()];
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        for (slot, accumulator) in work.aggregates.iter().zip(&mut accumulators) {
            if let Ok(running) = accumulator
                && let Err(error) = update(&work, slot, (&batch, &mut arrays), running.as_mut())
            {
                *accumulator = Err(error);
            }
            slot.last.iter().for_each(|at| arrays[*at] = None);
        }
        held.try_resize(accumulators.iter().flatten().map(|accumulator| accumulator.size()).sum())?;
    }
    Ok((accumulators, held))
}

fn update(
    work: &Work,
    slot: &Slot,
    (batch, arrays): (&RecordBatch, &mut [Option<ArrayRef>]),
    accumulator: &mut dyn Accumulator,
) -> Result<()> {
    let mut inputs = Vec::with_capacity(slot.arguments.len());
    for at in &slot.arguments {
        let array = match &arrays[*at] {
            Some(array) => Arc::clone(array),
            None => {
                let array = evaluated(work.expressions[*at].as_ref(), batch)?;
                arrays[*at] = Some(Arc::clone(&array));
                array
            }
        };
        inputs.push(array);
    }
    accumulator.update_batch(&inputs)
}

/// Merges the states of all workers into one result.
fn merged(aggregate: &AggregateFunctionExpr, mut parts: Vec<Result<Box<dyn Accumulator>>>) -> Result<ScalarValue> {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only?.evaluate();
    }
    let mut whole = aggregate.create_accumulator()?;
    for part in parts {
        let state = part?.state()?.iter().map(ScalarValue::to_array).collect::<Result<Vec<_>>>()?;
        whole.merge_batch(&state)?;
    }
    whole.evaluate()
}
