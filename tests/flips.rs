//! The keys of flipped rows: reported on request of the command line only.

use serde_json::{Value, json};

use crate::support::Workplace;

/// Rows whose ids are in no order; 7 and 31337 are broken, 3 is fixed.
const NEW: &str = "id,label,score\n31337,1,0.1\n3,1,0.9\n7,0,0.9\n20,0,0.9\n5,1,0.9\n";
const OLD: &str = "id,label,score\n3,1,0.1\n5,1,0.9\n7,0,0.1\n20,0,0.8\n31337,1,0.9\n";

const CONFIG: &str = "\
version: 1
models:
  m:
    predictions: new.csv
    baseline_predictions: old.csv
    key: id
    label: label
    score: score
    metrics: {accuracy: {min: 0.1}}
";

fn place(config: &str) -> Workplace {
    let place = Workplace::new();
    place.write("new.csv", NEW).write("old.csv", OLD).write("mlgate.yml", config);
    place
}

fn flips(place: &Workplace, most: &str) -> Value {
    let (report, answer) = place.report_with(&["--list-flips", most], &[]);
    assert_eq!(answer.code, 0, "{}", answer.stdout);
    report["flips"].clone()
}

#[test]
fn flipped_rows_are_listed_by_their_keys_in_the_order_of_the_keys() {
    let wanted = json!([{
        "model": "m",
        "key": ["id"],
        "broken": {"rows": 2, "keys": [["7"], ["31337"]]},
        "fixed": {"rows": 1, "keys": [["3"]]},
        "changed": {"rows": 0, "keys": []},
    }]);
    assert_eq!(flips(&place(CONFIG), "10"), wanted);
}

#[test]
fn they_are_counted_in_full_and_listed_up_to_a_number() {
    let found = flips(&place(CONFIG), "1");
    assert_eq!(found[0]["broken"], json!({"rows": 2, "keys": [["7"]]}));
    let answer = place(CONFIG).run(&["run", "--list-flips", "1000000"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("10000"), "{}", answer.stderr);
}

#[test]
fn nobody_sees_a_key_who_did_not_ask() {
    let place = place(CONFIG);
    assert_eq!(place.report()["flips"], Value::Null);
    for format in ["text", "markdown"] {
        let answer = place.run(&["run", "--evidence", "--list-flips", "10", "--format", format]);
        assert!(!answer.stdout.contains("31337"), "keys are in the JSON report alone: {}", answer.stdout);
    }
}

#[test]
fn keys_of_several_columns_and_more_than_two_classes() {
    let place = Workplace::new();
    place
        .write("p.csv", "shop,day,label,new,old\na,2,cat,dog,bird\na,10,cat,cat,dog\nb,1,dog,cat,dog\nb,2,dog,bird,bird\n")
        .write(
            "mlgate.yml",
            "version: 1\nmodels:\n  m: {task: multiclass, predictions: p.csv, key: [shop, day], label: label, prediction: new, baseline: {prediction: old}, metrics: {accuracy: {min: 0}}}\n",
        );
    let found = flips(&place, "5");
    assert_eq!(found[0]["key"], json!(["shop", "day"]));
    assert_eq!(found[0]["broken"]["keys"], json!([["b", "1"]]));
    assert_eq!(found[0]["fixed"]["keys"], json!([["a", "10"]]));
    assert_eq!(found[0]["changed"]["keys"], json!([["a", "2"]]));
}

#[test]
fn why_there_are_none_is_said() {
    for (config, why) in [
        (CONFIG.replace("    baseline_predictions: old.csv\n", ""), "there is no baseline on the same rows"),
        (CONFIG.replace("key: id", "pairing: none"), "rows are identified by a `key`, and the model has none"),
        (CONFIG.replace("label: label", "label: label\n    pairing: none"), "there is no baseline on the same rows"),
        (
            CONFIG
                .replace("accuracy: {min: 0.1}", "log_loss: {max: 9}")
                .replace("label: label", "label: label\n    task: regression")
                .replace("log_loss", "mean_absolute_error"),
            "rows are right or wrong only in tasks with classes",
        ),
    ] {
        let found = flips(&place(&config), "5");
        assert_eq!(found[0]["undefined"], why, "{found:#}");
        assert_eq!(found[0]["broken"], json!({"rows": null, "keys": []}));
    }
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let one = place(CONFIG);
    let mut rows: Vec<&str> = NEW.lines().skip(1).collect();
    rows.reverse();
    let other = place(CONFIG);
    other.write("new.csv", &format!("id,label,score\n{}\n", rows.join("\n")));
    assert_eq!(flips(&one, "1"), flips(&other, "1"));
}

#[test]
fn the_report_keeps_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let (report, _) = place(CONFIG).report_with(&["--list-flips", "3"], &[]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&report).map(|problem| problem.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}
