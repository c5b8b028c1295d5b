//! The end without a report: it replaces what stands there about an earlier commit.

use std::fs;

use serde_json::{Value, json};

use super::server::Fault;
use super::{HEAD, Job, event};
use crate::support::Answer;

const NEXT: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2";

/// Returns a job whose first commit passed, and which now runs for the next one.
fn passed(arguments: &[&str]) -> Job {
    let job = Job::new(true);
    let answer = job.publish(arguments);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    next(job)
}

fn next(job: Job) -> Job {
    let mut event = event("octo");
    event["pull_request"]["head"]["sha"] = NEXT.into();
    job.github.state().head = Some(NEXT.to_owned());
    job.on("pull_request", &event)
}

fn misspell(job: &Job) {
    job.place.write("mlgate.yml", "version: 1\ndata:\n  t: {path: rows.csv, rowz: \">= 3\"}\n");
}

/// Returns a server that accepts and never answers, and the port of it.
#[cfg(unix)]
fn silent() -> (std::net::TcpListener, u16) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Never passes: a run that is killed for memory or time, and leaves the verdict of the commit before.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_replaces_the_verdict_of_the_commit_before() {
    for signal in ["-KILL", "-TERM", "-ABRT", "-INT"] {
        let job = passed(&[]);
        let (server, port) = silent();
        job.place.write(
            "mlgate.yml",
            &format!("version: 1\ndata:\n  t: {{path: 'http://127.0.0.1:{port}/rows.csv', rows: 3}}\n"),
        );
        let event = job.place.path().join("event.json").display().to_string();
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_mlgate"))
            .args(["run", "--publish", "--quiet"])
            .current_dir(job.place.path())
            .env_clear()
            .envs([
                ("PATH", std::env::var("PATH").unwrap().as_str()),
                ("GITHUB_REPOSITORY", "octo/model"),
                ("GITHUB_API_URL", &job.github.url()),
                ("GITHUB_EVENT_NAME", "pull_request"),
                ("GITHUB_EVENT_PATH", &event),
                ("GITHUB_WORKSPACE", &job.place.path().display().to_string()),
                ("GITHUB_TOKEN", super::server::TOKEN),
            ])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The run is waiting for its data.
        let waiting = server.accept().unwrap();
        let killed = std::process::Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = run.wait_with_output().unwrap();
        assert_ne!(output.status.code(), Some(0), "{signal}");
        drop(waiting);
        let body = job.comments()[0].body.clone();
        assert!(body.contains("## ⛔ no verdict for commit bbbbbbbbbb"), "{signal}: {body}");
        assert!(body.contains("the run was killed, most often for lack of memory or time"), "{signal}: {body}");
    }
}

/// Asserts that the only comment says that there is no verdict for the next commit.
fn is_replaced(job: &Job, answer: &Answer, what: &str) -> String {
    let comments = job.comments();
    assert_eq!(comments.len(), 1, "{what}: {}", answer.stderr);
    let body = comments[0].body.clone();
    assert!(body.contains(&format!("## ⛔ no verdict for commit {}", &NEXT[..10])), "{what}: {body}{}", answer.stderr);
    assert!(!body.contains('✅') && !body.contains(&HEAD[..7]), "{what}: {body}");
    assert!(job.summary().contains("⛔ no verdict"), "{what}: {}", job.summary());
    assert!(job.output().contains("verdict=error\n"), "{what}: {}", job.output());
    body
}

/// Never passes: a run that ends before it has a report, and leaves the verdict of the commit before.
#[test]
fn a_broken_config_replaces_the_verdict_of_the_commit_before() {
    for mode in ["update", "recreate", "on-failure"] {
        let first = if mode == "on-failure" { "update" } else { mode };
        let job = passed(&["--comment", first]);
        misspell(&job);
        let arguments = ["--comment", mode, "--status", "gate", "--check-run", "gate"];
        let answer = job.publish(&arguments);
        assert_eq!(answer.code, 2);
        let body = is_replaced(&job, &answer, mode);
        assert!(body.starts_with("<!-- mlgate:v1 key=mlgate.yml -->\n"), "{body}");
        assert!(body.contains("there is no dataset check `rowz`") && body.contains("(`mlgate.yml:3:23`)"), "{body}");
        assert!(
            answer.stdout.contains("::error file=mlgate.yml,line=3,col=23,title=mlgate%3A no verdict::"),
            "{}",
            answer.stdout
        );
        assert!(answer.stderr.contains("there is no dataset check `rowz`"), "{}", answer.stderr);
        let state = job.github.state();
        let [(commit, status)] = state.statuses.as_slice() else { panic!("{:#?}", state.statuses) };
        assert_eq!((commit.as_str(), &status["context"], &status["state"]), (NEXT, &"gate".into(), &"error".into()));
        let check = &state.sent["/repos/octo/model/check-runs"];
        assert_eq!((&check["head_sha"], &check["conclusion"]), (&NEXT.into(), &"failure".into()));
        assert_eq!(check["output"]["annotations"][0]["start_line"], 3);
    }
}

#[test]
fn the_next_report_takes_its_place_again() {
    let job = passed(&[]);
    misspell(&job);
    job.publish(&[]);
    job.demand(2);
    assert_eq!(job.publish(&[]).code, 0);
    assert!(job.comments().len() == 1 && job.comments()[0].body.contains("✅"), "{:?}", job.comments());
}

#[test]
fn every_way_to_end_without_a_report_says_so() {
    type Break = fn(&Job);
    let ways: [(&str, Break, &[&str], i32); 10] = [
        (
            "syntax",
            |job| {
                job.place.write("mlgate.yml", "version: 1\ndata: [\n");
            },
            &[],
            2,
        ),
        (
            "version",
            |job| {
                job.place.write("mlgate.yml", "version: 2\ndata: {t: {path: rows.csv, rows: 1}}\n");
            },
            &[],
            2,
        ),
        ("no config", |job| fs::remove_file(job.place.path().join("mlgate.yml")).unwrap(), &[], 2),
        (
            "a config that is named",
            |job| fs::remove_file(job.place.path().join("mlgate.yml")).unwrap(),
            &["--config", "mlgate.yml"],
            2,
        ),
        ("no gate", |_| {}, &["--only", "nothing.*"], 2),
        ("baseline", |_| {}, &["--baseline", "git:--x"], 2),
        ("argument", |_| {}, &["--no-such-argument"], 2),
        ("format", |_| {}, &["--output", "xml=report.xml"], 2),
        ("output", |_| {}, &["--output", "json=rows.csv/report.json"], 4),
        (
            "data",
            |job| {
                job.place.write(
                    "mlgate.yml",
                    "version: 1\nbaseline: {from: [a.json, b.json]}\ndata: {t: {path: rows.csv, rows: 3}}\n",
                );
            },
            &[],
            4,
        ),
    ];
    for (what, breaks, arguments, code) in ways {
        let job = passed(&[]);
        breaks(&job);
        let answer = job.publish(arguments);
        assert_eq!(answer.code, code, "{what}: {}", answer.stderr);
        is_replaced(&job, &answer, what);
    }
}

#[test]
fn the_key_and_the_mode_are_those_of_a_run() {
    let job = Job::new(true);
    let config = job.place.read("mlgate.yml");
    job.place.write("mlgate.yml", &format!("{config}comment: {{key: fraud}}\n"));
    job.publish(&[]);
    let job = next(job);
    // A syntax error below leaves the lines of the comment readable.
    job.place.write("mlgate.yml", "version: 1\ncomment: {key: fraud}\ndata: [\n");
    let answer = job.publish(&[]);
    assert!(is_replaced(&job, &answer, "key").contains("key=fraud"));

    let job = passed(&[]);
    let before = job.comments()[0].body.clone();
    misspell(&job);
    assert_eq!(job.publish(&["--comment", "off"]).code, 2);
    assert_eq!(job.comments()[0].body, before);
    assert!(job.summary().contains("⛔ no verdict"));
    // A token that only reads changes nothing, and neither does a server that is lost.
    let job = next(Job::new(true));
    misspell(&job);
    job.fails(Fault::new("POST /repos", 403, "Resource not accessible by integration").times(9));
    assert_eq!(job.publish(&["--require-post"]).code, 2);
}

#[test]
fn an_older_commit_that_ends_without_a_report_leaves_the_head_alone() {
    let job = next(Job::new(true));
    assert_eq!(job.publish(&[]).code, 0);
    let job = job.on("pull_request", &event("octo"));
    misspell(&job);
    let answer = job.publish(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("left: the pull request has moved on to"), "{}", answer.stderr);
    assert!(job.comments()[0].body.contains("✅"));
}

#[test]
fn a_run_that_was_killed_is_told_by_its_exit_code() {
    for (code, words) in [("137", "signal 9, most often for lack of memory"), ("126", "could not be executed")] {
        let job = passed(&[]);
        let answer = job.run(&["publish", "--ended", code]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let body = is_replaced(&job, &answer, code);
        assert!(body.contains(words), "{body}");
        assert!(answer.stdout.contains("::error title=mlgate%3A no verdict::"), "{}", answer.stdout);
        assert!(job.output().contains(&format!("exit-code={code}\n")), "{}", job.output());
    }
    // What the run has written of its problems is told with them.
    let job = passed(&[]);
    misspell(&job);
    let answer = job.run(&["run", "--quiet", "--no-verdict", "problems.json"]);
    assert_eq!((answer.code, job.summary()), (2, String::new()));
    job.demand(3);
    assert_eq!(job.run(&["publish", "--ended", "2", "--no-verdict", "problems.json"]).code, 0);
    assert!(is_replaced(&job, &answer, "2").contains("(`mlgate.yml:3:23`)"));
    job.place.write("problems.json", "{");
    assert_eq!(job.run(&["publish", "--ended", "2", "--no-verdict", "problems.json"]).code, 0);
    assert!(!is_replaced(&job, &answer, "2").contains("rowz"));
}

/// Never passes: a second stage that finds no report, and leaves the verdict of the commit before.
#[test]
fn a_first_stage_that_left_no_report_has_no_verdict() {
    let ended = |conclusion: &str| {
        json!({"workflow_run": {
            "id": 30, "head_sha": HEAD, "head_branch": "x", "conclusion": conclusion,
            "head_repository": {"full_name": "mallory/model", "owner": {"login": "mallory"}},
        }})
    };
    for (conclusion, code) in [("failure", 0), ("cancelled", 0), ("timed_out", 0), ("success", 4), ("skipped", 0)] {
        let job = Job::new(true).on("workflow_run", &ended(conclusion));
        job.github.state().pulls = vec![json!({"number": 7, "state": "open", "head": {"sha": HEAD}})];
        let answer = job.run(&["publish", "--artifact", "mlgate-report", "--status", "gate"]);
        assert_eq!(
            (answer.code, job.comments().len()),
            (code, usize::from(code == 0)),
            "{conclusion}: {}",
            answer.stderr
        );
        if code == 0 {
            let body = job.comments()[0].body.clone();
            assert!(body.contains("## ⛔ no verdict for commit") && body.contains("key=mlgate-report"), "{body}");
        }
        assert!(job.github.state().statuses.is_empty());
    }
}

/// Never passes: the report of an earlier build in a workspace that is used again.
#[test]
fn the_reports_of_an_earlier_build_are_removed_first() {
    type Break = fn(&Job);
    let outputs = ["--output", "markdown=report.md", "--output", "json=out/r.json", "--output", "text=r.txt"];
    let ways: [(Break, &[&str], i32); 5] = [
        (misspell, &[], 2),
        (|job| fs::remove_file(job.place.path().join("mlgate.yml")).unwrap(), &[], 2),
        (|_| {}, &["--only", "x"], 2),
        (|_| {}, &["--no-such-argument"], 2),
        (|_| {}, &["--output", "json=rows.csv/r.json"], 4),
    ];
    for (breaks, more, code) in ways {
        let job = Job::new(true);
        assert_eq!(job.run(&[&["run"], &outputs[..]].concat()).code, 0);
        breaks(&job);
        let answer = job.run(&[&["run"], &outputs[..], more].concat());
        assert_eq!(answer.code, code, "{}", answer.stderr);
        for name in ["report.md", "out/r.json", "r.txt"] {
            assert!(!job.place.path().join(name).exists(), "{name}: {more:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_report_is_removed_and_not_followed() {
    let job = Job::new(true);
    misspell(&job);
    job.place.write("precious", "x");
    std::os::unix::fs::symlink("precious", job.place.path().join("report.md")).unwrap();
    assert_eq!(job.run(&["run", "--output", "markdown=report.md"]).code, 2);
    assert!(!job.place.path().join("report.md").exists() && job.place.read("precious") == "x");
}

#[test]
fn the_file_of_problems_has_no_more_than_its_form() {
    let job = Job::new(true);
    misspell(&job);
    job.run(&["run", "--no-verdict", "problems.json"]);
    let problems: Value = serde_json::from_str(&job.place.read("problems.json")).unwrap();
    assert_eq!(problems["problems"][0]["at"], json!({"file": "mlgate.yml", "line": 3, "column": 23}), "{problems:#}");
    job.demand(2);
    job.run(&["run", "--no-verdict", "problems.json"]);
    assert!(!job.place.path().join("problems.json").exists(), "a run with a report leaves none");
}

/// Never passes: a process that only watches another one.
#[test]
fn a_watcher_never_passes() {
    let mut job = Job::new(true);
    job.more.push(("MLGATE_WATCHER", "1".to_owned()));
    assert_eq!(job.publish(&["--comment", "off"]).code, 4);
    assert_eq!(job.run(&["run", "--quiet"]).code, 0, "a run that posts nothing has none");
}

/// Never passes: a report that is missing or broken, beside the verdict of the commit before.
#[test]
fn a_report_that_cannot_be_read_is_no_verdict() {
    for text in [None, Some("{"), Some("{\"version\": 9}")] {
        let job = passed(&[]);
        if let Some(text) = text {
            job.place.write("report.json", text);
        }
        let answer = job.run(&["publish", "--report", "report.json"]);
        assert_eq!(answer.code, 4, "{}", answer.stderr);
        assert!(is_replaced(&job, &answer, "report").contains("report.json"));
    }
}
