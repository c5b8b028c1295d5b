//! Rates at which gates fail a perfectly fair model, over seeded data whose truth is known.
//!
//! Every group has the same rates on both sides, so every gap is 0, every ratio is 1 and nothing has changed. Each
//! limit is the truth itself, the hardest fair case. A gate may fail at most in 2.5 % of the trials, its tail.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::collections::BTreeMap;
use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Binomial, Distribution, Normal};

use super::*;
use crate::stats::{
    Columns, Contingency, CountedSide, Metric, Predictions, Resamples, Rows, Side, State, Truth, infer,
};

/// P(label, candidate, baseline): 40 % positives, of which both sides predict 70 % positive, and 20 % of the negatives.
/// The sides differ in 10 % of the rows.
const CELLS: [f64; 8] = [0.45, 0.03, 0.03, 0.09, 0.10, 0.02, 0.02, 0.26];
/// Number of resamples in each trial.
const DRAWS: usize = 400;
const TRIALS: u64 = 250;
/// The tail plus three standard errors of this many trials, because sixty proportions are checked.
const MOST: f64 = 0.025 + 3.0 * 0.0099;

fn fair(rows: u64, groups: u32, random: &mut ChaCha8Rng) -> Contingency {
    let (mut left, mut mass) = (rows, 1.0);
    let mut cells = BTreeMap::new();
    for group in 0..groups {
        let mut counts = [0; 8];
        for (count, share) in counts.iter_mut().zip(CELLS) {
            let share = share / f64::from(groups);
            *count = Binomial::new(left, (share / mass).clamp(0.0, 1.0)).unwrap().sample(random);
            left -= *count;
            mass -= share;
        }
        cells.insert(vec![format!("{group:02}")], counts);
    }
    Contingency::from_cells(true, cells)
}

/// A gate's name, and the test that tells whether it fails on a table.
type Gate = (&'static str, fn(&Contingency, &Resamples) -> bool);

fn one_side(rates: &[Rate], reduction: &Reduction, table: &Contingency, resamples: &Resamples) -> [f64; 2] {
    let question = CountedQuery { rates, reduction, side: Side::Candidate, min_n: 10 };
    infer_groups(question, table, resamples).at(0.95).value.map_or([0.0, 1.0], |found| found.interval)
}

fn growth(rates: &[Rate], reduction: &Reduction, table: &Contingency, resamples: &Resamples) -> [f64; 2] {
    let question = CountedQuery { rates, reduction, side: Side::Candidate, min_n: 10 };
    let [now, before] = [Side::Candidate, Side::Baseline].map(|side| CountedSide { table, side, resamples });
    infer_growth(question, now, before).map_or([-1.0, 1.0], |found| found.at(0.95).interval)
}

const ODDS: [Rate; 2] = [Rate::TruePositiveRate, Rate::FalsePositiveRate];
const SELECTED: [Rate; 1] = [Rate::SelectionRate];
const GAP: Reduction = Reduction::Gap(GroupReference::Highest);
const RATIO: Reduction = Reduction::Ratio(GroupReference::Highest);

const GATES: [Gate; 13] = [
    ("selection_rate max_gap", |table, draws| one_side(&SELECTED, &GAP, table, draws)[0] > 0.0),
    ("selection_rate min_ratio", |table, draws| one_side(&SELECTED, &RATIO, table, draws)[1] < 1.0),
    ("equalized_odds max_gap", |table, draws| one_side(&ODDS, &GAP, table, draws)[0] > 0.0),
    ("selection_rate max_gap to everyone else", |table, draws| {
        one_side(&SELECTED, &Reduction::Gap(GroupReference::Rest), table, draws)[0] > 0.0
    }),
    ("selection_rate min_ratio to all rows", |table, draws| {
        one_side(&SELECTED, &Reduction::Ratio(GroupReference::Overall), table, draws)[1] < 1.0
    }),
    ("selection_rate max_gap to all rows", |table, draws| {
        one_side(&SELECTED, &Reduction::Gap(GroupReference::Overall), table, draws)[0] > 0.0
    }),
    ("selection_rate min_ratio to one group", |table, draws| {
        let first = GroupReference::Named(vec!["00".to_owned()]);
        one_side(&SELECTED, &Reduction::Ratio(first), table, draws)[1] < 1.0
    }),
    ("selection_rate max_gap_growth", |table, draws| growth(&SELECTED, &GAP, table, draws)[0] > 0.0),
    ("selection_rate max_spread", |table, draws| one_side(&SELECTED, &Reduction::Spread, table, draws)[0] > 0.0),
    ("true_positive_rate min", |table, draws| one_side(&ODDS[..1], &Reduction::Lowest, table, draws)[1] < 0.7),
    ("equalized_odds max_gap_growth", |table, draws| growth(&ODDS, &GAP, table, draws)[0] > 0.0),
    ("selection_rate min_ratio_drop", |table, draws| growth(&SELECTED, &RATIO, table, draws)[1] < 0.0),
    ("selection_rate four_fifths", |table, _| {
        let impacts = adverse_impact(Rate::SelectionRate, table, Side::Candidate, 10, 0.8).unwrap();
        impacts.iter().any(|impact| impact.ratio < 0.8 && impact.p_value <= 0.05 && !impact.turns_on_one)
    }),
];

/// A gate on two groups whose truth is on its limit.
pub(in crate::stats) struct OfTwoGroups {
    pub(in crate::stats) name: String,
    reduction: Reduction,
    /// The groups' true rates; none of groups that are alike on both sides.
    rates: Option<[f64; 2]>,
    /// True: the gate is on the change.
    is_change: bool,
    limit: f64,
}

/// Returns gates on equal groups with a limit of no difference, at which nothing can pass, and on groups that are apart.
pub(in crate::stats) fn gates_of_two_groups() -> Vec<OfTwoGroups> {
    let references = [
        ("", GroupReference::Highest),
        (" to everyone else", GroupReference::Rest),
        (" to all rows", GroupReference::Overall),
        (" to one of them", GroupReference::Named(vec!["00".to_owned()])),
    ];
    let gate = |name: String, reduction, rates, limit| OfTwoGroups { name, reduction, rates, is_change: false, limit };
    let mut gates = Vec::new();
    for (name, reference) in references {
        gates.push(gate(format!("`max_gap: 0`{name}"), Reduction::Gap(reference.clone()), None, 0.0));
        gates.push(gate(format!("`min_ratio: 1`{name}"), Reduction::Ratio(reference), None, 1.0));
    }
    for [more, less] in [[0.5, 0.3], [0.2, 0.1], [0.95, 0.85]] {
        let of = |name: String, reduction, limit| {
            gate(format!("{name}, of rates of {more} and {less}"), reduction, Some([more, less]), limit)
        };
        let (gap, ratio) = (more - less, less / more);
        gates.push(of(format!("`max_gap: {gap:.1}`"), GAP, gap));
        gates.push(of(format!("`min_ratio: {ratio:.2}`"), RATIO, ratio));
    }
    let growth = gate("`max_gap_growth: 0`".to_owned(), GAP, None, 0.0);
    gates.push(OfTwoGroups { is_change: true, ..growth });
    gates
}

impl OfTwoGroups {
    /// The share of draws, in percent, in which the gate passes and fails.
    pub(in crate::stats) fn rates(&self, rows: u64, draws: Range<u64>) -> [f64; 2] {
        let mut counts = [0_u32; 2];
        #[expect(clippy::cast_precision_loss, reason = "a few thousand draws")]
        let all = (draws.end - draws.start) as f64;
        for draw in draws {
            let mut random = ChaCha8Rng::seed_from_u64(draw);
            let of = |chance: f64, random: &mut ChaCha8Rng| {
                let hits = Binomial::new(rows / 2, chance).unwrap().sample(random);
                [rows / 2 - hits, 0, hits, 0, 0, 0, 0, 0]
            };
            let table = match self.rates {
                None => fair(rows, 2, &mut random),
                Some([more, less]) => {
                    let cells = [("00", of(more, &mut random)), ("01", of(less, &mut random))];
                    let cells = cells.map(|(name, counts)| (vec![name.to_owned()], counts));
                    Contingency::from_cells(false, BTreeMap::from(cells))
                }
            };
            let resamples = Resamples::draw(&table, 1, DRAWS);
            let find = if self.is_change { growth } else { one_side };
            let [low, high] = find(&SELECTED, &self.reduction, &table, &resamples);
            let (below, above) = (u32::from(self.limit < low - 1e-12), u32::from(self.limit > high + 1e-12));
            let [passed, failed] = if self.reduction.is_ratio() { [below, above] } else { [above, below] };
            counts[0] += passed;
            counts[1] += failed;
        }
        counts.map(|count| 100.0 * f64::from(count) / all)
    }
}

/// Returns the proportion of trials in which each gate fails.
fn alarms(rows: u64, groups: u32, trials: u64) -> Vec<(&'static str, f64)> {
    let mut counts = [0_u32; GATES.len()];
    for trial in 0..trials {
        let mut random = ChaCha8Rng::seed_from_u64(trial);
        let table = fair(rows, groups, &mut random);
        let resamples = Resamples::draw(&table, 1, DRAWS);
        for (count, (_, fails)) in counts.iter_mut().zip(GATES) {
            *count += u32::from(fails(&table, &resamples));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred trials")]
    let share = |count: u32| f64::from(count) / trials as f64;
    GATES.iter().zip(counts).map(|((name, _), count)| (*name, share(count))).collect()
}

fn assert_quiet(rows: u64, groups: u32) {
    for (name, share) in alarms(rows, groups, TRIALS) {
        assert!(share <= MOST, "{rows} rows, {groups} groups: {name} fails in {share}");
    }
}

/// Two groups are the most common grouping; a gap then has a single pair, whose sign is still selected.
#[test]
fn fair_models_of_two_groups_pass() {
    [500, 2000, 20_000].into_iter().for_each(|rows| assert_quiet(rows, 2));
}

#[test]
fn fair_models_of_four_groups_pass() {
    [500, 2000, 20_000].into_iter().for_each(|rows| assert_quiet(rows, 4));
}

#[test]
fn fair_models_of_ten_groups_pass() {
    [500, 2000, 20_000].into_iter().for_each(|rows| assert_quiet(rows, 10));
}

/// Draws scores of a model that ranks all groups alike with equal errors, in groups of equal size.
fn alike(rows: usize, groups: usize, random: &mut ChaCha8Rng) -> Vec<Rows> {
    let unit = Normal::new(0.0, 1.0).unwrap();
    let group = |random: &mut ChaCha8Rng| {
        let count = rows / groups;
        let labels: Vec<bool> = (0..count).map(|_| Binomial::new(1, 0.4).unwrap().sample(random) == 1).collect();
        let score = |label: &bool, random: &mut ChaCha8Rng| {
            let logit: f64 = f64::from(u8::from(*label)) * 1.6 - 0.8 + unit.sample(random);
            1.0 / (1.0 + (-logit).exp())
        };
        let scores: Vec<f64> = labels.iter().map(|label| score(label, random)).collect();
        let answers = Predictions { scores: vec![scores], ..Predictions::default() };
        Rows::new(Columns::new(Truth::Binary(labels), answers)).unwrap()
    };
    (0..groups).map(|_| group(random)).collect()
}

/// Returns the proportion of fair models on which a gate on a metric fails.
fn alarms_of_metrics(metric: Metric, reduction: &Reduction, (rows, groups): (usize, usize), trials: u64) -> f64 {
    let fails = (0..trials).filter(|trial| {
        let parts = alike(rows, groups, &mut ChaCha8Rng::seed_from_u64(*trial));
        let states: Vec<State> = parts.iter().map(|rows| metric.state_kind().build(rows).unwrap()).collect();
        let all = states.iter().zip(&parts).zip(0..).map(|((state, rows), name)| MeasuredGroups {
            key: vec![format!("{name:02}")],
            rows: rows.len() as u64,
            metric: infer(metric, state, Side::Candidate, 0),
        });
        let found = infer_measured(reduction, all.collect(), Others::new(), 10, 0).at(0.95).value;
        let is_ratio = reduction.is_ratio();
        found.is_ok_and(|found| if is_ratio { found.interval[1] < 1.0 } else { found.interval[0] > 0.0 })
    });
    #[expect(clippy::cast_precision_loss, reason = "a few hundred trials")]
    let share = fails.count() as f64 / trials as f64;
    share
}

const OF_METRICS: [(&str, Metric, Reduction); 4] = [
    ("roc_auc max_gap", Metric::ROC_AUC, GAP),
    ("roc_auc max_spread", Metric::ROC_AUC, Reduction::Spread),
    ("log_loss max_gap", Metric::LOG_LOSS, GAP),
    ("log_loss min_ratio", Metric::LOG_LOSS, RATIO),
];

#[test]
fn fair_models_pass_by_their_metrics() {
    for size in [(2000, 2), (2000, 4), (2000, 10)] {
        for (name, metric, reduction) in OF_METRICS {
            let share = alarms_of_metrics(metric, &reduction, size, 120);
            // Three standard errors of this many trials.
            assert!(share <= 0.025 + 3.0 * 0.0143, "{size:?}: {name} fails in {share}");
        }
    }
}

/// Prints the table of docs/fairness.md: `cargo test --lib table_of_the_docs -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "it prints a table")]
fn the_table_of_the_docs() {
    let cases =
        [(500, 2), (2000, 2), (20_000, 2), (500, 4), (2000, 4), (20_000, 4), (500, 10), (2000, 10), (20_000, 10)];
    let columns: Vec<Vec<(&str, f64)>> = std::thread::scope(|scope| {
        let running: Vec<_> = cases.map(|(rows, groups)| scope.spawn(move || alarms(rows, groups, 1000))).into();
        running.into_iter().map(|case| case.join().unwrap()).collect()
    });
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    for (place, (name, _)) in GATES.iter().enumerate() {
        let cells: Vec<String> = columns.iter().map(|column| percent(column[place].1)).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
    let cells: Vec<String> = cases.iter().map(|(rows, groups)| percent(point_rule(*rows, *groups, 1000))).collect();
    println!("| point rule | {} |", cells.join(" | "));
}

/// Prints the table for metrics, with fewer trials: ranking twenty thousand rows takes long.
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "it prints a table")]
fn the_table_of_the_docs_for_metrics() {
    let cases =
        [(500, 2), (2000, 2), (20_000, 2), (500, 4), (2000, 4), (20_000, 4), (500, 10), (2000, 10), (20_000, 10)];
    for (name, metric, reduction) in OF_METRICS {
        let percent = |case| format!("{:.1} %", alarms_of_metrics(metric, &reduction, case, 300) * 100.0);
        println!("| {name} | {} |", cases.map(percent).join(" | "));
    }
}

/// Returns the error rate of the usual point rule: the proportion of fair models whose equalized odds difference is
/// above 0.05.
fn point_rule(rows: u64, groups: u32, trials: u64) -> f64 {
    let over = (0..trials).filter(|trial| {
        let table = fair(rows, groups, &mut ChaCha8Rng::seed_from_u64(*trial));
        let gap = |rate: Rate| {
            let rates = group_rates(rate, &table, Side::Candidate, 0.95, 1);
            let values: Vec<f64> = rates.iter().filter_map(|group| group.rate.ok()).map(|rate| rate.value).collect();
            values.iter().copied().fold(0.0, f64::max) - values.iter().copied().fold(1.0, f64::min)
        };
        gap(Rate::TruePositiveRate).max(gap(Rate::FalsePositiveRate)) > 0.05
    });
    #[expect(clippy::cast_precision_loss, reason = "a few hundred trials")]
    let share = over.count() as f64 / trials as f64;
    share
}

#[test]
fn the_point_rule_blocks_most_fair_models() {
    assert!(point_rule(2000, 4, 300) >= 0.7);
    assert!(point_rule(2000, 10, 300) >= 0.95);
}

/// Guards against gates that never fail.
#[test]
fn a_gap_that_opens_is_found() {
    let mut found = [0; 3];
    for trial in 0..40 {
        let mut random = ChaCha8Rng::seed_from_u64(trial);
        let fair = fair(4000, 4, &mut random);
        // In the first group, the candidate rejects half of those whom the baseline accepts.
        let mut cells: Vec<u64> = fair.cells().collect();
        for [from, to] in [[3, 1], [7, 5]] {
            let moved = cells[from] / 2;
            cells[from] -= moved;
            cells[to] += moved;
        }
        let groups = fair.groups().iter().cloned();
        let counts = cells.chunks(8).map(|counts| counts.try_into().unwrap());
        let table = Contingency::from_groups(true, groups.zip(counts));
        let resamples = Resamples::draw(&table, 1, DRAWS);
        found[0] += u32::from(growth(&SELECTED, &GAP, &table, &resamples)[0] > 0.02);
        found[1] += u32::from(growth(&SELECTED, &RATIO, &table, &resamples)[1] < -0.05);
        let [low, high] = one_side(&SELECTED, &Reduction::Spread, &table, &resamples);
        found[2] += u32::from(low > 0.02 && high < 0.2);
    }
    assert!(found.iter().all(|found| *found >= 36), "{found:?} of 40");
}
