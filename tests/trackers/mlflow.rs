//! MLflow on disk: its SQLite file and its file store, of two major versions.

use std::fs;

use serde_json::{Value, json};

use super::{facts, mlflow_stores, read, read_with, refused, refused_with, tracker, value};
use crate::support::Workplace;

const VERSIONS: [&str; 2] = ["mlflow-3", "mlflow-2"];
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Calls a test for each store of each version, with its name and the ids of its runs.
fn each_store(test: impl Fn(&Workplace, &str, &Value)) {
    for version in VERSIONS {
        let place = mlflow_stores(version);
        let facts = facts(version);
        test(&place, "mlflow:sqlite:///mlflow.db", &facts["sql"]);
        test(&place, "mlflow:files/mlruns", &facts["files"]);
    }
}

fn id<'a>(ids: &'a Value, name: &str) -> &'a str {
    ids[name].as_str().unwrap()
}

#[test]
fn a_run_has_the_values_that_mlflow_itself_shows() {
    each_store(|place, store, ids| {
        let run = read(place.path(), &format!("{store}?run={}", id(ids, "odd")));
        assert_eq!(run["kind"], "mlflow");
        let is_file_store = store.ends_with("mlruns");
        assert_eq!(
            run["run"],
            json!({"id": id(ids, "odd"), "name": "odd", "status": "finished", "commit": COMMIT, "branch": "main",
                "started": "2023-11-14T22:13:20Z"})
        );
        for (name, expected, step) in [
            ("accuracy", json!(0.75), 10),
            ("tie", json!(0.75), 3),
            ("undefined", json!("NaN"), 4),
            ("above", json!("Infinity"), 0),
            ("below", json!("-Infinity"), 0),
            ("eval/top 5.acc-uracy", json!(0.875), -1),
            ("third", json!(1.0 / 3.0), 0),
        ] {
            assert_eq!(value(&run, name), expected, "{store}: {name}");
            assert_eq!(run["metrics"][name]["step"], step, "{store}: {name}");
        }
        // The file store keeps the number itself.
        let largest = if is_file_store { json!(f64::MAX) } else { json!("Infinity") };
        assert_eq!(value(&run, "largest"), largest);
        // MLflow reads step 0 from the lines of five fields that 3.x writes with a dataset.
        let has_five_fields = is_file_store && run["metrics"]["of_dataset"]["step"] == 0;
        assert!(has_five_fields || run["metrics"]["of_dataset"]["step"] == 7, "{store}");
        assert_eq!(run["params"], json!({"lr": "0.1", "model/depth": "6", "empty": "", "lines": "a\nb", "ünï": "ß"}));
        assert_eq!(run["tags"]["team"], "risk & fraud");
        assert_eq!(run["tags"]["note"], "a\nb");
        assert_eq!(run["warnings"], json!([]));
    });
}

#[test]
fn states_are_words_and_deleted_runs_are_refused() {
    each_store(|place, store, ids| {
        for (name, status) in
            [("failed", "failed"), ("killed", "killed"), ("running", "running"), ("nested", "finished")]
        {
            let run = read(place.path(), &format!("{store}?run={}", id(ids, name)));
            assert_eq!(run["run"]["status"], status, "{store}");
        }
        let why = refused(place.path(), &format!("{store}?run={}", id(ids, "deleted")));
        assert!(why.contains("is deleted"), "{why}");
        let why = refused(place.path(), &format!("{store}?run=00000000000000000000000000000000"));
        assert!(why.contains("there is no run"), "{why}");
        assert!(refused(place.path(), &format!("{store}?run=../1")).contains("there is no run"));
    });
}

#[test]
fn versions_are_found_by_alias_and_number() {
    each_store(|place, store, ids| {
        let of = |query: &str| read(place.path(), &format!("{store}?model=risk%20model&{query}"))["run"]["id"].clone();
        assert_eq!(of("alias=champion"), ids["parent"]);
        assert_eq!(of("alias=@challenger"), ids["odd"]);
        assert_eq!(of("version=2"), ids["odd"]);
        let failed = read(place.path(), &format!("{store}?model=risk%20model&alias=broken"));
        assert_eq!(failed["run"]["status"], "failed");
        for (query, why) in [
            ("model=risk%20model&alias=gone", "is deleted"),
            ("model=risk%20model&alias=latest", "is deleted"),
            ("model=risk%20model&alias=none", "no alias `none`"),
            ("model=risk%20model&version=9", "no version 9"),
            ("model=risk%20model&version=x", "must be a number"),
            ("model=risk%20model", "needs one of"),
            ("model=other&alias=champion", "no registered model `other`"),
            ("model=..&alias=champion", "no registered model `..`"),
            ("model=external&alias=champion", "comes from no run"),
            ("alias=champion", "need a `model`"),
            ("run=a&experiment=b", "exclude each other"),
            ("alais=champion", "`alais`"),
        ] {
            let message = refused(place.path(), &format!("{store}?{query}"));
            assert!(message.contains(why), "{store}?{query}: {message}");
        }
        assert!(refused(place.path(), store).contains("no run is named"));
    });
}

#[test]
fn of_several_runs_the_newest_finished_one_counts() {
    each_store(|place, store, ids| {
        let found = |query: &str| read(place.path(), &format!("{store}?{query}"))["run"]["name"].clone();
        // The newest finished run is a nested one, as in MLflow's own search.
        assert_eq!(found("experiment=credit%20risk"), "nested");
        assert_eq!(found(&format!("experiment={}", id(ids, "experiment"))), "nested");
        assert_eq!(found(&format!("commit={COMMIT}")), "nested");
        assert_eq!(found("tag.team=risk%20%26%20fraud"), "odd");
        assert_eq!(found(&format!("experiment=credit%20risk&tag.mlflow.parentRunId={}", id(ids, "parent"))), "nested");
        assert_eq!(found(&format!("commit={}", "f".repeat(40))), "elsewhere");
        for (query, why) in [
            ("experiment=none", "no active experiment `none`"),
            ("commit=abc", "no run has the tag"),
            ("experiment=other&tag.team=x", "no run has the experiment `other` and the tag `team` = `x`"),
            ("tag.a%27%20OR%201=x", "no run has"),
        ] {
            let message = refused(place.path(), &format!("{store}?{query}"));
            assert!(message.contains(why), "{store}?{query}: {message}");
        }
    });
}

#[test]
fn artifacts_are_found_where_the_store_was_moved_to() {
    for version in VERSIONS {
        let place = mlflow_stores(version);
        let ids = &facts(version)["files"];
        let run = read(place.path(), &format!("mlflow:files/mlruns?run={}", id(ids, "odd")));
        for name in ["report.txt", "more"] {
            let path = run["artifacts"][name].as_str().unwrap_or_else(|| panic!("{}", run["artifacts"]));
            assert!(place.path().join(path).exists(), "{path}");
        }
    }
}

#[test]
fn a_store_is_known_by_its_content_and_by_the_environment() {
    let place = mlflow_stores("mlflow-3");
    let facts = facts("mlflow-3");
    let query = |ids: &Value| format!("?run={}", id(ids, "parent"));
    let (sql, files) = (query(&facts["sql"]), query(&facts["files"]));
    let absolute = place.path().display().to_string();
    for source in [
        format!("mlflow.db{sql}"),
        format!("mlflow:mlflow.db{sql}"),
        format!("mlflow:sqlite:///./mlflow.db{sql}"),
        format!("mlflow:sqlite:///{absolute}/mlflow.db{sql}"),
        format!("mlflow:{sql}"),
        format!("files/mlruns{files}"),
        format!("mlflow:files{files}"),
        format!("mlflow:{absolute}/files/mlruns{files}"),
        format!("mlflow:file:///{}/files/mlruns{files}", absolute.trim_start_matches('/')),
        format!("mlflow:file:files/mlruns{files}"),
    ] {
        let run = read(place.path(), &source);
        assert_eq!((&run["kind"], &run["run"]["name"]), (&json!("mlflow"), &json!("parent")), "{source}");
        assert_eq!(run["source"], source);
    }
    let uri = format!("file://{absolute}/files/mlruns");
    let run = read_with(place.path(), &format!("mlflow:{files}"), &[("MLFLOW_TRACKING_URI", &uri)]);
    assert_eq!(run["run"]["name"], "parent");
    let run = read_with(place.path(), &format!("mlflow:{sql}"), &[("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")]);
    assert_eq!(run["run"]["name"], "parent");
    for (uri, why) in [
        ("postgresql+psycopg2://me:secret@h/db", "databases of `postgresql` are not read"),
        ("databricks", "there is no such file"),
        ("databricks://profile", "MLFLOW_TRACKING_TOKEN"),
        ("sqlite://mlflow.db", "three slashes"),
        ("sqlite:///none.db", "there is no such file"),
    ] {
        let message = refused_with(place.path(), "mlflow:?run=a", &[("MLFLOW_TRACKING_URI", uri)]);
        assert!(message.contains(why), "{uri}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
    let empty = Workplace::new();
    assert!(refused(empty.path(), "mlflow:?run=a").contains("MLFLOW_TRACKING_URI is not set"));
}

#[test]
fn reading_changes_nothing_and_a_write_ahead_log_counts() {
    let place = mlflow_stores("mlflow-3");
    let ids = facts("mlflow-3")["sql"].clone();
    let source = format!("mlflow:mlflow.db?run={}", id(&ids, "parent"));
    let names = || fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let before = (names(), fs::read(place.path().join("mlflow.db")).unwrap());
    assert_eq!(value(&read(place.path(), &source), "accuracy"), 0.8);
    assert_eq!((names(), fs::read(place.path().join("mlflow.db")).unwrap()), before);

    let writer = rusqlite::Connection::open(place.path().join("mlflow.db")).unwrap();
    writer.pragma_update(None, "journal_mode", "wal").unwrap();
    writer.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    let update = "UPDATE latest_metrics SET value = 0.5 WHERE run_uuid = ?1 AND key = 'accuracy'";
    writer.execute(update, [id(&ids, "parent")]).unwrap();
    assert!(fs::metadata(place.path().join("mlflow.db-wal")).unwrap().len() > 0);
    assert_eq!(value(&read(place.path(), &source), "accuracy"), 0.5, "the log holds the newer value");
}

#[test]
fn files_of_old_and_odd_schemas() {
    let place = mlflow_stores("mlflow-2");
    let ids = facts("mlflow-2")["sql"].clone();
    let source = format!("mlflow:mlflow.db?run={}", id(&ids, "odd"));
    let database = rusqlite::Connection::open(place.path().join("mlflow.db")).unwrap();
    // Before `latest_metrics` there were the histories alone.
    database.execute_batch("DROP TABLE latest_metrics").unwrap();
    let run = read(place.path(), &source);
    for (name, expected) in [("accuracy", json!(0.75)), ("tie", json!(0.75)), ("undefined", json!("NaN"))] {
        assert_eq!(value(&run, name), expected);
    }
    database.execute_batch("ALTER TABLE runs DROP COLUMN deleted_time; ALTER TABLE metrics DROP COLUMN is_nan").ok();
    read(place.path(), &source);
    database
        .execute_batch("DROP TABLE params; CREATE VIEW params AS SELECT 'a' AS key, 'b' AS value, 'c' AS run_uuid")
        .unwrap();
    assert!(refused(place.path(), &source).contains("is a view"));
    place.write("other.db", "");
    let other = rusqlite::Connection::open(place.path().join("other.db")).unwrap();
    other.execute_batch("CREATE TABLE runs (a)").unwrap();
    assert!(refused(place.path(), "mlflow:other.db?run=a").contains("but not MLflow's"));
    place.write("text.db", "no database");
    assert!(refused(place.path(), "mlflow:text.db?run=a").contains("not an SQLite file"));
}

#[cfg(unix)]
#[test]
fn a_store_does_not_lead_to_other_files() {
    let place = mlflow_stores("mlflow-3");
    let ids = facts("mlflow-3")["files"].clone();
    place.write("secret", "the secret");
    let run = place.path().join(format!("files/mlruns/{}/{}", id(&ids, "experiment"), id(&ids, "odd")));
    std::os::unix::fs::symlink(place.path().join("secret"), run.join("params/leak")).unwrap();
    let message = refused(place.path(), &format!("mlflow:files?run={}", id(&ids, "odd")));
    assert!(!message.contains("the secret") && message.contains("leak"), "{message}");
}

#[test]
fn the_fixtures_are_of_the_versions_that_the_docs_name() {
    for version in VERSIONS {
        assert!(tracker(&format!("{version}.db.zst")).is_file());
        assert!(facts(version)["version"].as_str().unwrap().starts_with(&version[7..]));
    }
}
