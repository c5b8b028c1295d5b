//! Error rates with the truth exactly on the limit: a gate promises that either wrong verdict occurs in at most 2.5 %
//! of all samples.

use std::num::NonZero;
use std::ops::Range;
use std::thread;

use super::populations::{Population, Random};
use crate::stats::*;

/// Percentages of draws by verdict, with the truth on the limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Rates {
    pub(super) wrong_pass: f64,
    pub(super) wrong_fail: f64,
    pub(super) undefined: f64,
}

/// Kinds of gates whose error rates are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GateKind {
    /// `min` or `max`.
    Limit,
    /// `max_drop` on the same rows.
    Change,
    /// `max_drop` against stored rows or other rows.
    OtherRows,
    /// `max_drop` against what a stored baseline keeps of other rows.
    Stored,
    /// `min` or `max` in each of three slices.
    Slices,
}

impl GateKind {
    pub(super) const ALL: [Self; 5] = [Self::Limit, Self::Change, Self::OtherRows, Self::Stored, Self::Slices];
    pub(super) const OF_ROWS: [Self; 4] = [Self::Limit, Self::Change, Self::OtherRows, Self::Slices];

    fn applies(self, metric: Metric) -> bool {
        metric.needs() != Needs::BothSides || self == Self::Limit || self == Self::Slices
    }
}

/// Position of the truth relative to the interval.
#[derive(Debug, Clone, Copy)]
enum Side3 {
    Below,
    Above,
    Within,
    Undefined,
}

fn where_is(truth: f64, found: &Result<Estimate, Undefined>) -> Side3 {
    match found {
        Err(_) => Side3::Undefined,
        Ok(found) if truth < found.interval[0] - 1e-12 => Side3::Below,
        Ok(found) if truth > found.interval[1] + 1e-12 => Side3::Above,
        Ok(_) => Side3::Within,
    }
}

/// The state that comes out of a stored baseline.
fn stored(metric: Metric, state: &State, seed: u64) -> State {
    match state {
        State::Table(table) if !table.is_clustered() => {
            State::Table(ClassTable::from_stored(&table.to_stored()).unwrap())
        }
        State::Table(_) | State::Sample(_) | State::Labels(_) => {
            let known = infer(metric, state, super::Side::Candidate, seed).ok();
            let known = known.and_then(|inference| StoredEstimate::of(&inference.at(KNOWN_AT)));
            State::Known(known.map(|known| (metric.to_string(), known)).into_iter().collect())
        }
        State::Loss(moments) => State::Loss(LossMoments::from_stored(&moments.to_stored()).unwrap()),
        State::Joint(joint) => State::Joint(Joint::from_stored(&joint.to_stored().unwrap()).unwrap()),
        State::Ranks(ranks) => State::Ranks(RankStatistics::from_stored(&ranks.to_stored()).unwrap()),
        other => other.clone(),
    }
}

/// Draws a sample, and returns the position of the truth relative to a gate's interval.
fn draw(kind: GateKind, metric: Metric, population: &Population, truth: [f64; 2], size: usize, draw: u64) -> Side3 {
    let random = &mut Random::of_draw(17, draw);
    let build = |random: &mut Random| metric.state_kind().build(&population.sample(size, random));
    let Ok(state) = build(random) else { return Side3::Undefined };
    let [one, other] = truth;
    match kind {
        GateKind::Limit => where_is(one, &estimate(metric, &state, super::Side::Candidate, 0.95, draw)),
        GateKind::Change => where_is(one - other, &contrast(metric, &state, 1.0, 0.95, draw)),
        GateKind::OtherRows | GateKind::Stored => {
            let Ok(before) = build(random) else { return Side3::Undefined };
            let before = if kind == GateKind::Stored { stored(metric, &before, draw) } else { before };
            where_is(0.0, &infer_unpaired(metric, &state, &before, 1.0, draw).map(|found| found.at(0.95)))
        }
        GateKind::Slices => {
            let is_better_up = metric.direction() == Direction::HigherIsBetter;
            let null = if is_better_up { Null::AtLeast(one) } else { Null::AtMost(one) };
            let (mut p_values, mut all_pass) = (Vec::new(), true);
            for _ in 0..3 {
                let Ok(state) = build(random) else { return Side3::Undefined };
                let Ok(inference) = infer(metric, &state, super::Side::Candidate, draw) else {
                    return Side3::Undefined;
                };
                let side = where_is(one, &Ok(inference.at(0.95)));
                all_pass &= matches!((side, is_better_up), (Side3::Below, true) | (Side3::Above, false));
                // A slice that does not fail on its own does not fail with others either.
                let fails = matches!((side, is_better_up), (Side3::Above, true) | (Side3::Below, false));
                p_values.push(if fails { inference.p_value(null) } else { 1.0 });
            }
            // The gate passes if all slices pass, and fails by Holm's correction.
            let one_fails = holm(&p_values).iter().any(|p_value| *p_value < 0.025);
            match (all_pass, one_fails) {
                (true, _) => {
                    if is_better_up {
                        Side3::Below
                    } else {
                        Side3::Above
                    }
                }
                (_, true) => {
                    if is_better_up {
                        Side3::Above
                    } else {
                        Side3::Below
                    }
                }
                _ => Side3::Within,
            }
        }
    }
}

/// Returns the error rates of a gate over `draws` draws, independent of the number of threads.
pub(super) fn rates(
    kind: GateKind,
    metric: Metric,
    population: &Population,
    size: usize,
    draws: Range<u64>,
) -> Option<Rates> {
    if !kind.applies(metric) {
        return None;
    }
    let state = metric.state_kind().build(&population.rows).ok()?;
    let truth = |side| metric.value(&state, side).map(|(value, _)| value);
    let truth = [truth(super::Side::Candidate).ok()?, truth(super::Side::Baseline).unwrap_or(f64::NAN)];
    if kind == GateKind::Change && truth[1].is_nan() {
        return None;
    }
    let threads = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let counts = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let numbers = (draws.start + thread..draws.end).step_by(threads as usize);
                scope.spawn(move || {
                    let mut counts = [0_u64; 3];
                    for number in numbers {
                        match draw(kind, metric, population, truth, size, number) {
                            Side3::Below => counts[0] += 1,
                            Side3::Above => counts[1] += 1,
                            Side3::Undefined => counts[2] += 1,
                            Side3::Within => {}
                        }
                    }
                    counts
                })
            })
            .collect();
        running
            .into_iter()
            .map(|running| running.join().unwrap())
            .fold([0; 3], |sum: [u64; 3], counts| [sum[0] + counts[0], sum[1] + counts[1], sum[2] + counts[2]])
    });
    let [below, above, undefined] = counts.map(|count| 100.0 * count as f64 / (draws.end - draws.start) as f64);
    let (wrong_pass, wrong_fail) =
        if metric.direction() == Direction::HigherIsBetter { (below, above) } else { (above, below) };
    Some(Rates { wrong_pass, wrong_fail, undefined })
}
