//! Sufficient statistics, and everything that is computed from them.
//!
//! Pure: it knows nothing of files, engines, configs or reports.

mod association;
mod contingency;
pub mod drift;
mod estimate;
mod exact_sum;
mod fairness;
mod frequencies;
mod group_range;
mod loss;
mod metric;
mod moments;
mod ranks;
mod resample;
#[cfg(test)]
mod simulation;

use serde::{Deserialize, Serialize};

pub use association::{ClassCells, NumberCells};
pub use contingency::{Confusion, Contingency};
pub use estimate::{
    Estimate, contrast, detectable, metric as estimate_metric, normal_quantile, rows_to_decide, wilson,
};
pub use exact_sum::ExactSum;
pub use fairness::{GroupComparison, GroupRate, Rate, Reduction, compare_groups, group_rates};
pub use frequencies::Frequencies;
pub use loss::{Loss, LossMoments};
pub use metric::{Basis, Direction, Metric};
pub use moments::Moments;
pub use ranks::RankStatistics;
pub use resample::{RESAMPLES, Resamples};

/// The side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The change.
    Candidate,
    /// What it is compared with.
    Baseline,
}

/// What a model's metrics and rates are computed from.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Counts.
    Contingency(Contingency),
    /// Moments of a row loss.
    Loss(LossMoments),
    /// Rank statistics of the scores.
    Ranks(RankStatistics),
}

/// Why a number does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum Undefined {
    #[error("no rows")]
    NoRows,
    #[error("no positive labels")]
    NoPositives,
    #[error("no negative labels")]
    NoNegatives,
    #[error("no rows predicted positive")]
    NoPredictedPositives,
    #[error("neither positive labels nor rows predicted positive")]
    NothingPositive,
    #[error("the labels hold one class only")]
    OneClass,
    #[error("there are too few rows for so many values")]
    TooFewRows,
    #[error("a single row has no spread")]
    OneRow,
    #[error("a number beyond 1e150 is too large to be added up")]
    TooLarge,
    #[error("the baseline never varies, so there is no unit to measure a distance in")]
    Constant,
    #[error("the rate is 0 in every group, so there is no ratio")]
    AllZero,
    #[error("fewer than two groups are large enough to compare")]
    TooFewGroups,
    #[error("it is undefined in too many resamples")]
    Unstable,
    #[error("the state does not hold what this number needs")]
    OtherState,
}
