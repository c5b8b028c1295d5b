//! A statistical test behind a verdict, and the noise beside a distance.

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

/// The noise beside a distance: how far apart two samples of one distribution are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseResult {
    /// The probability that two samples of one distribution are at least as far apart: the unadjusted p-value.
    pub p: f64,
    /// The p-value, adjusted for all drift gates of the run (Benjamini and Hochberg 1995).
    pub adjusted_p: f64,
    /// The number of gates whose p-values are adjusted together.
    pub gates: u64,
    /// The distance that two samples of one distribution exceed once in 20 times.
    pub floor: f64,
}
