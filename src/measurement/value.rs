//! Values of a config, as measurements name them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A value of the config that enters a predicate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// Null: a comparison with it is unknown, which is the meaning of an open end.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(OrderedF64),
    /// A number whose digits neither an integer nor a float holds.
    Exact(String),
    /// Text, and dates and times as text.
    Text(String),
    /// A list of values.
    List(Vec<Self>),
    /// A condition on a row, written by the config's author.
    Expression(String),
    /// Another column of the row.
    Column(String),
    /// A time, in microseconds since 1970 in UTC.
    Time(i64),
}

/// A float with a total order, so that it can be part of a key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderedF64(pub f64);

impl PartialEq for OrderedF64 {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OrderedF64 {}

impl PartialOrd for OrderedF64 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedF64 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
