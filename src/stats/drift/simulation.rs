//! Measured error rates of the verdicts on drift: under no drift, and under a drift that lies on the threshold.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution as _, Normal};

use super::super::multinomial::multinomial;
use super::*;

/// Fewer draws than a gate makes, to stay quick in a debug build.
const DRAWS: usize = 150;

/// How often a gate fails, how often it passes, and how often the distance alone lies above the threshold.
#[derive(Debug, Default)]
struct Rates {
    fail: f64,
    /// Beyond noise, however small the threshold.
    alarm: f64,
    pass: f64,
    point: f64,
}

fn rates(trials: u32, distance: Distance, threshold: f64, mut cells: impl FnMut(&mut ChaCha8Rng) -> Cells) -> Rates {
    let mut random = ChaCha8Rng::seed_from_u64(20_260_202);
    let mut rates = Rates::default();
    for trial in 0..trials {
        let drift = Samples::with(&cells(&mut random), u64::from(trial), DRAWS).estimate(distance, 0.95).unwrap();
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

/// Rows of `kinds` categories whose shares fall like 1/k; `tilt` moves mass from the most frequent one to the rarest.
fn zipf(kinds: usize, rows: usize, tilt: f64, random: &mut ChaCha8Rng) -> Vec<u64> {
    let mut weights: Vec<f64> = (1..=kinds).map(|kind| 1.0 / kind as f64).collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    weights[0] -= tilt;
    weights[kinds - 1] += tilt;
    let shares: Vec<u64> = weights.iter().map(|weight| (weight * 1e12) as u64).collect();
    let mut counts = vec![0; kinds];
    multinomial(&shares, rows as u64, random, &mut counts);
    counts
}

fn categories(kinds: usize, rows: usize, tilt: f64, random: &mut ChaCha8Rng) -> Cells {
    let names = (0..kinds).map(|kind| kind.to_string()).collect();
    Cells { names, baseline: zipf(kinds, rows, 0.0, random), candidate: zipf(kinds, rows, tilt, random), scale: None }
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
    Numbers::new(grid.clone(), &before, 1.0).against(&after)
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
                let found = rates(trials, distance, threshold, |random| categories(kinds, rows, 0.0, random));
                assert!(found.fail <= 0.05, "{}, {rows} rows, {kinds} kinds: {found:?}", distance.name());
                alarms += found.alarm / 16.0;
            }
        }
        // Of 640 tests of 160 pairs of samples.
        assert!(alarms <= 0.05, "{rows} rows: {alarms} of all are beyond noise");
        for (distance, threshold) in
            [(Distance::Psi, 0.1), (Distance::KolmogorovSmirnov, 0.05), (Distance::Wasserstein, 0.1)]
        {
            let found = rates(30, distance, threshold, |random| numbers(rows, 0.0, random));
            assert!(found.fail <= 0.05, "{}, {rows} numbers: {found:?}", distance.name());
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
    // The distribution functions of N(0, 1) and N(0.2, 1) are 2 Φ(0.1) − 1 apart at most, and 0.2 in area.
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
