//! Standard deviation between groups, corrected for noise.

use super::super::{Estimate, Undefined};
use crate::stats::interval::inference::Inference;

/// Number of steps of the searches for the ends: the last one moves an end by less than 1e-9.
const STEPS: usize = 40;

/// Estimates the standard deviation of the groups' true values.
///
/// The variance of measured values is the variance of the true ones plus the mean variance of the noise, so the latter
/// is subtracted (Lum, Zhang and Bower 2022). Each end of the interval is the standard deviation for which so large, or
/// so small, a measured variance has the tail's probability. The groups keep their pattern, and the noise is that of
/// `off`, the errors of each draw.
pub(super) fn spread(
    values: &[f64],
    noise: &[f64],
    off: Vec<Vec<f64>>,
    n: u64,
) -> Result<Inference<'static>, Undefined> {
    if values.len() < 2 {
        return Err(Undefined::TooFewGroups);
    }
    if off.len() < 2 {
        return Err(Undefined::Unstable);
    }
    let count = float(values.len());
    let mean = |of: &[f64]| of.iter().sum::<f64>() / float(of.len());
    let centre = mean(values);
    let pattern: Vec<f64> = values.iter().map(|value| value - centre).collect();
    let product =
        |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f64>() / (count - 1.0);
    let measured = product(&pattern, &pattern);
    let value = (measured - mean(noise)).max(0.0).sqrt();
    // The variance of a draw whose true values are `scale` times the pattern: scale² · measured + scale · mixed + own.
    let draws: Vec<(f64, f64)> = off
        .into_iter()
        .map(|draw| {
            let centre = mean(&draw);
            let draw: Vec<f64> = draw.iter().map(|off| off - centre).collect();
            (2.0 * product(&pattern, &draw), product(&draw, &draw))
        })
        .collect();
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
