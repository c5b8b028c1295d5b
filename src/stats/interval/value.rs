//! A value with its interval.

use crate::stats::numeric::quantile::z;

/// A value with its two-sided interval and the method behind both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// The interval at the requested level; half of the remainder lies on each side.
    pub interval: [f64; 2],
    /// The standard error behind the interval.
    pub standard_error: f64,
    /// The rows behind the value: its own denominator.
    pub n: u64,
    /// The name of the method.
    pub method: &'static str,
}

impl Estimate {
    /// An estimate whose interval excludes nothing.
    pub(crate) const NOTHING: Self = Self {
        value: f64::NAN,
        interval: [f64::NEG_INFINITY, f64::INFINITY],
        standard_error: f64::INFINITY,
        n: 0,
        method: "undefined",
    };

    /// Extends the interval to contain another one too.
    pub(crate) fn containing(self, other: [f64; 2]) -> Self {
        let [low, high] = self.interval;
        Self { interval: [low.min(other[0]), high.max(other[1])], ..self }
    }

    /// Derives a standard error from the interval where there is none, as for rows that are all alike.
    pub(crate) fn never_certain(self, level: f64) -> Self {
        let [low, high] = self.interval;
        let standard_error =
            if self.standard_error > 0.0 { self.standard_error } else { (high - low) / (2.0 * z(level)) };
        Self { standard_error, ..self }
    }

    /// Returns true if the value is significantly different from 0 at this level, by its standard error alone.
    pub fn is_clear_of_zero(&self, level: f64) -> bool {
        self.value.abs() > z(level) * self.standard_error
    }
}

/// Combines the half-widths of two sides into that of their difference.
pub(crate) fn reach(mine: f64, other: f64, correlation: f64) -> f64 {
    (mine * mine - 2.0 * correlation * mine * other + other * other).max(0.0).sqrt()
}
