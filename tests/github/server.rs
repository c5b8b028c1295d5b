//! A fake GitHub that stores its comments, speaks HTTP/1.1, and fails on request.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::MutexGuard;
use std::thread;

use serde_json::{Value, json};

use super::description::description;
use crate::stub_server::StubServer;

/// The token, which must be in every request to the API, and nowhere else.
pub(crate) const TOKEN: &str = "ghs_0123456789abcdefSECRET";

/// A comment on the pull request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) is_hidden: bool,
}

/// A failure that replaces the response of the next matching request.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The start of the method and path.
    pub(crate) on: &'static str,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    /// True: the request is carried out in spite of the failure.
    pub(crate) is_done: bool,
    /// The number of requests that fail.
    pub(crate) times: usize,
}

impl Fault {
    pub(crate) fn new(on: &'static str, status: u16, message: &str) -> Self {
        let body = json!({"message": message}).to_string();
        Self { on, status, headers: Vec::new(), body, is_done: false, times: 1 }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    pub(crate) fn done(mut self) -> Self {
        self.is_done = true;
        self
    }
}

/// The state of the server.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) comments: Vec<Comment>,
    pub(crate) faults: Vec<Fault>,
    /// The requests, each as `METHOD path`.
    pub(crate) log: Vec<String>,
    /// The last body of each path.
    pub(crate) sent: BTreeMap<String, Value>,
    /// The created check runs.
    pub(crate) checks: Vec<Value>,
    /// Open pull requests, as the API lists them.
    pub(crate) pulls: Vec<Value>,
    /// The head of pull request 7, if it is another one than the tests' own.
    pub(crate) head: Option<String>,
    /// Artifacts of the run, and the archive behind all of them.
    pub(crate) artifacts: Vec<Value>,
    pub(crate) archive: Vec<u8>,
    /// Workflow runs, as the API lists them.
    pub(crate) runs: Vec<Value>,
    pub(crate) prefix: &'static str,
    pub(crate) author: Option<&'static str>,
    pub(crate) statuses: Vec<(String, Value)>,
    pub(crate) rival: Option<Comment>,
    /// Requests that GitHub would not accept, or that leak the token.
    pub(crate) broken: Vec<String>,
}

/// A server on a port of its own.
pub(crate) struct GitHub(StubServer<State>);

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl GitHub {
    pub(crate) fn start() -> Self {
        Self(StubServer::start(State::default(), answer))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }

    /// Returns the requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }
}

impl Drop for GitHub {
    /// Asserts at the end of every test that every request was one that GitHub accepts.
    fn drop(&mut self) {
        if !thread::panicking() {
            let broken = std::mem::take(&mut self.state().broken);
            assert!(broken.is_empty(), "requests that GitHub would not understand: {broken:#?}");
        }
    }
}

/// Answers the requests of a connection.
pub(crate) fn speak(stream: TcpStream, answer: impl Fn(&Request) -> Response) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        let response = answer(&request);
        let mut head = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", response.status, response.body.len());
        for (name, value) in &response.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if writer.write_all(format!("{head}\r\n").as_bytes()).is_err() || writer.write_all(&response.body).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

fn answer(request: &Request, state: &mut State, address: SocketAddr) -> Response {
    let line = format!("{} {}", request.method, request.path);
    state.log.push(line.clone());
    let authorization = request.headers.get("authorization");
    if request.path.starts_with("/blob") {
        // The archives are on another host, which must not receive the token.
        if authorization.is_some() {
            state.broken.push("the token was sent to another host".to_owned());
        }
        return Response { status: 200, headers: Vec::new(), body: state.archive.clone() };
    }
    let graphql = if state.prefix.is_empty() { "/graphql" } else { "/api/graphql" };
    let is_query = request.path == graphql;
    let Some(path) = request.path.strip_prefix(state.prefix).or(is_query.then_some("/graphql")) else {
        return json(404, &json!({"message": "Not Found"}));
    };
    let request = &Request { path: if is_query { "/graphql".to_owned() } else { path.to_owned() }, ..request.clone() };
    let line = format!("{} {}", request.method, request.path);
    if authorization.map(String::as_str) != Some(&format!("Bearer {TOKEN}")) {
        state.broken.push(format!("{line}: without the token"));
    }
    for (name, wanted) in [("x-github-api-version", "2022-11-28"), ("user-agent", "mlgate/")] {
        if !request.headers.get(name).is_some_and(|value| value.starts_with(wanted)) {
            state.broken.push(format!("{line}: no {name}"));
        }
    }
    if let Some(at) = state.faults.iter().position(|fault| line.starts_with(fault.on)) {
        let fault = state.faults[at].clone();
        state.faults[at].times -= 1;
        state.faults.retain(|fault| fault.times > 0);
        if fault.is_done {
            right_answer(request, state, address);
        }
        return Response { status: fault.status, headers: fault.headers, body: fault.body.into_bytes() };
    }
    right_answer(request, state, address)
}

/// Returns the correct response, after checking it and the request against GitHub's own description.
fn right_answer(request: &Request, state: &mut State, address: SocketAddr) -> Response {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let described = path.replacen("/repositories/1", "/repos/octo/model", 1);
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    state.sent.insert(path.to_owned(), body.clone());
    let repository = described.strip_prefix("/repos/octo/model");
    let asked = Asked { method: &request.method, path: &described, query, body: &body };
    if path == "/graphql" {
        return json(200, &json!({"data": {"viewer": {"login": "github-actions"}}}));
    }
    // Addresses that the trimmed description does not contain.
    if let Some(response) = of_baselines(&asked, repository.unwrap_or("none"), state, address) {
        return response;
    }
    state.broken.extend(description().problems_of_request(asked.method, asked.path, query, &body));
    let response = known(&asked, repository.unwrap_or_default(), state, address).unwrap_or_else(|| {
        state.broken.push(format!("{} {}: there is no such address", request.method, request.path));
        json(404, &json!({"message": "Not Found"}))
    });
    let said: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    // GitHub does not describe what it says of a comment that was deleted in between.
    if response.status != 404 {
        state.broken.extend(description().problems_of_answer(asked.method, asked.path, response.status, &said));
    }
    response
}

struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    body: &'a Value,
}

impl Asked<'_> {
    /// Returns a response with these fields, and all others that GitHub guarantees.
    fn answer(&self, status: u16, fields: &Value) -> Response {
        json(status, &description().answer(self.method, self.path, status, fields))
    }

    fn parameter(&self, name: &str) -> Option<usize> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    }
}

pub(crate) fn json(status: u16, json: &Value) -> Response {
    Response { status, headers: Vec::new(), body: json.to_string().into_bytes() }
}

fn of_baselines(asked: &Asked<'_>, address_of: &str, state: &State, address: SocketAddr) -> Option<Response> {
    match (asked.method, address_of) {
        ("GET", "") => Some(json(200, &json!({"id": 1, "default_branch": "main"}))),
        ("GET", "/actions/artifacts") => {
            let page = asked.parameter("page").unwrap_or(1);
            let wanted = asked.query.split('&').find_map(|pair| pair.strip_prefix("name="));
            let named = |artifact: &&Value| wanted.is_none_or(|name| artifact["name"] == name);
            let all: Vec<&Value> = state.artifacts.iter().filter(named).collect();
            let listed: Vec<&Value> = all.iter().skip((page - 1) * 100).take(100).copied().collect();
            let mut response = json(200, &json!({"total_count": all.len(), "artifacts": listed}));
            if page * 100 < all.len() {
                let next = format!("<http://{address}{}?page={}>; rel=\"next\"", asked.path, page + 1);
                response.headers.push(("link", next));
            }
            Some(response)
        }
        ("GET", path) if path.starts_with("/actions/runs/") && !path.ends_with("/artifacts") => {
            let id = path.rsplit('/').next().and_then(|id| id.parse::<u64>().ok());
            let run = state.runs.iter().find(|run| run["id"].as_u64() == id);
            Some(run.map_or_else(|| json(404, &json!({"message": "Not Found"})), |run| json(200, run)))
        }
        _ => None,
    }
}

fn known(asked: &Asked<'_>, address_of: &str, state: &mut State, address: SocketAddr) -> Option<Response> {
    Some(match (asked.method, address_of) {
        // Every token of a job gets this response.
        ("GET", "") if asked.path == "/user" => {
            asked.answer(403, &json!({"message": "Resource not accessible by integration"}))
        }
        ("GET", "/issues/7/comments") => {
            let (page, size) = (asked.parameter("page").unwrap_or(1), asked.parameter("per_page").unwrap_or(30));
            let listed: Vec<Value> = state.comments.iter().skip((page - 1) * size).take(size).map(shown).collect();
            let mut response = asked.answer(200, &Value::Array(listed));
            if page * size < state.comments.len() {
                let path = asked.path;
                let next = format!("<http://{address}{path}?per_page={size}&page={}>; rel=\"next\"", page + 1);
                response.headers.push(("link", next));
            }
            response
        }
        ("POST", "/issues/7/comments") => {
            let text = asked.body["body"].as_str().unwrap_or_default();
            if text.encode_utf16().count() > 65_536 || text.is_empty() {
                state.broken.push("a comment of a size that GitHub does not take".to_owned());
            }
            state.comments.extend(state.rival.take());
            let id = 1 + state.comments.iter().map(|comment| comment.id).max().unwrap_or(100);
            let author = state.author.unwrap_or("github-actions[bot]").to_owned();
            let new = Comment { id, author, body: text.to_owned(), is_hidden: false };
            state.comments.push(new.clone());
            asked.answer(201, &shown(&new))
        }
        (method @ ("GET" | "PATCH" | "DELETE"), path) if path.starts_with("/issues/comments/") => {
            let id = path.rsplit('/').next().and_then(|id| id.parse::<u64>().ok());
            let Some(at) = state.comments.iter().position(|comment| Some(comment.id) == id) else {
                return Some(json(404, &json!({"message": "Not Found"})));
            };
            if method == "GET" {
                return Some(asked.answer(200, &shown(&state.comments[at])));
            }
            if method == "DELETE" {
                state.comments.remove(at);
                return Some(Response { status: 204, headers: Vec::new(), body: Vec::new() });
            }
            state.comments[at].body = asked.body["body"].as_str().unwrap_or_default().to_owned();
            asked.answer(200, &shown(&state.comments[at]))
        }
        ("GET", "/pulls/7") => {
            let head = state.head.clone().unwrap_or_else(|| super::HEAD.to_owned());
            asked.answer(200, &json!({"number": 7, "state": "open", "head": {"sha": head}}))
        }
        ("GET", path) if path.ends_with("/pulls") => asked.answer(200, &Value::Array(state.pulls.clone())),
        ("POST", "/check-runs") => {
            let mut made = json!({"id": 4});
            for field in ["external_id", "name", "conclusion", "details_url"] {
                made[field] = asked.body[field].clone();
            }
            state.checks.push(description().part("check-run", &made));
            asked.answer(201, &made)
        }
        ("GET", path) if path.ends_with("/check-runs") => {
            asked.answer(200, &json!({"total_count": state.checks.len(), "check_runs": state.checks}))
        }
        ("GET", path) if path.ends_with("/statuses") => {
            let (page, size) = (asked.parameter("page").unwrap_or(1), asked.parameter("per_page").unwrap_or(30));
            let latest_first = state.statuses.iter().rev().map(|(_, status)| status.clone());
            let mut response =
                asked.answer(200, &Value::Array(latest_first.skip((page - 1) * size).take(size).collect()));
            if page * size < state.statuses.len() {
                let path = asked.path;
                let next = format!("<http://{address}{path}?per_page={size}&page={}>; rel=\"next\"", page + 1);
                response.headers.push(("link", next));
            }
            response
        }
        ("POST", path) if path.starts_with("/statuses/") => {
            let commit = path.rsplit('/').next().unwrap_or_default().to_owned();
            state.statuses.push((commit, asked.body.clone()));
            asked.answer(201, &json!({"id": 5}))
        }
        ("GET", path) if path.starts_with("/actions/runs/") && path.ends_with("/artifacts") => {
            let artifacts: Vec<Value> =
                state.artifacts.iter().map(|artifact| description().part("artifact", artifact)).collect();
            asked.answer(200, &json!({"total_count": artifacts.len(), "artifacts": artifacts}))
        }
        ("GET", path) if path.starts_with("/actions/artifacts/") => {
            let elsewhere = format!("http://localhost:{}/blob", address.port());
            Response { status: 302, headers: vec![("location", elsewhere)], body: Vec::new() }
        }
        _ => return None,
    })
}

fn shown(comment: &Comment) -> Value {
    let url = format!("https://github.com/octo/model/pull/7#issuecomment-{}", comment.id);
    let author = description().part("simple-user", &json!({"login": comment.author}));
    let minimized = comment.is_hidden.then(|| json!({"reason": "outdated"}));
    json!({"id": comment.id, "body": comment.body, "html_url": url, "user": author, "minimized": minimized})
}
