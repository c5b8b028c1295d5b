//! Limits at the end of a number's range: nobody takes their pass for a limit that was kept.

use serde_json::Value;

use crate::support::{Workplace, gate, run_in};

/// Returns the report of a model of 120 rows with these lines.
fn report(lines: &str) -> Value {
    let place = Workplace::new();
    let rows: Vec<String> =
        (0..120).map(|row| format!("{row},{},{},{}", row % 2, [0.2, 0.7][row % 2], ["a", "b"][row % 3 / 2])).collect();
    place.write("p.csv", &format!("id,y,s,g\n{}\n", rows.join("\n")));
    place.write("m.json", "{\"accuracy\": 0.9, \"f1\": 55.0, \"rmse\": 3.0}");
    place.write("b.json", "{\"accuracy\": 0.9, \"f1\": 55.0, \"rmse\": 3.0}");
    place.write("mlgate.yml", &format!("version: 1\nmodels:\n{lines}"));
    place.report()
}

fn of_rows(lines: &str) -> Value {
    report(&format!("  m: {{predictions: p.csv, label: y, score: s, {lines}}}\n"))
}

fn warnings(report: &Value) -> Vec<(String, String, u64)> {
    let notes = report["notes"].as_array().into_iter().flatten().filter(|note| note["effect"] == "warns");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    notes.map(|note| (text(&note["id"]), text(&note["message"]), note["at"]["line"].as_u64().unwrap())).collect()
}

/// Never passes: a limit of a metric or a rate that no number breaks; the run ends with a warning at its line (exit code 0).
#[test]
fn a_limit_at_the_end_of_the_range_is_a_warning() {
    for (lines, id, says) in [
        (
            "metrics: {accuracy: {min: 0}}",
            "models.m.metrics.accuracy.min",
            "`accuracy` is never below 0, so `min 0` cannot fail",
        ),
        (
            "metrics: {roc_auc: {max: 1}}",
            "models.m.metrics.roc_auc.max",
            "`roc_auc` is never above 1, so `max 1` cannot fail",
        ),
        ("metrics: {mcc: {min: -1}}", "models.m.metrics.mcc.min", "`mcc` is never below -1"),
        ("metrics: {log_loss: {min: 0}}", "models.m.metrics.log_loss.min", "`log_loss` is never below 0"),
        (
            "slices: [g], metrics: {accuracy: {slices: {'g=*': {min: 0}}}}",
            "models.m.metrics.accuracy.slices.g=*.min",
            "`accuracy` is never below 0",
        ),
        (
            "fairness: {by: [g], rates: {selection_rate: {max_gap: 1}}}",
            "models.m.fairness.g.selection_rate.max_gap",
            "`selection_rate` has a gap that is never above 1",
        ),
        (
            "fairness: {by: [g], rates: {selection_rate: {min_ratio: 0}}}",
            "models.m.fairness.g.selection_rate.min_ratio",
            "`selection_rate` has a ratio that is never below 0",
        ),
        (
            "fairness: {by: [g], rates: {accuracy: {min: 0}}}",
            "models.m.fairness.g.accuracy.min",
            "`accuracy` is never below 0",
        ),
    ] {
        let report = of_rows(lines);
        let found = warnings(&report);
        assert_eq!(found.len(), 1, "{lines}: {found:?}");
        assert_eq!((found[0].0.as_str(), found[0].2), (id, 3), "{lines}");
        assert!(found[0].1.starts_with(says), "{lines}: {}", found[0].1);
        assert_eq!((report["verdict"].as_str(), report["exit_code"].as_u64()), (Some("warn"), Some(0)), "{lines}");
        assert_eq!(gate(&report, id)["verdict"], "pass", "{lines}");
    }
}

#[test]
fn numbers_of_other_programs_have_ranges_too() {
    for (lines, says) in [
        ("metrics: {accuracy: {min: 0}}", "`accuracy` is never below 0, so `min 0` cannot fail"),
        ("metrics: {f1: {max: 100}}", "`f1` is never above 100"),
        ("metrics: {rmse: {min: 0}}", "`rmse` is never below 0"),
        ("baseline_metrics_file: b.json, metrics: {accuracy: {max_drop: 100%}}", "`accuracy` cannot get worse by more"),
    ] {
        let report = report(&format!("  m: {{metrics_file: m.json, {lines}}}\n"));
        let found = warnings(&report);
        assert!(found.len() == 1 && found[0].1.starts_with(says), "{lines}: {found:?}");
        assert_eq!(report["verdict"], "warn", "{lines}");
    }
}

#[test]
fn limits_that_data_can_break_are_no_warning() {
    for lines in [
        "label: y, score: s, metrics: {accuracy: {min: 0.01}}",
        "label: y, score: s, metrics: {accuracy: {}, roc_auc: {min: 0.1}}",
        "label: y, prediction: s, task: regression, metrics: {r2: {min: 0}}",
        // Beside another limit, it may say what is allowed.
        "label: y, score: s, metrics: {accuracy: {min: 0.5, max: 1}}",
        "label: y, score: s, fairness: {by: [g], rates: {selection_rate: {max_gap: 1, min_ratio: 0.1}}}",
    ] {
        let report = report(&format!("  m: {{predictions: p.csv, {lines}}}\n"));
        assert_eq!(warnings(&report), [], "{lines}");
        assert_eq!(report["verdict"], "pass", "{lines}");
    }
}

/// Never passes: data that cannot be measured, under a limit that no number breaks (exit code 4).
#[test]
fn what_cannot_be_measured_is_still_an_error() {
    let place = Workplace::new();
    place.write("p.csv", "y,p,w\n1,1,-1\n0,0,1\n");
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p.csv, label: y, prediction: p, weight: w, metrics: {accuracy: {min: 0}}}\n",
    );
    let answer = run_in(place.path(), &["run"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    assert!(answer.stdout.contains("the weight of row 1 is negative"), "{}", answer.stdout);
}

/// A slice that no metric asks for takes no part, and a report that passes names it.
#[test]
fn slices_that_no_metric_asks_for_are_named() {
    let note = |lines: &str| {
        let report = of_rows(lines);
        assert_eq!(report["verdict"], "pass", "{lines}: {report:#}");
        let notes = report["notes"].as_array().into_iter().flatten().filter(|note| note["id"] == "models.m.slices");
        notes.map(|note| note["message"].as_str().unwrap().to_owned()).next()
    };
    let limit = "{slices: {'g=*': {min: 0.1}}}";
    assert_eq!(
        note("slices: [g, [g, y], {high: 's > 0.5'}, nowhere], metrics: {accuracy: {min: 0.1}}").unwrap(),
        "no metric asks for the slices by `g`, `g,y`, `high`, `nowhere`, so they are not measured"
    );
    assert_eq!(
        note(&format!("slices: [g, nowhere], metrics: {{accuracy: {limit}}}")).unwrap(),
        "no metric asks for the slices by `nowhere`, so they are not measured"
    );
    assert_eq!(note(&format!("slices: [g], metrics: {{roc_auc: {{min: 0.1}}, accuracy: {limit}}}")), None);
    assert_eq!(note("slices: [g], metrics: {accuracy: {min: 0.1, slices: all}}"), None);
    assert_eq!(note("metrics: {accuracy: {min: 0.1}}"), None);
}
