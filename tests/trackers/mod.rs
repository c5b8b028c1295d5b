//! Trackers: files and stores that the tools themselves have made (`fixtures/make_trackers.py`).

mod damage;
mod dvc;
mod gate;
mod live;
mod mlflow;
mod mlflow_rest;
mod page;
mod prometheus;
mod server;
mod tensorboard;
mod wandb;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Workplace, fixtures, run_with};

/// Returns a file of the trackers' fixtures.
fn tracker(name: &str) -> PathBuf {
    fixtures().join("trackers").join(name)
}

/// Returns what a fixture says about itself.
fn facts(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(tracker(&format!("{name}.json"))).unwrap()).unwrap()
}

/// Reads a source as JSON.
#[track_caller]
fn read(folder: &Path, source: &str) -> Value {
    read_with(folder, source, &[])
}

#[track_caller]
fn read_with(folder: &Path, source: &str, environment: &[(&str, &str)]) -> Value {
    let answer = run_with(folder, &["read", source, "--format", "json"], environment);
    assert_eq!(answer.code, 0, "{source}: {}", answer.stderr);
    let snapshot: Value = serde_json::from_str(&answer.stdout).unwrap();
    let keys: Vec<&str> = snapshot.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["source", "kind", "run", "metrics", "params", "tags", "artifacts", "warnings"]);
    snapshot
}

/// Returns the message about a source that cannot be read.
#[track_caller]
fn refused(folder: &Path, source: &str) -> String {
    refused_with(folder, source, &[])
}

#[track_caller]
fn refused_with(folder: &Path, source: &str, environment: &[(&str, &str)]) -> String {
    let answer = run_with(folder, &["read", source, "--format", "json"], environment);
    assert_eq!(answer.code, 4, "{source}: {}{}", answer.stdout, answer.stderr);
    assert_eq!(answer.stdout, "", "{source}");
    assert!(!answer.stderr.contains("panicked"), "{source}: {}", answer.stderr);
    answer.stderr
}

/// Returns the value of a metric.
#[track_caller]
fn value(snapshot: &Value, name: &str) -> Value {
    let metric = &snapshot["metrics"][name];
    assert!(metric.is_object(), "there is no `{name}`: {}", snapshot["metrics"]);
    metric["value"].clone()
}

/// Copies a folder with everything in it.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Unpacks the stores of a version of MLflow: `mlflow.db`, and `files/mlruns/`.
fn mlflow_stores(name: &str) -> Workplace {
    let place = Workplace::new();
    let packed = fs::read(tracker(&format!("{name}.db.zst"))).unwrap();
    fs::write(place.path().join("mlflow.db"), zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    let archive = fs::File::open(tracker(&format!("{name}.mlruns.zip"))).unwrap();
    zip::ZipArchive::new(archive).unwrap().extract(place.path().join("files")).unwrap();
    place
}
