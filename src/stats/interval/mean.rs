//! Means of a loss: of one side, and the difference of both sides on the same rows.

use super::proportion::{effective_rows_of_mean, share_interval, wilson};
use crate::stats::numeric::quantile::{float, t, z};
use crate::stats::state::moves::Dispersion;
use crate::stats::{Estimate, Loss, LossMoments, Measure, Metric, Side, Undefined};

/// An end that is as many times the value says nothing, and a larger one leaves the range of a float.
const LARGEST_LOGARITHM: f64 = 300.0;

/// The relative standard deviation below which the changes of rows are alike, apart from rounding.
const ALIKE_CHANGE: f64 = 1e-6;

/// Returns the relative standard deviation below which rows are alike, apart from the rounding of 32-bit numbers.
/// Predictions and widths may be far from 0 with a small deviation, so their threshold is lower.
pub(crate) fn alike(metric: Metric) -> f64 {
    match metric.measure {
        Measure::MeanPrediction | Measure::IntervalWidth | Measure::Mean => 1e-6,
        _ => 1e-3,
    }
}

/// Returns the largest proportion of the population from which this many rows may contain none, at this level.
pub(crate) fn unseen_share(rows: f64, level: f64) -> f64 {
    1.0 - (0.5 - level / 2.0).powf(1.0 / rows)
}

/// Returns the interval of rows that are all alike. They may be so by chance: a single row different by `size` would
/// have shown a variance, so the interval uses that variance.
pub(crate) fn of_alike(value: f64, size: f64, rows: f64, level: f64) -> [f64; 2] {
    around(value, t((rows - 1.0).max(1.0), level) * size.abs() / (rows + 1.0).sqrt())
}

/// Returns the ends of a mean log loss or Brier score with one more row: for the upper end a row as bad as 1 in 2n, for
/// the lower end one without loss. `variance` is that of the rows.
pub(crate) fn with_one_more(loss: Loss, mean: f64, variance: f64, rows: f64, level: f64) -> [f64; 2] {
    let with = |one_more: f64| {
        let distance = one_more - mean;
        let variance = (variance * (rows - 1.0) + distance * distance * rows / (rows + 1.0)) / rows;
        let error = (variance.max(0.0) / (rows + 1.0)).sqrt();
        around(mean + distance / (rows + 1.0), t(rows, level) * error)
    };
    let worst = loss.row(true, 1.0 / (2.0 * rows.max(1.0)));
    [with(0.0)[0], with(worst)[1]]
}

/// Estimates the mean of a loss on one side.
pub(crate) fn mean_loss(metric: Metric, moments: &LossMoments, side: Side, level: f64) -> Result<Estimate, Undefined> {
    let mean = moments.mean(side).ok_or(Undefined::NoRows)?;
    let variance = moments.variance(side).ok_or(Undefined::OneRow)?.max(0.0);
    let n = moments.rows();
    let rows = float(n);
    if metric.is_coarse() {
        // The value of a question with several samples is worth several rows, but its variance is one of few.
        let worth = moments.scale().unwrap_or(1.0).max(1.0);
        let effective = effective_rows_of_mean(mean, variance * (rows - 1.0) / (rows * rows), rows).min(rows * worth);
        let freedom = (worth > 1.0).then_some(rows - 1.0);
        let interval = share_interval(mean.clamp(0.0, 1.0), effective, freedom, level);
        let standard_error = (variance / rows).sqrt();
        return Ok(Estimate { value: mean, interval, standard_error, n, method: "Wilson on the effective rows" });
    }
    let plain = student(mean, variance, n, level, "t of the mean");
    let loss = metric.loss();
    if let Some(loss @ (Loss::Log | Loss::Brier)) = loss {
        let [low, high] = with_one_more(loss, mean, variance, rows, level);
        let interval = [plain.interval[0].min(low).max(0.0), plain.interval[1].max(high)];
        return Ok(Estimate { interval, ..plain });
    }
    let is_signed = matches!(loss, Some(Loss::Bias | Loss::Prediction));
    // A stored side does not have its skewness. Errors then have that of a gamma distribution, as squares of normal errors do.
    let of_gamma = if is_signed || mean <= 0.0 { 0.0 } else { 2.0 * variance.sqrt() / mean };
    let skewness = moments.skewness(side).unwrap_or(of_gamma);
    let dispersion = Dispersion::of_mean(variance / rows, n, skewness, f64::INFINITY);
    let Estimate { value, interval: [low, high], standard_error, method, .. } =
        if variance.sqrt() <= alike(metric) * mean.abs() {
            let size = if mean == 0.0 { moments.scale().unwrap_or(1.0) } else { mean };
            Estimate {
                interval: of_alike(mean, size, rows, level),
                method: "t of the mean, of rows that are alike",
                ..plain
            }
        } else if is_signed {
            // An error has neither a worst nor a best value, nor has a prediction.
            leaning(plain, &dispersion, level)
        } else {
            let reach = t(rows - 1.0, level) * plain.standard_error;
            let [low, high] = on_log_scale((mean, 1.0), reach, rows, &dispersion, level);
            // Wrong labels of a row are bounded, so they are less skewed than the logarithm takes them to be.
            let low = if loss == Some(Loss::Hamming) { low.min(plain.interval[0]) } else { low };
            let interval = [low, high];
            Estimate { interval, method: "t of the mean, on the logarithm", ..plain }
        };
    let low = if is_signed { low } else { low.max(0.0) };
    let most = if metric.is_root() { f64::INFINITY } else { metric.range().1.unwrap_or(f64::INFINITY) };
    Ok(Estimate { value, interval: [low, high.min(most)], standard_error, n, method })
}

pub(crate) fn student(value: f64, variance: f64, n: u64, level: f64, method: &'static str) -> Estimate {
    let rows = float(n);
    let standard_error = (variance.max(0.0) / rows).sqrt();
    let interval = around(value, t(rows - 1.0, level) * standard_error);
    Estimate { value, interval, standard_error, n, method }
}

pub(crate) fn around(value: f64, reach: f64) -> [f64; 2] {
    [value - reach, value + reach]
}

/// Transforms the estimate of a mean to that of its root.
pub(crate) fn root(mean: Estimate) -> Estimate {
    let value = mean.value.sqrt();
    let standard_error = if value > 0.0 { mean.standard_error / (2.0 * value) } else { 0.0 };
    Estimate { value, interval: mean.interval.map(|end| end.max(0.0).sqrt()), standard_error, ..mean }
}

/// Estimates √candidate − weight · √baseline of means on the same rows, by the delta method.
pub(crate) fn root_change(moments: &LossMoments, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let on = |side| moments.mean(side).ok_or(Undefined::NoRows);
    let (ours, theirs) = (on(Side::Candidate)?.sqrt(), on(Side::Baseline)?.sqrt());
    let value = ours - weight * theirs;
    if ours == 0.0 || theirs == 0.0 {
        return Err(Undefined::NoErrors);
    }
    // The influence of √c − w·√b is that of (c − w·√(c/b)·b) / (2·√c).
    let (_, variance) = moments.contrast(weight * ours / theirs).ok_or(Undefined::OneRow)?;
    let variance = variance / (4.0 * ours * ours);
    let sides = (weight * ours / theirs, ours.max(theirs));
    Ok(paired_mean(moments, (value, variance), sides, level, "t, paired, delta method"))
}

/// Returns the largest change of a row's loss: of a mean log loss or Brier score from nothing to as bad as 1 in 2n, of an error by its size.
pub(crate) fn farthest_change(metric: Metric, size: f64, rows: f64) -> f64 {
    match metric.loss() {
        Some(loss @ (Loss::Log | Loss::Brier)) => loss.row(true, 1.0 / (2.0 * rows.max(1.0))).max(size),
        _ => size,
    }
}

/// Returns the paired t interval of a change. If no row differs, rows that do have not been seen; if all differ by the
/// same amount, the interval assumes one row that does not. `size` is the size of a row's loss.
pub(crate) fn paired_mean(
    moments: &LossMoments,
    (value, variance): (f64, f64),
    (weight, size): (f64, f64),
    level: f64,
    method: &'static str,
) -> Estimate {
    let n = moments.rows();
    let rows = float(n);
    let plain = student(value, variance, n, level, method);
    let nothing = 1e-9 * size;
    if value.abs() <= nothing && variance.sqrt() <= nothing {
        let size = if size > 0.0 { size } else { moments.scale().unwrap_or(1.0) };
        let reach = size * unseen_share(rows, level);
        return Estimate { interval: around(value, reach), standard_error: reach / z(level), ..plain };
    }
    if variance.sqrt() <= ALIKE_CHANGE * value.abs() {
        let standard_error = value.abs() / (rows + 1.0).sqrt();
        let unseen = around(value, size * unseen_share(rows, level));
        let found = Estimate { interval: of_alike(value, value, rows, level), standard_error, ..plain };
        return found.containing(unseen);
    }
    let freedom = moments.change_freedom_around_mean().unwrap_or(f64::INFINITY);
    let dispersion = Dispersion::of_mean(variance / rows, n, moments.change_skewness(weight), freedom);
    let reach = dispersion.of_carriers(level) * plain.standard_error;
    leaning(Estimate { interval: around(value, reach), ..plain }, &dispersion, level)
}

/// Tells whether the rows are so alike that Welch's interval would treat their mean as certain.
pub(crate) fn is_alike(metric: Metric, moments: &LossMoments) -> bool {
    let (Some(mean), Some(variance)) = (moments.mean(Side::Candidate), moments.variance(Side::Candidate)) else {
        return false;
    };
    variance.max(0.0).sqrt() <= alike(metric) * mean.abs()
}

/// Estimates the difference of the means of independent rows, with Welch's degrees of freedom (1947).
pub(crate) fn welch(ours: &LossMoments, theirs: &LossMoments, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let of = |moments: &LossMoments| {
        let mean = moments.mean(Side::Candidate).ok_or(Undefined::NoRows)?;
        let variance = moments.variance(Side::Candidate).ok_or(Undefined::OneRow)?.max(0.0);
        Ok((mean, variance / float(moments.rows()), float(moments.rows()) - 1.0))
    };
    let ((our_mean, our_part, our_freedom), (their_mean, their_part, their_freedom)) = (of(ours)?, of(theirs)?);
    let their_part = weight * weight * their_part;
    let value = our_mean - weight * their_mean;
    let variance = our_part + their_part;
    let freedom = variance * variance / (our_part * our_part / our_freedom + their_part * their_part / their_freedom);
    let reach = if variance > 0.0 { t(freedom, level) * variance.sqrt() } else { 0.0 };
    let n = ours.rows().min(theirs.rows());
    Ok(Estimate {
        value,
        interval: around(value, reach),
        standard_error: variance.sqrt(),
        n,
        method: "Welch's t, unpaired",
    })
}

/// Moves the end on the side of the longer tail outwards, if the rows are too few for their skewness.
pub(crate) fn leaning(plain: Estimate, dispersion: &Dispersion, level: f64) -> Estimate {
    let [down, up] = dispersion.leans(level).map(|lean| lean * plain.standard_error);
    Estimate { interval: [plain.interval[0] - down, plain.interval[1] + up], ..plain }
}

/// Returns the interval of a nonnegative error on the scale of its logarithm: large errors are rarer and far larger than small
/// ones, so the mean of a sample is mostly too low, and its variance with it. `reach` is that of a symmetric interval.
///
/// An allowance for unseen rows is added at the size of the error; where the rows are too few for their skewness, at the
/// size of those that carry the sum of the errors, the mean of the squares over the mean.
///
/// `value` is the root of the mean where `power` is 2, and else the mean.
pub(crate) fn on_log_scale(
    (value, power): (f64, f64),
    reach: f64,
    rows: f64,
    dispersion: &Dispersion,
    level: f64,
) -> [f64; 2] {
    if value <= 0.0 {
        return around(value, reach);
    }
    let error = power * dispersion.standard_error() / value;
    let [down, up] = dispersion.leans(level).map(|lean| power * reach / value + lean * error);
    // Allows for unseen rows of the size of the mean, or of the size that carries a skewed sum.
    let unseen = unseen_share(rows, level);
    let size = if dispersion.is_skewed() { (1.0 + error * error * dispersion.effective).max(power) } else { power };
    let ends = [-down.hypot(unseen * power), up.hypot(unseen * size)];
    ends.map(|end| value * (end / power).min(LARGEST_LOGARITHM).exp())
}

/// Estimates a difference of means of values between 0 and 1 that may agree by chance, such as the hits of a query: t
/// with the degrees of freedom of the rows that differ. If no row differs, Wilson's interval bounds the proportion that
/// could.
pub(crate) fn coarse_change(moments: &LossMoments, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let (value, variance) = moments.contrast(weight).ok_or(Undefined::OneRow)?;
    let n = moments.rows();
    let rows = float(n);
    let within = |ends: [f64; 2]| ends.map(|end| end.clamp(-weight.max(1.0), weight.max(1.0)));
    if let Some(freedom) = moments.change_freedom() {
        if variance.sqrt() <= ALIKE_CHANGE * value.abs() {
            let interval = within(of_alike(value, value, rows, level));
            let standard_error = value.abs() / (rows + 1.0).sqrt();
            return Ok(Estimate { value, interval, standard_error, n, method: "t, paired" });
        }
        let standard_error = (variance / rows).sqrt();
        let dispersion = Dispersion::of_mean(variance / rows, n, moments.change_skewness(weight), freedom);
        let interval = around(value, t(freedom, level).max(dispersion.of_carriers(level)) * standard_error);
        let found = Estimate { value, interval, standard_error, n, method: "t, paired" };
        let found = leaning(found, &dispersion, level);
        return Ok(Estimate { interval: within(found.interval), ..found });
    }
    let reach = 1.0 - wilson(n, n, level).map_or(0.0, |all| all.interval[0]);
    let plain = student(value, variance, n, level, "Wilson, because no row differs");
    // The part of a multiple of the baseline, which is not 0 with a margin relative to the baseline.
    let reach = reach.hypot(plain.interval[1] - value);
    Ok(Estimate { interval: within(around(value, reach)), standard_error: reach / z(level), ..plain })
}
