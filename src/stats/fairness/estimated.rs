//! Metrics of groups reduced to one value with its interval.
//!
//! Groups share no rows, so their estimates are independent, and each has an interval that fits its metric. The
//! interval of a difference is recovered from those (Zou and Donner 2008; for proportions, that is Newcombe's). With
//! many pairs, the lower end uses the critical value of the largest deviation, as in `counted`.

use std::sync::Arc;

use statrs::distribution::{ContinuousCDF, Normal};

use super::super::{Estimate, Undefined};
use super::counted::places_of_ends;
use super::critical::Critical;
use super::normals::NormalDraws;
use super::placed::{PlacePairs, Placed, difference};
use super::reduction::{Other, Pair, Pairs, ReducedGroup};
use super::spread::{SpreadPattern, spread};
use super::two_groups::size_from_below;
use super::{Against, End, Ends, GroupInference, GroupRate, GroupReference, Reduction, Who, extreme};
use crate::stats::interval::inference::Inference;

/// A group with its metric.
#[derive(Debug)]
pub struct MeasuredGroups<'a> {
    /// The group's values, column by column.
    pub key: Vec<String>,
    /// The group's rows.
    pub rows: u64,
    /// The group's metric, or the reason why it is undefined.
    pub metric: Result<Inference<'a>, Undefined>,
}

/// The metric of the rows outside each group, or of all rows, where the reference is not a group.
pub type Others<'a> = Vec<Result<Arc<Inference<'a>>, Undefined>>;

/// Compares a metric between groups. `others` has one entry per group if the reference is not a group, and is empty
/// otherwise.
///
/// The rows outside a group are independent of it. All rows are not; treated as independent, they give an interval that
/// is too wide, because a group moves all rows in its own direction.
pub fn infer_measured<'a>(
    reduction: &Reduction,
    all: Vec<MeasuredGroups<'a>>,
    others: Others<'a>,
    min_n: u64,
    seed: u64,
) -> GroupInference<'a> {
    let (all, others): (Arc<[MeasuredGroups<'a>]>, Arc<[_]>) = (all.into(), others.into());
    let reduced = reduce(reduction, &all, &others, min_n, seed);
    let (reduction, groups) = (reduction.clone(), all);
    GroupInference { groups: Box::new(move |level| listed(&reduction, &groups, &others, min_n, level)), reduced }
}

fn estimates(all: &[MeasuredGroups<'_>], min_n: u64, level: f64) -> Vec<GroupRate> {
    let group = |measured: &MeasuredGroups<'_>| {
        let rate = measured.metric.as_ref().map(|inference| inference.at(level)).map_err(|why| *why);
        let takes_part = rate.is_ok_and(|rate| rate.n >= min_n.max(1) && rate.value.is_finite());
        GroupRate { key: measured.key.clone(), rows: measured.rows, rate, takes_part, of: None, against: None }
    };
    all.iter().map(group).collect()
}

/// Returns all groups, each compared with the reference.
fn listed(
    reduction: &Reduction,
    all: &[MeasuredGroups<'_>],
    others: &[Result<Arc<Inference<'_>>, Undefined>],
    min_n: u64,
    level: f64,
) -> Vec<GroupRate> {
    let mut groups = estimates(all, min_n, level);
    if matches!(reduction.reference(), Some(GroupReference::Rest | GroupReference::Overall)) {
        for (group, other) in groups.iter_mut().zip(others) {
            if let (true, Ok(ours), Ok(other)) = (group.takes_part, group.rate, other) {
                group.against = beside(reduction.is_ratio(), ours, other.at(level));
            }
        }
        return groups;
    }
    let taking = || groups.iter().enumerate().filter(|(_, group)| group.takes_part);
    let value = |group: &GroupRate| group.rate.map_or(f64::NAN, |rate| rate.value);
    let other = match reduction.reference() {
        Some(GroupReference::Highest) => taking().max_by(|one, other| value(one.1).total_cmp(&value(other.1))),
        Some(GroupReference::Majority) => taking().rev().max_by_key(|(_, group)| group.rows),
        Some(GroupReference::Named(key)) => taking().find(|(_, group)| group.key == *key),
        _ => None,
    };
    let Some((other, Ok(theirs))) = other.map(|(place, group)| (place, group.rate)) else { return groups };
    for (place, group) in groups.iter_mut().enumerate() {
        if let (true, true, Ok(ours)) = (place != other, group.takes_part, group.rate) {
            group.against = beside(reduction.is_ratio(), ours, theirs);
        }
    }
    groups
}

fn beside(is_ratio: bool, ours: Estimate, theirs: Estimate) -> Option<Against> {
    let (one, other) = (Placed::of(is_ratio, ours)?, Placed::of(is_ratio, theirs)?);
    let [low, value, high] = difference(one, other);
    if is_ratio && theirs.value == 0.0 {
        return None;
    }
    let back = |end: f64| if is_ratio { end.exp() } else { end };
    Some(Against { value: back(value), interval: [back(low), back(high)] })
}

fn reduce<'a>(
    reduction: &Reduction,
    all: &Arc<[MeasuredGroups<'a>]>,
    others: &Arc<[Result<Arc<Inference<'a>>, Undefined>]>,
    min_n: u64,
    seed: u64,
) -> Result<(Inference<'a>, Ends), Undefined> {
    let groups = estimates(all, min_n, 0.5);
    let taking: Vec<usize> = (0..groups.len()).filter(|at| groups[*at].takes_part).collect();
    let found: Vec<Estimate> = taking.iter().filter_map(|at| groups[*at].rate.ok()).collect();
    let mut values: Vec<f64> = found.iter().map(|estimate| estimate.value).collect();
    let mut errors: Vec<f64> = found.iter().map(|estimate| estimate.standard_error).collect();
    let n = found.iter().map(|estimate| estimate.n).sum();
    let count = taking.len();
    // References that are not groups follow the groups, in the same order.
    let at = {
        let (all, others, taking) = (all.clone(), others.clone(), taking.clone());
        move |place: usize, level: f64| match place.checked_sub(count) {
            None => all[taking[place]].metric.as_ref().ok().map(|inference| inference.at(level)),
            Some(place) => others.get(taking[place])?.as_ref().ok().map(|inference| inference.at(level)),
        }
    };
    let whose = |place: usize| Who { who: End::Group(taking[place]), value: found[place].value };
    let reference = match reduction {
        Reduction::Lowest | Reduction::Highest => {
            let again = at.clone();
            let failing = move |place: usize, level: f64| again(place, level).map(|found| found.interval);
            return extreme(reduction, &values, at, failing)
                .map(|(inference, place)| (inference, Ends { lower: whose(place), upper: whose(place) }));
        }
        Reduction::Spread => {
            let noise: Vec<f64> = errors.iter().map(|error| error * error).collect();
            let (low, high) = places_of_ends(&values).ok_or(Undefined::TooFewGroups)?;
            let pattern = SpreadPattern::of(&values);
            let draws = NormalDraws::of(&errors, seed).map(|draw| pattern.drawn(draw));
            let inference = spread(&pattern, &noise, draws, n)?;
            return Ok((inference, Ends { lower: whose(low), upper: whose(high) }));
        }
        Reduction::Gap(reference) | Reduction::Ratio(reference) => reference,
    };
    let is_ratio = reduction.is_ratio();
    let who = |place: usize, values: &[f64]| {
        let who = match (place.checked_sub(count), reference) {
            (None, _) => End::Group(taking[place]),
            (Some(_), GroupReference::Overall) => End::Overall,
            (Some(_), _) => End::Rest,
        };
        Who { who, value: values[place] }
    };
    if matches!(reference, GroupReference::Rest | GroupReference::Overall) {
        for group in &taking {
            // A group that cannot be compared must not be dropped.
            let other = others.get(*group).ok_or(Undefined::NoReference)?;
            let other = other.as_ref().map_err(|why| *why)?.at(0.5);
            values.push(other.value);
            errors.push(other.standard_error);
        }
    }
    if is_ratio && values.iter().any(|value| *value < 0.0) {
        return Err(Undefined::NegativeRatio);
    }
    if is_ratio && values.iter().all(|value| *value == 0.0) {
        return Err(Undefined::AllZero);
    }
    let part = |at: &usize| ReducedGroup { rate: 0, group: *at, key: &groups[*at].key, rows: groups[*at].rows };
    let parts: Vec<ReducedGroup<'_>> = taking.iter().map(part).collect();
    let place_of = |pair: Pair| match pair.other {
        Other::Place(other) => Some((pair.one, other)),
        Other::Rest | Other::Overall => values[count + pair.one].is_finite().then_some((pair.one, count + pair.one)),
    };
    let pairs = match reference.pairs(&parts, 1)? {
        Pairs::Every(_) => PlacePairs::Every(count),
        listed => PlacePairs::Listed(listed.iter().filter_map(place_of).collect()),
    };
    let size = |(one, other): (usize, usize)| {
        let (low, high) = if values[one] < values[other] { (one, other) } else { (other, one) };
        let value = if is_ratio { values[low] / values[high] } else { values[high] - values[low] };
        (value, low, high)
    };
    let sizes = pairs.iter().map(size).filter(|(value, ..)| value.is_finite());
    let is_worse = |one: f64, other: f64| if is_ratio { other < one } else { other > one };
    let worst = sizes.reduce(|one, other| if is_worse(one.0, other.0) { other } else { one });
    let (value, low, high) = worst.ok_or(Undefined::TooFewGroups)?;
    let ends = Ends { lower: who(low, &values), upper: who(high, &values) };
    let relative =
        |place: usize| if is_ratio { errors[place] / values[place].max(f64::MIN_POSITIVE) } else { errors[place] };
    let scaled: Vec<f64> = (0..values.len()).map(relative).collect();
    let critical = if pairs.count() > 1 {
        let draws = NormalDraws::of(&scaled, seed).map(|draw| pairs.largest_deviation(draw, &scaled));
        let drawn = draws.len();
        Some(Critical::of(draws.into_iter().flatten().collect(), pairs.count(), drawn)?)
    } else {
        None
    };
    let spread_of_worst = errors[low].hypot(errors[high]);
    let places = values.len();
    let inference = Inference::new(move |level| {
        let tail = (1.0 - level) / 2.0;
        let picked = critical.as_ref().map_or(tail, |critical| Normal::standard().cdf(-critical.at(tail)));
        let ends_at = |level: f64| -> Vec<Option<Placed>> {
            (0..places).map(|place| at(place, level).and_then(|estimate| Placed::of(is_ratio, estimate))).collect()
        };
        let (strict, plain) = (ends_at(1.0 - 2.0 * picked), ends_at(level));
        let [mut least, most] = pairs.ends(&strict, &plain);
        if critical.is_none()
            && let Some((one, other)) = pairs.iter().next()
        {
            // With one pair, only its sign was selected.
            let low = |tail: f64| {
                let ends = |place: usize| at(place, 1.0 - 2.0 * tail).and_then(|found| Placed::of(is_ratio, found));
                let (Some(one), Some(other)) = (ends(one), ends(other)) else { return f64::NEG_INFINITY };
                let [down, between, up] = difference(one, other);
                if between < 0.0 { -up } else { down }
            };
            least = size_from_below(tail, low);
        }
        let interval = if is_ratio { [(-most).exp(), (-least).exp()] } else { [least, most] };
        let interval = [interval[0].min(value), interval[1].max(value)];
        let standard_error = if is_ratio { f64::NAN } else { spread_of_worst };
        Estimate { value, interval, standard_error, n, method: "intervals of the groups, put together" }
    });
    Ok((inference, ends))
}
