//! Error rates of graded suites: questions that differ in difficulty, each answered several times, in topics or not.
//!
//! Difficulties are of a beta distribution, so the true pass rate, pass@2 and pass^2 are known exactly. The truth lies on
//! the margin, where an interval should miss it on either side in 2.5 % of the samples.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Write;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Beta, Distribution, Normal, Uniform};

use crate::stats::*;

/// The parameters of the questions' difficulty: pass rates of 0.65 on average, some of them near 0 and many near 1.
const DIFFICULTY: (f64, f64) = (1.3, 0.7);

/// A suite to draw samples of.
#[derive(Debug, Clone, Copy)]
struct Suite {
    questions: usize,
    /// The samples of each question: candidate, baseline.
    samples: [usize; 2],
    /// The questions of a topic, whose changes are alike; 1 for questions without topics.
    of_topic: usize,
    /// The true change of the pass rate.
    change: f64,
}

fn unit(random: &mut ChaCha8Rng) -> f64 {
    Uniform::new(0.0, 1.0).unwrap().sample(random)
}

fn side(samples: Vec<Vec<f64>>) -> Predictions {
    let mut samples = samples;
    samples.iter_mut().for_each(|row| row.sort_by(f64::total_cmp));
    let means = samples.iter().map(|row| row.iter().sum::<f64>() / row.len() as f64).collect();
    Predictions { scores: vec![means], samples: Some(samples), ..Predictions::default() }
}

/// Draws both sides of a suite. A candidate passes `1 + change / mean` times as often, and a topic half or one and a
/// half times that change.
fn drawn(suite: Suite, random: &mut ChaCha8Rng) -> Rows {
    let (a, b) = DIFFICULTY;
    let difficulty = Beta::new(a, b).unwrap();
    let mean = a / (a + b);
    let (mut ours, mut theirs, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
    let mut factor = 1.0;
    for question in 0..suite.questions {
        if question % suite.of_topic == 0 {
            factor = if suite.of_topic > 1 && unit(random) < 0.5 { 0.5 } else { 1.5 };
            factor = if suite.of_topic > 1 { factor } else { 1.0 };
        }
        let before: f64 = difficulty.sample(random);
        let after = before * (1.0 + factor * suite.change / mean);
        let mut passes = |of: f64, count: usize| (0..count).map(|_| f64::from(u8::from(unit(random) < of))).collect();
        ours.push(passes(after, suite.samples[0]));
        theirs.push(passes(before, suite.samples[1]));
        clusters.push((question / suite.of_topic) as u32);
    }
    let truth = Truth::Grades { rows: suite.questions };
    let clusters = (suite.of_topic > 1).then_some(clusters);
    Rows::new(Columns { baseline: Some(side(theirs)), clusters, ..Columns::new(truth, side(ours)) }).unwrap()
}

/// Returns the percentages of intervals above and below the truth.
fn misses(trials: u64, truth: f64, mut interval: impl FnMut(&mut ChaCha8Rng) -> [f64; 2]) -> [f64; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_201);
    let mut found = [0_u64; 2];
    for _ in 0..trials {
        let [low, high] = interval(&mut random);
        found[0] += u64::from(truth < low);
        found[1] += u64::from(truth > high);
    }
    found.map(|count| 100.0 * count as f64 / trials as f64)
}

fn of_change(name: &str, suite: Suite, truth: f64, trials: u64) -> [f64; 2] {
    let metric = Metric::parse(name).unwrap();
    misses(trials, truth, |random| {
        let state = metric.state_kind().build(&drawn(suite, random)).unwrap();
        contrast(metric, &state, 1.0, 0.95, 0).unwrap().interval
    })
}

fn of_side(name: &str, suite: Suite, truth: f64, trials: u64) -> [f64; 2] {
    let metric = Metric::parse(name).unwrap();
    misses(trials, truth, |random| {
        let state = metric.state_kind().build(&drawn(suite, random)).unwrap();
        estimate(metric, &state, Side::Candidate, 0.95, 0).unwrap().interval
    })
}

/// Says the figures, and holds them to `most` percent on either side and at least `least` together.
#[track_caller]
fn hold(what: &str, [below, above]: [f64; 2], most: f64, least: f64) {
    if std::env::var_os("MLGATE_TRIALS").is_some() {
        let _ = writeln!(std::io::stderr(), "{what}: {below:.1} / {above:.1}");
    }
    assert!(below <= most && above <= most, "{what}: {below} {above}");
    assert!(below + above >= least, "{what} never misses: {below} {above}");
}

#[test]
fn the_change_of_a_suite_covers_on_the_margin() {
    for (questions, samples, of_topic) in
        [(40, [5, 5], 1), (120, [5, 5], 1), (120, [5, 3], 1), (120, [1, 1], 1), (120, [5, 5], 4), (400, [3, 3], 10)]
    {
        let suite = Suite { questions, samples, of_topic, change: -0.05 };
        let what = format!("pass_rate.max_drop, {questions} questions, {samples:?} samples, topics of {of_topic}");
        hold(&what, of_change("pass_rate", suite, -0.05, 1_000), 4.0, 0.5);
        hold(&what.replace("pass_rate", "mean"), of_change("mean", suite, -0.05, 1_000), 4.5, 0.5);
    }
}

#[test]
fn the_rates_of_a_suite_cover_on_the_limit() {
    let (a, b) = DIFFICULTY;
    let both = (a + b) * (a + b + 1.0);
    let truths = [("pass@1", a / (a + b)), ("pass@2", 1.0 - b * (b + 1.0) / both), ("pass^2", a * (a + 1.0) / both)];
    for (questions, samples) in [(20, [5, 5]), (60, [5, 5]), (120, [2, 2]), (400, [10, 10])] {
        let suite = Suite { questions, samples, of_topic: 1, change: 0.0 };
        for (name, truth) in truths {
            let what = format!("{name}.min, {questions} questions of {} samples", samples[0]);
            hold(&what, of_side(name, suite, truth, 1_000), 4.2, 0.5);
        }
    }
}

#[test]
fn preferences_cover() {
    let metric = Metric::parse("win_rate").unwrap();
    for rows in [40, 200] {
        // 40 % wins, 30 % ties.
        let found = misses(1_000, 0.55, |random| {
            let grade = |at: f64| {
                if at < 0.4 {
                    1.0
                } else if at < 0.7 {
                    0.5
                } else {
                    0.0
                }
            };
            let grades = (0..rows).map(|_| grade(unit(random))).collect();
            let ours = Predictions { scores: vec![grades], ..Predictions::default() };
            let rows = Rows::new(Columns::new(Truth::Grades { rows }, ours)).unwrap();
            let state = metric.state_kind().build(&rows).unwrap();
            estimate(metric, &state, Side::Candidate, 0.95, 0).unwrap().interval
        });
        hold(&format!("win_rate.min, {rows} rows"), found, 4.0, 0.5);
    }
}

/// Draws latencies of both sides, which are alike on a question, in clusters of `of_question` rows.
fn latencies(rows: usize, of_question: usize, random: &mut ChaCha8Rng) -> Rows {
    let normal = Normal::new(0.0, 1.0).unwrap();
    let (mut ours, mut theirs, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
    let mut shared = 0.0;
    for row in 0..rows {
        if row % of_question == 0 {
            shared = normal.sample(random);
        }
        let mut time = || (6.0_f64 + 0.3 * shared + 0.4 * normal.sample(random)).exp();
        ours.push(time());
        theirs.push(time());
        clusters.push((row / of_question) as u32);
    }
    let plain = |times| Predictions { scores: vec![times], ..Predictions::default() };
    let clusters = (of_question > 1).then_some(clusters);
    let columns = Columns::new(Truth::Grades { rows }, plain(ours));
    Rows::new(Columns { baseline: Some(plain(theirs)), clusters, ..columns }).unwrap()
}

/// Each trial is thousands of draws, so there are few; an interval that is a third too narrow would still be seen.
#[test]
fn quantiles_of_latencies_cover() {
    let trials = std::env::var("MLGATE_TRIALS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_u64);
    let band = 2.5 + 400.0 * (0.025_f64 * 0.975 / trials as f64).sqrt();
    for (rows, of_question, share, z) in [(100, 1, 0.5, 0.0), (100, 1, 0.9, 1.281_552), (200, 4, 0.9, 1.281_552)] {
        let metric = Metric::parse(&format!("quantile@{share}")).unwrap();
        let truth = (6.0_f64 + 0.5 * z).exp();
        let what = format!("{metric}, {rows} rows, {of_question} of a question");
        let state = |random: &mut ChaCha8Rng| metric.state_kind().build(&latencies(rows, of_question, random)).unwrap();
        let one = misses(trials, truth, |random| {
            estimate(metric, &state(random), Side::Candidate, 0.95, 0).unwrap().interval
        });
        hold(&format!("{what}, max"), one, band, 0.0);
        let both = misses(trials, 0.0, |random| contrast(metric, &state(random), 1.0, 0.95, 0).unwrap().interval);
        hold(&format!("{what}, max_drop"), both, band, 0.0);
    }
}
