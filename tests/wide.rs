//! Tables of more columns than are read together, and configs of thousands of lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use serde_json::{Value, json};

use crate::support::{Workplace, columns_to_parquet, gate};

const COLUMNS: usize = 1_300;
const ROWS: usize = 60;

/// Returns a column of one of three types; every seventh one has a null, and every eleventh one a value out of range.
fn column(at: usize) -> (String, ArrayRef) {
    let is_null = move |row: usize| at.is_multiple_of(7) && row == 3;
    let number =
        move |row: usize| if at.is_multiple_of(11) && row == 5 { 10_000 } else { (at * 31 + row * 17) as i64 % 1_000 };
    let rows = (0..ROWS).map(|row| (!is_null(row)).then(|| number(row)));
    let values: ArrayRef = match at % 3 {
        0 => Arc::new(rows.collect::<Int64Array>()),
        1 => Arc::new(rows.map(|row| row.map(|number| number as f64 / 8.0)).collect::<Float64Array>()),
        _ => Arc::new(rows.map(|row| row.map(|number| format!("v{number}"))).collect::<StringArray>()),
    };
    // One column is called like the word that stands for the tested column in a check's condition.
    (if at == 700 { "value".to_owned() } else { format!("c{at}") }, values)
}

const CHECKS: &str = r#"{nulls: "<= 2%", range: [0, 999], mean: ">= 0", unique: {allow: "<= 100%"}, regex: "^v"}"#;

/// Returns verdict and numbers of the gates of columns, by id.
fn of_columns(report: &Value) -> BTreeMap<String, Value> {
    let gates = report["gates"].as_array().unwrap().iter();
    let told = gates.map(|gate| {
        (gate["id"].as_str().unwrap().to_owned(), json!([gate["verdict"], gate["candidate"], gate["change"]]))
    });
    told.filter(|(id, _)| id.starts_with("data.t.columns.") && !id.ends_with(".psi")).collect()
}

#[test]
fn a_wide_table_is_judged_like_its_columns() {
    let columns: Vec<(String, ArrayRef)> = (0..COLUMNS).map(column).collect();
    let named: Vec<(&str, ArrayRef)> = columns.iter().map(|(name, of)| (name.as_str(), Arc::clone(of))).collect();
    let place = Workplace::new();
    columns_to_parquet(&place, "wide.parquet", &named);
    columns_to_parquet(&place, "before.parquet", &named);
    let head = "version: 1\ndata:\n  t:\n    path: wide.parquet\n    baseline_path: before.parquet\n";
    let rule = "    rules:\n      far: \"c1 + c1299 < 20000 OR c641 = 'v1'\"\n";
    let lines = format!("    columns:\n      \"*\": {CHECKS}\n");
    let drift = "      \"c1?\": {psi: 0.5}\n      c1299: {psi: 0.5}\n";
    place.write("mlgate.yml", &format!("{head}    duplicate_rows: 0\n{rule}{lines}{drift}"));
    let wide = place.report();
    for (id, verdict) in [
        ("duplicate_rows", "pass"),
        ("rules.far", "pass"),
        ("columns.c0.range", "fail"),
        ("columns.c13.psi", "pass"),
        ("columns.c1299.psi", "pass"),
    ] {
        let gate = gate(&wide, &format!("data.t.{id}"));
        assert_eq!(gate["verdict"], verdict, "{gate:#}");
    }
    let mut narrow = BTreeMap::new();
    for part in named.chunks(200) {
        // Each of these tables is read at once.
        columns_to_parquet(&place, "wide.parquet", part);
        columns_to_parquet(&place, "before.parquet", part);
        place.write("mlgate.yml", &format!("{head}{lines}"));
        narrow.extend(of_columns(&place.report()));
    }
    assert!(narrow.len() >= 4 * COLUMNS, "{}", narrow.len());
    for (id, wide) in of_columns(&wide) {
        assert_eq!(Some(&wide), narrow.get(&id), "{id}");
    }
}

#[test]
fn a_column_that_cannot_be_read_as_a_condition_says_fails_alone() {
    let place = Workplace::new();
    let mut csv = (0..600).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    for row in 0..4 {
        let values: Vec<String> = (0..600).map(|at| if at == 599 { "x".to_owned() } else { row.to_string() }).collect();
        write!(csv, "\n{}", values.join(",")).unwrap();
    }
    place.write("t.csv", &csv);
    let rules: String = (0..600).fold(String::new(), |mut rules, at| {
        writeln!(rules, "      r{at}: \"CAST(c{at} AS INT) < 100\"").unwrap();
        rules
    });
    place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    path: t.csv\n    rules:\n{rules}"));
    let report = place.report();
    for at in [0, 7, 598] {
        assert_eq!(gate(&report, &format!("data.t.rules.r{at}"))["verdict"], "pass");
    }
    let broken = gate(&report, "data.t.rules.r599");
    assert_eq!(broken["verdict"], "error");
    assert!(broken["message"].as_str().unwrap().contains("t.csv"), "{broken:#}");
    assert_eq!(report["counts"]["error"], 1);
}
