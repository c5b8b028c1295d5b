//! MLflow's REST interface: recorded answers of two major versions, and what servers and proxies in front of them do.

use std::fs;

use serde_json::{Value, json};

use super::server::{Reply, Request, Server, json};
use super::{facts, read, read_with, refused, refused_with, tracker, value};
use crate::support::Workplace;

const API: &str = "/api/2.0/mlflow/";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Starts a server that answers as an `mlflow server` of this version did.
fn recorded(version: &str) -> Server {
    let text = fs::read_to_string(tracker(&format!("{version}-rest.json"))).unwrap();
    let exchanges: Vec<Value> = serde_json::from_str(&text).unwrap();
    Server::start(move |request| {
        let call = request.path.strip_prefix(API).unwrap_or_default();
        let found = exchanges.iter().find(|known| {
            known["method"] == request.method.as_str()
                && known["call"] == call
                && known["query"] == json!(request.query)
                && known["body"] == request.body
        });
        match found {
            Some(known) => {
                json(u16::try_from(known["status"].as_u64().unwrap()).unwrap(), known["text"].as_str().unwrap())
            }
            None => json(599, format!("this request was not recorded: {request:?}")),
        }
    })
}

#[test]
fn a_server_answers_as_its_database() {
    let place = Workplace::new();
    for version in ["mlflow-3", "mlflow-2"] {
        let ids = facts(version)["sql"].clone();
        let server = recorded(version);
        let store = format!("mlflow:{}", server.url);
        let run = read(place.path(), &format!("{store}?run={}", ids["odd"].as_str().unwrap()));
        assert_eq!(
            run["run"],
            json!({"id": ids["odd"], "name": "odd", "status": "finished", "commit": COMMIT, "branch": "main",
                "started": "2023-11-14T22:13:20Z"})
        );
        for (name, expected, step) in [
            ("accuracy", json!(0.75), 10),
            ("tie", json!(0.75), 3),
            ("undefined", json!("NaN"), 4),
            ("above", json!("Infinity"), 0),
            ("below", json!("-Infinity"), 0),
            ("largest", json!("Infinity"), 0),
            ("eval/top 5.acc-uracy", json!(0.875), -1),
            ("third", json!(1.0 / 3.0), 0),
            ("of_dataset", json!(0.625), 7),
        ] {
            assert_eq!(
                (value(&run, name), &run["metrics"][name]["step"]),
                (expected, &json!(step)),
                "{version}: {name}"
            );
        }
        assert_eq!(run["params"], json!({"lr": "0.1", "model/depth": "6", "empty": "", "lines": "a\nb", "ünï": "ß"}));
        for (query, name) in [
            ("model=risk%20model&alias=champion", "parent"),
            ("model=risk%20model&version=2", "odd"),
            ("model=risk%20model&alias=broken", "failed"),
            ("experiment=credit%20risk", "nested"),
            (&format!("experiment={}", ids["experiment"].as_str().unwrap()), "nested"),
            (&format!("commit={COMMIT}"), "nested"),
            (&format!("commit={}", "f".repeat(40)), "elsewhere"),
            ("tag.team=risk%20%26%20fraud", "odd"),
            (&format!("run={}", ids["running"].as_str().unwrap()), "running"),
        ] {
            assert_eq!(read(place.path(), &format!("{store}?{query}"))["run"]["name"], name, "{version}: {query}");
        }
        for (query, why) in [
            (format!("run={}", ids["deleted"].as_str().unwrap()), "is deleted"),
            (format!("run={}", "0".repeat(32)), "there is no run"),
            ("model=risk%20model&alias=gone".to_owned(), "is deleted"),
            ("model=risk%20model&alias=latest".to_owned(), "is deleted"),
            ("model=risk%20model&alias=none".to_owned(), "no alias `none`"),
            ("model=other&alias=champion".to_owned(), "no such model"),
            ("model=risk%20model&version=9".to_owned(), "no version 9"),
            ("model=external&alias=champion".to_owned(), "comes from no run"),
            ("experiment=none".to_owned(), "no active experiment `none`"),
            ("commit=abc".to_owned(), "no run has the tag"),
        ] {
            let message = refused(place.path(), &format!("{store}?{query}"));
            assert!(message.contains(why), "{version}: {query}: {message}");
        }
    }
}

fn run_answer() -> Reply {
    json(
        200,
        r#"{"run": {"info": {"run_id": "a1", "status": "FINISHED", "lifecycle_stage": "active"}, "data": {"metrics": [{"key": "m", "value": 0.5}]}}}"#,
    )
}

#[test]
fn credentials_go_out_in_mlflows_order_and_never_into_output() {
    let place = Workplace::new();
    let server = Server::start(|_| run_answer());
    let source = format!("mlflow:{}/base/path/?run=a1", server.url);
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".mlflow")).unwrap();
    fs::write(
        home.path().join(".mlflow/credentials"),
        "[mlflow]\nmlflow_tracking_username = file\nmlflow_tracking_password = f\n",
    )
    .unwrap();
    let home = home.path().display().to_string();
    let nobody = place.path().display().to_string();
    let user = ("MLFLOW_TRACKING_USERNAME", "me");
    let password = ("MLFLOW_TRACKING_PASSWORD", "s3cret");
    let token = ("MLFLOW_TRACKING_TOKEN", "t0ken");
    for (variables, expected) in [
        (vec![("HOME", nobody.as_str()), user, password, token], Some("Basic bWU6czNjcmV0")),
        (vec![("HOME", nobody.as_str()), token], Some("Bearer t0ken")),
        (vec![("HOME", home.as_str()), token], Some("Basic ZmlsZTpm")),
        (vec![("HOME", nobody.as_str())], None),
    ] {
        let run = read_with(place.path(), &source, &variables);
        assert_eq!(value(&run, "m"), 0.5);
        let asked = server.requests().pop().unwrap();
        assert_eq!(asked.headers.get("authorization").map(String::as_str), expected);
        assert!(asked.path.starts_with("/base/path/api/2.0/mlflow/"), "{}", asked.path);
        assert!(!asked.headers.contains_key("x-mlflow-workspace"));
    }
    let with_user = source.replace("http://", "http://u:hidden@");
    let run = read_with(place.path(), &with_user, &[("HOME", &nobody), ("MLFLOW_WORKSPACE", "team-a")]);
    assert!(!run.to_string().contains("hidden"), "{run}");
    let asked = server.requests().pop().unwrap();
    assert_eq!(asked.headers["authorization"], "Basic dTpoaWRkZW4=");
    assert_eq!(asked.headers["x-mlflow-workspace"], "team-a");
    let uri = format!("{}/", server.url);
    let run = read_with(place.path(), "mlflow:?run=a1", &[("HOME", &nobody), ("MLFLOW_TRACKING_URI", &uri)]);
    assert_eq!(value(&run, "m"), 0.5);
}

#[test]
fn a_redirect_to_another_server_is_not_followed() {
    let place = Workplace::new();
    let thief = Server::start(|_| run_answer());
    let target = thief.url.clone();
    let server = Server::start(move |request: &Request| match request.path.as_str() {
        path if path.starts_with("/same") => {
            (307, vec![("Location", path.replacen("/same", "", 1) + "?run_id=a1")], String::new())
        }
        path if path.starts_with("/away") => (302, vec![("Location", format!("{target}/x"))], String::new()),
        path if path.starts_with("/circle") => (302, vec![("Location", path.to_owned())], String::new()),
        _ => run_answer(),
    });
    let token = [("MLFLOW_TRACKING_TOKEN", "t0ken")];
    let run = read_with(place.path(), &format!("mlflow:{}/same?run=a1", server.url), &token);
    assert_eq!(value(&run, "m"), 0.5);
    let message = refused_with(place.path(), &format!("mlflow:{}/away?run=a1", server.url), &token);
    assert!(message.contains("redirects to another server"), "{message}");
    assert!(thief.requests().is_empty());
    assert!(refused(place.path(), &format!("mlflow:{}/circle?run=a1", server.url)).contains("in a circle"));
}

#[test]
fn odd_answers_are_messages() {
    let place = Workplace::new();
    let says = |reply: Reply| {
        let server = Server::start(move |_| reply.clone());
        refused(place.path(), &format!("mlflow:{}?run=a1", server.url))
    };
    assert!(
        says((
            401,
            vec![("WWW-Authenticate", "Basic realm=\"mlflow\"".to_owned())],
            "You are not authenticated.".to_owned()
        ))
        .contains("MLFLOW_TRACKING_USERNAME")
    );
    assert!(says(json(403, "{}")).contains("do not permit this"));
    assert!(says((404, vec![], "<html>\u{1b}[31mno</html>".to_owned())).contains("status 404"));
    assert!(!says((404, vec![], "<html>\u{1b}[31mno</html>".to_owned())).contains('\u{1b}'));
    assert!(says(json(200, "{}")).contains("has no `run`"));
    assert!(says(json(200, "[1")).contains("status 200"));
    assert!(says(json(500, r#"{"error_code": "INTERNAL_ERROR", "message": "boom"}"#)).contains("boom"));
    assert!(
        says(json(200, r#"{"run": {"info": {"run_id": "a"}, "data": {"metrics": [{"key": "m", "value": "many"}]}}}"#))
            .contains("`m`")
    );
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(refused(place.path(), &format!("mlflow:http://{closed}?run=a1")).contains("cannot be reached"));
}

#[test]
fn pages_are_followed() {
    let place = Workplace::new();
    let server = Server::start(|request| match request.path.strip_prefix(API).unwrap() {
        "experiments/search" if request.body["page_token"] == "two" => {
            json(200, r#"{"experiments": [{"experiment_id": "9"}]}"#)
        }
        "experiments/search" => json(200, r#"{"experiments": [{"experiment_id": "1"}], "next_page_token": "two"}"#),
        // The first page is empty, and has a next one.
        "runs/search" if request.body["page_token"] == "more" => {
            json(200, r#"{"runs": [{"info": {"run_id": "a1", "status": "FINISHED", "start_time": "5"}, "data": {}}]}"#)
        }
        "runs/search" => json(200, r#"{"next_page_token": "more"}"#),
        "artifacts/list" => json(200, "{}"),
        _ => run_answer(),
    });
    let run = read(place.path(), &format!("mlflow:{}?commit=abc", server.url));
    assert_eq!(run["run"]["id"], "a1");
    let search = server.requests().into_iter().find(|request| request.path.ends_with("runs/search")).unwrap();
    assert_eq!(search.body["experiment_ids"], json!(["1", "9"]));
}
