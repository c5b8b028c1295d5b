//! A waiver, in a report.

use serde::{Deserialize, Serialize};

use super::place::At;

/// A waiver of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverResult {
    /// The person or team that accepts the failing gate.
    pub owner: String,
    /// The reason for accepting it.
    pub reason: String,
    /// The last day on which the waiver is valid, in UTC: `2026-12-31`.
    pub until: String,
    /// True: the last day is over, so the gate fails.
    pub has_ended: bool,
    /// The waiver's place in the config.
    pub at: At,
}
