//! The problems of a config as its author reads them: all at once, with places and advice.

use crate::support::{Workplace, to_json};

fn complaint(config: &str) -> String {
    let place = Workplace::new();
    place
        .write("a.csv", "id,age,name\n1,30,x\n")
        .write("p.csv", "id,label,score\n1,1,0.5\n2,0,0.1\n")
        .write("mlgate.yml", config);
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    assert!(answer.stdout.is_empty());
    answer.stderr
}

/// A column is not missing because another problem kept the files closed.
#[test]
fn declared_types_are_not_held_against_files_that_were_not_opened() {
    let said = complaint("version: 1\nreference: r.json\ndata: {a: {path: a.csv, types: {age: int64}, rows: 1}}\n");
    assert!(said.contains("no check compares with the reference") && said.contains("1 problem in"), "{said}");
}

#[test]
fn every_problem_of_binding_at_once() {
    insta::assert_snapshot!(complaint(
        "\
version: 1
data:
  train:
    path: a.csv
    row: \">= 10\"
    duplicate_rows: \"< 5\"
    schema: same
    columns:
      age: {nul: 0, range: [9, 1], type: integer}
      name: {regex: \"[\"}
      id: {unique: {is: true, alow: 1}}
models:
  income:
    predictions: p.csv
    label: label
    score: score
    metrics:
      auc: {min: 0.8}
      accuracy: {min: 85, max_drop: 1%}
    fairness:
      by: [sex]
      rates:
        selection_rat: {min_ratio: 0.8}
"
    ));
}

#[test]
fn metrics_of_scores_need_scores() {
    let text = complaint(
        "version: 1\nmodels:\n  m: {predictions: p.csv, label: label, prediction: guess, metrics: {roc_auc: {min: 0.5}}}\n",
    );
    assert!(text.contains("`roc_auc` is computed from scores, and the model has no `score`"), "{text}");
}

#[test]
fn a_check_without_a_short_form_says_what_to_write() {
    let text = complaint("version: 1\ndata:\n  a: {path: a.csv, unique_together: [id, age]}\n");
    assert!(text.contains("`unique_together` must be a mapping, as in `unique_together: {columns: …}`"), "{text}");
    assert!(text.contains("`columns`: the columns that identify a row"), "{text}");
}

#[test]
fn a_pattern_s_mistake_is_told_once() {
    let text = complaint("version: 1\ndata:\n  a: {path: a.csv, columns: {'*': {nulls: \"< 5\"}}}\n");
    assert!(text.ends_with("1 problem in mlgate.yml\n"), "{text}");
}

#[test]
fn the_most_specific_line_wins() {
    let place = Workplace::new();
    place.write("a.csv", "id,user_age,user_name\n1,,\n").write(
        "mlgate.yml",
        "version: 1\ndata:\n  a:\n    path: a.csv\n    columns:\n      '*': {nulls: 0, type: int}\n      'user_*': {nulls: '<= 100%'}\n      user_name: {type: {is: string, severity: note}}\n",
    );
    let report = place.report();
    let bound = |id: &str| crate::support::gate(&report, id)["bound"].as_str().unwrap().to_owned();
    assert_eq!(bound("data.a.columns.id.nulls"), "0");
    assert_eq!(bound("data.a.columns.user_age.nulls"), "<= 100%");
    assert_eq!(bound("data.a.columns.user_name.type"), "string");
    assert_eq!(report["gates"].as_array().unwrap().len(), 6);
}

#[test]
fn severities_decide_what_blocks() {
    let place = Workplace::new();
    let config = |severity: &str| {
        format!("version: 1\ndata:\n  a: {{path: a.csv, rows: {{is: 5, severity: {severity}}}, duplicate_rows: 0}}\n")
    };
    place.write("a.csv", "id\n1\n");
    let code = |severity: &str, arguments: &[&str]| {
        place.write("mlgate.yml", &config(severity));
        place.run(arguments).code
    };
    assert_eq!(code("error", &["run"]), 1);
    assert_eq!(code("warning", &["run"]), 0);
    assert_eq!(code("warning", &["run", "--warn-exit-code"]), 3);
    assert_eq!(code("note", &["run", "--warn-exit-code"]), 0);
}

#[test]
fn a_user_s_own_folder_of_checks() {
    let place = Workplace::new();
    let page = "\
---
id: positive
family: column
since: 1.0.0
severity: error
summary: values are above a floor
definition: non-null values at or below the floor, over non-null values
reads: numbers
params:
  is: {type: number, about: \"the floor\"}
  allow: {type: share bound, default: 0, about: \"how many may lie below\"}
measure: {sql: \"value <= $is\", among: \"value IS NOT NULL\"}
judge: {bound: allow}
message: \"{hits} of {n} values are too small\"
help: \"look at them\"
---
# `positive`
";
    place.write("a.csv", "price\n1\n-2\n3\n").write("checks/column/positive.md", page).write(
        "mlgate.yml",
        "version: 1\nchecks: checks\ndata:\n  shop: {path: a.csv, columns: {price: {positive: 0}}}\n",
    );
    let report = place.report();
    assert_eq!(report["gates"][0]["verdict"], "fail");
    assert!(report["gates"][0]["message"].as_str().unwrap().starts_with("1 of 3 values is too small"), "{report}");
    assert!(place.run(&["checks"]).stdout.contains("positive"));
    assert!(place.run(&["explain", "positive"]).stdout.contains("the floor"));
    assert!(place.run(&["schema"]).stdout.contains("\"positive\""));
}

#[test]
fn a_check_of_one_s_own_is_checked_and_never_replaces_a_built_in() {
    let place = Workplace::new();
    place.write("a.csv", "price\n1\n").write(
        "mlgate.yml",
        "version: 1\nchecks: checks\ndata:\n  shop: {path: a.csv, columns: {price: {nulls: 0}}}\n",
    );
    place.write(
        "checks/column/nulls.md",
        &std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("checks/column/nulls.md"))
            .unwrap(),
    );
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("there is already a column check `nulls`"), "{}", answer.stderr);
    place.write("checks/column/nulls.md", "---\nid: broken\nfamily: colum\nmeasre: rows\n---\n");
    insta::assert_snapshot!(place.run(&["run"]).stderr);
}

#[test]
fn the_schema_accepts_the_bundled_configs_and_refuses_a_typo() {
    let place = Workplace::new();
    let schema: serde_json::Value = serde_json::from_str(&place.run(&["schema"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let accepts = |text: &str| validator.is_valid(&to_json(&mlgate::testing::yaml::parse(text).unwrap()));
    let text = std::fs::read_to_string(crate::support::fixtures().join("loans/good/mlgate.yml")).unwrap();
    assert!(accepts(&text));
    for (good, typo) in [("max_drop", "max_dorp"), ("regex:", "regx:"), ("version: 1", "version: 2")] {
        assert!(!accepts(&text.replace(good, typo)), "{typo}");
    }
    let model = |lines: &str| format!("version: 1\nmodels:\n  m: {{predictions: p.csv, label: y, {lines}}}\n");
    for good in [
        "task: multiclass, score: {cat: p_cat, dog: p_dog}, metrics: {f1_macro: {min: 0.5}, top_k_accuracy@3: {}}",
        "task: ranking, score: s, query: q, metrics: {ndcg: {}, ndcg@10: {min: 0.2}, precision@5: {}, mrr: {}}",
        "score: s, metrics: {mcc: {min: 0.1, slices: all}, fbeta@0.5: {}, precision_at_top@0.05: {}, ece@10: {}}",
        "score: s, slices: [sex, [sex, race], {young: age < 25}, {age: {bins: 4}}], metrics: {f1: {slices: {\"*\": {min: 0.1}}}}",
        "task: regression, prediction: p, series: s, time: t, interval: [low, high], metrics: {mase@12: {}, mean_pinball_loss@.9: {}}",
        "score: s, baseline_predictions: b.csv, pairing: none, metrics: {f1: {max_drop: [1pp, 2%]}}",
        "score: new, baseline: {score: old}, weight: w, cluster: user, logits: true, metrics: {roc_auc: {max_drop: 1%}}",
    ] {
        assert!(accepts(&model(good)), "{good}");
    }
    let numbers = |lines: &str| format!("version: 1\nmodels:\n  m: {{metrics_file: m.json, {lines}}}\n");
    assert!(accepts(&numbers(
        "baseline_metrics_file: b.json, metrics: {eval.auc: {min: 0.5}, ms: {direction: lower, max_drop: [1, 5%]}}"
    )));
    assert!(!accepts(&numbers("label: y")));
    assert!(!accepts(&numbers("metrics: {ms: {direction: down}}")));
    for typo in [
        "task: regresion, prediction: p",
        "score: s, metrics: {f1_makro: {}}",
        "score: s, metrics: {flip_rate@3: {}}",
        "score: s, metrics: {ndcg@0: {}}",
        "score: s, metrics: {fbeta: {}}",
        "score: s, metrics: {f1: {slice: all}}",
        "score: s, slice: [sex]",
        "score: s, slices: [{age: {bin: 4}}]",
        "score: s, slices: [{age: {bins: 1}}]",
        "score: s, baseline: {scores: old}",
        "score: s, baseline_predictions: b.csv",
        "score: s, baseline_predictions: b.csv, pairing: keys",
        "score: s, pairing: none",
        "score: s, labels: l.csv",
        "score: s, query: q",
        "task: ranking, score: s",
        "score: s, series: s",
        "score: s, interval: [low]",
        "metrics: {f1: {}}",
    ] {
        assert!(!accepts(&model(typo)), "{typo}");
    }
}

#[test]
fn the_committed_schema_is_the_current_one() {
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mlgate.schema.json");
    let current = Workplace::new().run(&["schema"]).stdout;
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        std::fs::write(&committed, &current).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(committed).unwrap_or_default(),
        current,
        "MLGATE_UPDATE=1 cargo test writes it anew"
    );
}

/// If two gates had the same id, a report, a waiver and `--only` could mean either.
#[test]
fn no_two_gates_have_one_id() {
    let place = Workplace::new();
    place.write("p.csv", "id,y,s,a,b\n1,1,0.9,x,u\n2,0,0.1,y,v\n3,1,0.8,x,v\n4,0,0.2,y,u\n");
    let model = |more: &str| {
        let config = format!("version: 1\nmodels:\n  m: {{predictions: p.csv, key: id, label: y, score: s, {more}}}\n");
        place.write("mlgate.yml", &config).run(&["run", "-q"])
    };
    for slices in [
        "[a, a]",
        "[[a, b], [a, b]]",
        "[a, [a]]",
        "[[a, a]]",
        "[[a, b, a]]",
        "[a, {a: \"s > 0.5\"}]",
        "[{x: \"s > 0.5\"}, {x: \"s > 0.4\"}]",
        "[s, {s: {bins: 2}}]",
        "[{s: {bins: 2}}, {s: {bins: 3}}]",
    ] {
        for demand in ["{min: 0, slices: all}", "{slices: all}", "{min: 0}"] {
            let answer = model(&format!("slices: {slices}, metrics: {{accuracy: {demand}}}"));
            assert_eq!(answer.code, 2, "{slices} {demand}: {}{}", answer.stdout, answer.stderr);
            assert!(answer.stderr.contains("twice") || answer.stderr.contains("with itself"), "{}", answer.stderr);
        }
    }
    let both = model("slices: [a], metrics: {accuracy: {slices: {\"*\": {min: 0}, a: {min: 0}}}}");
    assert_eq!(both.code, 2, "{}", both.stdout);
    assert!(both.stderr.contains("two gates have the id `models.m.metrics.accuracy.slices.a.min`"), "{}", both.stderr);
    for by in ["[a, a]", "[[a, b], [a, b]]", "[[a, a]]", "[a, [a]]"] {
        let fairness = format!("fairness: {{by: {by}, rates: {{selection_rate: {{max_gap: 1}}}}}}");
        let answer = model(&format!("metrics: {{accuracy: {{min: 0}}}}, {fairness}"));
        assert_eq!(answer.code, 2, "{by}: {}", answer.stdout);
        let data = format!(
            "version: 1\ndata:\n  d: {{path: p.csv, rows: '> 0', fairness: {{label: y, positive: 1, by: {by}, rates: {{base_rate: {{max_gap: 1}}}}}}}}\n"
        );
        let answer = place.write("mlgate.yml", &data).run(&["run", "-q"]);
        assert_eq!(answer.code, 2, "{by}: {}", answer.stdout);
    }
    // Different ways to divide the rows.
    let answer = model(
        "slices: [a, [a, b], [b, a], {x: \"s > 0.5\"}, {s: {bins: 2}}], metrics: {accuracy: {min: 0, slices: all}}",
    );
    assert_ne!(answer.code, 2, "{}{}", answer.stdout, answer.stderr);
}
