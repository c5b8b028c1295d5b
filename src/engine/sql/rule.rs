//! The meaning of a whole query: its expressions, its joins and its subqueries.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, ExprSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Subquery, cast};
use datafusion::optimizer::AnalyzerRule;

use super::alike::{Purpose, alike, utc};
use super::meant;

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

/// Prepares the columns that a union puts into one: a time without a zone is in UTC beside one with a zone.
fn united(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Union(mut union) = plan else { return Ok(plan) };
    let of =
        |input: &Arc<LogicalPlan>, at: usize| input.schema().fields().get(at).map(|field| field.data_type().clone());
    let is_zoned = |at: usize| {
        let zoned = |input| matches!(of(input, at), Some(DataType::Timestamp(_, Some(_))));
        union.inputs.iter().any(zoned)
    };
    let columns = union.inputs.first().map_or(0, |input| input.schema().fields().len());
    let zoned: Vec<bool> = (0..columns).map(is_zoned).collect();
    if !zoned.contains(&true) {
        return Ok(LogicalPlan::Union(union));
    }
    for input in &mut union.inputs {
        let fields = input.schema().iter().map(|field| (Column::from(field), field.1.data_type().clone()));
        let columns = fields.zip(&zoned).map(|((column, of), is_zoned)| {
            let name = column.name.clone();
            match of {
                DataType::Timestamp(unit, None) if *is_zoned => cast(Expr::Column(column), utc(unit)).alias(name),
                DataType::Date32 | DataType::Date64 if *is_zoned => {
                    cast(Expr::Column(column), utc(TimeUnit::Microsecond)).alias(name)
                }
                _ => Expr::Column(column),
            }
        });
        let columns: Vec<Expr> = columns.collect();
        *input = Arc::new(LogicalPlanBuilder::from(Arc::clone(input)).project(columns)?.build()?);
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

/// Prepares an expression and the only column of a subquery for their comparison.
pub(super) fn beside_subquery(
    expression: Expr,
    subquery: Subquery,
    purpose: Purpose,
    schema: &dyn ExprSchema,
) -> Result<(Expr, Subquery)> {
    let inner = subquery.subquery.schema();
    if inner.fields().len() != 1 {
        return Ok((expression, subquery));
    }
    let column = Expr::Column(Column::from(inner.qualified_field(0)));
    let (of, of_column) = (expression.get_type(schema)?, inner.field(0).data_type().clone());
    let operands = vec![(expression.clone(), of), (column.clone(), of_column)];
    let mut operands =
        alike(operands, if purpose == Purpose::Equality { Purpose::Order } else { purpose })?.into_iter();
    let (Some(left), Some(right)) = (operands.next(), operands.next()) else { return Ok((expression, subquery)) };
    if right == column {
        return Ok((left, subquery));
    }
    let name = inner.field(0).name().clone();
    let plan = LogicalPlanBuilder::from(Arc::clone(&subquery.subquery)).project([right.alias(name)])?.build()?;
    Ok((left, Subquery { subquery: Arc::new(plan), ..subquery }))
}
