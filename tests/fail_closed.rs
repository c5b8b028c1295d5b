//! Missing, broken and undefined inputs never pass: each gives a clear message and a non-zero exit code.

use crate::support::{Workplace, gate};

const MODEL: &str = "\
version: 1
models:
  income:
    predictions: CANDIDATE
    baseline_predictions: base.csv
    key: id
    label: label
    score: score
    prediction: prediction
    metrics:
      accuracy: {max_drop: 0.5}
      roc_auc: {min: 0.1}
";

/// Runs a candidate file against `base.csv`, asserts that all gates err, and returns the first reason.
#[track_caller]
fn refusal(candidate: &str) -> String {
    let place = Workplace::new();
    place.fixture("edge/base.csv");
    if candidate != "nowhere.csv" {
        place.fixture(&format!("edge/{candidate}"));
    }
    place.write("mlgate.yml", &MODEL.replace("CANDIDATE", candidate));
    let report = place.report();
    assert_eq!(report["exit_code"], 4, "{report}");
    assert_eq!(report["verdict"], "error");
    let first = &report["gates"][0];
    assert_eq!(first["verdict"], "error");
    first["message"].as_str().unwrap().to_owned()
}

#[test]
fn the_base_itself_passes() {
    let place = Workplace::new();
    place.fixture("edge/base.csv").write("mlgate.yml", &MODEL.replace("CANDIDATE", "same.csv"));
    place.write("same.csv", &place.read("base.csv"));
    assert_eq!(place.report()["exit_code"], 0);
}

#[test]
fn a_missing_file() {
    assert_eq!(refusal("nowhere.csv"), "there is no file `nowhere.csv`");
}

#[test]
fn a_missing_file_with_a_near_name() {
    let place = Workplace::new();
    place.write("train.csv", "id\n1\n").write("mlgate.yml", "version: 1\ndata:\n  a: {path: trian.csv, rows: '> 0'}\n");
    let report = place.report();
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert_eq!(message, "there is no file `trian.csv`; did you mean `train.csv` in the same folder?");
}

#[test]
fn an_empty_file() {
    assert_eq!(refusal("empty.csv"), "`empty.csv` is empty (0 bytes)");
}

#[test]
fn a_file_without_rows() {
    assert!(refusal("header_only.csv").contains("there are no rows"), "{}", refusal("header_only.csv"));
}

#[test]
fn a_truncated_file() {
    let message = refusal("truncated.parquet");
    assert!(message.starts_with("`truncated.parquet` cannot be read"), "{message}");
}

#[test]
fn a_row_with_too_many_fields() {
    let message = refusal("ragged.csv");
    assert!(message.contains("ragged.csv") && message.contains("line"), "{message}");
}

#[test]
fn a_renamed_column() {
    let message = refusal("renamed_column.csv");
    assert!(message.starts_with("`renamed_column.csv` has no column `"), "{message}");
    assert!(message.ends_with("`score`, only `id`, `sex`, `label`, `probability`, `prediction`"), "{message}");
}

#[test]
fn scores_that_are_nan() {
    for file in ["nan_scores.csv", "nan_scores.parquet"] {
        let message = refusal(file);
        assert!(message.contains("NaN or infinite in") || message.contains("is null in"), "{message}");
    }
}

#[test]
fn labels_that_are_missing() {
    assert!(refusal("null_labels.csv").contains("`label` is null in"), "{}", refusal("null_labels.csv"));
}

#[test]
fn keys_that_are_duplicated_missing_extra_or_null() {
    assert!(refusal("duplicate_keys.csv").contains("repeats a key"), "{}", refusal("duplicate_keys.csv"));
    assert!(refusal("missing_keys.csv").contains("of the baseline are missing"), "{}", refusal("missing_keys.csv"));
    assert!(refusal("extra_keys.csv").contains("not in the baseline"), "{}", refusal("extra_keys.csv"));
    assert!(refusal("null_keys.csv").contains("the key `id` is null"), "{}", refusal("null_keys.csv"));
}

#[test]
fn labels_that_differ_between_the_sides() {
    let message = refusal("other_labels.csv");
    assert!(message.contains("labels of 2 of") && message.contains("same labels"), "{message}");
}

#[test]
fn an_unreadable_baseline() {
    let place = Workplace::new();
    place.fixture("edge/base.csv").fixture("edge/truncated.parquet");
    let config = MODEL.replace("baseline_predictions: base.csv", "baseline_predictions: truncated.parquet");
    place.write("mlgate.yml", &config.replace("CANDIDATE", "base.csv"));
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("`truncated.parquet` cannot be read"), "{message}");
}

#[test]
fn a_label_with_one_class() {
    let place = Workplace::new();
    place.fixture("edge/one_class.csv");
    let config =
        MODEL.replace("    baseline_predictions: base.csv\n    key: id\n", "").replace("CANDIDATE", "one_class.csv");
    place.write("mlgate.yml", &config.replace("{max_drop: 0.5}", "{min: 0.01}"));
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    let area = gate(&report, "models.income.metrics.roc_auc.min");
    assert_eq!(area["verdict"], "error");
    assert_eq!(area["message"], "roc_auc is undefined: the labels hold one class only");
    assert_eq!(gate(&report, "models.income.metrics.accuracy.min")["verdict"], "pass");
}

#[test]
fn a_metric_that_is_undefined() {
    let place = Workplace::new();
    place.write("p.csv", "label,prediction\n1,0\n0,0\n1,0\n").write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p.csv, label: label, prediction: prediction, metrics: {precision: {min: 0.1}}}\n",
    );
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    assert_eq!(report["gates"][0]["message"], "precision is undefined: no rows predicted positive");
    let reading = &report["measurements"][0];
    assert!(reading["value"].is_null() && reading["undefined"] == "no rows predicted positive", "{reading}");
}

#[test]
fn a_score_that_is_no_probability() {
    let place = Workplace::new();
    place.fixture("edge/score_out_of_range.csv").write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: score_out_of_range.csv, label: label, score: score, metrics: {log_loss: {max: 9}}}\n",
    );
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    assert!(report["gates"][0]["message"].as_str().unwrap().contains("outside 0 to 1"), "{report}");
}

#[test]
fn no_rows_to_take_a_share_of() {
    let place = Workplace::new();
    place
        .write("a.csv", "id,age\n")
        .write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv, columns: {age: {nulls: '< 5%'}}}\n");
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    assert!(report["gates"][0]["message"].as_str().unwrap().contains("no rows"), "{report}");
}

#[test]
fn a_column_that_only_a_pattern_names() {
    let place = Workplace::new();
    place
        .write("a.csv", "id\n1\n")
        .write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv, columns: {'price_*': {nulls: 0}}}\n");
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    assert_eq!(report["gates"][0]["message"], "no column of `a.csv` matches `price_*`");
}

#[test]
fn a_broken_rule_fails_alone() {
    let place = Workplace::new();
    place.write("a.csv", "id,age\n1,30\n").write(
        "mlgate.yml",
        "version: 1\ndata:\n  a:\n    path: a.csv\n    rows: 1\n    rules:\n      lost: \"aeg > 3\"\n      division: \"10 / (age - 30) > 0\"\n      word: \"age\"\n      fine: \"age > 3\"\n",
    );
    let report = place.report();
    let verdict = |id: &str| gate(&report, id)["verdict"].as_str().unwrap().to_owned();
    assert_eq!(verdict("data.a.rows"), "pass");
    assert_eq!(verdict("data.a.rules.fine"), "pass");
    for rule in ["lost", "division", "word"] {
        assert_eq!(verdict(&format!("data.a.rules.{rule}")), "error", "{rule}");
    }
}

/// A chain of operators is a tree of equal depth, whose traversal needs a stack of that depth.
#[test]
fn sql_that_would_exhaust_the_stack() {
    let place = Workplace::new();
    let ors = |terms: usize| vec!["id = 1"; terms].join(" OR ");
    let query = |terms: usize| format!("SELECT id FROM t WHERE {} = 0", vec!["id"; terms].join(" + "));
    place.write("a.csv", "id\n1\n").write(
        "mlgate.yml",
        &format!(
            "version: 1\ntime_limit: 10 minutes\ndata:\n  t:\n    path: a.csv\n    rules:\n      long: \"{}\"\n      longer: \"{}\"\n      deep: \"id = 1{}\"\n      \
             deeper: \"id{} = 1\"\n    \
             failed_rows:\n      long: \"{}\"\n      longer: \"{}\"\n",
            ors(250),
            ors(100_000),
            " IS NOT FALSE".repeat(330),
            "::int".repeat(490),
            query(490),
            query(100_000)
        ),
    );
    let report = place.report();
    assert_eq!(gate(&report, "data.t.rules.deep")["verdict"], "pass");
    assert_eq!(gate(&report, "data.t.rules.deeper")["verdict"], "pass");
    for check in ["rules", "failed_rows"] {
        assert_eq!(gate(&report, &format!("data.t.{check}.long"))["verdict"], "pass");
        let longer = gate(&report, &format!("data.t.{check}.longer"));
        assert_eq!(longer["verdict"], "error");
        let message = longer["message"].as_str().unwrap();
        assert!(message.contains("words, values and operators are in one chain; limit: 1000"), "{message}");
        assert!(message.len() < 400, "{message}");
    }
}

#[test]
fn groups_that_cannot_be_compared() {
    let place = Workplace::new();
    place.fixture("edge/no_positives_in_group.csv").write(
        "mlgate.yml",
        "version: 1\nmin_cell: 0\nmodels:\n  m:\n    predictions: no_positives_in_group.csv\n    label: label\n    prediction: prediction\n    fairness:\n      by: [sex]\n      rates:\n        true_positive_rate: {max_gap: {is: 0.9, min_n: 1}}\n",
    );
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert!(message.contains("fewer than two groups"), "{message}");
}

#[test]
fn a_config_that_demands_nothing() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n").write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv}\n");
    let answer = place.run(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("the config has no check"), "{}", answer.stderr);
}

#[test]
fn a_pattern_over_gates_that_matches_none() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n").write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv, rows: 1}\n");
    let answer = place.run(&["run", "--only", "models.*"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("--only matches no gate"), "{}", answer.stderr);
}
