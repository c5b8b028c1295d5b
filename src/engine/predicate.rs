//! SQL conditions → engine expressions.
//!
//! A condition may come from a pull request. So it is parsed as one expression, never as a statement; it may not hold a
//! subquery, an aggregate, a window or a function whose answer changes from run to run; and values reach it as typed
//! literals, never as text.

use std::any::Any;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, Volatility, lit};
use datafusion::prelude::ident;

use super::error::{clipped, sentence};
use super::{domain, exact, matching, sql_size};
use crate::gate::measurement::{Literal, MeasureError, Predicate};

/// The two conditions of a predicate, ready for a plan over `table`: which rows count, and among which.
pub(super) fn bind(table: &DataFrame, predicate: &Predicate) -> Result<(Expr, Option<Expr>), MeasureError> {
    let among = predicate.among.as_ref().map(|sql| condition(table, sql, predicate)).transpose()?;
    Ok((condition(table, &predicate.matches, predicate)?, among))
}

/// Whether a condition is null for every row in which its column is null, as far as that is known.
pub(super) fn is_null_of_null(condition: &Expr) -> bool {
    match condition {
        Expr::Not(condition) => is_null_of_null(condition),
        Expr::ScalarFunction(call) => {
            let function: &dyn Any = call.func.inner().as_ref();
            let is_own = function.is::<matching::Matches>() || function.is::<domain::Lookup>();
            is_own && call.args.iter().all(|argument| matches!(argument, Expr::Column(_)))
        }
        _ => false,
    }
}

fn condition(table: &DataFrame, sql: &str, predicate: &Predicate) -> Result<Expr, MeasureError> {
    let parsed = parse(table, sql, predicate.column.is_some())?;
    let bound = substitute(table, parsed, predicate)?;
    check_type(table, &bound, sql)?;
    Ok(bound)
}

/// Parses one expression over the columns of `table`, in which `value` may stand for the column under test.
fn parse(table: &DataFrame, sql: &str, has_value: bool) -> Result<Expr, MeasureError> {
    sql_size::refuse_long(sql).map_err(|why| cannot(sql, &why))?;
    // A stand-in column makes `value` resolve before it is known which column it is.
    let with_value;
    let scope = if has_value && !table.schema().has_column_with_unqualified_name("value") {
        with_value =
            table.clone().with_column("value", lit(ScalarValue::Null)).map_err(|error| problem(sql, &error))?;
        &with_value
    } else {
        table
    };
    let expression = scope.parse_sql_expr(sql).map_err(|error| problem(sql, &error))?;
    refuse_unsafe(&expression, sql)?;
    Ok(expression)
}

fn refuse_unsafe(expression: &Expr, sql: &str) -> Result<(), MeasureError> {
    let mut found = None;
    let walked = expression.apply(|node| {
        found = match node {
            Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::ScalarSubquery(_)
            | Expr::SetComparison(_)
            | Expr::OuterReferenceColumn(..) => Some("a subquery"),
            Expr::AggregateFunction(_) => Some("an aggregate"),
            Expr::WindowFunction(_) => Some("a window function"),
            Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                Some("a function whose answer changes from run to run")
            }
            _ => None,
        };
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(|error| problem(sql, &error))?;
    match found {
        Some(what) => {
            Err(MeasureError(format!("`{}` holds {what}; a condition looks at one row at a time", clipped(sql))))
        }
        None => Ok(()),
    }
}

fn substitute(table: &DataFrame, expression: Expr, predicate: &Predicate) -> Result<Expr, MeasureError> {
    let replaced = expression.transform_down(|node| match node {
        Expr::Column(column) => match &predicate.column {
            Some(name) if column.name == "value" => Ok(Transformed::yes(ident(name))),
            _ => Ok(Transformed::no(Expr::Column(column))),
        },
        Expr::InList(mut call) => {
            call.list = spread(call.list, predicate)?;
            Ok(Transformed::yes(Expr::InList(call)))
        }
        Expr::ScalarFunction(mut call) => {
            call.args = spread(call.args, predicate)?;
            Ok(Transformed::yes(Expr::ScalarFunction(call)))
        }
        Expr::Placeholder(placeholder) => Ok(Transformed::yes(match value_of(predicate, &placeholder.id)? {
            Literal::Column(name) => ident(name),
            Literal::Expression(sql) => parse(table, sql, false).map_err(|error| DataFusionError::Plan(error.0))?,
            value => lit(scalar(value)?),
        })),
        other => Ok(Transformed::no(other)),
    });
    let compiled = replaced.and_then(|bound| {
        bound.data.transform_up(|node| matching::compiled(domain::compiled(node, table.schema())).map(Transformed::yes))
    });
    compiled.map(|transformed| transformed.data).map_err(|error| match error {
        DataFusionError::Plan(sentence) => MeasureError(sentence),
        other => problem(&predicate.matches, &other),
    })
}

/// `value IN ($is)`: one placeholder stands for all values of a list.
fn spread(items: Vec<Expr>, predicate: &Predicate) -> Result<Vec<Expr>, DataFusionError> {
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        let Expr::Placeholder(placeholder) = &item else {
            list.push(item);
            continue;
        };
        match value_of(predicate, &placeholder.id)? {
            Literal::List(values) => {
                for value in values {
                    list.push(lit(scalar(value)?));
                }
            }
            _ => list.push(item),
        }
    }
    Ok(list)
}

fn value_of<'a>(predicate: &'a Predicate, placeholder: &str) -> Result<&'a Literal, DataFusionError> {
    let name = placeholder.trim_start_matches('$');
    let unknown = || DataFusionError::Plan(format!("`${name}` is not a parameter of this check"));
    predicate.values.get(name).ok_or_else(unknown)
}

fn scalar(value: &Literal) -> Result<ScalarValue, DataFusionError> {
    Ok(match value {
        Literal::Null => ScalarValue::Null,
        Literal::Bool(value) => ScalarValue::Boolean(Some(*value)),
        Literal::Int(value) => ScalarValue::Int64(Some(*value)),
        Literal::Float(value) => ScalarValue::Float64(Some(value.0)),
        Literal::Exact(text) => exact::number(text)
            .ok_or_else(|| DataFusionError::Plan(format!("`{text}` has more digits than can be compared")))?,
        Literal::Text(value) => ScalarValue::Utf8(Some(value.clone())),
        Literal::Time(micros) => ScalarValue::TimestampMicrosecond(Some(*micros), None),
        Literal::List(_) | Literal::Expression(_) | Literal::Column(_) => {
            return Err(DataFusionError::Plan("a list may stand only behind IN".to_owned()));
        }
    })
}

/// Plans the condition alone, so that a wrong one is blamed on its own line and not on the whole scan.
fn check_type(table: &DataFrame, expression: &Expr, sql: &str) -> Result<(), MeasureError> {
    let state = table.clone().into_parts().0;
    let physical =
        state.create_physical_expr(expression.clone(), table.schema()).map_err(|error| problem(sql, &error))?;
    let data_type = physical.data_type(table.schema().as_arrow()).map_err(|error| problem(sql, &error))?;
    match data_type {
        DataType::Boolean | DataType::Null => Ok(()),
        other => Err(MeasureError(format!("`{}` is not true or false, but {other}", clipped(sql)))),
    }
}

fn problem(sql: &str, error: &DataFusionError) -> MeasureError {
    cannot(sql, &sentence(error))
}

fn cannot(sql: &str, why: &str) -> MeasureError {
    MeasureError(format!("`{}` cannot be evaluated: {why}", clipped(sql)))
}
