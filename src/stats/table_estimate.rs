//! Estimates of metrics of predicted classes that are no plain share of rows: averages over classes, correlations, and all of
//! weighted or clustered rows.

use super::benefit;
use super::distribution::{float, t, z};
use super::proportion::wilson_effective;
use super::table::{Cell, Spread, Unseen, of_side};
use super::{Average, Estimate, Measure, Metric, Side, Table, Undefined};

/// One side's value, and what its interval is made from.
#[derive(Debug, Clone, Copy)]
struct OneSide {
    value: f64,
    n: u64,
    standard_error: f64,
    /// The value's place between the ends of its range, and the rows of a plain share with the same variance.
    place: f64,
    effective: f64,
    range: [f64; 2],
}

/// The rows of each class that are taken to have gone unseen: half a row for each way, as in a table of two classes; where the
/// classes are not averaged with equal weight, no more of them all together.
fn unseen(table: &Table, metric: Metric) -> Unseen {
    let margins = table.margins(metric.measure, Side::Candidate);
    let others = table.is_paired().then(|| table.margins(metric.measure, Side::Baseline));
    let is_there = |class: &u32| {
        let class = *class as usize;
        margins.truth[class] > 0.0
            || margins.predicted[class] > 0.0
            || others.as_ref().is_some_and(|margins| margins.predicted[class] > 0.0)
    };
    let classes: Vec<u32> = (0..table.classes()).filter(is_there).collect();
    let is_mean = metric.average == Average::Macro || metric.measure == Measure::BalancedAccuracy;
    let each = if is_mean { 0.5 } else { 1.0 / float(classes.len().max(2) as u64) };
    Unseen { classes, each: each * table.typical_weight() }
}

/// The value on one side and its own denominator.
pub(super) fn value(metric: Metric, table: &Table, side: Side) -> Result<(f64, u64), Undefined> {
    if let Some((value, n)) = both_sides(metric, table) {
        return if side == Side::Candidate { value.map(|value| (value, n)) } else { Err(Undefined::OfBothSides) };
    }
    if side == Side::Baseline && !table.is_paired() {
        return Err(Undefined::OtherState);
    }
    let (value, _) = table.margins(metric.measure, side).linear(metric)?;
    Ok((value, denominator(metric, table, side)))
}

/// Rows that stand below the line.
fn denominator(metric: Metric, table: &Table, side: Side) -> u64 {
    let class = match metric.average {
        Average::Class(class) => class,
        Average::None if metric.measure.is_of_one_class() => table.classes() - 1,
        _ => return table.rows(),
    };
    table.rows_where(|cell| {
        let (label, predicted) = (cell[0] == class, of_side(cell, side) == class);
        match metric.measure {
            Measure::Precision => predicted,
            Measure::NegativePredictiveValue => !predicted,
            Measure::Recall | Measure::FalseNegativeRate => label,
            Measure::Specificity | Measure::FalsePositiveRate => !label,
            Measure::F1 | Measure::FBeta | Measure::Jaccard => label || predicted,
            _ => true,
        }
    })
}

/// Metrics of both sides at once: how a row's weight counts above the line.
fn flips(measure: Measure) -> Option<fn(&Cell) -> bool> {
    match measure {
        Measure::FlipRate => Some(|cell| cell[1] != cell[2]),
        Measure::BrokenRate => Some(|cell| cell[2] == cell[0] && cell[1] != cell[0]),
        Measure::FixedRate => Some(|cell| cell[1] == cell[0] && cell[2] != cell[0]),
        _ => None,
    }
}

fn both_sides(metric: Metric, table: &Table) -> Option<(Result<f64, Undefined>, u64)> {
    let is_hit = flips(metric.measure)?;
    let n = table.rows();
    if !table.is_paired() {
        return Some((Err(Undefined::NoBaseline), n));
    }
    if n == 0 {
        return Some((Err(Undefined::NoRows), n));
    }
    let weigh = |cell: &Cell| f64::from(u8::from(is_hit(cell)));
    Some((Ok(table.total(&weigh) / table.total(&|_: &Cell| 1.0)), n))
}

/// A metric on one side, at this level.
pub(super) fn on_one_side(metric: Metric, table: &Table, side: Side, level: f64) -> Result<Estimate, Undefined> {
    let one = one_side(metric, table, side)?;
    let freedom = table.cluster_count().map(|count| float(count) - 1.0);
    Ok(Estimate {
        value: one.value,
        interval: ends(&one, freedom, level),
        standard_error: one.standard_error,
        n: one.n,
        method: if freedom.is_some() {
            "Wilson on the effective rows, clustered"
        } else {
            "Wilson on the effective rows"
        },
    })
}

fn ends(one: &OneSide, freedom: Option<f64>, level: f64) -> [f64; 2] {
    let [low, high] = one.range;
    wilson_effective(one.place, one.effective, freedom, level).map(|end| low + end * (high - low))
}

fn one_side(metric: Metric, table: &Table, side: Side) -> Result<OneSide, Undefined> {
    if table.cluster_count() == Some(1) {
        return Err(Undefined::OneCluster);
    }
    let (value, n) = value(metric, table, side)?;
    let range = match metric.range() {
        (Some(low), Some(high)) => [low, high],
        _ => [0.0, benefit::order(metric).map_or(1.0, |order| benefit::most(order, float(n.max(2))))],
    };
    let width = range[1] - range[0];
    let (careful, variance) = match flips(metric.measure) {
        Some(is_hit) => {
            // One row more of either kind, as Agresti and Caffo do.
            let weight = table.typical_weight();
            let all = table.total(&|_: &Cell| 1.0) + 2.0 * weight;
            let value = (value * (all - 2.0 * weight) + weight) / all;
            let slope = |cell: &Cell| (f64::from(u8::from(is_hit(cell))) - value) / all;
            let seen = table.spread(slope, slope).candidate;
            let more = ((1.0 - value) * (1.0 - value) + value * value) * weight * weight / (all * all);
            (value, seen + more)
        }
        None => {
            let unseen = unseen(table, metric);
            let margins = unseen.added_to(&table.margins(metric.measure, side), metric.measure);
            let (careful, slopes) = margins.linear(metric)?;
            let slope = |cell: &Cell| slopes.at(cell[0], of_side(cell, side));
            let mut spread = table.spread(slope, slope);
            unseen.add_to(&mut spread, &slopes, &slopes, table.typical_weight());
            (careful, spread.candidate)
        }
    };
    let place = ((value - range[0]) / width).clamp(0.0, 1.0);
    let careful = ((careful - range[0]) / width).clamp(0.0, 1.0);
    let effective = careful * (1.0 - careful) * width * width / variance;
    let plain = place * (1.0 - place) / effective;
    Ok(OneSide { value, n, standard_error: plain.sqrt() * width, place, effective, range })
}

/// candidate − weight · baseline on the same rows: both intervals, joined by how the sides move together (Newcombe 1998, Zou and
/// Donner 2008).
pub(super) fn paired(metric: Metric, table: &Table, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let (ours, theirs) = (one_side(metric, table, Side::Candidate)?, one_side(metric, table, Side::Baseline)?);
    let spread = joint_spread(metric, table)?;
    let freedom = table.cluster_count().map(|count| float(count) - 1.0);
    let correlation = spread.covariance / (spread.candidate * spread.baseline).sqrt();
    let (at, before) = (ends(&ours, freedom, level), ends(&theirs, freedom, level));
    let value = ours.value - weight * theirs.value;
    let (down, up) = (ours.value - at[0], at[1] - ours.value);
    let (their_down, their_up) = (weight * (theirs.value - before[0]), weight * (before[1] - theirs.value));
    let variance = spread.candidate + weight * weight * spread.baseline - 2.0 * weight * spread.covariance;
    Ok(Estimate {
        value,
        interval: [value - reach(down, their_up, correlation), value + reach(up, their_down, correlation)],
        standard_error: variance.max(0.0).sqrt(),
        n: ours.n.min(theirs.n),
        method: if freedom.is_some() { "Newcombe, paired, clustered" } else { "Newcombe, paired" },
    })
}

/// How far a difference reaches, of how far its two sides do.
pub(super) fn reach(mine: f64, other: f64, correlation: f64) -> f64 {
    (mine * mine - 2.0 * correlation * mine * other + other * other).max(0.0).sqrt()
}

fn joint_spread(metric: Metric, table: &Table) -> Result<Spread, Undefined> {
    let unseen = unseen(table, metric);
    let slopes = |side| {
        let margins = unseen.added_to(&table.margins(metric.measure, side), metric.measure);
        margins.linear(metric).map(|(_, slopes)| slopes)
    };
    let (ours, theirs) = (slopes(Side::Candidate)?, slopes(Side::Baseline)?);
    let mut spread = table.spread(|cell| ours.at(cell[0], cell[1]), |cell| theirs.at(cell[0], cell[2]));
    unseen.add_to(&mut spread, &ours, &theirs, table.typical_weight());
    Ok(spread)
}

/// The quantile to use with so many degrees of freedom, where they are few.
pub(super) fn critical(freedom: Option<f64>, level: f64) -> f64 {
    freedom.map_or_else(|| z(level), |freedom| t(freedom, level))
}
