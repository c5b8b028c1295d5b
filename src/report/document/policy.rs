//! The policy that demands a gate.

use serde::{Deserialize, Serialize};

use super::place::At;

/// A policy, with the place of a demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyResult {
    /// The policy's path or address.
    pub name: String,
    /// The place of the demand.
    pub at: At,
}
