//! The typed values of parameters.

use crate::gate::bound::Bound;
use crate::gate::margin::Margin;
use crate::measurement::Literal;
use crate::measurement::gap::Gap;
use crate::stats::GroupReference;

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamValue {
    Bound(Bound),
    Interval(Literal, Literal),
    NumberInterval(Literal, Literal),
    Values(Vec<Literal>),
    Text(String),
    Condition(String),
    Column(String),
    Dataset(String),
    Reference(String, String),
    Query(String),
    Flag(bool),
    Number(f64),
    Edges(Vec<f64>),
    Margin(Margin),
    Words(Vec<String>),
    Gap(Gap),
    Group(GroupReference),
}
