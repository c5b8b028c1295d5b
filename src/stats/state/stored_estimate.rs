//! A metric of which only the estimate is stored.

use serde::{Deserialize, Serialize};

use crate::stats::numeric::quantile::z;
use crate::stats::{Estimate, Metric};

/// The level of the stored intervals.
pub const KNOWN_AT: f64 = 0.95;

/// A metric's value and interval, stored instead of the rows that they were resampled from.
///
/// At another level the distance to each end scales with the normal quantile, within the metric's range. That is exact
/// for normal estimates and close for others, unless the levels are far apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredEstimate {
    /// The value.
    pub value: f64,
    /// The interval at [`KNOWN_AT`].
    pub interval: [f64; 2],
    /// The standard error.
    pub standard_error: f64,
    /// The rows behind the value.
    pub n: u64,
}

impl StoredEstimate {
    /// Stores an estimate at [`KNOWN_AT`]; `None` if an end of its interval is not finite.
    pub fn of(estimate: &Estimate) -> Option<Self> {
        let Estimate { value, interval, standard_error, n, .. } = *estimate;
        let known = Self { value, interval, standard_error, n };
        known.is_sound().then_some(known)
    }

    /// Returns true if an estimate could have these numbers.
    pub fn is_sound(&self) -> bool {
        let Self { value, interval: [low, high], standard_error, .. } = *self;
        let is_finite = [value, low, high, standard_error].iter().all(|number| number.is_finite());
        is_finite && low <= value && value <= high && standard_error >= 0.0
    }

    pub(crate) fn at(&self, metric: Metric, level: f64) -> Estimate {
        let ratio = z(level) / z(KNOWN_AT);
        let (low, high) = metric.range();
        let [below, above] = [self.value - self.interval[0], self.interval[1] - self.value];
        Estimate {
            value: self.value,
            interval: [
                (self.value - ratio * below).max(low.unwrap_or(f64::NEG_INFINITY)).min(self.value),
                (self.value + ratio * above).min(high.unwrap_or(f64::INFINITY)).max(self.value),
            ],
            standard_error: self.standard_error,
            n: self.n,
            method: "its stored interval, scaled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_move_with_the_level_and_stay_in_range() {
        let known = StoredEstimate { value: 0.9, interval: [0.8, 0.95], standard_error: 0.04, n: 90 };
        let same = known.at(Metric::F1, KNOWN_AT).interval;
        assert!((same[0] - 0.8).abs() < 1e-12 && (same[1] - 0.95).abs() < 1e-12, "{same:?}");
        // z at 99.9 % is 3.2905, at 95 % 1.9600: the upper end would be 0.984.
        let wide = known.at(Metric::F1, 0.999).interval;
        assert!((wide[0] - (0.9 - 0.1 * 3.290_526_7 / 1.959_964)).abs() < 1e-6, "{wide:?}");
        assert!(wide[1] < 1.0);
        assert_eq!(known.at(Metric::F1, 0.999_999_999_999).interval[1], 1.0);
    }

    #[test]
    fn what_is_no_estimate_is_not_kept() {
        assert_eq!(StoredEstimate::of(&Estimate::NOTHING), None);
        assert!(!StoredEstimate { value: 0.5, interval: [0.6, 0.7], standard_error: 0.1, n: 3 }.is_sound());
    }
}
