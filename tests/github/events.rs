//! Events besides a push to an open pull request: drafts, closed ones, releases, merge queues, and servers that ask for
//! more patience than there is.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::server::Fault;
use super::{HEAD, Job, event};

const EVERYWHERE: [&str; 6] = ["--status", "gate", "--check-run", "gate", "--require-post", "--comment=update"];

fn of(action: &str, more: &[(&str, Value)]) -> Value {
    let mut event = event("octo");
    event["action"] = action.into();
    for (name, value) in more {
        event["pull_request"][name] = value.clone();
    }
    event
}

/// Whatever became of the pull request, its head is that of the verdict.
#[test]
fn drafts_and_closed_pull_requests_are_answered_at_their_head() {
    for event in [
        of("opened", &[("draft", true.into())]),
        of("converted_to_draft", &[("draft", true.into())]),
        of("ready_for_review", &[("draft", false.into())]),
        of("closed", &[("state", "closed".into()), ("merged", false.into())]),
        of(
            "closed",
            &[("state", "closed".into()), ("merged", true.into()), ("merge_commit_sha", "d".repeat(40).into())],
        ),
        of("reopened", &[("state", "open".into())]),
        of("labeled", &[("labels", json!([{"name": "gate"}]))]),
        of("edited", &[("base", json!({"ref": "release/1", "sha": "0".repeat(40), "repo": {"id": 1}}))]),
    ] {
        let job = Job::new(false).on("pull_request", &event);
        let answer = job.publish(&EVERYWHERE);
        assert_eq!((answer.code, job.comments().len()), (1, 1), "{event}: {}", answer.stderr);
        let state = job.github.state();
        let check = &state.sent["/repos/octo/model/check-runs"]["head_sha"];
        assert_eq!((state.statuses[0].0.as_str(), check), (HEAD, &HEAD.into()), "{event}");
    }
}

/// The branch is pushed anew while the gate measures: the old commit keeps its status, and the comment is left to the run
/// of the new one, in whatever order they end.
#[test]
fn a_forced_push_during_a_run_leaves_the_comment_to_the_new_head() {
    let new = "b".repeat(40);
    let mut later = of("synchronize", &[]);
    later["pull_request"]["head"]["sha"] = new.clone().into();
    for newer_first in [true, false] {
        let mut job = Job::new(true);
        job.github.state().head = Some(new.clone());
        for is_newer in [newer_first, !newer_first] {
            job.demand(if is_newer { 9 } else { 1 });
            job.more = vec![("GITHUB_RUN_ID", if is_newer { "32" } else { "31" }.to_owned())];
            job = job.on("pull_request", &if is_newer { later.clone() } else { of("synchronize", &[]) });
            let answer = job.publish(&["--status", "gate"]);
            assert_eq!(answer.code, i32::from(is_newer), "{}", answer.stderr);
        }
        let comments = job.comments();
        assert!(comments.len() == 1 && comments[0].body.contains("❌"), "{comments:?}");
        let mut statuses: Vec<(String, Value)> = job.github.state().statuses.clone();
        statuses.sort_by(|one, other| one.0.cmp(&other.0));
        let told: Vec<(&str, &str)> =
            statuses.iter().map(|(commit, status)| (commit.as_str(), status["state"].as_str().unwrap())).collect();
        assert_eq!(told, [(HEAD, "success"), (new.as_str(), "failure")]);
    }
}

#[test]
fn events_without_a_pull_request_have_a_status_and_no_comment() {
    let release =
        json!({"action": "published", "release": {"tag_name": "v1", "target_commitish": "main", "draft": false}});
    for (kind, event) in [
        ("release", release),
        ("create", json!({"ref": "v1", "ref_type": "tag"})),
        ("push", json!({"after": HEAD, "ref": "refs/tags/v1", "before": "0".repeat(40)})),
        ("schedule", json!({"schedule": "0 3 * * *"})),
        ("deployment_status", json!({"deployment": {"sha": HEAD}, "deployment_status": {"state": "success"}})),
        (
            "merge_group",
            json!({"action": "checks_requested", "merge_group": {"head_sha": HEAD, "base_ref": "refs/heads/main"}}),
        ),
    ] {
        let mut job = Job::new(false).on(kind, &event);
        job.more.push(("GITHUB_SHA", HEAD.to_owned()));
        let answer = job.publish(&EVERYWHERE);
        assert_eq!((answer.code, job.comments().len()), (1, 0), "{kind}: {}", answer.stderr);
        let state = job.github.state();
        assert_eq!(state.statuses.len(), 1, "{kind}: {}", answer.stderr);
        assert_eq!((state.statuses[0].0.as_str(), &state.statuses[0].1["state"]), (HEAD, &"failure".into()), "{kind}");
    }
}

/// Waiting ends before the job's patience does, and whatever was asked for is told.
#[test]
fn a_server_that_asks_for_more_patience_than_there_is() {
    for (on, status, message, headers) in [
        ("POST /repos", 429, "Too many requests", vec![("retry-after", "91")]),
        ("POST /repos", 403, "You have exceeded a secondary rate limit", vec![("retry-after", "18446744073709551615")]),
        ("GET /repos", 429, "Too many requests", vec![("retry-after", "86400")]),
        ("GET /repos", 503, "Unavailable", vec![("retry-after", "3600")]),
        (
            "GET /repos",
            403,
            "API rate limit exceeded",
            vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "99999999999")],
        ),
    ] {
        let job = Job::new(true);
        let fault =
            headers.into_iter().fold(Fault::new(on, status, message), |fault, (name, value)| fault.with(name, value));
        job.fails(fault.times(99));
        let started = Instant::now();
        let answer = job.publish(&EVERYWHERE);
        assert!(started.elapsed() < Duration::from_secs(45), "{on} {status}: {:?}", started.elapsed());
        assert_eq!((answer.code, job.comments().len()), (5, 0), "{on} {status}: {}", answer.stderr);
        let is_told = ["rate limit ends in", "Unavailable"].iter().any(|text| answer.stderr.contains(text));
        assert!(is_told, "{on} {status}: {}", answer.stderr);
    }
}
