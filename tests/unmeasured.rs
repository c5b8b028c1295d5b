//! A number without a gate that cannot be measured does not disappear from the report.

use serde_json::Value;

use crate::support::{Workplace, gate};

const ROWS: &str = "id,y,s,p,g\n";

fn rows(count: usize) -> String {
    let row = |row: usize| {
        let y = row % 2;
        format!("{row},{y},{},{y},{}\n", if y == 1 { 0.7 } else { 0.2 }, if row.is_multiple_of(4) { "a" } else { "b" })
    };
    ROWS.to_owned() + &(0..count).map(row).collect::<String>()
}

/// Returns the report of a dataset that passes, and of a model with these lines.
fn report(files: &[(&str, &str)], model: &str) -> (Value, String) {
    let place = Workplace::new();
    place.write("d.csv", "id\n1\n");
    for (name, text) in files {
        place.write(name, text);
    }
    place.write(
        "mlgate.yml",
        &format!("version: 1\ndata:\n  d: {{path: d.csv, rows: \"> 0\"}}\nmodels:\n  m: {model}\n"),
    );
    let report = place.report();
    (report, place.run(&["run"]).stdout)
}

#[track_caller]
fn errs(files: &[(&str, &str)], model: &str, id: &str, why: &str) {
    let (report, text) = report(files, model);
    assert_eq!((&report["verdict"], &report["exit_code"]), (&"error".into(), &4.into()), "{report:#}");
    let of = gate(&report, id);
    assert_eq!((&of["verdict"], &of["check"]), (&"error".into(), &"measured".into()), "{of:#}");
    let message = of["message"].as_str().unwrap();
    assert!(message.starts_with("could not be measured: ") && message.contains(why), "{message}");
    assert!(text.contains("could not be measured: "), "{text}");
}

/// Never passes: a metric without a demand that cannot be measured (exit code 4).
#[test]
fn metrics_that_cannot_be_measured() {
    let good = rows(200);
    let model = "{predictions: p.csv, label: y, score: s, metrics: {roc_auc: {}, f1: {}}}";
    let (passed, _) = report(&[("p.csv", &good)], model);
    assert_eq!((&passed["verdict"], passed["gates"].as_array().unwrap().len()), (&"pass".into(), 1));
    for (text, why) in [
        (None, "there is no file `p.csv`"),
        (Some(good.replace("id,y,s", "id,y,z")), "has no column `s`"),
        (Some(good.replace("0,0,0.2,", "0,0,nan,")), ""),
        (Some(good.replacen(",0.7,", ",,", 1)), ""),
        (Some(good.replace(",1,0.7,", ",0,0.7,")), "class"),
    ] {
        let files: Vec<(&str, &str)> = text.iter().map(|text| ("p.csv", text.as_str())).collect();
        errs(&files, model, "models.m.metrics.roc_auc.measured", why);
    }
    let outside = good.replacen(",0.7,", ",1.7,", 1);
    errs(
        &[("p.csv", &outside)],
        "{predictions: p.csv, label: y, score: s, metrics: {log_loss: {}}}",
        "models.m.metrics.log_loss.measured",
        "",
    );
    let numbers = "{predictions: p.csv, task: regression, label: y, prediction: s, metrics: {mape: {}, mae: {}}}";
    errs(&[("p.csv", &good)], numbers, "models.m.metrics.mape.measured", "a label is 0");
    let ranking = "{predictions: p.csv, task: ranking, label: y, score: s, query: g, metrics: {ndcg@5: {}}}";
    errs(
        &[("p.csv", &good.replace(",1,0.7", ",0,0.7"))],
        ranking,
        "models.m.metrics.ndcg@5.measured",
        "no query has a relevant row",
    );
    let never = good.replace(",0.7,", ",0.3,");
    errs(
        &[("p.csv", &never)],
        "{predictions: p.csv, label: y, score: s, metrics: {precision: {}}}",
        "models.m.metrics.precision.measured",
        "no rows predicted positive",
    );
}

#[test]
fn numbers_of_a_file_that_cannot_be_read() {
    let model = "{metrics_file: n.json, metrics: {accuracy: {}, f1: {}}}";
    let (passed, _) = report(&[("n.json", "{\"accuracy\": 0.9, \"f1\": 0.8}")], model);
    assert_eq!(passed["verdict"], "pass");
    for text in [
        None,
        Some("{\"f1\": 0.8}"),
        Some("{\"accuracy\": \"high\", \"f1\": 0.8}"),
        Some("{\"accuracy\": NaN, \"f1\": 0.8}"),
    ] {
        let files: Vec<(&str, &str)> = text.iter().map(|text| ("n.json", *text)).collect();
        errs(&files, model, "models.m.metrics.accuracy.measured", "");
    }
    // A baseline that cannot be read gives a warning.
    let both = "{metrics_file: n.json, baseline_metrics_file: o.json, metrics: {accuracy: {}}}";
    let (warned, text) = report(&[("n.json", "{\"accuracy\": 0.9}"), ("o.json", "{\"accuracy\": null}")], both);
    assert_eq!(warned["verdict"], "warn", "{warned:#}");
    assert!(text.contains("could not be read from the baseline"), "{text}");
}

#[test]
fn rates_of_groups() {
    let good = rows(200);
    let rates = |rate: &str| {
        format!(
            "{{predictions: p.csv, label: y, score: s, metrics: {{accuracy: {{min: 0.1}}}}, fairness: {{by: [g], rates: {{{rate}: {{}}}}}}}}"
        )
    };
    assert_eq!(report(&[("p.csv", &good)], &rates("selection_rate")).0["verdict"], "pass");
    let lost = good.replace("p,g\n", "p,h\n");
    errs(
        &[("p.csv", &lost)],
        &rates("selection_rate"),
        "models.m.fairness.g.selection_rate.measured",
        "has no column `g`",
    );
    errs(&[("p.csv", &lost)], &rates("roc_auc"), "models.m.fairness.g.roc_auc.measured", "has no column `g`");
    // No row of group `a` is predicted positive: the group has a remark, and the run warns.
    let (warned, text) = report(&[("p.csv", &good)], &rates("positive_predictive_value"));
    assert_eq!((&warned["verdict"], &warned["exit_code"]), (&"warn".into(), &0.into()), "{warned:#}");
    let note = &warned["notes"][0];
    assert_eq!(note["id"], "models.m.fairness.g.positive_predictive_value");
    assert_eq!(note["message"], "positive_predictive_value could not be measured in `a`: no rows predicted positive");
    assert!(text.contains("could not be measured in `a`"), "{text}");
    // A group without positives is small for a rate of positives.
    assert_eq!(report(&[("p.csv", &good)], &rates("true_positive_rate")).0["verdict"], "pass");
}

#[test]
fn slices_without_a_demand() {
    let good = rows(200);
    let slices = |slices: &str, metric: &str| {
        format!(
            "{{predictions: p.csv, label: y, score: s, slices: [{slices}], metrics: {{accuracy: {{min: 0.1}}, {metric}: {{slices: all}}}}}}"
        )
    };
    errs(&[("p.csv", &good)], &slices("gg", "f1"), "models.m.metrics.f1.slices.gg.measured", "has no column `gg`");
    let (warned, text) = report(&[("p.csv", &good)], &slices("g", "roc_auc"));
    assert_eq!(warned["verdict"], "warn", "{warned:#}");
    assert!(text.contains("roc_auc could not be measured in `g=a`"), "{text}");
    assert!(
        text.contains("undefined: no positive labels") || text.contains("undefined: the labels hold one class only"),
        "{text}"
    );
    // A pattern that matches no slice, and each of two missing columns.
    let none = "{predictions: p.csv, label: y, score: s, slices: [g], metrics: {accuracy: {min: 0.1}, f1: {slices: {\"g=z\": {}}}}}";
    errs(
        &[("p.csv", &good)],
        none,
        "models.m.metrics.f1.slices.g=z.measured",
        "there is no slice `g=z`; the slices are `g=a`, `g=b`",
    );
    let (two, _) = report(&[("p.csv", &good)], &slices("g, gg, hh", "f1"));
    assert_eq!(two["counts"]["error"], 2, "{two:#}");
    assert_eq!(report(&[("p.csv", &good)], &slices("g", "log_loss")).0["verdict"], "pass");
}

#[test]
fn what_a_gate_errs_on_is_said_once() {
    let (report, _) = report(&[], "{predictions: p.csv, label: y, score: s, metrics: {roc_auc: {min: 0.5}, f1: {}}}");
    let ids: Vec<&str> = report["gates"].as_array().unwrap().iter().map(|gate| gate["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["data.d.rows", "models.m.metrics.roc_auc.min", "models.m.metrics.f1.measured"]);
}
