//! Several jobs, steps and attempts of one run: each has its part of the comment, and none speaks for another.

use serde_json::{Value, json};

use super::server::{Comment, Fault};
use super::{HEAD, Job};
use crate::support::Answer;

const BOTH: &str = "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= 5\"}\n  u: {path: rows.csv, rows: \">= 1\"}\n";

/// Returns a job whose config has a gate that fails and one that passes.
fn both() -> Job {
    let job = Job::new(true);
    job.place.write("mlgate.yml", BOTH);
    job
}

impl Job {
    /// Posts in a job of the workflow.
    pub(super) fn in_job(&mut self, run: u64, attempt: u32, name: &str, more: &[&str]) -> Answer {
        self.more.retain(|(name, _)| !matches!(*name, "GITHUB_RUN_ID" | "GITHUB_RUN_ATTEMPT" | "GITHUB_JOB"));
        self.more.extend([
            ("GITHUB_RUN_ID", run.to_string()),
            ("GITHUB_RUN_ATTEMPT", attempt.to_string()),
            ("GITHUB_JOB", name.to_owned()),
        ]);
        self.publish(more)
    }

    pub(super) fn only_body(&self) -> String {
        let comments = self.comments();
        assert_eq!(comments.len(), 1, "{comments:#?}");
        comments[0].body.clone()
    }
}

/// Never passes: a job whose gate fails, after another job of the run with the same key passed.
#[test]
fn a_pass_of_one_job_does_not_replace_the_failure_of_another() {
    let (fails, passes) = (["--only", "data.t.*"], ["--only", "data.u.*"]);
    for mode in ["update", "recreate", "on-failure"] {
        for (first, second) in [(&fails, &passes), (&passes, &fails)] {
            let mut job = both();
            let codes =
                [first, second].map(|only| job.in_job(31, 1, "gate", &[&only[..], &["--comment", mode]].concat()).code);
            assert_eq!(codes.iter().sum::<i32>(), 1, "{codes:?}");
            if mode == "on-failure" && job.comments().is_empty() {
                continue;
            }
            let body = job.only_body();
            assert!(body.starts_with("<!-- mlgate:v1 key=mlgate.yml -->\n"), "{body}");
            assert!(body.contains("❌ mlgate: 1 of 1 gate failed · 1 of 2 gates, --only …"), "{mode}: {body}");
            if mode != "on-failure" || first == &fails {
                assert!(body.contains("## ❌ mlgate: 1 of 2 reports failed · 1 passed"), "{mode}: {body}");
                assert!(body.contains("job `gate` --only `data.u.*`: 1 of 1 gate passed"), "{mode}: {body}");
            }
        }
    }
}

#[test]
fn legs_of_a_matrix_and_steps_of_a_job_are_told_apart() {
    for (name, values) in [("RUNNER_NAME", ["one", "two"]), ("GITHUB_ACTION", ["__run", "__run_2"])] {
        let mut job = Job::new(false);
        job.more.push((name, values[0].to_owned()));
        assert_eq!(job.in_job(31, 1, "gate", &[]).code, 1);
        job.more[0].1 = values[1].to_owned();
        job.demand(1);
        assert_eq!(job.in_job(31, 1, "gate", &[]).code, 0);
        assert!(job.only_body().contains("1 of 2 reports failed"), "{name}: {}", job.only_body());
    }
    // The same job with other data, and without a name of its runner.
    let mut job = Job::new(false);
    assert_eq!(job.in_job(31, 1, "gate", &[]).code, 1);
    job.place.write("rows.csv", "a\n1\n2\n3\n4\n5\n");
    assert_eq!(job.in_job(31, 1, "gate", &[]).code, 0);
    assert!(job.only_body().contains("1 of 2 reports failed"), "{}", job.only_body());
    // The same report, published once more.
    assert_eq!(job.run(&["run", "-q", "--output", "json=r.json"]).code, 0);
    for _ in 0..2 {
        assert_eq!(job.run(&["publish", "--report", "r.json"]).code, 0);
    }
    assert!(job.only_body().contains("1 of 2 reports failed"), "{}", job.only_body());
}

#[test]
fn another_attempt_and_another_run_correct_the_comment() {
    for (run, attempt) in [(31, 2), (32, 1)] {
        let mut job = both();
        assert_eq!(job.in_job(31, 1, "a", &["--only", "data.t.*"]).code, 1);
        job.place.write("rows.csv", "a\n1\n2\n3\n4\n5\n");
        assert_eq!(job.in_job(run, attempt, "a", &["--only", "data.t.*"]).code, 0);
        let body = job.only_body();
        assert!(body.contains("## ✅ mlgate: 1 of 1 gate passed") && !body.contains('❌'), "{body}");
    }
    // A second attempt of one job says nothing about the other.
    let mut job = both();
    assert_eq!(job.in_job(31, 1, "a", &["--only", "data.t.*"]).code, 1);
    assert_eq!(job.in_job(31, 2, "b", &["--only", "data.u.*"]).code, 0);
    assert!(job.only_body().contains("1 of 2 reports failed"), "{}", job.only_body());
}

/// Two jobs that find no comment create two; the one that lists last joins them.
#[test]
fn of_two_new_comments_one_stays_with_both_parts() {
    let mut other = both();
    assert_eq!(other.in_job(31, 1, "a", &["--only", "data.t.*"]).code, 1);
    let rival = Comment { id: 50, ..other.comments()[0].clone() };
    let mut job = both();
    job.github.state().rival = Some(rival);
    assert_eq!(job.in_job(31, 1, "b", &["--only", "data.u.*"]).code, 0);
    assert_eq!(job.comments()[0].id, 50);
    assert!(job.only_body().contains("1 of 2 reports failed"), "{}", job.only_body());
}

#[test]
fn a_report_says_what_was_selected_and_how_to_repeat_it() {
    let mut job = both();
    job.in_job(31, 1, "gate", &["--only", "data.t.*", "--only", "data.x'y.*", "--output", "json=r.json"]);
    let report: Value = serde_json::from_str(&job.place.read("r.json")).unwrap();
    let run = &report["run"];
    assert_eq!((&run["only"], &run["gates"]), (&json!(["data.t.*", "data.x'y.*"]), &json!(2)), "{run}");
    let of = &run["job"];
    assert_eq!(
        (&of["run"], &of["attempt"], &of["name"], &of["commit"]),
        (&"31".into(), &1.into(), &"gate".into(), &HEAD.into())
    );
    let body = job.only_body();
    let command = body.lines().find(|line| line.starts_with("mlgate run")).unwrap();
    assert!(command.contains(r"--only 'data.t.*' --only 'data.x'\''y.*'"), "{command}");
    // The command ends as the report does.
    let code = |command: &str| {
        let arguments: Vec<&str> = command.split("  #").next().unwrap().split(' ').skip(1).collect();
        let arguments: Vec<String> = arguments
            .iter()
            .map(|word| word.replace("'\\''", "\u{1}").replace('\'', "").replace('\u{1}', "'"))
            .collect();
        job.place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).code
    };
    assert_eq!(code(command), 1, "{command}");
    assert!(body.contains("only=data.t.%2A") && body.contains("run=31.1") && body.contains("job=gate"), "{body}");
}

/// Never passes: a gate whose status another gate of the commit would turn green.
#[test]
fn each_key_has_a_status_and_a_check_run_of_its_own() {
    fn of<'a>(key: &[&'a str]) -> Vec<&'a str> {
        [&["--comment", "off", "--status", "--check-run"], key].concat()
    }
    let job = Job::new(false);
    assert_eq!(job.publish(&of(&["--key", "fraud"])).code, 1);
    job.demand(1);
    assert_eq!(job.publish(&of(&["--key", "churn"])).code, 0);
    assert_eq!(job.publish(&of(&[])).code, 0);
    assert_eq!(job.publish(&["--comment", "off", "--status", "gate", "--key", "x"]).code, 0);
    let state = job.github.state();
    let statuses: Vec<(&str, &str)> = state
        .statuses
        .iter()
        .map(|(_, status)| (status["context"].as_str().unwrap(), status["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        statuses,
        [("mlgate/fraud", "failure"), ("mlgate/churn", "success"), ("mlgate", "success"), ("gate", "success")]
    );
    assert_eq!(state.sent["/repos/octo/model/check-runs"]["name"], "mlgate");
    drop(state);
    job.place.write("mlgate.yml", BOTH);
    job.publish(&["--comment", "off", "--status", "--only", "data.u.*"]);
    assert_eq!(job.github.state().statuses.last().unwrap().1["context"], "mlgate --only data.u.*");
}

/// Never passes: a leg of a matrix whose name another leg would turn green.
#[test]
fn a_pass_does_not_cover_the_red_name_of_another_job() {
    let mut job = Job::new(false);
    let surfaces = ["--comment", "off", "--status", "--check-run", "--require-post"];
    assert_eq!(job.in_job(31, 1, "gate", &surfaces).code, 1);
    job.demand(1);
    let answer = job.in_job(31, 1, "gate", &surfaces);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(answer.stderr.matches("another job failed under the same name").count(), 2, "{}", answer.stderr);
    let state = job.github.state();
    assert_eq!((state.statuses.len(), state.checks.len()), (1, 1));
    drop(state);
    // Another attempt, and another run, are another answer.
    for (run, attempt) in [(31, 2), (32, 1)] {
        assert_eq!(job.in_job(run, attempt, "gate", &surfaces).code, 0);
    }
    let states: Vec<String> = job.github.state().statuses.iter().map(|(_, it)| it["state"].to_string()).collect();
    assert_eq!(states, ["\"failure\"", "\"success\"", "\"success\""]);
}

/// Never passes: another config that takes the key of a gate that failed.
#[test]
fn a_config_with_the_key_of_another_does_not_replace_its_failure() {
    for mode in ["update", "recreate", "on-failure"] {
        let mut job = Job::new(false);
        job.place
            .write("b.yml", "version: 1\ncomment: {key: mlgate.yml}\ndata:\n  u: {path: rows.csv, rows: \">= 1\"}\n");
        assert_eq!(job.in_job(31, 1, "gate", &["--comment", mode]).code, 1);
        assert_eq!(job.in_job(32, 1, "other", &["--comment", mode, "--config", "b.yml"]).code, 0);
        let body = job.only_body();
        assert!(body.contains("## ❌ mlgate: 1 of 2 reports failed · 1 passed"), "{mode}: {body}");
        assert!(body.contains("- ❌ config `mlgate.yml` job `gate`: 1 of 1 gate failed"), "{mode}: {body}");
        // Its own next run corrects it, and the other one's verdict stays as well.
        job.demand(1);
        assert_eq!(job.in_job(33, 1, "gate", &["--comment", mode]).code, 0);
        assert!(job.only_body().contains("## ✅ mlgate: all 2 reports passed"), "{mode}: {}", job.only_body());
    }
}

/// A commit of a large repository has more statuses than one page lists.
#[test]
fn a_red_name_beyond_the_first_page_is_not_covered_either() {
    let mut job = Job::new(false);
    let surfaces = ["--comment", "off", "--status", "gate"];
    assert_eq!(job.in_job(31, 1, "a", &surfaces).code, 1);
    let others = (0..250).map(|at| (HEAD.to_owned(), json!({"state": "success", "context": format!("other-{at}")})));
    job.github.state().statuses.extend(others);
    job.demand(1);
    let answer = job.in_job(31, 1, "b", &surfaces);
    assert!(answer.stderr.contains("another job failed under the same name"), "{}", answer.stderr);
    assert_eq!(job.github.state().statuses.len(), 251);
}

#[test]
fn an_older_comment_of_another_bot_is_named() {
    let mut job = Job::new(true);
    job.in_job(31, 1, "gate", &[]);
    job.github.state().author = Some("mlgate-app[bot]");
    let answer = job.in_job(32, 1, "gate", &["--author", "mlgate-app[bot]"]);
    assert!(answer.stderr.contains("by `github-actions[bot]` stays on pull request 7"), "{}", answer.stderr);
    assert_eq!(job.comments().len(), 2);
}

/// The author is learnt from the answer where the server does not say who writes.
#[test]
fn there_is_one_comment_wherever_the_author_is_unknown() {
    let unknown: [(&str, Fault); 4] = [
        ("404", Fault::new("POST /graphql", 404, "Not Found")),
        ("403", Fault::new("POST /graphql", 403, "Resource not accessible by integration")),
        ("errors", Fault::new("POST /graphql", 200, "errors")),
        ("405", Fault::new("POST /graphql", 405, "Method Not Allowed")),
    ];
    for (what, fault) in unknown {
        for mode in if what == "404" { &["update", "recreate"][..] } else { &["update"] } {
            let mut job = Job::new(false);
            job.fails(fault.clone().times(99));
            {
                let mut state = job.github.state();
                state.author = Some("mlgate-app[bot]");
                // The mark in a comment of another author, beyond the first page.
                for id in 1..=120 {
                    let body = "<!-- mlgate:v1 key=mlgate.yml -->\nforged".to_owned();
                    state.comments.push(Comment { id, author: "mallory".to_owned(), body, is_hidden: false });
                }
            }
            for run in 31..33 {
                assert_eq!(job.in_job(run, 1, "gate", &["--comment", mode]).code, 1);
            }
            let comments = job.comments();
            assert_eq!(comments.iter().filter(|comment| comment.author == "mallory").count(), 120);
            assert_eq!(comments.len(), 121, "{what} {mode}");
            assert!(
                comments.iter().filter(|comment| comment.author == "mallory").all(|it| it.body.ends_with("forged"))
            );
            job.demand(1);
            assert_eq!(job.in_job(40, 1, "gate", &["--comment", "on-failure"]).code, 0);
            let ours: Vec<Comment> = job.comments().into_iter().filter(|it| it.author != "mallory").collect();
            assert!(ours.len() == 1 && ours[0].body.contains("1 of 1 gate passed"), "{what}: {ours:#?}");
        }
    }
}

#[test]
fn graphql_is_asked_beside_the_path_of_rest() {
    let mut job = Job::new(false);
    job.github.state().prefix = "/api/v3";
    job.more.push(("GITHUB_API_URL", format!("{}/api/v3", job.github.url())));
    for run in 31..34 {
        assert_eq!(job.in_job(run, 1, "gate", &[]).code, 1);
    }
    assert_eq!(job.comments().len(), 1);
    let requests = job.github.requests();
    assert!(requests.contains(&"POST /api/graphql".to_owned()), "{requests:#?}");
    assert!(requests.iter().all(|line| !line.contains("/api/v3/api")), "{requests:#?}");
}

#[test]
fn a_comment_that_is_hidden_or_gone_is_written_anew() {
    let mut job = Job::new(true);
    job.in_job(31, 1, "gate", &[]);
    job.github.state().comments[0].is_hidden = true;
    job.demand(9);
    assert_eq!(job.in_job(32, 1, "gate", &[]).code, 1);
    assert!(!job.comments()[0].is_hidden && job.only_body().contains("failed"));
    for status in [404, 410] {
        let mut job = Job::new(true);
        job.in_job(31, 1, "gate", &[]);
        job.github.state().faults.push(Fault::new("PATCH", status, "Not Found"));
        job.demand(9);
        assert_eq!(job.in_job(32, 1, "gate", &[]).code, 1);
        assert!(job.comments().last().unwrap().body.contains("failed"), "{status}");
    }
}

#[test]
fn a_run_of_main_says_nothing_about_a_comment() {
    let mut job = Job::new(true).on("push", &json!({"after": HEAD, "ref": "refs/heads/main"}));
    job.more.push(("GITHUB_SHA", HEAD.to_owned()));
    let answer = job.publish(&[]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    assert!(!job.summary().contains("comment"), "{}", job.summary());
    // A commit that is the head of two pull requests is told on both.
    let pull = |number: u64| json!({"number": number, "state": "open", "head": {"sha": HEAD}});
    job.github.state().pulls.extend([pull(9), pull(7)]);
    job.github.state().faults.push(Fault::new("GET /repos/octo/model/issues/9/", 404, "Not Found"));
    let answer = job.publish(&[]);
    assert!(
        answer.stderr.contains("pull request 7") && answer.stderr.contains("could not be posted"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_summary_never_exceeds_its_limit() {
    let mut job = Job::new(false);
    let gates: String = (0..6_000).map(|column| format!("      column_{column}: {{nulls: 0}}\n")).collect();
    job.place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    path: rows.csv\n    columns:\n{gates}"));
    let path = job.place.path().join("own-summary");
    std::fs::write(&path, "x".repeat(200_000)).unwrap();
    job.more.push(("GITHUB_STEP_SUMMARY", path.display().to_string()));
    for _ in 0..5 {
        assert_eq!(job.publish(&["--comment", "off"]).code, 4);
    }
    let size = std::fs::metadata(&path).unwrap().len();
    assert!((700_000..=1 << 20).contains(&size), "{size}");
}
