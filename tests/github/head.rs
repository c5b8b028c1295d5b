//! The commit that a report is about: nothing is said of another one, on any surface.

use serde_json::{Value, json};

use super::{HEAD, Job, event};
use crate::baseline_source::git;
use crate::support::Answer;

const OTHER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2";

fn moved(job: &Job, to: &str) {
    job.github.state().head = Some(to.to_owned());
}

/// Returns an event of pull request 7 whose head is `head`.
fn of_head(head: &str) -> Value {
    let mut event = event("octo");
    event["pull_request"]["head"]["sha"] = head.into();
    event
}

/// Never passes: a run of an older commit that replaces the verdict of the head.
#[test]
fn an_older_commit_does_not_replace_the_verdict_of_the_head() {
    for (mode, newer, older) in [("update", 5, 1), ("update", 1, 5), ("recreate", 5, 1), ("on-failure", 5, 1)] {
        let job = Job::new(true).on("pull_request", &of_head(OTHER));
        moved(&job, OTHER);
        job.demand(newer);
        job.publish(&["--comment", mode]);
        let before = job.comments();
        assert_eq!(before.len(), 1, "{mode}");

        let job = job.on("pull_request", &of_head(HEAD));
        job.demand(older);
        let answer = job.publish(&["--comment", mode, "--status", "gate", "--check-run", "gate", "--require-post"]);
        assert_eq!(answer.code, i32::from(older > 3), "{}", answer.stderr);
        assert!(
            answer.stderr.contains(&format!("left: the pull request has moved on to {OTHER}")),
            "{}",
            answer.stderr
        );
        assert!(job.summary().contains("has moved on"), "{}", job.summary());
        let after = job.comments();
        assert_eq!((after.len(), &after[0].body), (1, &before[0].body), "{mode}");
        // The check run and the status are those of the older commit.
        let state = job.github.state();
        assert_eq!(state.statuses[0].0, HEAD);
        assert_eq!(state.sent["/repos/octo/model/check-runs"]["head_sha"], HEAD);
    }
}

#[test]
fn the_first_comment_too_is_that_of_the_head() {
    for kind in ["pull_request", "pull_request_target", "pull_request_review"] {
        let job = Job::new(true).on(kind, &of_head(HEAD));
        moved(&job, OTHER);
        let answer = job.publish(&[]);
        assert_eq!((answer.code, job.comments().len()), (0, 0), "{kind}: {}", answer.stderr);
    }
}

/// Returns a job that a comment on pull request 7 has started: `GITHUB_SHA` is the default branch's commit.
fn commented() -> Job {
    let event = json!({"action": "created", "issue": {"number": 7, "pull_request": {}}, "comment": {"body": "/gate"}});
    let mut job = Job::new(true).on("issue_comment", &event);
    job.more.push(("GITHUB_SHA", "c".repeat(40)));
    job
}

const CHECKS: [&str; 4] = ["--status", "gate", "--check-run", "gate"];

#[test]
fn a_comment_starts_a_job_for_the_head_and_not_for_the_default_branch() {
    let job = commented();
    let answer = job.publish(&CHECKS);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let comment = &job.comments()[0].body;
    assert!(comment.contains(&HEAD[..10]) && !comment.contains("cccccccccc"), "{comment}");
    {
        let state = job.github.state();
        assert_eq!(state.statuses[0].0, HEAD);
        assert_eq!(state.sent["/repos/octo/model/check-runs"]["head_sha"], HEAD);
    }
    // The same for a pull request that the command line names.
    let mut job = Job::new(true).on("workflow_dispatch", &json!({"inputs": {}}));
    job.more.push(("GITHUB_SHA", "c".repeat(40)));
    assert_eq!(job.publish(&[&["--pull", "7"], &CHECKS[..]].concat()).code, 0);
    assert_eq!(job.github.state().statuses[0].0, HEAD);
}

/// Makes the job's folder a repository and returns its commit.
fn checked_out(job: &Job) -> String {
    git(job.place.path(), &["init", "--quiet"]);
    git(job.place.path(), &["add", "rows.csv", "mlgate.yml"]);
    git(job.place.path(), &["commit", "--quiet", "--message=x"]);
    git(job.place.path(), &["rev-parse", "HEAD"])
}

fn says_nothing(job: &Job, answer: &Answer) {
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let state = job.github.state();
    assert!(state.statuses.is_empty() && state.checks.is_empty(), "{}", answer.stderr);
    assert!(answer.stderr.contains("there is no commit status: the checked-out commit"), "{}", answer.stderr);
}

/// Never passes: a status or check run on a commit that is not checked out.
#[test]
fn another_commit_that_is_checked_out_says_nothing_about_the_head() {
    let job = commented();
    checked_out(&job);
    let answer = job.publish(&[&CHECKS[..], &["--require-post"]].concat());
    says_nothing(&job, &answer);
    assert!(job.comments().is_empty());
    // What is checked out is the head, or merges it as GitHub does.
    let job = commented();
    let head = checked_out(&job);
    moved(&job, &head);
    assert_eq!(job.publish(&CHECKS).code, 0);
    assert_eq!(job.github.state().statuses[0].0, head);
    let job = commented();
    let head = checked_out(&job);
    git(job.place.path(), &["checkout", "--quiet", "--orphan", "base"]);
    git(job.place.path(), &["commit", "--quiet", "--message=base"]);
    git(job.place.path(), &["merge", "--quiet", "--allow-unrelated-histories", "--message=m", &head]);
    moved(&job, &head);
    let answer = job.publish(&CHECKS);
    assert_eq!(job.github.state().statuses[0].0, head, "{}", answer.stderr);
    assert_eq!(job.comments().len(), 1);
}

#[test]
fn a_job_for_a_commit_that_is_not_checked_out_sets_no_status() {
    for kind in ["workflow_dispatch", "schedule", "repository_dispatch"] {
        let job = Job::new(true).on(kind, &json!({}));
        checked_out(&job);
        let answer = job.publish(&CHECKS);
        says_nothing(&job, &answer);
    }
    // The job of `pull_request_target` may measure files that it fetched, but its status needs to be told so.
    let job = Job::new(true).on("pull_request_target", &of_head(HEAD));
    checked_out(&job);
    let answer = job.publish(&CHECKS);
    says_nothing(&job, &answer);
    assert_eq!(job.comments().len(), 1, "{}", answer.stderr);
    job.publish(&[&["--commit", HEAD], &CHECKS[..]].concat());
    assert_eq!(job.github.state().statuses[0].0, HEAD);
}

/// The head, and the merge that GitHub tests, are two commits, and the comment says which is which.
#[test]
fn the_merge_is_told_from_the_head() {
    let job = Job::new(true);
    let head = checked_out(&job);
    git(job.place.path(), &["checkout", "--quiet", "--orphan", "base"]);
    git(job.place.path(), &["commit", "--quiet", "--message=base"]);
    git(job.place.path(), &["merge", "--quiet", "--allow-unrelated-histories", "--message=m", &head]);
    let merge = git(job.place.path(), &["rev-parse", "HEAD"]);
    moved(&job, &head);
    let job = job.on("pull_request", &of_head(&head));
    assert_eq!(job.publish(&[]).code, 0);
    let comment = job.comments()[0].body.clone();
    assert!(comment.contains(&format!("· commit `{}`", &head[..10])), "{comment}");
    let row = format!("| candidate | commit, the merge of the head `{}` with its target | `{merge}` |", &head[..10]);
    assert!(comment.contains(&row), "{comment}");
}
