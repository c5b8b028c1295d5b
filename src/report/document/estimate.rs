//! Numbers with their intervals, and their changes.

use serde::{Deserialize, Serialize};

/// A number with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EstimateResult {
    /// The number; `null` if it is undefined.
    pub value: Option<f64>,
    /// The interval at the gate's confidence; `null` if the number is exact.
    pub interval: Option<[f64; 2]>,
    /// The denominator of the number, in rows; `null` if it is unknown or suppressed.
    pub n: Option<u64>,
    /// The reason there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A difference with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeResult {
    /// Candidate − baseline.
    pub value: f64,
    /// The interval at the gate's confidence.
    pub interval: Option<[f64; 2]>,
    /// The method of computing the interval.
    pub method: String,
    /// The smallest difference that this number of rows shows in 4 of 5 samples.
    pub detectable: Option<f64>,
    /// The approximate number of rows that would be enough to decide, if the verdict is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_to_decide: Option<u64>,
    /// The approximate number of clusters that would be enough to decide, if rows belong to clusters and the verdict is
    /// inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters_to_decide: Option<u64>,
    /// Textbook tests of the change, beside the interval that decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<EqualityTestResult>,
}

/// A test of equality of both sides, or an interval of the change, by its name in textbooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EqualityTestResult {
    /// The name.
    pub name: String,
    /// The two-sided p-value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The interval of the change at the gate's confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}
