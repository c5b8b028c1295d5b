//! Numbers that are measured and reported, with or without a gate on them.

use super::Subject;
use crate::config::Span;
use crate::measurement::Measurement;
use crate::stats::{GroupMeasure, Metric};

/// A number that is measured and reported, with or without a gate on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The number's subject.
    pub subject: Subject,
    /// The kind of number.
    pub what: Observed,
    /// The state from which the number is computed.
    pub state: Measurement,
    /// The number's path in the config, for example `models.income.metrics.roc_auc`.
    pub id: String,
    /// The number's place in the config.
    pub at: Span,
}

/// A number of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observed {
    /// A metric over all rows.
    Metric(Metric),
    /// A number of each group.
    Groups(GroupMeasure),
    /// A number that another program computed, on the side of its file.
    Reported,
    /// The rows on which the two sides of a model predict different classes.
    Flips,
    /// The rows of a model by score.
    ScoreBins,
    /// The slices in which a model got worse, found by a search.
    FoundSlices,
    /// A metric in slices that have no gate.
    Slices(Metric),
}
