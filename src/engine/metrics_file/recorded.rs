//! Metrics of a run that another tool has recorded: `KIND:PLACE?…` in place of a file, such as a model's version in MLflow.

use std::path::Path;
use std::thread;

use super::numbers::MetricsFile;
use super::numbers::{LARGEST, MOST_NUMBERS};
use crate::digest;
use crate::measurement::MeasureError;
use crate::measurement::protocol::EvaluationProtocol;
use crate::readers::{self, ReadEnvironment, ReadLimits, RunSnapshot, RunStatus};

/// Reads the run that a locator of a config names.
///
/// Only a finished run is compared, as far as its tool says: numbers of one that failed or still runs may be of an early
/// step.
///
/// # Errors
///
/// The run cannot be read, or is not finished.
pub(super) fn read(root: &Path, locator: &str) -> Result<MetricsFile, MeasureError> {
    // On a thread of its own: a client of a server has its own runtime, which must not end inside of the engine's.
    let lost = |_| Err(MeasureError("internal error: the reader's thread ended".to_owned()));
    let read = || {
        let variable = |name: &str| std::env::var(name).ok();
        let environment = ReadEnvironment::new(root, &variable).of_config();
        let limits = ReadLimits { entries: MOST_NUMBERS, ..ReadLimits::default() };
        readers::read(locator, &limits, &environment).map_err(|error| MeasureError(error.to_string()))
    };
    let snapshot = thread::scope(|scope| scope.spawn(read).join().unwrap_or_else(lost))?;
    let path = snapshot.source.clone();
    if let Some(status) = snapshot.run.status.filter(|status| *status != RunStatus::Finished) {
        let run = snapshot.run.id.as_ref().map(|id| format!(" `{id}`")).unwrap_or_default();
        return Err(MeasureError(format!(
            "`{path}`: the run{run} is {}; only a finished run is compared",
            status.name()
        )));
    }
    if snapshot.metrics.is_empty() {
        return Err(MeasureError(format!("`{path}` has no metric")));
    }
    let digest = digest(&snapshot)?;
    let protocol = EvaluationProtocol(snapshot.protocol);
    let found = snapshot.metrics.into_iter().map(|(name, reading)| (name, number(reading.value))).collect();
    Ok(MetricsFile { path: path.clone(), found, digests: vec![(path, digest)], protocol: Ok(protocol) })
}

/// Returns the protocol of a file that is an evaluation log.
///
/// # Errors
///
/// The log cannot be read.
pub(super) fn protocol(root: &Path, path: &str) -> Result<EvaluationProtocol, MeasureError> {
    let environment = ReadEnvironment::new(root, &|_| None).of_config();
    let parts = readers::protocol_of_metrics(path, &ReadLimits::default(), &environment);
    parts.map(EvaluationProtocol).map_err(|error| MeasureError(error.to_string()))
}

fn number(value: f64) -> Result<f64, String> {
    match value {
        value if value.is_nan() => Err("NaN".to_owned()),
        value if value.is_infinite() => Err("infinite".to_owned()),
        value if value.abs() > LARGEST => Err("beyond 1e150".to_owned()),
        value => Ok(value),
    }
}

/// Returns the digest of the run's id and metrics, which stand for the bytes of a file.
fn digest(snapshot: &RunSnapshot) -> Result<String, MeasureError> {
    let whole = snapshot.to_json();
    let text = format!("{}\n{}\n", whole["run"]["id"], whole["metrics"]);
    digest::sha256(text.as_bytes()).map_err(|error| MeasureError(format!("internal error: {error}")))
}

/// Returns true if a path of a config is the locator of a run, and not the path of a file.
pub(super) fn is_locator(path: &str) -> bool {
    readers::names_kind(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_compared() {
        let numbers = [0.5, f64::NAN, f64::INFINITY, 1e200].map(number);
        let expected = [Ok(0.5), Err("NaN"), Err("infinite"), Err("beyond 1e150")];
        assert_eq!(numbers, expected.map(|value| value.map_err(str::to_owned)));
    }

    #[test]
    fn paths_are_no_locators() {
        assert!(is_locator("mlflow:?run=a"));
        assert!(!is_locator("metrics.json"));
        assert!(!is_locator("https://h/m.json"));
        assert!(!is_locator("C:\\m.json"));
    }
}
