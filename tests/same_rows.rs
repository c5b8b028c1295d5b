//! Prominent notes on the rows of both sides: a sample that was tampered with, and one that is compared with itself.

use serde_json::Value;

use crate::baseline_models::{config, report, rows};
use crate::support::Workplace;

/// Changed labels and omitted rows can hide a worse model, so the verdict is no pass.
/// Never passes: labels that were replaced, and rows that were left out, beside a stored baseline: a warning in plain sight.
#[test]
fn a_sample_that_was_tampered_with_is_a_warning_in_plain_sight() {
    let place = Workplace::new();
    let model =
        "\n  m: {predictions: new.csv, key: id, label: label, score: score, metrics: {accuracy: {max_drop: 90%}}}\n";
    let all = rows(1500, 9);
    place.write("new.csv", &all).write("mlgate.yml", &config("baseline: b.json\n", model));
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(report(&place.run(&["run", "--format", "json"]))["verdict"], "pass");
    let relabelled = all.replace("\n7,1,", "\n7,0,").replace("\n8,1,", "\n8,0,").replace("\n9,1,", "\n9,0,");
    let fewer: String = all.lines().take(1400).map(|line| line.to_owned() + "\n").collect();
    for (text, said) in [
        (relabelled, "on the same 1,500 rows with other labels"),
        (fewer, "measured on 1,500 other rows (the candidate has 1,399)"),
    ] {
        place.write("new.csv", &text);
        let report = report(&place.run(&["run", "--format", "json"]));
        let note = &report["notes"][0];
        assert_eq!((&report["verdict"], &note["effect"]), (&"warn".into(), &"warns".into()), "{report:#}");
        assert!(note["message"].as_str().unwrap().contains(said), "{note:#}");
        assert!(place.run(&["run"]).stdout.starts_with("mlgate  WARN"));
        let markdown = place.run(&["run", "--format", "markdown"]).stdout;
        let notes = markdown.split("### Notes").nth(1).unwrap().split("<details>").next().unwrap();
        assert!(notes.contains(said), "{markdown}");
    }
    // Other rows that are no fewer give a note and no warning: evaluation sets are renewed.
    place.write("new.csv", &rows(1600, 9));
    let report = report(&place.run(&["run", "--format", "json"]));
    assert_eq!((&report["verdict"], &report["notes"][0]["effect"]), (&"pass".into(), &"none".into()), "{report:#}");
}

/// A candidate that is compared with itself passes, with a note.
#[test]
fn the_same_content_on_both_sides_is_remarked_on() {
    let place = Workplace::new();
    let model = "\n  m: {predictions: new.csv, baseline_predictions: old.csv, key: id, label: label, score: score, metrics: {accuracy: {max_drop: 1%}}}\n";
    let data = "data:\n  d: {path: new.csv, baseline_path: old.csv, rows: \">= baseline\"}\n";
    place.write("new.csv", &rows(500, 9)).write("old.csv", &rows(500, 9)).write("mlgate.yml", &config(data, model));
    let same = report(&place.run(&["run", "--format", "json"]));
    assert_eq!(same["verdict"], "pass");
    let ids: Vec<&str> = same["notes"].as_array().unwrap().iter().map(|note| note["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["same_files.data.d", "same_files.models.m"]);
    assert!(place.run(&["run"]).stdout.contains("`old.csv` have the same content"));
    place.write("old.csv", &rows(500, 10));
    assert_eq!(report(&place.run(&["run", "--format", "json"]))["notes"], Value::Null);
}

/// Never passes: a baseline that is the candidate's own file under another name; the run ends with a warning (exit code 0).
#[cfg(unix)]
#[test]
fn the_same_file_on_both_sides_is_a_warning() {
    let place = Workplace::new();
    place.write("new.csv", &rows(500, 9)).write("n.json", "{\"accuracy\": 0.9}");
    for (file, link) in [("new.csv", "link.csv"), ("n.json", "link.json")] {
        std::os::unix::fs::symlink(file, place.path().join(link)).unwrap();
    }
    let model = |theirs: &str| {
        format!(
            "\n  m: {{predictions: new.csv, baseline_predictions: '{theirs}', key: id, label: label, score: score, metrics: {{accuracy: {{max_drop: 1%}}}}}}\n"
        )
    };
    let numbers =
        "\n  n: {metrics_file: n.json, baseline_metrics_file: link.json, metrics: {accuracy: {max_drop: 0.01}}}\n";
    let data =
        |theirs: &str| format!("data:\n  d: {{path: new.csv, baseline_path: {theirs}, rows: \">= baseline\"}}\n");
    for (config, id) in [
        (config("", &model("link.csv")), "same_files.models.m"),
        (config("", &model("ne[w].csv")), "same_files.models.m"),
        (config("", numbers), "same_files.models.n"),
        (config(&data("link.csv"), &model("new*.csv")), "same_files.data.d"),
        (config(&data("./new.csv"), &model("new*.csv")), "same_files.data.d"),
    ] {
        place.write("mlgate.yml", &config);
        let report = report(&place.run(&["run", "--format", "json"]));
        let notes: Vec<&Value> = report["notes"].as_array().unwrap().iter().filter(|note| note["id"] == id).collect();
        assert_eq!((&report["verdict"], &notes[0]["effect"]), (&"warn".into(), &"warns".into()), "{config}{report:#}");
        let message = notes[0]["message"].as_str().unwrap();
        assert!(message.contains("is the candidate's own file"), "{message}");
    }
}
