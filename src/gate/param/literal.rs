//! A value of the config as a value of a comparison.

use crate::config::{Node, Value};
use crate::measurement::{Literal, OrderedF64};

/// Returns a scalar of the config as a value of a predicate.
pub(in crate::gate) fn literal(node: &Node) -> Result<Literal, String> {
    Ok(match &node.value {
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Float(value) => Literal::Float(OrderedF64(*value)),
        Value::Exact(text) => Literal::Exact(text.clone()),
        Value::Text(value) => Literal::Text(value.clone()),
        Value::Null => return Err("null is not allowed here; use `nulls` to count missing values".to_owned()),
        Value::List(_) | Value::Map(_) => return Err(format!("expected one value, found {}", node.kind_name())),
    })
}
