//! The files of SageMaker Model Monitor: what they say is what the report says.

use serde_json::Value;

use crate::support::{Workplace, copy, fixtures};

const CONFIG: &str = "version: 1
data:
  applications:
    path: applications.parquet
    baseline_path: main.parquet
    rows: \">= 4000\"
    columns:
      age: {type: int, nulls: 0, mean: [20, 60], minimum: \">= 0\"}
      income: {type: float, nulls: \"<= 3%\"}
      region: {type: string, in: [north, south, east, west, islands], distinct: [2, 9], tv: 0.5}
      payment_score: {ks: 0.1}
models:
  approval:
    predictions: predictions.parquet
    label: label
    score: score
    prediction: prediction
    metrics: {roc_auc: {min: 0.81}, log_loss: {max: 0.9}}
    fairness: {by: [sex], rates: {selection_rate: {min_ratio: 0.8}}}
";

/// The mean of `age`, by pandas.
const AGE_MEAN: f64 = 41.880340264650286;

fn place() -> Workplace {
    let place = Workplace::new();
    for (from, to) in [
        ("bad/applications.parquet", "applications.parquet"),
        ("main/applications.parquet", "main.parquet"),
        ("bad/predictions.parquet", "predictions.parquet"),
    ] {
        copy(&fixtures().join("loans").join(from), &place.path().join(to));
    }
    place.write("mlgate.yml", CONFIG);
    place
}

const OUTPUTS: [&str; 9] = [
    "run",
    "--quiet",
    "--plots",
    "--output",
    "sagemaker-violations=violations.json",
    "--output",
    "sagemaker-statistics=statistics.json",
    "--output",
    "sagemaker-message=message",
];

fn json(place: &Workplace, name: &str) -> Value {
    serde_json::from_str(&place.read(name)).unwrap()
}

#[test]
fn violations_have_the_names_of_model_monitor() {
    let place = place();
    assert_eq!(place.run(&OUTPUTS).code, 1);
    let page = json(&place, "violations.json");
    let found: Vec<(&str, &str)> = page["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| {
            let name = each.get("feature_name").or_else(|| each.get("metric_name")).unwrap();
            (name.as_str().unwrap(), each["constraint_check_type"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("income", "completeness_check"),
            ("region", "categorical_values_check"),
            ("payment_score", "baseline_drift_check"),
            ("roc_auc", "LessThanThreshold"),
            ("selection_rate", "bias_drift_check"),
        ]
    );
    let drift = page["violations"][2]["description"].as_str().unwrap();
    // Programs that read the file take what is behind both colons for numbers.
    let numbers = drift.strip_prefix("Baseline drift distance: ").unwrap();
    let (distance, threshold) = numbers.split_once(" exceeds threshold: ").unwrap();
    assert!((distance.parse::<f64>().unwrap() - 0.983).abs() < 0.01 && threshold == "0.1", "{drift}");
    assert_eq!(page["violations"][4]["facet"], "sex");
    assert_eq!(place.read("message"), "CompletedWithViolations: Job completed successfully with 5 violations.\n");
}

/// The numbers are those of pandas 2.3 on the same file: `isna().sum()`, `mean()`, `min()`, `nunique()`.
#[test]
fn statistics_are_the_measured_ones() {
    let place = place();
    place.run(&OUTPUTS);
    let page = json(&place, "statistics.json");
    assert_eq!((&page["version"], &page["dataset"]["item_count"]), (&0.into(), &5_290.into()));
    let feature = |name: &str| {
        let features = page["features"].as_array().unwrap();
        features.iter().find(|feature| feature["name"] == name).unwrap().clone()
    };
    let age = feature("age");
    assert_eq!(age["inferred_type"], "Integral");
    assert_eq!(age["numerical_statistics"]["common"], serde_json::json!({"num_present": 5290, "num_missing": 0}));
    assert_eq!(age["numerical_statistics"]["min"], 19.0);
    let mean = age["numerical_statistics"]["mean"].as_f64().unwrap();
    assert!((mean - AGE_MEAN).abs() < 1e-9, "{mean}");
    let income = feature("income");
    assert_eq!(income["numerical_statistics"]["common"], serde_json::json!({"num_present": 4816, "num_missing": 474}));
    let region = feature("region");
    assert_eq!(
        (&region["inferred_type"], &region["string_statistics"]["distinct_count"]),
        (&"String".into(), &6.into())
    );
    let buckets = region["string_statistics"]["distribution"]["categorical"]["buckets"].as_array().unwrap();
    let overseas = buckets.iter().find(|bucket| bucket["value"] == "overseas");
    assert!(overseas.is_none_or(|bucket| bucket["count"] == 35), "{buckets:?}");
    assert!(!buckets.is_empty());
}

#[test]
fn a_pass_has_no_violation_and_a_broken_config_a_word() {
    let place = place();
    place.write("mlgate.yml", "version: 1\ndata: {a: {path: applications.parquet, rows: \"> 0\"}}\n");
    assert_eq!(place.run(&OUTPUTS).code, 0);
    assert_eq!(json(&place, "violations.json"), serde_json::json!({"violations": []}));
    assert_eq!(place.read("message"), "Completed: Job completed successfully with no violations.\n");
    place.write("mlgate.yml", "version: 1\ndata: {a: {path: applications.parquet, rwos: 1}}\n");
    assert_eq!(place.run(&OUTPUTS).code, 2);
    assert_eq!(place.read("message"), "Failed: mlgate ended without a verdict (exit code 2).\n");
    assert_eq!(json(&place, "violations.json")["violations"].as_array().unwrap().len(), 1);
    assert!(!place.path().join("statistics.json").exists(), "there is nothing to tell of");
}
