//! Graded rows without labels, held against NumPy and SciPy, and the page about them.

use std::fs;

use serde_json::Value;

use crate::support::{Workplace, fixtures, gate, page_shows_what_is_printed};

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(fixtures().join("graded_expected.json")).unwrap()).unwrap()
}

fn place() -> Workplace {
    let place = Workplace::new();
    place.fixture("graded/candidate.csv").fixture("graded/baseline.csv");
    place
}

/// Measures all metrics of a column on both sides, and compares them with the other libraries' numbers.
#[track_caller]
fn agrees(part: &str, keys: &str) {
    let expected = expected();
    for column in expected["candidate"][part].as_object().unwrap().keys() {
        let of = |side: &str| expected[side][part][column].as_object().unwrap().clone();
        let metrics: Vec<String> = of("candidate").keys().map(|name| format!("\"{name}\": {{}}")).collect();
        let place = place();
        place.write(
            "mlgate.yml",
            &format!(
                "version: 1\ndata: {{d: {{path: candidate.csv, rows: '> 0'}}}}\nmodels:\n  m: {{task: score, predictions: candidate.csv, \
                 baseline_predictions: baseline.csv, score: {column}, {keys}, metrics: {{{}}}}}\n",
                metrics.join(", ")
            ),
        );
        let report = place.report();
        for side in ["candidate", "baseline"] {
            for (name, theirs) in of(side) {
                let is_it = |found: &&Value| found["side"] == side && found["subject"]["metric"] == *name;
                let found = report["measurements"].as_array().unwrap().iter().find(is_it);
                let ours =
                    found.and_then(|found| found["value"].as_f64()).unwrap_or_else(|| panic!("{name}: {report:#}"));
                let theirs = theirs.as_f64().unwrap();
                let off = (ours - theirs).abs() / theirs.abs().max(1.0);
                assert!(off <= 1e-12, "{part}, {side}, {column}, {name}: {ours} is not {theirs}");
            }
        }
    }
}

#[test]
fn rows_are_those_of_numpy() {
    agrees("rows", "key: [question, sample]");
}

#[test]
fn weighted_rows_are_those_of_numpy() {
    agrees("weighted", "key: [question, sample], weight: weight");
}

#[test]
fn questions_are_those_of_human_eval() {
    agrees("questions", "query: question, key: [question, sample]");
    // The questions pair by themselves.
    agrees("questions", "query: question");
}

#[test]
fn changes_are_paired_over_questions_and_clustered() {
    let expected = expected();
    for (column, metric) in [("judge", "mean"), ("passed", "pass_rate")] {
        for (units, keys) in [("questions", ""), ("topics", "cluster: topic, ")] {
            let place = place();
            let model = format!(
                "version: 1\nmodels:\n  m: {{task: score, predictions: candidate.csv, baseline_predictions: baseline.csv, score: {column}, \
                 better: higher, query: question, {keys}metrics: {{{metric}: {{max_drop: 1%}}}}}}\n"
            );
            place.write("mlgate.yml", &model.replace("1%", "0.3"));
            let report = place.report();
            let change = &gate(&report, &format!("models.m.metrics.{metric}.max_drop"))["change"];
            let theirs = &expected["changes"][column][units];
            let number = |value: &Value| value.as_f64().unwrap();
            assert!((number(&change["value"]) - number(&theirs["change"])).abs() < 1e-12, "{change} {theirs}");
            // The t interval is the least; what few or skewed units hide comes on top, and clusters never narrow.
            let ends = |of: &Value| [number(&of["interval"][0]), number(&of["interval"][1])];
            let (ours, rows) = (ends(change), ends(&expected["changes"][column]["questions"]));
            let least = [ends(theirs)[0].min(rows[0]), ends(theirs)[1].max(rows[1])];
            let width = least[1] - least[0];
            assert!(ours[0] <= least[0] + 0.02 * width && ours[1] >= least[1] - 0.02 * width, "{change} {theirs}");
            assert!(ours[0] >= least[0] - 0.3 * width && ours[1] <= least[1] + 0.3 * width, "{change} {theirs}");
        }
    }
}

fn lines(rows: impl Iterator<Item = String>) -> String {
    rows.map(|row| row + "\n").collect()
}

/// Runs a model of `rows.jsonl` with one metric, and returns the gate.
fn judged(rows: &str, keys: &str, metric: &str) -> Value {
    let place = Workplace::new();
    place.write("rows.jsonl", rows).write(
        "mlgate.yml",
        &format!("version: 1\nmodels:\n  m: {{task: score, predictions: rows.jsonl, {keys}, metrics: {{{metric}}}}}\n"),
    );
    place.report()["gates"][0].clone()
}

fn passes(count: usize) -> String {
    lines((0..count).map(|row| {
        let passed = if row % 50 == 7 { "null".to_owned() } else { (row % 10 > 0).to_string() };
        format!("{{\"passed\": {passed}}}")
    }))
}

#[test]
fn rows_that_were_not_scored_follow_the_rule_that_is_stated() {
    let rows = passes(200);
    let value = |keys: &str| judged(&rows, keys, "pass_rate: {min: 0.5}")["candidate"]["value"].as_f64();
    assert_eq!(value("score: passed, unscored: wrong"), Some(0.88));
    assert_eq!(value("score: passed, unscored: 0"), Some(0.88));
    assert_eq!(value("score: passed, unscored: 1"), Some(0.9));
    assert!((value("score: passed, unscored: drop-pairs").unwrap() - 176.0 / 196.0).abs() < 1e-12);
    assert!(value("score: passed, unscored: {drop-pairs: 5%}").is_some());
    for (keys, said) in [
        ("score: passed", "`passed` is null, NaN or not scored in 4 of 200 rows"),
        ("score: passed, unscored: error", "a row without a grade cannot be judged"),
        ("score: passed, unscored: {drop-pairs: 1%}", "4 of 200 rows of `rows.jsonl` were not scored, 2.0%; limit: 1%"),
    ] {
        let gate = judged(&rows, keys, "pass_rate: {min: 0.5}");
        assert_eq!(gate["verdict"], "error", "{keys}");
        assert!(gate["message"].as_str().unwrap().contains(said), "{keys}: {}", gate["message"]);
    }
    let judge = lines((0..40).map(|row| format!("{{\"judge\": {}}}", if row == 3 { "null" } else { "4" })));
    let gate = judged(&judge, "score: judge, unscored: wrong", "mean: {min: 3}");
    assert!(gate["message"].as_str().unwrap().contains("give the grade, as in `unscored: 1`"), "{gate}");
}

#[test]
fn the_report_counts_what_was_not_scored() {
    let place = Workplace::new();
    let side = |lost: usize| {
        lines((0..200).map(|row| {
            let passed = if row % 100 == lost { "null".to_owned() } else { (row % 10 > 0).to_string() };
            format!("{{\"id\": {row}, \"passed\": {passed}}}")
        }))
    };
    place.write("c.jsonl", &side(7)).write("b.jsonl", &side(9)).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {task: score, predictions: c.jsonl, baseline_predictions: b.jsonl, key: id, score: passed, unscored: \
         drop-pairs, metrics: {pass_rate: {max_drop: 0.05}}}\n",
    );
    let answer = place.run(&["run"]);
    let text = answer.stdout.replace("\n    │ ", " ");
    assert!(text.contains("2 of 200 in the candidate, 2 of 200 in the baseline"), "{text}");
    let report = place.report();
    let gate = gate(&report, "models.m.metrics.pass_rate.max_drop");
    assert_eq!((&gate["candidate"]["n"], &gate["baseline"]["n"]), (&Value::from(196), &Value::from(196)));
}

#[test]
fn words_are_grades() {
    let row = |word: &str| format!("{{\"v\": \"{word}\"}}");
    let of = |words: &[&str]| lines((0..40).map(|at| row(words[at % words.len()])));
    let value = |rows: &str, keys: &str, metric: &str| judged(rows, keys, metric)["candidate"]["value"].as_f64();
    assert_eq!(value(&of(&["pass", "fail"]), "score: v", "pass_rate: {min: 0.1}"), Some(0.5));
    assert_eq!(value(&of(&["Passed", "FAILED"]), "score: v", "pass_rate: {min: 0.1}"), Some(0.5));
    assert_eq!(value(&of(&["win", "tie", "loss", "win"]), "score: v", "win_rate: {min: 0.1}"), Some(0.625));
    let own = "score: v, words: {good: 1, bad: 0, broken: null}";
    assert_eq!(value(&of(&["good", "bad"]), own, "pass_rate: {min: 0.1}"), Some(0.5));
    for (rows, keys, said) in [
        (of(&["good", "bad"]), "score: v", "`bad`, `good`, no known word of a grade"),
        (of(&["good", "ugly"]), own, "`ugly`, none of `words`"),
        (of(&["good", "broken"]), own, "not scored in 20 of 40 rows"),
    ] {
        let gate = judged(&rows, keys, "pass_rate: {min: 0.1}");
        assert!(gate["message"].as_str().unwrap().contains(said), "{}", gate["message"]);
    }
}

#[test]
fn lists_of_samples_are_questions() {
    let rows = lines((0..60).map(|task| {
        let passed: Vec<String> = (0..5).map(|at| (at < task % 6).to_string()).collect();
        format!("{{\"task\": {task}, \"passed\": [{}]}}", passed.join(", "))
    }));
    let value = |metric: &str| judged(&rows, "score: passed", metric)["candidate"]["value"].as_f64().unwrap();
    assert!((value("pass@2: {min: 0.1}") - 4.0 / 6.0).abs() < 1e-12);
    assert!((value("pass^2: {min: 0.1}") - 2.0 / 6.0).abs() < 1e-12);
    let gate = judged(&rows, "score: passed", "pass@6: {min: 0.1}");
    assert!(gate["message"].as_str().unwrap().contains("k is larger than the 5 samples"), "{gate}");
    let gate = judged(&rows, "score: passed", "median: {min: 0.1}");
    assert!(gate["message"].as_str().unwrap().contains("rows have several samples"), "{gate}");
    let uneven = rows.replacen("true, true, true, true, true", "true", 1);
    let gate = judged(&uneven, "score: passed", "pass@1: {min: 0.1}");
    assert!(
        gate["message"].as_str().unwrap().contains("1 of 60 questions has fewer samples than the others' 5"),
        "{gate}"
    );
    let gate = judged(&uneven, "score: passed, samples: uneven", "pass@1: {min: 0.1}");
    assert!((gate["candidate"]["value"].as_f64().unwrap() - 0.5).abs() < 1e-12, "{gate}");
}

#[test]
fn a_sample_that_is_lost_or_doubled_is_seen() {
    let place = place();
    let config = "version: 1\nmodels:\n  m: {task: score, predictions: candidate.csv, baseline_predictions: baseline.csv, query: question, \
                  key: [question, sample], score: passed, metrics: {pass_rate: {max_drop: 0.2}}}\n";
    place.write("mlgate.yml", config);
    let all = place.read("candidate.csv");
    let said = |text: &str| {
        place.write("candidate.csv", text);
        let report = place.report();
        assert_eq!(report["exit_code"], 4, "{report:#}");
        report["gates"][0]["message"].as_str().unwrap().to_owned()
    };
    let short: String =
        all.lines().filter(|line| !line.starts_with("q007,t07,chat,3")).map(|line| format!("{line}\n")).collect();
    assert!(said(&short).contains("1 of 120 questions has fewer samples than the others' 5 (`question` q007: 4)"));
    let lost: String = all.lines().filter(|line| !line.starts_with("q007")).map(|line| format!("{line}\n")).collect();
    assert!(said(&lost).contains("1 key of the baseline is missing (`question` q007)"));
    let doubled = format!("{all}{}\n", all.lines().nth(1).unwrap());
    assert!(said(&doubled).contains("a key that an earlier row has"));
    let moved = all.replacen("q000,t00", "q000,t01", 1);
    place.write("mlgate.yml", &config.replace("score: passed", "score: passed, cluster: topic"));
    assert!(said(&moved).contains("`topic` has several values in 1 of 120 questions (`question` q000)"));
}

#[test]
fn the_direction_is_that_of_the_config() {
    let verdict = |better: &str| {
        let place = place();
        place.write(
            "mlgate.yml",
            &format!(
                "version: 1\nmodels:\n  m: {{task: score, predictions: candidate.csv, baseline_predictions: baseline.csv, key: [question, \
                 sample], score: latency_ms, {better}metrics: {{mean: {{max_drop: 20}}, share_at_most@800: {{max_drop: 0.02}}}}}}\n"
            ),
        );
        place.run(&["run", "--format", "json"])
    };
    let gates = |answer: &str| -> Vec<String> {
        let report: Value = serde_json::from_str(answer).unwrap();
        report["gates"].as_array().unwrap().iter().map(|gate| gate["verdict"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(gates(&verdict("better: lower, ").stdout), ["pass", "pass"]);
    assert_eq!(gates(&verdict("better: higher, ").stdout), ["fail", "fail"]);
    let unknown = verdict("");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("whether a higher or a lower `mean` is better is not known"), "{}", unknown.stderr);
}

#[test]
fn configs_that_make_no_sense_are_refused() {
    let said = |model: &str| {
        let place = place();
        place.write("mlgate.yml", &format!("version: 1\nmodels:\n  m: {{predictions: candidate.csv, {model}}}\n"));
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, 2, "{model}: {}", answer.stdout);
        answer.stderr
    };
    for (model, expected) in [
        ("task: score, metrics: {mean: {min: 1}}", "the model has no `score`"),
        ("task: score, score: judge, label: passed, metrics: {mean: {min: 1}}", "a score task has no labels"),
        ("task: score, score: judge, better: up, metrics: {mean: {min: 1}}", "`up` is not a value of `better`"),
        ("task: score, score: judge, metrics: {accuracy: {min: 0.5}}", "`accuracy` is not defined for score tasks"),
        (
            "task: score, score: passed, better: lower, metrics: {pass_rate: {min: 0.5}}",
            "higher is better for `pass_rate`",
        ),
        ("task: score, score: judge, query: question, metrics: {median: {min: 1}}", "`median` is of single rows"),
        (
            "task: score, score: judge, unscored: skip, metrics: {mean: {min: 1}}",
            "`skip` is not a way to handle unscored rows",
        ),
        (
            "task: score, score: judge, unscored: {drop-pairs: 200%}, metrics: {mean: {min: 1}}",
            "the largest proportion",
        ),
        ("task: score, score: judge, words: {good: fine}, metrics: {mean: {min: 1}}", "the grade of `good` is text"),
        ("task: score, score: judge, samples: some, metrics: {mean: {min: 1}}", "`some` is not a value of `samples`"),
        ("task: score, score: judge, metrics: {share_at_least: {min: 1}}", "`share_at_least` needs a number"),
        ("task: score, score: judge, metrics: {pass@0: {min: 0.5}}", "must be a whole number"),
        ("task: score, score: judge, metrics: {'pass^x': {min: 0.5}}", "must be a whole number"),
        (
            "label: passed, positive: pass, prediction: passed, better: higher, metrics: {accuracy: {min: 0.5}}",
            "`better` is for graded rows",
        ),
    ] {
        let found = said(model);
        assert!(found.contains(expected), "{model}: {found}");
    }
}

#[test]
fn too_few_rows_bound_no_high_quantile() {
    let place = place();
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {task: score, predictions: candidate.csv, score: latency_ms, slices: [topic], metrics: {quantile@0.995: \
         {max: 100000}}}\n",
    );
    let report = place.report();
    let gate = &report["gates"][0];
    assert_eq!((&gate["verdict"], &gate["candidate"]["interval"]), (&Value::from("inconclusive"), &Value::Null));
    assert!(gate["message"].as_str().unwrap().contains("∞] contains the limit"), "{gate}");
    assert!(gate["message"].as_str().unwrap().contains("about 740 would be enough"), "{gate}");
}

#[test]
fn graded_rows_have_slices_groups_a_search_a_power_and_a_stored_baseline() {
    let place = place();
    place.write(
        "mlgate.yml",
        "version: 1\nbaseline: {from: baseline.json, rows: true}\nmodels:\n  m:\n    task: score\n    predictions: candidate.csv\n    query: \
         question\n    score: passed\n    better: higher\n    slices: {by: [kind, {math: \"kind = 'math'\"}], find: {columns: [kind]}}\n    \
         metrics:\n      pass_rate: {max_drop: 0.2, slices: {kind: {max_drop: 0.2}, math: {min: 0.2}}}\n      pass@2: {min: 0.3}\n    \
         fairness: {by: [kind], rates: {pass_rate: {max_gap: 0.9}}}\n",
    );
    let theirs = place.read("candidate.csv");
    place.write("candidate.csv", &place.read("baseline.csv"));
    let blessed = place.run(&["bless"]);
    assert_eq!(blessed.code, 0, "{}{}", blessed.stdout, blessed.stderr);
    place.write("candidate.csv", &theirs);
    let report = place.report();
    let verdicts: Vec<(&str, &str)> = report["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| (gate["id"].as_str().unwrap(), gate["verdict"].as_str().unwrap()))
        .collect();
    for (id, verdict) in [
        ("models.m.metrics.pass_rate.max_drop", "pass"),
        ("models.m.metrics.pass_rate.slices.kind.max_drop", "fail"),
        ("models.m.metrics.pass_rate.slices.math.min", "pass"),
        ("models.m.metrics.pass@2.min", "pass"),
        ("models.m.fairness.kind.pass_rate.max_gap", "pass"),
    ] {
        assert!(verdicts.contains(&(id, verdict)), "{id}: {verdicts:?}");
    }
    // The stored rows pair.
    assert!(gate(&report, "models.m.metrics.pass_rate.max_drop")["unpaired"].is_null(), "{report:#}");
    let found = place.run(&["run"]).stdout;
    assert!(found.contains("kind=code") || found.contains("kind = code"), "{found}");
    let power = place.run(&["power"]);
    assert!(power.code == 0 && power.stdout.contains("pass_rate"), "{}{}", power.stdout, power.stderr);
}

/// The page's config is run on the fixtures that it names, and prints the page's report.
#[test]
fn the_page_shows_what_is_printed() {
    page_shows_what_is_printed("docs/graded.md", &place());
}
