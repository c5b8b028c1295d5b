//! JSON of managed pipelines, and folders of DVCLive.

use serde_json::json;

use super::{fixture, names, refused, snapshot, value};
use crate::support::Workplace;

#[test]
fn metrics_of_kfp_are_in_the_metadata() {
    let run = fixture("kfp/executor_input.json");
    assert_eq!(run["kind"], "kfp");
    assert_eq!(value(&run, "scores.accuracy"), json!(0.9375));
    assert_eq!(value(&run, "scores.rows"), json!(48.0));
    assert_eq!(value(&run, "curve.confusionMatrix.rows.1.row.0"), json!(2.0));
    assert_eq!(run["params"], json!({"threshold": "0.5"}));
    assert_eq!(run["artifacts"]["scores"], "/store/scores");
    let place = Workplace::new();
    place.write("empty.json", "{\"inputs\": {\"artifacts\": {}}, \"outputs\": {}}");
    assert!(refused(place.path(), "empty.json").contains("metadata"));
}

#[test]
fn dvclive_writes_words_for_numbers() {
    let run = fixture("dvclive");
    assert_eq!(run["kind"], "dvclive");
    assert_eq!(value(&run, "eval.accuracy"), json!(0.84375));
    assert_eq!(run["metrics"]["eval.accuracy"]["step"], 4);
    assert_eq!(run["metrics"]["eval.accuracy.best"]["value"], json!(0.875));
    assert_eq!(run["metrics"]["eval.accuracy.best"]["step"], 2);
    assert_eq!(value(&run, "train.loss.best"), json!(0.5));
    assert_eq!((value(&run, "train.grad"), value(&run, "train.grad.max")), (json!("NaN"), json!("Infinity")));
    assert_eq!((&run["params"]["lr"], &run["params"]["layers.1"]), (&json!("1e-05"), &json!("3")));
    let alone = fixture("dvclive/metrics.json");
    assert_eq!(names(&alone), ["eval.accuracy", "step", "train.grad", "train.loss"]);
    assert_eq!((value(&alone, "train.grad"), &alone["metrics"]["train.loss"]["step"]), (json!("NaN"), &json!(4)));
}

#[test]
fn evaluations_of_sagemaker_have_the_names_of_the_file() {
    let place = Workplace::new();
    place.write(
        "evaluation.json",
        "{\"binary_classification_metrics\": {\"accuracy\": {\"value\": 0.9, \"standard_deviation\": \"NaN\"}, \"auc\": {\"value\": 0.95, \"standard_deviation\": 0.01}}}",
    );
    let run = snapshot(place.path(), "evaluation.json").unwrap();
    assert_eq!(run.kind, "sagemaker");
    assert!((run.metrics["binary_classification_metrics.accuracy.value"].value - 0.9).abs() < 1e-12);
    assert!(run.metrics["binary_classification_metrics.accuracy.standard_deviation"].value.is_nan());
    // A metric of Clarify that could not be computed is no zero.
    place.write(
        "analysis.json",
        "{\"pre_training_bias_metrics\": {\"facets\": {\"sex\": [{\"value_or_threshold\": \"0\", \"metrics\": [{\"name\": \"CI\", \"value\": 0.25}, {\"name\": \"KL\", \"value\": null, \"error\": \"no\"}]}]}}}",
    );
    let run = snapshot(place.path(), "analysis.json").unwrap();
    let names: Vec<&String> = run.metrics.keys().collect();
    assert_eq!(names, ["pre_training_bias_metrics.facets.sex.0.metrics.CI"]);
    assert_eq!(run.warnings, ["`pre_training_bias_metrics.facets.sex.0.metrics.KL` is null"]);
}

#[test]
fn evaluations_of_vertex_have_the_names_of_the_file() {
    let place = Workplace::new();
    place.write(
        "evaluation.json",
        "{\"name\": \"projects/1/models/2/evaluations/3\", \"metricsSchemaUri\": \"gs://x/classification_metrics_1.0.0.yaml\", \"createTime\": \"2026-01-02T03:04:05.5Z\", \"metrics\": {\"auPrc\": 0.9, \"confidenceMetrics\": [{\"confidenceThreshold\": 0.5, \"recall\": 0.8}]}}",
    );
    let run = snapshot(place.path(), "evaluation.json").unwrap();
    assert_eq!((run.kind.as_str(), run.run.started.as_deref()), ("vertex", Some("2026-01-02T03:04:05.500Z")));
    assert!((run.metrics["metrics.auPrc"].value - 0.9).abs() < 1e-12);
    assert!((run.metrics["metrics.confidenceMetrics.0.recall"].value - 0.8).abs() < 1e-12);
    place.write("plain.json", "{\"rootMeanSquaredError\": 2.5, \"rSquared\": 0.5}");
    assert_eq!(snapshot(place.path(), "plain.json").unwrap().kind, "vertex");
}
