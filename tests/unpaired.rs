//! Two sides with unrelated rows.

use serde_json::Value;

use crate::support::{Workplace, gate};

/// Returns rows of a classifier that errs on every `errs_every`-th one.
fn rows(first: usize, count: usize, errs_every: usize) -> String {
    let row = |row: usize| {
        let label = row % 2;
        let right = !row.is_multiple_of(errs_every);
        let score =
            if (label == 1) == right { 0.6 + (row % 37) as f64 / 100.0 } else { 0.4 - (row % 31) as f64 / 100.0 };
        format!("{row},{label},{score:.2},{}\n", if row.is_multiple_of(3) { "a" } else { "b" })
    };
    "id,label,score,group\n".to_owned() + &(first..first + count).map(row).collect::<String>()
}

fn place(ours: &str, theirs: &str, model: &str) -> Workplace {
    let place = Workplace::new();
    let config = format!(
        "version: 1\nmodels:\n  m:\n    predictions: new.csv\n    baseline_predictions: old.csv\n    label: label\n    score: score\n{model}"
    );
    place.write("new.csv", ours).write("old.csv", theirs).write("mlgate.yml", &config);
    place
}

const METRICS: &str = "    metrics: {accuracy: {max_drop: 5pp}, log_loss: {max_drop: 10%}, roc_auc: {max_drop: 0.05}, f1: {min_improvement: 0}}\n";

fn width(gate: &Value) -> f64 {
    let end = |index: usize| gate["change"]["interval"][index].as_f64().unwrap();
    end(1) - end(0)
}

#[test]
fn each_side_has_rows_of_its_own_and_the_report_says_so() {
    let report = place(&rows(0, 900, 5), &rows(5_000, 1_500, 11), &format!("    pairing: none\n{METRICS}")).report();
    let accuracy = gate(&report, "models.m.metrics.accuracy.max_drop");
    assert_eq!(accuracy["verdict"], "fail", "{accuracy:#}");
    assert_eq!(accuracy["change"]["method"], "Newcombe, unpaired");
    // The definition is that of both: rows that pair, and rows that do not.
    assert!(!accuracy["definition"].as_str().unwrap().contains("same rows"), "{accuracy:#}");
    assert_eq!((&accuracy["candidate"]["n"], &accuracy["baseline"]["n"]), (&900.into(), &1_500.into()));
    let message = accuracy["message"].as_str().unwrap();
    assert!(message.ends_with("; unpaired: the sides have different rows (`pairing: none`)"), "{message}");
    assert_eq!(gate(&report, "models.m.metrics.log_loss.max_drop")["change"]["method"], "Welch's t, unpaired");
    assert_eq!(gate(&report, "models.m.metrics.roc_auc.max_drop")["change"]["method"], "Newcombe, unpaired");
    assert_eq!(gate(&report, "models.m.metrics.f1.min_improvement")["verdict"], "fail");
    let baseline = |found: &&Value| found["side"] == "baseline" && found["measure"] == "accuracy";
    let found = report["measurements"].as_array().unwrap().iter().find(baseline).unwrap();
    assert_eq!(found["value"], accuracy["baseline"]["value"]);
}

#[test]
fn what_pairs_says_more_than_what_does_not() {
    let (ours, theirs) = (rows(0, 1_000, 9), rows(0, 1_000, 10));
    let paired = place(&ours, &theirs, &format!("    key: id\n{METRICS}")).report();
    let apart = place(&ours, &theirs, &format!("    pairing: none\n{METRICS}")).report();
    for metric in ["accuracy.max_drop", "roc_auc.max_drop", "f1.min_improvement", "log_loss.max_drop"] {
        let id = format!("models.m.metrics.{metric}");
        let (paired, apart) = (gate(&paired, &id), gate(&apart, &id));
        let value = |gate: &Value| gate["change"]["value"].as_f64().unwrap();
        assert!((value(paired) - value(apart)).abs() < 1e-12, "{metric}");
        assert!(width(paired) < width(apart), "{metric}: {paired:#} {apart:#}");
    }
}

#[test]
fn keys_that_do_not_match_are_never_passed_over() {
    let answer = place(&rows(0, 90, 9), &rows(10, 90, 9), &format!("    key: id\n{METRICS}")).run(&[]);
    assert_eq!(answer.code, 4);
    // The lines are wrapped to the width of a terminal.
    let said = answer.stdout.replace("\n    │ ", " ");
    assert!(said.contains("if the rows are meant to differ, set `pairing: none`"), "{said}");
    let answer = place(&rows(0, 90, 9), &rows(10, 90, 9), METRICS).run(&[]);
    assert_eq!(answer.code, 2, "to leave the key out is no way to have them not paired");
}

#[test]
fn what_needs_pairs_is_refused() {
    for (model, complaint) in [
        ("    pairing: none\n    metrics: {flip_rate: {max: 0.1}}\n", "`flip_rate` compares both sides row by row"),
        ("    pairing: non\n    key: id\n    metrics: {}\n", "`non` is not a way to pair rows"),
        (
            "    pairing: none\n    labels: l.csv\n    key: id\n    metrics: {}\n",
            "two sets of rows cannot share one file of labels",
        ),
    ] {
        let answer = place(&rows(0, 90, 9), &rows(10, 90, 9), model).run(&[]);
        assert_eq!(answer.code, 2, "{}", answer.stdout);
        assert!(answer.stderr.contains(complaint), "{}", answer.stderr);
    }
}

#[test]
fn slices_and_groups_are_those_of_the_candidate() {
    let model = "    pairing: none\n    slices: [group]\n    metrics: {accuracy: {min: 0.5, slices: all}}\n    fairness: {by: [group], rates: {selection_rate: {max_gap: 0.5}}}\n";
    let report = place(&rows(0, 900, 9), &rows(5_000, 900, 9), model).report();
    assert_eq!(report["verdict"], "pass", "{report:#}");
    let gap = gate(&report, "models.m.fairness.group.selection_rate.max_gap");
    assert_eq!(gap["baseline"], Value::Null);
}

/// Returns the verdict on the slices by group, and the message.
fn by_group(ours: &str, theirs: &str, demand: &str) -> (String, String) {
    let model = format!("    pairing: none\n    slices: [group]\n    metrics: {{accuracy: {{slices: {demand}}}}}\n");
    let report = place(ours, theirs, &model).report();
    let gate = &report["gates"][0];
    (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned())
}

#[test]
fn slices_are_compared_by_their_names() {
    let (ours, theirs) = (rows(0, 900, 5), rows(5_000, 900, 11));
    let (verdict, message) = by_group(&ours, &theirs, "{\"*\": {max_drop: 3pp}}");
    assert_eq!(verdict, "fail");
    assert!(message.starts_with("accuracy fails in 2 of 2 slices: `group="), "{message}");
    assert_eq!(by_group(&theirs, &ours, "{\"*\": {max_drop: 3pp}}").0, "pass");
}

#[test]
fn bins_are_cut_by_the_baselines_quantiles() {
    let (ours, theirs) = (rows(10_000, 1_200, 11), rows(0, 1_200, 11));
    let model = "    pairing: none\n    slices: [{id: {bins: 2}}]\n    metrics: {accuracy: {slices: {\"*\": {max_drop: 3pp}}}}\n";
    let report = place(&ours, &theirs, model).report();
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("accuracy is within the limit in 1 slice,")
            && message.ends_with("gone: `id=below 600`; limit: max_drop 3pp"),
        "{message}"
    );
    // Rows that are paired by key are in the bin of their own number, between the edges of the baseline.
    let sized = |shift: usize| -> String {
        let line = |(row, line): (usize, &str)| match row {
            0 => format!("{line},size\n"),
            row => format!("{line},{}\n", row + shift),
        };
        theirs.lines().enumerate().map(line).collect()
    };
    let (ours, theirs) = (sized(300), sized(0));
    let model =
        "    key: id\n    slices: [{size: {bins: 2}}]\n    metrics: {accuracy: {slices: {\"*\": {max_drop: 3pp}}}}\n";
    let report = place(&ours, &theirs, model).report();
    let of = |name: &str| {
        let groups = report["gates"][0]["groups"].as_array().unwrap().iter();
        groups.clone().find(|group| group["group"][0] == name).map(|group| group["candidate"]["n"].clone())
    };
    assert_eq!((of("size=below 601"), of("size=from 601")), (Some(300.into()), Some(900.into())), "{report:#}");
}

#[test]
fn slices_that_are_new_or_gone_are_said_and_do_not_pass() {
    let both = rows(0, 900, 11);
    let renamed = both.replace(",a\n", ",A\n");
    let (verdict, message) = by_group(&renamed, &both, "{\"*\": {max_drop: 10pp}}");
    assert_eq!(verdict, "inconclusive", "{message}");
    assert!(
        message.contains("but not all slices could be compared; new, without a baseline: `group=A`; gone: `group=a`"),
        "{message}"
    );
    let (verdict, message) = by_group(&renamed, &both, "{\"group=a\": {max_drop: 10pp}}");
    assert_eq!(
        (verdict.as_str(), message.as_str()),
        ("error", "the sides have no slice in common; on one side only: `group=a`")
    );
    assert_eq!(by_group(&renamed, &both, "{\"group=A\": {max_drop: 10pp}}").0, "error");
    let (verdict, message) = by_group(&renamed, &both, "{\"*\": {min: 0.5}}");
    assert_eq!(verdict, "pass", "a floor looks at the candidate alone: {message}");
    assert!(message.contains("gone: `group=a`"), "{message}");
    // A few rows that appear or disappear do not decide.
    let few = both.replacen(",a\n", ",rare\n", 5);
    let (verdict, message) = by_group(&few, &both, "{\"*\": {max_drop: 10pp}}");
    assert_eq!(verdict, "pass", "{message}");
    assert!(message.contains("fewer than 30 rows: `group=rare`"), "{message}");
}

#[test]
fn slices_by_what_the_other_side_does_not_have_cannot_be_compared() {
    let theirs = rows(0, 900, 11).replace(",group\n", ",team\n");
    let (verdict, message) = by_group(&rows(0, 900, 11), &theirs, "{\"*\": {max_drop: 10pp}}");
    assert_eq!(verdict, "error");
    assert!(message.contains("`old.csv` has no column `group`"), "{message}");
    assert_eq!(by_group(&rows(0, 900, 11), &theirs, "{\"*\": {min: 0.5}}").0, "pass");
}

#[test]
fn a_broken_other_side_is_an_error() {
    let answer = place(&rows(0, 90, 9), "id,label,score\n1,1,\n", &format!("    pairing: none\n{METRICS}")).run(&[]);
    assert_eq!(answer.code, 4);
    assert!(answer.stdout.contains("old.csv"), "{}", answer.stdout);
    let answer = place(&rows(0, 90, 9), "id,label\n1,1\n", &format!("    pairing: none\n{METRICS}")).run(&[]);
    assert_eq!(answer.code, 4);
    assert!(answer.stdout.contains("`old.csv` has no column `score`"), "{}", answer.stdout);
}

#[test]
fn their_power_is_that_of_two_samples() {
    let metrics = "    metrics: {accuracy: {max_drop: 5pp, max_improvement: 5pp, min_improvement: 1pp}}\n";
    let power = |pairing: &str| -> Vec<Value> {
        let place = place(&rows(0, 900, 9), &rows(0, 900, 10), &format!("{pairing}{metrics}"));
        let answer = place.run(&["power", "--samples", "200", "--format", "json"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap();
        report["power"].as_array().unwrap().clone()
    };
    let (apart, paired) = (power("    pairing: none\n"), power("    key: id\n"));
    let number = |found: &Value, name: &str| found[name].as_f64().unwrap_or_else(|| panic!("{name}: {found:#}"));
    for (apart, paired) in apart.iter().zip(&paired) {
        assert!(number(apart, "catches") > number(paired, "catches"), "{apart:#} {paired:#}");
    }
    // A loss, and an implausible gain: 2.5 % of 200 unchanged samples are expected to fail.
    for found in &apart[..2] {
        assert!(number(found, "fails") <= 0.06, "{found:#}");
        assert!((0.05..0.12).contains(&number(found, "catches")), "{found:#}");
    }
    assert!(apart[2]["rows"].is_null(), "no number of rows shows a gain that is not there: {:#}", apart[2]);
}
