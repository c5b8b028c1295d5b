//! Estimates of metrics whose spread is known from each row's influence.

use super::distribution::float;
use super::mean::around;
use super::proportion::wilson_effective;
use super::table_estimate::critical;
use super::{Estimate, Joint, Measure, Metric, Needs, Side, StateKind, Undefined};

/// With fewer independent units than this, t takes the place of the normal.
const FEW_UNITS: u64 = 1000;

/// The scale on which one side's interval is symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// A value between two ends, as a share of so many rows.
    Share,
    /// The log odds of a value between 0 and 1 (Pepe 2003; of average precision: Boyd, Eng and Page 2013).
    LogOdds,
    /// The logarithm of a value above 0.
    Log,
    /// A value at least 0 that noise makes larger.
    Inflated,
    /// The logarithm of what is missing to 1.
    LogOfRest,
    /// The value itself, and never below 0.
    Positive,
    /// The value itself.
    Plain,
    /// A number of these very rows.
    Exact,
}

fn scale(metric: Metric) -> Scale {
    use Measure as M;
    match metric.measure {
        M::RocAuc | M::RocAucOvr | M::RocAucOvo | M::AveragePrecision => Scale::LogOdds,
        M::WeightedPercentageError | M::ScaledError => Scale::Log,
        M::R2 | M::ExplainedVariance => Scale::LogOfRest,
        M::MeanBiasError | M::CalibrationSlope | M::CalibrationIntercept => Scale::Plain,
        M::MaxError => Scale::Exact,
        M::ExpectedCalibrationError => Scale::Inflated,
        _ if metric.range() == (Some(0.0), Some(1.0)) => Scale::Share,
        M::LogLoss | M::BrierScore => Scale::Positive,
        _ if matches!(metric.state_kind(), StateKind::Loss(_)) => Scale::Log,
        _ => Scale::Positive,
    }
}

fn freedom(joint: &Joint) -> Option<f64> {
    (joint.is_clustered() || joint.units() < FEW_UNITS).then(|| float(joint.units()) - 1.0)
}

fn check(metric: Metric, joint: &Joint) -> Result<(), Undefined> {
    match joint.units() {
        _ if scale(metric) == Scale::Exact => Ok(()),
        0 => Err(Undefined::NoRows),
        1 if joint.is_clustered() => Err(Undefined::OneCluster),
        1 => Err(Undefined::OneRow),
        _ => Ok(()),
    }
}

/// A metric on one side.
pub(super) fn on_one_side(metric: Metric, joint: &Joint, side: Side, level: f64) -> Result<Estimate, Undefined> {
    let value = joint.value(side)?;
    check(metric, joint)?;
    let standard_error = joint.variance(side).max(0.0).sqrt();
    let reach = critical(freedom(joint), level);
    let units = float(joint.units());
    let spread = standard_error > 0.0;
    let clustered = joint.is_clustered();
    let (interval, method) = match scale(metric) {
        Scale::Exact => ([value, value], "exact: of these very rows"),
        Scale::Share | Scale::LogOdds if !spread || value <= 0.0 || value >= 1.0 => {
            (wilson_effective(value.clamp(0.0, 1.0), units, freedom(joint), level), "Wilson, because nothing varies")
        }
        Scale::Share => {
            let effective = value * (1.0 - value) / (standard_error * standard_error);
            let method =
                if clustered { "Wilson on the effective rows, clustered" } else { "Wilson on the effective rows" };
            (wilson_effective(value, effective, freedom(joint), level), method)
        }
        Scale::LogOdds => {
            let ends = around((value / (1.0 - value)).ln(), reach * standard_error / (value * (1.0 - value)));
            let method = if clustered { "jackknife on the log odds, clustered" } else { "jackknife on the log odds" };
            (ends.map(|odds| 1.0 / (1.0 + (-odds).exp())), method)
        }
        Scale::Log if value > 0.0 => {
            let method = if clustered { "jackknife on the logarithm, clustered" } else { "jackknife on the logarithm" };
            (around(value.ln(), reach * standard_error / value).map(f64::exp), method)
        }
        Scale::LogOfRest if value < 1.0 => {
            let [low, high] = around((1.0 - value).ln(), reach * standard_error / (1.0 - value)).map(f64::exp);
            let method = if clustered {
                "jackknife on the log of the rest, clustered"
            } else {
                "jackknife on the log of the rest"
            };
            ([1.0 - high, 1.0 - low], method)
        }
        Scale::Inflated => {
            // What noise adds is itself an estimate: upwards it counts as much as it takes off.
            let excess = joint.excess()[usize::from(side == Side::Baseline)];
            let (down, up) = (reach * standard_error, (reach * standard_error).hypot(excess));
            let [low, high] = [value - excess - down, value - excess + up];
            let method = if clustered {
                "jackknife, less what noise adds, clustered"
            } else {
                "jackknife, less what noise adds"
            };
            ([low.clamp(0.0, value), high.clamp(value, 1.0)], method)
        }
        scale => {
            let [low, high] = around(value, reach * standard_error);
            let low = if scale == Scale::Plain { low } else { low.max(0.0) };
            ([low, high], if clustered { "t, clustered" } else { "t of the mean" })
        }
    };
    Ok(Estimate { value, interval, standard_error, n: joint.rows(), method })
}

/// candidate − weight · baseline on the same rows.
pub(super) fn paired(metric: Metric, joint: &Joint, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let value = joint.value(Side::Candidate)? - weight * joint.value(Side::Baseline)?;
    check(metric, joint)?;
    if scale(metric) == Scale::Exact {
        let method = "exact: of these very rows";
        return Ok(Estimate { value, interval: [value, value], standard_error: 0.0, n: joint.rows(), method });
    }
    // Two rows more on which the sides differ, as in a table of counts: predictions that hardly ever differed yet may.
    let unseen = if metric.needs() == Needs::Classes { 2.0 * joint.farthest() * joint.farthest() } else { 0.0 };
    let standard_error = (joint.variance_of_change(weight) + unseen).sqrt();
    let [ours, theirs] = joint.excess();
    let excess = ours - weight * theirs;
    let reach = (critical(freedom(joint), level) * standard_error).hypot(excess);
    let [low, high] = around(value - excess, reach);
    let interval = [low.min(value), high.max(value)];
    let method = if joint.is_clustered() { "jackknife, paired, clustered" } else { "jackknife, paired" };
    Ok(Estimate { value, interval, standard_error, n: joint.rows(), method })
}
