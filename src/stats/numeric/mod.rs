//! Exact sums, decimals and quantiles.

pub(crate) mod digits;
pub(crate) mod exact_sum;
pub(crate) mod fraction_sums;
pub(crate) mod quantile;
