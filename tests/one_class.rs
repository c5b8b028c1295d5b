//! Metrics of one class of several, from the config to the report, the stored baseline and the groups.

use std::fmt::Write as _;

use serde_json::Value;

use crate::class_values::{complaint, report, value, verdict};
use crate::support::{Workplace, gate};

/// Names that YAML, Markdown, workflow commands and gate ids each have trouble with.
const ODD: &str = "a|b: `x` @ <b>, 50%\u{202e}";

/// Writes four times 300 rows of three classes: 60 are `fraud`, of which so many are found, and 10 others are taken for it.
fn transactions(place: &Workplace, name: &str, fraud: &str, found: usize) {
    let mut text = String::from("id,label,prediction,sex,weight,p_fraud,p_late,p_fine\n");
    let quoted = |class: &str| format!("\"{}\"", class.replace('"', "\"\""));
    for id in 0..1200 {
        let row = id % 300;
        let label = match row {
            0..60 => fraud,
            60..120 => "late",
            _ => "fine",
        };
        let predicted = match row {
            _ if row < found => fraud,
            0..60 => "fine",
            60..70 => fraud,
            _ => label,
        };
        let sex = if id % 2 == 0 { "f" } else { "m" };
        let score = if predicted == fraud { 0.8 } else { 0.1 + 0.001 * f64::from(u32::try_from(row % 50).unwrap()) };
        let rest = (1.0 - score) / 2.0;
        let (label, predicted) = (quoted(label), quoted(predicted));
        let weight = 1 + id % 3;
        writeln!(text, "{id},{label},{predicted},{sex},{weight},{score},{rest},{rest}").unwrap();
    }
    place.write(name, &text);
}

const SCORES: &str = "score: {fraud: p_fraud, late: p_late, fine: p_fine}";

#[test]
fn a_class_is_judged_like_the_positive_one_of_two() {
    let place = Workplace::new();
    transactions(&place, "p.csv", "fraud", 40);
    transactions(&place, "b.csv", "fraud", 50);
    let model = format!(
        "task: multiclass, predictions: p.csv, baseline_predictions: b.csv, key: id, label: label, prediction: prediction, {SCORES}, metrics: {{recall@fraud: {{min: 0.5, max_drop: 0.05}}, precision@fraud: {{min: 0.5}}, f1@fraud: {{min: 0.5}}, jaccard@fraud: {{}}, roc_auc@fraud: {{min: 0.5}}, recall_at_fpr@0.1@fraud: {{min: 0.5}}}}"
    );
    let report = report(&place, &model);
    let near = |id: &str, side: &str, expected: f64| {
        let found = value(&report, id, side);
        assert!((found - expected).abs() < 1e-12, "{id}, {side}: {found} is not {expected}");
    };
    near("models.m.metrics.recall@fraud.min", "candidate", 40.0 / 60.0);
    near("models.m.metrics.recall@fraud.max_drop", "baseline", 50.0 / 60.0);
    near("models.m.metrics.precision@fraud.min", "candidate", 40.0 / 50.0);
    near("models.m.metrics.f1@fraud.min", "candidate", 80.0 / 110.0);
    let drop = gate(&report, "models.m.metrics.recall@fraud.max_drop");
    assert_eq!(drop["verdict"], "fail");
    assert!(drop["message"].as_str().unwrap().starts_with("recall@fraud "), "{drop:#}");
    let tests = drop["change"]["tests"].as_array().unwrap();
    assert_eq!(tests[0]["name"], "McNemar, exact");
    // Forty rows of the class were lost and none won: 2 · ½⁴⁰.
    assert!((tests[0]["p_value"].as_f64().unwrap() / 2.0_f64.powi(-39) - 1.0).abs() < 1e-6, "{tests:?}");
    let definition = gate(&report, "models.m.metrics.f1@fraud.min")["definition"].as_str().unwrap();
    assert!(definition.contains("of `fraud` against all other classes"), "{definition}");
}

#[test]
fn a_class_may_have_any_name() {
    let place = Workplace::new();
    transactions(&place, "p.csv", ODD, 40);
    place.write(
        "mlgate.yml",
        &format!("version: 1\nmodels:\n  m:\n    task: multiclass\n    predictions: p.csv\n    label: label\n    prediction: prediction\n    metrics:\n      \"recall@{}\": {{min: 0.9}}\n", ODD.replace('\u{202e}', "\\u202E")),
    );
    let report = place.report();
    let found = &report["gates"][0];
    assert_eq!(
        (&found["verdict"], &found["subject"]["metric"]),
        (&Value::from("fail"), &Value::from(format!("recall@{ODD}")))
    );
    assert!((found["candidate"]["value"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    // A reader's terminal and Markdown get no control characters and no markup from it.
    for format in ["text", "markdown"] {
        let shown = place.run(&["run", "--format", format]).stdout;
        assert!(!shown.contains('\u{202e}'), "{format}: {shown}");
        // Markup stands in code alone.
        assert!(
            format == "text" || !shown.replace("`<b>`", "").replace("` @ <b>, ", "").contains("<b>"),
            "{format}: {shown}"
        );
    }
}

#[test]
fn classes_that_look_like_numbers_are_classes() {
    let place = Workplace::new();
    transactions(&place, "p.csv", "5", 40);
    let model = "task: multiclass, predictions: p.csv, label: label, prediction: prediction, metrics: {precision@5: {min: 0.7}, fbeta@2@5: {min: 0.1}}";
    let report = report(&place, model);
    assert!((value(&report, "models.m.metrics.precision@5.min", "candidate") - 0.8).abs() < 1e-12);
    // (1 + 4)·40 / ((1 + 4)·40 + 4·20 + 10)
    assert!((value(&report, "models.m.metrics.fbeta@2@5.min", "candidate") - 200.0 / 290.0).abs() < 1e-12);
}

#[test]
fn a_class_that_is_not_there_is_an_error_that_names_those_there_are() {
    let place = Workplace::new();
    transactions(&place, "p.csv", "fraud", 40);
    let model = |more: &str, metric: &str| {
        format!(
            "task: multiclass, predictions: p.csv, label: label, prediction: prediction, {more} metrics: {{\"{metric}\": {{min: 0.5}}}}"
        )
    };
    let (found, message) = verdict(&place, &model("", "f1@frau"));
    assert_eq!(found, "error");
    assert!(
        message.contains("there is no class `frau`, only `fine`, `fraud`, `late`; did you mean `fraud`?"),
        "{message}"
    );
    let listed = complaint(&place, &model("classes: [fraud, late, fine],", "f1@frau"));
    assert!(listed.contains("did you mean `fraud`?"), "{listed}");
    assert!(complaint(&place, &model("", "f1@")).contains("names no class"));
    assert!(complaint(&place, &model("", "f1_macro@fraud")).contains("an average over the classes at once"));
    assert!(complaint(&place, &model("", "recal@fraud")).contains("did you mean `recall@fraud`?"));
    assert!(complaint(&place, &model("", "f1")).contains("or name one of them, as in `f1@CLASS`"));
    let binary = "predictions: p.csv, label: label, positive: fraud, prediction: prediction, metrics: {\"recall@fraud\": {min: 0.5}}";
    assert!(complaint(&place, binary).contains("always of the positive one"));
}

#[test]
fn a_class_without_rows_is_named_where_its_metric_is_undefined() {
    let place = Workplace::new();
    place.write("p.csv", "label,prediction\na,a\nb,a\nc,c\n");
    let model = |metric: &str| {
        format!(
            "task: multiclass, predictions: p.csv, label: label, prediction: prediction, classes: [a, b, c, d], metrics: {{\"{metric}\": {{min: 0.5}}}}"
        )
    };
    let (found, message) = verdict(&place, &model("precision@b"));
    assert_eq!(found, "error");
    assert!(message.contains("precision@b is undefined: `b` is never predicted"), "{message}");
    assert!(verdict(&place, &model("recall@d")).1.contains("recall@d is undefined: no label is `d`"));
}

#[test]
fn a_stored_baseline_and_groups_and_weights_know_the_class() {
    let place = Workplace::new();
    transactions(&place, "p.csv", "fraud", 50);
    let config = |weight: &str| {
        format!(
            "version: 1\nbaseline: baseline.json\nmodels:\n  m:\n    task: multiclass\n    predictions: p.csv\n    key: id\n    label: label\n    prediction: prediction\n    {SCORES}\n{weight}    metrics:\n      f1@fraud: {{max_drop: 0.01}}\n      average_precision@fraud: {{max_drop: 0.01}}\n    fairness:\n      by: [sex]\n      rates:\n        true_positive_rate@fraud: {{max_gap: 0.3}}\n        false_discovery_rate@fraud: {{max: 0.9}}\n        f1@fraud: {{min: 0.3}}\n"
        )
    };
    for weight in ["", "    weight: weight\n"] {
        transactions(&place, "p.csv", "fraud", 50);
        place.write("mlgate.yml", &config(weight));
        let answer = place.run(&["bless", "--yes"]);
        let answer = if answer.code == 0 { answer } else { place.run(&["bless"]) };
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        transactions(&place, "p.csv", "fraud", 10);
        let report = place.report();
        for metric in ["f1@fraud", "average_precision@fraud"] {
            let found = gate(&report, &format!("models.m.metrics.{metric}.max_drop"));
            assert_eq!(found["verdict"], "fail", "{found:#}");
        }
        for rate in ["true_positive_rate@fraud.max_gap", "false_discovery_rate@fraud.max", "f1@fraud.min"] {
            let found = gate(&report, &format!("models.m.fairness.sex.{rate}"));
            assert_ne!(found["verdict"], "error", "{found:#}");
            assert_eq!(found["groups"].as_array().unwrap().len(), 2, "{found:#}");
        }
    }
}

#[test]
fn a_label_of_several_is_named_by_its_column() {
    let place = Workplace::new();
    let mut text = String::from("toxic,rude,p_toxic,p_rude\n");
    for row in 0..200 {
        let (toxic, rude) = (u8::from(row % 4 == 0), u8::from(row % 3 == 0));
        writeln!(text, "{toxic},{rude},{},{}", if row % 8 == 0 { 0.9 } else { 0.2 }, 0.1 + 0.8 * f64::from(rude))
            .unwrap();
    }
    place.write("p.csv", &text);
    let model = |metric: &str| {
        format!(
            "task: multilabel, predictions: p.csv, label: [toxic, rude], score: [p_toxic, p_rude], metrics: {{\"{metric}\": {{min: 0.2}}}}"
        )
    };
    let report = report(&place, &model("recall@toxic"));
    assert_eq!(value(&report, "models.m.metrics.recall@toxic.min", "candidate"), 0.5);
    let problem = complaint(&place, &model("recall@toxi"));
    assert!(problem.contains("there is no label `toxi`") && problem.contains("did you mean `toxic`?"), "{problem}");
}
