//! Numbers that other programs computed: files in those programs' formats, and hostile files.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::support::{Answer, Workplace, gate};

/// A file of DVCLive's.
const DVC: &str = r#"{
    "train": {
        "loss": 0.1234
    },
    "eval": {
        "accuracy": 0.89,
        "f1": {
            "macro": 0.81
        }
    },
    "step": 12
}
"#;

/// Runs a gate on each line over these files, and returns the report and the output.
fn run(place: &Workplace, files: [&str; 2], metrics: &str) -> (Value, Answer) {
    let [ours, theirs] = files;
    let lines: String = metrics.lines().map(|line| format!("      {line}\n")).collect();
    let baseline = if theirs.is_empty() { String::new() } else { format!("    baseline_metrics_file: {theirs}\n") };
    let config = format!("version: 1\nmodels:\n  m:\n    metrics_file: {ours}\n{baseline}    metrics:\n{lines}");
    place.write("mlgate.yml", &config);
    let answer = place.run(&["run", "--format", "json"]);
    (serde_json::from_str(&answer.stdout).unwrap_or_default(), answer)
}

/// Returns the verdict and the message of the only gate.
#[track_caller]
fn only(place: &Workplace, files: [&str; 2], metrics: &str) -> (String, String) {
    let (report, answer) = run(place, files, metrics);
    let gate = report["gates"].get(0).unwrap_or_else(|| panic!("{}", answer.stderr));
    (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned())
}

#[test]
fn nested_names_have_dots_and_the_report_says_that_there_is_no_interval() {
    let place = Workplace::new();
    place.write("metrics.json", DVC).write("main.json", &DVC.replace("0.89", "0.90"));
    let files = ["metrics.json", "main.json"];
    let (report, _) = run(&place, files, "eval.accuracy: {max_drop: 0.01, min: 0.9}\ntrain.loss: {max: 0.2}\nstep: {}");
    let drop = gate(&report, "models.m.metrics.eval.accuracy.max_drop");
    assert_eq!(drop["verdict"], "pass", "0.90 less 0.89 is 0.01 and not more");
    assert_eq!(drop["change"]["method"], "metrics-only: points, no interval");
    assert_eq!(drop["change"]["interval"], Value::Null);
    assert_eq!(drop["candidate"]["n"], Value::Null);
    assert_eq!(
        drop["message"],
        "`eval.accuracy` went from 0.9 to 0.89, worse by 0.01; allowed loss: 0.01 (metrics-only: points, no interval)"
    );
    assert_eq!(gate(&report, "models.m.metrics.eval.accuracy.min")["verdict"], "fail");
    assert_eq!(gate(&report, "models.m.metrics.train.loss.max")["verdict"], "pass");
    let step = report["measurements"].as_array().unwrap().iter().find(|found| found["measure"] == "step").unwrap();
    assert_eq!(step["value"], 12.0);
    assert_eq!(report["provenance"]["candidate"]["files"][0]["path"], "metrics.json");
    assert_eq!(report["provenance"]["baseline"]["files"][0]["path"], "main.json");
}

#[test]
fn files_as_other_programs_write_them() {
    let place = Workplace::new();
    let described =
        r#"{"info": {"run_id": "1f"}, "data": {"metrics": {"val_rmse": 2.5, "note": "x"}, "params": {"lr": "0.1"}}}"#;
    place
        .write("dvc.yaml", "eval:\n  rmse: 2.5\n")
        .write("described.json", described)
        .write("answered.json", r#"[{"key": "rmse", "value": 2.5, "timestamp": 1700000000000, "step": 0}]"#)
        .write("wide.csv", "run,rmse,mae\nmain,2.5,1\n")
        .write("long.tsv", "metric\tvalue\nrmse\t2.5\n")
        .write("mlruns/0/1f/metrics/rmse", "1700000000000 9.0 0\n1700000000002 2.5 2\n1700000000001 7 1\n")
        .write("mlruns/0/1f/metrics/val/mae", "1700000000000 1.0 0\n");
    for (file, name) in [
        ("dvc.yaml", "eval.rmse"),
        ("described.json", "data.metrics.val_rmse"),
        ("answered.json", "rmse"),
        ("wide.csv", "rmse"),
        ("long.tsv", "rmse"),
        ("mlruns/0/1f/metrics", "rmse"),
        ("./mlruns/0/1f/metrics/", "val/mae"),
    ] {
        let (report, answer) = run(&place, [file, ""], &format!("{name}: {{max: 2.5}}"));
        assert_eq!(report["gates"][0]["verdict"], "pass", "{file}: {}{}", answer.stdout, answer.stderr);
        let value = if name == "val/mae" { 1.0 } else { 2.5 };
        assert_eq!(report["gates"][0]["candidate"]["value"], value, "{file}");
    }
}

#[test]
fn the_direction_is_known_or_demanded() {
    let place = Workplace::new();
    place.write("a.json", r#"{"log_loss": 0.5, "latency": 120, "neg_log_loss": -0.5}"#);
    place.write("b.json", r#"{"log_loss": 0.4, "latency": 100, "neg_log_loss": -0.4}"#);
    let files = ["a.json", "b.json"];
    assert_eq!(only(&place, files, "log_loss: {max_drop: 0.05}").0, "fail");
    assert_eq!(only(&place, files, "neg_log_loss: {max_drop: 0.05}").0, "fail");
    assert_eq!(only(&place, files, "latency: {direction: lower, max_drop: 10%}").0, "fail");
    assert_eq!(only(&place, files, "latency: {direction: higher, min_improvement: [5, 10%]}").0, "pass");
    assert_eq!(only(&place, files, "latency: {max: 150}").0, "pass", "a limit needs no direction");
    assert_eq!(
        only(&place, files, "log_loss: {direction: higher, max_drop: 0.05}").0,
        "pass",
        "the config's word counts"
    );
    for (metrics, complaint) in [
        ("latency: {max_drop: 5%}", "whether a higher or a lower `latency` is better is not known"),
        ("latency: {direction: down, max_drop: 5%}", "`down` is not a direction"),
        ("log_loss: {max: {is: 1, confidence: 0.9}}", "`confidence` has no effect on `max` of a `metrics_file`"),
        ("log_loss: {slices: all}", "there is no metric check `slices`"),
        ("log_loss: {max_dorp: 1}", "did you mean `max_drop`?"),
    ] {
        let (_, answer) = run(&place, files, metrics);
        assert_eq!(answer.code, 2, "{metrics}");
        assert!(answer.stderr.contains(complaint), "{}", answer.stderr);
    }
    let (_, answer) = run(&place, ["a.json", ""], "log_loss: {max_drop: 5%}");
    assert!(answer.stderr.contains("compares with a baseline, but none is configured"), "{}", answer.stderr);
}

#[test]
fn a_metric_that_is_lost_on_either_side_is_an_error_that_knows_its_new_name() {
    let place = Workplace::new();
    place.write("new.json", r#"{"eval": {"accuracy": 0.9}}"#).write("old.json", r#"{"accuracy": 0.9, "f1": 0.8}"#);
    let files = ["new.json", "old.json"];
    let lost = |message: &str| ("error".to_owned(), message.to_owned());
    assert_eq!(
        only(&place, files, "accuracy: {max_drop: 0.01}"),
        lost("`new.json` has no metric `accuracy`; did you mean `eval.accuracy`?")
    );
    assert_eq!(
        only(&place, files, "eval.accuracy: {max_drop: 0.01}"),
        lost("`old.json` has no metric `eval.accuracy`; did you mean `accuracy`?")
    );
    assert_eq!(only(&place, files, "eval.accuracy: {min: 0.5}").0, "pass", "a floor does not look at the other side");
    assert_eq!(run(&place, files, "accuracy: {min: 0.5}").1.code, 4);
    assert_eq!(
        only(&place, ["new.jsn", "old.json"], "accuracy: {min: 0.5}"),
        lost("there is no file `new.jsn`; did you mean `new.json` in the same folder?")
    );
}

#[test]
fn what_is_no_number_never_passes() {
    let place = Workplace::new();
    let text = "{\"accuracy\": NaN,\n \"f1\": \"0.9\",\n \"recall\": true,\n \"precision\": null,\n \"mcc\": Infinity,\n \"mae\": -1e300,\n \"r2\": 0.5}";
    place.write("m.json", text);
    for (name, what) in [
        ("accuracy", "NaN in line 1"),
        ("f1", "text (`0.9`) in line 2"),
        ("recall", "true in line 3"),
        ("precision", "null in line 4"),
        ("mcc", "infinite in line 5"),
        ("mae", "beyond 1e150 in line 6"),
    ] {
        let (verdict, message) = only(&place, ["m.json", ""], &format!("{name}: {{min: 0.1}}"));
        assert_eq!(
            (verdict.as_str(), message),
            ("error", format!("`m.json`: `{name}` is {what}, where a number is needed"))
        );
    }
    assert_eq!(only(&place, ["m.json", ""], "r2: {min: 0.1}").0, "pass", "what nobody demands is of no concern");
}

#[test]
fn files_that_mean_ill_are_refused_and_never_pass() {
    let place = Workplace::new();
    let refused = |name: &str, text: &str, why: &str| {
        place.write(name, text);
        let (verdict, message) = only(&place, [name, ""], "accuracy: {min: 0.1}");
        assert_eq!(verdict, "error", "{name}");
        assert!(message.contains(why), "{message}");
    };
    refused("empty.json", "", "holds no named number");
    refused("text.json", "\"x\"", "holds no named number");
    refused(
        "deep.json",
        &format!("{}1{}", "[".repeat(50), "]".repeat(50)),
        "nested more than 32 levels deep in line 1",
    );
    refused("large.json", &format!("{{\"accuracy\": 0.9, \"x\": \"{}\"}}", "x".repeat(5 << 20)), "limit: 4 MiB");
    refused("many.json", &format!("[{}1]", "1,".repeat(30_000)), "limit: 20000");
    refused("bomb.yaml", "a: &a [1,1]\nb: [*a, *a]\n", "an alias");
    refused("twice.json", "{\"accuracy\": 0.1, \"accuracy\": 0.9}", "`accuracy` is repeated");
    refused("cut.json", "{\"accuracy\": 0.9", "neither JSON nor YAML");
    refused("metrics.toml", "accuracy = 0.9\n", "the format is not known");
    refused("epochs.csv", "epoch,accuracy\n1,0.5\n2,0.9\n", "2 rows below its header");
    refused("mlruns/metrics/accuracy", "accuracy: 0.9\n", "the format is not known");
    refused("hostile.json", "{\"<script>`|\\n\": 1}", "has no metric `accuracy`");
    let (verdict, message) = only(&place, ["mlruns/metrics", ""], "accuracy: {min: 0.1}");
    assert_eq!(verdict, "error");
    assert!(message.contains("line 1 is not `timestamp value step`"), "{message}");
}

#[test]
fn packed_files_are_read_as_far_as_files_of_metrics_go() {
    let place = Workplace::new();
    let packed = |name: &str, text: &[u8]| {
        let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
        writer.write_all(text).unwrap();
        std::fs::write(place.path().join(name), writer.finish().unwrap()).unwrap();
        only(&place, [name, ""], "accuracy: {min: 0.1}")
    };
    assert_eq!(packed("m.json.gz", b"{\"accuracy\": 0.9}").0, "pass");
    let mut bomb = b"{\"accuracy\": 0.9, \"x\": \"".to_vec();
    bomb.resize(6 << 20, b'x');
    let (verdict, message) = packed("bomb.json.gz", &bomb);
    assert_eq!(verdict, "error");
    assert!(message.contains("limit: 4 MiB"), "{message}");
    place.write("plain.json.gz", "{\"accuracy\": 0.9}");
    let (verdict, message) = only(&place, ["plain.json.gz", ""], "accuracy: {min: 0.1}");
    assert_eq!((verdict.as_str(), message.contains("it is not compressed with gzip")), ("error", true), "{message}");
}

#[test]
fn what_needs_rows_means_nothing_beside_it() {
    let place = Workplace::new();
    place.write("m.json", "{\"accuracy\": 0.9}");
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {metrics_file: m.json, label: y, slices: [sex], baselin_metrics_file: b.json}\n",
    );
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2);
    for said in [
        "`label` cannot be combined with `metrics_file`",
        "`slices` cannot be combined with `metrics_file`",
        "did you mean `baseline_metrics_file`?",
    ] {
        assert!(answer.stderr.contains(said), "{}", answer.stderr);
    }
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p.csv, label: y, score: s, baseline_metrics_file: b.json}\n",
    );
    let answer = place.run(&["run"]);
    assert!(answer.stderr.contains("needs a `metrics_file`"), "{}", answer.stderr);
}
