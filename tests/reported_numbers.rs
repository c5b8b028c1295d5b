//! Numbers of a metrics file: the properties that their names imply, and impossible values.

use serde_json::Value;

use crate::support::{Workplace, gate};

const MODEL: &str = "version: 1\nmodels:\n  m:\n";

/// Returns the report over two files of numbers.
fn report(place: &Workplace, files: &str, metrics: &str) -> Value {
    place.write("mlgate.yml", &format!("{MODEL}    {files}\n    metrics: {{{metrics}}}\n"));
    place.report()
}

const BOTH: &str = "metrics_file: m.json\n    baseline_metrics_file: b.json";

/// Returns the verdict and the message of the only gate, over a candidate's and a baseline's number.
fn only(name: &str, ours: f64, theirs: f64, demand: &str) -> (String, String) {
    let place = Workplace::new();
    place.write("m.json", &format!("{{\"{name}\": {ours}}}")).write("b.json", &format!("{{\"{name}\": {theirs}}}"));
    let report = report(&place, BOTH, &format!("\"{name}\": {{{demand}}}"));
    let text = |key: &str| report["gates"][0][key].as_str().unwrap().to_owned();
    (text("verdict"), text("message"))
}

/// Never passes: a number of a file that its metric cannot have (exit code 4).
#[test]
fn what_a_metric_cannot_be_is_an_error() {
    let drop = "max_drop: 0.01";
    for (name, value, other) in [
        ("rmse", -3.0, 2.0),
        ("val_mae", -1.0, 2.0),
        ("test.mse", -1.0, 2.0),
        ("mape", -0.1, 0.2),
        ("msle", -0.1, 0.2),
        ("wape", -0.1, 0.2),
        ("log_loss", -0.5, 0.4),
        ("brier_score", -0.5, 0.4),
        ("brier_score", 2.5, 0.4),
        ("perplexity", 0.5, 12.0),
        ("mcc", 1.2, 0.5),
        ("cohen_kappa", -1.5, 0.5),
        ("r2_score", 1.4, 0.6),
        ("explained_variance", 1.01, 0.6),
        ("f1_macro", -0.2, 0.6),
        ("ndcg@10", 101.0, 60.0),
        ("auc", 130.0, 0.6),
        ("neg_mean_squared_error", 0.5, -0.6),
    ] {
        for (ours, theirs, whose) in [(value, other, ""), (other, value, " in the baseline")] {
            let (verdict, message) = only(name, ours, theirs, drop);
            assert_eq!(verdict, "error", "{name}: {message}");
            assert!(message.contains(&format!("is {value}{whose}: it is never ")), "{message}");
        }
    }
}

/// Never passes: a percentage beside a share (exit code 4).
#[test]
fn a_percentage_is_not_held_against_a_share() {
    for (ours, theirs) in [(57.0, 0.88), (0.57, 88.0), (57.0, 1.0)] {
        let (verdict, message) = only("accuracy", ours, theirs, "max_drop: 0.01");
        assert_eq!(
            (verdict.as_str(), message),
            (
                "error",
                format!(
                    "`accuracy` is {ours} here and {theirs} in the baseline: one is a percentage and the other a proportion; write both in the same unit"
                )
            )
        );
    }
    assert_eq!(only("val_accuracy", 57.0, 50.0, "min: 0.85").0, "error");
    assert_eq!(only("accuracy", 0.57, 0.5, "max: 60").0, "error");
    assert_eq!(only("accuracy", 0.5, 0.9, "max_drop: 2").0, "error");
    // All numbers are percentages.
    assert_eq!(only("accuracy", 87.5, 88.0, "max_drop: 1").0, "pass");
    assert_eq!(only("accuracy", 87.5, 88.0, "min: 85").0, "pass");
    assert_eq!(only("accuracy", 86.0, 88.0, "max_drop: 1").0, "fail");
}

#[test]
fn ends_of_a_range_and_numbers_of_unknown_kind_stay() {
    for (name, ours, theirs) in [
        ("accuracy", 1.0, 1.0),
        ("accuracy", 0.0, 0.0),
        ("error_rate", 0.0, 0.4),
        ("log_loss", 0.0, 0.0),
        ("val_loss", -12.5, -12.5),
        ("flow_loss", -3.0, -3.0),
        ("r2", -2.0, -2.0),
        ("perplexity", 1.0, 1.0),
    ] {
        assert_eq!(only(name, ours, theirs, "max_drop: 0.1").0, "pass", "{name}");
    }
}

#[test]
fn every_form_of_file_and_a_stored_baseline_are_held_to_it() {
    let place = Workplace::new();
    place
        .write("m.json", r#"{"eval": {"rmse": -3}}"#)
        .write("m.yml", "eval: {rmse: -3}\n")
        .write("m.csv", "metric,value\neval.rmse,-3\n");
    place.write("run/eval.rmse", "1700000000000 -3 0\n").write("m.tsv", "eval.rmse\n-3\n");
    for file in ["m.json", "m.yml", "m.csv", "m.tsv", "run"] {
        let report = report(&place, &format!("metrics_file: {file}"), "eval.rmse: {max: 2.5}");
        assert_eq!(report["exit_code"], 4, "{file}: {report:#}");
        assert_eq!(report["gates"][0]["message"], "`eval.rmse` is -3: it is never below 0");
    }
    // The baseline was stored without a direction.
    place.write("m.json", r#"{"rmse": 3}"#);
    let config = format!(
        "{}    metrics_file: m.json\n    metrics: {{rmse: {{max_drop: 0.1}}}}\n",
        MODEL.replace("models:", "baseline: b.json\nmodels:")
    );
    place.write("mlgate.yml", &config);
    assert_eq!(place.run(&["bless"]).code, 0);
    let stored = place.read("b.json");
    assert!(stored.contains("\"rmse\":3.0"), "{stored}");
    place.write("b.json", &stored.replace("\"rmse\":3.0", "\"rmse\":-3.0"));
    let report = place.report();
    assert_eq!(report["exit_code"], 4, "{report:#}");
    assert_eq!(report["gates"][0]["message"], "`rmse` is -3 in the baseline: it is never below 0");
}

#[test]
fn the_config_s_word_on_the_direction_counts() {
    let lost = "direction: higher, max_drop: 5";
    let (verdict, message) = only("profit_loss", 90.0, 250.0, lost);
    assert_eq!(verdict, "fail");
    assert!(message.contains("worse by 160"), "{message}");
    assert_eq!(only("profit_loss", 90.0, 250.0, "max_drop: 5").0, "pass");
    // A name that the config contradicts stands for another number, which may have any value.
    for (name, ours, theirs, demand) in [
        ("map", 14.0, 3.0, "direction: lower, max_drop: 1"),
        ("auc", 300.0, 250.0, "direction: lower, max_drop: 1"),
        ("precision", 40.0, 25.0, "direction: lower, max_drop: 1"),
        ("rmse", -4.0, -2.0, "direction: higher, max_drop: 1"),
        ("val_loss", 4.0, 9.0, "direction: higher, max_drop: 1"),
    ] {
        assert_eq!(only(name, ours, theirs, demand).0, "fail", "{name}");
    }
    assert_eq!(only("val_loss", 0.5, 0.2, "direction: higher, min_improvement: 0.2").0, "pass");
    assert_eq!(only("val_loss", 0.5, 0.2, "direction: higher, max_improvement: 0.2").0, "fail");
    assert_eq!(only("val_loss", 0.2, 0.5, "min_improvement: 0.2").0, "pass");
    // An explicit direction that agrees with the name changes nothing.
    assert_eq!(only("rmse", -4.0, 2.0, "direction: lower, max_drop: 1").0, "error");
}

#[test]
fn the_direction_that_a_name_tells_stands_in_every_report() {
    let place = Workplace::new();
    place
        .write("m.json", r#"{"profit_loss": 90, "f1": 0.9, "x": 1}"#)
        .write("b.json", r#"{"profit_loss": 250, "f1": 0.8, "x": 1}"#);
    let metrics = "profit_loss: {max_drop: 5}, f1: {max_drop: 0.1}, x: {direction: higher, max_drop: 1}";
    let report = report(&place, BOTH, metrics);
    assert_eq!(report["exit_code"], 0);
    let told = "lower is better, by its name: `profit_loss`; higher is better, by its name: `f1`";
    assert_eq!(report["notes"][0]["message"], told, "{report:#}");
    for format in ["text", "markdown"] {
        let printed = place.run(&["run", "--format", format]).stdout.replace("\n    │ ", " ");
        assert!(printed.contains("lower is better, by its name: `profit_loss`"), "{printed}");
    }
    // A limit gives no direction.
    let report = self::report(&place, BOTH, "f1: {min: 0.1}");
    assert_eq!(report["notes"], Value::Null);
}

#[test]
fn the_surest_column_of_names_counts() {
    let place = Workplace::new();
    place.write("m.csv", "name,metric,value\nrun3,accuracy,0.93\nrun3,f1,0.8\n");
    let report = report(&place, "metrics_file: m.csv", "accuracy: {min: 0.9}");
    assert_eq!(gate(&report, "models.m.metrics.accuracy.min")["candidate"]["value"], 0.93, "{report:#}");
}

#[test]
fn a_limit_beyond_what_a_metric_can_be_is_a_mistake_of_the_config() {
    let place = Workplace::new();
    place.write("m.json", r#"{"r2": 0.9}"#);
    place.write("mlgate.yml", &format!("{MODEL}    metrics_file: m.json\n    metrics: {{r2: {{max: 1.5}}}}\n"));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    assert!(answer.stderr.contains("`r2` is always between"), "{}", answer.stderr);
}
