//! The power of a gate, in a report.

use serde::{Deserialize, Serialize};

/// The power of a gate, from samples of its rows under the null hypothesis of no change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerResult {
    /// The gate's id.
    pub id: String,
    /// The number of samples.
    pub samples: u64,
    /// The denominator of the gate's number, in rows.
    pub n: u64,
    /// The proportion of samples in which the gate fails.
    pub fails: f64,
    /// The proportion of samples in which the gate is inconclusive.
    pub inconclusive: f64,
    /// The proportion of samples in which the gate passes.
    pub passes: f64,
    /// The smallest loss, in the number's own unit, on which the gate fails in 4 of 5 samples.
    pub catches: Option<f64>,
    /// The number of rows with which the gate would pass in 4 of 5 samples; `null` if rows belong to clusters.
    pub rows: Option<u64>,
    /// The number of clusters behind the gate's number, if rows belong to clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// The number of clusters with which the gate would pass in 4 of 5 samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters_needed: Option<u64>,
}
