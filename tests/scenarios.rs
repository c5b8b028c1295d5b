//! The two bundled scenarios, as the README shows them.

use crate::support::{Workplace, fixtures, gate, run_in};
use serde_json::Value;

fn report(scenario: &str) -> Value {
    let answer = run_in(&fixtures().join("loans").join(scenario), &["--format", "json"]);
    assert!(answer.stderr.is_empty(), "{}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

#[test]
fn a_good_change_passes_every_gate() {
    let report = report("good");
    assert_eq!(report["verdict"], "pass");
    assert_eq!(report["exit_code"], 0);
    assert_eq!(report["counts"]["pass"], report["gates"].as_array().unwrap().len());
}

#[test]
fn a_bad_change_is_stopped_for_the_right_reasons() {
    let report = report("bad");
    assert_eq!((report["verdict"].as_str(), report["exit_code"].as_u64()), (Some("fail"), Some(1)));
    let failed: Vec<&str> = report["gates"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|gate| gate["verdict"] == "fail")
        .map(|gate| gate["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        failed,
        [
            "data.applications.duplicate_rows",
            "data.applications.columns.id.unique",
            "data.applications.columns.income.nulls",
            "data.applications.columns.region.in",
            "models.approval.metrics.roc_auc.max_drop",
            "models.approval.metrics.accuracy.max_drop",
            "models.approval.metrics.log_loss.max_drop",
            "models.approval.fairness.sex.selection_rate.min_ratio",
            "models.approval.fairness.sex.true_positive_rate.max_gap",
        ]
    );
    assert_eq!(report["counts"]["error"], 0);
}

#[test]
fn every_gate_says_where_it_is_demanded_and_what_it_means() {
    let report = report("bad");
    let config = std::fs::read_to_string(fixtures().join("loans/bad/mlgate.yml")).unwrap();
    for gate in report["gates"].as_array().unwrap() {
        let line = config.lines().nth(gate["at"]["line"].as_u64().unwrap() as usize - 1).unwrap();
        let column = gate["at"]["column"].as_u64().unwrap() as usize - 1;
        let there = &line[column..];
        let check = gate["check"].as_str().unwrap();
        let name = if check == "rules" { gate["subject"]["rule"].as_str().unwrap() } else { check };
        assert!(there.starts_with(name), "{} points at {there}", gate["id"]);
        for text in ["definition", "message", "help"] {
            assert!(!gate[text].as_str().unwrap().is_empty(), "{} has no {text}", gate["id"]);
        }
    }
    assert_eq!(gate(&report, "models.approval.metrics.roc_auc.max_drop")["change"]["method"], "DeLong, paired");
}

/// 79 of 100 rows are right and the limit is 88 %: p = 0.008, and one gate alone fails below 0.025.
#[test]
fn one_of_many_gates_fails_only_beyond_chance() {
    let place = Workplace::new();
    let rows: String =
        (0..100).map(|row| format!("{},{}\n", row % 2, (row % 2 + i32::from(row % 5 == 0 || row == 1)) % 2)).collect();
    place.write("p.csv", &format!("label,prediction\n{rows}"));
    let verdict = |more: &str| {
        place.write(
            "mlgate.yml",
            &format!("version: 1\nmodels:\n  m: {{predictions: p.csv, label: label, prediction: prediction, metrics: {{accuracy: {{min: 0.88}}{more}}}}}\n"),
        );
        let report = place.report();
        let found = gate(&report, "models.m.metrics.accuracy.min").clone();
        (found["verdict"].as_str().unwrap().to_owned(), found["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(verdict("").0, "fail");
    assert_eq!(verdict(", f1: {min: 0.1}").0, "fail");
    let (found, why) = verdict(", f1: {min: 0.1}, recall: {min: 0.1}, precision: {min: 0.1}");
    assert_eq!(found, "inconclusive");
    assert!(why.ends_with("fails on its own, but not after Holm's correction for 4 gates on the same rows"), "{why}");
}
