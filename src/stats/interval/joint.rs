//! Estimates of metrics from each row's influence.

use super::auc::few_misplaced;
use super::mean::{alike, around, farthest_change, of_alike, on_log_scale, unseen_share, with_one_more};
use super::proportion::{effective_rows_of_mean, share_interval};
use crate::stats::numeric::quantile::{float, t};
use crate::stats::state::moves::Dispersion;
use crate::stats::{Estimate, Joint, Loss, Measure, Metric, Needs, Side, StateKind, Undefined};

/// The scale on which one side's interval is symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JointScale {
    /// A value between two ends, treated as a proportion of rows.
    Share,
    /// The log odds of a value between 0 and 1 (Pepe 2003; of average precision: Boyd, Eng and Page 2013).
    LogOdds,
    /// The logarithm of a value above 0.
    Log,
    /// A value that is at least 0 and biased upwards by noise.
    Inflated,
    /// The logarithm of 1 − value.
    LogOfRest,
    /// Fisher's z of a correlation.
    Fisher,
    /// A mean loss of probabilities, for which one more row can be the worst or the best.
    Probability(Loss),
    /// The untransformed value.
    Plain,
    /// A property of these rows, without uncertainty.
    Exact,
}

fn scale(metric: Metric) -> JointScale {
    use Measure as M;
    match metric.measure {
        M::RocAuc | M::RocAucOvr | M::RocAucOvo | M::AveragePrecision => JointScale::LogOdds,
        M::WeightedPercentageError
        | M::ScaledError
        | M::RootMeanSquaredScaledError
        | M::NormalizedRootMeanSquaredError
        | M::StandardizedRootMeanSquaredError
        | M::CoverageError
        | M::Dcg => JointScale::Log,
        M::R2 | M::ExplainedVariance | M::D2AbsoluteError | M::D2Pinball | M::D2Tweedie | M::D2LogLoss | M::D2Brier => {
            JointScale::LogOfRest
        }
        M::Pearson | M::Spearman | M::Kendall => JointScale::Fisher,
        M::MeanBiasError | M::MeanPrediction | M::Mean | M::CalibrationSlope | M::CalibrationIntercept => {
            JointScale::Plain
        }
        M::MaxError => JointScale::Exact,
        M::ExpectedCalibrationError
        | M::QuantileCalibrationError
        | M::TopLabelCalibrationError
        | M::ClasswiseCalibrationError => JointScale::Inflated,
        _ if metric.range() == (Some(0.0), Some(1.0)) => JointScale::Share,
        M::LogLoss => JointScale::Probability(Loss::Log),
        M::BrierScore => JointScale::Probability(Loss::Brier),
        _ if matches!(metric.state_kind(), StateKind::Loss(_)) => JointScale::Log,
        _ => JointScale::Plain,
    }
}

fn check(metric: Metric, joint: &Joint) -> Result<(), Undefined> {
    match joint.units() {
        _ if scale(metric) == JointScale::Exact => Ok(()),
        0 => Err(Undefined::NoRows),
        1 if joint.is_clustered() => Err(Undefined::OneCluster),
        1 => Err(Undefined::OneRow),
        _ => Ok(()),
    }
}

/// Estimates a metric on one side.
pub(crate) fn on_one_side(metric: Metric, joint: &Joint, side: Side, level: f64) -> Result<Estimate, Undefined> {
    let value = joint.value(side)?;
    check(metric, joint)?;
    let dispersion = joint.dispersion(side);
    // Clusters and weights never narrow an interval, so the widest of all ways to take the rows counts.
    let all = joint.dispersions(side);
    let error = all.iter().map(Dispersion::standard_error).fold(0.0, f64::max);
    let farthest = all.iter().map(|of| of.quantile(level) * of.standard_error()).fold(0.0, f64::max);
    let reach = if error > 0.0 { farthest / error } else { dispersion.quantile(level) };
    let units = joint.effective().max(1.0);
    let is_alike = |value: f64| error * units.sqrt() <= alike(metric) * value.abs();
    let names = |plain: &'static str, clustered: &'static str| if joint.is_clustered() { clustered } else { plain };
    let (interval, method) = match scale(metric) {
        JointScale::Exact => ([value, value], "exact: of these very rows"),
        JointScale::Share => {
            // For rows of equal weight that are right or wrong, this is exactly the interval of the plain proportion.
            let correction =
                if joint.is_clustered() { 1.0 } else { (float(joint.units()) - 1.0) / float(joint.units()) };
            let worth = joint.scale().unwrap_or(1.0).max(1.0);
            let most = float(joint.rows()) * worth;
            let rows = effective_rows_of_mean(value, error * error * correction, units).min(most);
            let freedom = (joint.is_clustered() || worth > 1.0).then(|| (units - 1.0).max(1.0));
            let method = names("Wilson on the effective rows", "Wilson on the effective rows, clustered");
            (share_interval(value.clamp(0.0, 1.0), rows, freedom, level), method)
        }
        JointScale::LogOdds => {
            let lean = all.iter().map(|of| of.leans(level)[0]).fold(0.0, f64::max);
            let method = names("jackknife on the log odds", "jackknife on the log odds, clustered");
            (log_odds(metric, value, error, joint, (reach, lean, level)), method)
        }
        JointScale::Log | JointScale::Plain if is_alike(value) => {
            let scale = if value == 0.0 { joint.scale().unwrap_or(1.0) } else { value };
            let [low, high] = of_alike(value, scale, units, level);
            let low = if scale_is_positive(metric) { low.max(0.0) } else { low };
            ([low, high], names("t of the mean, of rows that are alike", "t of the mean, of clusters that are alike"))
        }
        JointScale::Log => {
            let method = names("jackknife on the logarithm", "jackknife on the logarithm, clustered");
            let power = if metric.is_root() || is_root_of_mean(metric) { 2.0 } else { 1.0 };
            (of_all(&all, |of| on_log_scale((value, power), reach * error, units, of, level)), method)
        }
        JointScale::LogOfRest => {
            let method = names("jackknife on the log of the rest", "jackknife on the log of the rest, clustered");
            let rest = 1.0 - value;
            if rest <= 0.0 || is_alike(rest) {
                let high = of_alike(rest, if rest > 0.0 { rest } else { 1.0 }, units, level)[1];
                ([1.0 - high, 1.0], method)
            } else {
                let [low, high] =
                    of_all(&all, |of| on_log_scale((rest, 1.0), reach * error, units, &of.mirrored(), level));
                ([1.0 - high, 1.0 - low], method)
            }
        }
        JointScale::Fisher => {
            let method = names("jackknife on Fisher's z", "jackknife on Fisher's z, clustered");
            // One more row as far off as the farthest: few rows do not show the tails that move a correlation of values.
            let far = if metric.measure == Measure::Pearson { joint.farthest() } else { 0.0 };
            let reach = if error > 0.0 { reach * error.hypot(far) / error } else { reach };
            (fisher(value, error, reach, units, level), method)
        }
        JointScale::Inflated => {
            // The bias is an estimate itself: it extends the interval upwards as much as it moves it down.
            let excess = joint.excess()[usize::from(side == Side::Baseline)];
            let (down, up) = (reach * error, (reach * error).hypot(excess.mean));
            let [low, high] = [value - excess.most - down, value - excess.mean + up];
            // The interval is at least that of a proportion of this many units, because similar distances may be due to
            // chance.
            let [least, most] = share_interval(value.clamp(0.0, 1.0), units, None, level);
            let method = names("jackknife, less what noise adds", "jackknife, less what noise adds, clustered");
            ([low.min(least).clamp(0.0, value), high.max(most).clamp(value, 1.0)], method)
        }
        JointScale::Probability(loss) => {
            let variance = error * error * units;
            let [low, high] = around(value, reach * error);
            let apart = |of: &Dispersion| {
                let units = of.effective.max(1.0);
                with_one_more(loss, value, of.variance * units, units, level)
            };
            let [least, most] = containing(with_one_more(loss, value, variance, units, level), of_all(&all, apart));
            ([low.min(least).max(0.0), high.max(most)], names("t of the mean", "t, clustered"))
        }
        JointScale::Plain => {
            let [down, up] = farthest_reaches(&all, level);
            ([value - down, value + up], names("t of the mean", "t, clustered"))
        }
    };
    let (low, high) = metric.range();
    let interval = [
        interval[0].max(low.unwrap_or(f64::NEG_INFINITY)).min(value),
        interval[1].min(high.unwrap_or(f64::INFINITY)).max(value),
    ];
    Ok(Estimate { value, interval, standard_error: dispersion.standard_error(), n: joint.rows(), method })
}

/// The interval that contains those of all ways to take the rows.
fn of_all(all: &[Dispersion], interval: impl Fn(&Dispersion) -> [f64; 2]) -> [f64; 2] {
    all.iter().map(interval).fold([f64::INFINITY, f64::NEG_INFINITY], containing)
}

fn containing(one: [f64; 2], other: [f64; 2]) -> [f64; 2] {
    [one[0].min(other[0]), one[1].max(other[1])]
}

fn scale_is_positive(metric: Metric) -> bool {
    metric.range().0 == Some(0.0)
}

/// Returns true if the metric is a quotient of a root of a mean, and so hangs on the tails of squares.
fn is_root_of_mean(metric: Metric) -> bool {
    use Measure::{NormalizedRootMeanSquaredError, RootMeanSquaredScaledError, StandardizedRootMeanSquaredError};
    matches!(
        metric.measure,
        NormalizedRootMeanSquaredError | RootMeanSquaredScaledError | StandardizedRootMeanSquaredError
    )
}

/// Returns the interval of a correlation on the scale of Fisher's z (1915). Rows that are all on one line are not
/// certain to stay so: then the correlation is taken as the proportion of units that agree, less that of those that do
/// not.
fn fisher(value: f64, error: f64, reach: f64, units: f64, level: f64) -> [f64; 2] {
    let spread = 1.0 - value * value;
    let agreed = || share_interval(f64::midpoint(1.0, value).clamp(0.0, 1.0), units, None, level);
    if spread <= 1e-12 || error * units.sqrt() <= 1e-6 * spread {
        return agreed().map(|share| 2.0 * share - 1.0);
    }
    around(value.atanh(), reach * error / spread).map(f64::tanh)
}

/// Returns the interval of an area: the wider one of the jackknife's on the log odds and of one that starts from half a
/// unit of the smallest class ranked wrong, adds one more unit with the variance of Hanley and McNeil (1982), and uses
/// t with the smallest class's degrees of freedom.
fn log_odds(metric: Metric, value: f64, error: f64, joint: &Joint, (reach, lean, level): (f64, f64, f64)) -> [f64; 2] {
    let smallest = joint.smallest().unwrap_or_else(|| joint.effective()).max(1.0);
    let on_log_odds = |area: f64, error: f64, quantile: f64| {
        let spread = area * (1.0 - area);
        if spread <= 0.0 {
            return [0.0, 1.0];
        }
        around((area / (1.0 - area)).ln(), quantile * error / spread).map(|odds| 1.0 / (1.0 + (-odds).exp()))
    };
    let plain = if value <= 0.0 || value >= 1.0 || error * smallest.sqrt() <= 1e-6 * value.min(1.0 - value) {
        share_interval(value.clamp(0.0, 1.0), smallest, None, level)
    } else {
        on_log_odds(value, error, reach)
    };
    let careful = |area: f64, lean: f64| {
        let square = area * area;
        let one_more = area / (2.0 - area) - square + 2.0 * square / (1.0 + area) - square;
        let variance = error * error + one_more.max(0.0) / (smallest * smallest);
        on_log_odds(area, variance.sqrt(), t(smallest, level).max(reach) + lean)
    };
    let moved = |placed: f64| value * smallest / (smallest + 1.0) + placed / (smallest + 1.0);
    // An average precision is too high on average, so there the unit that was not seen is placed last.
    let lower = if metric.measure == Measure::AveragePrecision { 0.0 } else { 0.5 };
    let (low, high) = (careful(value.min(moved(lower)), lean)[0], careful(value.max(moved(0.5)), 0.0)[1]);
    // Few units lie between the value and the nearer end of its range, as with a share of rows.
    let rows = (value * (1.0 - value) / (error * error)).min(float(joint.rows()));
    let plain = containing(plain, few_misplaced(value, rows, level));
    let low = if value <= 0.0 { 0.0 } else { low.min(plain[0]) };
    let high = if value >= 1.0 { 1.0 } else { high.max(plain[1]) };
    [low, high]
}

/// Estimates candidate − weight · baseline on the same rows.
pub(crate) fn paired(metric: Metric, joint: &Joint, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let (ours, theirs) = (joint.value(Side::Candidate)?, joint.value(Side::Baseline)?);
    let value = ours - weight * theirs;
    check(metric, joint)?;
    if scale(metric) == JointScale::Exact {
        let method = "exact: of these very rows";
        return Ok(Estimate { value, interval: [value, value], standard_error: 0.0, n: joint.rows(), method });
    }
    if metric.is_root() && (ours == 0.0 || theirs == 0.0) {
        return Err(Undefined::NoErrors);
    }
    let dispersion = joint.dispersion_of_change(weight);
    // Two more rows on which the sides differ, as in a table of counts: predictions that never differed in these rows
    // may in others.
    let unseen = if metric.needs() == Needs::Classes { 2.0 * joint.farthest() * joint.farthest() } else { 0.0 };
    let units = joint.effective().max(1.0);
    let all = joint.dispersions_of_change(weight);
    let most = all.iter().map(Dispersion::standard_error).fold(0.0, f64::max);
    let size = ours.abs().max(theirs.abs());
    let nothing = 1e-9 * size;
    let is_still = value.abs() <= nothing && most * units.sqrt() <= nothing;
    let of_unseen = size_of_change(metric, joint, size) * unseen_share(units, level);
    let of_rows = unseen.sqrt() * dispersion.quantile(level);
    let ([down, up], still) = if is_still {
        // No unit differs, so the units that do have not been seen.
        ([of_rows; 2], of_unseen)
    } else if most.hypot(unseen.sqrt()) * units.sqrt() <= alike(metric) * value.abs() {
        let [low, high] = of_alike(value, value, units, level);
        ([value - low, high - value].map(|reach| reach.max(of_unseen)), 0.0)
    } else {
        // A ratio of errors hides in the spread of what it is divided by that the errors are alike.
        let is_ratio = matches!(scale(metric), JointScale::Log | JointScale::LogOfRest);
        let of_ratio = if is_ratio { value * unseen_share(units, level) } else { 0.0 };
        (farthest_reaches(&all, level).map(|reach| reach.hypot(of_rows)), of_ratio)
    };
    let [of_ours, of_theirs] = joint.excess();
    let excess = of_ours.mean - weight * of_theirs.mean;
    let centre = value - excess;
    let interval = [(centre - down.hypot(excess).hypot(still)), (centre + up.hypot(excess).hypot(still))];
    let width = match metric.range() {
        (Some(low), Some(high)) => (high - low) * weight.max(1.0),
        _ => f64::INFINITY,
    };
    let interval = [interval[0].min(value).max(-width), interval[1].max(value).min(width)];
    let method = if joint.is_clustered() { "jackknife, paired, clustered" } else { "jackknife, paired" };
    let standard_error = (dispersion.variance + unseen).sqrt();
    Ok(Estimate { value, interval, standard_error, n: joint.rows(), method })
}

/// Returns the larger distance to each end of all ways to take the rows.
fn farthest_reaches(all: &[Dispersion], level: f64) -> [f64; 2] {
    all.iter().map(|of| of.reaches(level)).fold([0.0; 2], |[down, up], [lower, upper]| [down.max(lower), up.max(upper)])
}

/// Returns the size that the change of a unit can have.
fn size_of_change(metric: Metric, joint: &Joint, value: f64) -> f64 {
    match metric.range() {
        (Some(low), Some(high)) => high - low,
        _ if value > 0.0 => farthest_change(metric, value, float(joint.rows())),
        _ => joint.scale().unwrap_or(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scales_fit_the_ranges() {
        for measure in Measure::all() {
            let metric = Metric::of(measure);
            if matches!(scale(metric), JointScale::Share | JointScale::LogOdds | JointScale::Inflated) {
                assert_eq!(metric.range(), (Some(0.0), Some(1.0)), "{}", metric.name());
            }
        }
    }
}
