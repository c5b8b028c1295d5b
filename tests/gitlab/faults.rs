//! Each way in which GitLab fails, and what is said of it. The verdict stands in all of them.

use std::net::TcpListener;

use super::server::TOKEN;
use super::{Job, note};
use crate::github::server::Fault;

/// Returns a job that meets a fault in these requests, and the words about it.
fn said(fault: Fault, code: i32) -> (Job, String) {
    let job = Job::new(true);
    job.gitlab.state().faults.push(fault);
    let answer = job.publish(&["--require-post", "--output", "json=report.json"]);
    assert_eq!(answer.code, code, "{}", answer.stderr);
    assert!(job.place.path().join("report.json").is_file());
    (job, answer.stderr)
}

#[test]
fn each_refusal_says_what_helps() {
    for (on, status, body, parts) in [
        (
            "GET /projects/8/merge_requests/7",
            401,
            r#"{"message": "401 Unauthorized"}"#,
            ["401 Unauthorized", "scope `api`"],
        ),
        (
            "GET /user",
            401,
            r#"{"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization"}"#,
            ["invalid_token: Token is expired", "scope `api`"],
        ),
        (
            "POST /projects/8/merge_requests/7/notes",
            403,
            r#"{"error": "insufficient_scope", "error_description": "The request requires higher privileges"}"#,
            ["requires higher privileges", "the scope `api` and the role Reporter"],
        ),
        (
            "POST /projects/8/merge_requests/7/notes",
            403,
            r#"{"message": "403 Forbidden"}"#,
            ["403 Forbidden", "the role Reporter in this project"],
        ),
        (
            "GET /projects/8/merge_requests/7",
            404,
            r#"{"message": "404 Project Not Found"}"#,
            ["404 Project Not Found", "the token must be one of this project"],
        ),
        (
            "POST /projects/8/merge_requests/7/notes",
            400,
            r#"{"message": {"base": ["is locked"]}}"#,
            ["base is locked", "status 400"],
        ),
        (
            "POST /projects/8/merge_requests/7/notes",
            409,
            r#"{"message": "409 Conflict"}"#,
            ["status 409: 409 Conflict", "could not be posted"],
        ),
        (
            "GET /projects/8/merge_requests/7",
            200,
            "<html><title>Sign in</title></html>",
            ["something other than GitLab's interface answers there", "could not be posted"],
        ),
        ("GET /projects/8/merge_requests/7/notes", 200, "{}", ["the notes are not a list", "could not be posted"]),
    ] {
        let fault = Fault { body: body.to_owned(), ..Fault::new(on, status, "").times(9) };
        let (job, said) = self::said(fault, 5);
        assert!(parts.iter().all(|part| said.contains(part)), "{on} {status}: {said}");
        assert!(job.notes().is_empty());
    }
}

#[test]
fn limits_are_waited_for_as_long_as_is_sensible() {
    // GitLab's own words are no JSON.
    let limit = |wait: &str| {
        Fault { body: "Retry later\n".to_owned(), ..Fault::new("POST /projects", 429, "") }.with("retry-after", wait)
    };
    let (job, _) = said(limit("1"), 0);
    assert_eq!(job.notes().len(), 1);
    let (_, words) = said(limit("3600").times(9), 5);
    assert!(words.contains("the rate limit ends in 3600 seconds"), "{words}");
    let (job, _) = said(Fault::new("POST /projects", 409, "409 Conflict: Resource lock"), 0);
    assert_eq!(job.notes().len(), 1);
}

#[test]
fn what_breaks_off_is_not_written_twice() {
    for is_done in [true, false] {
        for on in ["POST /projects/8/merge_requests", "POST /projects/8/statuses"] {
            let job = Job::new(true);
            let fault = Fault::new(on, 502, "GitLab is not responding");
            job.gitlab.state().faults.push(if is_done { fault.done() } else { fault });
            let answer = job.publish(&["--status", "--require-post"]);
            assert_eq!((answer.code, job.notes().len()), (0, 1), "{on}: {}", answer.stderr);
            assert_eq!(job.gitlab.state().statuses.len(), 1, "{on}");
        }
    }
    let (job, _) = said(Fault::new("GET /projects", 503, "GitLab is in maintenance"), 0);
    assert_eq!(job.notes().len(), 1);
    let (_, words) = said(Fault::new("GET /projects", 500, "500 Internal Server Error").times(9), 5);
    assert!(words.contains("500 Internal Server Error"), "{words}");
}

#[test]
fn a_note_that_is_too_long_is_made_shorter() {
    let job = Job::new(false);
    let gates: String = (0..3_000).map(|column| format!("      column_{column}: {{nulls: 0}}\n")).collect();
    job.place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    path: rows.csv\n    columns:\n{gates}"));
    assert_eq!(job.publish(&[]).code, 4);
    let size = job.only_body().encode_utf16().count();
    assert!((60_000..=200_000).contains(&size), "{size}");
    let body = job.only_body();
    assert!(body.contains("The rest of the report is in the artifacts of the [job]("), "{}", &body[body.len() - 500..]);
    for fault in [
        Fault {
            body: r#"{"message": {"note": ["is too long (maximum is 1000000 characters)"]}}"#.to_owned(),
            ..Fault::new("PUT", 400, "")
        },
        // A proxy in front of GitLab with a limit of its own.
        Fault { body: "<html>413 Request Entity Too Large</html>".to_owned(), ..Fault::new("PUT", 413, "") },
    ] {
        job.gitlab.state().notes[0].body = body.replace("column_0", "?");
        job.gitlab.state().faults.push(fault);
        assert_eq!(job.publish(&[]).code, 4);
        assert!(job.only_body().encode_utf16().count() <= 62_000);
    }
}

#[test]
fn a_token_goes_to_its_server_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}/api/v4/projects/8/merge_requests/7/notes", listener.local_addr().unwrap());
    let (job, words) = said(Fault::new("POST", 307, "").with("location", &elsewhere).times(9), 5);
    assert!(words.contains("which is not followed"), "{words}");
    assert!(job.notes().is_empty());
    // A project that moved on the same server is followed.
    let job = Job::new(true);
    let moved = format!("{}/api/v4/projects/9/merge_requests/7", job.gitlab.url());
    let fault = Fault::new("GET /projects/8/merge_requests/7", 301, "").with("location", &moved);
    job.gitlab.state().faults.push(fault);
    assert_eq!((job.publish(&[]).code, job.notes().len()), (0, 1));
    // A message that repeats the token does not show it.
    let (_, words) = said(Fault::new("GET", 401, &format!("{TOKEN} is no token")).times(9), 5);
    assert!(words.contains("***"), "{words}");
}

#[test]
fn nobody_who_answers_is_said_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let job = Job::new(true).with("CI_API_V4_URL", &format!("http://127.0.0.1:{port}/api/v4"));
    let answer = job.publish(&["--require-post", "--comment", "on-failure"]);
    assert_eq!(answer.code, 5, "{}", answer.stderr);
    assert!(answer.stderr.contains("no answer: 127.0.0.1"), "{}", answer.stderr);
    let job = job.with("CI_API_V4_URL", "http://me:hidden@gitlab.corp/api/v4");
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains("CI_API_V4_URL is not an https address: `http://gitlab.corp"), "{}", answer.stderr);
}

#[test]
fn a_login_that_the_token_does_not_tell_is_known_from_the_note() {
    let job = Job::new(false);
    job.gitlab.state().author = None;
    let foreign = "<!-- mlgate:v1 key=mlgate.yml -->\nforged";
    job.gitlab.state().notes.push(note(3, "mallory", foreign));
    for _ in 0..2 {
        assert_eq!(job.publish(&[]).code, 1);
    }
    let notes = job.notes();
    assert_eq!(notes.iter().filter(|note| note.author == "somebody").count(), 1, "{notes:#?}");
    assert_eq!(notes[0].body, foreign);
}
