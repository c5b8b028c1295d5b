//! Lower limits on the width of resampled intervals.

use super::mean::{around, of_alike, unseen_share};
use super::order::{OrderStatistics, of_change};
use super::proportion::share_interval;
use crate::stats::numeric::quantile::{quantile, t};
use crate::stats::state::sample::OperatingCurve;

/// A lower limit on an interval's width, for samples of few or similar rows, whose draws are too similar.
#[derive(Debug, Clone)]
pub(super) enum Careful {
    /// A proportion of `units` units, multiplied by `times`.
    Share { units: f64, times: f64 },
    /// A largest gap between two classes of this many units.
    Gap { classes: [f64; 2] },
    /// The ranks of a median: sorted values at evenly spaced quantiles.
    Median { sorted: Vec<f64>, units: f64 },
    /// The ranks of a median alone.
    Ranks { sorted: Vec<f64>, units: f64 },
    /// A value at the threshold that a limit on another proportion allows.
    Threshold(OperatingCurve),
    /// The ranks of a quantile.
    Order(OrderStatistics),
    /// The ranks of two quantiles, candidate − `weight` · baseline, whose draws are correlated like this.
    Orders { sides: Box<[OrderStatistics; 2]>, weight: f64, correlation: f64 },
    /// A change of two values, candidate − `weight` · baseline, whose draws are correlated like this.
    Joined { values: [f64; 2], sides: Box<[Self; 2]>, weight: f64, correlation: f64 },
    /// A change, which is at least this uncertain where no draw differs from it, or where few units give too few
    /// distinct draws.
    Change { units: f64, size: f64 },
}

/// With fewer units than this in a class, the lower end of a largest gap is that of Smirnov's band (1939).
const FEW_OF_A_CLASS: f64 = 50.0;

/// The number of units below which the draws of a change are too coarse.
const FEW_UNITS: f64 = 40.0;

impl Careful {
    /// Returns the interval at this level; `error` is the standard error of the draws.
    pub(super) fn interval(&self, value: f64, error: f64, level: f64) -> [f64; 2] {
        match self {
            Self::Share { units, times } => {
                share_interval((value / times).clamp(0.0, 1.0), units.max(1e-3), None, level).map(|end| end * times)
            }
            Self::Gap { classes } => {
                let units = classes[0].min(classes[1]).max(1e-3);
                let [low, high] = share_interval(value.clamp(0.0, 1.0), units, None, level);
                // With few units in a class no threshold was found but by chance: the band holds all of them at once.
                let band = (-(0.5 - level / 2.0).ln() / 2.0 * classes.map(f64::recip).iter().sum::<f64>()).sqrt();
                [if units < FEW_OF_A_CLASS { low.min(value - band) } else { low }, high]
            }
            Self::Joined { values: [ours, theirs], sides, weight, correlation } => {
                let [of_ours, of_theirs] = sides.each_ref();
                let scaled = of_theirs.interval(*theirs, 0.0, level).map(|end| weight * end);
                let own = of_ours.interval(*ours, 0.0, level);
                let [low, high] = joined((*ours, own), (weight * theirs, scaled), *correlation);
                // The quantiles are those of rows, while the median may lie between two.
                let moved = value - (ours - weight * theirs);
                [low + moved, high + moved]
            }
            Self::Order(order) => order.interval(level),
            Self::Orders { sides, weight, correlation } => {
                of_change(value, sides.each_ref(), (*weight, *correlation, level))
            }
            Self::Ranks { sorted, units } => by_ranks(sorted, *units, level),
            Self::Threshold(curve) => {
                let [of_limit, of_value] = curve.units;
                let ends = share_interval(curve.at.clamp(0.0, 1.0), of_limit, None, level).map(|at| curve.value(at));
                let [low, high] = [ends[0].min(ends[1]), ends[0].max(ends[1])];
                // Too few rows for the limit say nothing of how much of the value is left at it.
                let low = if curve.may_lie_beyond(0.5 - level / 2.0) { 0.0 } else { low };
                let own = share_interval(value.clamp(0.0, 1.0), of_value, None, level);
                // The threshold and the value at it are both uncertain, and independent of one another.
                [
                    value - (value - low).max(0.0).hypot(value - own[0]),
                    value + (high - value).max(0.0).hypot(own[1] - value),
                ]
            }
            Self::Median { sorted, units } => {
                let ends = by_ranks(sorted, *units, level);
                let is_alike = sorted.first().zip(sorted.last()).is_none_or(|(low, high)| high - low <= 1e-3 * high);
                // Errors that are all 0 have no scale of their own.
                let size = if value > 0.0 { value } else { 1.0 };
                if *units < 6.0 || is_alike { of_alike(value, size, *units, level) } else { ends }
            }
            Self::Change { size, .. } if error <= 1e-9 * size && value.abs() <= 1e-9 * size => {
                let Self::Change { units, .. } = self else { return [value, value] };
                around(value, size * unseen_share(units.max(1e-3), level))
            }
            Self::Change { units, .. } if error <= 1e-6 * value.abs() => of_alike(value, value, *units, level),
            // The variance of so few draws has t's degrees of freedom, and each end depends on single units.
            Self::Change { units, size } if *units < FEW_UNITS => {
                let reach = t((units - 1.0).max(1.0), level) * error * (1.0 + 1.0 / units).sqrt();
                around(value, reach.hypot(size * unseen_share(units.max(1e-3), level)))
            }
            Self::Change { .. } => [value, value],
        }
    }
}

/// Returns the interval of a median by the ranks of its rows (Thompson 1936), from evenly spaced quantiles.
fn by_ranks(sorted: &[f64], units: f64, level: f64) -> [f64; 2] {
    share_interval(0.5, units, None, level).map(|share| quantile(sorted, share))
}

/// Returns the interval of a difference from both sides' values and intervals, which move together by `correlation`
/// (Zou and Donner 2008).
fn joined(
    (ours, [our_low, our_high]): (f64, [f64; 2]),
    (theirs, [low, high]): (f64, [f64; 2]),
    correlation: f64,
) -> [f64; 2] {
    let reach = |a: f64, b: f64| (a * a + b * b - 2.0 * correlation * a * b).max(0.0).sqrt();
    let value = ours - theirs;
    [value - reach(ours - our_low, high - theirs), value + reach(our_high - ours, theirs - low)]
}
