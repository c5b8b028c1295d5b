//! Numbers without a gate: measured ones, and those of explored slices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::estimate::{ChangeResult, EstimateResult};

/// A measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasurementResult {
    /// The subject by role.
    pub subject: BTreeMap<String, String>,
    /// `candidate` or `baseline`.
    pub side: String,
    /// The name of the measure.
    pub measure: String,
    /// The number; `null` if it is undefined or suppressed.
    pub value: Option<f64>,
    /// The interval.
    pub interval: Option<[f64; 2]>,
    /// The denominator of the number, in rows; `null` if it is unknown or suppressed.
    pub n: Option<u64>,
    /// The reason there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A metric in slices that have no gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExploredMetricResult {
    /// The model.
    pub model: String,
    /// The metric.
    pub metric: String,
    /// The slices, the worst first.
    pub slices: Vec<ExploredSliceResult>,
    /// The slices that could not be measured, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

/// A metric in a slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExploredSliceResult {
    /// The slice's name: `sex=Female,race=Black`.
    pub slice: String,
    /// The candidate's number.
    pub candidate: EstimateResult,
    /// The baseline's number.
    pub baseline: Option<EstimateResult>,
    /// Candidate − baseline.
    pub change: Option<ChangeResult>,
    /// The p-value of no change, adjusted for all slices of the table (Benjamini and Hochberg); `null` without a
    /// change, and for small slices.
    pub adjusted_p: Option<f64>,
}
