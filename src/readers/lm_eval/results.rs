//! The numbers of a file of results.

use super::super::datum::Datum;
use super::super::snapshot::rfc3339_of_seconds;
use super::super::{FoundPath, MetricReading, ReadError, RunSnapshot, RunStatus};
use super::protocol;
use crate::stats::Direction;

/// Keys of a task's results that are not metrics.
pub(super) const OTHERS: [&str; 5] = ["alias", "name", "sample_len", "sample_count", "samples"];

/// Parts of the configuration that describe what was run.
pub(super) const PARAMS: [&str; 4] = ["config", "n-shot", "versions", "task_hashes"];

/// Adds the metrics of a results file.
pub(super) fn of_results(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let log = found.document()?;
    let refused = |why: &str| ReadError::unreadable(found.shown(), why);
    let results = log.get("results").filter(|results| results.is_map());
    let results = results.ok_or_else(|| refused("it has no `results` of tasks"))?;
    // The file is written once, when all is done.
    snapshot.run.status = Some(RunStatus::Finished);
    snapshot.run.name = log.get("model_name").and_then(Datum::text).map(str::to_owned);
    snapshot.run.started = log.get("date").and_then(Datum::number).and_then(rfc3339_of_seconds);
    if let Some(commit) = log.get("git_hash").and_then(Datum::text) {
        snapshot.run.take_commit(commit);
        snapshot.tags.insert("git_hash".to_owned(), commit.to_owned());
    }
    if let Some(version) = log.get("lm_eval_version").and_then(Datum::text) {
        snapshot.tags.insert("lm_eval_version".to_owned(), version.to_owned());
    }
    for key in PARAMS {
        if let Some(value) = log.get(key) {
            value.params(key, &mut snapshot.params);
        }
    }
    let groups = log.get("groups").map(Datum::entries).unwrap_or_default();
    let extra = groups.iter().filter(|(name, _)| results.get(name).is_none());
    for (task, values) in results.entries().iter().chain(extra) {
        of_task(found, log, task, values, snapshot)?;
    }
    protocol::of_results(log, &mut snapshot.protocol);
    for (task, counts) in log.get("n-samples").map(Datum::entries).unwrap_or_default() {
        let count = |key: &str| counts.get(key).and_then(Datum::count);
        if let (Some(original), Some(effective)) = (count("original"), count("effective"))
            && effective < original
        {
            snapshot
                .warn(format!("`{task}` was evaluated on {effective} of its {original} questions, as with `--limit`"));
        }
    }
    if snapshot.metrics.is_empty() { Err(refused("its `results` hold no number")) } else { Ok(()) }
}

pub(super) fn of_task(
    found: &FoundPath,
    log: &Datum,
    task: &str,
    values: &Datum,
    snapshot: &mut RunSnapshot,
) -> Result<(), ReadError> {
    for (key, value) in values.entries() {
        let (metric, filter) =
            key.rsplit_once(',').map_or((key.as_str(), None), |(metric, filter)| (metric, Some(filter)));
        let is_error = metric.strip_suffix("_stderr").is_some_and(|of| values.get(&named(of, filter)).is_some());
        if OTHERS.contains(&key.as_str()) || is_error {
            continue;
        }
        let Some(number) = value.number() else {
            // A group without its own number has a blank.
            if value.text().is_none_or(|text| !text.trim().is_empty()) {
                snapshot.warn(format!("`{task}.{key}` is not a number"));
            }
            continue;
        };
        let reading = MetricReading {
            value: number,
            step: None,
            n: samples_of(log, task, values, key),
            stderr: values.get(&named(&format!("{metric}_stderr"), filter)).and_then(Datum::number),
            direction: direction(log, task, metric),
        };
        snapshot.add(found.shown(), format!("{task}.{key}"), reading, found.limits())?;
    }
    Ok(())
}

pub(super) fn named(metric: &str, filter: Option<&str>) -> String {
    filter.map_or_else(|| metric.to_owned(), |filter| format!("{metric},{filter}"))
}

/// Returns the number of samples behind a metric: those of the task, or of all tasks of the group.
pub(super) fn samples_of(log: &Datum, task: &str, values: &Datum, key: &str) -> Option<u64> {
    let counted = values.at(&["sample_count", key]).and_then(Datum::count);
    let own = || log.at(&["n-samples", task, "effective"]).and_then(Datum::count);
    let below = || of_group(log, task, 0);
    counted.or_else(own).or_else(below).or_else(|| values.get("sample_len").and_then(Datum::count))
}

pub(super) fn of_group(log: &Datum, group: &str, depth: usize) -> Option<u64> {
    let tasks = log.at(&["group_subtasks", group])?.items();
    if tasks.is_empty() || depth > 20 {
        return None;
    }
    tasks.iter().try_fold(0_u64, |sum, task| {
        let task = task.text()?;
        let own = log.at(&["n-samples", task, "effective"]).and_then(Datum::count);
        sum.checked_add(own.or_else(|| of_group(log, task, depth + 1))?)
    })
}

pub(super) fn direction(log: &Datum, task: &str, metric: &str) -> Option<Direction> {
    match log.at(&["higher_is_better", task, metric]) {
        Some(Datum::Bool(true)) => Some(Direction::HigherIsBetter),
        Some(Datum::Bool(false)) => Some(Direction::LowerIsBetter),
        _ => None,
    }
}
