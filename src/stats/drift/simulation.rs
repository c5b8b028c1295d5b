//! Measured error rates of drift verdicts: without drift, and with a drift exactly on the threshold.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution as _, Normal};

use super::super::Frequencies;
use super::*;
use crate::stats::resample::multinomial::multinomial;

/// Fewer draws than a gate makes, so that a debug build stays fast.
const DRAWS: usize = 150;

/// Proportions of trials in which a gate fails, in which it passes, and in which the distance alone exceeds the
/// threshold.
#[derive(Debug, Default)]
struct Rates {
    fail: f64,
    /// Beyond noise, however low the threshold.
    alarm: f64,
    pass: f64,
    point: f64,
}

fn rates(trials: u32, distance: Distance, threshold: f64, mut cells: impl FnMut(&mut ChaCha8Rng) -> Cells) -> Rates {
    let mut random = ChaCha8Rng::seed_from_u64(20_260_202);
    let mut rates = Rates::default();
    for trial in 0..trials {
        let drift = Samples::with(&cells(&mut random), u64::from(trial), DRAWS)
            .estimate(distance, Empty::HalfARow, 0.95)
            .unwrap();
        let share = 1.0 / f64::from(trials);
        if drift.interval[0] > 0.0 && drift.chance <= 0.05 {
            rates.alarm += share;
        }
        if drift.interval[0] > threshold && drift.chance <= 0.05 {
            rates.fail += share;
        } else if drift.interval[1] <= threshold {
            rates.pass += share;
        }
        if drift.value > threshold {
            rates.point += share;
        }
    }
    rates
}

/// Draws rows from categories with these weights.
fn drawn(weights: &[f64], rows: u64, random: &mut ChaCha8Rng) -> Frequencies {
    let total: f64 = weights.iter().sum();
    let shares: Vec<u64> = weights.iter().map(|weight| (weight / total * 1e12) as u64).collect();
    let mut counts = vec![0; weights.len()];
    multinomial(&shares, rows, random, &mut counts);
    let counts = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
    Frequencies { counts: counts.map(|(kind, count)| (format!("k{kind}"), count)).collect() }
}

/// Returns weights that fall like 1/k.
fn zipf(kinds: usize) -> Vec<f64> {
    (1..=kinds).map(|kind| 1.0 / kind as f64).collect()
}

/// Returns the bins of two samples: two files, or a file and a stored baseline.
fn compared(baseline: &Frequencies, candidate: &Frequencies, is_stored: bool) -> Cells {
    let values = Values::new(baseline);
    let values = if is_stored {
        let short = values.shortened();
        let listed = short.listed().iter().cloned().collect();
        Values::from_parts(listed, short.others(), short.different(), short.parts().to_vec()).unwrap()
    } else {
        values
    };
    values.against(candidate.counts.clone())
}

/// Draws rows of `kinds` categories with weights that fall like 1/k; `tilt` moves mass from the most frequent category
/// to the rarest.
fn categories(kinds: usize, rows: u64, tilt: f64, random: &mut ChaCha8Rng) -> Cells {
    let weights = zipf(kinds);
    let total: f64 = weights.iter().sum();
    let mut tilted = weights.clone();
    tilted[0] -= tilt * total;
    tilted[kinds - 1] += tilt * total;
    let baseline = drawn(&weights, rows, random);
    compared(&baseline, &drawn(&tilted, rows, random), false)
}

fn numbers(rows: usize, shift: f64, random: &mut ChaCha8Rng) -> Cells {
    let normal = Normal::new(0.0, 1.0).unwrap();
    let mut baseline: Vec<f64> = (0..rows).map(|_| normal.sample(random)).collect();
    baseline.sort_by(f64::total_cmp);
    let grid = Grid::new(&baseline);
    let of = |numbers: &mut dyn Iterator<Item = f64>| {
        let mut cells = NumericCells::new(&grid);
        numbers.for_each(|number| cells.add(&grid, number));
        cells
    };
    let before = of(&mut baseline.iter().copied());
    let after = of(&mut (0..rows).map(|_| normal.sample(random) + shift));
    BinnedNumbers::new(grid.clone(), &before, 1.0).against(&after)
}

#[test]
fn without_drift_no_gate_fails_more_often_than_it_may() {
    for rows in [200, 1_000, 10_000] {
        let mut alarms = 0.0;
        for kinds in [3, 10, 50, 100] {
            let trials = 40;
            for (distance, threshold) in [
                (Distance::Psi, 0.2),
                (Distance::JensenShannon, 0.02),
                (Distance::TotalVariation, 0.1),
                (Distance::CramersV, 0.1),
            ] {
                let found = rates(trials, distance, threshold, |random| categories(kinds, rows as u64, 0.0, random));
                assert!(found.fail <= 0.05, "{}, {rows} rows, {kinds} kinds: {found:?}", distance.name());
                alarms += found.alarm / 16.0;
            }
        }
        // 640 tests of 160 pairs of samples.
        assert!(alarms <= 0.05, "{rows} rows: {alarms} of all are beyond noise");
        for (distance, threshold) in
            [(Distance::Psi, 0.1), (Distance::KolmogorovSmirnov, 0.05), (Distance::Wasserstein, 0.1)]
        {
            let found = rates(30, distance, threshold, |random| numbers(rows, 0.0, random));
            assert!(found.fail <= 0.05, "{}, {rows} numbers: {found:?}", distance.name());
        }
    }
}

/// Returns distributions with many rare values, and the rows of both sides.
fn long_tails() -> Vec<(&'static str, Vec<f64>, [u64; 2])> {
    vec![
        ("80 of Zipf", zipf(80), [300, 300]),
        ("80 of Zipf, other sizes", zipf(80), [300, 1_500]),
        ("80 of Zipf, other sizes", zipf(80), [1_500, 300]),
        ("2,000 of Zipf", zipf(2_000), [3_000, 3_000]),
        ("2,000 of Zipf, other sizes", zipf(2_000), [1_000, 4_000]),
        ("500 equal", vec![1.0; 500], [1_000, 1_000]),
        ("500 equal, other sizes", vec![1.0; 500], [2_000, 500]),
        ("40 equal", vec![1.0; 40], [200, 200]),
    ]
}

/// Chooses the bins anew in each trial, as a gate does.
#[test]
#[expect(clippy::print_stdout, reason = "the numbers of docs/statistics.md, with --nocapture")]
fn the_chi_square_test_of_rare_values_holds_its_level() {
    let trials = 300;
    for (law, weights, [n, m]) in long_tails() {
        for is_stored in sides(&weights) {
            let mut random = ChaCha8Rng::seed_from_u64(1_816);
            let [mut at_five, mut at_one] = [0, 0];
            for _ in 0..trials {
                let baseline = drawn(&weights, n, &mut random);
                let test = ChiSquare::new(&compared(&baseline, &drawn(&weights, m, &mut random), is_stored)).unwrap();
                assert!(test.degrees > 0, "{law}: {test:?}");
                at_five += usize::from(test.chance < 0.05);
                at_one += usize::from(test.chance < 0.01);
            }
            println!("{law}, stored {is_stored}: {at_five} and {at_one} of {trials}");
            // 15 and 3 are expected; the limits are three standard errors higher.
            assert!(at_five <= 26 && at_one <= 8, "{law}, stored {is_stored}: {at_five} and {at_one} of {trials}");
        }
    }
}

#[test]
fn distances_of_rare_values_are_rarely_beyond_noise() {
    let (trials, limits) = (30, [("psi", 0.2), ("js", 0.02), ("tv", 0.1), ("cramers_v", 0.1)]);
    for (law, weights, [n, m]) in long_tails().into_iter().filter(|(_, _, [n, m])| n == m) {
        for is_stored in sides(&weights) {
            let mut random = ChaCha8Rng::seed_from_u64(20_260_202);
            let mut alarms = [0; 4];
            for trial in 0..trials {
                let baseline = drawn(&weights, n, &mut random);
                let cells = compared(&baseline, &drawn(&weights, m, &mut random), is_stored);
                let samples = Samples::with(&cells, trial, DRAWS);
                for (alarms, (name, limit)) in alarms.iter_mut().zip(limits) {
                    let (_, distance) = Distance::ALL.into_iter().find(|(known, _)| *known == name).unwrap();
                    let drift = samples.estimate(distance, Empty::HalfARow, 0.95).unwrap();
                    let is_beyond = drift.chance <= 0.05;
                    assert!(!(is_beyond && drift.interval[0] > limit), "{law}, stored {is_stored}, {name}: {drift:?}");
                    *alarms += usize::from(is_beyond && drift.interval[0] > 0.0);
                }
            }
            // 1.5 are expected; the limit is three standard errors higher.
            assert!(alarms.iter().all(|alarms| *alarms <= 5), "{law}, stored {is_stored}: {alarms:?} of {trials}");
        }
    }
}

/// Returns the kinds of baseline to test, stored or not; with few values there is no difference.
fn sides(weights: &[f64]) -> Vec<bool> {
    if weights.len() > 200 { vec![false, true] } else { vec![false] }
}

#[test]
fn what_happened_to_rare_values_is_found() {
    let tail = |weights: &[f64], from: usize, factor: f64| -> Vec<f64> {
        weights.iter().enumerate().map(|(at, weight)| if at < from { *weight } else { weight * factor }).collect()
    };
    for (law, weights, [n, m]) in long_tails() {
        let total: f64 = weights.iter().sum();
        let new = |values: usize, share: f64| [weights.clone(), vec![total * share / values as f64; values]].concat();
        let half_gone =
            weights.iter().enumerate().map(|(at, weight)| if at % 2 == 0 { *weight } else { 0.0 }).collect();
        let mut changes =
            vec![("a new value", new(1, 0.11)), ("many new values", new(400, 0.4)), ("half of them gone", half_gone)];
        // Equal values have no tail.
        if weights[0] > weights[1] {
            let half = weights.len() / 4;
            changes.push(("a tail that lost half", tail(&weights, half.min(20), 0.4)));
        }
        for (change, after) in changes {
            for is_stored in sides(&after) {
                let mut random = ChaCha8Rng::seed_from_u64(7);
                let found = (0..10)
                    .filter(|_| {
                        let baseline = drawn(&weights, n, &mut random);
                        let candidate = drawn(&after, m, &mut random);
                        ChiSquare::new(&compared(&baseline, &candidate, is_stored)).unwrap().chance < 0.05
                    })
                    .count();
                assert!(found >= 5, "{law}, {change}, stored {is_stored}: {found} of 10");
            }
        }
    }
}

#[test]
fn a_drift_on_the_threshold_rarely_passes_or_fails() {
    // Moving 10 % of the rows to another category is a total variation of 0.1, exactly.
    for (rows, kinds) in [(500, 3), (500, 10), (2_000, 30)] {
        let found = rates(100, Distance::TotalVariation, 0.1, |random| categories(kinds, rows, 0.1, random));
        assert!(found.pass <= 0.06 && found.fail <= 0.06, "{rows} rows, {kinds} kinds: {found:?}");
    }
    // The distribution functions of N(0, 1) and N(0.2, 1) are at most 2 Φ(0.1) − 1 apart, and 0.2 in area.
    let apart = [(Distance::Wasserstein, 0.2), (Distance::KolmogorovSmirnov, 0.079_656)];
    for (distance, truth) in apart {
        let found = rates(100, distance, truth, |random| numbers(1_000, 0.2, random));
        assert!(found.pass <= 0.07 && found.fail <= 0.07, "{}: {found:?}", distance.name());
    }
}

#[test]
fn a_large_drift_fails() {
    let found = rates(20, Distance::Psi, 0.1, |random| numbers(1_000, 0.8, random));
    assert!(found.fail > 0.95, "{found:?}");
    let found = rates(20, Distance::TotalVariation, 0.1, |random| categories(10, 1_000, 0.25, random));
    assert!(found.fail > 0.95, "{found:?}");
}
