//! Rates of groups reduced to one value with its interval.
//!
//! The plain range of k noisy rates is never zero, so naive intervals around it call fair models unfair. The two ends
//! of the interval therefore answer two different questions:
//!
//! - *Lower end*: some pair differs by at least this much. The pair was picked because it looked worst, so the
//!   critical value is that of the largest standardised deviation over all pairs, taken from the resamples (the principle
//!   of Tukey's and of Games and Howell's range tests).
//! - *Upper end*: no pair differs by more than this. Each pair's own limit covers it, so their largest does too, without
//!   any correction (intersection-union, Berger 1982).
//!
//! With a single pair, only its sign was selected: the interval is Newcombe's, or the score interval of the ratio, and
//! the lower end of a gap is that of a difference of either sign.

use super::super::{Contingency, Estimate, Resamples, Side, Undefined, wilson};
use super::apart::apart;
use super::compared::ComparedShares;
use super::reduction::{Other, Pair, ReducedGroup};
use super::shares::Shares;
use super::spread::{SpreadPattern, spread};
use super::two_groups::{Share, clopper_pearson, newcombe, score_ratio, size_from_below};
use super::{Against, End, Ends, GroupInference, GroupRate, GroupReference, Rate, Reduction, Who, extreme};
use crate::stats::interval::inference::Inference;
use crate::stats::numeric::quantile::float;

/// Rates of groups to compare, and the reduction of them to one value.
#[derive(Debug, Clone, Copy)]
pub struct CountedQuery<'a> {
    /// The rates; of several, the worst one decides.
    pub rates: &'a [Rate],
    /// The reduction of the groups' rates to one value.
    pub reduction: &'a Reduction,
    /// The side whose predictions are compared.
    pub side: Side,
    /// The smallest denominator with which a group takes part; groups below it are only listed.
    pub min_n: u64,
}

/// Returns the rate of every group.
pub fn group_rates(rate: Rate, table: &Contingency, side: Side, level: f64, min_n: u64) -> Vec<GroupRate> {
    rates_of(&[rate], table, side, level, min_n)
}

pub(super) fn rates_of(rates: &[Rate], table: &Contingency, side: Side, level: f64, min_n: u64) -> Vec<GroupRate> {
    let of = |rate: &Rate, index: usize, key: &Vec<String>| {
        let counts = table.confusion(side, Some(index));
        let (hits, n) = rate.counts(&counts);
        let estimate = wilson(hits, n, level).ok_or(rate.undefined());
        let (key, rows, takes_part) = (key.clone(), counts.rows(), n >= min_n.max(1));
        let of = (rates.len() > 1).then(|| rate.name());
        GroupRate { key, rows, rate: estimate, takes_part, of, against: None }
    };
    let groups = || table.groups().iter().enumerate();
    rates.iter().flat_map(|rate| groups().map(move |(index, key)| of(rate, index, key))).collect()
}

/// Compares rates between groups from the counts of a table and resamples of them. `simulation.rs` has the measured
/// error rates.
pub fn infer_groups(question: CountedQuery<'_>, table: &Contingency, resamples: &Resamples) -> GroupInference<'static> {
    let CountedQuery { rates, reduction, side, min_n } = question;
    let reduced = reduce(question, table, resamples);
    let against = reduction.reference().cloned();
    let (table, rates) = (table.clone(), rates.to_vec());
    let is_ratio = reduction.is_ratio();
    let groups = move |level: f64| {
        let mut groups = rates_of(&rates, &table, side, level, min_n);
        if let Some(reference) = &against {
            compare_each(&mut groups, &rates, reference, (&table, side), (is_ratio, level));
        }
        groups
    };
    GroupInference { groups: Box::new(groups), reduced }
}

/// Adds each group's comparison with the reference, for the table; each interval has the level on its own.
fn compare_each(
    groups: &mut [GroupRate],
    rates: &[Rate],
    reference: &GroupReference,
    (table, side): (&Contingency, Side),
    (is_ratio, level): (bool, f64),
) {
    let count = table.groups().len();
    let takes: Vec<bool> = groups.iter().map(|group| group.takes_part).collect();
    let places: Vec<(usize, usize)> =
        (0..groups.len()).filter(|at| takes[*at]).map(|at| (at / count, at % count)).collect();
    let shares = Shares::of(rates, &places, count, &|group| table.confusion(side, Some(group)));
    let rows: Vec<u64> = groups.iter().map(|group| group.rows).collect();
    let keys: Vec<Vec<String>> = groups.iter().map(|group| group.key.clone()).collect();
    for rate in 0..rates.len() {
        let here: Vec<usize> = (0..places.len()).filter(|place| places[*place].0 == rate).collect();
        let at = |place: usize| places[place].0 * count + places[place].1;
        let value = |place: &usize| shares.parts[*place].value();
        let other = match reference {
            GroupReference::Highest => here.iter().copied().max_by(|one, other| value(one).total_cmp(&value(other))),
            // The first of several groups of the largest size.
            GroupReference::Majority => here.iter().copied().rev().max_by_key(|place| rows[at(*place)]),
            GroupReference::Named(key) => here.iter().copied().find(|place| keys[at(*place)] == *key),
            GroupReference::Rest | GroupReference::Overall => None,
        };
        for place in here {
            let pair = match (reference, other) {
                (GroupReference::Rest, _) => Pair { one: place, other: Other::Rest },
                (GroupReference::Overall, _) => Pair { one: place, other: Other::Overall },
                (_, Some(other)) if other != place => Pair { one: place, other: Other::Place(other) },
                _ => continue,
            };
            let (one, rest) = shares.pair(pair, rate);
            groups[at(place)].against = beside(is_ratio, pair.other, (one, rest), level);
        }
    }
}

fn beside(is_ratio: bool, other: Other, (one, rest): (Share, Share), level: f64) -> Option<Against> {
    if rest.n == 0 {
        return None;
    }
    let weight = if other == Other::Overall { float(one.n) / float(one.n + rest.n) } else { 0.0 };
    if is_ratio {
        let theirs = weight * one.value() + (1.0 - weight) * rest.value();
        let value = (theirs > 0.0).then(|| one.value() / theirs)?;
        // With r the ratio to all others, the ratio to all rows is r / (w·r + 1 − w), which increases with r.
        let moved = |ratio: f64| if ratio.is_finite() { ratio / (weight * ratio + 1.0 - weight) } else { 1.0 / weight };
        let interval = score_ratio(one, rest, level)?.map(moved);
        Some(Against { value, interval })
    } else {
        let value = (1.0 - weight) * (one.value() - rest.value());
        let interval = newcombe(one, rest, level)?.map(|end| (1.0 - weight) * end);
        Some(Against { value, interval })
    }
}

fn reduce(
    question: CountedQuery<'_>,
    table: &Contingency,
    resamples: &Resamples,
) -> Result<(Inference<'static>, Ends), Undefined> {
    let CountedQuery { rates, reduction, side, min_n } = question;
    let groups = rates_of(rates, table, side, 0.5, min_n);
    let count = table.groups().len();
    let taking: Vec<usize> = (0..groups.len()).filter(|at| groups[*at].takes_part).collect();
    let places: Vec<(usize, usize)> = taking.iter().map(|at| (at / count, at % count)).collect();
    let shares = Shares::of(rates, &places, count, &|group| table.confusion(side, Some(group)));
    let n = taking.iter().filter_map(|at| groups[*at].rate.ok()).map(|estimate| estimate.n).sum();
    let values: Vec<f64> = shares.parts.iter().map(|share| share.value()).collect();
    let who = |place: usize| Who { who: End::Group(taking[place]), value: values[place] };
    let reference = match reduction {
        Reduction::Lowest | Reduction::Highest => {
            let parts = shares.parts.clone();
            let one = move |place: usize, level: f64| wilson(parts[place].hits, parts[place].n, level);
            let parts = shares.parts.clone();
            let failing = move |place: usize, level: f64| clopper_pearson(parts[place], level);
            return extreme(reduction, &values, one, failing)
                .map(|(inference, place)| (inference, Ends { lower: who(place), upper: who(place) }));
        }
        Reduction::Spread => {
            let noise: Vec<f64> = shares
                .parts
                .iter()
                .map(|share| share.value() * (1.0 - share.value()) / (float(share.n) - 1.0).max(1.0))
                .collect();
            let (low, high) = places_of_ends(&values).ok_or(Undefined::TooFewGroups)?;
            let pattern = SpreadPattern::of(&values);
            let drawn = resamples.map(|cells| {
                let drawn = Shares::of(rates, &places, count, &|group| Resamples::confusion(cells, side, Some(group)));
                drawn.parts.iter().all(|share| share.n > 0).then(|| {
                    let off = drawn.parts.iter().zip(&values).map(|(share, value)| share.value() - value);
                    pattern.drawn(&off.collect::<Vec<_>>())
                })
            });
            let ends = Ends { lower: who(low), upper: who(high) };
            return Ok((spread(&pattern, &noise, drawn.into_iter().flatten().collect(), n)?, ends));
        }
        Reduction::Gap(reference) | Reduction::Ratio(reference) => reference,
    };
    let is_ratio = reduction.is_ratio();
    let parts: Vec<ReducedGroup<'_>> = taking
        .iter()
        .zip(&places)
        .map(|(at, (rate, group))| ReducedGroup {
            rate: *rate,
            group: *group,
            key: &groups[*at].key,
            rows: groups[*at].rows,
        })
        .collect();
    let pairs = reference.pairs(&parts, rates.len())?;
    let compared = ComparedShares { is_ratio, shares, pairs, rates: places.iter().map(|(rate, _)| *rate).collect() };
    let (value, pair) = compared.worst().ok_or(if is_ratio { Undefined::AllZero } else { Undefined::TooFewGroups })?;
    let ends = {
        let (one, rest) = compared.pair(pair);
        let ours = who(pair.one);
        let theirs = match pair.other {
            Other::Place(other) => who(other),
            Other::Rest => Who { who: End::Rest, value: rest.value() },
            Other::Overall => Who { who: End::Overall, value: float(one.hits + rest.hits) / float(one.n + rest.n) },
        };
        if ours.value <= theirs.value {
            Ends { lower: ours, upper: theirs }
        } else {
            Ends { lower: theirs, upper: ours }
        }
    };
    if let Some(pair) = compared.pairs.only().filter(|pair| pair.other != Other::Overall) {
        let (one, other) = compared.pair(pair);
        return Ok((of_one_pair(is_ratio, value, one, other, n), ends));
    }
    let confusion = |cells: &[u64], group| Resamples::confusion(cells, side, Some(group));
    let drawn = |cells: &[u64]| Shares::of(rates, &places, count, &|group| confusion(cells, group));
    Ok((compared.infer(resamples, &drawn, value, n)?, ends))
}

/// Returns the indices of the lowest and the highest value.
pub(super) fn places_of_ends(values: &[f64]) -> Option<(usize, usize)> {
    let by = |one: &usize, other: &usize| values[*one].total_cmp(&values[*other]);
    let low = (0..values.len()).min_by(by)?;
    let high = (0..values.len()).max_by(by)?;
    (values.len() > 1).then_some((low, high))
}

/// Compares a single pair: the size of its difference, or its smaller rate divided by the larger.
fn of_one_pair(is_ratio: bool, value: f64, one: Share, other: Share, n: u64) -> Inference<'static> {
    let (low, high) = if one.value() <= other.value() { (one, other) } else { (other, one) };
    let standard_error = apart(is_ratio, Other::Rest, low, high).map_or(f64::INFINITY, |apart| apart.variance.sqrt());
    let standard_error = if is_ratio { standard_error * value } else { standard_error };
    Inference::new(move |level| {
        let tail = (1.0 - level) / 2.0;
        if is_ratio {
            let ends = |level: f64| score_ratio(low, high, level).unwrap_or([0.0, f64::INFINITY]);
            let [down, up] = ends(level);
            let apart = size_from_below(tail, |tail| -ends(1.0 - 2.0 * tail)[1].ln());
            let interval = [down.min(1.0 / up).min(value), (-apart).exp().min(1.0).max(value)];
            return Estimate { value, interval, standard_error, n, method: "score interval of a ratio" };
        }
        let ends = |level: f64| newcombe(high, low, level).unwrap_or([-1.0, 1.0]);
        let [down, up] = ends(level);
        let apart = size_from_below(tail, |tail| ends(1.0 - 2.0 * tail)[0]);
        let interval = [apart.min(value), up.max(-down).max(value)];
        Estimate { value, interval, standard_error, n, method: "Newcombe" }
    })
}
