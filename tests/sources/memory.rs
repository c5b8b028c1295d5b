//! Little memory: a result takes longer, or there is none, and it never differs.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Workplace, gate};

/// Writes many rows, few of which repeat an earlier one.
fn large(place: &Workplace) {
    let mut text = "id,name,twice,label,score\n".to_owned();
    for row in 0..400_000_u64 {
        let twice = if row % 1_000 == 0 { 7 } else { row };
        writeln!(text, "{row},name-{row},{twice},{},0.{:06}", row % 2, row * 7 % 999_983).unwrap();
    }
    place.write("t.csv", &text);
}

const CHECKS: &str = "\
data:
  t:
    path: t.csv
    rows: 400000
    duplicate_rows: 0
    columns:
      name: {unique: true, nulls: 0}
      twice: {unique: {allow: '<= 1000 rows'}}
";

fn verdicts(report: &Value) -> Vec<(String, String, Value)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let gates = report["gates"].as_array().unwrap();
    gates.iter().map(|gate| (text(&gate["id"]), text(&gate["verdict"]), gate["candidate"]["value"].clone())).collect()
}

#[test]
fn with_little_memory_the_answer_is_the_same() {
    let place = Workplace::new();
    large(&place);
    place.write("mlgate.yml", &format!("version: 1\n{CHECKS}"));
    let wanted = verdicts(&place.report());
    assert!(wanted.iter().all(|(_, verdict, _)| verdict == "pass"), "{wanted:#?}");
    // 400,000 keys of 16 bytes are 6 MB for each of three measures; with 16 MB not all of them fit at once.
    for limit in ["1GB", "64MB", "16MB"] {
        let (report, answer) = place.report_with(&["--memory-limit", limit], &[]);
        assert_eq!(answer.code, 0, "{limit}: {report:#}");
        assert_eq!(verdicts(&report), wanted, "{limit}");
    }
    // The config sets the same limit.
    place.write("mlgate.yml", &format!("version: 1\nmemory_limit: 16MB\n{CHECKS}"));
    assert_eq!(verdicts(&place.report()), wanted);
}

/// Keys can be moved to disk. The values of a median cannot, and that is reported.
#[test]
fn with_very_little_memory_an_answer_is_the_same_or_none() {
    let place = Workplace::new();
    large(&place);
    let median = "      score: {median: {is: [0.4, 0.6]}}\n";
    place.write("mlgate.yml", &format!("version: 1\n{CHECKS}{median}"));
    let wanted = verdicts(&place.report());
    let (report, answer) = place.report_with(&["--memory-limit", "1MB"], &[]);
    assert_eq!(answer.code, 4, "{report:#}");
    for ((id, verdict, value), wanted) in verdicts(&report).into_iter().zip(wanted) {
        let message = gate(&report, &id)["message"].as_str().unwrap();
        if id == "data.t.columns.score.median" {
            assert_eq!(verdict, "error", "{message}");
            assert!(message.ends_with("raise the limit"), "{message}");
        } else {
            assert_eq!((id, verdict, value), wanted, "{message}");
        }
    }
}

#[test]
fn predictions_that_do_not_fit_are_an_error() {
    let place = Workplace::new();
    large(&place);
    let model = "models:\n  m: {predictions: t.csv, label: label, score: score, metrics: {roc_auc: {min: 0.1}}}\n";
    place.write("mlgate.yml", &format!("version: 1\nmemory_limit: 256MB\n{model}"));
    assert_eq!(place.report()["exit_code"], 0);
    place.write("mlgate.yml", &format!("version: 1\nmemory_limit: 2MB\n{model}"));
    let report = place.report();
    assert_eq!(report["exit_code"], 4, "{report:#}");
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "t.csv: this needs more memory than `memory_limit` (or --memory-limit) allows; raise the limit"
    );
}

#[test]
fn an_amount_of_memory_has_a_unit() {
    let place = Workplace::new();
    place
        .write("t.csv", "id\n1\n")
        .write("mlgate.yml", "version: 1\nmemory_limit: 512\ndata:\n  t: {path: t.csv, rows: 1}\n");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2);
    assert!(
        answer.stderr.contains("`512` is not a size") || answer.stderr.contains("expected text"),
        "{}",
        answer.stderr
    );
    let answer = place.run(&["run", "--memory-limit", "1KB"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("`1KB` is too small; limit: at least 1MB"), "{}", answer.stderr);
}

#[test]
fn drift_holds_no_more_than_it_may() {
    let place = Workplace::new();
    let rows: String =
        (0..60_000).map(|row| format!("{},{}\n", f64::from(row) / 7.0, (row * 7_919) % 60_013)).collect();
    place.write("before.csv", &format!("a,b\n{rows}")).write("after.csv", &format!("a,b\n{rows}"));
    let drift =
        "data:\n  t:\n    path: after.csv\n    baseline_path: before.csv\n    columns:\n      \"*\": {ks: 0.1}\n";
    place.write("mlgate.yml", &format!("version: 1\n{drift}"));
    let wanted = verdicts(&place.report());
    // Each column contains half a megabyte of numbers, and memory grows in steps of up to twice that.
    let (report, answer) = place.report_with(&["--memory-limit", "64MB"], &[]);
    assert_eq!((verdicts(&report), answer.code), (wanted, 0));
    let rows: String = (0..300_000).map(|row| format!("{row}\n")).collect();
    place.write("before.csv", &format!("a\n{rows}")).write("after.csv", &format!("a\n{rows}"));
    let (report, answer) = place.report_with(&["--memory-limit", "1MB"], &[]);
    assert_eq!(answer.code, 4, "{report:#}");
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert!(message.ends_with("raise the limit"), "{message}");
}
