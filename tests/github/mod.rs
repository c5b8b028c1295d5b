//! Posting as in a job of GitHub Actions: the resulting pull request, and the behaviour when GitHub fails.

pub(crate) mod artifact;
mod baseline;
mod description;
mod events;
mod head;
mod jobs;
mod network;
mod no_verdict;
mod red;
pub(crate) mod server;
mod settings;
mod several;
mod tls;
mod written;

use std::fs;

use serde_json::{Value, json};

use self::server::{Comment, Fault, GitHub, TOKEN};
use crate::support::{Answer, Workplace, run_with};

pub(crate) const HEAD: &str = "1234567890abcdef1234567890abcdef12345678";
const PULL: &str = "GET /repos/octo/model/pulls/7";
const COMMENTS: &str = "/repos/octo/model/issues/7/comments";

/// A repository with a gate, a pull request, and a server with both.
struct Job {
    place: Workplace,
    github: GitHub,
    event: &'static str,
    more: Vec<(&'static str, String)>,
}

impl Job {
    /// Returns a job with a gate on the number of rows that passes if `holds`.
    fn new(holds: bool) -> Self {
        let job = Self { place: Workplace::new(), github: GitHub::start(), event: "pull_request", more: Vec::new() };
        job.place.write("rows.csv", "a\n1\n2\n3\n").write("event.json", &event("octo").to_string());
        job.demand(if holds { 3 } else { 5 });
        job
    }

    fn demand(&self, rows: u64) {
        self.place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: rows.csv, rows: \">= {rows}\"}}\n"));
    }

    fn on(mut self, kind: &'static str, event: &Value) -> Self {
        self.event = kind;
        self.place.write("event.json", &event.to_string());
        self
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        for name in ["summary", "output"] {
            let _ = fs::remove_file(self.place.path().join(name));
        }
        let path = |name: &str| self.place.path().join(name).display().to_string();
        let url = self.github.url();
        let (workspace, event, summary, output) = (path(""), path("event.json"), path("summary"), path("output"));
        let mut environment = vec![
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "octo/model"),
            ("GITHUB_API_URL", url.as_str()),
            ("GITHUB_EVENT_NAME", self.event),
            ("GITHUB_EVENT_PATH", &event),
            ("GITHUB_SHA", "ffffffffffffffffffffffffffffffffffffffff"),
            ("GITHUB_RUN_ID", "31"),
            ("GITHUB_WORKSPACE", workspace.trim_end_matches('/')),
            ("GITHUB_STEP_SUMMARY", &summary),
            ("GITHUB_OUTPUT", &output),
            ("GITHUB_TOKEN", TOKEN),
        ];
        environment.extend(self.more.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = run_with(self.place.path(), arguments, &environment);
        let written = [self.summary(), self.output(), answer.stdout.clone(), answer.stderr.clone()];
        assert!(written.iter().all(|text| !text.contains(TOKEN)), "the token is shown: {}", answer.stderr);
        answer
    }

    fn publish(&self, more: &[&str]) -> Answer {
        self.run(&[&["run", "--publish", "--quiet"], more].concat())
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.place.path().join(name)).unwrap_or_default()
    }

    fn summary(&self) -> String {
        self.file("summary")
    }

    fn output(&self) -> String {
        self.file("output")
    }

    fn fails(&self, fault: Fault) {
        self.github.state().faults.push(fault);
    }

    fn comments(&self) -> Vec<Comment> {
        self.github.state().comments.clone()
    }

    /// Returns the requests about comments since the last call.
    fn written(&self) -> Vec<String> {
        let of_interest = |line: &String| !line.ends_with("/user") && !line.ends_with("/graphql");
        self.github.requests().into_iter().filter(of_interest).collect()
    }
}

pub(crate) fn event(owner: &str) -> Value {
    let id = if owner == "octo" { 1 } else { 2 };
    json!({"pull_request": {
        "number": 7,
        "head": {"sha": HEAD, "repo": {"id": id}},
        "base": {"ref": "main", "sha": "0".repeat(40), "repo": {"id": 1}},
    }})
}

#[test]
fn one_comment_is_written_then_changed_then_left_alone() {
    let job = Job::new(false);
    let answer = job.publish(&[]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    insta::assert_snapshot!("requests_of_a_first_post", job.github.requests().join("\n"));
    let comments = job.comments();
    assert_eq!(comments.len(), 1);
    insta::assert_snapshot!("comment", comments[0].body);
    insta::assert_snapshot!("annotations", answer.stdout);
    insta::assert_snapshot!("outputs", job.output());
    assert!(job.summary().contains("1 of 1 gate failed") || job.summary().contains("failed"), "{}", job.summary());

    let answer = job.publish(&[]);
    assert_eq!(answer.code, 1);
    let asked = [PULL.to_owned(), format!("GET {COMMENTS}?per_page=100&page=1")];
    assert_eq!(job.written(), asked, "the same text is not sent again");
    assert!(answer.stderr.contains("says the same already"), "{}", answer.stderr);

    job.demand(2);
    assert_eq!(job.publish(&[]).code, 0);
    insta::assert_snapshot!("requests_of_an_update", job.github.requests().join("\n"));
    assert!(job.comments()[0].body.contains("passed"), "{:?}", job.comments());
    assert!(job.output().contains("comment-url=https://github.com/octo/model/pull/7#issuecomment-101"));
}

#[test]
fn each_way_to_comment() {
    let job = Job::new(true);
    assert_eq!(job.publish(&["--comment", "on-failure"]).code, 0);
    assert!(job.comments().is_empty(), "nothing failed");
    job.demand(9);
    assert_eq!(job.publish(&["--comment", "on-failure"]).code, 1);
    assert_eq!(job.comments().len(), 1);
    job.demand(1);
    assert_eq!(job.publish(&["--comment", "on-failure"]).code, 0);
    assert!(job.comments()[0].body.contains("passed"), "what was said is taken back");
    assert_eq!(job.publish(&["--comment", "recreate"]).code, 0);
    assert_eq!(job.comments().iter().map(|comment| comment.id).collect::<Vec<_>>(), [102]);
    job.github.requests();
    assert_eq!(job.publish(&["--comment", "off"]).code, 0);
    assert!(job.github.requests().is_empty(), "nobody is asked");
    assert!(job.summary().contains("passed"), "the summary is written all the same");
}

#[test]
fn what_others_wrote_is_not_ours_to_change() {
    let job = Job::new(false);
    assert_eq!(job.publish(&[]).code, 1);
    let body = job.comments()[0].body.clone();
    {
        let mut state = job.github.state();
        state.comments.clear();
        // 250 comments, one of them with mlgate's marker under another login.
        for id in 1..=250 {
            let author = if id == 3 { "mallory" } else { "octocat" };
            state.comments.push(Comment { id, author: author.to_owned(), body: body.clone(), is_hidden: false });
        }
        state.comments.push(Comment {
            id: 260,
            author: "github-actions[bot]".to_owned(),
            body: body.replace("failed", "?"),
            is_hidden: false,
        });
    }
    job.github.requests();
    assert_eq!(job.publish(&[]).code, 1);
    let lines = job.written();
    // The head is asked for, three pages are listed, the comment is changed, and read again: another job may have written
    // over it.
    assert_eq!(lines.iter().filter(|line| line.starts_with("GET")).count(), 5, "{lines:#?}");
    assert_eq!(lines[4], "PATCH /repos/octo/model/issues/comments/260");
    assert_eq!(job.comments().len(), 251);
}

#[test]
fn gates_of_several_models_have_a_comment_each() {
    let job = Job::new(false);
    for key in ["fraud", "churn"] {
        assert_eq!(job.publish(&["--key", key]).code, 1);
    }
    assert_eq!(job.publish(&["--key", "fraud"]).code, 1);
    let marks: Vec<String> = job.comments().iter().map(|it| it.body.lines().next().unwrap().to_owned()).collect();
    assert_eq!(marks, ["<!-- mlgate:v1 key=fraud -->", "<!-- mlgate:v1 key=churn -->"]);
}

#[test]
fn a_fork_that_cannot_write_is_no_error() {
    let job = Job::new(true).on("pull_request", &event("fork"));
    job.fails(Fault::new("POST /repos", 403, "Resource not accessible by integration").times(9));
    let answer = job.publish(&["--require-post"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stderr.contains("pull requests from forks have a token that can only read"), "{}", answer.stderr);
    assert_eq!(answer.stderr.lines().count(), 1, "{}", answer.stderr);
    assert!(job.summary().contains("passed"));
    insta::assert_snapshot!("requests_of_a_fork", job.github.requests().join("\n"));
}

#[test]
fn a_token_without_permission_is_said_and_changes_no_verdict() {
    for (holds, require, code) in [(true, false, 0), (true, true, 5), (false, true, 1)] {
        let job = Job::new(holds);
        job.fails(Fault::new("POST /repos", 403, "Resource not accessible by integration").times(9));
        let answer = job.publish(if require { &["--require-post"] } else { &[] });
        assert_eq!(answer.code, code, "{}", answer.stderr);
        assert!(answer.stderr.contains("the job needs `permissions: pull-requests: write`"), "{}", answer.stderr);
        assert!(job.summary().contains("**Not posted:**"), "{}", job.summary());
    }
    let job = Job::new(true);
    job.fails(Fault::new("GET", 401, &format!("Bad credentials {TOKEN}")).times(9));
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains("the token is not valid"), "{}", answer.stderr);
    assert_eq!(answer.code, 0);
}

#[test]
fn limits_are_waited_for_as_long_as_is_sensible() {
    let job = Job::new(true);
    let limit = "You have exceeded a secondary rate limit";
    job.fails(Fault::new("POST /repos", 403, limit).with("retry-after", "1"));
    job.fails(Fault::new("POST /repos", 429, "Too many requests").with("retry-after", "1"));
    let answer = job.publish(&[]);
    assert_eq!((answer.code, job.comments().len()), (0, 1), "{}", answer.stderr);
    insta::assert_snapshot!("requests_of_a_rate_limited_run", job.github.requests().join("\n"));

    let job = Job::new(true);
    job.fails(Fault::new("POST /repos", 403, limit).with("retry-after", "3600").times(9));
    let answer = job.publish(&["--require-post"]);
    assert_eq!(answer.code, 5);
    assert!(answer.stderr.contains("the rate limit ends in 3600 seconds"), "{}", answer.stderr);
}

#[test]
fn what_breaks_off_is_not_written_twice() {
    let job = Job::new(true);
    job.fails(Fault::new("POST /repos", 502, "Bad gateway").done());
    let answer = job.publish(&[]);
    assert_eq!((answer.code, job.comments().len()), (0, 1), "{}", answer.stderr);
    assert!(job.output().contains("issuecomment-101"), "{}", job.output());
    // A comment that was not written is written again.
    let job = Job::new(true);
    job.fails(Fault::new("POST /repos", 502, "Bad gateway"));
    assert_eq!((job.publish(&[]).code, job.comments().len()), (0, 1));
    // A request that can be repeated is repeated.
    let job = Job::new(true);
    job.fails(Fault::new("GET /repos", 503, "Unavailable"));
    assert_eq!((job.publish(&[]).code, job.comments().len()), (0, 1));
}

#[test]
fn a_comment_that_is_too_long_is_made_shorter() {
    let job = Job::new(false);
    let gates: String = (0..1_500).map(|column| format!("      column_{column}: {{nulls: 0}}\n")).collect();
    job.place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    path: rows.csv\n    columns:\n{gates}"));
    job.fails(Fault::new("POST /repos", 422, "Validation Failed: body is too long (maximum is 65536 characters)"));
    assert_eq!(job.publish(&[]).code, 4);
    let size = job.comments()[0].body.encode_utf16().count();
    assert!((8_000..=30_000).contains(&size), "{size}");
    // What was left out is elsewhere, and no table is without a row.
    let body = job.comments()[0].body.clone();
    assert!(body.contains("The rest of the report is in the summary of the [run](https://github.com/"), "{body}");
    assert!(!body.contains("|---|---|---|\n\n"), "{body}");
    assert!(job.comments()[0].body.trim_end().lines().all(|line| !line.starts_with('|') || line.ends_with('|')));
}

#[test]
fn a_repository_that_moved_is_followed() {
    let job = Job::new(true);
    let moved = format!("{}/repositories/1/issues/7/comments?per_page=100&page=1", job.github.url());
    job.fails(Fault::new("GET /repos/octo/model/issues/7", 301, "Moved Permanently").with("location", &moved));
    let answer = job.publish(&[]);
    assert_eq!((answer.code, job.comments().len()), (0, 1), "{}", answer.stderr);
}

#[test]
fn a_check_run_and_a_status_are_made_where_they_are_asked_for() {
    let job = Job::new(false);
    assert_eq!(job.publish(&["--comment", "off", "--check-run", "--status", "gate/model"]).code, 1);
    let state = job.github.state();
    let check = &state.sent["/repos/octo/model/check-runs"];
    assert_eq!(
        (&check["name"], &check["head_sha"], &check["conclusion"]),
        (&"mlgate".into(), &HEAD.into(), &"failure".into())
    );
    assert_eq!(check["output"]["annotations"][0]["path"], "mlgate.yml", "{check:#}");
    assert_eq!(check["output"]["annotations"][0]["start_line"], 3);
    let status = &state.sent[&format!("/repos/octo/model/statuses/{HEAD}")];
    assert_eq!((&status["state"], &status["context"]), (&"failure".into(), &"gate/model".into()));
}

#[test]
fn a_check_run_that_broke_off_is_not_made_twice() {
    for is_made in [true, false] {
        let job = Job::new(true);
        let fault = Fault::new("POST /repos/octo/model/check-runs", 502, "Bad gateway");
        job.fails(if is_made { fault.done() } else { fault });
        let answer = job.publish(&["--comment", "off", "--check-run", "--require-post"]);
        assert_eq!((answer.code, job.github.state().checks.len()), (0, 1), "{}", answer.stderr);
    }
}

#[test]
fn the_pull_request_is_found_from_every_event() {
    let pull = json!({"number": 7, "state": "open", "head": {"sha": HEAD}});
    for (kind, event) in [
        ("push", json!({"after": HEAD, "ref": "refs/heads/x"})),
        ("workflow_dispatch", json!({"inputs": {}})),
        ("pull_request_target", event("fork")),
        ("issue_comment", json!({"issue": {"number": 7, "pull_request": {}}})),
    ] {
        let mut job = Job::new(true).on(kind, &event);
        job.more.push(("GITHUB_SHA", HEAD.to_owned()));
        job.github.state().pulls.push(pull.clone());
        let answer = job.publish(&[]);
        assert_eq!((answer.code, job.comments().len()), (0, 1), "{kind}: {}", answer.stderr);
    }
    // A merge queue tests several changes at once: there is a summary, and no comment.
    let job = Job::new(true).on("merge_group", &json!({"merge_group": {"head_sha": HEAD}}));
    let answer = job.publish(&["--require-post"]);
    assert_eq!((answer.code, job.comments().len()), (0, 0), "{}", answer.stderr);
    assert!(answer.stderr.contains("a merge queue tests several changes at once"), "{}", answer.stderr);
}
