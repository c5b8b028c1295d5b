//! Quantiles of sorted values whose rows count several times, or by weight.

use crate::stats::Undefined;

/// Weights are rounded, so a proportion of them is reached within this tolerance.
const SLACK: f64 = 1e-12;

/// Returns the weighted median of ascending values; if exactly half of the weight lies at or below a value, the mean
/// with the next value.
pub(crate) fn median(values: &[f64], weight: impl Fn(usize) -> f64) -> Result<f64, Undefined> {
    let all: f64 = (0..values.len()).map(&weight).sum();
    if all <= 0.0 {
        return Err(Undefined::NoRows);
    }
    let half = all / 2.0;
    let slack = all * SLACK;
    let mut below = 0.0;
    let mut at_half = None;
    for (at, value) in values.iter().enumerate() {
        let weight = weight(at);
        if weight <= 0.0 {
            continue;
        }
        if let Some(first) = at_half {
            return Ok(f64::midpoint(first, *value));
        }
        below += weight;
        if below > half + slack {
            return Ok(*value);
        }
        if below >= half - slack {
            at_half = Some(*value);
        }
    }
    at_half.ok_or(Undefined::NoRows)
}

/// Returns the quantile of ascending values that each count a whole number of times, interpolated between two of them
/// (type 7 of Hyndman and Fan 1996); with weights, the first value that this proportion of the weight lies at or below.
pub(crate) fn quantile(
    values: &[f64],
    weight: impl Fn(usize) -> f64,
    share: f64,
    is_weighted: bool,
) -> Result<f64, Undefined> {
    let all: f64 = (0..values.len()).map(&weight).sum();
    if all <= 0.0 {
        return Err(Undefined::NoRows);
    }
    let place = (all - 1.0) * share;
    let (whole, part) = (place.floor(), place - place.floor());
    let (wanted, slack) = if is_weighted { (share * all, all * SLACK) } else { (whole + 1.0, 0.0) };
    let (mut below, mut first) = (0.0, None);
    for (at, value) in values.iter().enumerate() {
        let weight = weight(at);
        if weight <= 0.0 {
            continue;
        }
        if let Some(first) = first {
            return Ok(first + part * (value - first));
        }
        below += weight;
        if below >= wanted - slack {
            if is_weighted || part <= 0.0 || below >= wanted + 1.0 {
                return Ok(*value);
            }
            first = Some(*value);
        }
    }
    first.ok_or(Undefined::NoRows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_counts_twice_is_two_rows() {
        // numpy.quantile([1, 2, 2, 5], q)
        let times = [1.0, 2.0, 0.0, 1.0];
        let of = |share| quantile(&[1.0, 2.0, 3.0, 5.0], |at| times[at], share, false);
        for (share, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 2.0), (0.9, 4.1), (1.0, 5.0)] {
            assert!((of(share).unwrap_or(f64::NAN) - expected).abs() < 1e-12, "{share}: {:?}", of(share));
        }
    }

    #[test]
    fn with_weights_it_is_the_inverse_of_the_distribution() {
        // numpy.quantile([1, 2, 3], q, weights=[0.5, 0.2, 0.3], method="inverted_cdf")
        let weights = [0.5, 0.2, 0.3];
        let of = |share| quantile(&[1.0, 2.0, 3.0], |at| weights[at], share, true);
        assert_eq!([of(0.5), of(0.51), of(0.7), of(0.71)], [Ok(1.0), Ok(2.0), Ok(2.0), Ok(3.0)]);
        assert_eq!(quantile(&[], |_| 1.0, 0.5, false), Err(Undefined::NoRows));
    }
}
