//! The paired comparison of two models, by number of rows and of groups: `cargo bench`.
//!
//! Prints one line for each measurement; `benches/peers.py` prints those of other libraries on the same file.

#![allow(clippy::print_stdout, reason = "the output is the point")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use mlgate::testing::stats::estimate;
use mlgate::testing::stats::{
    Columns, Contingency, CountedQuery, GroupReference, Loss, LossMoments, Metric, Null, Predicted, Predictions,
    RESAMPLES, RankStatistics, Rate, Reduction, Resamples, Rows, Side, State, Truth, infer_change, infer_groups,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Uniform};

fn main() {
    for rows in [10_000, 100_000, 1_000_000] {
        let (labels, ours, theirs) = scores(rows);
        report("rank statistics, paired", rows, || RankStatistics::from_scores(&labels, &ours, Some(&theirs)));
        report("log loss moments, paired", rows, || {
            let mut moments = LossMoments::default();
            for ((label, ours), theirs) in labels.iter().zip(&ours).zip(&theirs) {
                moments.add(Loss::Log.row(*label, *ours), Some(Loss::Log.row(*label, *theirs)));
            }
            moments
        });
    }
    for rows in [100_000, 1_000_000] {
        all_at_once(rows);
    }
    for rows in [10_000, 1_000_000, 100_000_000] {
        let table = table(1, rows);
        report("f1, paired", rows as usize, || {
            infer_change(Metric::F1, &State::Contingency(table.clone()), 1.0, 0).map(|change| change.at(0.95))
        });
    }
    // Four measures of ten groups with all their resamples, as in `MetricFrame(n_boot=10_000)`.
    let table_of_ten = table(10, 1_000_000);
    report("four measures of 10 groups, 10,000 resamples", 1_000_000, || {
        let resamples = Resamples::draw(&table_of_ten, 0, RESAMPLES);
        let reduction = Reduction::Gap(GroupReference::Highest);
        let measures = [Rate::SelectionRate, Rate::TruePositiveRate, Rate::FalsePositiveRate, Rate::Accuracy];
        measures.map(|rate| {
            let question = CountedQuery { rates: &[rate], reduction: &reduction, side: Side::Candidate, min_n: 30 };
            infer_groups(question, &table_of_ten, &resamples).at(0.95)
        })
    });
    for groups in [2, 10, 50] {
        let table = table(groups, 1_000_000);
        report("gap between groups, 10,000 resamples", groups as usize, || {
            let resamples = Resamples::draw(&table, 0, RESAMPLES);
            let (rates, reduction) = ([Rate::SelectionRate], Reduction::Gap(GroupReference::Highest));
            let question = CountedQuery { rates: &rates, reduction: &reduction, side: Side::Candidate, min_n: 30 };
            infer_groups(question, &table, &resamples).at(0.95)
        });
    }
}

/// Computes states, estimates of both sides and changes with their p-values from typed columns.
fn all_at_once(rows: usize) {
    let (labels, ours, theirs) = scores(rows);
    let side = |scores: Vec<f64>| Predictions {
        predicted: Some(Predicted::Binary(scores.iter().map(|score| *score >= 0.5).collect())),
        scores: vec![scores],
        ..Predictions::default()
    };
    let columns = Columns { baseline: Some(side(theirs)), ..Columns::new(Truth::Binary(labels), side(ours)) };
    let clusters = Some((0..).take(rows).map(|row: u32| row / 10).collect());
    let clustered = Rows::new(Columns { clusters, ..columns.clone() }).unwrap();
    let plain = Rows::new(columns).unwrap();
    let measured = |rows: &Rows, names: &[&str]| {
        let mut states = BTreeMap::new();
        for name in names {
            let metric = Metric::parse(name).unwrap();
            let kind = metric.state_kind();
            let state = states.entry(kind).or_insert_with(|| kind.build(rows).unwrap());
            black_box(estimate(metric, state, Side::Candidate, 0.95, 0).unwrap());
            black_box(estimate(metric, state, Side::Baseline, 0.95, 0).unwrap());
            black_box(infer_change(metric, state, 1.0, 0).unwrap().p_value(Null::AtLeast(-0.01)));
        }
    };
    let four = ["accuracy", "f1", "roc_auc", "log_loss"];
    report("accuracy, f1, roc_auc, log_loss", rows, || measured(&plain, &four));
    report("the same, in clusters of ten rows", rows, || measured(&clustered, &four));
    for name in ["matthews_corrcoef", "average_precision", "expected_calibration_error", "precision_at_top@0.1"] {
        report(name, rows, || measured(&plain, &[name]));
    }
}

/// Prints the median time of a few runs.
fn report<T>(what: &str, size: usize, mut run: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..5)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("{what:40} {size:>12} {:>10.1} ms", times[2].as_secs_f64() * 1000.0);
}

fn scores(rows: usize) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let unit = Uniform::new(0.0, 1.0).unwrap();
    let mut next = || unit.sample(&mut random);
    let labels: Vec<bool> = (0..rows).map(|_| next() < 0.3).collect();
    let shared: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(*label)) * 0.3 + 0.5 * next()).collect();
    let mut noisy = || shared.iter().map(|score| score + 0.2 * next()).collect();
    (labels, noisy(), noisy())
}

fn table(groups: u64, rows: u64) -> Contingency {
    let cells = (0..groups).map(|group| {
        let share = |percent: u64| rows * (percent + group % 3) / (100 * groups);
        let counts = [share(40), share(3), share(3), share(14), share(10), share(2), share(2), share(20)];
        (vec![format!("{group:03}")], counts)
    });
    Contingency::from_cells(true, cells.collect::<BTreeMap<_, _>>())
}
