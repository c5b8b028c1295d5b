//! The second stage: the report of a fork in an artifact.

use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{HEAD, Job, server};

/// Returns an archive with one file.
pub(crate) fn packed(name: &str, text: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).unwrap();
    archive.write_all(text).unwrap();
    archive.finish().unwrap().into_inner()
}

/// Returns the second job of a fork's pull request, which gets the first job's report from an artifact.
pub(super) fn second_job(report: &[u8]) -> Job {
    let run = json!({"workflow_run": {
        "id": 30, "head_sha": HEAD, "head_branch": "patch-1", "head_repository": {"owner": {"login": "forker"}},
    }});
    let job = Job::new(true).on("workflow_run", &run);
    let archive = packed("report.json", report);
    let digest: String = Sha256::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
    {
        let mut state = job.github.state();
        state.pulls.push(json!({"number": 7, "state": "open", "head": {"sha": HEAD}}));
        state.artifacts.push(json!({
            "id": 9, "name": "mlgate-report", "expired": false, "size_in_bytes": archive.len(), "digest": format!("sha256:{digest}"),
        }));
        state.archive = archive;
    }
    job
}

fn report_of_a_fork() -> String {
    let job = Job::new(false);
    job.place.run(&["run", "--format", "json"]).stdout
}

pub(super) const FROM_ARTIFACT: [&str; 3] = ["publish", "--artifact", "mlgate-report"];

#[test]
fn a_second_workflow_posts_what_a_fork_measured_and_says_so() {
    let job = second_job(report_of_a_fork().as_bytes());
    let answer = job.run(&FROM_ARTIFACT);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let body = job.comments()[0].body.clone();
    assert!(
        body.starts_with("<!-- mlgate:v1 key=mlgate%2Dreport -->")
            || body.starts_with("<!-- mlgate:v1 key=mlgate-report -->"),
        "{body}"
    );
    assert!(body.contains("the numbers are the author's claim"), "{body}");
    assert!(answer.stdout.is_empty(), "a fork's findings are no workflow commands of ours: {}", answer.stdout);
    insta::assert_snapshot!("requests_of_a_second_job", job.github.requests().join("\n"));
}

#[test]
fn a_report_of_a_fork_is_believed_in_nothing_that_can_be_checked() {
    let report = report_of_a_fork();
    let lie = report.replacen("\"verdict\": \"fail\"", "\"verdict\": \"pass\"", 1);
    for (report, complaint) in [
        (lie.as_bytes(), "contradicts itself"),
        (b"{}".as_slice(), "not a report of mlgate"),
        (&[b' '; 70 << 20], "limit: 64 MiB"),
    ] {
        let job = second_job(report);
        let answer = job.run(&FROM_ARTIFACT);
        assert_eq!((answer.code, job.comments().len()), (4, 0), "{}", answer.stderr);
        assert!(answer.stderr.contains(complaint), "{}", answer.stderr);
    }
    type Change = fn(&mut server::State);
    let changes: [(Change, &str); 4] = [
        (|state| state.artifacts[0]["expired"] = true.into(), "has expired"),
        (|state| state.artifacts.clear(), "has no artifact `mlgate-report`"),
        (|state| state.archive[40] ^= 1, "does not have the digest that GitHub lists"),
        (|state| state.artifacts[0]["size_in_bytes"] = (1_u64 << 40).into(), "which is too large for a report"),
    ];
    for (change, complaint) in changes {
        let job = second_job(report.as_bytes());
        change(&mut job.github.state());
        let answer = job.run(&FROM_ARTIFACT);
        assert_eq!((answer.code, job.comments().len()), (4, 0), "{}", answer.stderr);
        assert!(answer.stderr.contains(complaint), "{}", answer.stderr);
    }
}

#[test]
fn a_report_is_posted_only_where_its_commit_is_the_head() {
    let job = second_job(report_of_a_fork().as_bytes());
    job.github.state().pulls[0]["head"]["sha"] = "f".repeat(40).into();
    let answer = job.run(&FROM_ARTIFACT);
    assert_eq!((answer.code, job.comments().len()), (0, 0), "{}", answer.stderr);
    assert!(answer.stderr.contains("no open pull request has the commit"), "{}", answer.stderr);
}

/// The run that failed left nothing: the comment of an earlier commit does not stand as the answer for this one.
#[test]
fn a_run_that_failed_without_a_report_has_no_verdict() {
    for conclusion in ["failure", "cancelled", "timed_out", "skipped", "success"] {
        let job = second_job(report_of_a_fork().as_bytes());
        assert_eq!(job.run(&FROM_ARTIFACT).code, 0);
        let run = json!({"workflow_run": {
            "id": 32, "run_attempt": 2, "head_sha": HEAD, "head_branch": "patch-1", "conclusion": conclusion,
            "head_repository": {"owner": {"login": "forker"}},
        }});
        let job = job.on("workflow_run", &run);
        job.github.state().artifacts.clear();
        let answer = job.run(&FROM_ARTIFACT);
        let comments = job.comments();
        assert_eq!(comments.len(), 1);
        if conclusion == "success" {
            assert_eq!(answer.code, 4, "{}", answer.stderr);
            continue;
        }
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let body = &comments[0].body;
        assert!(body.contains("## ⛔ no verdict for commit") && body.contains("has no artifact"), "{body}");
        // The link leads to the run that measured.
        assert!(body.contains("[run](https://github.com/octo/model/actions/runs/32/attempts/2)"), "{body}");
        assert!(job.output().contains("verdict=error"), "{}", job.output());
    }
}

#[test]
fn a_matrix_leaves_an_artifact_for_each_leg() {
    for names in [&["mlgate-*"][..], &["mlgate-report", "mlgate-two"]] {
        let job = second_job(report_of_a_fork().as_bytes());
        {
            let mut state = job.github.state();
            let mut second = state.artifacts[0].clone();
            (second["id"], second["name"]) = (10.into(), "mlgate-two".into());
            let mut other = second.clone();
            other["name"] = "coverage".into();
            state.artifacts.extend([second, other]);
        }
        let arguments: Vec<&str> = names.iter().flat_map(|name| ["--artifact", name]).collect();
        let answer = job.run(&[&["publish"], &arguments[..], &["--status", "x"]].concat());
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let body = job.comments()[0].body.clone();
        assert!(body.contains("## ❌ mlgate: 2 of 2 reports failed"), "{body}");
        assert!(body.contains("the numbers are the author's claim") && body.contains("`mlgate-two`"), "{body}");
        assert!(job.github.state().statuses.is_empty());
    }
}

/// Returns the report of a failed gate, rewritten as a pass.
fn forged() -> String {
    let mut report: Value = serde_json::from_str(&report_of_a_fork()).unwrap();
    let gate = &mut report["gates"][0];
    (gate["verdict"], gate["effect"]) = ("pass".into(), "none".into());
    gate.as_object_mut().unwrap().remove("first_rows");
    (report["counts"]["fail"], report["counts"]["pass"]) = (0.into(), 1.into());
    (report["verdict"], report["exit_code"]) = ("pass".into(), 0.into());
    report.to_string()
}

/// Never passes: a fork's claim as a check run or status.
#[test]
fn a_claim_is_neither_a_check_run_nor_a_status() {
    let honest = {
        let job = Job::new(true);
        job.place.run(&["run", "--format", "json"]).stdout
    };
    let warned = honest
        .replacen("\"verdict\": \"pass\"", "\"verdict\": \"warn\"", 1)
        .replacen("\"verdict\": \"pass\"", "\"verdict\": \"inconclusive\"", 1)
        .replacen("\"effect\": \"none\"", "\"effect\": \"warns\"", 1)
        .replacen("\"pass\": 1", "\"pass\": 0", 1)
        .replacen("\"inconclusive\": 0", "\"inconclusive\": 1", 1);
    for report in [forged(), honest, warned, report_of_a_fork()] {
        for more in [
            &["--check-run"][..],
            &["--status"],
            &["--check-run", "gate", "--status", "gate"],
            &["--check-run", "--comment", "off"],
        ] {
            let job = second_job(report.as_bytes());
            let answer = job.run(&[&FROM_ARTIFACT[..], more].concat());
            assert_eq!(answer.code, 0, "{}", answer.stderr);
            let state = job.github.state();
            assert!(
                state.checks.is_empty() && !state.sent.keys().any(|path| path.contains("statuses")),
                "{:?}",
                state.sent
            );
            drop(state);
            assert!(answer.stderr.contains("is the author's own claim"), "{}", answer.stderr);
            assert!(job.summary().contains("is the author's own claim"), "{}", job.summary());
            if more.contains(&"off") {
                assert_eq!(job.comments().len(), 0);
            } else {
                assert!(job.comments()[0].body.contains("the numbers are the author's claim"));
            }
        }
    }
}

#[test]
fn a_report_of_the_job_s_own_may_be_green() {
    let job = Job::new(true);
    assert_eq!(job.run(&["run", "-q", "--output", "json=r.json"]).code, 0);
    let answer = job.run(&["publish", "--report", "r.json", "--check-run", "--status"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(job.github.state().sent["/repos/octo/model/check-runs"]["conclusion"], "success");
}

/// Never passes: a fork's claim that contradicts itself (exit code 4).
#[test]
fn a_claim_that_contradicts_itself_is_not_shown() {
    type Change = fn(&mut Value);
    let waiver = |until: &str, ended: bool| json!({"owner": "@a", "reason": "late", "until": until, "has_ended": ended, "at": {"file": "mlgate.yml", "line": 1, "column": 1}});
    let changes: [(Change, &str); 8] = [
        (|gate| gate["effect"] = "none".into(), "does not follow"),
        (|gate| gate["effect"] = "warns".into(), "does not follow"),
        (|gate| gate["effect"] = "waived".into(), "is waived without an owner"),
        (|gate| (gate["verdict"], gate["effect"]) = ("error".into(), "none".into()), "does not follow"),
        (
            |gate| (gate["verdict"], gate["effect"]) = ("inconclusive".into(), "waived".into()),
            "is waived without an owner",
        ),
        (|gate| (gate["verdict"], gate["effect"]) = ("pass".into(), "blocks".into()), "does not follow"),
        (|gate| (gate["verdict"], gate["effect"]) = ("no_baseline".into(), "none".into()), "does not follow"),
        (|gate| (gate["verdict"], gate["effect"]) = ("not_applicable".into(), "warns".into()), "does not follow"),
    ];
    let is_refused = |report: &Value, why: &str| {
        let job = second_job(report.to_string().as_bytes());
        let answer = job.run(&FROM_ARTIFACT);
        assert_eq!((answer.code, job.comments().len()), (4, 0), "{}", answer.stderr);
        assert!(answer.stderr.contains(why), "{why}: {}", answer.stderr);
    };
    let report: Value = serde_json::from_str(&report_of_a_fork()).unwrap();
    for (change, why) in changes {
        let mut report = report.clone();
        change(&mut report["gates"][0]);
        is_refused(&report, why);
    }
    // Tests run at 2024-01-15.
    for (waiver, why) in [
        (waiver("2024-01-14", false), "its waiver ended on 2024-01-14"),
        (waiver("2025-01-16", false), "limit: 366 days from now"),
        (waiver("2024-02-01", true), "does not follow"),
        (waiver("2024-1-20", false), "is not a date"),
        (waiver("soon", false), "is not a date"),
    ] {
        let mut report = report.clone();
        let gate = &mut report["gates"][0];
        (gate["effect"], gate["waiver"]) = ("waived".into(), waiver);
        (report["counts"]["fail"], report["counts"]["waived"]) = (0.into(), 1.into());
        (report["verdict"], report["exit_code"]) = ("pass".into(), 0.into());
        is_refused(&report, why);
    }
    let mut twice = report.clone();
    let gate = twice["gates"][0].clone();
    twice["gates"].as_array_mut().unwrap().push(gate);
    is_refused(&twice, "twice");
}

#[test]
fn states_are_not_built_for_whoever_shows_a_report() {
    let many = |key: &str, item: &str| {
        let text = report_of_a_fork();
        text.replacen('{', &format!("{{\"{key}\": [{}0],", item.repeat((62 << 20) / item.len())), 1)
    };
    // In the states an unknown key is ignored, and elsewhere it makes the report invalid.
    for (report, code) in [
        (many("states", "[],"), 0),
        (many("states", "{},"), 0),
        (many("surprise", "[],"), 4),
        (many("explored", "[],"), 4),
    ] {
        let job = second_job(report.as_bytes());
        let answer = job.run(&FROM_ARTIFACT);
        assert_eq!((answer.code, job.comments().len()), (code, usize::from(code == 0)), "{}", answer.stderr);
    }
}
