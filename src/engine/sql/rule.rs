//! The meaning of a whole query: its expressions, its joins and its subqueries.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::AnalyzerRule;

use super::alike::{Purpose, alike};
use super::meaning::meant;

/// Rule that applies mlgate's meaning to a query, before the engine's own rules choose a common type for operands.
#[derive(Debug)]
pub(in crate::engine) struct Meaning;

impl AnalyzerRule for Meaning {
    fn name(&self) -> &'static str {
        "meaning"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(node).map(|plan| plan.data)
    }
}

fn node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
    }
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expression| {
        let name = names.save(&expression);
        Ok(Transformed::yes(name.restore(meant(expression, &schema)?)))
    })?;
    plan.map_data(joined)?.map_data(united)?.map_data(|plan| plan.recompute_schema())
}

/// Prepares the columns that a union puts into one.
fn united(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Union(mut union) = plan else { return Ok(plan) };
    let own = |input: &Arc<LogicalPlan>| -> Vec<(Expr, DataType)> {
        let columns = input.schema().iter();
        columns.map(|field| (Expr::Column(Column::from(field)), field.1.data_type().clone())).collect()
    };
    let before: Vec<Vec<(Expr, DataType)>> = union.inputs.iter().map(own).collect();
    let mut after: Vec<Vec<Expr>> = vec![Vec::new(); before.len()];
    for at in 0..before.iter().map(Vec::len).min().unwrap_or(0) {
        let operands = before.iter().map(|columns| columns[at].clone()).collect();
        for (columns, expression) in after.iter_mut().zip(alike(operands, Purpose::Choice)?) {
            columns.push(expression);
        }
    }
    for ((input, before), after) in union.inputs.iter_mut().zip(before).zip(after) {
        if before.iter().map(|(column, _)| column).eq(&after) {
            continue;
        }
        let named = before.iter().zip(after).map(|((column, _), expression)| {
            if *column == expression { expression } else { expression.alias(column.qualified_name().1) }
        });
        let named: Vec<Expr> = named.collect();
        *input = Arc::new(LogicalPlanBuilder::from(Arc::clone(input)).project(named)?.build()?);
    }
    Ok(LogicalPlan::Union(union))
}

/// Prepares the pairs of columns that a join compares, which are not part of an expression.
fn joined(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Join(mut join) = plan else { return Ok(plan) };
    let pairs = std::mem::take(&mut join.on).into_iter().map(|(left, right)| {
        let (of_left, of_right) = (left.get_type(join.left.schema())?, right.get_type(join.right.schema())?);
        let mut pair = alike(vec![(left, of_left), (right, of_right)], Purpose::Order)?.into_iter();
        Ok(pair.next().zip(pair.next()))
    });
    let pairs: Result<Vec<_>> = pairs.collect();
    join.on = pairs?.into_iter().flatten().collect();
    Ok(LogicalPlan::Join(join))
}
