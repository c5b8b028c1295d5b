//! A value beside a subquery.

use std::sync::Arc;

use datafusion::common::{Column, ExprSchema, Result};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlanBuilder, Subquery};

use super::alike::{Purpose, alike};

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
