//! Models of every task with predictions in common forms, compared with scikit-learn.

use std::fs;

use serde_json::Value;

use crate::support::{Workplace, fixtures};

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(fixtures().join("tasks/expected.json")).unwrap()).unwrap()
}

/// Runs a model whose metrics are only measured, and compares them with scikit-learn's.
#[track_caller]
fn agrees(files: &[&str], model: &str, wanted: &[(&str, &str)]) {
    let place = Workplace::new();
    for file in files {
        place.fixture(&format!("tasks/{file}"));
    }
    let expected = expected();
    let names: Vec<&String> = wanted.iter().flat_map(|(_, of)| expected[*of].as_object().unwrap().keys()).collect();
    let mut metrics: Vec<String> = names.iter().map(|name| format!("      \"{name}\": {{}}\n")).collect();
    metrics.sort();
    metrics.dedup();
    let text = format!("version: 1\nmodels:\n  m:\n{model}    metrics:\n{}", metrics.concat());
    // A config needs a check; this one always passes.
    let text = text + "data:\n  d: {path: any.csv, rows: '> 0'}\n";
    place.write("any.csv", "a\n1\n").write("mlgate.yml", &text);
    let report = place.report();
    for (side, of) in wanted {
        for (name, theirs) in expected[*of].as_object().unwrap() {
            let is_it = |found: &&Value| found["side"] == *side && found["subject"]["metric"] == **name;
            let found = report["measurements"].as_array().unwrap().iter().find(is_it);
            let ours = found.and_then(|found| found["value"].as_f64()).unwrap_or_else(|| panic!("{name}: {report:#}"));
            let theirs = theirs.as_f64().unwrap();
            assert!((ours - theirs).abs() <= 1e-9, "{of}, {side}, {name}: {ours} is not {theirs}");
        }
    }
}

const CANDIDATE: &str = "candidate";

#[test]
fn classes_with_a_column_of_scores_each_and_labels_in_a_file_of_their_own() {
    let model = "    task: multiclass
    predictions: animals.parquet
    labels: animal_labels.parquet
    key: id
    label: animal
    prediction: predicted
    score: {dog: p_dog, bird: p_bird, cat: p_cat}
";
    agrees(&["animals.parquet", "animal_labels.parquet"], model, &[(CANDIDATE, "animals")]);
}

#[test]
fn classes_with_lists_of_probabilities_or_logits_and_no_predicted_class() {
    for score in ["score: probabilities", "score: logits\n    logits: true"] {
        let model = format!(
            "    task: multiclass
    predictions: animals_labelled.parquet
    label: animal
    classes: [bird, cat, dog]
    {score}
"
        );
        agrees(&["animals_labelled.parquet"], &model, &[(CANDIDATE, "animals")]);
    }
}

#[test]
fn rows_may_weigh_differently() {
    let model = "    task: multiclass
    predictions: animals_labelled.parquet
    label: animal
    prediction: predicted
    classes: [bird, cat, dog]
    score: probabilities
    weight: weight
";
    agrees(&["animals_labelled.parquet"], model, &[(CANDIDATE, "weighted")]);
}

#[test]
fn numbers_with_both_sides_in_one_file() {
    let model = "    task: regression
    predictions: prices.csv
    label: price
    prediction: new
    interval: [low, high]
    baseline: {prediction: old, interval: [low, high]}
";
    agrees(&["prices.csv"], model, &[(CANDIDATE, "prices"), ("baseline", "old_prices")]);
}

#[test]
fn forecasts_are_scaled_by_naive_errors_of_their_training_rows() {
    let place = Workplace::new();
    // Two series whose naive errors in training were 2 and 10: errors of 1, 3 and 5, 20 are 0.5, 1.5, 0.5 and 2 times
    // these.
    place.write("f.csv", "sales,forecast,step\n10,11,2\n12,9,2\n100,105,10\n110,90,10\n").write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {task: regression, predictions: f.csv, label: sales, prediction: forecast, naive_error: step, metrics: {mase: {max: 100}}}\n",
    );
    let report = place.report();
    assert_eq!(report["gates"][0]["candidate"]["value"], 1.125, "{report:#}");
    place.write("f.csv", "sales,forecast,step\n10,11,2\n12,9,\n");
    let message = place.report()["gates"][0]["message"].clone();
    assert!(message.as_str().unwrap().contains("`step`"), "{message}");
}

#[test]
fn rankings_have_queries() {
    let model = "    task: ranking
    predictions: search.jsonl
    label: gain
    score: score
    query: query
";
    agrees(&["search.jsonl"], model, &[(CANDIDATE, "search")]);
}

#[test]
fn several_labels_to_a_row() {
    let model = "    task: multilabel
    predictions: news.csv
    label: [sports, politics]
    score: [s_sports, s_politics]
";
    agrees(&["news.csv"], model, &[(CANDIDATE, "news")]);
}

#[test]
fn what_does_not_fit_the_task_is_said_at_once() {
    let place = Workplace::new();
    place.fixture("tasks/prices.csv").write(
        "mlgate.yml",
        "version: 1
models:
  a: {task: regresion, predictions: prices.csv, label: price, prediction: new, metrics: {r2: {min: 0}}}
  b: {predictions: prices.csv, label: price, prediction: new, metrics: {r2: {min: 0}}}
  c: {task: ranking, predictions: prices.csv, label: price, score: new, metrics: {ndcg: {min: 0}}}
  d: {task: regression, predictions: prices.csv, label: price, prediction: new, metrics: {interval_coverage: {min: 0}, mean_pinball_loss: {max: 1}}}
  e: {task: multiclass, predictions: prices.csv, label: price, score: [new, old], metrics: {accuracy: {min: 0}}}
  f: {predictions: prices.csv, label: price, prediction: new, series: s, metrics: {acuracy: {min: 0}}}
",
    );
    let answer = place.run(&[]);
    assert_eq!(answer.code, 2);
    insta::assert_snapshot!(answer.stderr);
}
