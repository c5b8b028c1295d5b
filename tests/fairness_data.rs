//! Bias in the data, before any model.

use serde_json::Value;

use crate::fairness::{problem, report};
use crate::support::gate;

#[test]
fn the_data_before_a_model_as_the_docs_show_it() {
    let docs = include_str!("../docs/fairness.md");
    let data = docs.split("```yaml\n").find_map(|block| block.strip_prefix("data:\n")).unwrap();
    let config =
        format!("version: 1\ndata:\n{}", data.split("```").next().unwrap()).replace("train.parquet", "train.csv");
    let mut rows = vec!["sex,race,shift,hired".to_owned()];
    for row in 0..2000 {
        let sex = if row % 4 == 0 { "F" } else { "M" };
        // Women work at night, and are hired half as often.
        let shift = if sex == "F" { "night" } else { "day" };
        let hired = if sex == "F" { row % 8 == 0 && row % 3 == 0 } else { row % 3 == 0 };
        let race = ["a", "b"][row / 12 % 2];
        rows.push(format!("{sex},{race},{shift},{}", u8::from(hired)));
    }
    let report = report(&config, &[("train.csv", &rows.join("\n"))]);
    assert_eq!(gate(&report, "data.train.columns.sex.class_balance")["verdict"], "pass");
    let proxy = gate(&report, "data.train.proxies.sex");
    assert_eq!(proxy["verdict"], "fail", "{proxy:#}");
    assert!(
        proxy["message"].as_str().unwrap().contains("strongest association with `sex` over 2,000 rows: `shift` 100%"),
        "{proxy:#}"
    );
    assert_eq!(gate(&report, "data.train.proxies.race")["verdict"], "pass");
    let labels = gate(&report, "data.train.fairness.sex.base_rate.min_ratio");
    assert_eq!((&labels["verdict"], &labels["subject"]["dataset"]), (&Value::from("fail"), &Value::from("train")));
    let women = &labels["groups"][0]["candidate"];
    assert_eq!((women["value"].as_f64().unwrap(), women["n"].as_u64().unwrap()), (0.168, 500), "{labels:#}");
    assert!(labels["help"].as_str().unwrap().contains("how they came by their labels"), "{labels:#}");
}

const LABELS: &str = "\
version: 1
data:
  train:
    path: train.csv
    fairness:
      label: hired
      by: [sex]
      rates:
RATES
";

#[test]
fn labels_of_several_classes_and_labels_that_are_lost() {
    let mut rows = vec!["sex,hired".to_owned()];
    rows.extend((0..120).map(|row| format!("{},{}", ["f", "m"][row % 2], ["no", "maybe", "yes"][row % 3])));
    let files = [("train.csv", rows.join("\n"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let of_class = report(&LABELS.replace("RATES", "        base_rate@yes: {max_gap: 0.3}"), &files);
    let yes = gate(&of_class, "data.train.fairness.sex.base_rate@yes.max_gap");
    assert_eq!(yes["verdict"], "pass", "{yes:#}");
    assert_eq!(yes["groups"][0]["candidate"]["value"].as_f64().unwrap(), 1.0 / 3.0);
    // With two text classes, the config has to name the positive one.
    let words = report(&LABELS.replace("RATES", "        base_rate: {max_gap: 0.3}"), &files);
    let error = gate(&words, "data.train.fairness.sex.base_rate.max_gap");
    assert_eq!(error["verdict"], "error", "{error:#}");
    let lost = LABELS.replace("RATES", "        base_rate: {max_gap: 0.3}").replace("label: hired", "label: hire");
    let lost = report(&lost, &files);
    let error = gate(&lost, "data.train.fairness.sex.base_rate.max_gap");
    assert!(error["message"].as_str().unwrap().contains("did you mean `hired`?"), "{error:#}");
    let said = |rates: &str| problem(&LABELS.replace("RATES", rates), &files);
    let predictions = said("        selection_rate: {max_gap: 0.1}");
    assert!(predictions.contains("a dataset has only labels"), "{predictions}");
    let metric = said("        roc_auc: {min: 0.1}");
    assert!(metric.contains("a dataset has only labels"), "{metric}");
    let growth = said("        base_rate: {max_gap_growth: 1pp}");
    assert!(growth.contains("and a dataset has none"), "{growth}");
    let positive = LABELS.replace("RATES", "        base_rate@yes: {max_gap: 0.1}");
    let positive = problem(&positive.replace("label: hired", "label: hired\n      positive: yes"), &files);
    assert!(positive.contains("write the class of a rate after an `@`"), "{positive}");
    let key =
        problem(&LABELS.replace("RATES", "        base_rate: {}").replace("label: hired", "lable: hired"), &files);
    assert!(key.contains("did you mean `label`?"), "{key}");
}
