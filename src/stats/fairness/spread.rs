//! Standard deviation between groups, corrected for noise.

use super::super::{Estimate, Undefined};
use crate::stats::interval::inference::Inference;

/// Number of steps of the searches for the ends: the last one moves an end by less than 1e-9.
const STEPS: usize = 40;

/// The groups' measured values as they differ from their mean, beside which draws of their errors are put.
#[derive(Debug)]
pub(super) struct SpreadPattern {
    off: Vec<f64>,
    /// The variance of the measured values.
    measured: f64,
}

impl SpreadPattern {
    /// Returns the pattern of these values.
    pub(super) fn of(values: &[f64]) -> Self {
        let centre = mean(values);
        let off: Vec<f64> = values.iter().map(|value| value - centre).collect();
        let measured = product(&off, &off);
        Self { off, measured }
    }

    /// Returns the numbers `mixed` and `own` of a draw of errors: where the true values are `scale` times the pattern,
    /// its variance is scale² · measured + scale · mixed + own.
    pub(super) fn drawn(&self, errors: &[f64]) -> (f64, f64) {
        let centre = mean(errors);
        let errors: Vec<f64> = errors.iter().map(|error| error - centre).collect();
        (2.0 * product(&self.off, &errors), product(&errors, &errors))
    }
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / float(of.len())
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum::<f64>() / (float(one.len()) - 1.0)
}

/// Estimates the standard deviation of the groups' true values.
///
/// The variance of measured values is the variance of the true ones plus the mean variance of the noise, so the latter
/// is subtracted (Lum, Zhang and Bower 2022). Each end of the interval is the standard deviation for which so large, or
/// so small, a measured variance has the tail's probability. The groups keep their pattern, and the noise is that of
/// `draws`, the numbers of [`SpreadPattern::drawn`] of each draw.
pub(super) fn spread(
    pattern: &SpreadPattern,
    noise: &[f64],
    draws: Vec<(f64, f64)>,
    n: u64,
) -> Result<Inference<'static>, Undefined> {
    if pattern.off.len() < 2 {
        return Err(Undefined::TooFewGroups);
    }
    if draws.len() < 2 {
        return Err(Undefined::Unstable);
    }
    let measured = pattern.measured;
    let value = (measured - mean(noise)).max(0.0).sqrt();
    let floor = mean(noise).max(0.0).sqrt();
    // One more draw has one more position than there are draws; which end counts it is the cautious choice.
    let share = move |scale: f64, more: usize| {
        let above =
            draws.iter().filter(|(mixed, own)| scale * scale * measured + scale * mixed + own >= measured).count();
        float(above + more) / float(draws.len() + 1)
    };
    let at_nothing = share(0.0, 1);
    Ok(Inference::new(move |level| {
        let tail = (1.0 - level) / 2.0;
        let search = |is_below: &dyn Fn(f64) -> bool, most: f64| {
            let (mut low, mut high) = (0.0, most);
            for _ in 0..STEPS {
                let middle = f64::midpoint(low, high);
                *(if is_below(middle) { &mut low } else { &mut high }) = middle;
            }
            f64::midpoint(low, high)
        };
        // So large a measured variance is rare while the true one is below the lower end, so small a one while it is
        // above the upper end.
        let low = if at_nothing > tail { 0.0 } else { search(&|scale| share(scale, 1) <= tail, 1.0) };
        let high = search(&|scale| share(scale, 0) < 1.0 - tail, 16.0);
        // A standard deviation below that of noise alone is known no more precisely than the noise.
        let interval = [low * measured.sqrt(), (high * measured.sqrt()).max(floor)];
        let standard_error = (interval[1] - interval[0]) / 4.0;
        let interval = [interval[0].min(value), interval[1].max(value)];
        Estimate { value, interval, standard_error, n, method: "spread less noise, by resampling" }
    }))
}

#[expect(clippy::cast_precision_loss, reason = "groups and draws")]
fn float(count: usize) -> f64 {
    count as f64
}
