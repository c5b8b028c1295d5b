//! Advice that a reader can follow: what a help suggests is taken, and a key that stands at the wrong place is told the right one.

use crate::support::{Workplace, gate};

fn place() -> Workplace {
    let place = Workplace::new();
    let rows: String = (0..60).map(|row| format!("{row},{},0.{},x,{}\n", row % 2, row % 9 + 1, row % 7)).collect();
    place.write("p.csv", &format!("id,label,score,sex,q\n{rows}"));
    place
}

fn complaint(config: &str) -> String {
    let place = place();
    place.write("mlgate.yml", config);
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}{}", answer.stdout, answer.stderr);
    answer.stderr
}

fn model(more: &str) -> String {
    format!("version: 1\nmodels:\n  m: {{predictions: p.csv, label: label, score: score, slices: [sex], {more}}}\n")
}

fn data(more: &str) -> String {
    format!("version: 1\ndata:\n  t: {{path: p.csv, {more}}}\n")
}

#[track_caller]
fn says(config: &str, wanted: &[&str]) {
    let text = complaint(config);
    // A long line is shown in part, and its help whole.
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
}

#[test]
fn the_number_of_a_metric_is_explained_by_one_that_it_takes() {
    let of = |task: &str, metric: &str| model(&format!("task: {task}, metrics: {{{metric}: {{min: 0}}}}"));
    for (task, written, example) in [
        ("regression", "mean_pinball_loss", "mean_pinball_loss@0.9"),
        ("regression", "mean_pinball_loss@10", "mean_pinball_loss@0.9"),
        ("regression", "mase@0.5", "mase@7"),
        ("ranking, query: q", "ndcg@x", "ndcg@10"),
        ("ranking, query: q", "ndcg@", "ndcg@10"),
        ("ranking, query: q", "recall@0.5", "recall@10"),
        ("binary", "fbeta@zero", "fbeta@2"),
        ("binary", "precision_at_top@7", "precision_at_top@0.1"),
        ("binary", "ece@x", "ece@15"),
    ] {
        says(&of(task, written), &["write the number after an `@`", &format!("`{example}`")]);
        let place = place();
        place.write("mlgate.yml", &of(task, example));
        let answer = place.run(&["run"]);
        assert_ne!(answer.code, 2, "{example} is suggested and refused: {}", answer.stderr);
    }
    says(&of("binary", "f1@5"), &["`f1` takes no number"]);
    says(&of("binary", "f1@x"), &["always of the positive one"]);
    says(&of("ranking, query: q", "ndgc@5"), &["there is no metric `ndgc@5`", "did you mean `ndcg@5`?"]);
    says(&of("ranking, query: q", "hit_rate"), &["did you mean `hit_rate@10`?"]);
    says(&of("binary", "acuracy@5"), &["did you mean `accuracy`?"]);
    says(&of("regression", "mean_pinbal_loss"), &["did you mean `mean_pinball_loss@0.9`?"]);
    says(&of("binary", "f1_sample"), &["did you mean `f1_samples`? It is defined for multilabel tasks"]);
    let far = "the metrics of binary tasks are in docs/metrics.md, among them accuracy, balanced_accuracy";
    says(&of("binary", "loveliness"), &["there is no metric `loveliness`", far]);
    let beside = model("metrics: {accuracy: {min: 0}, min_n: 5}");
    says(&beside, &["there is no metric `min_n`", far, "`{nulls: 0}` for a column and `{min: 0.8}` for a metric"]);
    says(&model("fairness: {by: [sex], rates: {selektion_rate@yes: {}}}"), &["did you mean `selection_rate@yes`?"]);
    says(&model("fairness: {by: [sex], rates: {fbeta@x: {min: 0}}}"), &["the number of `fbeta` must be above 0"]);
}

#[test]
fn a_key_beside_a_check_is_told_where_it_stands() {
    let metric = |lines: &str| model(&format!("metrics: {{roc_auc: {{{lines}}}}}"));
    let rate = |lines: &str| model(&format!("fairness: {{by: [sex], rates: {{selection_rate: {{{lines}}}}}}}"));
    let column = |lines: &str| data(&format!("columns: {{sex: {{{lines}}}}}"));
    says(
        &metric("min: 0.5, severity: warning"),
        &["`severity` belongs inside a check, as in `min: {is: 0.5, severity: warning}`"],
    );
    says(
        &metric("min: {is: 0.5}, confidence: 0.9"),
        &["`confidence` belongs inside a check, as in `min: {…, confidence: 0.9}`"],
    );
    says(&metric("severity: note"), &["`severity` belongs inside a check, as in `max: {is: …, severity: note}`"]);
    says(&metric("min: 0.5, min_n: 9"), &["`min_n` is about slices", "slices: {\"*\": {min: {is: 0.5, min_n: 9}}}"]);
    says(
        &metric("slices: {sex: {min: 0.5, min_n: 9}}"),
        &["`min_n` belongs inside a check, as in `min: {is: 0.5, min_n: 9}`"],
    );
    says(&metric("min: 0.5, weight: w"), &["`weight` is a key of the model"]);
    says(&metric("min: 0.5, weights: w"), &["did you mean `weight`, a key of the model?"]);
    says(&metric("is: 0.5"), &["`is` belongs inside a check, as in `max: {is: 0.5}`"]);
    says(
        &rate("min_ratio: 0.8, min_n: 50"),
        &["`min_n` belongs inside a check, as in `min_ratio: {is: 0.8, min_n: 50}`"],
    );
    says(&rate("min_ratio: 0.8, slices: all"), &["`slices` is a key of the model"]);
    says(&rate("min_ratio: 0.8, reference: majority"), &["as in `min_ratio: {is: 0.8, reference: majority}`"]);
    says(&rate("min_ratio: 0.8, serverity: note"), &["did you mean `severity`, which belongs inside a check?"]);
    says(
        &column("in: [x], allow: \"< 1%\""),
        &["`allow` belongs inside a check, as in `in: {is: [x], allow: \"< 1%\"}`"],
    );
    says(&column("in: [x], waive: {}"), &["`waive` belongs inside a check"]);
    says(&data("schema: same, rows: 60, allow: added"), &["as in `schema: {is: same, allow: added}`"]);
    says(&data("rows: 60, severity: note"), &["as in `rows: {is: 60, severity: note}`"]);
    says(&model("fairness: {by: [sex], min_n: 50, rates: {}}"), &["`min_n` belongs inside a check"]);
    says(&model("severity: note"), &["`severity` belongs inside a check"]);
    // Once for a pattern, and not for each of its columns.
    let text = complaint(&data("columns: {\"*\": {nulls: 0, severity: note}}"));
    assert!(text.ends_with("1 problem in mlgate.yml\n"), "{text}");
    says(
        "version: 1\nmodels: {m: {metrics_file: m.json, metrics: {roc_auc: {min: 0.5, confidence: 0.9}}}}\n",
        &["`confidence` means nothing here: the number of a file has no interval and no rows"],
    );
    // A slip is still one.
    says(&metric("max_dorp: 1%"), &["did you mean `max_drop`?"]);
}

#[test]
fn parameters_that_would_be_refused_are_not_offered() {
    let offered = |config: &str| -> Vec<String> {
        let text = complaint(config);
        let help = text.split("help: it has ").nth(1).unwrap_or_else(|| panic!("{text}"));
        help.lines().next().unwrap().split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
    };
    let rows = offered(&data("rows: {is: 60, zzz: 1}"));
    assert_eq!(rows, ["is", "severity", "waive", "where"]);
    let of_metric = offered(&model("metrics: {roc_auc: {min: {is: 0.5, zzz: 1}}}"));
    assert_eq!(of_metric, ["is", "severity", "confidence", "on_inconclusive", "waive"]);
    let of_slices = offered(&model("metrics: {roc_auc: {slices: {\"*\": {min: {is: 0.5, zzz: 1}}}}}"));
    assert!(of_slices.contains(&"min_n".to_owned()), "{of_slices:?}");
    let place = place();
    place.write("m.json", "{\"roc_auc\": 0.9}");
    place.write(
        "mlgate.yml",
        "version: 1\nmodels: {m: {metrics_file: m.json, metrics: {roc_auc: {min: {is: 0.5, zzz: 1}}}}}\n",
    );
    let text = place.run(&["run"]).stderr;
    assert!(text.contains("help: it has `is`, `severity`, `waive`\n"), "{text}");
}

#[test]
fn another_dataset_goes_by_either_name() {
    let place = place();
    place.write("o.csv", "id,sex\n1,x\n");
    let config = |word: &str| {
        format!(
            "version: 1\ndata:\n  t: {{path: p.csv, same_rows: {{{word}: o, ignore: [label, score, q]}}, same_keys: {{{word}: o, key: [id]}}, foreign_keys: {{f: {{{word}: o, columns: [sex]}}}}}}\n  o: {{path: o.csv, rows: 1}}\n"
        )
    };
    let mut reports = ["with", "of"].map(|word| {
        place.write("mlgate.yml", &config(word));
        place.report()
    });
    for report in &mut reports {
        report["provenance"].take();
        for gate in report["gates"].as_array_mut().unwrap() {
            gate["at"].take();
        }
    }
    assert_eq!(reports[0], reports[1]);
    let message = gate(&reports[0], "data.t.same_keys")["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("1 of 60 rows has a key that `o` also has"), "{message}");
    let both = config("with").replace("{with: o, key", "{with: o, of: o, key");
    says(&both, &["`of` means the same as `with`, which is already set"]);
}

#[test]
fn one_of_a_thing_is_no_plural() {
    let place = Workplace::new();
    place.write("a.csv", "v,t\n4,x\n").write(
        "mlgate.yml",
        "version: 1\ndata:\n  a: {path: a.csv, rows: \"> 1\", columns: {v: {mean: 5, quantile: {q: 50%, is: 5}}, t: {distinct: 2}}}\n",
    );
    let report = place.report();
    let message = |id: &str| gate(&report, id)["message"].as_str().unwrap().to_owned();
    assert!(message("data.a.rows").starts_with("1 row;"), "{}", message("data.a.rows"));
    assert!(message("data.a.columns.v.mean").starts_with("the mean of 1 number is 4"), "{report:#}");
    assert!(message("data.a.columns.v.quantile").starts_with("the 0.5 quantile of 1 number is 4"), "{report:#}");
    assert!(message("data.a.columns.t.distinct").starts_with("1 distinct among 1 value"), "{report:#}");
}
