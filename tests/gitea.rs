//! Posting as in a job of Gitea Actions or Forgejo Actions, to a server that speaks as they do.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::github::server::{Request, Response, json as reply};
use crate::stub_server::StubServer;
use crate::support::{Answer, Workplace, run_with};

const HEAD: &str = "1234567890abcdef1234567890abcdef12345678";
const TOKEN: &str = "0123456789abcdefSECRET";

#[derive(Debug, Default)]
struct State {
    comments: Vec<Value>,
    statuses: Vec<Value>,
    log: Vec<String>,
    /// Requests that these servers do not know.
    broken: Vec<String>,
}

type Gitea = StubServer<State>;

fn answer(request: &Request, state: &mut State, _: SocketAddr) -> Response {
    let line = format!("{} {}", request.method, request.path);
    state.log.push(line.clone());
    if request.headers.get("authorization") != Some(&format!("token {TOKEN}")) {
        state.broken.push(format!("{line}: another authorization"));
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        // The token of a job has no user.
        ("GET", ["user"]) => reply(401, &json!({"message": "token is required"})),
        ("GET", ["repos", "o", "r", "pulls", "7"]) => {
            reply(200, &json!({"number": 7, "state": "open", "head": {"sha": HEAD}}))
        }
        ("GET", ["repos", "o", "r", "commits", HEAD, "pull"]) => {
            reply(200, &json!({"number": 7, "state": "open", "head": {"sha": HEAD}}))
        }
        // All comments, without pages.
        ("GET", ["repos", "o", "r", "issues", "7", "comments"]) => reply(200, &json!(state.comments)),
        ("POST", ["repos", "o", "r", "issues", "7", "comments"]) => {
            let id = state.comments.len() + 1;
            let new =
                json!({"id": id, "body": body["body"], "user": {"login": "gitea-actions"}, "html_url": "https://x/1"});
            state.comments.push(new.clone());
            reply(201, &new)
        }
        (method, ["repos", "o", "r", "issues", "comments", id]) => {
            let Some(at) = state.comments.iter().position(|comment| comment["id"].as_u64() == id.parse().ok()) else {
                return reply(404, &json!({"message": "issue comment not found"}));
            };
            match method {
                "PATCH" => state.comments[at]["body"] = body["body"].clone(),
                "DELETE" => {
                    state.comments.remove(at);
                    return Response { status: 204, headers: Vec::new(), body: Vec::new() };
                }
                _ => {}
            }
            reply(200, &state.comments[at])
        }
        ("GET", ["repos", "o", "r", "commits", HEAD, "statuses"]) => reply(200, &json!(state.statuses)),
        ("POST", ["repos", "o", "r", "statuses", HEAD]) => {
            // Gitea reads `state`, and answers with `status`.
            let mut status = body.clone();
            status["status"] = status["state"].take();
            state.statuses.insert(0, status.clone());
            reply(201, &status)
        }
        _ => {
            state.broken.push(line);
            reply(404, &json!({"message": "not found"}))
        }
    }
}

fn run(place: &Workplace, gitea: &Gitea, more: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let event = place.path().join("event.json").display().to_string();
    let (server, api) = (format!("http://{}", gitea.address), format!("http://{}/api/v1", gitea.address));
    let usual = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_SERVER_URL", server.as_str()),
        ("GITHUB_API_URL", api.as_str()),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_SHA", HEAD),
        ("GITHUB_RUN_ID", "900"),
        ("GITHUB_RUN_NUMBER", "31"),
        ("GITEA_TOKEN", TOKEN),
    ];
    let usual: Vec<_> = usual.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name)).collect();
    let answer = run_with(place.path(), arguments, &[&usual[..], more].concat());
    assert!(!answer.stderr.contains(TOKEN) && !answer.stdout.contains(TOKEN), "{}", answer.stderr);
    assert!(gitea.state().broken.is_empty(), "{:#?}", gitea.state().broken);
    answer
}

fn place() -> Workplace {
    let place = Workplace::new();
    let event =
        json!({"pull_request": {"number": 7, "head": {"sha": HEAD}, "base": {"ref": "main", "sha": "0".repeat(40)}}});
    place.write("event.json", &event.to_string()).write("rows.csv", "a\n1\n");
    place.write("mlgate.yml", "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= 2\"}\n");
    place
}

#[test]
fn one_comment_and_a_status_without_graphql() {
    for sign in ["GITEA_ACTIONS", "FORGEJO_ACTIONS"] {
        let (place, gitea) = (place(), Gitea::start(State::default(), answer));
        let publish = ["run", "--publish", "--quiet", "--status", "gate"];
        // A job's token does not say who it is: that is no reason to give up.
        let answer = run(&place, &gitea, &[(sign, "true")], &publish);
        assert_eq!(answer.code, 1, "{}", answer.stderr);
        assert!(answer.stdout.contains("::error file=mlgate.yml"), "{}", answer.stdout);
        let first = gitea.state().comments[0]["body"].as_str().unwrap().to_owned();
        assert!(first.contains(&format!("[run](http://{}/o/r/actions/runs/31)", gitea.address)), "{first}");
        place.write("rows.csv", "a\n1\n2\n");
        let answer = run(&place, &gitea, &[(sign, "true"), ("GITHUB_RUN_NUMBER", "32")], &publish);
        assert!(answer.stderr.contains("updated the comment on pull request 7"), "{}", answer.stderr);
        let state = gitea.state();
        assert!(state.comments.len() == 1 && state.comments[0]["body"].as_str().unwrap().contains("passed"));
        let states: Vec<&Value> = state.statuses.iter().map(|status| &status["status"]).collect();
        assert_eq!(states, ["success", "failure"]);
    }
}

#[test]
fn a_push_finds_the_pull_request_of_its_commit_and_check_runs_are_unknown() {
    let (place, gitea) = (place(), Gitea::start(State::default(), answer));
    place.write("event.json", &json!({"after": HEAD, "ref": "refs/heads/x"}).to_string());
    let more = [("GITEA_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")];
    let arguments = ["run", "--publish", "--quiet", "--check-run", "--author", "gitea-actions"];
    let answer = run(&place, &gitea, &more, &arguments);
    assert!(answer.stderr.contains("wrote a comment on pull request 7"), "{}", answer.stderr);
    assert!(answer.stderr.contains("Gitea has no check runs; --status sets a commit status"), "{}", answer.stderr);
}

/// Never passes: a status that another job, or another config, would turn green.
#[test]
fn a_pass_does_not_cover_another_s_failure() {
    let (place, gitea) = (place(), Gitea::start(State::default(), answer));
    place.write("b.yml", "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= 1\"}\n");
    let job = |number: &'static str| [("GITEA_ACTIONS", "true"), ("GITHUB_RUN_NUMBER", number)];
    let with =
        |config: &'static str| ["run", "--publish", "--quiet", "--comment", "off", "--status", "g", "--config", config];
    assert_eq!(run(&place, &gitea, &job("31"), &with("mlgate.yml")).code, 1);
    for number in ["31", "32"] {
        let answer = run(&place, &gitea, &job(number), &with("b.yml"));
        assert!(answer.stderr.contains("another job failed under the same name"), "{}", answer.stderr);
    }
    assert_eq!(gitea.state().statuses.len(), 1);
    place.write("rows.csv", "a\n1\n2\n");
    assert_eq!(run(&place, &gitea, &job("33"), &with("mlgate.yml")).code, 0);
    assert_eq!(gitea.state().statuses[0]["status"], "success");
}
