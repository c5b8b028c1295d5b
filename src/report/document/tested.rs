//! A statistical test behind a verdict.

use serde::{Deserialize, Serialize};

/// A statistical test. Its p-value is independent of the other gates of the run; the gate's own number is the adjusted
/// p-value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The name of the test: `chi-square`.
    pub name: String,
    /// The statistic.
    pub statistic: f64,
    /// The degrees of freedom.
    pub degrees: u64,
    /// The unadjusted p-value.
    pub p: f64,
    /// The number of gates whose p-values are adjusted together.
    pub gates: u64,
    /// The effect size: Cramér's V.
    pub strength: f64,
}
