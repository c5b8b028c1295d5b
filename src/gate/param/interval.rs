//! Intervals of values, either end open.

use super::literal::literal;
use crate::config::{Node, Value};
use crate::measurement::Literal;

pub(super) fn interval(node: &Node) -> Result<(Literal, Literal), String> {
    let Value::List(items) = &node.value else {
        return Err(format!("expected an interval [low, high], found {}", node.kind_name()));
    };
    let [low, high] = items.as_slice() else {
        return Err("an interval has two ends, [low, high]; leave an end open with null".to_owned());
    };
    let (low, high) = (open_literal(low)?, open_literal(high)?);
    let empty = match (&low, &high) {
        (Literal::Null, Literal::Null) => return Err("both ends are open: every value would be allowed".to_owned()),
        (Literal::Text(end), _) | (_, Literal::Text(end)) if end == "now" => false,
        (Literal::Text(low), Literal::Text(high)) => low > high,
        (low, high) => matches!((as_number(low), as_number(high)), (Some(low), Some(high)) if low > high),
    };
    if empty {
        return Err("the interval is empty: its first end is larger than its second".to_owned());
    }
    Ok((low, high))
}

fn as_number(literal: &Literal) -> Option<f64> {
    match literal {
        #[expect(clippy::cast_precision_loss, reason = "only used to tell which end is larger")]
        Literal::Int(value) => Some(*value as f64),
        Literal::Float(value) => Some(value.0),
        Literal::Exact(text) => text.parse().ok(),
        _ => None,
    }
}

fn open_literal(node: &Node) -> Result<Literal, String> {
    if node.value == Value::Null { Ok(Literal::Null) } else { literal(node) }
}
