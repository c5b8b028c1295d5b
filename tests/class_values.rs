//! Values that identify rows, classes and groups: their order, their spelling, and values that are none.

use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use crate::support::{Workplace, gate};

/// Writes columns as a Parquet file.
pub(crate) fn parquet(place: &Workplace, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)));
    let batch = batch.unwrap();
    let file = File::create(place.path().join(name)).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Returns the report of a model.
pub(crate) fn report(place: &Workplace, model: &str) -> Value {
    place.write("mlgate.yml", &format!("version: 1\nmodels:\n  m: {{{model}}}\n"));
    place.report()
}

/// Returns the verdict and the message of the first gate.
pub(crate) fn verdict(place: &Workplace, model: &str) -> (String, String) {
    let report = report(place, model);
    let text = |name: &str| report["gates"][0][name].as_str().unwrap_or_else(|| panic!("{report:#}")).to_owned();
    (text("verdict"), text("message"))
}

/// Returns the problems of a config with one model.
pub(crate) fn complaint(place: &Workplace, model: &str) -> String {
    place.write("mlgate.yml", &format!("version: 1\nmodels:\n  m: {{{model}}}\n"));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    answer.stderr
}

/// Returns one side's value of a gate's number.
pub(crate) fn value(report: &Value, id: &str, side: &str) -> f64 {
    gate(report, id)[side]["value"].as_f64().unwrap_or_else(|| panic!("{report:#}"))
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    rows.fold(format!("{head}\n"), |mut text, row| {
        writeln!(text, "{row}").unwrap();
        text
    })
}

/// Returns human scores from 1 to 10, and those of a judge who gives 10 for every second 1.
fn judged() -> Vec<(i64, i64)> {
    (0..200)
        .map(|row| 1 + row % 10)
        .enumerate()
        .map(|(row, human)| (human, if human == 1 && row % 20 < 10 { 10 } else { human }))
        .collect()
}

const JUDGE: &str =
    "task: multiclass, key: id, label: human, prediction: judge, metrics: {cohen_kappa_quadratic: {max_drop: 0.05}}";

#[test]
fn scores_of_a_judge_are_ordered_as_numbers_in_every_format() {
    let place = Workplace::new();
    let rows = |wrong: bool| -> Vec<(usize, i64, i64)> {
        judged()
            .into_iter()
            .enumerate()
            .map(|(id, (human, judge))| (id, human, if wrong { judge } else { human }))
            .collect()
    };
    for (name, wrong) in [("c", true), ("b", false)] {
        let rows = rows(wrong);
        let text = table("id,human,judge", rows.iter().map(|(id, human, judge)| format!("{id},{human},{judge}")));
        place.write(&format!("{name}.csv"), &text);
        let text = table("id,human,judge", rows.iter().map(|(id, human, judge)| format!("{id},{human}.0,{judge}")));
        place.write(&format!("{name}_float.csv"), &text);
        let lines: Vec<String> = rows
            .iter()
            .map(|(id, human, judge)| json!({"id": id, "human": human, "judge": judge}).to_string())
            .collect();
        place.write(&format!("{name}.jsonl"), &lines.join("\n"));
        let column = |of: fn(&(usize, i64, i64)) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
        let floats = column(|row| row.1).iter().map(|score| *score as f32).collect::<Vec<f32>>();
        parquet(
            &place,
            &format!("{name}.parquet"),
            vec![
                ("id", Arc::new(Int64Array::from(column(|row| row.0 as i64)))),
                ("human", Arc::new(Float32Array::from(floats))),
                ("judge", Arc::new(Int64Array::from(column(|row| row.2)))),
            ],
        );
    }
    for end in [".csv", "_float.csv", ".jsonl", ".parquet"] {
        let report = report(&place, &format!("predictions: c{end}, baseline_predictions: b{end}, {JUDGE}"));
        let id = "models.m.metrics.cohen_kappa_quadratic.max_drop";
        // scikit-learn 1.9.1: cohen_kappa_score(human, judge, weights="quadratic").
        assert!((value(&report, id, "candidate") - 0.754_505).abs() < 1e-4, "{end}: {report:#}");
        assert_eq!(value(&report, id, "baseline"), 1.0);
        assert_eq!(report["exit_code"], 1);
    }
}

#[test]
fn slices_and_a_stored_baseline_have_the_same_order() {
    let place = Workplace::new();
    // The baseline's judge never gives 10.
    let before = judged().into_iter().filter(|(human, _)| *human < 10).map(|(human, _)| format!("{human},{human},x"));
    place.write("p.csv", &table("human,judge,part", before));
    let model = "predictions: p.csv, task: multiclass, label: human, prediction: judge, slices: [part], \
                 metrics: {cohen_kappa_linear: {max_drop: 0.05, slices: {part: {min: 0.9}}}}";
    place.write("mlgate.yml", &format!("version: 1\nbaseline: b.json\nmodels:\n  m: {{{model}}}\n"));
    assert_eq!(place.run(&["bless"]).code, 0);
    place.write(
        "p.csv",
        &table("human,judge,part", judged().into_iter().map(|(human, judge)| format!("{human},{judge},x"))),
    );
    let report = place.report();
    let drop = gate(&report, "models.m.metrics.cohen_kappa_linear.max_drop");
    // scikit-learn 1.9.1, weights="linear".
    assert!((drop["candidate"]["value"].as_f64().unwrap() - 0.863_636).abs() < 1e-4, "{report:#}");
    assert_eq!(drop["baseline"]["value"], 1.0);
    let slice = gate(&report, "models.m.metrics.cohen_kappa_linear.slices.part.min");
    assert_eq!(slice["groups"][0]["candidate"]["value"], drop["candidate"]["value"]);
}

#[test]
fn places_of_a_list_are_those_of_the_classes_by_value() {
    let place = Workplace::new();
    let list = |class: usize| (0..12).map(|place| if place == class { 0.78 } else { 0.02 }).collect::<Vec<f64>>();
    let lines: Vec<String> = (0..120).map(|row| json!({"y": row % 12, "probs": list(row % 12)}).to_string()).collect();
    place.write("p.jsonl", &lines.join("\n"));
    let metrics = "accuracy: {min: 0.9}, log_loss: {max: 0.5}, brier_score: {max: 1}, top_k_accuracy@2: {min: 0.5}";
    let report = report(
        &place,
        &format!("task: multiclass, predictions: p.jsonl, label: y, score: probs, metrics: {{{metrics}}}"),
    );
    assert_eq!(value(&report, "models.m.metrics.accuracy.min", "candidate"), 1.0);
    assert!((value(&report, "models.m.metrics.log_loss.max", "candidate") + 0.78_f64.ln()).abs() < 1e-12);
    assert_eq!(report["exit_code"], 0, "{report:#}");
}

/// Never passes: a weighted kappa of text classes without `classes` (exit code 2).
#[test]
fn classes_of_text_have_no_order_of_their_own() {
    let place = Workplace::new();
    let words = ["low", "medium", "high"];
    let word = |row: usize| words[row % 3];
    let off = |row: usize| words[(row % 3 + usize::from(row.is_multiple_of(5))).min(2)];
    place.write("t.csv", &table("human,judge,part", (0..150).map(|row| format!("{},{},x", word(row), off(row)))));
    let model = |more: &str| {
        format!("task: multiclass, predictions: t.csv, label: human, prediction: judge, slices: [part], {more}")
    };
    for metrics in [
        "metrics: {cohen_kappa_quadratic: {min: 0.5}}",
        "metrics: {cohen_kappa_linear: {slices: {part: {min: 0.5}}}}",
        "metrics: {accuracy: {}}, fairness: {by: [part], rates: {cohen_kappa_quadratic: {min: 0.5}}}",
    ] {
        let said = complaint(&place, &model(metrics));
        assert!(
            said.contains("those of `human` are text") && said.contains("`classes: [low, medium, high]`"),
            "{said}"
        );
    }
    let ordered = model("classes: [low, medium, high], metrics: {cohen_kappa_quadratic: {min: 0.5}}");
    let report = report(&place, &ordered);
    // scikit-learn 1.9.1 with labels=["low", "medium", "high"].
    assert!(
        (value(&report, "models.m.metrics.cohen_kappa_quadratic.min", "candidate") - 0.9).abs() < 1e-9,
        "{report:#}"
    );
    // A metric that does not weigh distances needs no order.
    assert_eq!(verdict(&place, &model("metrics: {cohen_kappa: {min: 0.5}}")).0, "pass");
    let lines: Vec<String> = (0..60).map(|row| json!({"y": word(row), "s": [0.2, 0.3, 0.5]}).to_string()).collect();
    place.write("l.jsonl", &lines.join("\n"));
    let said =
        complaint(&place, "task: multiclass, predictions: l.jsonl, label: y, score: s, metrics: {accuracy: {min: 0}}");
    assert!(said.contains("so their order in the lists is not known"), "{said}");
}

const NAN: &str = "is NaN in";

/// Never passes: NaN as a label, a prediction or a class (exit code 4).
#[test]
fn nan_is_no_label_no_prediction_and_no_class() {
    let place = Workplace::new();
    let half = |row: usize, nan: &str| if row.is_multiple_of(2) { nan.to_owned() } else { "2".to_owned() };
    let csv = table("id,y,p", (0..80).map(|row| format!("{row},{},{}", half(row, "NaN"), half(row, "NaN"))));
    place
        .write("p.csv", &csv)
        .write("good.csv", &table("id,y,p", (0..80).map(|row| format!("{row},{},{}", half(row, "1"), half(row, "1")))));
    let column = || {
        Arc::new(Float64Array::from((0..80).map(|row| if row % 2 == 0 { f64::NAN } else { 2.0 }).collect::<Vec<_>>()))
    };
    parquet(&place, "p.parquet", vec![("y", column()), ("p", column())]);
    let accuracy = "metrics: {accuracy: {min: 0.9}}";
    for file in ["p.csv", "p.parquet"] {
        for task in ["task: multiclass", "task: multiclass, classes: [1, 2]", "positive: 2"] {
            let (verdict, message) =
                verdict(&place, &format!("predictions: {file}, label: y, prediction: p, {task}, {accuracy}"));
            assert_eq!(verdict, "error", "{task} {message}");
            assert!(message.contains(NAN), "{message}");
        }
    }
    // NaN is on the baseline's side only.
    let model = "task: multiclass, predictions: good.csv, baseline_predictions: p.csv, key: id, label: y, prediction: p, metrics: {accuracy: {max_drop: 0.1}}";
    let (verdict_of, message) = verdict(&place, model);
    assert_eq!(verdict_of, "error");
    assert!(message.starts_with("p.csv: ") && message.contains(NAN), "{message}");
    // A multilabel task.
    place.write(
        "l.csv",
        &table("a,b,pa,pb", (0..80).map(|row| format!("{},1,1,0", if row % 8 == 0 { "NaN" } else { "1" }))),
    );
    let (verdict_of, message) = verdict(
        &place,
        "task: multilabel, predictions: l.csv, label: [a, b], prediction: [pa, pb], metrics: {f1_macro: {min: 0}}",
    );
    assert_eq!((verdict_of.as_str(), message.as_str()), ("error", "l.csv: `a` is NaN in 10 of 80 rows"));
    // The word is a valid value.
    let word: ArrayRef =
        Arc::new(StringArray::from((0..80).map(|row| if row % 2 == 0 { "NaN" } else { "b" }).collect::<Vec<_>>()));
    parquet(&place, "w.parquet", vec![("y", Arc::clone(&word)), ("p", word)]);
    let model = format!("task: multiclass, predictions: w.parquet, label: y, prediction: p, {accuracy}");
    assert_eq!(verdict(&place, &model).0, "pass");
}

#[test]
fn rows_without_a_group_are_one_group_whatever_they_hold() {
    let place = Workplace::new();
    let known = (0..90).flat_map(|row| [format!("{0},{0},1", row % 2), format!("{0},{0},2", row % 2)]);
    let missing = (0..36).map(|row| format!("{},{},{}", row % 2, 1 - row % 2, if row < 18 { "NaN" } else { "" }));
    place.write("g.csv", &table("y,p,g", known.chain(missing)));
    let model = "predictions: g.csv, label: y, prediction: p, slices: [g], metrics: {accuracy: {slices: {g: {min: 0.7}}}}, \
                 fairness: {by: [g], rates: {accuracy: {min: 0.7}}}";
    let report = report(&place, model);
    for id in ["models.m.fairness.g.accuracy.min", "models.m.metrics.accuracy.slices.g.min"] {
        let found = gate(&report, id);
        assert_eq!(found["verdict"], "fail", "{report:#}");
        let groups = found["groups"].as_array().unwrap();
        let missing = groups.iter().find(|group| group["group"][0].as_str().unwrap().ends_with("(missing)")).unwrap();
        assert_eq!((&missing["candidate"]["value"], &missing["candidate"]["n"]), (&json!(0.0), &json!(36)));
    }
    assert_eq!(report["exit_code"], 1);
}

/// Never passes: NaN as a cluster, query, series or key (exit code 4).
#[test]
fn nan_is_no_cluster_no_query_no_series_and_no_key() {
    let place = Workplace::new();
    let of = |row: usize| if row < 15 { "NaN".to_owned() } else { format!("{row}.5") };
    place.write("p.csv", &table("k,y,p,t", (0..60).map(|row| format!("{},{},{},{row}", of(row), row % 2, row % 2))));
    place.write("q.csv", &table("k,y,p,t", (0..60).map(|row| format!("{row}.5,{},{},{row}", row % 2, row % 2))));
    for model in [
        "predictions: p.csv, label: y, prediction: p, cluster: k, metrics: {accuracy: {min: 0.1}}",
        "task: ranking, predictions: p.csv, label: y, score: t, query: k, metrics: {mrr: {min: 0.1}}",
        "task: regression, predictions: p.csv, label: y, prediction: p, series: k, time: t, metrics: {mase: {max: 9}}",
        "predictions: p.csv, baseline_predictions: q.csv, key: k, label: y, prediction: p, metrics: {accuracy: {max_drop: 0.1}}",
        "predictions: q.csv, baseline_predictions: p.csv, key: k, label: y, prediction: p, metrics: {accuracy: {max_drop: 0.1}}",
    ] {
        let (verdict, message) = verdict(&place, model);
        assert_eq!(verdict, "error", "{model}: {message}");
        assert!(message.starts_with("p.csv: ") && message.contains(NAN), "{message}");
    }
}

#[test]
fn a_group_of_floats_goes_by_its_number() {
    let place = Workplace::new();
    let group = |row: usize| (!row.is_multiple_of(40)).then_some(1.0 + (row % 2) as f64);
    let labels: Vec<i64> = (0..120).map(|row| row / 2 % 2).collect();
    parquet(
        &place,
        "p.parquet",
        vec![
            ("y", Arc::new(Int64Array::from(labels.clone()))),
            ("p", Arc::new(Int64Array::from(labels))),
            ("g", Arc::new(Float64Array::from((0..120).map(group).collect::<Vec<_>>()))),
        ],
    );
    for named in ["1", "1.0"] {
        let rates = format!("rates: {{accuracy: {{max_gap: {{is: 0.9, reference: [{named}]}}}}}}");
        let model = format!(
            "predictions: p.parquet, label: y, prediction: p, slices: [g], metrics: {{accuracy: {{slices: {{g={named}: {{min: 0.5}}}}}}}}, fairness: {{by: [g], {rates}}}"
        );
        let report = report(&place, &model);
        assert_eq!(report["exit_code"], 0, "{report:#}");
        assert_eq!(gate(&report, "models.m.fairness.g.accuracy.max_gap")["verdict"], "pass", "{report:#}");
    }
}

#[test]
fn a_class_that_is_named_positive_may_be_any_of_two() {
    let place = Workplace::new();
    place.write("p.csv", &table("y,p", (0..40).map(|row| format!("{0},{0}", 1 + row % 2))));
    assert_eq!(
        verdict(&place, "predictions: p.csv, label: y, prediction: p, positive: 1, metrics: {recall: {min: 0.5}}").0,
        "pass"
    );
    place.write("t.csv", &table("want,got", (0..1200).map(|row| format!("town {row},town {row}"))));
    let (verdict, message) = verdict(
        &place,
        "task: multiclass, predictions: t.csv, label: want, prediction: got, metrics: {accuracy: {min: 0.7}}",
    );
    assert_eq!(verdict, "error");
    assert!(message.contains("has 1200 classes") && !message.contains("if it is a number"), "{message}");
}

#[test]
fn messages_speak_of_text_and_not_of_a_library_s_types() {
    let place = Workplace::new();
    place.write(
        "p.csv",
        &table(
            "y,s,t,w",
            (0..60).map(|row| format!("{},word,2026/W{},{}", row % 2, row % 52, if row == 6 { -1 } else { 1 })),
        ),
    );
    for (model, wanted) in [
        (
            "task: regression, predictions: p.csv, label: y, prediction: w, series: s, time: t, metrics: {mase: {max: 1}}",
            "p.csv: `t` is text; a time is a date, a timestamp or a number",
        ),
        (
            "predictions: p.csv, label: y, score: s, metrics: {roc_auc: {min: 0.5}}",
            "p.csv: `s` is string and not a number",
        ),
        (
            "task: regression, predictions: p.csv, label: y, prediction: t, metrics: {mae: {max: 1}}",
            "p.csv: `t` is string and not a number",
        ),
        (
            "task: regression, predictions: p.csv, label: y, prediction: w, weight: w, metrics: {mae: {max: 1}}",
            "p.csv: the weight of row 7 is negative",
        ),
    ] {
        assert_eq!(verdict(&place, model), ("error".to_owned(), wanted.to_owned()));
    }
}

#[test]
fn what_makes_a_metric_undefined_is_named() {
    let place = Workplace::new();
    let classes = ["a", "b", "c"];
    let row = |row: usize| {
        let guess =
            if row.is_multiple_of(25) { "ostrich" } else { classes[(row + usize::from(row.is_multiple_of(4))) % 3] };
        format!("{},{guess},{}", classes[row % 3], classes[row % 2])
    };
    place.write("p.csv", &table("y,p,two", (0..90).map(row)));
    let model = |prediction: &str, metric: &str| {
        format!(
            "task: multiclass, predictions: p.csv, label: y, prediction: {prediction}, metrics: {{{metric}: {{min: 0.1}}}}"
        )
    };
    for (prediction, metric, wanted) in [
        ("p", "recall_macro", "no label is `ostrich`, which is predicted"),
        ("two", "precision_macro", "`c` is never predicted"),
        ("two", "precision_weighted", "`c` is never predicted"),
    ] {
        let (verdict, message) = verdict(&place, &model(prediction, metric));
        assert_eq!(verdict, "error");
        assert!(message.ends_with(&format!(" is undefined: {wanted}")), "{message}");
    }
    let scores = |row: usize| {
        json!({"y": row % 2, "s": [0.2, 0.3, 0.5], "a": row % 2, "b": 0, "pa": row % 2, "pb": row % 2}).to_string()
    };
    place.write("s.jsonl", &(0..60).map(scores).collect::<Vec<_>>().join("\n"));
    for metric in ["roc_auc_ovr_macro", "roc_auc_ovo_macro"] {
        let model = format!(
            "task: multiclass, classes: [0, 1, 2], predictions: s.jsonl, label: y, score: s, metrics: {{{metric}: {{min: 0.1}}}}"
        );
        assert!(verdict(&place, &model).1.ends_with(" is undefined: no label is `2`"));
    }
    let several = "task: multilabel, predictions: s.jsonl, label: [a, b], prediction: [pa, pb], metrics: {recall_macro: {min: 0.1}}";
    assert!(verdict(&place, several).1.ends_with(" is undefined: no label is `b`"));
}
