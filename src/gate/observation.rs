//! Numbers that are measured and reported, demanded or not.

use super::Subject;
use crate::config::Span;
use crate::measurement::Measurement;
use crate::stats::{GroupMeasure, Metric};

/// A number that is measured and reported, demanded or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// What it is about.
    pub subject: Subject,
    /// Which number.
    pub what: Observed,
    /// The state that it is computed from.
    pub state: Measurement,
    /// Its path in the config, for example `models.income.metrics.roc_auc`.
    pub id: String,
    /// Where the config names it.
    pub at: Span,
}

/// A number of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observed {
    /// A metric over all rows.
    Metric(Metric),
    /// A number of each group.
    Groups(GroupMeasure),
    /// A number that another program has computed, on the side of its file.
    Reported,
    /// The rows on which the two sides of a model predict different classes.
    Flips,
    /// A metric in slices of which nothing is demanded.
    Slices(Metric),
}
