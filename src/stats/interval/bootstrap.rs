//! Resampled intervals: bootstrap and jackknife.
//!
//! Up to [`MOST_RESAMPLED`] rows (or clusters) are drawn with replacement, both sides of a row together, and the
//! interval is the bias-corrected and accelerated one (Efron 1987). Above that the rows are dealt into groups, and the
//! variance comes from leaving out one group at a time: a delete-d jackknife, which is consistent for quantiles too
//! when d grows faster than √n (Shao and Wu 1989). Its cost is a hundred passes over the rows.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use statrs::distribution::{ContinuousCDF, Normal};

use super::careful::Careful;
use super::draws::{ResampleCounts, draws, leave_out};
use super::mean::around;
use super::order::OrderStatistics;
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

/// From this many units on, below the limit of a partial area, its draws vary enough by themselves.
const MANY: f64 = 40.0;

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
            Measure::KolmogorovSmirnov | Measure::BestF1 | Measure::MaximumCalibrationError if !is_change => {
                Self::Largest
            }
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
    /// Excess of the number in the rows that it was found in over that in other rows.
    optimism: f64,
    /// A copy of the rows without clusters: clustering never narrows an interval.
    apart: Option<Box<Self>>,
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

/// Returns how far the change reaches by both sides' own careful intervals: a bootstrap of a median, or of a number at
/// a threshold, has only the values of the rows around it to draw from, and is too short where these are few.
fn joined_sides(
    sample: &Sample,
    weight: f64,
    seed: u64,
    change: &Resampled,
    careful: impl Fn(Side) -> Option<(f64, Careful)>,
) -> Result<Option<Careful>, Undefined> {
    let ResampledSpread::Draws { sorted, .. } = &change.spread else { return Ok(None) };
    let (Some(ours), Some(theirs)) = (careful(Side::Candidate), careful(Side::Baseline)) else { return Ok(None) };
    let error = |side| Ok(deviation(&draws(sample.units(), seed, DRAWS, &|times| sample.of(side, times))?).1);
    let (of_ours, of_theirs) = (error(Side::Candidate)?, weight * error(Side::Baseline)?);
    let together = deviation(sorted).1;
    let product = of_ours * of_theirs;
    let correlation = if product > 0.0 {
        ((of_ours * of_ours + of_theirs * of_theirs - together * together) / (2.0 * product)).clamp(-1.0, 1.0)
    } else {
        0.0
    };
    let sides = match (ours.1, theirs.1) {
        (Careful::Order(ours), Careful::Order(theirs)) => {
            return Ok(Some(Careful::Orders { sides: Box::new([ours, theirs]), weight, correlation }));
        }
        (ours, theirs) => Box::new([ours, theirs]),
    };
    Ok(Some(Careful::Joined { values: [ours.0, theirs.0], sides, weight, correlation }))
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
            _ => match sample.operating_curve(side) {
                Some(curve) => Careful::Threshold(curve),
                None => Careful::Share { units, times: 1.0 },
            },
        };
        // An area varies less than a proportion of its rows, unless few of them lie below the limit.
        let is_enough = metric.measure == Measure::PartialRocAuc && units * metric.at.map_or(1.0, |at| at.0) >= MANY;
        let optimism = if rule == Rule::Largest && sample.units() <= MOST_RESAMPLED {
            let found = draws(sample.units(), seed, DRAWS_OF_A_MEAN, &|times| sample.optimism(side, times))?;
            found.iter().sum::<f64>() / float(found.len() as u64)
        } else {
            0.0
        };
        let careful = if is_enough { Vec::new() } else { vec![careful] };
        Ok(Resampled { careful, optimism, ..found })
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
        let units = sample.effective_units();
        let of_side = |side| match metric.measure {
            Measure::MedianAbsoluteError => {
                let sorted = sorted_errors(sample, side);
                Some((quantile(&sorted, 0.5), Careful::Ranks { sorted, units }))
            }
            Measure::Median | Measure::GradeQuantile => {
                let order = OrderStatistics { sorted: sample.values(side), units, share: sample.quantile()? };
                Some((sample.value(side).ok()?, Careful::Order(order)))
            }
            _ => Some((sample.value(side).ok()?, Careful::Threshold(sample.operating_curve(side)?))),
        };
        careful.extend(joined_sides(sample, weight, seed, &found, of_side)?);
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
