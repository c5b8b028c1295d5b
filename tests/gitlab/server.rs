//! A fake GitLab that keeps its notes and statuses, and holds every request against those of python-gitlab.

use std::net::SocketAddr;
use std::sync::MutexGuard;
use std::thread;

use serde_json::{Value, json};

use super::HEAD;
use crate::github::server::{Fault, Request, Response, json};
use crate::stub_server::StubServer;

/// The token, which must be in every request to the API, and nowhere else.
pub(super) const TOKEN: &str = "glpat-0123456789abcdefSECRET";
/// The path in front of the API.
const PREFIX: &str = "/sub/api/v4";

/// A note on the merge request.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) id: u64,
    pub(super) author: String,
    pub(super) body: String,
    /// True: GitLab wrote it about an event.
    pub(super) is_system: bool,
}

/// The state of the server.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) notes: Vec<Note>,
    pub(super) statuses: Vec<Value>,
    pub(super) faults: Vec<Fault>,
    /// The requests, each as `METHOD path`.
    pub(super) log: Vec<String>,
    /// The head of the merge request, if it is another one than the tests' own.
    pub(super) head: Option<String>,
    /// The ids of the pipeline's jobs that count.
    pub(super) jobs: Vec<u64>,
    /// The merge requests of the commit.
    pub(super) merge_requests: Vec<Value>,
    /// The login of the token; none if the token's scope does not say.
    pub(super) author: Option<&'static str>,
    /// A note that another job writes right before the next one.
    pub(super) rival: Option<Note>,
    /// Requests that python-gitlab would not send, or that do harm.
    pub(super) broken: Vec<String>,
}

/// A server on a port of its own.
pub(super) struct GitLab(StubServer<State>);

impl GitLab {
    pub(super) fn start() -> Self {
        Self(StubServer::start(State { author: Some("project_8_bot_1a"), ..State::default() }, answer))
    }

    /// Returns the address of the server, which has a path of its own.
    pub(super) fn url(&self) -> String {
        format!("http://{}/sub", self.0.address)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }

    /// Returns the requests since the last call.
    pub(super) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }
}

impl Drop for GitLab {
    /// Asserts at the end of every test that every request was one that python-gitlab sends as well.
    fn drop(&mut self) {
        if !thread::panicking() {
            let broken = std::mem::take(&mut self.state().broken);
            assert!(broken.is_empty(), "requests that GitLab would not understand: {broken:#?}");
        }
    }
}

/// Returns true if python-gitlab sends such a request: the same method, path, names of the query and of the body.
fn is_known(request: &Request, path: &str, query: &str, body: &Value) -> bool {
    let recorded: Vec<Value> = serde_json::from_str(include_str!("requests.json")).unwrap();
    let names = |all: Vec<&str>| {
        let mut names: Vec<String> = all.into_iter().map(str::to_owned).collect();
        names.sort();
        json!(names)
    };
    let query = names(query.split('&').filter_map(|pair| Some(pair.split_once('=')?.0)).collect());
    let body = names(body.as_object().map_or_else(Vec::new, |body| body.keys().map(String::as_str).collect()));
    recorded.iter().any(|known| {
        let is_same = |known: &str| {
            let (mut left, mut right) = (known.split('/'), path.split('/'));
            let is_part = |known: &str, part: &str| {
                let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                known == part || known == ":sha" && part.len() == 40 || is_number(known) && is_number(part)
            };
            known.matches('/').count() == path.matches('/').count()
                && left.by_ref().zip(right.by_ref()).all(|(known, part)| is_part(known, part))
        };
        known["method"] == request.method.as_str()
            && known["path"].as_str().is_some_and(is_same)
            && known["query"] == query
            && known["body"] == body
            && request.headers.contains_key(known["token"].as_str().unwrap_or_default())
    })
}

fn answer(request: &Request, state: &mut State, _: SocketAddr) -> Response {
    let line = format!("{} {}", request.method, request.path);
    state.log.push(line.clone());
    let Some(path) = request.path.strip_prefix(PREFIX) else {
        return json(404, &json!({"error": "404 Not Found"}));
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if !is_known(request, path, query, &body) {
        state.broken.push(line.clone());
    }
    if request.headers.contains_key("authorization") {
        state.broken.push(format!("{line}: with another forge's header"));
    }
    if request.headers.get("private-token").map(String::as_str) != Some(TOKEN) {
        return json(401, &json!({"message": "401 Unauthorized"}));
    }
    let line = format!("{} {path}", request.method);
    if let Some(at) = state.faults.iter().position(|fault| line.starts_with(fault.on)) {
        let fault = state.faults[at].clone();
        state.faults[at].times -= 1;
        state.faults.retain(|fault| fault.times > 0);
        if fault.is_done {
            right_answer(request, (path, query), &body, state);
        }
        return Response { status: fault.status, headers: fault.headers, body: fault.body.into_bytes() };
    }
    right_answer(request, (path, query), &body, state)
}

fn right_answer(request: &Request, (path, query): (&str, &str), body: &Value, state: &mut State) -> Response {
    let method = request.method.as_str();
    if path == "/user" {
        return match state.author {
            Some(author) => json(200, &json!({"id": 3, "username": author})),
            None => {
                json(403, &json!({"error": "insufficient_scope", "error_description": "The request requires more"}))
            }
        };
    }
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (method, parts.as_slice()) {
        ("GET", ["projects", _, "merge_requests", "7"]) => {
            let head = state.head.clone().unwrap_or_else(|| HEAD.to_owned());
            json(200, &json!({"iid": 7, "state": "opened", "sha": head}))
        }
        (_, ["projects", _, "merge_requests", "7", "notes", rest @ ..]) => notes(method, rest, query, body, state),
        ("GET", ["projects", _, "repository", "commits", sha, "merge_requests"]) => match *sha {
            HEAD => json(200, &json!(state.merge_requests)),
            _ => json(404, &json!({"message": "404 Commit Not Found"})),
        },
        ("POST", ["projects", project, "statuses", sha]) => status(project, sha, body, state),
        ("GET", ["projects", _, "repository", "commits", sha, "statuses"]) => {
            let of = state.statuses.iter().filter(|status| status["sha"] == *sha).cloned().collect::<Vec<_>>();
            json(200, &json!(of))
        }
        ("GET", ["projects", _, "pipelines", "31", "jobs"]) => {
            let jobs: Vec<Value> = state.jobs.iter().map(|id| json!({"id": id})).collect();
            json(200, &json!(jobs))
        }
        _ => json(404, &json!({"message": "404 Not Found"})),
    }
}

/// Returns the number in a query.
fn parameter(query: &str, name: &str) -> usize {
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn notes(method: &str, rest: &[&str], query: &str, body: &Value, state: &mut State) -> Response {
    let text = body["body"].as_str().unwrap_or_default().to_owned();
    if method == "POST" || method == "PUT" {
        // GitLab would carry out the line with the rights of the token.
        if text.lines().any(|line| line.trim_start().starts_with('/')) {
            state.broken.push(format!("a quick action: {text}"));
        }
        if text.chars().count() > 1_000_000 {
            return json(400, &json!({"message": {"note": ["is too long (maximum is 1000000 characters)"]}}));
        }
    }
    let Some(id) = rest.first().and_then(|id| id.parse::<u64>().ok()) else {
        if method == "POST" {
            state.notes.extend(state.rival.take());
            let id = 1 + state.notes.iter().map(|note| note.id).max().unwrap_or(100);
            let author = state.author.unwrap_or("somebody").to_owned();
            state.notes.push(Note { id, author, body: text, is_system: false });
            return json(201, &state.notes.last().map(shown).unwrap());
        }
        let (page, size) = (parameter(query, "page"), parameter(query, "per_page"));
        let listed: Vec<Value> = state.notes.iter().skip((page - 1) * size).take(size).map(shown).collect();
        let mut response = json(200, &json!(listed));
        let next = if page * size < state.notes.len() { (page + 1).to_string() } else { String::new() };
        response.headers.push(("x-next-page", next));
        return response;
    };
    let Some(at) = state.notes.iter().position(|note| note.id == id) else {
        return json(404, &json!({"message": "404 Note Not Found"}));
    };
    match method {
        "DELETE" => {
            state.notes.remove(at);
            Response { status: 204, headers: Vec::new(), body: Vec::new() }
        }
        "PUT" => {
            if Some(state.notes[at].author.as_str()) != state.author.or(Some("somebody")) {
                state.broken.push(format!("another's note {id} was changed"));
            }
            state.notes[at].body = text;
            json(200, &shown(&state.notes[at]))
        }
        _ => json(200, &shown(&state.notes[at])),
    }
}

fn shown(note: &Note) -> Value {
    json!({"id": note.id, "body": note.body, "author": {"username": note.author}, "system": note.is_system})
}

/// Sets a status as GitLab does: a state that stands already cannot be set again, and what ended is replaced.
fn status(project: &str, sha: &str, body: &Value, state: &mut State) -> Response {
    let mut new = body.clone();
    new["status"] = body["state"].clone();
    (new["sha"], new["project"]) = (json!(sha), json!(project));
    new["id"] = json!(state.statuses.len());
    let is_of = |status: &&Value| status["name"] == body["name"] && status["sha"] == sha;
    if let Some(last) = state.statuses.iter().rfind(is_of)
        && last["status"] == body["state"]
    {
        let why = "Cannot transition status via :drop from :failed (Reason(s): Status cannot transition via \"drop\")";
        return json(400, &json!({"message": why}));
    }
    for field in ["name", "description", "target_url"] {
        if body[field].as_str().is_some_and(|text| text.chars().count() > 255) {
            return json(400, &json!({"message": {field: ["is too long (maximum is 255 characters)"]}}));
        }
    }
    state.statuses.push(new.clone());
    json(201, &new)
}
