//! Kinds of states that metrics are computed from.

use super::{Metric, Real};
use crate::stats::state::loss::Loss;
use serde::{Deserialize, Serialize};

/// Kind of state. Metrics of one kind share one state, so a plan collects kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateKind {
    /// Labels against the predicted classes of both sides.
    Counts,
    /// Hits and misses.
    Hits(Hit),
    /// The mean of a loss over the rows.
    Loss(Loss),
    /// The mean of a value over the queries.
    Queries(QueryValue),
    /// The mean over graded rows of a value between 0 and 1.
    Grades(GradeValue),
    /// The ranks of a binary classifier's scores.
    Ranks,
    /// The state of this metric alone.
    Own(Metric),
}

/// Definition of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// The row's class is among the k with the highest scores.
    TopK(usize),
    /// The row's label lies within the forecast interval.
    Interval,
}

/// Value of a graded row, from 0 to 1: of its grade, or of the grades of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeValue {
    /// The proportion of the samples that are a pass.
    Pass,
    /// The mean of wins (1), ties (0.5) and losses (0).
    Win,
    /// The proportion of the samples of at least this grade.
    AtLeast(Real),
    /// The proportion of the samples of at most this grade.
    AtMost(Real),
    /// The probability that at least one of so many samples is a pass.
    PassAt(usize),
    /// The probability that all of so many samples are a pass.
    PassAll(usize),
}

/// Value of a query, from 0 to 1. Tied scores are averaged over all orders of the tied rows (McSherry and Najork 2008).
/// `usize::MAX` stands for all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "see `Metric::definition`")]
pub enum QueryValue {
    Ndcg(usize),
    AveragePrecision,
    ReciprocalRank,
    Precision(usize),
    Recall(usize),
    Hit(usize),
}
