//! mlgate against a stateful fake of GitHub (emulate), behind a proxy (Prism) that checks every request and every
//! response against GitHub's own description of its API.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{node, root, said, script, tools};
use crate::support::{Answer, Workplace, run_with};

/// The description that the proxy and the fake of `tests/github` use.
const DESCRIPTION: &str = "tests/github/description.json";
const TOKEN: &str = "tok-bot";

/// A program that listens on a port and ends with the test.
struct Service {
    child: Child,
    port: u16,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    fn start(tools: &Path, script: &str, arguments: impl Fn(u16) -> Vec<String>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = node(tools)
            .arg(tools.join("node_modules").join(script))
            .args(arguments(port))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let service = Self { child, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(120), "{script} does not start");
            thread::sleep(Duration::from_millis(100));
        }
        service
    }

    /// Sends a minimal request.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        write!(
            &stream,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        let text = String::from_utf8_lossy(&rest).into_owned();
        // The body may be chunked; its JSON is between the first and the last bracket.
        let start = text.find("\r\n\r\n").unwrap();
        let json = text[start..].find(['{', '[']).map(|at| &text[start + at..]).unwrap_or_default();
        let json = json.rfind(['}', ']']).map(|at| &json[..=at]).unwrap_or_default();
        (status, serde_json::from_str(json).unwrap_or_default())
    }
}

struct GitHub {
    emulate: Service,
    prism: Service,
    head: String,
    place: Workplace,
}

impl GitHub {
    fn start(untested: &str) -> Option<Self> {
        let tools = tools(untested)?;
        let place = Workplace::new();
        place.write(
            "seed.yaml",
            "tokens:\n  tok-bot: {login: mlgate-bot, scopes: [repo]}\ngithub:\n  users: [{login: octo}, {login: mlgate-bot}]\n  \
             repos: [{owner: octo, name: model, auto_init: true}]\n",
        );
        let seed = place.path().join("seed.yaml").display().to_string();
        let emulate = Service::start(&tools, "emulate/dist/index.js", |port| {
            ["start", "--service", "github", "--port", &port.to_string(), "--seed", &seed].map(str::to_owned).to_vec()
        });
        let upstream = format!("http://127.0.0.1:{}", emulate.port);
        let description = root().join(DESCRIPTION).display().to_string();
        let prism = Service::start(&tools, "@stoplight/prism-cli/dist/index.js", |port| {
            ["proxy", "--errors", "-h", "127.0.0.1", "-p", &port.to_string(), &description, &upstream]
                .map(str::to_owned)
                .to_vec()
        });
        let (_, reference) = emulate.ask("GET", "/repos/octo/model/git/ref/heads/main", &Value::Null);
        let head = reference["object"]["sha"].as_str().unwrap().to_owned();
        let (status, pull) = emulate.ask(
            "POST",
            "/repos/octo/model/pulls",
            &json!({"title": "A change", "head": "change", "base": "main"}),
        );
        assert_eq!((status, &pull["number"]), (201, &1.into()), "{pull}");
        Some(Self { emulate, prism, head, place })
    }

    fn publish(&self, rows: u64, more: &[&str]) -> Answer {
        self.place.write("rows.csv", "a\n1\n2\n3\n");
        self.place
            .write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: rows.csv, rows: \">= {rows}\"}}\n"))
            .write("event.json", &json!({"pull_request": {"number": 1, "head": {"sha": self.head}}}).to_string());
        let api = format!("http://127.0.0.1:{}", self.prism.port);
        let path = |name: &str| self.place.path().join(name).display().to_string();
        let event = path("event.json");
        let environment = [
            ("GITHUB_REPOSITORY", "octo/model"),
            ("GITHUB_API_URL", api.as_str()),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", &event),
            ("GITHUB_TOKEN", TOKEN),
        ];
        run_with(self.place.path(), &[&["run", "--publish", "--quiet"], more].concat(), &environment)
    }

    fn comments(&self) -> Vec<Value> {
        let (_, comments) = self.emulate.ask("GET", "/repos/octo/model/issues/1/comments", &Value::Null);
        comments.as_array().unwrap().clone()
    }
}

#[test]
fn every_request_of_a_comment_is_one_that_github_describes() {
    let Some(github) = GitHub::start("requests were not held against GitHub's description by Prism") else { return };
    let said = |answer: &Answer| {
        assert!(!answer.stderr.contains("could not be posted"), "{}", answer.stderr);
        answer.stderr.clone()
    };

    let answer = github.publish(9, &[]);
    assert_eq!(answer.code, 1, "{}", said(&answer));
    assert!(said(&answer).contains("wrote a comment on pull request 1"), "{}", said(&answer));
    let comments = github.comments();
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0]["user"]["login"], "mlgate-bot");
    assert!(comments[0]["body"].as_str().unwrap().contains("1 of 1 gate failed"), "{}", comments[0]);

    assert!(said(&github.publish(9, &[])).contains("says the same already"));
    assert!(said(&github.publish(3, &[])).contains("updated the comment on pull request 1"));
    let comments = github.comments();
    assert_eq!(comments.len(), 1);
    assert!(comments[0]["body"].as_str().unwrap().contains("passed"), "{}", comments[0]);

    assert!(said(&github.publish(3, &["--comment", "recreate"])).contains("wrote a comment"));
    let again = github.comments();
    assert_eq!(again.len(), 1);
    assert_ne!(again[0]["id"], comments[0]["id"]);

    // emulate's response lacks fields that GitHub guarantees, and the proxy reports that to mlgate instead; the request
    // itself succeeded.
    github.publish(9, &["--comment", "off", "--check-run"]);
    let path = format!("/repos/octo/model/commits/{}/check-runs", github.head);
    let (_, checks) = github.emulate.ask("GET", &path, &Value::Null);
    let check = &checks["check_runs"][0];
    assert_eq!((&check["name"], &check["conclusion"]), (&"mlgate".into(), &"failure".into()), "{checks}");
}

/// The proxy refuses what GitHub would refuse: a proxy that accepts everything would prove nothing.
#[test]
fn the_proxy_refuses_what_github_would() {
    let Some(github) = GitHub::start("Prism was not tried") else { return };
    let comments = "/repos/octo/model/issues/1/comments";
    for (method, path, body) in [
        ("POST", comments, json!({"text": "no body"})),
        ("POST", "/repos/octo/model/issues/comments/1", json!({"body": "the method is PATCH"})),
        ("GET", "/repos/octo/model/issues/1/comments?per_page=all", Value::Null),
        ("POST", "/repos/octo/model/check-runs", json!({"name": "x", "head_sha": github.head, "conclusion": "passed"})),
    ] {
        let (status, answer) = github.prism.ask(method, path, &body);
        assert!((400..500).contains(&status), "{method} {path}: {status} {answer}");
    }
    assert!(github.comments().is_empty());
}

#[test]
fn the_query_is_one_that_github_answers() {
    let Some(tools) = tools("the GraphQL query was not held against GitHub's schema") else { return };
    let query = "query { viewer { login } }";
    let source = fs::read_to_string(root().join("src/publish/github/forge.rs")).unwrap();
    assert!(source.contains(query), "the client asks something else");
    let script = script(&tools, "graphql.mjs");
    for (query, holds) in [(query, true), ("query { viewer { name_of_nobody } }", false)] {
        let output = node(&tools).arg(&script).arg(query).current_dir(&tools).output().unwrap();
        assert_eq!(output.status.success(), holds, "{}", said(&output));
    }
}
