//! Posting as in a step of Bitbucket Pipelines, to a server that speaks as Bitbucket's documentation says.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::github::server::{Request, Response, json as reply};
use crate::stub_server::StubServer;
use crate::support::{Answer, Workplace, run_with};

const HEAD: &str = "1234567890abcdef1234567890abcdef12345678";
const TOKEN: &str = "ATCTT3xFfGN0SECRET";

#[derive(Debug, Default)]
struct State {
    comments: Vec<Value>,
    statuses: Vec<Value>,
    reports: Vec<Value>,
    annotations: Vec<Value>,
    head: Option<String>,
    /// Requests that Bitbucket does not know, or would refuse.
    broken: Vec<String>,
}

type Bitbucket = StubServer<State>;

fn answer(request: &Request, state: &mut State, _: SocketAddr) -> Response {
    let line = format!("{} {}", request.method, request.path);
    if request.headers.get("authorization") != Some(&format!("Bearer {TOKEN}")) {
        state.broken.push(format!("{line}: another authorization"));
    }
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(rest) = path.strip_prefix("/2.0/") else {
        state.broken.push(line);
        return reply(404, &json!({}));
    };
    let rest = rest.strip_prefix("repositories/w/r/").unwrap_or(rest);
    let parts: Vec<&str> = rest.split('/').collect();
    let short = |state: &State| state.head.clone().unwrap_or_else(|| HEAD.to_owned())[..12].to_owned();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["user"]) => reply(403, &json!({"type": "error", "error": {"message": "Access denied."}})),
        ("GET", ["pullrequests", "7"]) => {
            reply(200, &json!({"id": 7, "state": "OPEN", "source": {"commit": {"hash": short(state)}}}))
        }
        ("GET", ["pullrequests"]) => {
            let of = json!({"id": 7, "source": {"commit": {"hash": short(state)}}});
            let other = json!({"id": 8, "source": {"commit": {"hash": "ffffffffffff"}}});
            // Two pages.
            match query.contains("page=2") {
                true => reply(200, &json!({"values": [of]})),
                false => reply(200, &json!({"values": [other], "next": "https://api.bitbucket.org/2.0/next"})),
            }
        }
        ("GET", ["commit", hash]) => {
            let full = state.head.clone().unwrap_or_else(|| HEAD.to_owned());
            match full.starts_with(hash) {
                true => reply(200, &json!({"hash": full})),
                false => reply(404, &json!({"type": "error", "error": {"message": "Commit not found"}})),
            }
        }
        (method, ["pullrequests", "7", "comments", id @ ..]) => comments(method, id.first().copied(), &body, state),
        ("GET", ["commit", HEAD, "statuses", "build", key]) => {
            match state.statuses.iter().find(|status| status["key"] == *key) {
                Some(status) => reply(200, status),
                None => reply(404, &json!({"type": "error"})),
            }
        }
        ("POST", ["commit", HEAD, "statuses", "build"]) => {
            if body["key"].as_str().is_none_or(|key| key.len() > 40) || body["url"].as_str().is_none() {
                state.broken.push(format!("a status that Bitbucket refuses: {body}"));
            }
            state.statuses.retain(|status| status["key"] != body["key"]);
            state.statuses.push(body.clone());
            reply(201, &body)
        }
        ("POST", ["commit", HEAD, "reports", _, "annotations"]) => {
            state.annotations.extend(body.as_array().into_iter().flatten().cloned());
            reply(200, &body)
        }
        (method, ["commit", HEAD, "reports", _]) => match method {
            "PUT" => {
                state.reports.push(body.clone());
                reply(200, &body)
            }
            "DELETE" if !state.reports.is_empty() => {
                state.reports.clear();
                state.annotations.clear();
                Response { status: 204, headers: Vec::new(), body: Vec::new() }
            }
            "GET" if !state.reports.is_empty() => reply(200, &state.reports[0]),
            _ => reply(404, &json!({"type": "error", "error": {"message": "Report not found"}})),
        },
        _ => {
            state.broken.push(line);
            reply(404, &json!({"type": "error"}))
        }
    }
}

fn comments(method: &str, id: Option<&str>, body: &Value, state: &mut State) -> Response {
    let raw = body["content"]["raw"].clone();
    if raw.as_str().is_some_and(|raw| raw.contains("<!--") || raw.contains("<details") || raw.len() > 32_768) {
        state.broken.push(format!("a comment that Bitbucket shows as HTML, or refuses: {raw}"));
    }
    let Some(id) = id else {
        if method == "POST" {
            let id = state.comments.len() + 1;
            let page = format!("https://bitbucket.org/w/r/pull-requests/7/_/diff#comment-{id}");
            let new =
                json!({"id": id, "content": {"raw": raw}, "user": {"uuid": "{me}"}, "links": {"html": {"href": page}}});
            state.comments.push(new.clone());
            return reply(201, &new);
        }
        return reply(200, &json!({"values": state.comments}));
    };
    let Some(at) = state.comments.iter().position(|comment| comment["id"].as_u64() == id.parse().ok()) else {
        return reply(404, &json!({"type": "error"}));
    };
    match method {
        "PUT" => state.comments[at]["content"]["raw"] = raw,
        "DELETE" => {
            state.comments.remove(at);
            return Response { status: 204, headers: Vec::new(), body: Vec::new() };
        }
        _ => {}
    }
    reply(200, &state.comments[at])
}

fn run(place: &Workplace, bitbucket: &Bitbucket, more: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let api = format!("http://{}/2.0", bitbucket.address);
    let usual = [
        ("CI", "true"),
        ("BITBUCKET_BUILD_NUMBER", "31"),
        ("BITBUCKET_REPO_FULL_NAME", "w/r"),
        ("BITBUCKET_COMMIT", HEAD),
        ("BITBUCKET_PR_ID", "7"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
        ("BITBUCKET_API_URL", api.as_str()),
        ("MLGATE_BITBUCKET_TOKEN", TOKEN),
    ];
    let usual: Vec<_> = usual.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name)).collect();
    let more: Vec<_> = more.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    let answer = run_with(place.path(), arguments, &[usual, more].concat());
    assert!(!answer.stderr.contains(TOKEN) && !answer.stdout.contains(TOKEN), "{}", answer.stderr);
    assert!(bitbucket.state().broken.is_empty(), "{:#?}", bitbucket.state().broken);
    answer
}

fn place() -> Workplace {
    let place = Workplace::new();
    place.write("rows.csv", "a\n1\n").write("mlgate.yml", "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= 2\"}\n");
    place
}

const PUBLISH: [&str; 3] = ["run", "--publish", "--quiet"];

#[test]
fn one_comment_without_html_is_written_then_changed_then_left_alone() {
    let (place, bitbucket) = (place(), Bitbucket::start(State::default(), answer));
    let answer = run(&place, &bitbucket, &[], &PUBLISH);
    assert!(answer.stderr.contains("wrote a comment on pull request 7 https://bitbucket.org/"), "{}", answer.stderr);
    let raw = bitbucket.state().comments[0]["content"]["raw"].as_str().unwrap().to_owned();
    assert!(raw.starts_with("[//]: # (mlgate:v1 key=mlgate.yml)\n[//]: # (mlgate:part "), "{raw}");
    assert!(raw.contains("https://bitbucket.org/w/r/pipelines/results/31"), "{raw}");
    // Somebody else's comment with the mark, and one at a line.
    let theirs = json!({"id": 90, "content": {"raw": raw}, "user": {"uuid": "{them}"}, "links": {}});
    let inline = json!({"id": 91, "content": {"raw": raw}, "user": {"uuid": "{me}"}, "inline": {"path": "x"}});
    bitbucket.state().comments.extend([theirs.clone(), inline.clone()]);
    place.write("rows.csv", "a\n1\n2\n");
    let answer = run(&place, &bitbucket, &[], &[&PUBLISH[..], &["--author", "{me}"]].concat());
    assert!(answer.stderr.contains("updated the comment on pull request 7"), "{}", answer.stderr);
    let state = bitbucket.state();
    assert_eq!(state.comments.len(), 3);
    assert!(state.comments[0]["content"]["raw"].as_str().unwrap().contains("1 of 1 gate passed"));
    assert_eq!(state.comments[1..], [theirs, inline]);
    drop(state);
    let again = run(&place, &bitbucket, &[], &[&PUBLISH[..], &["--author", "{me}"]].concat());
    assert!(again.stderr.contains("says the same already"), "{}", again.stderr);
}

#[test]
fn the_pull_request_is_that_of_the_commit_and_only_while_it_is_the_head() {
    let (place, bitbucket) = (place(), Bitbucket::start(State::default(), answer));
    let answer = run(&place, &bitbucket, &[("BITBUCKET_PR_ID", ""), ("BITBUCKET_BRANCH", "x")], &PUBLISH);
    assert!(answer.stderr.contains("wrote a comment on pull request 7"), "{}", answer.stderr);
    let moved = "fedcba9876543210fedcba9876543210fedcba98";
    bitbucket.state().head = Some(moved.to_owned());
    let answer = run(&place, &bitbucket, &[], &PUBLISH);
    assert!(answer.stderr.contains(&format!("the pull request has moved on to {moved}")), "{}", answer.stderr);
    assert_eq!(bitbucket.state().comments.len(), 1);
}

#[test]
fn a_status_and_a_report_of_code_insights() {
    let (place, bitbucket) = (place(), Bitbucket::start(State::default(), answer));
    let arguments = [&PUBLISH[..], &["--comment", "off", "--status", "gate: all of them", "--check-run"]].concat();
    assert_eq!(run(&place, &bitbucket, &[], &arguments).code, 1);
    {
        let state = bitbucket.state();
        assert_eq!(
            (&state.statuses[0]["state"], &state.statuses[0]["name"]),
            (&json!("FAILED"), &json!("gate: all of them"))
        );
        assert_eq!((&state.reports[0]["result"], &state.reports[0]["title"]), (&json!("FAILED"), &json!("mlgate")));
        let found = &state.annotations[0];
        assert_eq!(
            (&found["path"], &found["line"], &found["severity"]),
            (&json!("mlgate.yml"), &json!(3), &json!("HIGH"))
        );
    }
    // A pass of the same run does not cover the failure; that of the next run does.
    place.write("rows.csv", "a\n1\n2\n");
    let answer = run(&place, &bitbucket, &[], &arguments);
    assert_eq!(answer.stderr.matches("another job failed under the same name").count(), 2, "{}", answer.stderr);
    // Neither does another config with the same name, in whatever run.
    place.write("b.yml", "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= 1\"}\n");
    let other = [&arguments[..], &["--config", "b.yml", "--key", "mlgate.yml"]].concat();
    let answer = run(&place, &bitbucket, &[("BITBUCKET_BUILD_NUMBER", "32")], &other);
    assert_eq!(answer.stderr.matches("another job failed under the same name").count(), 2, "{}", answer.stderr);
    assert_eq!(bitbucket.state().statuses[0]["state"], "FAILED");
    let answer = run(&place, &bitbucket, &[("BITBUCKET_BUILD_NUMBER", "32")], &arguments);
    assert!(answer.stderr.contains("posted the commit status"), "{}", answer.stderr);
    let state = bitbucket.state();
    assert_eq!((&state.statuses[0]["state"], &state.reports[0]["result"]), (&json!("SUCCESSFUL"), &json!("PASSED")));
    assert!(state.annotations.is_empty());
}

#[test]
fn without_a_token_the_reports_stay() {
    let (place, bitbucket) = (place(), Bitbucket::start(State::default(), answer));
    let answer = run(&place, &bitbucket, &[("MLGATE_BITBUCKET_TOKEN", "")], &PUBLISH);
    assert!(answer.stderr.contains("MLGATE_BITBUCKET_TOKEN. The job keeps its reports"), "{}", answer.stderr);
}
