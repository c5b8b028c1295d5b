//! MeasuredGroups coverage of the intervals of all metrics.
//!
//! The population is a finite set of rows, so its true value is known exactly; samples are drawn from it with
//! replacement.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

pub(crate) mod document;
mod hard;
mod limit;
mod populations;

use crate::stats::*;
use populations::{Population, Random, populations};

/// Percentages of intervals that lie above the truth (`below`) and below it (`above`).
#[derive(Debug, Clone, Copy)]
struct Misses {
    below: f64,
    above: f64,
    undefined: f64,
}

/// Returns the misses of three intervals: one side's, the change on the same rows, and the difference of two samples.
fn misses(metric: Metric, population: &Population, size: usize, trials: u64, with_unpaired: bool) -> [Misses; 3] {
    let kind = metric.state_kind();
    let state = kind.build(&population.rows).unwrap();
    let truth = metric.value(&state, Side::Candidate).unwrap().0;
    let is_flip = metric.needs() == Needs::BothSides;
    let change = if is_flip { 0.0 } else { truth - metric.value(&state, Side::Baseline).unwrap().0 };
    let mut random = Random::new(7);
    let mut counts = [[0_u64; 3]; 3];
    for trial in 0..trials {
        let rows = population.sample(size, &mut random);
        let state = kind.build(&rows).unwrap();
        let one = estimate(metric, &state, Side::Candidate, 0.95, trial);
        let both = contrast(metric, &state, 1.0, 0.95, trial);
        let mut found = vec![(one, truth), (both, change)];
        if with_unpaired {
            let other = kind.build(&population.sample(size, &mut random)).unwrap();
            let apart = infer_unpaired(metric, &state, &other, 1.0, trial).map(|found| found.at(0.95));
            found.push((apart, 0.0));
        }
        for (counts, (found, truth)) in counts.iter_mut().zip(found) {
            match found {
                Ok(found) if truth < found.interval[0] => counts[0] += 1,
                Ok(found) if truth > found.interval[1] => counts[1] += 1,
                Ok(_) => {}
                Err(_) => counts[2] += 1,
            }
        }
    }
    let share = |count: u64| 100.0 * count as f64 / trials as f64;
    counts.map(|[below, above, undefined]| Misses {
        below: share(below),
        above: share(above),
        undefined: share(undefined),
    })
}

/// Covers every metric that is not resampled, at 200 rows: detects intervals that are a third too narrow, or all of
/// which are too wide. The long test below has the exact figures.
#[test]
fn intervals_cover() {
    const TRIALS: u64 = 120;
    // Four standard errors of a proportion of 5 % in this many trials, because there are more than a hundred such
    // proportions.
    let band = 400.0 * (0.05_f64 * 0.95 / TRIALS as f64).sqrt();
    let mut shares = Vec::new();
    for (task, population, metrics) in populations() {
        for name in metrics {
            let metric = Metric::parse(name).unwrap();
            if matches!(metric.state_kind().build(&population.rows).unwrap(), State::Sample(_)) {
                continue;
            }
            let [one, both, _] = misses(metric, &population, 200, TRIALS, false);
            let found = if metric.needs() == Needs::BothSides { vec![one] } else { vec![one, both] };
            for Misses { below, above, undefined } in found {
                let missed = below + above;
                assert!(missed <= 5.0 + band && undefined <= 1.0, "{task}, {name}: {below} {above} {undefined}");
                shares.push(missed);
            }
        }
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!((4.0..6.0).contains(&mean), "{mean} % of the intervals miss");
}

/// Covers the metrics that are resampled; each trial is two thousand draws.
#[test]
fn resampled_intervals_cover() {
    for (task, population, metrics) in populations() {
        for name in metrics {
            let metric = Metric::parse(name).unwrap();
            if !matches!(metric.state_kind().build(&population.rows).unwrap(), State::Sample(_)) || task == "clustered"
            {
                continue;
            }
            let [one, both, _] = misses(metric, &population, 100, 12, false);
            // With 12 trials and a miss rate of 5 %, more than 3 misses occur in one of 500 sets.
            assert!(
                one.below + one.above <= 25.0 && both.below + both.above <= 25.0,
                "{task}, {name}: {one:?} {both:?}"
            );
        }
    }
}
