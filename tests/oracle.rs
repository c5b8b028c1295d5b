//! Every number agrees with scikit-learn, Fairlearn and SciPy to 1e-9.
//!
//! `fixtures/make.py` wrote `fixtures/expected.json`, which names the versions.

use std::fs;

use serde_json::Value;

use crate::support::{Workplace, fixtures};

const CONFIG: &str = "\
version: 1
min_cell: 0
models:
  approval:
    predictions: PREDICTIONS
    baseline_predictions: BASELINE
    key: id
    label: label
    score: score
    prediction: prediction
    metrics:
      accuracy: {max_drop: 0.9}
      precision: {}
      recall: {}
      f1: {max_drop: 0.9}
      roc_auc: {max_drop: 0.9}
      log_loss: {max_drop: 10}
      brier_score: {max_drop: 0.9}
    fairness:
      by: [sex, region, [sex, region]]
      rates:
        selection_rate: {min_ratio: {is: 0, min_n: 1}, max_gap: {is: 1, min_n: 1}}
        true_positive_rate: {min_ratio: {is: 0, min_n: 1}, max_gap: {is: 1, min_n: 1}}
        false_positive_rate: {min_ratio: {is: 0, min_n: 1}, max_gap: {is: 1, min_n: 1}}
";

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(fixtures().join("expected.json")).unwrap()).unwrap()
}

fn report(scenario: &str) -> Value {
    let path = |side: &str| fixtures().join("loans").join(side).join("predictions.parquet").display().to_string();
    let place = Workplace::new();
    place.write("mlgate.yml", &CONFIG.replace("PREDICTIONS", &path(scenario)).replace("BASELINE", &path("main")));
    place.report()
}

#[track_caller]
fn near(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

const METRICS: [(&str, &str); 7] = [
    ("accuracy", "accuracy"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("f1", "f1"),
    ("roc_auc", "roc_auc"),
    ("log_loss", "log_loss"),
    ("brier_score", "brier_score_loss"),
];

#[test]
fn metrics_of_both_sides_are_scikit_learn_s() {
    let expected = expected();
    for scenario in ["good", "bad"] {
        let report = report(scenario);
        for (ours, theirs) in METRICS {
            for (side, folder) in [("candidate", scenario), ("baseline", "main")] {
                let measured = report["measurements"].as_array().unwrap();
                let found = measured
                    .iter()
                    .find(|reading| reading["measure"] == ours && reading["side"] == side)
                    .unwrap_or_else(|| panic!("{ours} of the {side} was not measured"));
                let expected = &expected["predictions"][folder]["metrics"][theirs];
                near(&found["value"], expected, &format!("{scenario}, {side}, {ours}"));
            }
        }
    }
}

#[test]
fn rates_of_all_groups_are_fairlearn_s() {
    let expected = expected();
    let mut compared = 0;
    for scenario in ["good", "bad"] {
        let report = report(scenario);
        for (by, theirs) in [("sex", "sex"), ("region", "region"), ("sex+region", "sex,region")] {
            let expected = &expected["predictions"][scenario]["fairness"][theirs];
            for rate in ["selection_rate", "true_positive_rate", "false_positive_rate"] {
                for (check, reduction) in [("min_ratio", "ratio"), ("max_gap", "difference")] {
                    let id = format!("models.approval.fairness.{by}.{rate}.{check}");
                    let gate = crate::support::gate(&report, &id);
                    near(&gate["candidate"]["value"], &expected["between_groups"][rate][reduction], &id);
                    let groups = gate["groups"].as_array().unwrap();
                    assert_eq!(groups.len(), expected["groups"].as_object().unwrap().len(), "{id}");
                    for group in groups {
                        let names: Vec<&str> =
                            group["group"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
                        near(
                            &group["candidate"]["value"],
                            &expected["groups"][names.join(",")][rate],
                            &format!("{id} {names:?}"),
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 2 * 3 * 2 * (2 + 6 + 12), "some group was not looked at");
}

#[test]
fn intervals_of_the_change_are_delong_s_and_the_paired_t_s() {
    let expected = expected();
    for scenario in ["good", "bad"] {
        let report = report(scenario);
        for (ours, theirs) in [("roc_auc", "roc_auc"), ("log_loss", "log_loss"), ("brier_score", "brier_score_loss")] {
            let gate = crate::support::gate(&report, &format!("models.approval.metrics.{ours}.max_drop"));
            let expected = &expected["paired"][scenario][theirs];
            near(&gate["change"]["value"], &expected["difference"], ours);
            for end in 0..2 {
                near(
                    &gate["change"]["interval"][end],
                    &expected["interval"][end],
                    &format!("{scenario}, {ours}, end {end}"),
                );
            }
        }
    }
}

/// At 10,000 rows, Newcombe's paired interval agrees with a bootstrap of the rows to a few percent of its width.
#[test]
fn intervals_of_counts_agree_with_a_bootstrap() {
    let expected = expected();
    for scenario in ["good", "bad"] {
        let report = report(scenario);
        for metric in ["accuracy", "f1"] {
            let gate = crate::support::gate(&report, &format!("models.approval.metrics.{metric}.max_drop"));
            let expected = &expected["paired"][scenario]["resampled"][metric]["difference"]["percentile"];
            let end = |interval: &Value, end: usize| interval[end].as_f64().unwrap();
            let width = end(expected, 1) - end(expected, 0);
            for side in 0..2 {
                let apart = (end(&gate["change"]["interval"], side) - end(expected, side)).abs();
                assert!(apart < 0.05 * width, "{scenario}, {metric}: {apart} of {width}");
            }
        }
    }
}

#[test]
fn counts_of_the_data_are_pandas() {
    let expected = expected();
    for scenario in ["good", "bad"] {
        let folder = fixtures().join("loans").join(scenario);
        let answer = crate::support::run_in(&folder, &["--format", "json", "--only", "data.*"]);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap();
        let expected = &expected["applications"][scenario];
        let value = |id: &str| crate::support::gate(&report, id)["candidate"]["value"].clone();
        let rows = expected["rows"].as_f64().unwrap();
        near(&value("data.applications.rows"), &expected["rows"], "rows");
        near(&value("data.applications.columns.income.nulls"), &expected["null_share_of_income"], "nulls");
        let share = |key: &str| Value::from(expected[key].as_f64().unwrap() / rows);
        near(&value("data.applications.duplicate_rows"), &share("duplicate_rows"), "duplicate rows");
        near(&value("data.applications.columns.id.unique"), &share("duplicate_ids"), "duplicate ids");
    }
}
