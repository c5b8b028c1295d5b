//! Numbers of columns and tables against those of pandas and scikit-learn, on real files.

use std::fs;

use serde_json::Value;

use crate::support::{Workplace, fixtures, gate};

/// The bounds are such that nothing is demanded: the numbers are read off the report.
const CONFIG: &str = r#"
version: 1
data:
  main: {path: MAIN, rows: "> 0"}
  loans:
    path: SIDE
    baseline_path: MAIN
    same_rows: {with: main, is: "<= 100%"}
    same_keys: {with: main, key: [id], is: "<= 100%"}
    starts_after: {with: main, time: application_date, is: "<= 100%"}
    duplicate_rows: "<= 100%"
    unique_together: {columns: [age, sex, region], allow: "<= 100%"}
    conflicting_labels: {label: label, ignore: [IGNORED], is: "<= 100%"}
    predicts_label: {label: label, ignore: [id, code, application_date, age, income, debt_ratio, payment_score, years_employed], is: "<= 100%"}
    columns:
      "*": {mean: ">= 0", median: ">= 0", quantile: {q: 0.9, is: ">= 0"}, stddev: ">= 0", sum: ">= 0", minimum: ">= 0", maximum: ">= 0"}
      age: {unseen: "<= 100%", lost: "<= 100%"}
      code: {format: {is: uuid, allow: "<= 100%"}}
      income: {nulls: "<= 100%", null_change: 100%, finite: {is: true, allow: "<= 100%"}, range: {is: [10000, 90000], allow: "<= 100%"}}
      region:
        nulls: "<= 100%"
        missing: {tokens: [west, east], is: "<= 100%"}
        blank: "<= 100%"
        not_constant: {least: ">= 0"}
        not_in: {is: [overseas, islands], allow: "<= 100%"}
        not_regex: {is: "^[a-z]{5}$", allow: "<= 100%"}
        unseen: "<= 100%"
        lost: "<= 100%"
        distinct: ">= 0"
        share: {of: [north, overseas], is: "<= 100%"}
        in: {is: [north, south], allow: "<= 100%"}
        regex: {is: "^[a-z]{4,5}$", allow: "<= 100%"}
        length: {is: [5, 6], allow: "<= 100%"}
        class_balance: ">= 0"
      id: {unique: {is: true, allow: "<= 100%"}, foreign_key: {is: main.id, allow: "<= 100%"}}
    rules:
      ratio: {is: "debt_ratio < 0.5", allow: "<= 100%"}
"#;

#[test]
fn numbers_are_those_of_pandas() {
    let expected = fs::read_to_string(fixtures().join("columns_expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    for side in ["main", "bad"] {
        let path = |side: &str| fixtures().join("loans").join(side).join("applications.parquet").display().to_string();
        let place = Workplace::new();
        let ignored = "id, code, application_date, income, debt_ratio, payment_score, is_employed, years_employed";
        let config = CONFIG.replace("SIDE", &path(side)).replace("MAIN", &path("main")).replace("IGNORED", ignored);
        place.write("mlgate.yml", &config);
        let report = place.report();
        for (name, theirs) in expected[side].as_object().unwrap() {
            let found = gate(&report, &format!("data.loans.{name}"));
            let ours = found["candidate"]["value"].as_f64().unwrap_or_else(|| panic!("{found:#}"));
            let theirs = theirs.as_f64().unwrap();
            assert!((ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0), "{side}, {name}: {ours} is not {theirs}");
        }
    }
}
