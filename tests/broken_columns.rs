//! Columns under a pattern that the change broke: a check that could read them in the baseline does not skip them
//! silently.

use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, NullArray, StringArray};

use crate::support::{Workplace, columns_to_parquet, gate};

fn numbers() -> String {
    (0..200).map(|row| format!("{row},{},{}\n", f64::from(row) / 7.0, row % 5)).collect()
}

fn emptied() -> String {
    (0..200).map(|row| format!("{row},,{}\n", row % 5)).collect()
}

fn codes(place: &Workplace, files: (&str, &str), checks: &str) -> [i32; 2] {
    let (before, after) = files;
    place.write(
        "mlgate.yml",
        &format!("version: 1\ndata: {{t: {{path: {after}, baseline_path: {before}, {checks}}}}}\n"),
    );
    let beside_file = place.run(&["run"]).code;
    let stored = |path: &str| format!("version: 1\nbaseline: stored.json\ndata: {{t: {{path: {path}, {checks}}}}}\n");
    let _ = fs::remove_file(place.path().join("stored.json"));
    place.write("mlgate.yml", &stored(before));
    assert_eq!(place.run(&["bless"]).code, 0);
    place.write("mlgate.yml", &stored(after));
    [beside_file, place.run(&["run"]).code]
}

/// Never passes: a column under a pattern that was emptied (exit code 4).
#[test]
fn a_column_that_was_emptied_is_an_error() {
    let place = Workplace::new();
    place
        .write("main.csv", &format!("id,score,size\n{}", numbers()))
        .write("pr.csv", &format!("id,score,size\n{}", emptied()));
    for check in ["tv: 0.1", "ks: 0.2", "chi2: 0.01", "range: [0, 100]", "mean: \"> 0\"", "finite: true"] {
        assert_eq!(
            codes(&place, ("main.csv", "pr.csv"), &format!("columns: {{\"s*\": {{{check}}}}}")),
            [4, 4],
            "{check}"
        );
    }
    assert_eq!(codes(&place, ("main.csv", "pr.csv"), "dataset_drift: 0"), [4, 4]);
    assert_eq!(codes(&place, ("main.csv", "main.csv"), "columns: {\"s*\": {tv: 0.3}}, dataset_drift: 0"), [0, 0]);
    // Columns that the config leaves out are not checked.
    assert_eq!(codes(&place, ("main.csv", "pr.csv"), "dataset_drift: {is: 0, ignore: [score], each: 0.3}"), [0, 0]);
}

/// Never passes: a column under a pattern that became text (exit code 4).
#[test]
fn a_column_that_became_text_is_an_error() {
    let place = Workplace::new();
    place.write("main.csv", "id,p_a,p_b\n1,0.2,0.4\n2,0.5,0.9\n3,0.1,0.2\n");
    place.write("pr.csv", "id,p_a,p_b\n1,0.2,0.4\n2,0.5,99.0\n3,0.1,n/a\n");
    for check in ["range: [0, 1]", "finite: true", "mean: \"< 5\"", "in: [0.2, 0.5, 0.1, 0.4, 0.9, 99]"] {
        assert_eq!(
            codes(&place, ("main.csv", "pr.csv"), &format!("columns: {{\"p_*\": {{{check}}}}}")),
            [4, 4],
            "{check}"
        );
    }
    place.write(
        "mlgate.yml",
        "version: 1\ndata: {t: {path: pr.csv, baseline_path: main.csv, columns: {\"p_*\": {finite: true}}}}\n",
    );
    let report = place.report();
    let message = gate(&report, "data.t.columns.p_b.finite")["message"].as_str().unwrap();
    assert_eq!(message, "`finite` needs numbers, but `p_b` is string; it is float64 in the baseline");
}

/// Never passes: a column under a pattern that is gone (exit code 4).
#[test]
fn a_column_that_is_gone_is_an_error() {
    let place = Workplace::new();
    place.write("main.csv", "id,p_a,p_b,p_note\n1,0.2,0.4,x\n2,0.5,0.9,y\n");
    place.write("pr.csv", "id,p_a,p_note\n1,0.2,x\n2,0.5,y\n").write("renamed.csv", "id,q_a\n1,0.2\n2,0.5\n");
    for check in ["range: [0, 1]", "finite: true", "mean: \"< 5\"", "tv: 0.9"] {
        for after in ["pr.csv", "renamed.csv"] {
            let line = format!("columns: {{\"p_*\": {{{check}}}}}");
            assert_eq!(codes(&place, ("main.csv", after), &line), [4, 4], "{check} of {after}");
        }
    }
    // A check that did not apply to the column is not missed, and a column may be removed on purpose.
    let numbers = "columns: {\"p_*\": {range: [0, 1]}, p_b: {range: false}}";
    assert_eq!(codes(&place, ("main.csv", "pr.csv"), numbers), [0, 0]);
    place.write(
        "mlgate.yml",
        "version: 1\ndata: {t: {path: pr.csv, baseline_path: main.csv, columns: {\"p_*\": {range: [0, 1]}}}}\n",
    );
    let report = place.report();
    let message = gate(&report, "data.t.columns.p_b.range")["message"].as_str().unwrap();
    assert_eq!(
        message,
        "`pr.csv` no longer has the column `p_b`, which the baseline has; if it was removed on purpose, switch the check off with `p_b: {range: false}`"
    );
}

#[test]
fn numbers_that_were_text_are_an_error_for_checks_of_text() {
    let place = Workplace::new();
    place.write("main.csv", "code\nA1\nB2\n").write("pr.csv", "code\n1\n2\n");
    assert_eq!(codes(&place, ("main.csv", "pr.csv"), "columns: {\"c*\": {regex: \"[A-Z][0-9]\"}}"), [4, 4]);
}

#[test]
fn what_was_never_a_number_is_left_alone() {
    let place = Workplace::new();
    place.write("main.csv", "id,name\n1,x\n2,y\n").write("pr.csv", "id,name\n1,x\n2,z\n");
    assert_eq!(codes(&place, ("main.csv", "pr.csv"), "columns: {\"*\": {finite: true}}"), [0, 0]);
    // A new column, which the baseline does not contain, is no error.
    place.write("old.csv", "id\n1\n2\n");
    assert_eq!(codes(&place, ("old.csv", "pr.csv"), "columns: {\"*\": {finite: true}}"), [0, 0]);
}

#[test]
fn without_a_baseline_it_is_a_warning() {
    let place = Workplace::new();
    place.write("mlgate.yml", "version: 1\ndata: {t: {path: pr.csv, columns: {\"*\": {range: [0, 100]}}}}\n");
    let run = |text: &str| {
        place.write("pr.csv", text);
        place.run(&["run", "--warn-exit-code"]).code
    };
    assert_eq!(run("id,score\n1,\n2,\n3,\n"), 3);
    assert_eq!(run("id,score\n1,0.5\n2,n/a\n3,0.7\n"), 3);
    assert_eq!(run("id,score\n1,low\n2,n/a\n3,7\n"), 0);
    assert_eq!(run("id,score\n1,0.5\n2,0.1\n3,0.7\n"), 0);
    place.write("pr.csv", "id,score\n1,0.5\n2,n/a\n3,0.7\n");
    let report = place.report();
    let found = gate(&report, "data.t.columns.score.range");
    assert_eq!((found["verdict"].as_str().unwrap(), report["exit_code"].as_i64()), ("inconclusive", Some(0)));
    let message = found["message"].as_str().unwrap();
    assert!(message.contains("2 of its 3 texts are numbers"), "{message}");
}

#[test]
fn a_column_without_values_has_no_type_to_contradict() {
    let place = Workplace::new();
    place.write("main.csv", "id,flag\n1,true\n2,false\n").write("pr.csv", "id,flag\n1,\n2,\n");
    let checks = "schema: same, retyped_columns: 0, columns: {flag: {type: bool, nulls: \"<= 100%\"}}";
    assert_eq!(codes(&place, ("main.csv", "pr.csv"), checks), [0, 0]);
    // The column's values are gone in any case.
    assert_eq!(codes(&place, ("main.csv", "pr.csv"), "columns: {flag: {nulls: \"<= baseline\"}}"), [1, 1]);
    // A type that a file declares is known.
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![None, None]));
    columns_to_parquet(&place, "typed.parquet", &[("flag", floats)]);
    columns_to_parquet(&place, "text.parquet", &[("flag", Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef)]);
    columns_to_parquet(&place, "null.parquet", &[("flag", Arc::new(NullArray::new(2)) as ArrayRef)]);
    assert_eq!(codes(&place, ("text.parquet", "typed.parquet"), "schema: same"), [1, 1]);
    assert_eq!(codes(&place, ("text.parquet", "null.parquet"), "schema: same"), [0, 0]);
}

#[test]
fn a_mistake_under_a_pattern_is_told_once() {
    let place = Workplace::new();
    place.write("a.csv", "a,b,c\n1,2,3\n");
    place.write("mlgate.yml", "version: 1\ndata: {t: {path: a.csv, columns: {\"*\": {tv: 0.1}}}}\n");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2);
    assert_eq!(
        answer.stderr.matches("compares with a baseline, but none is configured").count(),
        1,
        "{}",
        answer.stderr
    );
}
