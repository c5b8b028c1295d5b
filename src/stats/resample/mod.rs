//! Resampling with fixed seeds.

pub(crate) mod counts;
pub(crate) mod multinomial;
pub(crate) mod null_bootstrap;
