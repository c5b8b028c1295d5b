//! Quantiles of the normal distribution, of the t distribution, and of a sample.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Returns the quantile of sorted values, of which there is at least one, by linear interpolation: NumPy's default.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand draws")]
    let at = share * (sorted.len() - 1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the length")]
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * at.fract()
}

/// Returns the standard normal quantile.
pub fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

/// Returns the half-width of a normal interval at this level, in standard errors.
pub(crate) fn z(level: f64) -> f64 {
    normal_quantile(0.5 + level / 2.0)
}

/// Returns the half-width of a t interval with these degrees of freedom, in standard errors.
pub(crate) fn t(freedom: f64, level: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + level / 2.0))
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
pub(crate) fn float(rows: u64) -> f64 {
    rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpy_s() {
        // NumPy 2: quantile([1, 2, 4, 8], [0.1, 0.5, 0.95])
        let values = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.1, 1.3), (0.5, 3.0), (0.95, 7.4)] {
            assert!((quantile(&values, share) - expected).abs() < 1e-12);
        }
    }
}
