//! Resampled intervals: bootstrap and jackknife.
//!
//! Up to [`MOST_RESAMPLED`] rows (or clusters) are drawn with replacement, both sides of a row together, and the
//! interval is the bias-corrected and accelerated one (Efron 1987). Above that the rows are dealt into groups, and the
//! variance comes from leaving out one group at a time: a delete-d jackknife, which is consistent for quantiles too
//! when d grows faster than √n (Shao and Wu 1989). Its cost is a hundred passes over the rows.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use statrs::distribution::{ContinuousCDF, Normal};

use super::draws::{ResampleCounts, draws, leave_out};
use super::mean::{around, of_alike, unseen_share};
use super::order::{OrderStatistics, of_change};
use super::proportion::share_interval;
use crate::stats::numeric::quantile::{float, normal_quantile, quantile, t, z};
use crate::stats::{Estimate, Measure, Metric, Sample, Side, Undefined};

/// Number of bootstrap draws; 50 of them lie beyond each end of a 95 % interval.
const DRAWS: u64 = 2_000;

/// Draws for a mean alone.
const DRAWS_OF_A_MEAN: u64 = 200;

/// The most units (rows or clusters) that are bootstrapped; above it the jackknife takes over.
const MOST_RESAMPLED: u32 = 20_000;

/// Number of groups of the jackknife.
const GROUPS: u32 = 100;

/// Rule by which an interval is read from the draws. Which one is best was measured; docs/statistics.md has the
/// coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Bias-corrected and accelerated (Efron 1987).
    Accelerated,
    /// The draws' own quantiles, for the largest or topmost value of a sample, where the corrections go astray.
    Percentile,
    /// For a maximum of noisy numbers, which is biased upwards: each end is the farther one of the accelerated interval
    /// and of a normal one whose lower end has the draws' bias taken off.
    Largest,
    /// The ranks of the rows alone, for a quantile.
    Ranks,
}

impl Rule {
    /// Returns the rule for one side's value, or for a difference of two.
    pub(crate) fn of(measure: Measure, is_change: bool) -> Self {
        match measure {
            Measure::MedianAbsoluteError => Self::Accelerated,
            Measure::Median | Measure::GradeQuantile if !is_change => Self::Ranks,
            Measure::KolmogorovSmirnov if !is_change => Self::Largest,
            _ => Self::Percentile,
        }
    }
}

/// A value with the draws or standard error that its intervals are read from.
#[derive(Debug, Clone)]
pub(crate) struct Resampled {
    value: f64,
    n: u64,
    is_clustered: bool,
    spread: ResampledSpread,
    rule: Rule,
    range: (Option<f64>, Option<f64>),
    careful: Vec<Careful>,
    /// How much larger the number is in the rows that it was found in than in others.
    optimism: f64,
    /// A copy of the rows without clusters: clustering never narrows an interval.
    apart: Option<Box<Self>>,
}

/// A lower limit on an interval's width, for samples of few or similar rows, whose draws are too similar.
#[derive(Debug, Clone)]
enum Careful {
    /// A proportion of `units` units, multiplied by `times`.
    Share { units: f64, times: f64 },
    /// A largest gap between two classes of so many units.
    Gap { classes: [f64; 2] },
    /// The ranks of a median: sorted values at evenly spaced quantiles.
    Median { sorted: Vec<f64>, units: f64 },
    /// The ranks of two medians, candidate − `weight` · baseline, whose draws are correlated like this.
    Medians { sorted: [Vec<f64>; 2], units: f64, weight: f64, correlation: f64 },
    /// The ranks of a quantile.
    Order(OrderStatistics),
    /// The ranks of two quantiles, candidate − `weight` · baseline, whose draws are correlated like this.
    Orders { sides: Box<[OrderStatistics; 2]>, weight: f64, correlation: f64 },
    /// A change, which is at least this uncertain where no draw differs from it, or where few units give too few
    /// distinct draws.
    Change { units: f64, size: f64 },
}

/// With fewer units than this in a class, the lower end of a largest gap is that of Smirnov's band (1939).
const FEW_OF_A_CLASS: f64 = 50.0;

/// The number of units below which the draws of a change are too coarse.
const FEW_UNITS: f64 = 40.0;

impl Careful {
    fn interval(&self, value: f64, error: f64, level: f64) -> [f64; 2] {
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
            Self::Medians { sorted, units, weight, correlation } => {
                let [ours, theirs] =
                    sorted.each_ref().map(|sorted| (quantile(sorted, 0.5), by_ranks(sorted, *units, level)));
                let scaled = (weight * theirs.0, theirs.1.map(|end| weight * end));
                let [low, high] = joined(ours, scaled, *correlation);
                // The quantiles are those of rows, while the median may lie between two.
                let moved = value - (ours.0 - scaled.0);
                [low + moved, high + moved]
            }
            Self::Median { sorted, units } => {
                let ends = by_ranks(sorted, *units, level);
                let is_alike = sorted.first().zip(sorted.last()).is_none_or(|(low, high)| high - low <= 1e-3 * high);
                // Errors that are all 0 have no scale of their own.
                let size = if value > 0.0 { value } else { 1.0 };
                if *units < 6.0 || is_alike { of_alike(value, size, *units, level) } else { ends }
            }
            Self::Order(order) => order.interval(level),
            Self::Orders { sides, weight, correlation } => {
                of_change(value, sides.each_ref(), (*weight, *correlation, level))
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

/// Returns evenly spaced quantiles of a side's errors.
fn sorted_errors(sample: &Sample, side: Side) -> Vec<f64> {
    (0..=1000_u32).filter_map(|share| sample.at_share(side, f64::from(share) / 1000.0)).collect()
}

/// Returns the mean and the standard deviation of draws.
fn deviation(draws: &[f64]) -> (f64, f64) {
    let count = float(draws.len() as u64);
    let mean = draws.iter().sum::<f64>() / count;
    (mean, (draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / (count - 1.0)).sqrt())
}

/// Returns how far the change of two medians reaches by their ranks: a bootstrap of a median has only the values of the
/// rows around it to draw from, and so its interval is too short where these are few.
fn medians(sample: &Sample, weight: f64, seed: u64, change: &Resampled) -> Result<Option<Careful>, Undefined> {
    let ResampledSpread::Draws { sorted, .. } = &change.spread else { return Ok(None) };
    let sides = [Side::Candidate, Side::Baseline];
    let error = |side| Ok(deviation(&draws(sample.units(), seed, DRAWS, &|times| sample.of(side, times))?).1);
    let (ours, theirs) = (error(sides[0])?, weight * error(sides[1])?);
    let together = deviation(sorted).1;
    let units = sample.effective_units();
    let product = ours * theirs;
    let correlation = if product > 0.0 {
        ((ours * ours + theirs * theirs - together * together) / (2.0 * product)).clamp(-1.0, 1.0)
    } else {
        0.0
    };
    if let Some(share) = sample.quantile() {
        let sides = sides.map(|side| OrderStatistics { sorted: sample.values(side), units, share });
        return Ok(Some(Careful::Orders { sides: Box::new(sides), weight, correlation }));
    }
    let sorted = sides.map(|side| sorted_errors(sample, side));
    Ok(Some(Careful::Medians { sorted, units, weight, correlation }))
}

/// Resamples a metric of one side.
pub(crate) fn resample_side(sample: &Sample, metric: Metric, side: Side, seed: u64) -> Result<Resampled, Undefined> {
    let of = |sample: &Sample| {
        let rule = Rule::of(metric.measure, false);
        let found = resample(sample, seed, rule, metric.range(), |times| sample.of(side, times))?;
        let units = sample.effective_units();
        let careful = match metric.measure {
            Measure::MedianAbsoluteError => Careful::Median { sorted: sorted_errors(sample, side), units },
            Measure::Median | Measure::GradeQuantile => {
                let share = sample.quantile().unwrap_or(0.5);
                Careful::Order(OrderStatistics { sorted: sample.values(side), units, share })
            }
            Measure::KolmogorovSmirnov => Careful::Gap { classes: sample.effective_classes() },
            Measure::LiftAtTop => Careful::Share { units, times: 1.0 / sample.positive_share() },
            _ => Careful::Share { units, times: 1.0 },
        };
        let optimism = if rule == Rule::Largest && sample.units() <= MOST_RESAMPLED {
            let found = draws(sample.units(), seed, DRAWS_OF_A_MEAN, &|times| sample.optimism(side, times))?;
            found.iter().sum::<f64>() / float(found.len() as u64)
        } else {
            0.0
        };
        Ok(Resampled { careful: vec![careful], optimism, ..found })
    };
    let apart = sample.without_clusters().map(|sample| of(&sample)).transpose()?.map(Box::new);
    let mut found = of(sample)?;
    if let (Some(apart), [Careful::Order(order)]) = (&apart, found.careful.as_mut_slice()) {
        order.units = clustered_units(order.units, apart, &found.spread);
    }
    Ok(Resampled { apart, ..found })
}

/// Returns the number of independent rows that clustered rows are worth: the rows over the factor by which clusters
/// raise the variance, at least the clusters.
fn clustered_units(clusters: f64, apart: &Resampled, spread: &ResampledSpread) -> f64 {
    let (rows, clustered) = (apart.spread.error(), spread.error());
    if clustered > 0.0 {
        (float(apart.n) * (rows / clustered).powi(2)).clamp(clusters, float(apart.n))
    } else {
        clusters
    }
}

/// Resamples a metric's change, candidate − `weight` · baseline.
pub(crate) fn resample_change(sample: &Sample, metric: Metric, weight: f64, seed: u64) -> Result<Resampled, Undefined> {
    let of = |sample: &Sample| {
        let found = resample(sample, seed, Rule::of(metric.measure, true), (None, None), |times| {
            Ok(sample.of(Side::Candidate, times)? - weight * sample.of(Side::Baseline, times)?)
        })?;
        let (ours, theirs) = (sample.value(Side::Candidate)?, sample.value(Side::Baseline)?);
        // Errors that are all nil have no size of their own.
        let has_none = metric.range().1 == Some(1.0) || ours.max(theirs) <= 0.0;
        let size = if has_none { 1.0 } else { ours.max(theirs) };
        let mut careful = vec![Careful::Change { units: sample.effective_units(), size }];
        if metric.measure == Measure::MedianAbsoluteError || sample.quantile().is_some() {
            careful.extend(medians(sample, weight, seed, &found)?);
        }
        Ok(Resampled { careful, ..found })
    };
    let apart = sample.without_clusters().map(|sample| of(&sample)).transpose()?.map(Box::new);
    let mut found = of(sample)?;
    if let (Some(apart), Some(Careful::Orders { sides, .. })) = (&apart, found.careful.last_mut()) {
        let units = clustered_units(sides[0].units, apart, &found.spread);
        sides.iter_mut().for_each(|order| order.units = units);
    }
    Ok(Resampled { apart, ..found })
}

#[derive(Debug, Clone)]
enum ResampledSpread {
    /// No variance: every draw is the same, because both sides are.
    None,
    /// Sorted draws, with the corrections for bias and acceleration.
    Draws { sorted: Vec<f64>, bias: f64, acceleration: f64 },
    /// Standard error by the jackknife.
    Groups(f64),
}

impl ResampledSpread {
    /// Returns the standard error.
    fn error(&self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Draws { sorted, .. } => deviation(sorted).1,
            Self::Groups(error) => *error,
        }
    }
}

/// Resamples a statistic of the rows.
fn resample(
    sample: &Sample,
    seed: u64,
    rule: Rule,
    range: (Option<f64>, Option<f64>),
    statistic: impl Fn(ResampleCounts) -> Result<f64, Undefined>,
) -> Result<Resampled, Undefined> {
    let value = statistic(&|_| 1.0)?;
    let units = sample.units();
    if units < 2 {
        return Err(if sample.is_clustered() { Undefined::OneCluster } else { Undefined::OneRow });
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let groups = GROUPS.min(units);
    let left_out = leave_out(units, groups, &mut random, &statistic)?;
    let count = float(left_out.len() as u64);
    let mean = left_out.iter().sum::<f64>() / count;
    let spread = if units > MOST_RESAMPLED {
        let squares: f64 = left_out.iter().map(|value| (value - mean) * (value - mean)).sum();
        ResampledSpread::Groups((squares * (count - 1.0) / count).sqrt())
    } else {
        let mut sorted = draws(units, seed, DRAWS, &statistic)?;
        sorted.sort_by(f64::total_cmp);
        let below = sorted.iter().filter(|draw| **draw < value).count() as u64;
        let tied = sorted.iter().filter(|draw| **draw <= value).count() as u64 - below;
        let share = (float(below) + float(tied) / 2.0) / float(sorted.len() as u64);
        let inside = 0.5 / float(sorted.len() as u64);
        let bias = normal_quantile(share.clamp(inside, 1.0 - inside));
        let moments = |power: i32| left_out.iter().map(|value| (mean - value).powi(power)).sum::<f64>();
        let squares = moments(2);
        let acceleration = if squares > 0.0 { moments(3) / (6.0 * squares.powf(1.5)) } else { 0.0 };
        ResampledSpread::Draws { sorted, bias, acceleration }
    };
    let (n, is_clustered) = (sample.rows(), sample.is_clustered());
    Ok(Resampled { value, n, is_clustered, spread, rule, range, careful: Vec::new(), optimism: 0.0, apart: None })
}

/// Returns a value that is 0 in every sample.
pub(crate) fn unchanged(n: u64) -> Resampled {
    Resampled {
        value: 0.0,
        n,
        is_clustered: false,
        spread: ResampledSpread::None,
        rule: Rule::Percentile,
        range: (None, None),
        careful: Vec::new(),
        optimism: 0.0,
        apart: None,
    }
}

impl Resampled {
    pub(crate) fn at(&self, level: f64) -> Estimate {
        let value = self.value;
        let (interval, standard_error, method) = match &self.spread {
            ResampledSpread::None => ([0.0, 0.0], 0.0, "identical scores"),
            ResampledSpread::Groups(error) => {
                let method =
                    if self.is_clustered { "delete-a-group jackknife, clustered" } else { "delete-a-group jackknife" };
                (around(value, t(f64::from(GROUPS - 1), level) * error), *error, method)
            }
            ResampledSpread::Draws { sorted, bias, acceleration } => {
                let (mean, error) = deviation(sorted);
                let tails = [0.5 - level / 2.0, 0.5 + level / 2.0];
                let accelerated = |share: f64| {
                    let moved = bias + normal_quantile(share);
                    let place = Normal::standard().cdf(bias + moved / (1.0 - acceleration * moved));
                    quantile(sorted, place.clamp(0.0, 1.0))
                };
                let (ends, method) = match self.rule {
                    Rule::Accelerated => (tails.map(accelerated), ["bootstrap, BCa", "bootstrap of the clusters, BCa"]),
                    Rule::Ranks => ([value, value], ["order statistics", "order statistics of the clusters"]),
                    Rule::Percentile => {
                        let ends = tails.map(|share| quantile(sorted, share));
                        (ends, ["bootstrap, percentile", "bootstrap of the clusters, percentile"])
                    }
                    Rule::Largest => {
                        let reach = z(level) * error;
                        let [low, high] = tails.map(accelerated);
                        // What noise adds is itself an estimate, and is small just where the number is largest.
                        let bias = (mean - value).max(self.optimism);
                        let ends = [low.min(value - bias - reach.hypot(z(level) * bias)), high.max(value + reach)];
                        (ends, ["bootstrap, less its bias", "bootstrap of the clusters, less its bias"])
                    }
                };
                (ends, error, method[usize::from(self.is_clustered)])
            }
        };
        let interval = self.careful.iter().fold(interval, |interval, careful| {
            let [low, high] = careful.interval(value, standard_error, level);
            [interval[0].min(low), interval[1].max(high)]
        });
        let low = interval[0].max(self.range.0.unwrap_or(f64::NEG_INFINITY)).min(value);
        let high = interval[1].min(self.range.1.unwrap_or(f64::INFINITY)).max(value);
        let found = Estimate { value, interval: [low, high], standard_error, n: self.n, method }.never_certain(level);
        self.apart.as_ref().map_or(found, |apart| found.containing(apart.at(level).interval))
    }
}
