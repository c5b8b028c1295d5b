//! A statistical test behind a verdict, as it came out.

use serde::{Deserialize, Serialize};

/// A statistical test. Its p-value does not depend on the other gates of the run; the gate's own number, the adjusted p-value, does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestResult {
    /// The name of the test: `chi-square`.
    pub name: String,
    /// The statistic.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub degrees: u64,
    /// The p-value of this test alone.
    pub p: f64,
    /// The number of gates whose p-values are adjusted together.
    pub gates: u64,
    /// The strength of what was found: Cramér's V.
    pub strength: f64,
}
