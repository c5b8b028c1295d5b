//! Kinds of states that metrics are computed from.

use super::Metric;
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
