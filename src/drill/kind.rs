//! The kinds of faults, with their doses.

/// A kind of fault.
#[derive(Debug, PartialEq)]
pub(super) struct FaultKind {
    /// The name in results.
    pub(super) name: &'static str,
    /// The fault in words.
    pub(super) says: &'static str,
    /// The doses that are planted; none for a fault that is there or not.
    pub(super) doses: &'static [f64],
    /// The unit of the doses.
    pub(super) unit: DoseUnit,
    /// The largest dose that is tried.
    pub(super) most: f64,
}

/// The unit of a dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DoseUnit {
    None,
    Rows,
    Values,
    Deviations,
    Days,
    Hours,
    LogOdds,
    Relative,
}

impl DoseUnit {
    /// Returns the unit's name in results.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Rows => Some("share of rows"),
            Self::Values => Some("share of values"),
            Self::Deviations => Some("standard deviations"),
            Self::Days => Some("days"),
            Self::Hours => Some("hours"),
            Self::LogOdds => Some("log-odds"),
            Self::Relative => Some("relative change"),
        }
    }

    /// Returns the smallest dose that makes a difference in a table of this many rows.
    pub(super) fn floor(self, rows: usize) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
            Self::Rows | Self::Values => 1.0 / rows.max(1) as f64,
            Self::Days => 1.0,
            Self::Hours => 0.25,
            Self::None | Self::Deviations | Self::LogOdds | Self::Relative => 0.001,
        }
    }
}

const fn kind(name: &'static str, says: &'static str, doses: &'static [f64], unit: DoseUnit, most: f64) -> FaultKind {
    FaultKind { name, says, doses, unit, most }
}

use DoseUnit::{Days, Deviations, Hours, LogOdds, Relative, Rows, Values};

pub(super) static NULLS: FaultKind = kind("nulls", "values are null", &[0.01, 0.05, 0.2], Values, 1.0);
pub(super) static UNIT: FaultKind = kind("unit_x1000", "numbers are in another unit (×1000)", &[1.0], Values, 1.0);
pub(super) static MOVED: FaultKind = kind("moved", "all numbers are larger", &[0.5], Deviations, 5.0);
pub(super) static SHIFTED: FaultKind =
    kind("shifted_columns", "each column holds the values of the one before it", &[], DoseUnit::None, 0.0);
pub(super) static SWAPPED: FaultKind =
    kind("swapped_columns", "two columns hold each other's values", &[1.0], Rows, 1.0);
pub(super) static CATEGORY_RENAMED: FaultKind =
    kind("category_renamed", "the most frequent category is spelled in another way", &[1.0], Values, 1.0);
pub(super) static CATEGORY_NEW: FaultKind = kind("category_new", "there is a new category", &[0.01], Rows, 1.0);
pub(super) static CATEGORY_LOST: FaultKind =
    kind("category_lost", "the rows of one category are missing", &[1.0], Values, 1.0);
pub(super) static ROWS_REPEATED: FaultKind = kind("rows_duplicated", "rows are repeated", &[0.05], Rows, 1.0);
pub(super) static ROWS_LOST: FaultKind = kind("rows_lost", "rows are missing", &[0.2], Rows, 0.95);
pub(super) static ROWS_MULTIPLIED: FaultKind =
    kind("rows_multiplied", "a join has repeated rows with other values in one column", &[0.1], Rows, 1.0);
pub(super) static TRUNCATED: FaultKind = kind("truncated", "the end of the file is missing", &[0.5], Rows, 0.95);
pub(super) static STALE: FaultKind = kind("times_stale", "all times are older", &[30.0], Days, 365.0);
pub(super) static ZONE: FaultKind = kind("times_other_zone", "all times are in another zone", &[2.0], Hours, 12.0);
pub(super) static LABELS: FaultKind = kind("labels_flipped", "labels are wrong", &[0.05], Rows, 0.5);
pub(super) static LABELS_IN_GROUP: FaultKind =
    kind("labels_flipped_in_group", "labels of one group are wrong", &[0.2], Rows, 0.5);
pub(super) static NOISE: FaultKind = kind("score_noise", "scores have noise", &[0.5], Deviations, 3.0);
pub(super) static MIXED: FaultKind =
    kind("score_noise", "scores are mixed with those of other rows", &[0.3], Relative, 1.0);
pub(super) static REPLACED: FaultKind = kind("score_noise", "predictions are of another class", &[0.05], Rows, 1.0);
pub(super) static CALIBRATION: FaultKind = kind("calibration_shift", "scores are too high", &[0.5], LogOdds, 3.0);
pub(super) static BIAS: FaultKind = kind("calibration_shift", "predictions are too high", &[0.1], Deviations, 3.0);
pub(super) static THRESHOLD: FaultKind =
    kind("threshold_moved", "the lowest of the predicted positives are negatives", &[0.2], Rows, 0.95);
pub(super) static GROUP_RECALL: FaultKind =
    kind("group_recall_lowered", "true positives of one group are missed", &[0.2], Rows, 1.0);
pub(super) static LEAKED: FaultKind = kind("leakage", "a feature follows the label", &[1.0], Rows, 1.0);
pub(super) static RETYPED: FaultKind = kind("key_type_changed", "a key has another type", &[], DoseUnit::None, 0.0);
pub(super) static RENAMED: FaultKind = kind("column_renamed", "a column has another name", &[], DoseUnit::None, 0.0);
pub(super) static METRIC_RENAMED: FaultKind =
    kind("metric_renamed", "a number of a metrics file has another name", &[], DoseUnit::None, 0.0);
pub(super) static METRIC_WORSE: FaultKind =
    kind("metric_worse", "a number of a metrics file is worse", &[0.05], Relative, 1.0);
