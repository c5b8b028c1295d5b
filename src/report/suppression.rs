//! The suppression of a number that would reveal individuals, and the text that replaces it.

use super::document::EstimateResult;
use crate::plural::counted;

/// The reason a number is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Suppression {
    /// The number has too few rows.
    Primary,
    /// Complementary suppression: together with a margin, this cell would reveal a suppressed one.
    Secondary,
}

impl Suppression {
    /// Returns the estimate that replaces the number in a report.
    pub(in crate::report) fn estimate(self, min_cell: u64) -> EstimateResult {
        match self {
            Self::Primary => suppressed(min_cell),
            Self::Secondary => EstimateResult {
                undefined: Some(format!(
                    "not shown: with it, the numbers of fewer than {} could be computed",
                    counted(min_cell, "row")
                )),
                ..suppressed(min_cell)
            },
        }
    }
}

/// Returns the estimate that replaces a number of too few rows.
pub(super) fn suppressed(min_cell: u64) -> EstimateResult {
    let why = format!("not shown: it would describe fewer than {}", counted(min_cell, "row"));
    EstimateResult { value: None, interval: None, n: None, undefined: Some(why) }
}
