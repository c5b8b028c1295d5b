//! Runs of trackers as the sides of a gate, and the verdict's way back.

use serde_json::{Value, json};

use super::server::{Reply, Request, Server, json};
use super::{copy_folder, facts, live, mlflow_stores, read, tracker};
use crate::support::{Answer, Workplace, gate, run_with};

/// Writes a config with a gate on the accuracy between two sides.
fn config(place: &Workplace, ours: &str, theirs: &str) {
    place.write(
        "mlgate.yml",
        &format!(
            "version: 1\nmodels:\n  m:\n    metrics_file: \"{ours}\"\n    baseline_metrics_file: \"{theirs}\"\n    \
             metrics:\n      accuracy: {{max_drop: 0.01}}\n"
        ),
    );
}

/// Runs the gate, and returns its only gate and the answer.
fn judged(place: &Workplace, environment: &[(&str, &str)]) -> (Value, Answer) {
    let (report, answer) = place.report_with(&[], environment);
    (gate(&report, "models.m.metrics.accuracy.max_drop").clone(), answer)
}

#[test]
fn a_change_is_compared_with_the_champion() {
    for version in ["mlflow-3", "mlflow-2"] {
        for store in ["sqlite:///mlflow.db", "files/mlruns"] {
            let place = mlflow_stores(version);
            let champion = format!("mlflow:{store}?model=risk%20model&alias=champion");
            config(&place, "metrics.json", &champion);
            place.write("metrics.json", "{\"accuracy\": 0.79}");
            let (drop, answer) = judged(&place, &[]);
            assert_eq!((&drop["verdict"], answer.code), (&json!("pass"), 0), "{}", answer.stderr);
            assert_eq!(drop["baseline"]["value"], 0.8);
            place.write("metrics.json", "{\"accuracy\": 0.7}");
            let (drop, answer) = judged(&place, &[]);
            assert_eq!((&drop["verdict"], answer.code), (&json!("fail"), 1), "{}", answer.stderr);
            // Either side may be a run.
            let newest = format!("mlflow:{store}?experiment=credit%20risk");
            config(&place, &newest, &champion);
            assert_eq!(judged(&place, &[]).0["verdict"], "pass");
        }
    }
}

#[test]
fn only_a_finished_run_is_a_side() {
    let place = mlflow_stores("mlflow-3");
    place.write("metrics.json", "{\"accuracy\": 0.99}");
    let ids = facts("mlflow-3")["sql"].clone();
    let of = |name: &str| format!("mlflow:mlflow.db?run={}", ids[name].as_str().unwrap());
    for (theirs, why) in [
        (of("failed"), "is failed; only a finished run is compared"),
        (of("running"), "is running"),
        (of("killed"), "is killed"),
        (of("deleted"), "is deleted"),
        ("mlflow:mlflow.db?model=risk%20model&alias=none".to_owned(), "no alias `none`"),
        ("mlflow:none.db?run=a".to_owned(), "there is no such file"),
        ("dvc:HEAD".to_owned(), "not in a git repository"),
    ] {
        config(&place, "metrics.json", &theirs);
        let (drop, answer) = judged(&place, &[]);
        assert_eq!((&drop["verdict"], answer.code), (&json!("error"), 4), "{theirs}");
        assert!(drop["message"].as_str().unwrap().contains(why), "{theirs}: {}", drop["message"]);
    }
    let cut = place.path().join("run-x.wandb");
    std::fs::copy(tracker("wandb-0.31-killed.wandb"), cut).unwrap();
    config(&place, "wandb:run-x.wandb", "metrics.json");
    assert!(judged(&place, &[]).0["message"].as_str().unwrap().contains("is unfinished"));
}

#[test]
fn a_number_that_is_none_never_passes() {
    let place = mlflow_stores("mlflow-3");
    let ids = facts("mlflow-3")["sql"].clone();
    place.write(
        "mlgate.yml",
        &format!(
            "version: 1\nmodels:\n  m:\n    metrics_file: \"mlflow:mlflow.db?run={}\"\n    metrics:\n      \
             undefined: {{min: -1, direction: higher}}\n      above: {{min: -1, direction: higher}}\n",
            ids["odd"].as_str().unwrap()
        ),
    );
    let (report, answer) = place.report_with(&[], &[]);
    assert_eq!(answer.code, 4);
    for name in ["undefined", "above"] {
        assert_eq!(gate(&report, &format!("models.m.metrics.{name}.min"))["verdict"], "error", "{name}");
    }
}

#[test]
fn trackers_of_every_kind_are_sides() {
    let place = Workplace::new();
    copy_folder(&tracker("tensorboard"), &place.path().join("logs"));
    std::fs::copy(tracker("wandb-0.31.wandb"), place.path().join("run.wandb")).unwrap();
    place.write("metrics.json", "{\"accuracy\": 0.5}");
    config(&place, "tensorboard:logs?run=validation", "json:metrics.json");
    assert_eq!(judged(&place, &[]).0["verdict"], "pass");
    config(&place, "wandb:run.wandb", "metrics.json");
    let (drop, _) = judged(&place, &[]);
    assert_eq!((&drop["verdict"], &drop["candidate"]["value"]), (&json!("pass"), &json!(0.75)));
    let server = Server::start(|_| {
        json(
            200,
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"accuracy"},"value":[1,"0.9"]}]}}"#,
        )
    });
    config(&place, "wandb:run.wandb", &format!("prometheus:{}?query=accuracy", server.url));
    assert_eq!(judged(&place, &[]).0["verdict"], "fail");
}

fn run_answer() -> Reply {
    json(
        200,
        r#"{"run": {"info": {"run_id": "a1", "status": "FINISHED", "lifecycle_stage": "active"}, "data": {"metrics": [{"key": "accuracy", "value": 0.5}]}}}"#,
    )
}

#[test]
fn a_config_sends_credentials_to_the_servers_of_the_environment_alone() {
    let server = Server::start(|_| run_answer());
    let place = Workplace::new();
    place.write("metrics.json", "{\"accuracy\": 0.5}");
    config(&place, "metrics.json", &format!("mlflow:{}/x?run=a1", server.url));
    let home = place.path().display().to_string();
    let token = ("MLFLOW_TRACKING_TOKEN", "t0ken");
    for (uri, expected) in [
        (None, None),
        (Some("https://elsewhere".to_owned()), None),
        (Some(format!("{}/base", server.url)), Some("Bearer t0ken")),
    ] {
        let mut environment = vec![token, ("HOME", home.as_str())];
        environment.extend(uri.as_deref().map(|uri| ("MLFLOW_TRACKING_URI", uri)));
        assert_eq!(judged(&place, &environment).0["verdict"], "pass", "{uri:?}");
        let asked = server.requests().pop().unwrap();
        assert_eq!(asked.headers.get("authorization").map(String::as_str), expected, "{uri:?}");
    }
}

/// Returns the text of a query's only column and row.
fn one(place: &Workplace, sql: &str) -> Option<String> {
    let database = rusqlite::Connection::open(place.path().join("mlflow.db")).unwrap();
    database.query_row(sql, [], |row| row.get(0)).ok()
}

#[test]
fn the_verdict_is_written_and_the_alias_moves_on_a_pass() {
    for version in ["mlflow-3", "mlflow-2"] {
        let place = mlflow_stores(version);
        let ids = facts(version);
        config(&place, "metrics.json", "mlflow:sqlite:///mlflow.db?model=risk%20model&alias=champion");
        for (store, ids) in [("sqlite:///mlflow.db", &ids["sql"]), ("files/mlruns", &ids["files"])] {
            let candidate = format!("mlflow:{store}?model=risk%20model&version=2");
            let arguments =
                ["run", "--quiet", "--write-back", &candidate, "--promote", "champion", "--report-url", "https://ci/7"];
            let champion = format!("mlflow:{store}?model=risk%20model&alias=champion");
            let of_run = format!("mlflow:{store}?run={}", ids["odd"].as_str().unwrap());
            let before = read(place.path(), &champion)["run"]["id"].clone();

            place.write("metrics.json", "{\"accuracy\": 0.1}");
            let answer = place.run(&arguments);
            assert_eq!(answer.code, 1, "{}", answer.stderr);
            assert!(answer.stderr.contains("stays where it is, because the verdict is fail"), "{}", answer.stderr);
            assert_eq!(read(place.path(), &of_run)["tags"]["mlgate.verdict"], "fail");
            assert_eq!(read(place.path(), &champion)["run"]["id"], before);

            place.write("metrics.json", "{\"accuracy\": 0.9}");
            let answer = place.run(&arguments);
            assert_eq!(answer.code, 0, "{}", answer.stderr);
            assert!(answer.stderr.contains("wrote the alias `champion` of version 2"), "{}", answer.stderr);
            let run = read(place.path(), &of_run);
            assert_eq!(
                (&run["tags"]["mlgate.verdict"], &run["tags"]["mlgate.report_url"]),
                (&json!("pass"), &json!("https://ci/7"))
            );
            assert_eq!(read(place.path(), &champion)["run"]["id"], ids["odd"]);
        }
        let tag =
            "SELECT value FROM model_version_tags WHERE name = 'risk model' AND version = 2 AND key = 'mlgate.verdict'";
        assert_eq!(one(&place, tag).as_deref(), Some("pass"));
        assert_eq!(
            one(
                &place,
                "SELECT COUNT(*) || '' FROM registered_model_aliases WHERE alias = 'champion' AND name = 'risk model'"
            )
            .as_deref(),
            Some("1")
        );
        assert_eq!(place.read("files/mlruns/models/risk model/version-2/tags/mlgate.verdict"), "pass");
    }
}

#[test]
fn what_cannot_be_written_is_a_warning() {
    let place = Workplace::new();
    place.write("metrics.json", "{\"accuracy\": 0.5}").write("main.json", "{\"accuracy\": 0.5}");
    config(&place, "metrics.json", "main.json");
    let server = Server::start(|request: &Request| match request.method.as_str() {
        "POST" => json(403, r#"{"error_code": "PERMISSION_DENIED", "message": "Permission denied"}"#),
        _ => run_answer(),
    });
    let candidate = format!("mlflow:{}?run=a1", server.url);
    let run = |more: &[&str]| run_with(place.path(), &[&["run", "--quiet", "--write-back"], more].concat(), &[]);
    let answer = run(&[&candidate]);
    assert_eq!(answer.code, 0);
    assert!(answer.stderr.contains("warning: not written") && answer.stderr.contains("403"), "{}", answer.stderr);
    assert_eq!(run(&[&candidate, "--require-post"]).code, 5);
    for (source, why) in [
        ("mlflow:none.db?run=a", "there is no such file"),
        ("wandb:run.wandb", "no kind `wandb`"),
        ("metrics.json", "MLflow alone"),
        ("mlflow:none.db", "no run is named"),
    ] {
        let answer = run(&[source]);
        assert_eq!(answer.code, 0, "{source}");
        assert!(
            answer.stderr.contains("the verdict is not written") && answer.stderr.contains(why),
            "{source}: {}",
            answer.stderr
        );
    }
    let answer = run(&[&candidate, "--promote", "champion"]);
    assert!(answer.stderr.contains("an alias is one of a model"), "{}", answer.stderr);
    assert_eq!(run_with(place.path(), &["run", "--promote", "champion"], &[]).code, 2);
}

#[test]
fn a_live_server_gets_tags_and_the_alias() {
    let Some(server) = live::start() else { return };
    let folder = server.place.path();
    server.place.write("metrics.json", "{\"accuracy\": 0.9}");
    config(&server.place, "metrics.json", &format!("mlflow:{}?model=risk%20model&alias=champion", server.url));
    let candidate = format!("mlflow:{}?model=risk%20model&version=2", server.url);
    let answer = server.place.run(&["run", "--quiet", "--write-back", &candidate, "--promote", "champion"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let champion = read(folder, &format!("mlflow:{}?model=risk%20model&alias=champion", server.url));
    assert_eq!((&champion["run"]["name"], &champion["tags"]["mlgate.verdict"]), (&json!("odd"), &json!("pass")));
    let tag =
        "SELECT value FROM model_version_tags WHERE name = 'risk model' AND version = 2 AND key = 'mlgate.verdict'";
    assert_eq!(one(&server.place, tag).as_deref(), Some("pass"));
}
