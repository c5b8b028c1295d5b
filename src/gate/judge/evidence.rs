//! Verdicts of gates with their evidence.

use super::{Change, ColumnChanges, JudgedGroups, Names, Reported, Slices, Units};
use crate::gate::Limit;
use crate::gate::verdict::Verdict;
use crate::measurement::Gap;
use crate::measurement::summary::Summarised;
use crate::stats;
use crate::stats::drift::{ChiSquare, Distance};
use crate::stats::{Estimate, Metric};

/// The verdict of a gate, with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The conclusion.
    pub verdict: Verdict,
    /// The evidence for the verdict.
    pub evidence: Evidence,
}

/// The evidence for a verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// The reason for which nothing was measured.
    Reason(String),
    /// An exact number of the data at hand.
    Exact {
        /// The candidate's count.
        candidate: Count,
        /// The baseline's count, if the bound depends on it.
        baseline: Option<Count>,
        /// The distance by which the candidate follows another dataset, if the check asks for it.
        gap: Option<Gap>,
    },
    /// A summary statistic of a column.
    Summary {
        /// The candidate's statistic.
        candidate: Summarised,
        /// The baseline's statistic, if the bound depends on it.
        baseline: Option<Summarised>,
    },
    /// Values that occur on one side only.
    Values(ValueChanges),
    /// The type of a column.
    Type(String),
    /// Columns whose names break a rule.
    Names(Names),
    /// The differences between the columns of both sides.
    Columns(ColumnChanges),
    /// A metric with its interval, against a fixed limit.
    Metric {
        /// The metric.
        metric: Metric,
        /// The metric's estimate.
        estimate: Estimate,
        /// The limit.
        limit: Limit,
        /// The units from which the interval is computed.
        units: Units,
        /// The approximate number of units that would be enough to decide.
        enough: Option<u64>,
        /// The number of gates on the same rows, if this gate fails on its own but not after Holm's correction for that
        /// number.
        one_of: Option<usize>,
    },
    /// A metric compared with the baseline's.
    Change(Change),
    /// A metric in each slice.
    Slices(Slices),
    /// A number that another program computed.
    Reported(Reported),
    /// A distance between a column's distributions on both sides.
    Drift {
        /// The kind of distance.
        distance: Distance,
        /// The distance with its interval and its p-value.
        drift: stats::drift::Drift,
        /// The p-value of no drift, adjusted for all drift gates of the run.
        chance: f64,
        /// The number of gates whose p-values are adjusted together.
        tests: usize,
        /// The largest allowed distance.
        most: f64,
    },
    /// The chi-square test of a column's distributions on both sides.
    ChiSquare(ChiSquared),
    /// The drifted columns of a dataset.
    Drifted(Drifted),
    /// A rate or a metric between groups.
    Groups(Box<JudgedGroups>),
}

/// An exact count of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The counted rows.
    pub hits: u64,
    /// The number of rows from which the hits were counted; `None` if the hits are all rows.
    pub among: Option<u64>,
}

/// Values that occur on one side only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueChanges {
    /// The values with their row counts, the most frequent first.
    pub values: Vec<(String, u64)>,
    /// All rows of the side that contains the values.
    pub n: u64,
}

/// A chi-square test with its thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// The test.
    pub test: ChiSquare,
    /// The rows of both sides: baseline, candidate.
    pub rows: [u64; 2],
    /// The p-value, adjusted for all drift gates of the run.
    pub chance: f64,
    /// The number of drift gates of the run.
    pub tests: usize,
    /// The significance level.
    pub level: f64,
    /// The smallest relevant effect size (Cramér's V).
    pub effect: f64,
    /// The effect size that a test of these rows detects in 4 of 5 samples; `None` if the rows are too few for the
    /// test.
    pub detectable: Option<f64>,
}

/// The drifted columns of a dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drifted {
    /// The columns that have certainly drifted, with their total variation, the largest first.
    pub certain: Vec<(String, f64)>,
    /// The columns for which the rows are too few to decide.
    pub open: Vec<String>,
    /// The number of compared columns.
    pub columns: u64,
}
