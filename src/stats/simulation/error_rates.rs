//! MeasuredGroups error rates of the intervals, from seeded simulations.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Normal, Uniform};

use crate::stats::*;

/// Fewer draws than a gate makes, so that a debug build stays fast; the error rates hardly change.
const DRAWS: usize = 500;

/// Proportions of intervals that lie above the truth (`below`) and below it (`above`).
struct Misses {
    below: f64,
    above: f64,
}

fn misses(trials: u64, truth: f64, mut interval: impl FnMut(&mut ChaCha8Rng) -> [f64; 2]) -> Misses {
    let mut random = ChaCha8Rng::seed_from_u64(20_260_101);
    let (mut below, mut above) = (0, 0);
    for _ in 0..trials {
        let [low, high] = interval(&mut random);
        below += u64::from(truth < low);
        above += u64::from(truth > high);
    }
    Misses { below: below as f64 / trials as f64, above: above as f64 / trials as f64 }
}

fn unit(random: &mut ChaCha8Rng) -> f64 {
    Uniform::new(0.0, 1.0).unwrap().sample(random)
}

/// Draws `rows` rows one by one and counts them.
fn drawn(
    rows: usize,
    random: &mut ChaCha8Rng,
    mut cell: impl FnMut(&mut ChaCha8Rng) -> (String, usize),
) -> Contingency {
    let mut cells: BTreeMap<Vec<String>, [u64; 8]> = BTreeMap::new();
    for _ in 0..rows {
        let (group, index) = cell(random);
        cells.entry(vec![group]).or_default()[index] += 1;
    }
    Contingency::from_cells(true, cells)
}

#[test]
fn the_change_of_accuracy_covers() {
    for (rows, most) in [(200, 0.045), (1000, 0.04)] {
        // Both sides are right in 80 % of the rows and differ in 10 % of them, so the true change is 0.
        let found = misses(1000, 0.0, |random| {
            let table = drawn(rows, random, |random| {
                let at = unit(random);
                let index = match at {
                    at if at < 0.75 => 7,
                    at if at < 0.80 => 6,
                    at if at < 0.85 => 5,
                    _ => 4,
                };
                (String::new(), index)
            });
            contrast(Metric::ACCURACY, &State::Contingency(table), 1.0, 0.95, 0).unwrap().interval
        });
        assert!(found.below <= most && found.above <= most, "{rows}: {} {}", found.below, found.above);
        assert!(found.below + found.above >= 0.02, "an interval that never misses is too wide");
    }
}

/// Draws rows of two models that differ in few rows, all of which the candidate broke: index = label, candidate,
/// baseline.
fn few_lost(rows: usize, right: f64, lost: f64, random: &mut ChaCha8Rng) -> Contingency {
    drawn(rows, random, |random| {
        let at = unit(random);
        // Half of the labels are positive, and the errors are divided over both classes.
        let label = if unit(random) < 0.5 { 4 } else { 0 };
        let right_answer = if label == 4 { 3 } else { 0 };
        let wrong_answer = 3 - right_answer;
        let index = if at < right {
            right_answer
        } else if at < right + lost {
            // The candidate is wrong, the baseline right.
            if label == 4 { 1 } else { 2 }
        } else {
            wrong_answer
        };
        (String::new(), label + index)
    })
}

#[test]
fn a_loss_in_few_rows_is_not_called_smaller_than_it_is() {
    // The true drop lies on the margin, so every pass is false: the truth then lies below the interval.
    for (rows, lost) in [(100, 0.02), (200, 0.02), (400, 0.01), (400, 0.005), (1000, 0.005)] {
        let others = [Measure::BalancedAccuracy, Measure::MatthewsCorrelation, Measure::CohenKappa].map(Metric::of);
        let average = Metric::F1.averaged(Average::Macro);
        let plain = [Metric::ACCURACY, Metric::RECALL, Metric::PRECISION, Metric::F1, average];
        for metric in plain.into_iter().chain(others) {
            let (ours, theirs) = (0.9 - lost, 0.9);
            // With balanced errors these metrics equal the accuracy; with balanced classes a correlation is twice the
            // accuracy, minus 1.
            let scale = if metric.range().0 == Some(-1.0) { 2.0 } else { 1.0 };
            let truth = scale * (ours - theirs);
            // Linearised metrics take longer.
            let (trials, most) =
                if others.contains(&metric) || metric == average { (250, 0.055) } else { (1000, 0.04) };
            let found = misses(trials, truth, |random| {
                let table = few_lost(rows, 0.9 - lost, lost, random);
                contrast(metric, &State::Contingency(table), 1.0, 0.95, 0).map_or([-1.0, 1.0], |change| change.interval)
            });
            let name = metric.name();
            assert!(found.below <= most, "{name}, {rows} rows, {lost} lost: {} pass", found.below);
        }
    }
}

#[test]
fn a_loss_in_few_queries_is_not_called_smaller_than_it_is() {
    let metric = Metric::parse("hit_rate_at_k@3").unwrap();
    for (queries, lost) in [(100, 0.02), (200, 0.02), (400, 0.01), (400, 0.005)] {
        let found = misses(1000, -lost, |random| {
            let mut moments = LossMoments::default();
            for _ in 0..queries {
                let at = unit(random);
                let hit = |share: f64| f64::from(u8::from(at < share));
                moments.add(hit(0.9 - lost), Some(hit(0.9)));
            }
            contrast(metric, &State::Loss(moments), 1.0, 0.95, 0).unwrap().interval
        });
        assert!(found.below <= 0.06, "{queries} queries, {lost} lost: {} pass", found.below);
    }
}

#[test]
fn an_area_with_few_positives_covers() {
    let normal = Normal::new(0.0, 1.0).unwrap();
    let standard = statrs::distribution::Normal::standard();
    for (positives, shift) in [(2, 1.5), (5, 1.5), (5, 2.5), (10, 2.5), (20, 1.5), (50, 2.5)] {
        let truth = statrs::distribution::ContinuousCDF::cdf(&standard, shift / 2.0_f64.sqrt());
        let labels: Vec<bool> = (0..300).map(|row| row < positives).collect();
        let found = misses(500, truth, |random| {
            let scores: Vec<f64> = labels
                .iter()
                .map(|label| if *label { shift + normal.sample(random) } else { normal.sample(random) })
                .collect();
            let ranks = State::Ranks(RankStatistics::from_scores(&labels, &scores, None));
            estimate(Metric::ROC_AUC, &ranks, Side::Candidate, 0.95, 0).unwrap().interval
        });
        assert!(found.below <= 0.045 && found.above <= 0.06, "{positives}: {} {}", found.below, found.above);
    }
}

#[test]
fn groups_that_are_all_selected_are_not_certainly_alike() {
    // The ratio of the true rates is 0.93, so an interval that lies above it is a false pass of min_ratio 0.93.
    let found = misses(500, 0.93, |random| {
        let table = selected(60, 2, 1.0, 0.93, random);
        let resamples = Resamples::draw(&table, 1, DRAWS);
        let reduction = Reduction::Ratio(GroupReference::Highest);
        let question =
            CountedQuery { rates: &[Rate::SelectionRate], reduction: &reduction, side: Side::Candidate, min_n: 5 };
        let compared = infer_groups(question, &table, &resamples).at(0.95);
        compared.value.map_or([0.0, 1.0], |ratio| ratio.interval)
    });
    assert!(found.below <= 0.04, "{}", found.below);
}

#[test]
fn the_change_of_the_area_covers() {
    let normal = Normal::new(0.0, 1.0).unwrap();
    for rows in [200, 1000] {
        let found = misses(600, 0.0, |random| {
            let labels: Vec<bool> = (0..rows).map(|_| unit(random) < 0.3).collect();
            // Two equally good models that share most of their noise.
            let shared: Vec<f64> =
                labels.iter().map(|label| f64::from(u8::from(*label)) * 1.5 + normal.sample(random)).collect();
            let mut scores =
                || -> Vec<f64> { shared.iter().map(|score| score + 0.5 * normal.sample(random)).collect() };
            let (ours, theirs) = (scores(), scores());
            let ranks = RankStatistics::from_scores(&labels, &ours, Some(&theirs));
            contrast(Metric::ROC_AUC, &State::Ranks(ranks), 1.0, 0.95, 0).unwrap().interval
        });
        assert!(found.below <= 0.045 && found.above <= 0.045, "{rows}: {} {}", found.below, found.above);
        assert!(found.below + found.above >= 0.02, "an interval that never misses is too wide");
    }
}

#[test]
fn the_change_of_a_mean_loss_covers() {
    let found = misses(1000, 0.0, |random| {
        let mut moments = LossMoments::default();
        for _ in 0..200 {
            let shared = unit(random);
            moments.add(shared + unit(random), Some(shared + unit(random)));
        }
        contrast(Metric::LOG_LOSS, &State::Loss(moments), 1.0, 0.95, 0).unwrap().interval
    });
    assert!(found.below <= 0.04 && found.above <= 0.04, "{} {}", found.below, found.above);
    assert!(found.below + found.above >= 0.03, "an interval that never misses is too wide");
}

/// Draws groups of equal size; the first is selected at rate `first`, all others at `rest`.
fn selected(rows: usize, groups: u64, first: f64, rest: f64, random: &mut ChaCha8Rng) -> Contingency {
    drawn(rows, random, |random| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few groups")]
        let group = (unit(random) * groups as f64) as u64;
        let rate = if group == 0 { first } else { rest };
        (format!("{group:02}"), if unit(random) < rate { 2 } else { 0 })
    })
}

fn group_interval(reduction: Reduction, table: &Contingency) -> [f64; 2] {
    let resamples = Resamples::draw(table, 1, DRAWS);
    let question =
        CountedQuery { rates: &[Rate::SelectionRate], reduction: &reduction, side: Side::Candidate, min_n: 1 };
    infer_groups(question, table, &resamples).at(0.95).value.unwrap().interval
}

/// MeasuredGroups in 1,500 trials of 1,000 draws each, 4 and 10 equal groups at 500 and 2,000 rows: 2.1 % to 3.4 % at a rate of 0.3,
/// 0 % to 2.5 % at 0.05. Here 400 trials may exceed the nominal 2.5 % by two standard errors.
///
/// A gate fails a gap when its lower end is above the limit, and a ratio when its upper end is below. Each limit here
/// is the truth itself, the hardest fair case.
#[test]
fn fair_models_are_not_called_unfair() {
    for (rows, groups) in [(500, 4), (500, 10), (2000, 4), (2000, 10)] {
        let gap = misses(400, 0.0, |random| {
            group_interval(Reduction::Gap(GroupReference::Highest), &selected(rows, groups, 0.3, 0.3, random))
        });
        assert!(gap.below <= 0.041, "gap, {rows} rows, {groups} groups: {}", gap.below);
        let ratio = misses(400, 1.0, |random| {
            group_interval(Reduction::Ratio(GroupReference::Highest), &selected(rows, groups, 0.3, 0.3, random))
        });
        assert!(ratio.above <= 0.041, "ratio, {rows} rows, {groups} groups: {}", ratio.above);
    }
}

#[test]
fn a_true_gap_is_found_and_not_overstated() {
    for groups in [2, 4] {
        let gap = misses(300, 0.1, |random| {
            group_interval(Reduction::Gap(GroupReference::Highest), &selected(2000, groups, 0.2, 0.3, random))
        });
        assert!(gap.below <= 0.045, "{groups} groups: overstated in {}", gap.below);
        let found = misses(200, 0.02, |random| {
            group_interval(Reduction::Gap(GroupReference::Highest), &selected(4000, groups, 0.2, 0.3, random))
        });
        assert!(found.below >= 0.6, "{groups} groups: a gap of 0.1 is shown to exceed 0.02 in {}", found.below);
    }
}
