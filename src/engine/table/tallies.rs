//! Counts of columns that every worker keeps for its own batches, and that merge.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::DataFusionError;
use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt;

use super::evaluation::{ColumnPass, ColumnScan, ExprPlanner, evaluated, passes};
use crate::engine::indexed_table::IndexedTable;

/// Counts of one column by one worker.
pub(crate) trait Tally: Clone + Send + 'static {
    /// Adds a batch of the column.
    fn take(&mut self, column: &ArrayRef);
    /// Adds another worker's counts.
    fn merge(&mut self, other: Self);
    /// Returns the approximate memory, in bytes.
    fn size(&self) -> usize;
}

/// Counts the values of expressions in one pass, or in a few over a wide table; each starts with its empty tally.
///
/// # Errors
///
/// The table cannot be read, a value does not fit, or the counts do not fit into memory.
pub(crate) async fn counted<T: Tally>(table: &IndexedTable, columns: &[(Expr, T)]) -> Result<Vec<T>, DataFusionError> {
    let mut planner = ExprPlanner::new(table);
    let planned = columns.iter().map(|(value, _)| planner.plan(value)).collect::<Result<Vec<_>, _>>()?;
    let read: Vec<BTreeSet<usize>> = planned.iter().map(|planned| planned.columns.iter().copied().collect()).collect();
    let mut whole: Vec<T> = columns.iter().map(|(_, empty)| empty.clone()).collect();
    let mut all = Vec::new();
    for ColumnPass { columns: read, work: places } in passes(table, &read)? {
        let scan = ColumnScan::of(table, &read).await?;
        let expressions = places.iter().map(|at| scan.over_batches(&planned[*at])).collect::<Result<Vec<_>, _>>()?;
        let expressions: Arc<[Arc<dyn PhysicalExpr>]> = expressions.into();
        let pool = &table.state().runtime_env().memory_pool;
        let parts: Vec<_> = scan
            .streams()?
            .into_iter()
            .map(|batches| {
                let tallies: Vec<T> = places.iter().map(|at| columns[*at].1.clone()).collect();
                let held = MemoryConsumer::new("values of columns").register(pool);
                SpawnedTask::spawn(tallied(Arc::clone(&expressions), tallies, batches, held))
            })
            .collect();
        for part in parts {
            let (part, held) = part.join().await.map_err(|error| DataFusionError::Execution(error.to_string()))??;
            all.push(held);
            for (at, part) in places.iter().zip(part) {
                whole[*at].merge(part);
            }
        }
    }
    Ok(whole)
}

/// Counts the batches of one worker.
async fn tallied<T: Tally>(
    expressions: Arc<[Arc<dyn PhysicalExpr>]>,
    mut tallies: Vec<T>,
    mut batches: SendableRecordBatchStream,
    held: MemoryReservation,
) -> Result<(Vec<T>, MemoryReservation), DataFusionError> {
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        for (tally, expression) in tallies.iter_mut().zip(expressions.iter()) {
            tally.take(&evaluated(expression.as_ref(), &batch)?);
        }
        held.try_resize(tallies.iter().map(T::size).sum())?;
    }
    Ok((tallies, held))
}
