//! A waiver, as a report tells of it.

use serde::{Deserialize, Serialize};

use super::At;

/// A broken demand that somebody accepts for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiverResult {
    /// Who is responsible for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, in UTC: `2026-12-31`.
    pub until: String,
    /// Whether that day is over; then the gate fails.
    pub has_ended: bool,
    /// Where the config says so.
    pub at: At,
}
