//! Numbers of columns and tables, compared with those of pandas and scikit-learn on real files.

use std::fs;
use std::ops::Range;

use serde_json::Value;

use crate::support::{Workplace, fixtures, gate};

/// The bounds always pass; the test reads the numbers from the report.
const CONFIG: &str = r#"
version: 1
data:
  main: {path: MAIN, rows: "> 0"}
  loans:
    path: SIDE
    baseline_path: MAIN
    rows: "> 0"
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
      code: {type: string, format: {is: uuid, allow: "<= 100%"}}
      income: {nulls: "<= 100%", null_change: 100%, finite: {is: true, allow: "<= 100%"}, range: {is: [10000, 90000], allow: "<= 100%"}}
      region:
        type: string
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
      ratio: {is: "debt_ratio < 0.5", allow: "<= 99.9%"}
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

/// A pattern matches columns of every type. Checks that cannot read one are not applicable there.
#[test]
fn a_pattern_over_columns_of_every_type() {
    let place = Workplace::new();
    let path = fixtures().join("sources/parquet/every_type.parquet").display().to_string();
    let checks = "tv: 0.9, chi2: {is: 0.01, effect: 0.9}, ks: 0.9, w1: 9, psi: 9, unseen: 0, lost: 0, class_balance: \">= 0\", pii: \"<= 100%\", missing: \"<= 100%\"";
    // Integers at the ends of 64 bits.
    let taken_off = "tv: false, chi2: false, ks: false, w1: false, psi: false";
    let config = format!(
        "version: 1\ndata:\n  t:\n    path: {path}\n    baseline_path: {path}\n    columns:\n      \"*\": {{{checks}}}\n      \"*int64_*\": {{{taken_off}}}\n"
    );
    place.write("mlgate.yml", &config);
    let report = place.report();
    let gates = report["gates"].as_array().unwrap();
    // Texts of few rows each are too few for the test.
    let is_odd = |gate: &&Value| match gate["verdict"].as_str().unwrap() {
        "pass" | "not_applicable" => false,
        "inconclusive" => gate["check"] != "chi2",
        _ => true,
    };
    let odd: Vec<&Value> = gates.iter().filter(is_odd).collect();
    assert!(odd.is_empty(), "{odd:#?}");
    assert!(report["counts"]["not_applicable"].as_u64() > Some(5) && report["counts"]["pass"].as_u64() > Some(50));
}

#[test]
fn false_takes_a_check_off_a_column() {
    let place = Workplace::new();
    place.write("t.csv", "key,plan\na1,free\nb2,free\n");
    let columns = "      \"*\": {not_constant: true, distinct: \"<= 1\"}\n      key: {distinct: false}\n      plan: {not_constant: false}\n";
    place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    path: t.csv\n    columns:\n{columns}"));
    let report = place.report();
    let ids: Vec<&str> = report["gates"].as_array().unwrap().iter().map(|gate| gate["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["data.t.columns.key.not_constant", "data.t.columns.plan.distinct"]);
    assert_eq!(report["exit_code"], 0);
}

#[test]
fn keys_that_floats_cannot_tell_apart_are_no_numbers() {
    let place = Workplace::new();
    let rows: String = (0..50_u64).map(|row| format!("{}\n", (1_u64 << 60) + row)).collect();
    place.write("a.csv", &format!("key\n{rows}"));
    let config = "version: 1\ndata:\n  t: {path: a.csv, baseline_path: a.csv, columns: {key: {psi: 0.2, median: \"> 0\", mean: \"> 0\", stddev: \"> 0\", unseen: 0, lost: 0, nulls: 0}}}\n";
    place.write("mlgate.yml", config);
    let report = place.report();
    assert_eq!((&report["counts"]["error"], &report["counts"]["pass"]), (&2.into(), &5.into()), "{report:#}");
    let message = gate(&report, "data.t.columns.key.psi")["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`key` of `a.csv` holds whole numbers beyond 2^53"), "{message}");
}

/// Texts that seem to be all distinct are tracked by half of their digests; if one of them then repeats, they are
/// counted again.
#[test]
fn one_late_repetition_among_many_keys_is_found() {
    let place = Workplace::new();
    let keys = |numbers: Range<u32>| -> String { numbers.map(|number| format!("customer-{number:032}\n")).collect() };
    place.write("good.csv", &format!("key\n{}", keys(0..300_000)));
    place.write("bad.csv", &format!("key\n{}{}", keys(0..300_000), keys(299_998..300_000)));
    let config = "version: 1\ndata:\n  good: {path: good.csv, columns: {key: {unique: true, distinct: 300000}}}\n  bad: {path: bad.csv, duplicate_rows: 0, columns: {key: {unique: true, distinct: 300000}}}\n";
    place.write("mlgate.yml", config);
    let report = place.report();
    let found = |id: &str| {
        let gate = gate(&report, id);
        (gate["verdict"].as_str().unwrap().to_owned(), gate["candidate"]["value"].as_f64().unwrap())
    };
    assert_eq!(found("data.good.columns.key.unique").0, "pass");
    assert_eq!(found("data.good.columns.key.distinct").0, "pass");
    assert_eq!(found("data.bad.columns.key.distinct").0, "pass");
    assert_eq!(found("data.bad.columns.key.unique"), ("fail".to_owned(), 2.0 / 300_002.0), "{report:#}");
    assert_eq!(found("data.bad.duplicate_rows"), ("fail".to_owned(), 2.0 / 300_002.0), "{report:#}");
}
