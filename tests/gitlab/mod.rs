//! Posting as in a job of GitLab CI: the resulting note and status, and the behaviour when GitLab fails.

mod component;
mod faults;
mod jobs;
mod server;

use serde_json::json;

use self::server::{GitLab, Note, TOKEN};
use crate::support::{Answer, Workplace, run_with};

const HEAD: &str = "1234567890abcdef1234567890abcdef12345678";
const MERGE: &str = "abcdefabcdefabcdefabcdefabcdefabcdefabcd";
const API: &str = "/sub/api/v4/projects/8";

/// A project with a gate, a merge request, and a server with both.
struct Job {
    place: Workplace,
    gitlab: GitLab,
    more: Vec<(&'static str, String)>,
}

impl Job {
    /// Returns a job of a merge request with a gate on the number of rows that passes if `holds`.
    fn new(holds: bool) -> Self {
        let job = Self { place: Workplace::new(), gitlab: GitLab::start(), more: Vec::new() };
        job.place.write("rows.csv", "a\n1\n2\n3\n");
        job.demand(if holds { 3 } else { 5 });
        job
    }

    fn demand(&self, rows: u64) {
        self.place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: rows.csv, rows: \">= {rows}\"}}\n"));
    }

    /// Sets a variable; an empty value unsets it.
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.more.retain(|(known, _)| *known != name);
        self.more.push((name, value.to_owned()));
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let server = self.gitlab.url();
        let project = format!("{server}/g/p");
        let (api, page) = (format!("{server}/api/v4"), format!("{project}/-/jobs/99"));
        let usual = [
            ("GITLAB_CI", "true"),
            ("CI", "true"),
            ("CI_SERVER_URL", server.as_str()),
            ("CI_API_V4_URL", api.as_str()),
            ("CI_PROJECT_ID", "8"),
            ("CI_PROJECT_URL", project.as_str()),
            ("CI_PIPELINE_ID", "31"),
            ("CI_JOB_ID", "99"),
            ("CI_JOB_NAME", "mlgate"),
            ("CI_JOB_URL", page.as_str()),
            ("CI_COMMIT_SHA", HEAD),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "8"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", MERGE),
            ("CI_JOB_TOKEN", "glcbt-64_SECRET"),
            ("MLGATE_GITLAB_TOKEN", TOKEN),
        ];
        let mut environment = usual.to_vec();
        environment.retain(|(name, _)| self.more.iter().all(|(known, _)| known != name));
        let more = self.more.iter().filter(|(_, value)| !value.is_empty());
        environment.extend(more.map(|(name, value)| (*name, value.as_str())));
        let answer = run_with(self.place.path(), arguments, &environment);
        for secret in [TOKEN, "glcbt-64_SECRET"] {
            let is_shown = answer.stdout.contains(secret) || answer.stderr.contains(secret);
            assert!(!is_shown, "a token is shown: {}", answer.stderr);
        }
        answer
    }

    fn publish(&self, more: &[&str]) -> Answer {
        self.run(&[&["run", "--publish", "--quiet"], more].concat())
    }

    fn notes(&self) -> Vec<Note> {
        self.gitlab.state().notes.clone()
    }

    fn only_body(&self) -> String {
        let notes = self.notes();
        assert_eq!(notes.len(), 1, "{notes:#?}");
        notes[0].body.clone()
    }
}

fn note(id: u64, author: &str, body: &str) -> Note {
    Note { id, author: author.to_owned(), body: body.to_owned(), is_system: false }
}

#[test]
fn one_note_is_written_then_changed_then_left_alone() {
    let job = Job::new(false);
    let answer = job.publish(&[]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let asked = [
        format!("GET {API}/merge_requests/7"),
        "GET /sub/api/v4/user".to_owned(),
        format!("GET {API}/merge_requests/7/notes?sort=asc&order_by=created_at&per_page=100&page=1"),
        format!("POST {API}/merge_requests/7/notes"),
        format!("GET {API}/merge_requests/7/notes?sort=asc&order_by=created_at&per_page=100&page=1"),
    ];
    assert_eq!(job.gitlab.requests(), asked);
    let page = format!("{}/g/p/-/merge_requests/7#note_101", job.gitlab.url());
    assert!(answer.stderr.contains(&format!("wrote a comment on merge request 7 {page}")), "{}", answer.stderr);
    let body = job.only_body();
    assert!(body.starts_with("<!-- mlgate:v1 key=mlgate.yml -->\n"), "{body}");
    assert!(body.contains(&format!("[run]({}/g/p/-/jobs/99)", job.gitlab.url())), "{body}");

    assert!(job.publish(&[]).stderr.contains("the comment on merge request 7 says the same already"));
    assert!(job.gitlab.requests().iter().all(|line| line.starts_with("GET")));

    job.demand(2);
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains(&format!("updated the comment on merge request 7 {page}")), "{}", answer.stderr);
    assert!(job.gitlab.requests().contains(&format!("PUT {API}/merge_requests/7/notes/101")));
    assert!(job.only_body().contains("passed"), "{}", job.only_body());
}

#[test]
fn each_way_to_comment() {
    let job = Job::new(true);
    assert_eq!(job.publish(&["--comment", "on-failure"]).code, 0);
    assert!(job.notes().is_empty(), "nothing failed");
    job.demand(9);
    assert_eq!(job.publish(&["--comment", "recreate"]).code, 1);
    job.demand(8);
    assert_eq!(job.publish(&["--comment", "recreate", "--key", "other"]).code, 1);
    assert_eq!(job.notes().len(), 2, "a key has a note of its own");
    job.gitlab.requests();
    assert_eq!(job.publish(&["--comment", "off"]).code, 1);
    assert!(job.gitlab.requests().is_empty(), "nobody is asked");
}

#[test]
fn what_others_wrote_is_not_ours_to_change() {
    let job = Job::new(false);
    assert_eq!(job.publish(&[]).code, 1);
    let body = job.only_body();
    {
        let mut state = job.gitlab.state();
        state.notes.clear();
        // 250 notes over three pages, with mlgate's mark under another login, in a quotation and in an event.
        for id in 1..=250 {
            let author = if id % 2 == 0 { "mallory" } else { "octocat" };
            state.notes.push(note(id, author, &body));
        }
        state.notes.push(Note { is_system: true, ..note(251, "project_8_bot_1a", &body) });
        state.notes.push(note(252, "project_8_bot_1a", &format!("> {body}")));
        state.notes.push(note(260, "project_8_bot_1a", &body.replace("failed", "?")));
        state.notes.push(note(261, "project_8_bot_old", &body));
    }
    let before = job.notes();
    let answer = job.publish(&[]);
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("an older comment of this gate by `project_8_bot_old`"), "{}", answer.stderr);
    for (old, new) in before.iter().zip(job.notes()) {
        assert_eq!(old.body == new.body, new.id != 260, "{}", new.id);
    }
    assert_eq!(job.notes().len(), before.len());
}

#[test]
fn no_name_or_template_is_a_quick_action() {
    let job = Job::new(false);
    job.place.write("rows.csv", "/approve,b\n1,2\n");
    let config =
        "version: 1\ndata:\n  t:\n    path: rows.csv\n    rows: \">= 9\"\n    columns:\n      /approve: {nulls: 0}\n";
    job.place.write("mlgate.yml", config);
    assert_eq!(job.publish(&[]).code, 1);
    assert!(job.only_body().contains("/approve"), "{}", job.only_body());
    job.place.write("t.md", "/close\n  /label ~x\n\n```\n/merge\n```\n{{ headline }}\n");
    assert_eq!(job.publish(&["--template", "t.md"]).code, 1);
    assert!(job.only_body().contains("\n\\/close\n"), "{}", job.only_body());
    // What is read back is what was written.
    job.gitlab.requests();
    assert!(job.publish(&["--template", "t.md"]).stderr.contains("says the same already"));
}

#[test]
fn a_status_is_set_in_the_pipeline_of_the_job() {
    let job = Job::new(false);
    assert_eq!(job.publish(&["--comment", "off", "--status"]).code, 1);
    let page = format!("{}/g/p/-/jobs/99", job.gitlab.url());
    let status = job.gitlab.state().statuses[0].clone();
    assert_eq!(
        (&status["status"], &status["name"], &status["sha"]),
        (&json!("failed"), &json!("mlgate"), &json!(HEAD))
    );
    assert_eq!(status["pipeline_id"], 31);
    let link = status["target_url"].as_str().unwrap();
    assert!(link.starts_with(&format!("{page}#mlgate-red=")), "{link}");
    assert!(status["description"].as_str().is_some_and(|text| text.contains("failed")), "{status}");
    // The same state again is refused by GitLab, and nothing to complain about.
    let again = job.publish(&["--comment", "off", "--status", "--require-post"]);
    assert!(again.stderr.contains("posted the commit status"), "{}", again.stderr);
    assert_eq!(job.gitlab.state().statuses.len(), 1);
    job.demand(1);
    let answer = job.publish(&["--comment", "off", "--check-run", "--status", "x".repeat(300).as_str()]);
    assert!(answer.stderr.contains("GitLab has no check runs; --status sets a commit status"), "{}", answer.stderr);
    assert_eq!(job.gitlab.state().statuses[1]["status"], "success");
    assert_eq!(job.gitlab.state().statuses[1]["target_url"], json!(page));
}

/// Never passes: another config that takes the name of a gate that failed, outside of GitLab's own pipelines as well.
#[test]
fn another_config_does_not_turn_a_name_green() {
    let other = "version: 1\ndata:\n  u: {path: rows.csv, rows: \">= 1\"}\n";
    let mut job = Job::new(false);
    job.place.write("b.yml", other);
    job.gitlab.state().jobs = vec![98, 99];
    job.set("CI_JOB_URL", &format!("{}/g/p/-/jobs/98", job.gitlab.url()));
    let with = |config: &'static str| ["--comment", "off", "--status", "gate", "--config", config];
    assert_eq!(job.publish(&with("mlgate.yml")).code, 1);
    // The failing job was repeated, and its repetition has not ended.
    job.gitlab.state().jobs = vec![99];
    job.set("CI_JOB_URL", &format!("{}/g/p/-/jobs/99", job.gitlab.url()));
    let answer = job.publish(&with("b.yml"));
    assert!(answer.stderr.contains("another job failed under the same name"), "{}", answer.stderr);
    assert_eq!(job.gitlab.state().statuses.len(), 1);
    job.demand(1);
    assert!(job.publish(&with("mlgate.yml")).stderr.contains("posted the commit status"));
    assert_eq!(job.gitlab.state().statuses[1]["status"], "success");
}

#[test]
fn a_pass_does_not_cover_another_job_s_failure() {
    let mut job = Job::new(false);
    job.gitlab.state().jobs = vec![98, 99];
    job.set("CI_JOB_URL", &format!("{}/g/p/-/jobs/98", job.gitlab.url()));
    assert_eq!(job.publish(&["--comment", "off", "--status", "gate"]).code, 1);
    job.set("CI_JOB_URL", &format!("{}/g/p/-/jobs/99", job.gitlab.url()));
    job.demand(1);
    let answer = job.publish(&["--comment", "off", "--status", "gate"]);
    assert!(answer.stderr.contains("another job failed under the same name"), "{}", answer.stderr);
    assert_eq!(job.gitlab.state().statuses.len(), 1);
    // A job that was repeated since then does not count.
    job.gitlab.state().jobs = vec![99];
    assert!(job.publish(&["--comment", "off", "--status", "gate"]).stderr.contains("posted the commit status"));
    assert_eq!(job.gitlab.state().statuses[1]["status"], "success");
}
