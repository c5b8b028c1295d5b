//! Logs of lm-evaluation-harness, Inspect and promptfoo, and results on the Hugging Face Hub.

use serde_json::json;

use super::{fixture, names, refused, value};
use crate::support::Workplace;

#[test]
fn every_key_of_the_shape_is_there() {
    let run = fixture("promptfoo/out.json");
    let keys: Vec<&String> = run.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["source", "kind", "run", "metrics", "params", "tags", "artifacts", "warnings"]);
    let facts: Vec<&String> = run["run"].as_object().unwrap().keys().collect();
    assert_eq!(facts, ["id", "name", "status", "commit", "branch", "started"]);
    let metric: Vec<&String> = run["metrics"]["plain.score"].as_object().unwrap().keys().collect();
    assert_eq!(metric, ["value", "step", "n", "stderr", "direction"]);
    assert_eq!((&run["source"], &run["kind"]), (&json!("promptfoo/out.json"), &json!("promptfoo")));
}

#[test]
fn results_of_lm_eval_have_errors_counts_and_directions() {
    let run = fixture("lm_eval/whole");
    assert_eq!(
        names(&run),
        [
            "quiz_a.acc,none",
            "quiz_a.acc_norm,none",
            "quiz_b.acc,none",
            "quiz_b.acc_norm,none",
            "quizzes.acc,none",
            "written.exact_match,none"
        ]
    );
    let accuracy = &run["metrics"]["quiz_a.acc,none"];
    assert_eq!(accuracy["value"], json!(8.0 / 24.0));
    assert_eq!((&accuracy["n"], &accuracy["direction"]), (&json!(24), &json!("higher")));
    assert!((accuracy["stderr"].as_f64().unwrap() - (8.0 * 16.0 / (24.0 * 24.0 * 23.0_f64)).sqrt()).abs() < 1e-12);
    assert_eq!(run["metrics"]["quizzes.acc,none"]["n"], 48);
    assert_eq!((&run["run"]["name"], &run["run"]["status"]), (&json!("acme/tiny"), &json!("finished")));
    assert_eq!(run["params"]["n-shot.quiz_a"], "0");
    assert_eq!(run["artifacts"].as_object().unwrap().len(), 4);
    assert_eq!(run["warnings"], json!([]));
}

#[test]
fn samples_of_lm_eval_give_the_numbers_of_its_results() {
    let folder = fixture("lm_eval/whole");
    for task in ["quiz_a", "quiz_b", "written"] {
        let place = folder["artifacts"][format!("samples.{task}")].as_str().unwrap();
        let run = fixture(place);
        assert_eq!(run["kind"], "lm-eval");
        for (name, metric) in run["metrics"].as_object().unwrap() {
            let whole = &folder["metrics"][name];
            for key in ["value", "stderr"] {
                let difference = metric[key].as_f64().unwrap() - whole[key].as_f64().unwrap();
                assert!(difference.abs() < 1e-12, "{name}.{key}: {metric} {whole}");
            }
            assert_eq!(metric["n"], whole["n"]);
        }
    }
}

#[test]
fn a_limit_is_said() {
    let run = fixture("lm_eval/limited");
    assert_eq!(run["warnings"], json!(["`quiz_a` was evaluated on 10 of its 24 questions, as with `--limit`"]));
    assert_eq!(run["metrics"]["quiz_a.acc,none"]["n"], 10);
}

#[test]
fn the_newest_results_count_and_several_models_are_refused() {
    let place = Workplace::new();
    let results = |value: f64| {
        format!(
            "{{\"results\": {{\"t\": {{\"alias\": \"t\", \"acc,none\": {value}, \"acc_stderr,none\": \"N/A\"}}}}, \"n-shot\": {{\"t\": 5}}}}"
        )
    };
    place.write("out/a/results_2026-01-02T10-00-00.1.json", &results(0.5));
    place.write("out/a/results_2026-01-10T09-00-00.1.json", &results(0.75));
    place.write("out/a/results_2025-12-31T23-00-00.1.json", &results(0.25));
    let run = super::snapshot(place.path(), "out").unwrap();
    assert!((run.metrics["t.acc,none"].value - 0.75).abs() < 1e-12);
    assert_eq!(run.metrics["t.acc,none"].stderr, None);
    assert!(run.warnings[0].contains("of 3 results the newest is read"), "{:?}", run.warnings);
    place.write("out/b/results_2026-01-10T09-00-00.1.json", &results(0.1));
    assert!(refused(place.path(), "out").contains("name one of a, b"));
    assert!((super::snapshot(place.path(), "out/b").unwrap().metrics["t.acc,none"].value - 0.1).abs() < 1e-12);
}

#[test]
fn inspect_is_read_in_all_its_forms() {
    for (source, n, accuracy) in
        [("inspect/sums.eval", 8, 0.875), ("inspect_old/sums.eval", 8, 0.875), ("inspect/sums.json", 4, 0.5)]
    {
        let run = fixture(source);
        assert_eq!((&run["kind"], &run["run"]["status"]), (&json!("inspect"), &json!("finished")), "{source}");
        assert_eq!(names(&run), ["length.mean", "match.accuracy"], "{source}");
        assert_eq!(value(&run, "match.accuracy"), json!(accuracy), "{source}");
        assert_eq!(run["metrics"]["match.accuracy"]["n"], n, "{source}");
        assert!(run["metrics"]["match.accuracy"]["stderr"].as_f64().unwrap() > 0.1, "{source}");
        assert_eq!(run["params"]["model"], "mockllm/model");
        assert!(run["run"]["started"].as_str().unwrap().ends_with('Z'));
    }
}

#[test]
fn epochs_of_a_sample_are_one_score() {
    let run = fixture("inspect/epochs.eval");
    assert_eq!(names(&run), ["length.max.mean", "length.mean.mean", "match.max.accuracy", "match.mean.accuracy"]);
    assert_eq!(run["metrics"]["match.mean.accuracy"]["n"], 8);
}

#[test]
fn a_failed_run_is_shown_as_one() {
    let run = fixture("inspect/failed.eval");
    assert_eq!((&run["run"]["status"], &run["metrics"]), (&json!("failed"), &json!({})));
    assert!(run["warnings"][0].as_str().unwrap().contains("the tool is not there"));
}

#[test]
fn states_of_inspect() {
    let place = Workplace::new();
    let log = |status: &str, results: &str| {
        place.write(
            "log.json",
            &format!("{{\"version\": 2, \"status\": {status}, \"eval\": {{\"task\": \"t\"}}, \"results\": {results}}}"),
        );
        super::snapshot(place.path(), "log.json")
    };
    for (status, name) in [("\"error\"", "failed"), ("\"cancelled\"", "killed"), ("\"started\"", "running")] {
        assert_eq!(log(status, "null").unwrap().run.status.unwrap().name(), name);
    }
    log("\"success\"", "null").unwrap_err();
    log("\"odd\"", "{}").unwrap_err();
    let run = log(
        "\"success\"",
        "{\"completed_samples\": 3, \"scores\": [{\"name\": \"s\", \"metrics\": {\"mean\": {\"value\": NaN}}}]}",
    );
    assert!(run.unwrap().metrics["s.mean"].value.is_nan());
}

#[test]
fn promptfoo_has_sums_and_is_read_as_means() {
    let run = fixture("promptfoo/out.json");
    assert_eq!(
        names(&run),
        ["long.length", "long.pass_rate", "long.score", "plain.length", "plain.pass_rate", "plain.score"]
    );
    assert_eq!(value(&run, "plain.pass_rate"), json!(0.5));
    assert_eq!(value(&run, "long.pass_rate"), json!(1.0));
    // A word of three letters scores 3/20; half of the words have an `a`.
    let score = value(&run, "plain.score").as_f64().unwrap();
    assert!((score - (0.5 + 0.15) / 2.0).abs() < 1e-12, "{score}");
    assert!((value(&run, "plain.length").as_f64().unwrap() - 0.15).abs() < 1e-12);
    assert_eq!(run["metrics"]["plain.score"]["n"], 6);
}

#[test]
fn prompts_of_one_label_are_told_apart_and_errors_count() {
    let place = Workplace::new();
    let prompt = |label: &str, provider: &str, metrics: &str| {
        format!("{{\"label\": \"{label}\", \"raw\": \"r\", \"provider\": \"{provider}\", \"metrics\": {metrics}}}")
    };
    let one = "{\"testPassCount\": 6, \"testFailCount\": 2, \"testErrorCount\": 2, \"score\": 7.5}";
    let prompts = [prompt("p", "a", one), prompt("p", "b", one), prompt("q", "a", one)].join(", ");
    let file = |version: &str, prompts: &str| {
        format!(
            "{{\"evalId\": \"e\", \"results\": {{\"version\": {version}, \"prompts\": [{prompts}], \"stats\": {{\"successes\": 18, \"errors\": 6}}}}}}"
        )
    };
    place.write("out.json", &file("3", &prompts));
    let run = super::snapshot(place.path(), "out.json").unwrap();
    let names: Vec<&String> = run.metrics.keys().collect();
    assert_eq!(names, ["p.a.pass_rate", "p.a.score", "p.b.pass_rate", "p.b.score", "q.pass_rate", "q.score"]);
    assert!((run.metrics["q.pass_rate"].value - 0.6).abs() < 1e-12);
    assert!((run.metrics["q.score"].value - 0.75).abs() < 1e-12);
    assert_eq!(run.warnings, ["6 tests ended with an error, and count as failed"]);
    place.write("new.json", &file("9", &prompts));
    assert!(refused(place.path(), "new.json").contains("the version of its results is 9"));
    place.write("none.json", &file("3", &prompt("p", "a", "{}")));
    assert!(refused(place.path(), "none.json").contains("none of its prompts has a test"));
    place.write("bad.json", &file("3", &prompt("p", "a", "{\"testPassCount\": -1}")));
    refused(place.path(), "bad.json");
}

#[test]
fn cards_and_result_files_of_the_hub() {
    let run = fixture("huggingface/README.md");
    assert_eq!(
        names(&run),
        [
            "text-classification.glue.f1",
            "text-classification.glue.mrpc.validation.accuracy",
            "text-classification.glue.sst2.validation.accuracy",
            "text-classification.imdb.loss"
        ]
    );
    assert_eq!(value(&run, "text-classification.imdb.loss"), json!("NaN"));
    assert!(run["warnings"][0].as_str().unwrap().contains("percentages"));
    let run = fixture("huggingface/.eval_results/hle.yaml");
    assert_eq!(value(&run, "default.cais/hle.value"), json!(20.9));
    let run = fixture("huggingface");
    assert_eq!(value(&run, ".eval_results/gpqa.yaml:gpqa_diamond.Idavidrein/gpqa.value"), json!(0.412));
    assert_eq!(value(&run, "README.md:text-classification.glue.f1"), json!(93.1));
}

#[test]
fn one_metric_of_a_card_may_be_there_in_variants() {
    let place = Workplace::new();
    let card = |metrics: &str| {
        format!(
            "---\nmodel-index:\n- name: m\n  results:\n  - task: {{type: asr}}\n    dataset: {{type: cv, name: CV}}\n    metrics:\n{metrics}---\ntext\n"
        )
    };
    let metric = |name: &str, value: &str| format!("    - {{type: wer, name: {name}, value: {value}}}\n");
    place.write("README.md", &card(&metric("WER", "'5.1'")));
    let run = super::snapshot(place.path(), "README.md").unwrap();
    assert!((run.metrics["asr.cv.wer"].value - 5.1).abs() < 1e-12);
    place.write("README.md", &card(&(metric("WER", "5.1") + &metric("WER LM", "4.2"))));
    let run = super::snapshot(place.path(), "README.md").unwrap();
    assert!((run.metrics["asr.cv.wer.WER LM"].value - 4.2).abs() < 1e-12, "{:?}", run.metrics);
    place.write("README.md", &card(&(metric("WER", "5.1") + &metric("WER", "5.1"))));
    assert_eq!(super::snapshot(place.path(), "README.md").unwrap().metrics.len(), 1);
    place.write("README.md", &card(&(metric("WER", "5.1") + &metric("WER", "4.2"))));
    assert!(refused(place.path(), "README.md").contains("two values"));
}
