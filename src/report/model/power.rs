//! The power of a gate, as a report tells it.

use serde::{Deserialize, Serialize};

/// What a gate can tell from so many rows, over samples of them between which nothing has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerResult {
    /// The gate's id.
    pub id: String,
    /// How many samples there were.
    pub samples: u64,
    /// The rows behind the gate's number.
    pub n: u64,
    /// The share of the samples in which it fails.
    pub fails: f64,
    /// The share in which it is inconclusive.
    pub inconclusive: f64,
    /// The share in which it passes.
    pub passes: f64,
    /// The smallest worsening, in the number's own unit, on which it fails in 4 of 5 samples.
    pub catches: Option<f64>,
    /// The rows with which it would pass in 4 of 5 samples; `null` where rows belong to clusters.
    pub rows: Option<u64>,
    /// The clusters behind the gate's number, where rows belong to clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// The clusters with which it would pass in 4 of 5 samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters_needed: Option<u64>,
}
