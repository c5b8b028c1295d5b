//! The formats of a report, on real runs: valid by the published schema, and with the same contents.

use serde_json::Value;

use crate::support::{Workplace, fixtures, run_in};

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
pub(crate) fn valid(report: &Value) {
    let problems: Vec<String> =
        schema().iter_errors(report).map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn reports_of_both_scenarios_are_valid() {
    for scenario in ["good", "bad"] {
        let answer = run_in(&fixtures().join("loans").join(scenario), &["--format", "json"]);
        valid(&serde_json::from_str(&answer.stdout).unwrap());
    }
}

#[test]
fn a_report_of_errors_is_valid() {
    let place = Workplace::new();
    place.write("mlgate.yml", "version: 1\ndata:\n  a: {path: lost.csv, rows: 1, columns: {x: {nulls: 0}}}\n");
    valid(&place.report());
}

#[test]
fn one_run_writes_all_forms() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n").write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv, rows: 2}\n");
    let answer =
        place.run(&["run", "--output", "json=out/report.json", "--output", "markdown=out/report.md", "--quiet"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.contains("data.a.rows") || answer.stdout.contains("a.rows"), "{}", answer.stdout);
    valid(&serde_json::from_str(&place.read("out/report.json")).unwrap());
    assert!(place.read("out/report.md").starts_with("## "), "{}", place.read("out/report.md"));
}

/// Every string that a change can choose, with hostile contents.
#[test]
fn no_name_of_the_change_is_markdown() {
    let place = Workplace::new();
    let evil = "<img src=x onerror=alert(1)> | `@team` ![a](http://x) \u{202E}::error::";
    place.write("a.csv", "id,\"<b>|`x`@all\"\n1,\n").write(
        "mlgate.yml",
        &format!(
            "version: 1\ndata:\n  \"{evil}\":\n    path: a.csv\n    rows: 5\n    columns:\n      '<b>|`x`@all': {{nulls: 0}}\n    rules:\n      '::warning::x': \"id > 5\"\n"
        ),
    );
    let answer = place.run(&["run", "--format", "markdown"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let events: Vec<pulldown_cmark::Event<'_>> =
        pulldown_cmark::Parser::new_ext(&answer.stdout, pulldown_cmark::Options::all()).collect();
    for event in &events {
        match event {
            pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::InlineHtml(html) => {
                assert!(!html.contains("img") && !html.contains("<b>"), "{html}");
            }
            pulldown_cmark::Event::Start(pulldown_cmark::Tag::Image { .. }) => panic!("an image"),
            pulldown_cmark::Event::Text(text) => {
                assert!(!text.contains("@team") || text.contains('\u{200B}'), "{text}")
            }
            _ => {}
        }
    }
    let text = place.run(&["run", "--color", "never"]).stdout;
    assert!(!text.contains(['\u{1b}', '\u{202E}']), "{text}");
    assert!(text.lines().all(|line| !line.starts_with("::")), "a workflow command:\n{text}");
}
