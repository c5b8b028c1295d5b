//! The policy that demands a gate.

use serde::{Deserialize, Serialize};

use super::{At, GateResult};

/// A policy, with the place of a demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyResult {
    /// The policy's path or address.
    pub name: String,
    /// The place of the demand.
    pub at: At,
}

impl GateResult {
    /// Returns the policy that demands a gate which is no line of the config.
    pub fn demanded_by(&self) -> Option<&str> {
        self.policy.as_ref().filter(|policy| policy.at == self.at).map(|policy| policy.name.as_str())
    }
}
