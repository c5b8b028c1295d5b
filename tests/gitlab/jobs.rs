//! Which merge request, which commit, and several jobs with one note.

use serde_json::json;

use super::server::TOKEN;
use super::{HEAD, Job, MERGE, note};
use crate::github::server::Fault;

#[test]
fn a_note_is_written_only_while_the_measured_commit_is_the_head() {
    let job = Job::new(true);
    job.gitlab.state().head = Some(MERGE.to_owned());
    let answer = job.publish(&["--require-post"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stderr.contains(&format!("the merge request has moved on to {MERGE}")), "{}", answer.stderr);
    assert!(job.notes().is_empty());
}

#[test]
fn merged_results_are_about_the_head_and_in_their_own_pipeline() {
    let job = Job::new(true).with("CI_COMMIT_SHA", MERGE).with("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", HEAD);
    let answer = job.publish(&["--status"]);
    assert_eq!((answer.code, job.notes().len()), (0, 1), "{}", answer.stderr);
    let status = job.gitlab.state().statuses[0].clone();
    assert_eq!((&status["sha"], &status["pipeline_id"]), (&json!(MERGE), &json!(31)));
    assert!(job.only_body().contains(&HEAD[..10]), "{}", job.only_body());
}

#[test]
fn a_pipeline_of_a_branch_finds_the_open_merge_request_of_its_commit() {
    let job = Job::new(true).with("CI_MERGE_REQUEST_IID", "").with("CI_MERGE_REQUEST_PROJECT_ID", "");
    let of = |iid: u64, state: &str, sha: &str| json!({"iid": iid, "state": state, "sha": sha});
    job.gitlab.state().merge_requests = vec![of(3, "merged", HEAD), of(5, "opened", MERGE), of(7, "opened", HEAD)];
    assert_eq!(job.publish(&[]).code, 0);
    assert_eq!(job.notes().len(), 1);
    // A push to main has no merge request, and nothing to say about that.
    let job = Job::new(true).with("CI_MERGE_REQUEST_IID", "").with("CI_MERGE_REQUEST_PROJECT_ID", "");
    assert_eq!(job.publish(&["--require-post"]).stderr, "");
    let job = job.with("CI_COMMIT_SHA", MERGE);
    let answer = job.publish(&["--require-post"]);
    assert!(answer.stderr.contains("GitLab does not know the commit"), "{}", answer.stderr);
    for (name, value) in [("CI_COMMIT_TAG", "v1"), ("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train")] {
        let job = Job::new(true).with("CI_MERGE_REQUEST_IID", "").with(name, value);
        let answer = job.publish(&["--require-post"]);
        assert_eq!((answer.code, job.notes().len()), (0, 0), "{}", answer.stderr);
        assert!(answer.stderr.contains("no comment is written: a "), "{}", answer.stderr);
    }
}

#[test]
fn without_a_token_that_writes_the_reports_stay() {
    let job = Job::new(true).with("MLGATE_GITLAB_TOKEN", "");
    let answer = job.publish(&["--output", "json=report.json", "--require-post"]);
    assert_eq!(answer.code, 5);
    for part in ["CI_JOB_TOKEN can only read notes", "scope `api`", "MLGATE_GITLAB_TOKEN", "The job keeps its reports"]
    {
        assert!(answer.stderr.contains(part), "{}", answer.stderr);
    }
    assert!(job.place.path().join("report.json").is_file());
    assert!(job.gitlab.requests().is_empty());
    // Other names of the token.
    for name in ["GITLAB_TOKEN", "MLGATE_TOKEN"] {
        let job = Job::new(true).with("MLGATE_GITLAB_TOKEN", "").with(name, TOKEN);
        assert_eq!((job.publish(&[]).code, job.notes().len()), (0, 1), "{name}");
    }
}

#[test]
fn a_fork_that_cannot_write_is_no_error() {
    let job = Job::new(true).with("CI_PROJECT_ID", "9").with("MLGATE_GITLAB_TOKEN", "");
    let answer = job.publish(&["--require-post", "--status"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stderr.contains("the pipeline of a fork runs with the fork's variables"), "{}", answer.stderr);
    // A token of the fork's own may not write to the target.
    let job = Job::new(true).with("CI_PROJECT_ID", "9");
    job.gitlab.state().faults.push(Fault::new("POST /projects/8", 403, "403 Forbidden").times(9));
    let answer = job.publish(&["--require-post"]);
    assert_eq!((answer.code, job.notes().len()), (0, 0), "{}", answer.stderr);
    let job = Job::new(true).with("CI_PROJECT_ID", "9");
    assert_eq!(job.publish(&["--status"]).code, 0);
    let requests = job.gitlab.requests();
    assert!(requests.iter().any(|line| line.contains("POST /sub/api/v4/projects/8/merge_requests")), "{requests:#?}");
    assert!(requests.iter().any(|line| line.contains("POST /sub/api/v4/projects/9/statuses")), "{requests:#?}");
}

#[test]
fn several_jobs_of_a_pipeline_have_a_part_each() {
    let mut job = Job::new(false);
    for (name, id) in [("fraud", "101"), ("churn 1/2", "102"), ("churn 2/2", "103")] {
        job.set("CI_JOB_NAME", name);
        job.set("CI_JOB_ID", id);
        assert_eq!(job.publish(&[]).code, 1);
    }
    let body = job.only_body();
    assert!(body.contains("3 of 3 reports failed"), "{body}");
    for name in ["fraud", "churn 1/2", "churn 2/2"] {
        assert!(body.contains(&format!("job `{name}`")), "{body}");
    }
    // A job that is repeated in the pipeline replaces its part, also with other data.
    job.set("CI_JOB_NAME", "fraud");
    job.set("CI_JOB_ID", "104");
    job.place.write("rows.csv", "a\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert_eq!(job.publish(&[]).code, 0);
    assert!(job.only_body().contains("2 of 3 reports failed · 1 passed"), "{}", job.only_body());
    // A later pipeline replaces all of them.
    job.set("CI_PIPELINE_ID", "32");
    assert_eq!(job.publish(&[]).code, 0);
    assert!(job.only_body().contains("1 of 1 gate passed"), "{}", job.only_body());
}

#[test]
fn two_jobs_that_write_at_once_leave_one_note() {
    let mut job = Job::new(false);
    job.set("CI_JOB_NAME", "one");
    assert_eq!(job.publish(&[]).code, 1);
    let other = job.only_body();
    job.gitlab.state().notes.clear();
    job.gitlab.state().rival = Some(note(101, "project_8_bot_1a", &other));
    job.set("CI_JOB_NAME", "two");
    job.set("CI_JOB_ID", "100");
    assert_eq!(job.publish(&[]).code, 1);
    assert!(job.only_body().contains("2 of 2 reports failed"), "{}", job.only_body());
}

#[test]
fn a_run_that_ends_without_a_report_replaces_the_note() {
    let job = Job::new(true);
    assert_eq!(job.publish(&["--status"]).code, 0);
    job.place.write("mlgate.yml", "version: 1\ndata: [\n");
    assert_eq!(job.publish(&["--status"]).code, 2);
    assert!(job.only_body().contains("no verdict for commit"), "{}", job.only_body());
    let statuses = job.gitlab.state().statuses.clone();
    assert_eq!(statuses.last().map(|status| status["status"].clone()), Some(json!("failed")));
    let answer = job.run(&["publish", "--ended", "137"]);
    assert!(answer.stderr.contains("comment on merge request 7"), "{}", answer.stderr);
}

#[test]
fn outside_of_gitlab_the_command_line_and_jenkins_name_the_merge_request() {
    let bare = |job: Job| {
        let names = ["GITLAB_CI", "CI", "CI_PROJECT_ID", "CI_PROJECT_URL", "CI_MERGE_REQUEST_IID", "CI_JOB_URL"];
        let more = ["CI_MERGE_REQUEST_PROJECT_ID", "CI_COMMIT_SHA", "CI_PIPELINE_ID", "CI_JOB_ID", "CI_JOB_NAME"];
        let more = more.into_iter().chain(["CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_MERGE_REQUEST_DIFF_BASE_SHA"]);
        names.into_iter().chain(more).fold(job, |job, name| job.with(name, ""))
    };
    let job = bare(Job::new(true));
    let named = ["--forge", "gitlab", "--repository", "group/sub/model", "--pull", "7"];
    let answer = job.publish(&named);
    assert_eq!((answer.code, job.notes().len()), (0, 1), "{}", answer.stderr);
    assert!(job.gitlab.requests().iter().any(|line| line.contains("/projects/group%2Fsub%2Fmodel/merge_requests/7")));
    let job = bare(Job::new(true))
        .with("JENKINS_URL", "http://jenkins:8080/")
        .with("BUILD_URL", "http://jenkins:8080/job/model/job/MR-7/3/")
        .with("CHANGE_TARGET", "main")
        .with("CHANGE_ID", "7");
    let page = format!("{}/group/sub/model/-/merge_requests/7", job.gitlab.url().replace("/sub", ""));
    let job = job.with("CHANGE_URL", &page);
    let answer = job.publish(&["--status", "gate"]);
    assert_eq!((answer.code, job.notes().len()), (0, 1), "{}", answer.stderr);
    assert!(job.only_body().contains("[run](http://jenkins:8080/job/model/job/MR-7/3/)"), "{}", job.only_body());
    let status = job.gitlab.state().statuses[0].clone();
    assert_eq!((&status["sha"], &status["pipeline_id"]), (&json!(HEAD), &json!(null)));
    // Nothing names the change.
    let job = job.with("CHANGE_URL", "");
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains("Jenkins does not name the change; give --forge"), "{}", answer.stderr);
}
