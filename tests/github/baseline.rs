//! The stored baseline in an artifact of the last successful run on the branch that the change goes to.

use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::server::{Fault, State, TOKEN};
use super::{Job, event};
use crate::baseline_source::{blessed, config, rows};
use crate::support::{Answer, gate};

fn artifact(id: u64, run: u64, branch: &str, of: u64, commit: &str) -> Value {
    json!({
        "id": id, "name": "base", "expired": false, "size_in_bytes": 900,
        "workflow_run": {
            "id": run, "repository_id": 1, "head_repository_id": of, "head_branch": branch, "head_sha": commit
        }
    })
}

fn run(id: u64, event: &str, conclusion: &str, commit: &str) -> Value {
    json!({
        "id": id, "event": event, "conclusion": conclusion, "head_branch": "main", "head_sha": commit,
        "head_repository": {"id": 1}
    })
}

/// Returns an archive with one file.
fn archive(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

/// Returns a job of a pull request, in a repository whose main branch uploaded a baseline of 2 rows in run 50.
fn job() -> Job {
    let job = Job::new(true).on("pull_request", &event("octo"));
    job.place.write("t.csv", &rows(5)).write("mlgate.yml", &config("{from: [github-artifact:base, second.json]}"));
    std::fs::write(job.place.path().join("second.json"), blessed(4)).unwrap();
    let packed = archive("baseline.json", &blessed(2));
    let digest: String = Sha256::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut state = job.github.state();
    let mut newest = artifact(9, 50, "main", 1, &"a".repeat(40));
    newest["digest"] = format!("sha256:{digest}").into();
    state.artifacts = vec![newest];
    state.runs = vec![run(50, "push", "success", &"a".repeat(40))];
    state.archive = packed;
    drop(state);
    job
}

/// Returns the number of rows of the baseline that was compared with, or the message.
fn compared(job: &Job) -> Result<(u64, Value), String> {
    let Answer { stdout, stderr, .. } = job.run(&["run", "--format", "json"]);
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"));
    let rows = gate(&report, "data.t.rows");
    match rows["baseline"]["value"].as_f64() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(n) => Ok((n as u64, report)),
        None => Err(rows["message"].as_str().unwrap().to_owned()),
    }
}

#[test]
fn the_last_successful_run_of_the_main_branch_has_it() {
    let job = job();
    let (rows, report) = compared(&job).unwrap();
    assert_eq!(rows, 2);
    let path = &report["provenance"]["baseline"]["files"][0]["path"];
    assert_eq!(*path, format!("github-artifact:base (run 50 of main, commit {})", "a".repeat(12)));
    assert_eq!(
        job.github.requests(),
        [
            "GET /repos/octo/model",
            "GET /repos/octo/model/actions/artifacts?per_page=100&page=1&name=base",
            "GET /repos/octo/model/actions/runs/50",
            "GET /repos/octo/model/actions/artifacts/9/zip",
            "GET /blob",
        ]
    );
}

#[test]
fn nobody_else_can_offer_one() {
    type Change = fn(&mut State);
    let changes: [(&str, Change); 8] = [
        // A fork may choose any name for its branch.
        ("of a fork", |state| state.artifacts[0]["workflow_run"]["head_repository_id"] = 2.into()),
        ("of another branch", |state| state.artifacts[0]["workflow_run"]["head_branch"] = "main2".into()),
        ("of another name", |state| state.artifacts[0]["name"] = "base2".into()),
        ("of a run that failed", |state| state.runs[0]["conclusion"] = "failure".into()),
        ("of a pull request", |state| state.runs[0]["event"] = "pull_request_target".into()),
        ("of a run that follows one", |state| state.runs[0]["event"] = "workflow_run".into()),
        ("of a run of a fork", |state| state.runs[0]["head_repository"]["id"] = 2.into()),
        ("expired", |state| state.artifacts[0]["expired"] = true.into()),
    ];
    for (what, change) in changes {
        let job = job();
        change(&mut job.github.state());
        let (rows, report) = compared(&job).unwrap();
        assert_eq!(rows, 4, "{what}");
        let why = report["provenance"]["tried"][0]["why"].as_str().unwrap();
        assert!(why.starts_with("no successful run on `main` has an artifact `base`"), "{what}: {why}");
        assert_eq!(why.ends_with("has expired"), what == "expired", "{why}");
        job.github.requests();
    }
}

#[test]
fn behind_many_of_others_it_is_still_found() {
    let job = job();
    let mut state = job.github.state();
    let ours = state.artifacts.remove(0);
    state.artifacts = (0..150).map(|id| artifact(1000 + id, 90 + id, "main", 2, &"b".repeat(40))).collect();
    state.artifacts.push(ours);
    drop(state);
    assert_eq!(compared(&job).unwrap().0, 2);
}

#[test]
fn the_run_that_the_change_builds_on_goes_before_newer_ones() {
    let job = job();
    let git = |arguments: &[&str]| crate::baseline_source::git(job.place.path(), arguments);
    git(&["init", "--quiet"]);
    git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
    let base = git(&["rev-parse", "HEAD"]);
    git(&["commit", "--quiet", "--allow-empty", "--message=y"]);
    let mut state = job.github.state();
    let mut near = state.artifacts[0].clone();
    near["workflow_run"]["head_sha"] = base.clone().into();
    near["workflow_run"]["id"] = 40.into();
    (near["id"], state.artifacts[0]["id"]) = (8.into(), 9.into());
    state.artifacts.push(near);
    state.runs.push(run(40, "push", "success", &base));
    drop(state);
    let (_, report) = compared(&job).unwrap();
    let path = report["provenance"]["baseline"]["files"][0]["path"].as_str().unwrap();
    assert!(path.contains("(run 40 of main, "), "{path}");
}

#[test]
fn what_was_changed_or_is_something_else_ends_the_search() {
    type Change = fn(&mut State);
    let changes: [(Change, &str); 5] = [
        (|state| state.archive[60] ^= 1, "does not have the digest that GitHub lists"),
        (|state| state.artifacts[0]["size_in_bytes"] = (1_u64 << 40).into(), "which is too large for a report"),
        (
            |state| {
                state.archive = archive("../baseline.json", b"{}");
                state.artifacts[0]["digest"] = Value::Null;
            },
            "it must hold only the file baseline.json",
        ),
        (
            |state| {
                state.archive = archive("baseline.json", &[b' '; 65 << 20]);
                state.artifacts[0]["digest"] = Value::Null;
            },
            "limit: 64 MiB",
        ),
        (|state| state.archive.truncate(40), "does not have the digest that GitHub lists"),
    ];
    for (change, why) in changes {
        let job = job();
        change(&mut job.github.state());
        let said = compared(&job).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_token_that_may_not_read_is_told_so() {
    let job = job();
    job.fails(Fault::new("GET /repos/octo/model/actions", 403, "Resource not accessible by integration"));
    let said = compared(&job).unwrap_err();
    assert!(said.contains("`permissions: actions: read`") && !said.contains(TOKEN), "{said}");
}

/// Never passes: a change to a release branch that is compared with the default branch's artifact.
#[test]
fn a_change_to_another_branch_takes_that_branch_s_artifact() {
    let to = |branch: &str| {
        let mut event = event("octo");
        event["pull_request"]["base"]["ref"] = branch.into();
        event
    };
    let job = job().on("pull_request", &to("release/1"));
    // The default branch's artifact does not take its place.
    let (rows, report) = compared(&job).unwrap();
    assert_eq!(rows, 4);
    let why = report["provenance"]["tried"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("no successful run on `release/1` has an artifact `base`"), "{why}");
    {
        let mut state = job.github.state();
        state.artifacts[0]["workflow_run"]["head_branch"] = "release/1".into();
        state.runs[0]["head_branch"] = "release/1".into();
    }
    let (rows, report) = compared(&job).unwrap();
    assert_eq!(rows, 2);
    let path = report["provenance"]["baseline"]["files"][0]["path"].as_str().unwrap();
    assert!(path.starts_with("github-artifact:base (run 50 of release/1, commit "), "{path}");
}

#[test]
fn a_job_without_a_target_takes_no_artifact_and_one_on_the_default_branch_does() {
    let comment = json!({"issue": {"number": 7, "pull_request": {}}, "repository": {"default_branch": "main"}});
    for (kind, event, reference) in [
        ("issue_comment", &comment, "refs/heads/main"),
        ("workflow_dispatch", &json!({}), "refs/heads/topic"),
        ("workflow_dispatch", &json!({"repository": {"default_branch": "main"}}), "refs/heads/topic"),
    ] {
        let mut job = job().on(kind, event);
        job.more.push(("GITHUB_REF", reference.to_owned()));
        let said = compared(&job).unwrap_err();
        assert!(said.contains("nothing says which branch the change goes to"), "{kind}: {said}");
    }
    for event in [json!({}), json!({"repository": {"default_branch": "main"}})] {
        for kind in ["workflow_dispatch", "schedule", "push"] {
            let mut job = job().on(kind, &event);
            job.more.push(("GITHUB_REF", "refs/heads/main".to_owned()));
            assert_eq!(compared(&job).unwrap().0, 2, "{kind}");
        }
    }
}
