//! Keys that only one side has: new ones may be listed, missing ones are always an error.

use serde_json::Value;

use crate::support::{Workplace, gate};

/// Returns rows of questions with samples, as JSON lines; the candidate passes one in ten fewer.
fn rows(samples: u64, questions: u64, lift: u64) -> String {
    let row = |question: u64, sample: u64| {
        let passed = (question * 7 + sample * 3) % 10 + 1 < 5 + question % 5 + lift;
        format!("{{\"q\": {question}, \"sample\": {sample}, \"passed\": {passed}, \"kind\": \"{}\"}}\n", question / 52)
    };
    (0..questions).flat_map(|question| (0..samples).map(move |sample| row(question, sample))).collect()
}

fn place(keys: &str) -> Workplace {
    let place = Workplace::new();
    place.write("c.jsonl", &rows(5, 103, 0)).write("b.jsonl", &rows(3, 100, 1)).write(
        "mlgate.yml",
        &format!(
            "version: 1\nmodels:\n  m: {{task: score, predictions: c.jsonl, baseline_predictions: b.jsonl, query: q, key: [q, sample], \
             score: passed, slices: [kind], {keys}metrics: {{pass_rate: {{min: 0.3, max_drop: 0.15, slices: {{kind: {{min: 0.2, max_drop: \
             0.2}}}}}}}}}}\n"
        ),
    );
    place
}

#[test]
fn new_questions_are_listed_and_not_compared() {
    let place = place("keys: {new: list, missing: error}, ");
    let report = place.report();
    let change = gate(&report, "models.m.metrics.pass_rate.max_drop");
    assert_eq!(change["verdict"], "pass", "{report:#}");
    assert_eq!((&change["candidate"]["n"], &change["baseline"]["n"]), (&Value::from(100), &Value::from(100)));
    // 0.1 less over the common questions, with the t interval of 100 differences of means.
    let ends: Vec<f64> =
        change["change"]["interval"].as_array().unwrap().iter().map(|end| end.as_f64().unwrap()).collect();
    assert!((change["change"]["value"].as_f64().unwrap() + 0.1).abs() < 1e-9, "{change}");
    // scipy.stats.t.interval(0.95, 99, mean, sem); the upper end is a little farther, for the differences are skewed.
    assert!(
        (ends[0] + 0.120_809_581_268_883).abs() < 1e-9 && (0.0..0.002).contains(&(ends[1] + 0.079_190_418_731_116)),
        "{ends:?}"
    );
    // A floor is about all questions, also in slices.
    assert_eq!(gate(&report, "models.m.metrics.pass_rate.min")["candidate"]["n"], 103);
    let slices = |id: &str| {
        let of = gate(&report, id)["groups"].as_array().unwrap().clone();
        of.iter().map(|slice| slice["candidate"]["n"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(slices("models.m.metrics.pass_rate.slices.kind.min"), 103);
    assert_eq!(slices("models.m.metrics.pass_rate.slices.kind.max_drop"), 100);
    let text = place.run(&["run"]).stdout.replace("\n    │ ", " ");
    assert!(
        text.contains("3 keys are new and not compared (`q` 100, 101, 102); 100 of 103 keys on both sides"),
        "{text}"
    );
}

#[test]
fn without_the_word_new_questions_are_an_error_and_lost_ones_always_are() {
    let said = |place: &Workplace| {
        let report = place.report();
        assert_eq!(report["exit_code"], 4, "{report:#}");
        gate(&report, "models.m.metrics.pass_rate.max_drop")["message"].as_str().unwrap().to_owned()
    };
    assert!(said(&place("")).contains("3 keys are not in the baseline (`q` 100, 101, 102)"));
    let lost = place("keys: {new: list}, ");
    lost.write("c.jsonl", &rows(5, 99, 0));
    assert!(said(&lost).contains("1 key of the baseline is missing (`q` 99)"));
    let both = place("keys: {new: list}, ");
    both.write("b.jsonl", &rows(3, 101, 1).replace("\"q\": 7,", "\"q\": 777,"));
    assert!(said(&both).contains("1 key of the baseline is missing (`q` 777)"));
    let none = place("keys: {new: list}, ");
    none.write("b.jsonl", &rows(3, 100, 1).replace("\"q\": ", "\"q\": 5"));
    assert!(said(&none).contains("of the baseline are missing"));
}

#[test]
fn rows_of_classifiers_may_be_new_too() {
    let place = Workplace::new();
    let rows = |count: u64, wrong: u64| -> String {
        let row = |id: u64| format!("{id},{},{}\n", id % 2, if id % 10 < wrong { (id + 1) % 2 } else { id % 2 });
        format!("id,y,p\n{}", (0..count).map(row).collect::<String>())
    };
    place.write("c.csv", &rows(230, 1)).write("b.csv", &rows(200, 1)).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: c.csv, baseline_predictions: b.csv, key: id, label: y, prediction: p, keys: {new: list}, \
         metrics: {accuracy: {min: 0.8, max_drop: 0.05}}}\n",
    );
    let report = place.report();
    assert_eq!(gate(&report, "models.m.metrics.accuracy.min")["candidate"]["n"], 230, "{report:#}");
    assert_eq!(gate(&report, "models.m.metrics.accuracy.max_drop")["candidate"]["n"], 200);
    assert_eq!(report["exit_code"], 0, "{report:#}");
}

#[test]
fn words_that_are_none_are_refused() {
    let said = |keys: &str| {
        let answer = place(keys).run(&["run"]);
        assert_eq!(answer.code, 2, "{}", answer.stdout);
        answer.stderr
    };
    assert!(said("keys: {new: skip}, ").contains("`new` must be `error` or `list`"));
    assert!(said("keys: {missing: list}, ").contains("`missing` must be `error`"));
    assert!(said("keys: {lost: error}, ").contains("unknown key `lost`"));
    assert!(said("keys: new, ").contains("expected what new and missing keys are, found text"));
}
