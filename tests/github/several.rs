//! Several reports, one comment and one status.

use std::fs;

use serde_json::{Value, json};

use super::{HEAD, Job};

const OTHER: &str = "abcdefabcdefabcdefabcdefabcdefabcdefabcd";

/// Returns a job with the reports of two models in `parts/`: that of fraud fails if `fails`.
fn job(fails: bool) -> Job {
    let mut job = Job::new(true);
    fs::create_dir_all(job.place.path().join("parts")).unwrap();
    for (name, rows) in [("fraud", if fails { 9 } else { 1 }), ("churn", 1)] {
        measure(&mut job, name, rows, &format!("parts/{name}.json"));
    }
    job.github.requests();
    job
}

fn measure(job: &mut Job, name: &str, rows: u64, path: &str) {
    job.place.write(
        &format!("{name}.yml"),
        &format!("version: 1\ndata:\n  {name}: {{path: rows.csv, rows: \">= {rows}\"}}\n  more: {{path: rows.csv, rows: \">= 1\"}}\n"),
    );
    let (config, output) = (format!("{name}.yml"), format!("json={path}"));
    job.run(&["run", "-q", "--config", &config, "--output", &output]);
}

/// Changes a report of the job.
fn change(job: &Job, path: &str, change: impl FnOnce(&mut Value)) {
    let mut report: Value = serde_json::from_str(&job.place.read(path)).unwrap();
    change(&mut report);
    job.place.write(path, &report.to_string());
}

const ALL: [&str; 9] =
    ["publish", "--report", "parts/*.json", "--expect", "fraud", "--expect", "churn", "--status", "--require-post"];

fn state(job: &Job) -> (String, String) {
    let statuses = job.github.state().statuses.clone();
    let [(commit, status)] = statuses.as_slice() else { panic!("{statuses:#?}") };
    assert_eq!(commit, HEAD);
    (status["context"].as_str().unwrap().to_owned(), status["state"].as_str().unwrap().to_owned())
}

#[test]
fn several_reports_are_one_comment_and_one_status() {
    let job = job(false);
    let answer = job.run(&ALL);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let comments = job.comments();
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body.contains("## ✅ mlgate: all 2 reports passed"), "{}", comments[0].body);
    assert_eq!(state(&job), ("mlgate".to_owned(), "success".to_owned()));
    assert!(job.output().contains("verdict=pass") && job.output().contains("passed-count=4"), "{}", job.output());
    assert!(job.summary().contains("all 2 reports passed"), "{}", job.summary());
    // Named one by one, they are the same answer.
    let named = job.run(&["publish", "--report", "parts/fraud.json", "--report", "parts/churn.json"]);
    assert_eq!((named.code, job.comments().len()), (0, 1), "{}", named.stderr);
}

/// Never passes: several reports of which one fails.
#[test]
fn one_that_fails_decides() {
    let job = job(true);
    assert_eq!(job.run(&ALL).code, 1);
    let body = job.comments()[0].body.clone();
    assert!(body.contains("## ❌ mlgate: 1 of 2 reports failed · 1 passed"), "{body}");
    assert!(body.contains("- ❌ `fraud`: 1 of 2 gates failed"), "{body}");
    assert_eq!(state(&job).1, "failure");
}

/// Never passes: an expected report that is absent, given twice, of another commit, without a verdict, or with fewer gates than before.
#[test]
fn what_is_expected_has_to_be_there() {
    type Break = fn(&mut Job);
    let breaks: [(Break, &str); 9] = [
        (|job| fs::remove_file(job.place.path().join("parts/churn.json")).unwrap(), "there is no report of it"),
        (
            |job| change(job, "parts/churn.json", |it| it["run"]["job"]["commit"] = OTHER.into()),
            "it is for commit abcdefabcd",
        ),
        (
            |job| change(job, "parts/churn.json", |it| drop(it.as_object_mut().unwrap().remove("run"))),
            "it does not name its commit",
        ),
        (
            |job| {
                let again = job.place.read("parts/fraud.json");
                job.place.write("parts/churn.json", &again);
            },
            "it repeats the report of fraud",
        ),
        (|job| fs::write(job.place.path().join("parts/churn.json"), "").unwrap(), "it ended without a verdict"),
        (
            |job| change(job, "parts/churn.json", |it| *it = json!({"version": 1, "verdict": "none"})),
            "it ended without a verdict",
        ),
        (
            |job| {
                change(job, "parts/churn.json", |it| {
                    (it["gates"], it["verdict"], it["exit_code"]) = (json!([]), "error".into(), 4.into());
                    it["counts"]["pass"] = 0.into();
                });
            },
            "it ended without a verdict",
        ),
        (
            |job| {
                let at = json!({"file": "churn.yml", "line": 1, "column": 1});
                let of = |gate: &str, kind: &str| json!({"gate": gate, "kind": kind, "from": null, "to": null, "at": at, "why": "x", "effect": "none"});
                let changes = json!([of("data.old.rows", "removed"), of("x", "added")]);
                let guard = json!({"against": "main", "on_loosened": "note", "effect": "none", "changes": changes});
                change(job, "parts/churn.json", |it| it["guard"] = guard);
            },
            "the base branch's config has gates that it lacks: data.old.rows",
        ),
        (
            |job| {
                measure(job, "churn", 1, "base/churn.json");
                change(job, "parts/churn.json", |it| {
                    it["gates"].as_array_mut().unwrap().remove(0);
                    it["counts"]["pass"] = 1.into();
                });
            },
            "it has 1 gate, and the base branch's report has 2; missing: data.churn.rows",
        ),
    ];
    for (spoil, why) in breaks {
        let mut job = job(false);
        spoil(&mut job);
        let answer = job.run(&[&ALL[..], &["--base", "base/*.json"]].concat());
        assert_eq!(answer.code, 4, "{why}: {}", answer.stderr);
        let body = job.comments()[0].body.clone();
        assert!(body.contains("## ⛔ mlgate: 1 of 2 reports without a verdict · 1 passed"), "{why}: {body}");
        assert!(body.replace('`', "").contains(why), "{why}: {body}");
        assert_eq!(state(&job).1, "error", "{why}");
    }
}

#[test]
fn a_report_is_carried_over_while_nothing_of_it_has_changed() {
    let carry = [&ALL[..], &["--carry-over", "last/*.json"]].concat();
    let mut job = job(false);
    measure(&mut job, "churn", 1, "last/churn.json");
    change(&job, "last/churn.json", |it| it["run"]["job"]["commit"] = OTHER.into());
    fs::remove_file(job.place.path().join("parts/churn.json")).unwrap();
    let answer = job.run(&carry);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let body = job.comments()[0].body.clone();
    assert!(body.contains("carried over from commit `abcdefabcd`") && body.contains("all 2 reports passed"), "{body}");
    // Its config is another now.
    job.place.write("churn.yml", "version: 1\ndata:\n  churn: {path: rows.csv, rows: \">= 0\"}\n");
    assert_eq!(job.run(&carry).code, 4);
    assert!(job.comments()[0].body.contains("has changed since the earlier report"), "{}", job.comments()[0].body);
}
