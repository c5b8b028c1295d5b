//! The formats of evidence, held against their own schemas and libraries.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{fixture, project};
use crate::support::Workplace;

/// The schemas that CycloneDX's own refers to, which are about parts that mlgate does not write.
const OTHERS: [&str; 2] = [
    "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json",
    "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
];

#[track_caller]
fn valid_bom(bom: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../formats/bom-1.6.schema.json")).unwrap();
    let stand_in = json!({"definitions": {"signature": {}}});
    let mut registry = jsonschema::Registry::new();
    for uri in OTHERS {
        registry = registry.add(uri, jsonschema::Draft::Draft7.create_resource(stand_in.clone())).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let schema = jsonschema::draft7::options().with_registry(&registry).build(&schema).unwrap();
    let problems: Vec<String> =
        schema.iter_errors(bom).map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

fn rendered(place: &Workplace, format: &str) -> String {
    let answer = place.run(&["render", "report.json", "--format", format]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    answer.stdout
}

fn parsed(place: &Workplace, format: &str) -> Value {
    serde_json::from_str(&rendered(place, format)).unwrap()
}

#[test]
fn a_statement_names_the_files_and_the_tests() {
    let place = project();
    let statement = parsed(&place, "intoto");
    let names: Vec<&str> =
        statement["subject"].as_array().unwrap().iter().map(|subject| subject["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["mlgate.yml", "data/a.csv", "p.csv"]);
    let predicate = &statement["predicate"];
    assert_eq!(predicate["result"], "PASSED");
    let passed = predicate["passedTests"].as_array().unwrap();
    assert!(passed.contains(&json!("data.d.rows")), "{passed:?}");
    let of_config = &predicate["configuration"][0]["annotations"]["mlgate"];
    assert_eq!(of_config["gates"]["pass"], passed.len());
    assert_eq!(predicate["configuration"][1]["annotations"]["role"], "baseline");

    place.write("data/a.csv", "id,age\n1,20\n2,\n");
    assert_eq!(place.run(&["run", "--quiet", "--output", "json=report.json"]).code, 1);
    let statement = parsed(&place, "intoto");
    assert_eq!(statement["predicate"]["result"], "FAILED");
    assert_eq!(statement["predicate"]["failedTests"], json!(["data.d.columns.age.nulls"]));
}

#[test]
fn a_bill_of_materials_is_valid_and_has_slices_and_intervals() {
    let place = project();
    let bom = parsed(&place, "cyclonedx");
    valid_bom(&bom);
    let card = &bom["components"][0]["modelCard"];
    let metrics = card["quantitativeAnalysis"]["performanceMetrics"].as_array().unwrap();
    let accuracy = metrics.iter().find(|metric| metric["type"] == "accuracy").unwrap();
    assert!(accuracy["confidenceInterval"]["lowerBound"].is_string() && accuracy["slice"].is_null());
    assert!(metrics.iter().any(|metric| metric["slice"] == "sex=female, race=A"), "{metrics:#?}");
    let assessments = card["considerations"]["fairnessAssessments"].as_array().unwrap();
    assert_eq!((assessments.len(), &assessments[2]["groupAtRisk"]), (6, &json!("groups of sex × race")));
    let used = card["modelParameters"]["datasets"][0]["ref"].as_str().unwrap();
    let file = bom["components"].as_array().unwrap().iter().find(|of| of["bom-ref"] == used).unwrap();
    assert_eq!(file["name"], "p.csv");
    // The same report is the same text.
    assert_eq!(bom, parsed(&place, "cyclonedx"));
}

#[test]
fn a_model_card_has_an_index_for_each_model() {
    let place = project();
    let card = rendered(&place, "modelcard");
    let (head, body) = card.strip_prefix("---\n").unwrap().split_once("---\n").unwrap();
    assert!(head.contains("- name: \"hiring\"\n  results:\n  - task:\n      type: \"classification\"\n"), "{head}");
    assert!(head.contains("    - type: \"accuracy\"\n      name: \"accuracy\"\n      value: 0."), "{head}");
    assert!(head.contains("        slice: \"sex=female, race=A\"\n"), "{head}");
    assert!(body.contains("Verdict: **pass**, exit code 0. Gates by verdict: pass: "), "{body}");
}

#[test]
fn the_summary_of_local_law_144_hides_what_the_report_hides() {
    let place = project();
    let page = rendered(&place, "ll144");
    for heading in
        ["### Selection rate by `sex`", "### Scoring rate by `race`", "### Selection rate by `sex` and `race`"]
    {
        assert!(page.contains(heading), "{page}");
    }
    assert!(page.contains("| source of the data | `p.csv`, SHA-256 `"), "{page}");
    assert!(page.contains("is not a bias audit"), "{page}");
    // Four rows: neither their number nor their rate is told, and none can be worked out from the others.
    assert!(page.contains("| `rare` | *hidden* | *hidden* | *hidden* |"), "{page}");
    let best = page.lines().filter(|line| line.ends_with("| 1.000 |")).count();
    assert!(best >= 6, "each table has a category with the highest rate: {page}");
    assert!(page.contains("Unknown category (`(missing)`): "), "{page}");
    assert!(!page.contains("Not in this report"), "{page}");

    let config = place.read("mlgate.yml").replace("by: [sex, race, [sex, race]]", "by: [sex]");
    place.write("mlgate.yml", &config);
    assert_eq!(place.run(&["run", "--quiet", "--output", "json=report.json"]).code, 0);
    let page = rendered(&place, "ll144");
    assert!(page.contains("the table by race/ethnicity, which the rules ask for"), "{page}");
}

/// Runs the judge of fixtures/evidence with the libraries of in-toto, CycloneDX, securesystemslib and Hugging Face.
#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn libraries_of_others_read_the_evidence() {
    let python = std::env::var("MLGATE_EVIDENCE_PYTHON").unwrap_or_default();
    if !Path::new(&python).is_file() {
        assert!(std::env::var_os("MLGATE_REQUIRE_EVIDENCE").is_none(), "MLGATE_EVIDENCE_PYTHON names no python");
        eprintln!("skipped: MLGATE_EVIDENCE_PYTHON names no python with fixtures/evidence/requirements.txt");
        return;
    }
    let place = project();
    for (format, file) in [("intoto", "s.json"), ("cyclonedx", "b.json"), ("modelcard", "c.md")] {
        place.write(file, &rendered(&place, format));
    }
    let mut arguments = vec![fixture("judge.py"), "s.json".into(), "b.json".into(), "c.md".into()];
    for key in ["ed25519", "ecdsa"] {
        let (private, envelope) = (fixture(&format!("{key}.pem")), format!("{key}.json"));
        let answer = place.run(&["sign", "report.json", "--key", &private, "--output", &envelope]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        arguments.extend([envelope, fixture(&format!("{key}.pub.pem"))]);
    }
    let judged = Command::new(python).args(&arguments).current_dir(place.path()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    assert!(judged.status.success(), "{out}{err}");
    assert_eq!(out.matches("envelope: 1 signature").count(), 2, "{out}");
}
