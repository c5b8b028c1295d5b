//! Variances of class metrics.

/// Variances of both sides' metric, and their covariance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ClassVariance {
    pub(crate) candidate: f64,
    pub(crate) baseline: f64,
    pub(crate) covariance: f64,
}
