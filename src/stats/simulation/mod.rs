//! Simulations that measure the error rates of intervals and verdicts.

pub(crate) mod certainty;
pub(crate) mod coverage;
pub(crate) mod error_rates;
pub(crate) mod graded;
