//! Execution of stages: those of this crate's plans, and no others.

use std::any::Any;
use std::sync::Arc;

use ballista_core::JobId;
use ballista_core::execution_plans::ShuffleWriterExec;
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;

use crate::parts::PartsExec;

/// An engine that computes parts of tasks. Whoever reaches an executor's port could otherwise have it read any file.
#[derive(Default)]
pub(crate) struct PartsEngine(DefaultExecutionEngine);

impl ExecutionEngine for PartsEngine {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        partitions: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        if !is_of_parts(&plan) {
            return Err(DataFusionError::Execution(
                "this executor computes the tasks of mlgate and no other plans".to_owned(),
            ));
        }
        self.0.create_query_stage_exec(job_id, stage_id, task_id, partitions, plan, work_dir, config)
    }
}

/// Returns true for a shuffle writer over parts over their numbers.
fn is_of_parts(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let only_child = |plan: &Arc<dyn ExecutionPlan>| match plan.children().as_slice() {
        [child] => Some(Arc::clone(child)),
        _ => None,
    };
    let Some(parts) = plan.is::<ShuffleWriterExec>().then(|| only_child(plan)).flatten() else { return false };
    let Some(numbers) = parts.is::<PartsExec>().then(|| only_child(&parts)).flatten() else { return false };
    numbers.downcast_ref::<DataSourceExec>().is_some_and(|source| {
        let source: &dyn Any = source.data_source().as_ref();
        source.is::<MemorySourceConfig>()
    })
}
