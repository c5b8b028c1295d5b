//! The formats that CIs read, of real runs: valid by their own rules, and of one mind.

use serde_json::Value;

use crate::support::{Workplace, fixtures};

const CI: [&str; 4] = ["junit", "sarif", "codequality", "dotenv"];

#[track_caller]
fn valid_sarif(text: &str) -> Value {
    let mut schema: Value = serde_json::from_str(include_str!("formats/sarif-2.1.0.schema.json")).unwrap();
    // An expression of JavaScript that is none with Unicode; it is about a property that mlgate does not write.
    for of in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{of}/properties/language")).unwrap();
        language.as_object_mut().unwrap().remove("pattern");
    }
    let schema = jsonschema::validator_for(&schema).unwrap();
    let sarif: Value = serde_json::from_str(text).unwrap();
    let problems: Vec<String> =
        schema.iter_errors(&sarif).map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    sarif
}

/// One gate fails, one warns, one passes.
fn gate() -> Workplace {
    let place = Workplace::new();
    place.write("d.csv", "id,age\n1,20\n2,\n").write(
        "mlgate.yml",
        "version: 1\ndata:\n  d:\n    path: d.csv\n    rows: 3\n    columns:\n      id: {nulls: 0}\n      age: {nulls: {is: 0, severity: warning}}\n",
    );
    place
}

fn run(place: &Workplace, more: &[&str]) -> crate::support::Answer {
    let outputs: Vec<String> =
        CI.into_iter().chain(["openmetrics", "csv", "json"]).map(|name| format!("{name}=out/{name}")).collect();
    let outputs = outputs.iter().flat_map(|output| ["--output", output.as_str()]);
    place.run(&["run"].into_iter().chain(outputs).chain(more.iter().copied()).collect::<Vec<_>>())
}

#[test]
fn one_run_writes_all_formats_with_the_same_counts() {
    let place = gate();
    let answer = run(&place, &["--summary-line"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let junit = place.read("out/junit");
    assert!(junit.contains("<testsuites name=\"mlgate\" tests=\"3\" failures=\"1\" errors=\"0\">"), "{junit}");
    assert!(junit.contains("<skipped>warning: "), "{junit}");
    let sarif = valid_sarif(&place.read("out/sarif"));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "warning"]);
    let place_of = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(
        (&place_of["artifactLocation"]["uri"], &place_of["region"]["startLine"]),
        (&"mlgate.yml".into(), &5.into())
    );
    let quality: Value = serde_json::from_str(&place.read("out/codequality")).unwrap();
    let severities: Vec<&str> =
        quality.as_array().unwrap().iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical", "major"]);
    assert!(place.read("out/dotenv").starts_with("MLGATE_VERDICT=fail\nMLGATE_EXIT_CODE=1\nMLGATE_GATES=3\n"));
    assert!(place.read("out/openmetrics").ends_with("\n# EOF\n"));
    let last: Value = serde_json::from_str(answer.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["verdict"], &last["exit_code"], &last["counts"]["pass"]), (&"fail".into(), &1.into(), &1.into()));
}

/// Never passes: a config with a problem (exit code 2), and none of its files says that it did.
#[test]
fn a_run_without_a_verdict_says_so_where_a_ci_looks() {
    let place = gate();
    assert_eq!(run(&place, &[]).code, 1);
    place.write("mlgate.yml", "version: 1\ndata:\n  d: {path: d.csv, rowz: 3}\n");
    for more in [vec!["--summary-line"], vec!["--summary-line", "--no-such-option"]] {
        let answer = run(&place, &more);
        assert_eq!(answer.code, 2, "{}", answer.stdout);
        assert!(place.read("out/junit").contains("tests=\"1\" failures=\"0\" errors=\"1\">"));
        let sarif = valid_sarif(&place.read("out/sarif"));
        assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
        assert_eq!(sarif["runs"][0]["results"][0]["level"], "error");
        assert!(place.read("out/codequality").contains("\"severity\": \"blocker\""));
        assert_eq!(place.read("out/dotenv").lines().next(), Some("MLGATE_VERDICT=error"));
        for absent in ["json", "openmetrics", "csv"] {
            assert!(!place.path().join("out").join(absent).exists(), "{absent} is of the run before");
        }
        let last: Value = serde_json::from_str(answer.stdout.lines().last().unwrap()).unwrap();
        assert_eq!((&last["verdict"], &last["exit_code"]), (&"none".into(), &2.into()));
    }
    assert_eq!(run(&place, &[]).code, 2);
    let quality: Value = serde_json::from_str(&place.read("out/codequality")).unwrap();
    assert_eq!(quality[0]["location"]["lines"]["begin"], 3);
    let sarif = valid_sarif(&place.read("out/sarif"));
    assert_eq!(sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
}

/// A report with all kinds of gates, and the same files from its JSON alone.
#[test]
fn a_report_is_rendered_as_its_run_would_have() {
    let place = Workplace::new();
    let config = fixtures().join("loans/bad/mlgate.yml").display().to_string();
    let answer = run(&place, &["--quiet", "--config", &config]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let report: Value = serde_json::from_str(&place.read("out/json")).unwrap();
    let failed = report["counts"]["fail"].as_u64().unwrap() as usize;
    assert!(failed > 1);
    assert_eq!(place.read("out/junit").matches("<failure").count(), failed);
    let sarif = valid_sarif(&place.read("out/sarif"));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), failed);
    assert!(place.read("out/openmetrics").contains(&format!("mlgate_gates{{verdict=\"fail\"}} {failed}\n")));
    for format in CI.into_iter().chain(["openmetrics", "csv"]) {
        let output = format!("{format}=again/{format}");
        let answer = place.run(&["render", "out/json", "--format", format, "--output", &output]);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
        let before = place.read(&format!("out/{format}"));
        assert_eq!((&answer.stdout, place.read(&format!("again/{format}"))), (&before, before.clone()), "{format}");
    }
    assert_eq!(place.run(&["guard", "--format", "junit"]).code, 2);
}

#[test]
fn only_a_report_is_rendered() {
    let place = gate();
    assert_eq!(place.run(&["render", "d.csv"]).code, 4);
    place.write("broken.yml", "version: 1\ndata:\n  d: {path: d.csv, rowz: 3}\n");
    assert_eq!(place.run(&["run", "--config", "broken.yml", "--no-verdict", "ended.json"]).code, 2);
    let answer = place.run(&["render", "ended.json"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (4, ""));
    let said = "error: `ended.json` cannot be read: there is no report: the run ended without one: there is no dataset check `rowz`";
    assert!(answer.stderr.starts_with(said), "{}", answer.stderr);
}

#[test]
fn in_ascii_nothing_else_is_written() {
    let place = Workplace::new();
    place
        .write("d.csv", "größe\n1\n")
        .write("mlgate.yml", "version: 1\ndata:\n  d: {path: d.csv, rows: 3, columns: {größe: {range: [2, 3]}}}\n");
    let answer = run(&place, &["--ascii"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    assert!(answer.stdout.is_ascii() && answer.stdout.contains("d.gr\\u{f6}\\u{df}e.range"), "{}", answer.stdout);
    for format in CI.into_iter().chain(["json"]) {
        assert!(place.read(&format!("out/{format}")).is_ascii(), "{format}");
    }
    place.write("broken.yml", "version: 1\ndata:\n  d: {path: d.csv, größe: 3}\n");
    let answer = run(&place, &["--ascii", "--config", "broken.yml"]);
    assert!(answer.code == 2 && answer.stderr.is_ascii(), "{}", answer.stderr);
    let config = fixtures().join("loans/bad/mlgate.yml").display().to_string();
    let answer = place.run(&["run", "--ascii", "--evidence", "--config", &config]);
    assert!(answer.code == 1 && answer.stdout.is_ascii(), "{}", answer.stdout);
}
