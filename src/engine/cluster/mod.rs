//! Scans of tables by several machines: each computes the states of some rows, and they are merged here.
//!
//! Nothing in this module opens a connection. [`Cluster`] carries [`ScanWork`] to a [`Worker`] in another process, which plans
//! the same aggregates as the scan here, by the same functions, and returns what they hold after a part of the rows.

mod identity;
mod partial;
mod task;
mod worker;

use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::planner::ExprPlanner;
use futures::future::BoxFuture;

use super::source::Source;
use crate::measurement::TableMeasure;
use task::ScanTask;
pub use worker::Worker;

/// The column that numbers the parts in their results.
const PART: &str = "part";

/// Other processes that compute parts of a scan.
pub trait Cluster: Send + Sync {
    /// Computes all parts of a piece of work; the result has one row for each, in any order.
    fn compute(&self, work: ScanWork) -> BoxFuture<'_, Result<Vec<RecordBatch>, ClusterError>>;

    /// Returns the most parts into which a table is divided.
    fn most_parts(&self) -> usize;

    /// Returns the size in bytes from which a table is worth dividing.
    fn least_bytes(&self) -> u64;
}

/// Work on one table, in parts that do not depend on each other.
#[derive(Debug, Clone)]
pub struct ScanWork {
    /// The task, as a [`Worker`] reads it.
    pub task: Vec<u8>,
    /// The columns of the results.
    pub schema: SchemaRef,
    /// The number of parts.
    pub parts: usize,
    /// The table, for messages.
    pub table: String,
}

/// Reason why a cluster has no results.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// A part failed where it was computed. The same work is done here, which shows the error of the data if there is one.
    #[error("{0}")]
    Failed(String),
    /// The cluster cannot be used, so the table is not measured.
    #[error("{0}")]
    Unusable(String),
}

/// Functions and syntax that this program has beyond those of `mlgate`, because another crate asks the engine for them.
#[derive(Debug)]
pub struct Surplus {
    /// The names of functions that a config may not call.
    pub functions: Vec<String>,
    /// The planners of expressions, without those of other syntax.
    pub planners: Vec<Arc<dyn ExprPlanner>>,
}

static CLUSTER: OnceLock<Arc<dyn Cluster>> = OnceLock::new();
static SURPLUS: OnceLock<Surplus> = OnceLock::new();

/// Withholds functions from all configs, so that all programs read a config alike. Only the first call has an effect.
pub fn withhold(surplus: Surplus) {
    let _ = SURPLUS.set(surplus);
}

/// Returns a session in which conditions mean the same as in `mlgate`.
pub(super) fn as_elsewhere(session: SessionContext) -> SessionContext {
    let Some(surplus) = SURPLUS.get() else { return session };
    let state = SessionStateBuilder::new_from_existing(session.state()).with_expr_planners(surplus.planners.clone());
    let session = SessionContext::new_with_state(state.build());
    surplus.functions.iter().for_each(|name| session.deregister_udf(name));
    session
}

/// Sets the cluster of all engines of this process. Only the first call has an effect.
pub fn join(cluster: Arc<dyn Cluster>) {
    let _ = CLUSTER.set(cluster);
}

/// A table that a cluster scans.
pub(crate) struct Distributed<'a> {
    cluster: &'static Arc<dyn Cluster>,
    source: &'a Source,
    parts: usize,
}

impl<'a> Distributed<'a> {
    /// Returns the table, if there is a cluster and the table is worth dividing.
    pub(super) fn of(source: &'a Source) -> Option<Self> {
        let cluster = CLUSTER.get()?;
        let (size, parts) = source.divisible(cluster.most_parts())?;
        (size >= cluster.least_bytes()).then_some(Self { cluster, source, parts })
    }

    /// Computes aggregates of these measures over all rows. `recounted` are the indices of those that are counted again, if
    /// that is all that is wanted.
    ///
    /// # Errors
    ///
    /// The cluster cannot be used ([`is_unusable`]). `None` if the table has to be scanned here.
    pub(crate) async fn aggregate(
        &self,
        table: &DataFrame,
        (measures, recounted): (&[TableMeasure], &[usize]),
        expressions: &[Expr],
    ) -> Result<Option<Vec<ScalarValue>>, DataFusionError> {
        // An aggregate that cannot be planned is an error of its measure alone, which a scan here shows.
        let Ok(plan) = partial::plan(table, expressions).await else { return Ok(None) };
        let Some(partial) = partial::states_of(&plan)? else { return Ok(None) };
        let Some(task) = ScanTask::of(self.source, self.parts, measures, recounted) else { return Ok(None) };
        let Ok(task) = serde_json::to_vec(&task) else { return Ok(None) };
        let work =
            ScanWork { task, schema: numbered(&partial), parts: self.parts, table: self.source.path().to_owned() };
        let schema = Arc::clone(&work.schema);
        let states = match self.cluster.compute(work).await {
            Ok(found) => found,
            Err(ClusterError::Failed(_)) => return Ok(None),
            Err(error) => return Err(unusable(error)),
        };
        let states = complete(&states, &schema, self.parts).map_err(|why| unusable(ClusterError::Unusable(why)))?;
        let merged = partial::merged(&plan, states)?;
        let batches = datafusion::physical_plan::collect(merged, Arc::new(table.task_ctx())).await?;
        let Some(batch) = batches.iter().find(|batch| batch.num_rows() == 1) else { return Ok(None) };
        batch.columns().iter().map(|column| ScalarValue::try_from_array(column, 0)).collect::<Result<_, _>>().map(Some)
    }
}

fn unusable(error: ClusterError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Returns the reason, if an error means that the cluster cannot be used.
pub(crate) fn is_unusable(error: &DataFusionError) -> Option<String> {
    match error.find_root() {
        DataFusionError::External(inner) => match inner.downcast_ref::<ClusterError>()? {
            ClusterError::Unusable(why) => Some(why.clone()),
            ClusterError::Failed(_) => None,
        },
        _ => None,
    }
}

/// Returns the columns of states behind the number of their part.
fn numbered(states: &Schema) -> SchemaRef {
    let part = Arc::new(Field::new(PART, DataType::UInt32, false));
    Arc::new(Schema::new(std::iter::once(part).chain(states.fields().iter().cloned()).collect::<Vec<_>>()))
}

/// Returns the states of all parts, without their numbers.
///
/// # Errors
///
/// A part is missing or there twice: half of a table is never merged.
fn complete(found: &[RecordBatch], schema: &SchemaRef, parts: usize) -> Result<Vec<RecordBatch>, String> {
    let mut seen = vec![false; parts];
    let mut states = Vec::with_capacity(found.len());
    for batch in found {
        if batch.schema().fields() != schema.fields() {
            return Err("cannot be measured: an executor returned other columns than requested".to_owned());
        }
        for part in batch.column(0).as_primitive::<UInt32Type>().iter() {
            let seen = part.and_then(|part| seen.get_mut(part as usize));
            match seen {
                Some(seen) if !*seen => *seen = true,
                _ => {
                    return Err(
                        "cannot be measured: the cluster returned a part twice, or one that does not exist".to_owned()
                    );
                }
            }
        }
        let columns: Vec<usize> = (1..batch.num_columns()).collect();
        states.push(batch.project(&columns).map_err(|error| error.to_string())?);
    }
    match seen.iter().filter(|seen| !**seen).count() {
        0 => Ok(states),
        lost => Err(format!("cannot be measured: the cluster lost {lost} of {parts} parts")),
    }
}
