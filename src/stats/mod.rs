//! Sufficient statistics, and the metrics, intervals and tests computed from them.
//!
//! Pure: independent of files, engines, configs and reports.

mod area;
mod association;
mod benefit;
mod bootstrap;
mod build;
#[cfg(test)]
mod certainty;
mod class_slopes;
mod columns;
mod contingency;
mod counts;
#[cfg(test)]
pub(crate) mod coverage;
mod digits;
mod distribution;
pub mod drift;
mod estimate;
mod exact_sum;
mod fairness;
mod frequencies;
mod inference;
mod influence;
mod joint;
mod joint_estimate;
mod known;
mod loss;
mod mean;
mod metric;
mod moments;
mod moves;
mod multinomial;
mod multiplicity;
mod proportion;
mod queries;
mod ranks;
mod redraw;
mod resample;
mod resolve;
mod row_loss;
mod rows;
mod sample;
mod significance;
#[cfg(test)]
mod simulation;
pub mod spelling;
mod state;
mod table;
mod table_estimate;
mod undefined;
mod unseen;

use serde::{Deserialize, Serialize};

pub use association::{ClassCells, NumberCells};
pub use build::Lacking;
pub use columns::{Answers, BadRows, Columns, Predicted, Series, Task, Truth};
pub use contingency::{Confusion, Contingency};
pub use digits::Digits;
pub use distribution::{normal_quantile, quantile};
pub use estimate::{Estimate, contrast, detectable, estimate, rows_to_decide};
pub use exact_sum::ExactSum;
pub use fairness::{
    Against, CountedSide, End, Ends, GroupComparison, GroupInference, GroupMeasure, GroupRate, Impact, Measured, Moved,
    Others, Question, Rate, Reduction, Reference, Share, Who, adverse_impact, fisher, group_rates, infer_groups,
    infer_growth, infer_measured, infer_moved, newcombe, score_ratio, two_proportion_z, two_sided,
};
pub use frequencies::Frequencies;
pub use inference::{Inference, Null, infer, infer_change, infer_unpaired};
pub use joint::{Joint, StoredJoint};
pub use known::{KNOWN_AT, Known};
pub use loss::{Loss, LossMoments, StoredLoss};
pub use metric::{Average, BadMetric, Direction, KnownNumber, Measure, Metric, Needs, Parameter, Real, known_number};
pub use moments::{ExactNumbers, Moments};
pub use moves::StoredMoves;
pub use multiplicity::{benjamini_hochberg, holm};
pub use proportion::wilson;
pub use ranks::{RankStatistics, StoredPlacements, StoredRanks};
pub use redraw::{Redraw, Units};
pub use resample::{RESAMPLES, Resamples};
pub use rows::Rows;
pub use sample::Sample;
pub use significance::{Test, equality_test, mcnemar_mid_p, tango};
pub use state::{Hit, QueryValue, State, StateKind};
pub use table::{Cell, StoredCell, StoredTable, Table};
pub use undefined::Undefined;

/// The side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The change under review.
    Candidate,
    /// The reference that the candidate is compared with.
    Baseline,
}
