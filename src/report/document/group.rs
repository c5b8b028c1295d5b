//! The numbers of groups.

use serde::{Deserialize, Serialize};

use super::estimate::EstimateResult;

/// The number of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupEstimate {
    /// The group's values in the order of the columns.
    pub group: Vec<String>,
    /// The name of the rate, if a gate compares several rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The candidate's number; `n` is the denominator of the rate.
    pub candidate: EstimateResult,
    /// The baseline's number.
    pub baseline: Option<EstimateResult>,
    /// The comparison with the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<AgainstReference>,
    /// The reason the group took no part in the verdict; absent if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// A group's number compared with the reference, a group or other rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgainstReference {
    /// group − reference; group / reference, if the gate limits a ratio.
    pub value: f64,
    /// The interval of this pair alone; `null` for an infinite end.
    pub interval: [Option<f64>; 2],
    /// The difference of the rates in pooled standard errors, for adverse impact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// The p-value of equal rates, adjusted for all pairs of groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The number of additional selections that would bring the group to the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<u64>,
}
