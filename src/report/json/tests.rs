use serde_json::{Value, json};

use super::*;
use crate::report::sample;

const SCHEMA: &str = include_str!("../../../docs/report.schema.json");

fn is_valid(report: &Value) -> bool {
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    jsonschema::draft202012::new(&schema).expect("the schema is one").is_valid(report)
}

fn rendered() -> Value {
    let text = with_digest(render(&sample::report()).expect("the sample is finite"));
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_schema_is_a_schema() {
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    assert!(jsonschema::meta::is_valid(&schema));
}

#[test]
fn a_report_is_what_the_schema_says() {
    assert!(is_valid(&rendered()));
}

#[test]
fn a_report_reads_back_as_it_was() {
    let text = render(&sample::report()).expect("the sample is finite");
    assert!(text.ends_with("}\n"));
    let back: Report = serde_json::from_str(&text).expect("a report");
    assert_eq!(back, sample::report());
}

#[test]
fn the_schema_refuses_what_is_not_a_report() {
    let report = sample::report();
    let gate = |id: &str, part: &str| format!("/gates/{}{part}", sample::place_of(&report, id));
    let (changed, grouped) = (|part| gate(sample::MAX_DROP, part), |part| gate(sample::MIN_RATIO, part));
    let broken: [(&str, &str, Option<Value>); 17] = [
        ("", "extra", Some(json!(1))),
        ("", "gates", None),
        ("", "version", Some(json!(2))),
        ("", "verdict", Some(json!("passed"))),
        ("", "exit_code", Some(json!(9))),
        ("/counts", "fail", Some(json!(-1))),
        ("/tool", "name", Some(json!("other"))),
        ("/provenance", "self_digest", Some(json!("sha256:0"))),
        ("/provenance/config", "digest", Some(json!("md5:00"))),
        (&changed(""), "verdict", Some(json!("failed"))),
        (&changed(""), "bound", None),
        (&changed(""), "family", Some(json!("columns"))),
        (&changed("/candidate"), "value", Some(json!("0.9"))),
        (&changed("/change"), "interval", Some(json!([0.1]))),
        (&changed("/at"), "line", Some(json!(0))),
        (&grouped("/groups/0"), "rate", Some(json!(0.3))),
        ("/measurements/0", "side", Some(json!("both"))),
    ];
    for (parent, key, value) in broken {
        let mut report = rendered();
        let object = report.pointer_mut(parent).and_then(Value::as_object_mut).expect("the sample has it");
        match value {
            Some(value) => object.insert(key.to_owned(), value),
            None => object.remove(key),
        };
        assert!(!is_valid(&report), "{parent}/{key}");
    }
}

#[test]
fn a_number_that_is_none_is_refused() {
    let mut report = sample::report();
    let place = sample::place_of(&report, sample::MAX_DROP);
    if let Some(change) = &mut report.gates[place].change {
        change.interval = Some([f64::NEG_INFINITY, 0.0]);
    }
    let problem = render(&report).expect_err("JSON has no infinity");
    assert_eq!(
        problem.to_string(),
        "the change of gate `models.income.metrics.roc_auc.max_drop` is not a finite number"
    );
}

#[test]
fn nothing_in_it_steers_a_terminal_or_a_runner() {
    let text = render(&sample::report()).expect("the sample is finite");
    assert!(!text.chars().any(|c| c == '#' || safe::is_invisible(c) || (c.is_control() && c != '\n')));
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
}
