//! A plan's node that computes parts of a task.
//!
//! Below it lie the numbers of the parts as rows in memory, one partition for each: Ballista's scheduler knows how to give
//! some partitions of such a source to each task, which it does not know of other leaves.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
    SendableRecordBatchStream,
};
use futures::{StreamExt, TryStreamExt, stream};
use mlgate::cluster::{ScanWork, Worker};

use crate::version;

/// Computes one row of states for each number of a part below it.
pub struct PartsExec {
    input: Arc<dyn ExecutionPlan>,
    pub(crate) task: Arc<Vec<u8>>,
    pub(crate) table: String,
    properties: Arc<PlanProperties>,
    /// Absent in processes that only pass plans on.
    worker: Option<Arc<Worker>>,
}

impl PartsExec {
    /// Returns the plan of a piece of work.
    ///
    /// # Errors
    ///
    /// The numbers of parts do not fit into memory.
    pub fn of(work: &ScanWork) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = Arc::new(Schema::new(vec![Field::new("part", DataType::UInt32, false)]));
        let number = |part: usize| {
            let number = u32::try_from(part).map_err(|error| DataFusionError::External(Box::new(error)))?;
            let column = Arc::new(UInt32Array::from(vec![number]));
            Ok(vec![RecordBatch::try_new(Arc::clone(&schema), vec![column])?])
        };
        let numbers = (0..work.parts).map(number).collect::<Result<Vec<_>>>()?;
        let input = MemorySourceConfig::try_new_exec(&numbers, Arc::clone(&schema), None)?;
        Ok(Arc::new(Self::over(input, work.task.clone(), work.table.clone(), Arc::clone(&work.schema), None)))
    }

    pub(crate) fn over(
        input: Arc<dyn ExecutionPlan>,
        task: Vec<u8>,
        table: String,
        schema: SchemaRef,
        worker: Option<Arc<Worker>>,
    ) -> Self {
        let parts = input.output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(parts),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, task: Arc::new(task), table, properties: Arc::new(properties), worker }
    }
}

impl fmt::Debug for PartsExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartsExec").field("table", &self.table).finish_non_exhaustive()
    }
}

impl DisplayAs for PartsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartsExec: {}", self.table.escape_debug())
    }
}

impl ExecutionPlan for PartsExec {
    fn name(&self) -> &'static str {
        "PartsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next();
        let input = input.ok_or_else(|| DataFusionError::Internal("PartsExec without parts".to_owned()))?;
        let (task, table) = (self.task.as_ref().clone(), self.table.clone());
        Ok(Arc::new(Self::over(input, task, table, self.schema(), self.worker.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let worker = self.worker.clone();
        let worker = worker.ok_or_else(|| DataFusionError::Internal("this process computes no parts".to_owned()))?;
        let (task, environment, schema) = (Arc::clone(&self.task), context.runtime_env(), self.schema());
        let numbers = self.input.execute(partition, context)?;
        let parts = numbers.map_ok(|batch| {
            let numbers: Vec<u32> = batch.column(0).as_primitive::<UInt32Type>().iter().flatten().collect();
            stream::iter(numbers.into_iter().map(Ok::<u32, DataFusionError>))
        });
        let declared = Arc::clone(&schema);
        let states = parts.try_flatten().and_then(move |part| {
            let (worker, task, environment) = (Arc::clone(&worker), task.as_ref().clone(), Arc::clone(&environment));
            let declared = Arc::clone(&declared);
            async move {
                version::delay().await;
                let states = worker.part(task, part as usize, environment).await?;
                if states.schema().fields() != declared.fields() {
                    return Err(DataFusionError::Execution("the executor computes other states".to_owned()));
                }
                Ok(states)
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, states.boxed())))
    }
}
