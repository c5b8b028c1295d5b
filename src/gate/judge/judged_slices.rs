//! Judged slices.

use super::super::MetricDemand;
use super::super::verdict::Verdict;
use super::absence::Absence;
use crate::stats::{Estimate, Metric};

/// The evidence of a gate on slices.
#[derive(Debug, Clone, PartialEq)]
pub struct Slices {
    /// The metric.
    pub metric: Metric,
    /// The limit for each slice.
    pub demand: MetricDemand,
    /// The judged slices, the worst first.
    pub judged: Vec<JudgedSlice>,
    /// The slices that took no part, sorted by name.
    pub left_out: Vec<LeftOut>,
}

/// A slice that took no part in a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The slice's name.
    pub name: String,
    /// The slice's number of rows.
    pub rows: u64,
    /// The denominator of the slice's number, if it has one.
    pub n: Option<u64>,
    /// The reason.
    pub why: Absence,
}

/// A judged slice.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedSlice {
    /// The slice's name.
    pub name: String,
    /// The slice's number of rows.
    pub rows: u64,
    /// The candidate's metric.
    pub candidate: Estimate,
    /// The baseline's metric.
    pub baseline: Option<Estimate>,
    /// The estimate of candidate − baseline.
    pub change: Option<Estimate>,
    /// The slice's verdict.
    pub verdict: Verdict,
    /// The distance by which the metric is beyond the limit; negative within the limit.
    pub damage: f64,
}
