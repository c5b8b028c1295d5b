//! Inputs that must not pass, each with similar ones that do; docs/fail-closed.md is generated from these and from
//! annotated tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Answer, fixtures, run_in};

const PAGE: &str = "docs/fail-closed.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the folders of the suite, sorted by name.
fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(fixtures().join("fail_closed/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 50, "the suite is not there");
    cases
}

/// Runs the gate on one side of a case.
fn ask(case: &Path, side: &str) -> Answer {
    let folder = TempDir::new().unwrap();
    fs::copy(case.join("mlgate.yml"), folder.path().join("mlgate.yml")).unwrap();
    for entry in fs::read_dir(case.join(side)).unwrap() {
        let file = entry.unwrap().path();
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    run_in(folder.path(), &["run", "--format", "json"])
}

/// Returns the first reason in the report.
fn reason(answer: &Answer) -> String {
    if answer.code == 2 {
        return answer.stderr.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    }
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    let gates = report["gates"].as_array().unwrap();
    let stops = gates.iter().find(|gate| gate["effect"] == "blocks");
    // A measure without a gate can stop a run, too.
    stops.map_or_else(|| report["summary"].to_string(), |gate| gate["message"].as_str().unwrap().to_owned())
}

struct Case {
    name: String,
    topic: String,
    kind: String,
    code: i32,
    reason: String,
}

/// Runs the whole suite: the good files of each case pass, and the bad ones do not.
fn run_suite() -> Vec<Case> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let about: Value = serde_json::from_str(&fs::read_to_string(case.join("case.json")).unwrap()).unwrap();
        let good = ask(&case, "good");
        if good.code != 0 {
            wrong.push(format!("{name}: the good files end with {}: {}", good.code, reason(&good)));
        }
        let bad = ask(&case, "bad");
        if bad.code == 0 {
            wrong.push(format!("{name}: the bad files pass"));
            continue;
        }
        let text = |key: &str| about[key].as_str().unwrap().to_owned();
        found.push(Case { name, topic: text("topic"), kind: text("kind"), code: bad.code, reason: reason(&bad) });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    found
}

fn cell(text: &str) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn table_of_cases(cases: &[Case]) -> String {
    let mut by_topic: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        by_topic.entry(&case.topic).or_default().push(case);
    }
    let mut text = String::new();
    for (topic, cases) in by_topic {
        let (first, rest) = topic.split_at(1);
        let topic = first.to_uppercase() + rest;
        let _ = writeln!(text, "\n### {topic}\n\n| bad input | exit code | first reason | files |\n|---|--:|---|---|");
        for case in cases {
            let (kind, reason, name) = (cell(&case.kind), cell(&case.reason), &case.name);
            let _ = writeln!(
                text,
                "| {kind} | {} | {reason} | [{name}](../fixtures/fail_closed/cases/{name}) |",
                case.code
            );
        }
    }
    text
}

/// A test that its doc comment annotates as one of an input that never passes.
struct Shown {
    kind: String,
    file: String,
    name: String,
}

/// Collects the tests whose doc comments begin with `Never passes:`, from `tests/` and `src/`.
fn tests_that_show() -> Vec<Shown> {
    let mut found = Vec::new();
    let mut open = vec![root().join("tests"), root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let file = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                found.extend(shown_in(&file, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|left, right| (&left.file, &left.name).cmp(&(&right.file, &right.name)));
    found
}

fn shown_in(file: &str, text: &str) -> Vec<Shown> {
    let mut found = Vec::new();
    let mut kind: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if let Some(begun) = line.strip_prefix("/// Never passes: ") {
            kind = Some(begun.to_owned());
        } else if let (Some(more), Some(kind)) = (line.strip_prefix("/// "), kind.as_mut()) {
            *kind = format!("{kind} {more}");
        } else if let Some(rest) = line.strip_prefix("fn ")
            && let Some(kind) = kind.take()
        {
            let name = rest.split('(').next().unwrap().to_owned();
            found.push(Shown { kind: kind.trim_end_matches('.').to_owned(), file: file.to_owned(), name });
        }
    }
    found
}

fn table_of_tests(tests: &[Shown]) -> String {
    let mut text = String::from("\n| what never passes | test |\n|---|---|\n");
    for test in tests {
        let _ = writeln!(text, "| {} | [`{}`](../{}) |", cell(&test.kind), test.name, test.file);
    }
    text
}

/// Returns the table of other gates' results on the same files, from the output of `run.py --json`.
fn table_of_others() -> String {
    let path = fixtures().join("fail_closed/results.json");
    let results: BTreeMap<String, Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut text = String::from(
        "\n| gate | can be asked | holds | passes bad files | refuses good files | the bad files that it passes |\n|---|--:|--:|--:|--:|---|\n",
    );
    for (gate, result) in results {
        let outcomes = result["outcomes"].as_object().unwrap();
        let of = |outcome: &str| -> Vec<&str> {
            outcomes.iter().filter(|(_, found)| *found == outcome).map(|(name, _)| name.as_str()).collect()
        };
        let (held, passed, refused) = (of("held").len(), of("passed"), of("refused").len());
        let _ = writeln!(
            text,
            "| {gate} {} | {} | {held} | {} | {refused} | {} |",
            result["version"].as_str().unwrap(),
            held + passed.len() + refused,
            passed.len(),
            passed.join(", "),
        );
    }
    text
}

/// Puts a text between two markers of the page.
fn put(page: &str, marker: &str, text: &str) -> String {
    let (open, close) = (format!("<!-- {marker} -->"), format!("<!-- /{marker} -->"));
    let (before, rest) = page.split_once(&open).unwrap_or_else(|| panic!("{PAGE} has no {open}"));
    let (_, after) = rest.split_once(&close).unwrap_or_else(|| panic!("{PAGE} has no {close}"));
    [before, &open, "\n", text, "\n", &close, after].concat()
}

#[test]
fn bad_inputs_never_pass_and_the_page_says_how_they_end() {
    let path = root().join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let tests = tests_that_show();
    assert!(tests.len() > 20, "tests that show what never passes are not found");
    let written = put(&page, "cases", &table_of_cases(&run_suite()));
    let written = put(&written, "tests", &table_of_tests(&tests));
    let written = put(&written, "others", &table_of_others());
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
    } else {
        assert_eq!(page, written, "MLGATE_UPDATE=1 cargo test --locked fail_closed_suite writes what happens now");
    }
}

/// The other gates' results cover exactly these cases.
#[test]
fn other_gates_were_asked_the_same() {
    let names: Vec<String> =
        cases().iter().map(|case| case.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let results: Value =
        serde_json::from_str(&fs::read_to_string(fixtures().join("fail_closed/results.json")).unwrap()).unwrap();
    for (gate, result) in results.as_object().unwrap() {
        let asked: Vec<&String> = result["outcomes"].as_object().unwrap().keys().collect();
        assert_eq!(asked, names.iter().collect::<Vec<_>>(), "{gate}: run fixtures/fail_closed/run.py again");
    }
}
