//! Numbers for Prometheus: the push, and the example's alerts and dashboard.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{JoinHandle, spawn};

use regex::Regex;
use serde_json::Value;

use crate::support::{Answer, Workplace, run_with};

/// A gateway that gives these answers, one to each request, and returns the requests.
fn gateway(answers: Vec<&'static str>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                loop {
                    let read = stream.read(&mut buffer).unwrap();
                    request.extend_from_slice(&buffer[..read]);
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head
                        .lines()
                        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                    if read == 0 || body.len() >= length.unwrap_or(0_usize) {
                        write!(stream, "HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n").unwrap();
                        return text;
                    }
                }
            })
            .collect()
    });
    (address, serving)
}

fn project() -> Workplace {
    let place = Workplace::new();
    place.write("d.csv", "id\n1\n2\n").write("mlgate.yml", "version: 1\ndata: {d: {path: d.csv, rows: 2}}\n");
    assert_eq!(place.run(&["run", "--quiet", "--output", "json=report.json"]).code, 0);
    place
}

fn push(place: &Workplace, address: &str, more: &[&str]) -> Answer {
    let environment = [("MLGATE_PUSH_TOKEN", "s3cret"), ("NO_PROXY", "127.0.0.1")];
    run_with(place.path(), &[&["push", "report.json", "--gateway", address], more].concat(), &environment)
}

#[test]
fn a_push_replaces_the_group() {
    let place = project();
    let (address, serving) = gateway(vec!["200 OK\r\nContent-Length: 0"]);
    let answer = push(&place, &address, &["--label", "repo=org/name"]);
    assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (0, "", ""));
    let request = serving.join().unwrap().remove(0);
    assert!(request.starts_with("PUT /metrics/job/mlgate/repo@base64/b3JnL25hbWU= HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("Bearer s3cret\r\n"), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let page = place.run(&["render", "report.json", "--format", "openmetrics"]).stdout;
    assert_eq!(format!("{body}# EOF\n"), page);
}

#[test]
fn a_push_that_failed_is_exit_code_4_and_shows_no_token() {
    let place = project();
    let refused = "400 Bad Request\r\nContent-Length: 24\r\n\r\ns3cret: \u{1b}[2J##[x] pushed";
    let leads = "302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0";
    for (answers, why) in [([refused], "(400)"), ([leads], "(302)")] {
        let (address, serving) = gateway(answers.to_vec());
        let answer = push(&place, &address, &[]);
        assert_eq!((answer.code, serving.join().unwrap().len()), (4, 1));
        assert!(answer.stderr.contains(why), "{}", answer.stderr);
        assert!(!answer.stderr.contains("s3cret") && !answer.stderr.contains('\u{1b}'), "{}", answer.stderr);
    }
    // A gateway that is busy once is asked again.
    let (address, serving) =
        gateway(vec!["503 Service Unavailable\r\nContent-Length: 0", "200 OK\r\nContent-Length: 0"]);
    assert_eq!(push(&place, &address, &[]).code, 0);
    assert_eq!(serving.join().unwrap().len(), 2);
    assert_eq!(push(&place, "http://127.0.0.1:1", &[]).code, 4, "nobody listens");
    for wrong in [vec!["--label", "a-b=c"], vec!["--label", "job=c"], vec!["--label", "x"], vec!["--job", ""]] {
        assert_eq!(push(&place, "http://127.0.0.1:1", &wrong).code, 2, "{wrong:?}");
    }
    for wrong in ["127.0.0.1:9091", "file:///etc", "http://user:word@127.0.0.1:1"] {
        let answer = push(&place, wrong, &[]);
        assert_eq!(answer.code, 2);
        assert!(!answer.stderr.contains("word@"), "{}", answer.stderr);
    }
    place.write("report.json", "{}");
    assert_eq!(push(&place, "http://127.0.0.1:1", &[]).code, 4);
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Returns every query of a dashboard.
fn queries(dashboard: &Value, found: &mut Vec<String>) {
    match dashboard {
        Value::Object(fields) => {
            found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| queries(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        _ => {}
    }
}

#[test]
fn alerts_and_the_dashboard_ask_for_metrics_that_there_are() {
    let place = Workplace::new();
    let config = crate::support::fixtures().join("loans/bad/mlgate.yml").display().to_string();
    let metrics = place.run(&["run", "--config", &config, "--format", "openmetrics"]).stdout;
    let written: BTreeSet<&str> = metrics.lines().filter_map(|line| line.split([' ', '{']).next()).collect();
    let text = fs::read_to_string(examples().join("grafana/mlgate.dashboard.json")).unwrap();
    let mut all = Vec::new();
    queries(&serde_json::from_str(&text).unwrap(), &mut all);
    assert!(all.len() >= 10, "{all:?}");
    let rules = fs::read_to_string(examples().join("prometheus/mlgate.rules.yml")).unwrap();
    let exprs = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    all.extend(exprs.map(str::to_owned));
    let name = Regex::new("mlgate_[a-z_]+").unwrap();
    for query in &all {
        for found in name.find_iter(query) {
            assert!(written.contains(found.as_str()), "{query} asks for {}", found.as_str());
        }
    }
}

/// Returns true if Prometheus' own tool takes the arguments; `None` if it is not here.
fn promtool(folder: &Path, arguments: &[&str]) -> Option<(bool, String)> {
    let ended = Command::new("promtool").args(arguments).current_dir(folder).output().ok()?;
    let text = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    Some((ended.status.success(), text))
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn promtool_fires_every_alert_and_parses_every_query() {
    let folder = examples().join("prometheus");
    let Some((fired, text)) = promtool(&folder, &["test", "rules", "mlgate.rules.test.yml"]) else {
        assert!(std::env::var_os("MLGATE_REQUIRE_PROMTOOL").is_none(), "promtool is not on the path");
        eprintln!("skipped: promtool is not on the path");
        return;
    };
    assert!(fired, "{text}");
    let tests = fs::read_to_string(folder.join("mlgate.rules.test.yml")).unwrap();
    let rules = fs::read_to_string(folder.join("mlgate.rules.yml")).unwrap();
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        // A gate that is undecided for a day is fired by no test of minutes.
        let is_tested = tests.contains(&format!("alertname: {alert}")) || alert == "MlgateInconclusive";
        assert!(is_tested, "{alert} is never fired");
    }
    let place = Workplace::new();
    let dashboard = fs::read_to_string(examples().join("grafana/mlgate.dashboard.json")).unwrap();
    let mut all = Vec::new();
    queries(&serde_json::from_str(&dashboard).unwrap(), &mut all);
    let rules: Vec<Value> = all
        .iter()
        .enumerate()
        .map(|(at, query)| serde_json::json!({"record": format!("q:{at}"), "expr": query.replace('$', "x")}))
        .collect();
    // JSON is YAML.
    place.write("q.json", &serde_json::json!({"groups": [{"name": "q", "rules": rules}]}).to_string());
    let (parsed, text) = promtool(place.path(), &["check", "rules", "q.json"]).unwrap();
    assert!(parsed, "{text}");
}
