//! Scores that are no probabilities, and thresholds for scores of 32 bits.

use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{Float32Array, Int64Array};
use serde_json::json;

use crate::class_values::{parquet, report, value, verdict};
use crate::support::{Workplace, gate};

/// Returns rows of three classes: `of` gives the score of the true class, and that of each other.
fn rows(of: impl Fn(usize) -> (f64, f64)) -> String {
    let mut text = "id,y,a,b,c,g\n".to_owned();
    for row in 0..120 {
        let (hit, miss) = of(row);
        let scores: Vec<String> = (0..3).map(|class| if class == row % 3 { hit } else { miss }.to_string()).collect();
        writeln!(text, "{row},{},{},{}", ["a", "b", "c"][row % 3], scores.join(","), ["x", "y"][row % 2]).unwrap();
    }
    text
}

const THREE: &str = "task: multiclass, key: id, label: y, score: {a: a, b: b, c: c}";

/// Never passes: scores of several classes that do not sum to one (exit code 4).
#[test]
fn scores_of_a_row_sum_to_one() {
    let place = Workplace::new();
    place.write("good.csv", &rows(|_| (0.8, 0.1)));
    place.write("sigmoids.csv", &rows(|_| (0.97, 0.9)));
    place.write("ones.csv", &rows(|_| (1.0, 1.0)));
    place.write("zeros.csv", &rows(|_| (0.0, 0.0)));
    place.write("below.csv", &rows(|_| (0.8, 0.05)));
    place.write("one.csv", &rows(|row| if row == 7 { (0.9, 0.1) } else { (0.8, 0.1) }));
    for (file, row, sum) in
        [("sigmoids", 1, "2.77"), ("ones", 1, "3.00"), ("zeros", 1, "0.00"), ("below", 1, "0.90"), ("one", 8, "1.10")]
    {
        for metric in ["log_loss: {max: 9}", "brier_score: {max: 2}", "expected_calibration_error: {max: 1}"] {
            let (verdict, message) =
                verdict(&place, &format!("predictions: {file}.csv, {THREE}, metrics: {{{metric}}}"));
            assert_eq!(verdict, "error", "{file} {metric}");
            assert!(
                message.starts_with(&format!("{file}.csv: the scores of row {row} sum to {sum} and not to 1, ")),
                "{message}"
            );
        }
        // The invalid scores are on the baseline's side only, in slices and in groups.
        let model = format!(
            "predictions: good.csv, baseline_predictions: {file}.csv, {THREE}, slices: [g], \
             metrics: {{log_loss: {{max_drop: 0.1, slices: {{g: {{max_drop: 0.1}}}}}}}}, fairness: {{by: [g], rates: {{log_loss: {{max: 9}}}}}}"
        );
        let report = report(&place, &model);
        assert_eq!(report["counts"]["error"], 3, "{report:#}");
        for gate in report["gates"].as_array().unwrap().iter().filter(|gate| gate["family"] == "metric") {
            assert!(
                gate["message"].as_str().unwrap().contains(&format!("{file}.csv: the scores of row {row} ")),
                "{gate:#}"
            );
        }
        assert_eq!(report["exit_code"], 4);
        // Metrics of ranks or of the largest score accept any scores.
        let any = "accuracy: {min: 0}, top_k_accuracy@2: {min: 0}, roc_auc_ovr_macro: {min: 0}";
        let report =
            crate::class_values::report(&place, &format!("predictions: {file}.csv, {THREE}, metrics: {{{any}}}"));
        assert_eq!(report["counts"]["error"], 0, "{report:#}");
    }
}

#[test]
fn the_row_of_a_baseline_is_that_of_its_own_file() {
    let place = Workplace::new();
    place.write("good.csv", &rows(|_| (0.8, 0.1)));
    let other = rows(|row| if row == 7 { (0.9, 0.1) } else { (0.8, 0.1) });
    let mut lines: Vec<&str> = other.lines().collect();
    lines[1..].reverse();
    place.write("other.csv", &lines.join("\n"));
    let model = format!(
        "predictions: good.csv, baseline_predictions: other.csv, {THREE}, metrics: {{log_loss: {{max_drop: 0.1}}}}"
    );
    let (verdict, message) = verdict(&place, &model);
    assert_eq!(verdict, "error");
    assert!(message.starts_with("other.csv: the scores of row 113 sum to 1.10 and not to 1, "), "{message}");
}

#[test]
fn rounding_is_no_other_sum() {
    let place = Workplace::new();
    place.write("p.csv", &rows(|_| (0.3333, 0.3333)));
    let report = report(&place, &format!("predictions: p.csv, {THREE}, metrics: {{log_loss: {{max: 2}}}}"));
    assert!((value(&report, "models.m.metrics.log_loss.max", "candidate") + 0.3333_f64.ln()).abs() < 1e-12);
    let single = |class: usize| {
        Arc::new(Float32Array::from(
            (0..120).map(|row| if row % 3 == class { 0.998_f32 } else { 0.001 }).collect::<Vec<_>>(),
        ))
    };
    let labels = Arc::new(Int64Array::from((0..120).map(|row| row % 3).collect::<Vec<_>>()));
    parquet(&place, "p.parquet", vec![("y", labels), ("a", single(0)), ("b", single(1)), ("c", single(2))]);
    let model = "task: multiclass, predictions: p.parquet, label: y, score: {0: a, 1: b, 2: c}, metrics: {brier_score: {max: 0.1}}";
    assert_eq!(verdict(&place, model).0, "pass");
    // Logits are converted into probabilities, and scores of several labels need no sum.
    place.write("l.csv", &rows(|_| (4.0, -1.0)));
    assert_eq!(
        verdict(&place, &format!("predictions: l.csv, {THREE}, logits: true, metrics: {{log_loss: {{max: 2}}}}")).0,
        "pass"
    );
    place.write(
        "m.csv",
        &(0..60)
            .fold("a,b,sa,sb\n".to_owned(), |text, row| text + &format!("{},1,0.{},0.9\n", row % 2, 1 + row % 2 * 7)),
    );
    let model = "task: multilabel, predictions: m.csv, label: [a, b], score: [sa, sb], metrics: {f1_micro: {min: 0.5}}";
    assert_eq!(verdict(&place, model).0, "pass");
}

#[test]
fn lists_kept_rows_and_what_is_blessed_are_held_to_the_same() {
    let place = Workplace::new();
    let list = |row: usize, hit: f64, miss: f64| {
        (0..3).map(|class| if class == row % 3 { hit } else { miss }).collect::<Vec<f64>>()
    };
    let file = |hit, miss| -> String {
        (0..120).map(|row| json!({"id": row, "y": row % 3, "s": list(row, hit, miss)}).to_string() + "\n").collect()
    };
    place.write("p.jsonl", &file(1.0, 1.0));
    let model = "task: multiclass, predictions: p.jsonl, key: id, label: y, score: s, metrics: {log_loss: {max: 1}}";
    assert!(verdict(&place, model).1.starts_with("p.jsonl: the scores of row 1 sum to 3.00"));
    place.write("mlgate.yml", &format!("version: 1\nbaseline: b.json\nmodels:\n  m: {{{model}}}\n"));
    assert_ne!(place.run(&["bless"]).code, 0, "what could not be judged is not blessed");
    let power = place.run(&["power"]);
    assert!(!power.stdout.contains("100%"), "{}", power.stdout);
}

#[test]
fn a_threshold_is_compared_in_the_column_s_own_type() {
    let place = Workplace::new();
    let scores: Vec<f32> = (0..120).map(|row| if row % 2 == 1 { 0.7 } else { 0.2 }).collect();
    let labels = || Arc::new(Int64Array::from((0..120).map(|row| row % 2).collect::<Vec<_>>()));
    let column = || Arc::new(Float32Array::from(scores.clone()));
    parquet(&place, "p.parquet", vec![("y", labels()), ("s", column()), ("z", labels()), ("r", column())]);
    let binary = "predictions: p.parquet, label: y, score: s, threshold: 0.7, slices: [y, {s: {bins: 2}}], \
                  metrics: {accuracy: {min: 0.9, slices: {y: {min: 0.9}}}}, fairness: {by: [{s: [0.7]}], rates: {accuracy: {min: 0.9}}}";
    let found = report(&place, binary);
    assert_eq!(value(&found, "models.m.metrics.accuracy.min", "candidate"), 1.0);
    let band = &gate(&found, "models.m.fairness.s.accuracy.min")["groups"];
    assert_eq!((&band[1]["group"][0], &band[1]["candidate"]["n"]), (&json!("from 0.7"), &json!(60)), "{found:#}");
    assert_eq!(found["exit_code"], 0, "{found:#}");
    let several = "task: multilabel, predictions: p.parquet, label: [y, z], score: [s, r], threshold: 0.7, metrics: {recall_micro: {min: 0.9}}";
    assert_eq!(verdict(&place, several).0, "pass");
}

#[test]
fn a_threshold_beside_kept_rows_is_that_of_their_32_bits() {
    let place = Workplace::new();
    let rows: String =
        (0..120).map(|row| format!("{row},{},{}\n", row % 2, if row % 2 == 1 { 0.7 } else { 0.2 })).collect();
    place.write("p.csv", &format!("id,y,s\n{rows}"));
    let model =
        "predictions: p.csv, key: id, label: y, score: s, threshold: 0.7, metrics: {accuracy: {max_drop: 0.01}}";
    place.write(
        "mlgate.yml",
        &format!("version: 1\nbaseline: {{from: b.json, rows: true}}\nmodels:\n  m: {{{model}}}\n"),
    );
    assert_eq!(place.run(&["bless"]).code, 0);
    let report = place.report();
    let drop = gate(&report, "models.m.metrics.accuracy.max_drop");
    assert_eq!(drop["change"]["method"], "identical scores", "{report:#}");
    assert_eq!((&drop["candidate"]["value"], &drop["baseline"]["value"]), (&json!(1.0), &json!(1.0)), "{report:#}");
}
