//! The interval of the range of several rates: how far the highest truly lies above the lowest.
//!
//! The plain range of k noisy rates is never zero, so its naive intervals call fair models unfair. The two ends therefore
//! answer two different questions:
//!
//! - *Lower end*: some pair of groups differs by at least this much. The pair was picked because it looked worst, so the
//!   critical value is that of the largest standardised deviation over all pairs, taken from the resamples (the principle
//!   of Tukey's and of Games and Howell's range tests).
//! - *Upper end*: no pair differs by more than this. Each pair's own limit covers it, so their largest does too, without
//!   any correction (intersection-union, Berger 1982).

use super::distribution::{normal_quantile, quantile};
use super::{Rate, Reduction, Resamples, Side, Undefined};

/// A group that takes part: its index in the table, and its rate's numerator and denominator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) group: usize,
    pub(super) hits: u64,
    pub(super) n: u64,
}

/// The interval of the range, and the standard error of the widest pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) standard_error: f64,
}

/// The scale on which groups are compared: the rate itself for a gap, its logarithm for a ratio.
fn position(reduction: Reduction, hits: u64, n: u64) -> f64 {
    let (hits, n) = floats(hits, n);
    match reduction {
        Reduction::Gap => hits / n,
        // Half a row more keeps a rate of 0 on the scale (Walter 1975); at any size that matters it changes nothing.
        Reduction::Ratio => ((hits + 0.5) / (n + 0.5)).ln(),
    }
}

fn variance(reduction: Reduction, hits: u64, n: u64) -> f64 {
    let (hits, n) = floats(hits, n);
    match reduction {
        // One row more of each kind keeps a rate of 0 or 1 from looking certain (Agresti and Caffo 2000).
        Reduction::Gap => {
            let rate = (hits + 1.0) / (n + 2.0);
            rate * (1.0 - rate) / (n + 2.0)
        }
        // By the delta method, of the same rate: for groups whose rate is 1 it is not 0 either.
        Reduction::Ratio => {
            let rate = (hits + 1.0) / (n + 2.0);
            (1.0 - rate) / (rate * (n + 2.0))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn floats(hits: u64, n: u64) -> (f64, f64) {
    (hits as f64, n as f64)
}

/// The interval of max − min over the parts, on the reduction's scale.
pub(super) fn range(
    rate: Rate,
    reduction: Reduction,
    parts: &[Part],
    side: Side,
    level: f64,
    resamples: &Resamples,
) -> Result<Range, Undefined> {
    let at: Vec<f64> = parts.iter().map(|part| position(reduction, part.hits, part.n)).collect();
    let variances: Vec<f64> = parts.iter().map(|part| variance(reduction, part.hits, part.n)).collect();
    let spread = |left: usize, right: usize| (variances[left] + variances[right]).sqrt();
    let pairs: Vec<(usize, usize)> =
        (0..parts.len()).flat_map(|left| (left + 1..parts.len()).map(move |right| (left, right))).collect();

    let deviations = resamples.map(|cells| {
        // Each draw is standardised by its own spread, as the data are by theirs (bootstrap-t, Efron 1982).
        let mut moved = Vec::with_capacity(parts.len());
        for (part, at) in parts.iter().zip(&at) {
            let (hits, n) = rate.counts(&Resamples::confusion(cells, side, Some(part.group)));
            // A group of very few rows is missing from some draws: those say nothing of it, and something of the others.
            moved.push((n > 0).then(|| (position(reduction, hits, n) - at, variance(reduction, hits, n))));
        }
        let largest = |(left, right): &(usize, usize)| {
            let ((left, left_variance), (right, right_variance)) = (moved[*left]?, moved[*right]?);
            Some((left - right) * (left - right) / (left_variance + right_variance))
        };
        pairs.iter().filter_map(largest).reduce(f64::max).map(f64::sqrt)
    });
    let drawn = resamples.draws();
    if deviations.len() < 2 || deviations.len() * 20 < drawn * 19 {
        return Err(Undefined::Unstable);
    }
    let tail = (1.0 - level) / 2.0;
    let mut deviations = deviations;
    deviations.sort_by(f64::total_cmp);
    let critical = quantile(&deviations, 1.0 - tail);
    let single = normal_quantile(1.0 - tail);

    let mut found = Range { low: 0.0, high: 0.0, standard_error: 0.0 };
    let mut widest = -1.0;
    for (left, right) in pairs {
        let (distance, spread) = ((at[left] - at[right]).abs(), spread(left, right));
        found.low = found.low.max(distance - critical * spread);
        found.high = found.high.max(distance + single * spread);
        if distance > widest {
            widest = distance;
            found.standard_error = spread;
        }
    }
    Ok(found)
}
