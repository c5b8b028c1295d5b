//! Properties: more structure is never more certainty. Clusters and weights never narrow an interval, and rows that are
//! all alike are not certain.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use proptest::sample::select;

use crate::stats::*;

/// A row of any task: label, two predictions, and a unit that it may belong to.
type Row = (u32, [f64; 2], u32);

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let score = || select(vec![0.1, 0.2, 0.4, 0.45, 0.6, 0.7, 0.9]);
    prop::collection::vec((0..3_u32, [score(), score()], 0..5_u32), 8..most)
}

fn side(scores: Vec<Vec<f64>>, predicted: Option<Predicted>) -> Predictions {
    Predictions { scores, predicted, ..Predictions::default() }
}

/// Returns the same rows as columns of each task, with the metrics to test.
fn tasks(rows: &[Row]) -> Vec<(Columns, &'static [&'static str])> {
    let column = |of: &dyn Fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let both = |of: &dyn Fn(&Row, usize) -> f64| [0, 1].map(|at| column(&|row| of(row, at)));
    let with = |truth: Truth, [ours, theirs]: [Predictions; 2]| Columns {
        baseline: Some(theirs),
        ..Columns::new(truth, ours)
    };
    let binary = both(&|row, at| row.1[at]).map(|scores| {
        let classes = scores.iter().map(|score| *score >= 0.5).collect();
        side(vec![scores], Some(Predicted::Binary(classes)))
    });
    let several = both(&|row, at| row.1[at]).map(|scores| {
        let codes: Vec<u32> =
            scores.iter().map(|score| if *score < 0.3 { 0 } else { 1 + u32::from(*score > 0.5) }).collect();
        let column = |class: u32| codes.iter().map(|code| if *code == class { 0.6 } else { 0.2 }).collect();
        side((0..3).map(column).collect(), Some(Predicted::Classes(codes)))
    });
    let numbers = both(&|row, at| f64::from(row.0) + 1.0 + row.1[at]).map(|numbers| side(vec![numbers], None));
    let labels: Vec<bool> = rows.iter().map(|row| row.0 > 0).collect();
    let codes: Vec<u32> = rows.iter().map(|row| row.0).collect();
    vec![
        (
            with(Truth::Binary(labels), binary),
            &[
                "accuracy",
                "balanced_accuracy",
                "precision",
                "recall",
                "f1",
                "fbeta@2",
                "specificity",
                "zero_one_loss",
                "matthews_corrcoef",
                "cohen_kappa",
                "f1_macro",
                "f1_weighted",
                "log_loss",
                "brier_score",
                "expected_calibration_error",
                "flip_rate",
                "broken_rate",
            ],
        ),
        (
            with(Truth::Classes { codes, count: 3 }, several),
            &[
                "accuracy",
                "balanced_accuracy",
                "f1_macro",
                "f1_weighted",
                "matthews_corrcoef",
                "log_loss",
                "top_k_accuracy@2",
            ],
        ),
        (
            with(Truth::Numbers(rows.iter().map(|row| f64::from(row.0) + 1.0).collect()), numbers),
            &["mae", "mse", "rmse", "mape", "mbe", "mean_prediction", "wape", "r2", "mean_pinball_loss@0.9"],
        ),
    ]
}

/// Returns a metric's intervals: of one side, of the change, and of the change from nine tenths of the baseline.
fn intervals(metric: Metric, columns: &Columns) -> Option<Vec<[f64; 2]>> {
    let state = metric.state_kind().build(&Rows::new(columns.clone()).unwrap()).ok()?;
    let mut found = vec![estimate(metric, &state, Side::Candidate, 0.95, 0).ok()?.interval];
    if metric.needs() != Needs::BothSides {
        found.extend(
            [1.0, 0.9].into_iter().filter_map(|weight| Some(contrast(metric, &state, weight, 0.95, 0).ok()?.interval)),
        );
    }
    Some(found)
}

fn contains(wide: [f64; 2], narrow: [f64; 2]) -> bool {
    let slack = 1e-9 * (1.0 + narrow[0].abs() + narrow[1].abs());
    wide[0] <= narrow[0] + slack && wide[1] >= narrow[1] - slack
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn naming_a_cluster_never_makes_an_interval_narrower(rows in rows(40)) {
        for (columns, metrics) in tasks(&rows) {
            for (kind, codes) in [
                ("own", (0..).take(rows.len()).collect::<Vec<u32>>()),
                ("shared", rows.iter().map(|row| row.2).collect()),
            ] {
                let clustered = Columns { clusters: Some(codes), ..columns.clone() };
                for name in metrics {
                    let metric = Metric::parse(name).unwrap();
                    let (Some(plain), Some(wide)) = (intervals(metric, &columns), intervals(metric, &clustered)) else { continue };
                    for (plain, wide) in plain.into_iter().zip(wide) {
                        prop_assert!(contains(wide, plain), "{name}, {kind} clusters: {wide:?} and {plain:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_weight_that_all_rows_share_never_makes_an_interval_narrower(rows in rows(40), weight in select(vec![0.5, 1.0, 3.0])) {
        for (columns, metrics) in tasks(&rows) {
            let weighted = Columns { weights: Some(vec![weight; rows.len()]), ..columns.clone() };
            for name in metrics {
                let metric = Metric::parse(name).unwrap();
                let (Some(plain), Some(wide)) = (intervals(metric, &columns), intervals(metric, &weighted)) else { continue };
                for (plain, wide) in plain.into_iter().zip(wide) {
                    prop_assert!(contains(wide, plain), "{name}: {wide:?} and {plain:?}");
                }
            }
        }
    }

    #[test]
    fn no_end_of_a_share_lies_outside_its_range(rows in rows(16), weights in prop::collection::vec(select(vec![0.1, 1.0, 5.0]), 16)) {
        for (columns, metrics) in tasks(&rows) {
            let columns = Columns { weights: Some(weights[..rows.len()].to_vec()), clusters: Some(rows.iter().map(|row| row.2).collect()), ..columns };
            for name in metrics {
                let metric = Metric::parse(name).unwrap();
                let Some(found) = intervals(metric, &columns) else { continue };
                let (low, high) = metric.range();
                let ends = [low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)];
                prop_assert!(contains(ends, found[0]), "{name}: {:?}", found[0]);
            }
        }
    }
}

/// Returns identical rows of each task: the same on both sides, or with a baseline that differs in every row by the
/// same amount.
fn same(count: usize) -> Vec<(Columns, &'static [&'static str])> {
    let scores = |score: f64| vec![vec![score; count]];
    let with = |truth: Truth, [ours, theirs]: [Predictions; 2]| Columns {
        baseline: Some(theirs),
        ..Columns::new(truth, ours)
    };
    let right = |score| side(scores(score), Some(Predicted::Binary(vec![true; count])));
    let numbers = |number| side(scores(number), None);
    let certain = |_: f64| Predictions {
        scores: (0..2).map(|class| vec![f64::from(class); count]).collect(),
        predicted: Some(Predicted::Classes(vec![1; count])),
        ..Predictions::default()
    };
    vec![
        (
            with(Truth::Binary(vec![true; count]), [right(0.85), right(0.8)]),
            &[
                "accuracy",
                "balanced_accuracy",
                "precision",
                "recall",
                "f1",
                "fbeta@2",
                "jaccard",
                "f1_macro",
                "f1_weighted",
                "log_loss",
                "brier_score",
                "expected_calibration_error",
                "false_negative_rate",
                "predicted_positive_rate",
            ],
        ),
        (
            with(Truth::Classes { codes: vec![1; count], count: 2 }, [certain(1.0), certain(1.0)]),
            &["accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "recall_weighted", "log_loss", "brier_score"],
        ),
        (
            with(Truth::Numbers(vec![8.0; count]), [numbers(8.5), numbers(9.0)]),
            &[
                "mae",
                "mse",
                "rmse",
                "medae",
                "mape",
                "smape",
                "wape",
                "mbe",
                "mean_prediction",
                "msle",
                "rmsle",
                "mean_pinball_loss@0.9",
            ],
        ),
        (
            with(Truth::Numbers(vec![8.0; count]), [numbers(8.0), numbers(9.0)]),
            &["mae", "mse", "medae", "mape", "wape", "mbe"],
        ),
    ]
}

/// Returns the rows unchanged, as clusters of their own, weighted, and both.
fn variants(columns: &Columns, count: usize) -> [Columns; 4] {
    let weights = Some((0..count).map(|row| 1.0 + f64::from(u8::from(row % 2 == 0))).collect());
    let clusters: Option<Vec<u32>> = Some((0..).take(count).collect());
    [
        columns.clone(),
        Columns { clusters: clusters.clone(), ..columns.clone() },
        Columns { weights: weights.clone(), ..columns.clone() },
        Columns { weights, clusters, ..columns.clone() },
    ]
}

#[test]
fn rows_that_are_all_alike_are_no_point() {
    for count in [2, 3, 10, 16] {
        for (columns, metrics) in same(count) {
            for (place, columns) in variants(&columns, count).into_iter().enumerate() {
                for name in metrics {
                    let metric = Metric::parse(name).unwrap();
                    let state = metric.state_kind().build(&Rows::new(columns.clone()).unwrap()).unwrap();
                    // What hardly spreads is read back from a stored baseline, too.
                    if let State::Joint(joint) = &state {
                        assert!(
                            Joint::from_stored(&joint.to_stored().unwrap()).is_some(),
                            "{name}, {count} rows, {place}"
                        );
                    }
                    let inferred = infer(metric, &state, Side::Candidate, 0).unwrap().at(0.95);
                    let [low, high] = inferred.interval;
                    // Fewer than twenty rows: at least a tenth of the value.
                    let least = if inferred.value == 0.0 { 0.05 } else { 0.1 * inferred.value.abs() };
                    assert!(high - low >= least, "{name}, {count} rows, {place}: {inferred:?}");
                    assert!(
                        low <= inferred.value && inferred.value <= high && inferred.standard_error > 0.0,
                        "{name}: {inferred:?}"
                    );
                    if columns.baseline.as_ref() == Some(&columns.candidate) {
                        continue;
                    }
                    if let Ok(change) = infer_change(metric, &state, 1.0, 0).map(|change| change.at(0.95)) {
                        let [low, high] = change.interval;
                        assert!(
                            high - low > 0.05 * change.value.abs() && high > low,
                            "change of {name}, {count} rows, {place}: {change:?}"
                        );
                    }
                    let apart = infer_unpaired(metric, &state, &state, 1.0, 0).unwrap().at(0.95);
                    assert!(
                        apart.interval[1] - apart.interval[0] > 0.05 * inferred.value.abs(),
                        "{name}, other rows: {apart:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn many_rows_that_are_all_right_decide() {
    for (columns, metrics) in same(400).into_iter().take(2) {
        for columns in variants(&columns, 400) {
            for name in metrics.iter().filter(|name| {
                !name.contains("loss") && !name.contains("score") && !name.contains("error") && !name.contains("rate")
            }) {
                let metric = Metric::parse(name).unwrap();
                let state = metric.state_kind().build(&Rows::new(columns.clone()).unwrap()).unwrap();
                let found = estimate(metric, &state, Side::Candidate, 0.95, 0).unwrap();
                assert!(
                    found.value == 1.0 && found.interval[0] >= 0.95 && found.interval[1] == 1.0,
                    "{name}: {found:?}"
                );
            }
        }
    }
}

/// The rule for errors that are all alike: a single different one would have been enough to see a variance.
#[test]
fn errors_that_are_all_alike_reach_as_far_as_one_that_is_not_would_show() {
    let of = |labels: f64, ours: f64, count: usize, name: &str| {
        let columns = Columns::new(Truth::Numbers(vec![labels; count]), side(vec![vec![ours; count]], None));
        let metric = Metric::parse(name).unwrap();
        let state = metric.state_kind().build(&Rows::new(columns).unwrap()).unwrap();
        estimate(metric, &state, Side::Candidate, 0.95, 0).unwrap()
    };
    // t(2) · 0.5 · √(3/4) / √3.
    let three = of(8.0, 8.5, 3, "mae").interval;
    assert!((three[1] - 0.5 - 1.075_663).abs() < 1e-5 && three[0] == 0.0, "{three:?}");
    // Rounding errors of 32-bit numbers are not variance.
    let columns = |step: f64| {
        let ours: Vec<f64> = (0..10).map(|row| 8.5 + step * f64::from(row)).collect();
        Columns::new(Truth::Numbers(vec![8.0; 10]), side(vec![ours], None))
    };
    for step in [0.0, 1e-16, 1e-8, 1e-6] {
        let metric = Metric::parse("mae").unwrap();
        let state = metric.state_kind().build(&Rows::new(columns(step)).unwrap()).unwrap();
        let [low, high] = estimate(metric, &state, Side::Candidate, 0.95, 0).unwrap().interval;
        assert!(low < 0.2 && high > 0.8, "{step}: {low} {high}");
    }
}

#[test]
fn one_model_on_both_sides_has_not_changed() {
    for (columns, metrics) in same(20) {
        for columns in variants(&columns, 20) {
            let columns = Columns { baseline: Some(columns.candidate.clone()), ..columns };
            for name in metrics {
                let metric = Metric::parse(name).unwrap();
                let state = metric.state_kind().build(&Rows::new(columns.clone()).unwrap()).unwrap();
                let Ok(change) = infer_change(metric, &state, 1.0, 0) else { continue };
                assert_eq!(change.at(0.95).interval, [0.0, 0.0], "{name}");
            }
        }
    }
}
