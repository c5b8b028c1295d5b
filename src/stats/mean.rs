//! Means of a loss: one side's, and the difference of both sides on the same rows.

use super::distribution::{float, t, z};
use super::proportion::wilson;
use super::{Estimate, Loss, LossMoments, Side, Undefined};

/// The mean of a loss. Its ends hold what one more row would do: at the upper end as bad as 1 in 2n, at the lower one
/// without any loss. With many rows that is nothing; with few, or when all are alike, it is what keeps them from looking
/// certain.
pub(super) fn mean_loss(
    loss: Option<Loss>,
    moments: &LossMoments,
    side: Side,
    level: f64,
) -> Result<Estimate, Undefined> {
    let mean = moments.mean(side).ok_or(Undefined::NoRows)?;
    let variance = moments.variance(side).ok_or(Undefined::OneRow)?.max(0.0);
    let n = moments.rows();
    let rows = float(n);
    let plain = student(mean, variance, n, level, "t of the mean");
    let loss = match loss {
        Some(loss @ (Loss::Log | Loss::Brier)) => loss,
        // An error has no worst, and no best; nor has a prediction.
        Some(Loss::Bias | Loss::Prediction) => return Ok(plain),
        _ => return Ok(on_log_scale(plain, level)),
    };
    let with = |one_more: f64| {
        let distance = one_more - mean;
        let variance = (variance * (rows - 1.0) + distance * distance * rows / (rows + 1.0)) / rows;
        student(mean + distance / (rows + 1.0), variance, n + 1, level, "")
    };
    let worst = loss.row(true, 1.0 / (2.0 * rows));
    let low = plain.interval[0].min(with(0.0).interval[0]).max(0.0);
    let high = plain.interval[1].max(with(worst).interval[1]);
    Ok(Estimate { interval: [low, high], ..plain })
}

pub(super) fn student(value: f64, variance: f64, n: u64, level: f64, method: &'static str) -> Estimate {
    let rows = float(n);
    let standard_error = (variance.max(0.0) / rows).sqrt();
    let interval = around(value, t(rows - 1.0, level) * standard_error);
    Estimate { value, interval, standard_error, n, method }
}

pub(super) fn around(value: f64, reach: f64) -> [f64; 2] {
    [value - reach, value + reach]
}

/// The root of a mean, with the roots of its ends.
pub(super) fn root(mean: Estimate) -> Estimate {
    let value = mean.value.sqrt();
    let standard_error = if value > 0.0 { mean.standard_error / (2.0 * value) } else { 0.0 };
    Estimate { value, interval: mean.interval.map(|end| end.max(0.0).sqrt()), standard_error, ..mean }
}

/// √candidate − weight · √baseline of means on the same rows, by the delta method.
pub(super) fn root_change(moments: &LossMoments, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let on = |side| moments.mean(side).ok_or(Undefined::NoRows);
    let (ours, theirs) = (on(Side::Candidate)?.sqrt(), on(Side::Baseline)?.sqrt());
    let value = ours - weight * theirs;
    if ours == 0.0 || theirs == 0.0 {
        return Err(Undefined::NoErrors);
    }
    // √c − w·√b moves as (c − w·√(c/b)·b) / (2·√c).
    let (_, variance) = moments.contrast(weight * ours / theirs).ok_or(Undefined::OneRow)?;
    Ok(student(value, variance / (4.0 * ours * ours), moments.rows(), level, "t, paired, delta method"))
}

/// The difference of the means of rows that have nothing to do with each other, with Welch's degrees of freedom (1947).
pub(super) fn welch(ours: &LossMoments, theirs: &LossMoments, weight: f64, level: f64) -> Result<Estimate, Undefined> {
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

/// The ends of an error that is never below 0 lie around its logarithm: large errors are rarer and larger than small ones are
/// small, so the mean of a sample is mostly too low, and its spread with it.
fn on_log_scale(mean: Estimate, level: f64) -> Estimate {
    if mean.value <= 0.0 {
        return mean;
    }
    let reach = t(float(mean.n) - 1.0, level) * mean.standard_error / mean.value;
    let interval = around(mean.value.ln(), reach).map(f64::exp);
    Estimate { interval, method: "t of the mean, on the logarithm", ..mean }
}

/// A difference of means of values between 0 and 1 that may be alike by chance, such as the hits of a query: t with as many
/// degrees of freedom as rows that differ leave to their variance. Where no row differs, Wilson's interval says how many could.
pub(super) fn coarse_change(moments: &LossMoments, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let (value, variance) = moments.contrast(weight).ok_or(Undefined::OneRow)?;
    let n = moments.rows();
    if let Some(freedom) = moments.change_freedom() {
        let standard_error = (variance / float(n)).sqrt();
        let interval = around(value, t(freedom, level) * standard_error);
        return Ok(Estimate { value, interval, standard_error, n, method: "t, paired" });
    }
    let reach = 1.0 - wilson(n, n, level).map_or(0.0, |all| all.interval[0]);
    let plain = student(value, variance, n, level, "Wilson, because no row differs");
    // What a share of the baseline adds, which is not 0 with a margin relative to it.
    let reach = reach.hypot(plain.interval[1] - value);
    Ok(Estimate { interval: around(value, reach), standard_error: reach / z(level), ..plain })
}
