//! Runs of other tools, read from what the tools themselves wrote (`fixtures/make_readers.py`).

mod damage;
mod evaluations;
mod files;
mod page;
mod pipelines;
mod sides;

use std::path::Path;

use mlgate::testing::readers::{ReadEnvironment, ReadError, ReadLimits, RunSnapshot, read};
use serde_json::Value;

use crate::support::{Answer, fixtures, run_in};

/// Reads a source in a folder without a process.
pub(crate) fn snapshot(folder: &Path, source: &str) -> Result<RunSnapshot, ReadError> {
    let variables = |_: &str| None;
    read(source, &ReadLimits::default(), &ReadEnvironment::new(folder, &variables))
}

/// Reads a fixture and returns its JSON.
pub(crate) fn fixture(source: &str) -> Value {
    let answer = run_in(&fixtures().join("readers"), &["read", source, "--format", "json"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{source}");
    serde_json::from_str(&answer.stdout).unwrap()
}

/// Returns the value of a metric.
pub(crate) fn value(run: &Value, name: &str) -> Value {
    let metric = &run["metrics"][name];
    assert!(metric.is_object(), "no {name} in {:#}", run["metrics"]);
    metric["value"].clone()
}

/// Returns the names of all metrics.
pub(crate) fn names(run: &Value) -> Vec<&str> {
    run["metrics"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// Asserts that a source is refused, with exit code 4 and a message.
pub(crate) fn refused(folder: &Path, source: &str) -> String {
    let Answer { code, stdout, stderr } = run_in(folder, &["read", source]);
    assert_eq!((code, stdout.as_str()), (4, ""), "{source}: {stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    stderr
}
