//! Values of a config in words.

use std::path::{Component, Path, PathBuf};

use crate::gate::ParamValue;
use crate::gate::bound::Amount;
use crate::gate::margin::Margin;
use crate::measurement::Literal;
use crate::measurement::gap::Gap;
use crate::stats::GroupReference;

/// Returns a parameter's value as a config would write it.
pub(super) fn value(value: &ParamValue) -> String {
    match value {
        ParamValue::Bound(bound) => bound.text.clone(),
        ParamValue::Interval(low, high) | ParamValue::NumberInterval(low, high) => {
            format!("[{}, {}]", literal(low), literal(high))
        }
        ParamValue::Values(values) => list(values.iter().map(literal)),
        ParamValue::Text(text)
        | ParamValue::Condition(text)
        | ParamValue::Column(text)
        | ParamValue::Dataset(text)
        | ParamValue::Query(text) => text.clone(),
        ParamValue::Reference(dataset, column) => format!("{dataset}.{column}"),
        ParamValue::Flag(flag) => flag.to_string(),
        ParamValue::Number(number) => number.to_string(),
        ParamValue::Margin(margin) => self::margin(*margin),
        ParamValue::Words(words) => list(words.iter().cloned()),
        ParamValue::Edges(edges) => list(edges.iter().map(f64::to_string)),
        ParamValue::Gap(Gap::Number(number)) => number.0.to_string(),
        ParamValue::Gap(gap) => format!("{} s", gap.size()),
        ParamValue::Group(reference) => match reference {
            GroupReference::Highest => "highest".to_owned(),
            GroupReference::Majority => "majority".to_owned(),
            GroupReference::Rest => "rest".to_owned(),
            GroupReference::Overall => "overall".to_owned(),
            GroupReference::Named(key) => list(key.iter().cloned()),
        },
    }
}

/// Returns a path without `.` and repeated separators, which name the same file.
pub(super) fn path(path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    let parts = Path::new(path).components().filter(|part| !matches!(part, Component::CurDir));
    parts.collect::<PathBuf>().display().to_string()
}

/// Returns a literal as a config would write it.
pub(super) fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) | Literal::Time(value) => value.to_string(),
        Literal::Float(value) => value.0.to_string(),
        Literal::Exact(text) | Literal::Text(text) | Literal::Expression(text) | Literal::Column(text) => text.clone(),
        Literal::List(values) => list(values.iter().map(literal)),
    }
}

/// Returns a list as a config would write it.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn margin(margin: Margin) -> String {
    let amounts: Vec<String> = margin.amounts().into_iter().map(amount).collect();
    match amounts.as_slice() {
        [one] => one.clone(),
        several => list(several.iter().cloned()),
    }
}

fn amount(amount: Amount) -> String {
    match amount {
        Amount::Absolute(number) => number.to_string(),
        Amount::Relative(share) => {
            // 0.07 · 100 is not 7 in binary.
            let percent = (share * 1e14).round() / 1e12;
            format!("{percent}%")
        }
    }
}
