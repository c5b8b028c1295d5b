//! Logs as sides of a gate: their numbers, and their samples as rows.

use crate::support::{Workplace, fixtures};

fn copy(place: &Workplace, from: &str, to: &str) {
    let bytes = std::fs::read(fixtures().join("readers").join(from)).unwrap();
    std::fs::write(place.path().join(to), bytes).unwrap();
}

#[test]
fn samples_of_the_logs_are_rows() {
    let place = Workplace::new();
    copy(&place, "inspect/sums.eval", "new.eval");
    copy(&place, "inspect_old/sums.eval", "old.eval");
    copy(&place, "inspect/sums.json", "log.json");
    copy(&place, "promptfoo/out.json", "out.json");
    for (file, column, rows) in [
        ("new.eval", "scores.match.value", 8),
        ("old.eval", "scores.match.value", 8),
        ("log.json", "scores.match.value", 4),
        ("out.json", "namedScores.length", 12),
    ] {
        for (least, code) in [(rows, 0), (rows + 1, 1)] {
            let columns = format!("    columns:\n      {column}: {{nulls: 0}}\n");
            place.write(
                "mlgate.yml",
                &format!("version: 1\ndata:\n  t:\n    path: {file}\n    rows: \">= {least}\"\n{columns}"),
            );
            let answer = place.run(&["run"]);
            assert_eq!(answer.code, code, "{file}: {}{}", answer.stdout, answer.stderr);
        }
    }
}

/// Writes a text of the fixtures with replacements.
fn altered(place: &Workplace, from: &str, to: &str, changes: &[(&str, &str)]) {
    let mut text = std::fs::read_to_string(fixtures().join("readers").join(from)).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{from}: {old}");
        text = text.replace(old, new);
    }
    place.write(to, &text);
}

/// Returns the words of a report without its layout.
fn words(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

const RESULTS: &str = "lm_eval/whole/acme__tiny/results_2026-12-01T04-36-41.107084.json";
const SAMPLES: &str = "lm_eval/whole/acme__tiny/samples_quiz_a_2026-12-01T04-36-41.107084.jsonl";
const NUMBERS: &str = "version: 1\nmodels:\n  m:\n    metrics_file: new.json\n    baseline_metrics_file: old.json\n";

#[test]
fn results_of_other_terms_are_not_compared() {
    let place = Workplace::new();
    altered(&place, RESULTS, "new.json", &[]);
    let gates = |of: &[&str]| {
        let lines: String = of
            .iter()
            .map(|task| format!("      \"results.{task}.acc,none\": {{max_drop: 0.5, direction: higher}}\n"))
            .collect();
        format!("    metrics:\n{lines}")
    };
    let locators = NUMBERS.replace("new.json", "\"lm-eval:new.json\"").replace("old.json", "\"lm-eval:old.json\"");
    let by_locator = |text: String| text.replace("results.", "");
    for (change, said) in [
        (("\"quiz_a\": 2.0", "\"quiz_a\": 3.0"), "`quiz_a.version` is `2.0`, and `3.0` in the baseline"),
        (
            ("\"n-shot\": {\n    \"quiz_a\": 0", "\"n-shot\": {\n    \"quiz_a\": 5"),
            "`quiz_a.n-shot` is `0`, and `5, fewshot_seed 1234` in",
        ),
        (("\"effective\": 24", "\"effective\": 20"), "`quiz_a.samples` is `24 of 24`, and `20 of 24` in the baseline"),
    ] {
        altered(&place, RESULTS, "old.json", &[change]);
        place.write("mlgate.yml", &(locators.clone() + &by_locator(gates(&["quiz_a", "quizzes"]))));
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, 4, "{}{}", answer.stdout, answer.stderr);
        assert!(words(&answer.stdout).contains(said), "{}", answer.stdout);
        assert!(
            words(&answer.stdout).contains("`quizzes.quiz_a."),
            "a group has the terms of its tasks: {}",
            answer.stdout
        );
        let part = said.split('`').nth(1).unwrap();
        let allowed = format!("    may_differ: [{part}, \"quizzes.*\"]\n");
        place.write("mlgate.yml", &(locators.clone() + &allowed + &by_locator(gates(&["quiz_a", "quizzes"]))));
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, 0, "{said}: {}{}", answer.stdout, answer.stderr);
    }
    altered(&place, RESULTS, "old.json", &[("\"quiz_a\": 2.0", "\"quiz_a\": 3.0")]);
    place.write("mlgate.yml", &(locators.clone() + &by_locator(gates(&["quiz_b"]))));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 0, "another task is alike: {}{}", answer.stdout, answer.stderr);
    // The path of a file is read as the locator is.
    place.write("mlgate.yml", &(NUMBERS.to_owned() + &gates(&["quiz_a"])));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}{}", answer.stdout, answer.stderr);
    // A limit of the candidate alone needs no other side.
    place.write("mlgate.yml", &(locators + "    metrics:\n      \"quiz_a.acc,none\": {min: 0.01}\n"));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn a_log_is_not_compared_with_numbers_of_unknown_terms() {
    let place = Workplace::new();
    altered(&place, RESULTS, "new.json", &[]);
    place.write("old.json", r#"{"results": {"quiz_a": {"acc,none": 0.5}}}"#);
    let gate = "    metrics:\n      \"results.quiz_a.acc,none\": {max_drop: 0.9, direction: higher}\n";
    place.write("mlgate.yml", &(NUMBERS.to_owned() + gate));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    let said = "`evaluation` is `an evaluation log`, and unknown in the baseline";
    assert!(words(&answer.stdout).contains(said), "{}", answer.stdout);
    place.write("mlgate.yml", &(NUMBERS.to_owned() + "    may_differ: evaluation\n" + gate));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn stored_numbers_keep_the_terms() {
    let place = Workplace::new();
    altered(&place, RESULTS, "new.json", &[]);
    let config = "version: 1\nbaseline: base.json\nmodels:\n  m:\n    metrics_file: \"lm-eval:new.json\"\n    metrics:\n      \"quiz_a.acc,none\": {max_drop: 0.5, direction: higher}\n";
    place.write("mlgate.yml", config);
    let blessed = place.run(&["bless"]);
    assert_eq!(blessed.code, 0, "{}{}", blessed.stdout, blessed.stderr);
    assert_eq!(place.run(&["run"]).code, 0);
    altered(&place, RESULTS, "new.json", &[("\"quiz_a\": 2.0", "\"quiz_a\": 3.0")]);
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    let said = "`quiz_a.version` is `3.0`, and `2.0` in the baseline";
    assert!(words(&answer.stdout).contains(said), "{}", answer.stdout);
}

#[test]
fn samples_of_other_terms_are_not_compared() {
    let place = Workplace::new();
    let samples = |folder: &str| format!("{folder}/samples_quiz_a_2026-12-01T04-36-41.107084.jsonl");
    let results = |folder: &str| format!("{folder}/results_2026-12-01T04-36-41.107084.json");
    let config = |more: &str| {
        format!(
            "version: 1\nmodels:\n  m:\n    task: score\n    predictions: {}\n    baseline_predictions: {}\n    key: [doc_id, filter]\n    score: acc\n    better: higher\n{more}    metrics:\n      mean: {{max_drop: 0.9}}\n",
            samples("new"),
            samples("old")
        )
    };
    for folder in ["new", "old"] {
        altered(&place, SAMPLES, &samples(folder), &[]);
        altered(&place, RESULTS, &results(folder), &[]);
    }
    place.write("mlgate.yml", &config(""));
    let run = |code: u8, said: &str| {
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, i32::from(code), "{said}: {}{}", answer.stdout, answer.stderr);
        assert!(words(&answer.stdout).contains(said), "{said}: {}", answer.stdout);
    };
    run(0, "");
    altered(&place, RESULTS, &results("old"), &[("\"quiz_a\": 2.0", "\"quiz_a\": 1.0")]);
    run(4, "`quiz_a.version` is `2.0`, and `1.0` in the baseline");
    place.write("mlgate.yml", &config("    may_differ: [quiz_a.version]\n"));
    run(0, "");
    // Other documents behind the same ids.
    let hash = "5155e476c2e038ac7cdb21290aaaec365c02d40fdb41e058a9b12782f0718d93";
    altered(&place, SAMPLES, &samples("old"), &[(hash, &"0".repeat(64))]);
    run(4, "`quiz_a.documents` is `24 (");
    // Without results beside one side, its version is unknown.
    altered(&place, SAMPLES, &samples("old"), &[]);
    std::fs::remove_file(place.path().join(results("old"))).unwrap();
    place.write("mlgate.yml", &config(""));
    run(4, "and unknown in the baseline");
    // Without results on both sides, the prompts stand for version and examples.
    std::fs::remove_file(place.path().join(results("new"))).unwrap();
    run(0, "");
    let hash = "58269dde4d8ec29a9534b97e175d667cdea24a0f2f176646116a67ff59ba3583";
    altered(&place, SAMPLES, &samples("old"), &[(hash, &"0".repeat(64))]);
    run(4, "`quiz_a.prompts` is `24 (");
}

#[test]
fn logs_of_inspect_and_promptfoo_with_other_samples_are_not_compared() {
    let place = Workplace::new();
    copy(&place, "inspect/sums.eval", "new.eval");
    copy(&place, "inspect/sums.json", "old.json");
    let config = |new: &str, old: &str, key: &str, score: &str| {
        format!(
            "version: 1\nmodels:\n  m:\n    task: score\n    predictions: {new}\n    baseline_predictions: {old}\n    key: {key}\n    score: {score}\n    better: higher\n    metrics:\n      mean: {{max_drop: 0.9}}\n"
        )
    };
    place.write("mlgate.yml", &config("new.eval", "old.json", "[id, epoch]", "scores.length.value"));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    assert!(words(&answer.stdout).contains("`limit` is `none`, and `4` in the baseline"), "{}", answer.stdout);
    copy(&place, "promptfoo/out.json", "new.json");
    altered(&place, "promptfoo/out.json", "old.json", &[("\"type\": \"contains\"", "\"type\": \"icontains\"")]);
    place.write("mlgate.yml", &config("new.json", "old.json", "[testIdx, promptIdx]", "score"));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    assert!(words(&answer.stdout).contains("`tests` is `"), "{}", answer.stdout);
    copy(&place, "promptfoo/out.json", "old.json");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

/// The config of docs/graded.md is run on logs, and prints the page's report.
#[test]
fn the_page_shows_what_logs_give() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/graded.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (_, rest) = page.split_once("```yaml logs\n").unwrap();
    let (config, rest) = rest.split_once("```\n").unwrap();
    let (_, rest) = rest.split_once("```text logs\n").unwrap();
    let (shown, _) = rest.split_once("```\n").unwrap();
    let place = Workplace::new();
    copy(&place, "inspect/sums.eval", "new.eval");
    copy(&place, "inspect_old/sums.eval", "old.eval");
    copy(&place, SAMPLES, "quiz.jsonl");
    place.write("mlgate.yml", config);
    let answer = place.run(&["run"]);
    let text = answer.stdout.split("\nconfig ").next().unwrap_or_default().trim_end().to_owned();
    let found = format!("{}{text}\nexit code {}\n", answer.stderr, answer.code);
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        let new = page.replacen(&format!("```text logs\n{shown}```"), &format!("```text logs\n{found}```"), 1);
        std::fs::write(&path, new).unwrap();
    } else {
        assert_eq!(shown, found, "MLGATE_UPDATE=1 cargo test --locked readers::sides writes what is printed now");
    }
}

#[test]
fn samples_of_a_run_that_failed_are_refused() {
    let place = Workplace::new();
    copy(&place, "inspect/failed.eval", "failed.eval");
    place.write("mlgate.yml", "version: 1\ndata:\n  t:\n    path: failed.eval\n    rows: \">= 1\"\n");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4);
    // The report breaks lines.
    let words: Vec<&str> = answer.stdout.split_whitespace().filter(|word| *word != "│").collect();
    assert!(words.join(" ").contains("only a finished run is compared"), "{}", answer.stdout);
}
