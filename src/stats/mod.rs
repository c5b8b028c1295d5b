//! Sufficient statistics, and the metrics, intervals and tests computed from them.
//!
//! Pure: independent of files, engines, configs and reports.

mod association;
pub mod drift;
mod fairness;
mod float_width;
pub(crate) mod interval;
mod metric;
mod multiplicity;
mod named_tests;
pub(crate) mod numeric;
pub(crate) mod resample;
mod row_amounts;
mod score_bins;
mod significance;
#[cfg(test)]
pub(crate) mod simulation;
pub mod slice_search;
pub mod spelling;
mod state;
mod undefined;

use serde::{Deserialize, Serialize};

pub use association::{ClassCells, NumberCells};
pub use fairness::{
    CountedQuery, CountedSide, End, GroupComparison, GroupInference, GroupMeasure, GroupRate, GroupReference, Impact,
    MeasuredGroups, Moved, Others, Rate, Reduction, Who, adverse_impact, group_rates, infer_groups, infer_growth,
    infer_measured, infer_moved,
};
pub use float_width::{FloatWidth, NumberType};
pub use interval::estimate::{detectable, rows_to_decide};
#[cfg(test)]
pub(crate) use interval::infer::contrast;
pub use interval::infer::{estimate, infer, infer_change, infer_unpaired};
pub use interval::inference::{Inference, Null};
pub use interval::proportion::wilson;
pub use interval::value::Estimate;
pub use metric::state_kind::{GradeValue, Hit, QueryValue, StateKind};
pub use metric::{
    Average, BadMetric, ClassName, Direction, KnownNumber, Measure, Metric, Needs, Parameter, Real, known_number,
};
pub use multiplicity::{benjamini_hochberg, holm};
pub use named_tests::{NamedTest, named_tests};
pub use numeric::digits::Digits;
pub use numeric::exact_sum::ExactSum;
pub use numeric::quantile::quantile;
pub use resample::counts::{RESAMPLES, Resamples};
pub use resample::null_bootstrap::{Redraw, ResampledUnits};
pub use row_amounts::{RowAmounts, row_amounts};
pub use score_bins::{ScoreBin, score_bins};
pub use significance::{mcnemar_exact, mcnemar_mid_p, tango};
pub use state::State;
pub use state::columns::{BadRows, Columns, Predicted, Predictions, Series, Task, Truth};
pub use state::contingency::{Confusion, Contingency};
pub use state::frequencies::Frequencies;
pub use state::joint::{Joint, StoredJoint};
pub use state::lacking::Lacking;
pub use state::loss::{Loss, LossMoments, StoredLoss};
pub use state::moments::{ExactNumbers, Moments};
pub use state::ranks::{RankStatistics, StoredRanks};
pub use state::rows::Rows;
pub use state::sample::Sample;
pub use state::stored_estimate::{KNOWN_AT, StoredEstimate};
pub use state::table::{ClassTable, StoredTable};
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
