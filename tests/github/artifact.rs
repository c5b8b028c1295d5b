//! The second stage: the report of a fork in an artifact.

use std::io::{Cursor, Write as _};

use serde_json::json;
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{HEAD, Job, server};

/// An archive with one file.
pub(crate) fn packed(name: &str, text: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).unwrap();
    archive.write_all(text).unwrap();
    archive.finish().unwrap().into_inner()
}

/// The second job of a fork's pull request, which has the report of the first in an artifact.
fn second_job(report: &[u8]) -> Job {
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

const FROM_ARTIFACT: [&str; 3] = ["publish", "--artifact", "mlgate-report"];

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
        (b"{}".as_slice(), "no report of mlgate"),
        (&[b' '; 70 << 20], "larger than 64 MiB"),
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
        (|state| state.archive[40] ^= 1, "its digest is another"),
        (|state| state.artifacts[0]["size_in_bytes"] = (1_u64 << 40).into(), "more than such a file takes"),
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
