//! An aggregate without groups in two halves: states of some rows, and the merge of all states.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};

/// Returns the plan of aggregates over all rows of a table.
pub(super) async fn plan(table: &DataFrame, expressions: &[Expr]) -> Result<Arc<dyn ExecutionPlan>> {
    // Equal expressions of different measures would have the same name.
    let named = expressions.iter().enumerate().map(|(index, expression)| expression.clone().alias(format!("m{index}")));
    table.clone().aggregate(Vec::new(), named.collect())?.create_physical_plan().await
}

/// Returns the half of a plan that computes states; `None` if the plan has none that could be merged elsewhere.
pub(super) fn half(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let mut found = None;
    plan.apply(|node| {
        // The lowest one reads the rows.
        if let Some(aggregate) = of_rows(node)? {
            found = Some(aggregate);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found.map(|aggregate| Arc::new(aggregate) as Arc<dyn ExecutionPlan>))
}

/// Returns the columns of the states of a plan.
pub(super) fn states_of(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<SchemaRef>> {
    Ok(half(plan)?.map(|half| half.schema()))
}

/// Returns the aggregate over rows, not over states, at this node.
fn of_rows(node: &Arc<dyn ExecutionPlan>) -> Result<Option<AggregateExec>> {
    let Some(aggregate) = node.downcast_ref::<AggregateExec>() else { return Ok(None) };
    let is_of_rows =
        matches!(aggregate.mode(), AggregateMode::Partial | AggregateMode::Single | AggregateMode::SinglePartitioned);
    if !is_of_rows || !aggregate.group_expr().is_empty() {
        return Ok(None);
    }
    let input = Arc::clone(aggregate.input());
    AggregateExec::try_new(
        AggregateMode::Partial,
        aggregate.group_expr().clone(),
        aggregate.aggr_expr().to_vec(),
        aggregate.filter_expr().to_vec(),
        input,
        aggregate.input_schema(),
    )
    .map(Some)
}

/// Returns a plan that merges these states, in place of the rows of the original plan.
pub(super) fn merged(plan: &Arc<dyn ExecutionPlan>, states: Vec<RecordBatch>) -> Result<Arc<dyn ExecutionPlan>> {
    let replaced = Arc::clone(plan).transform_up(|node| {
        let Some(half) = of_rows(&node)? else { return Ok(Transformed::no(node)) };
        let schema = half.schema();
        let states = MemorySourceConfig::try_new_exec(std::slice::from_ref(&states), schema, None)?;
        let Some(aggregate) = node.downcast_ref::<AggregateExec>() else { return Ok(Transformed::no(node)) };
        let node: Arc<dyn ExecutionPlan> = match aggregate.mode() {
            AggregateMode::Partial => states,
            _ => Arc::new(AggregateExec::try_new(
                AggregateMode::Final,
                aggregate.group_expr().as_final(),
                aggregate.aggr_expr().to_vec(),
                aggregate.filter_expr().to_vec(),
                states,
                aggregate.input_schema(),
            )?),
        };
        Ok(Transformed::new(node, true, TreeNodeRecursion::Jump))
    })?;
    Ok(replaced.data)
}
