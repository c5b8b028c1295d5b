//! Change since the baseline of the value that groups are reduced to, with both sides' rows resampled together.

use std::ops::Range;

use super::super::{Contingency, Estimate, Resamples, Side, Undefined};
use super::counted::{CountedQuery, rates_of};
use super::normals::NormalDraws;
use super::reduction::{Other, Pairs, ReducedGroup};
use super::shares::{Shares, value_of};
use super::{GroupReference, Reduction};
use crate::stats::interval::inference::Inference;
use crate::stats::numeric::quantile::{float, quantile, z};

/// Names of the two ways to draw.
const JOINTLY: &str = "rows of both sides resampled together";
const APART: &str = "rows of each side resampled by themselves";

/// A group with its metric on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The group's values, column by column.
    pub key: Vec<String>,
    /// The group's rows.
    pub rows: u64,
    /// The candidate's metric.
    pub ours: Estimate,
    /// The baseline's metric.
    pub theirs: Estimate,
    /// The standard error of the change.
    pub change_error: f64,
}

/// Counts of one side with their resamples.
#[derive(Clone, Copy)]
pub struct CountedSide<'a> {
    /// The counts by group.
    pub table: &'a Contingency,
    /// The side of the table to read.
    pub side: Side,
    /// Resamples of the counts.
    pub resamples: &'a Resamples,
}

/// Estimates now − before of a gap or of a ratio of rates. The question's own side is ignored.
///
/// With one table for both sides, the rows are drawn together. Otherwise each side has a table of its own, with the
/// same groups in the same order, and is drawn on its own.
///
/// # Errors
///
/// Returns the reason if the change is undefined.
pub fn infer_growth(
    question: CountedQuery<'_>,
    now: CountedSide<'_>,
    before: CountedSide<'_>,
) -> Result<Inference<'static>, Undefined> {
    let CountedQuery { rates, reduction, min_n, .. } = question;
    let both = [now, before];
    if both.iter().any(|of| of.side == Side::Baseline && !of.table.is_paired()) {
        return Err(Undefined::NoBaseline);
    }
    let count = now.table.groups().len();
    let groups = both.map(|of| rates_of(rates, of.table, of.side, 0.5, min_n));
    let taking: Vec<usize> = (0..groups[0].len()).filter(|at| groups.iter().all(|side| side[*at].takes_part)).collect();
    let places: Vec<(usize, usize)> = taking.iter().map(|at| (at / count, at % count)).collect();
    let parts: Vec<ReducedGroup<'_>> = taking
        .iter()
        .zip(&places)
        .map(|(at, (rate, group))| ReducedGroup {
            rate: *rate,
            group: *group,
            key: &groups[0][*at].key,
            rows: groups[0][*at].rows,
        })
        .collect();
    let pairs = compared(reduction, &parts, rates.len())?;
    let is_ratio = reduction.is_ratio();
    let reduced = |shares: &Shares| match &pairs {
        Pairs::Every(ranges) => {
            let values = |range: &Range<usize>| {
                worst_of_all(
                    is_ratio,
                    shares.parts[range.clone()].iter().filter(|share| share.n > 0).map(|share| share.value()),
                )
            };
            worst(is_ratio, ranges.iter().filter_map(values))
        }
        Pairs::Listed(pairs) => {
            let values = pairs.iter().filter_map(|pair| {
                let (one, rest) = shares.pair(*pair, places[pair.one].0);
                if one.n == 0 || rest.n == 0 {
                    return None;
                }
                value_of(is_ratio, pair.other, one, rest)
            });
            worst(is_ratio, values)
        }
    };
    let observed =
        both.map(|of| reduced(&Shares::of(rates, &places, count, &|group| of.table.confusion(of.side, Some(group)))));
    let [Some(after), Some(earlier)] = observed else { return Err(Undefined::AllZero) };
    let n =
        parts.iter().enumerate().filter_map(|(place, _)| groups[0][taking[place]].rate.ok()).map(|rate| rate.n).sum();
    if now.side != before.side && now.table.is_unchanged() {
        return Ok(Inference::new(move |_| Estimate {
            value: 0.0,
            interval: [0.0, 0.0],
            standard_error: 0.0,
            n,
            method: "identical scores",
        }));
    }
    let [ours, theirs] = both.map(|of| {
        of.resamples.map(|cells| {
            let confusion = |group| Resamples::confusion(cells, of.side, Some(group));
            reduced(&Shares::of(rates, &places, count, &confusion))
        })
    });
    let draws = ours.into_iter().zip(theirs).filter_map(|(ours, theirs)| Some(ours? - theirs?)).collect();
    // Rows on which both sides agree do not prove that others would: half a row more of each kind.
    let smallest =
        taking.iter().flat_map(|at| groups.iter().filter_map(|side| side[*at].rate.ok())).map(|rate| rate.n).min();
    let slack = 1.0 / float(smallest.unwrap_or(1)) / if is_ratio { largest_rate(&groups[0], &taking) } else { 1.0 };
    let method = if now.side == before.side { APART } else { JOINTLY };
    of_draws(after - earlier, draws, (now.resamples.draws(), method), slack, n)
}

fn largest_rate(groups: &[super::GroupRate], taking: &[usize]) -> f64 {
    let rates = taking.iter().filter_map(|at| groups[*at].rate.ok()).map(|rate| rate.value);
    rates.fold(f64::MIN_POSITIVE, f64::max)
}

/// Estimates candidate − baseline of a gap or of a ratio of metrics.
///
/// # Errors
///
/// Returns the reason if the change is undefined.
pub fn infer_moved(
    reduction: &Reduction,
    groups: &[Moved],
    min_n: u64,
    seed: u64,
) -> Result<Inference<'static>, Undefined> {
    let taking: Vec<&Moved> = groups.iter().filter(|group| group.ours.n.min(group.theirs.n) >= min_n.max(1)).collect();
    let parts: Vec<ReducedGroup<'_>> = (0..)
        .zip(&taking)
        .map(|(group, moved)| ReducedGroup { rate: 0, group, key: &moved.key, rows: moved.rows })
        .collect();
    let pairs = compared(reduction, &parts, 1)?;
    let is_ratio = reduction.is_ratio();
    let reduced = |values: &[f64]| match &pairs {
        Pairs::Every(_) => worst_of_all(is_ratio, values.iter().copied().filter(|value| !is_ratio || *value >= 0.0)),
        Pairs::Listed(pairs) => {
            let sizes = pairs.iter().filter_map(|pair| {
                let Other::Place(other) = pair.other else { return None };
                let (low, high) = (values[pair.one].min(values[other]), values[pair.one].max(values[other]));
                if is_ratio { (low >= 0.0 && high > 0.0).then(|| low / high) } else { Some(high - low) }
            });
            worst(is_ratio, sizes)
        }
    };
    let ours: Vec<f64> = taking.iter().map(|moved| moved.ours.value).collect();
    let theirs: Vec<f64> = taking.iter().map(|moved| moved.theirs.value).collect();
    let (Some(now), Some(before)) = (reduced(&ours), reduced(&theirs)) else { return Err(Undefined::AllZero) };
    // The baseline's error, and the part of the candidate's that is uncorrelated with it.
    let slopes: Vec<(f64, f64)> = taking
        .iter()
        .map(|moved| {
            let [ours, theirs] = [moved.ours, moved.theirs].map(|estimate| estimate.standard_error.powi(2));
            let together = (ours + theirs - moved.change_error * moved.change_error) / 2.0;
            let slope = if theirs > 0.0 { together / theirs } else { 0.0 };
            (slope, (ours - slope * together).max(0.0).sqrt())
        })
        .collect();
    let errors: Vec<f64> =
        taking.iter().zip(&slopes).flat_map(|(moved, (_, own))| [moved.theirs.standard_error, *own]).collect();
    let draws = NormalDraws::of(&errors, seed).map(|draw| {
        let off = |place: usize| [draw[2 * place], slopes[place].0 * draw[2 * place] + draw[2 * place + 1]];
        let theirs: Vec<f64> = theirs.iter().enumerate().map(|(place, value)| value + off(place)[0]).collect();
        let ours: Vec<f64> = ours.iter().enumerate().map(|(place, value)| value + off(place)[1]).collect();
        Some(reduced(&ours)? - reduced(&theirs)?)
    });
    let draws = draws.into_iter().flatten().collect();
    let n = taking.iter().map(|moved| moved.ours.n).sum();
    of_draws(now - before, draws, (super::super::RESAMPLES, JOINTLY), 0.0, n)
}

fn compared(reduction: &Reduction, parts: &[ReducedGroup<'_>], rates: usize) -> Result<Pairs, Undefined> {
    let reference: &GroupReference = reduction.reference().ok_or(Undefined::OtherState)?;
    reference.pairs(parts, rates)
}

fn worst(is_ratio: bool, values: impl Iterator<Item = f64>) -> Option<f64> {
    if is_ratio { values.reduce(f64::min) } else { values.reduce(f64::max) }
}

/// Returns the worst of every two values: the difference of the highest and the lowest, or the lowest over the highest.
/// `None` if there are fewer than two, or for a ratio if all are 0. Rounding keeps the order of differences and of
/// ratios, so this is the worst pair's value bit for bit.
fn worst_of_all(is_ratio: bool, values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut count = 0;
    let ends = values.inspect(|_| count += 1).map(|value| [value, value]);
    let [low, high] = ends.reduce(|ends, [value, _]| [ends[0].min(value), ends[1].max(value)])?;
    if count < 2 || (is_ratio && high <= 0.0) {
        return None;
    }
    Some(if is_ratio { low / high } else { high - low })
}

/// Builds the interval of a change of a gap or ratio. A gap is a maximum of noisy rates, so both sides' gaps are biased
/// upwards, and part of that bias cancels in their difference. The interval is the union of the percentile interval of
/// the resamples and a normal interval, whose ends also allow for the remaining bias.
fn of_draws(
    value: f64,
    mut draws: Vec<f64>,
    (drawn, method): (usize, &'static str),
    slack: f64,
    n: u64,
) -> Result<Inference<'static>, Undefined> {
    if draws.len() < 2 || draws.len() * 20 < drawn * 19 {
        return Err(Undefined::Unstable);
    }
    draws.sort_by(f64::total_cmp);
    let count = float(draws.len() as u64);
    let mean = draws.iter().sum::<f64>() / count;
    let variance = draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / (count - 1.0);
    let standard_error = variance.sqrt().hypot(slack);
    let bias = mean - value;
    Ok(Inference::new(move |level| {
        let tail = (1.0 - level) / 2.0;
        let reach = z(level) * standard_error;
        let low = quantile(&draws, tail).min(value - bias.max(0.0) - reach);
        let high = quantile(&draws, 1.0 - tail).max(value - bias.min(0.0) + reach);
        Estimate { value, interval: [low, high], standard_error, n, method }
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_worst_of_all_is_that_of_all_pairs(is_ratio: bool, values in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1.0_f64], 0..12)) {
            let pairs = (0..values.len()).flat_map(|one| (one + 1..values.len()).map(move |other| (one, other)));
            let sizes = pairs.filter_map(|(one, other)| {
                let (low, high) = (values[one].min(values[other]), values[one].max(values[other]));
                if is_ratio { (high > 0.0).then(|| low / high) } else { Some(high - low) }
            });
            prop_assert_eq!(worst_of_all(is_ratio, values.iter().copied()), worst(is_ratio, sizes));
        }
    }
}
