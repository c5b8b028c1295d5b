//! Sums of a ratio over independent units.

use super::quantile::float;

/// Sums over independent units of the numerator and the denominator of a ratio.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct FractionSums {
    /// The units whose denominator is not 0.
    pub(crate) units: u64,
    pub(crate) above: f64,
    pub(crate) below: f64,
    pub(crate) above_squared: f64,
    pub(crate) product: f64,
    pub(crate) below_squared: f64,
}

impl FractionSums {
    /// Returns the ratio.
    pub(crate) fn value(&self) -> f64 {
        self.above / self.below
    }

    /// Returns the number of equal-sized units with the same information (Kish 1965).
    pub(crate) fn effective_units(&self) -> f64 {
        (self.below * self.below / self.below_squared).min(float(self.units))
    }

    /// Returns the number of independent rows on which a plain proportion has the same variance. Units that are all
    /// alike may differ in other samples, so half a unit is added at each end, and subtracted again from the rows. For
    /// plain rows the result is their number.
    pub(crate) fn effective_rows(&self, correction: f64) -> f64 {
        let units = self.effective_units();
        let size = self.below_squared / self.below;
        let share = (self.above / size + 0.5) / (units + 1.0);
        let seen = (self.above_squared - 2.0 * share * self.product + share * share * self.below_squared).max(0.0)
            / (size * size);
        let unseen = 0.5 * (share * share + (1.0 - share) * (1.0 - share));
        let variance = (seen * correction + unseen) / ((units + 1.0) * (units + 1.0));
        (share * (1.0 - share) / variance - 1.0).max(1e-3)
    }
}
