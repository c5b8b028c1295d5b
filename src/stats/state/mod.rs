//! States that metrics are computed from, and their construction from rows.

mod any_state;
pub(crate) mod build;
pub(crate) mod columns;
pub(crate) mod contingency;
pub(crate) mod frequencies;
mod grade_values;
pub(crate) mod graded;
pub(crate) mod influence;
pub(crate) mod joint;
pub(crate) mod lacking;
pub(crate) mod loss;
pub(crate) mod moments;
pub(crate) mod moves;
pub(crate) mod quantile;
pub(crate) mod ranking;
pub(crate) mod ranks;
pub(crate) mod row_loss;
pub(crate) mod row_means;
pub(crate) mod rows;
pub(crate) mod sample;
pub(crate) mod spread;
pub(crate) mod stored_estimate;
pub(crate) mod table;

use super::metric::state_kind::StateKind;

use crate::stats::state::build::build;
use crate::stats::state::lacking::Lacking;

use super::{Loss, Needs, Rows};
pub use any_state::State;

impl StateKind {
    /// Builds the state from the rows, independent of their order and of the codes of clusters and queries.
    ///
    /// # Errors
    ///
    /// Returns what the rows lack.
    pub fn build(self, rows: &Rows) -> Result<State, Lacking> {
        build(self, rows)
    }

    /// Builds the state of a part of the rows: like [`StateKind::build`], but for an undefined metric returns a state
    /// that keeps the reason.
    ///
    /// # Errors
    ///
    /// Returns what the rows lack.
    pub fn build_part(self, rows: &Rows) -> Result<State, Lacking> {
        match build(self, rows) {
            Err(Lacking::Undefined(why)) => {
                Ok(State::Undefined { why, rows: rows.len() as u64, is_paired: rows.columns().baseline.is_some() })
            }
            built => built,
        }
    }

    /// Returns true if the state is built from scores that must be probabilities.
    pub fn needs_probabilities(self) -> bool {
        match self {
            Self::Loss(loss) => matches!(loss, Loss::Log | Loss::Brier),
            Self::Own(metric) => metric.needs() == Needs::Probabilities,
            Self::Class(_, of) => of.of_two().needs_probabilities(),
            Self::Counts | Self::Hits(_) | Self::Queries(_) | Self::Grades(_) | Self::Ranks => false,
        }
    }
}
