//! Logs of Inspect: `.eval` archives, and single JSON files.

use super::archive::{self, ArchiveMembers};
use super::datum::{self, Datum};
use super::protocol::{ProtocolParts, add, canonical, digest};
use super::snapshot::rfc3339_of_text;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, MetricReading, ReadError, RunSnapshot, RunStatus};

/// The member with everything but the samples, written at the end of a run.
const HEADER: &str = "header.json";
/// The member that a run starts with.
const START: &str = "_journal/start.json";
/// Metrics that are standard errors of the others, the surest first.
const ERRORS: [&str; 2] = ["stderr", "bootstrap_stderr"];
/// Metrics whose standard error those are.
const MEANS: [&str; 2] = ["accuracy", "mean"];
/// Parts of the specification that describe what was run.
const PARAMS: [&str; 8] =
    ["model", "task_version", "task_args", "model_args", "model_generate_config", "config", "dataset", "solver"];

pub(in crate::readers) const INSPECT: SourceKind = SourceKind {
    name: "inspect",
    about: "a log of Inspect, `.eval` or JSON",
    recognise: |found| {
        let is_archive = !found.is_folder() && found.head().starts_with(b"PK\x03\x04");
        let is_named = |bytes: &[u8]| bytes.windows(START.len()).any(|window| window == START.as_bytes());
        is_archive && (found.ending() == "eval" || is_named(found.head()))
            || found.json_at(&["eval", "task"]).is_some() && found.json_at(&["status"]).is_some()
    },
    read,
};

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    let found = request.found()?;
    let mut snapshot = RunSnapshot::default();
    of_found(&found, &mut snapshot)?;
    Ok(snapshot)
}

/// Adds the facts of a log.
///
/// # Errors
///
/// It cannot be read.
pub(in crate::readers) fn of_found(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    if !found.head().starts_with(b"PK\x03\x04") {
        return of_log(found, found.document()?, snapshot);
    }
    let ArchiveMembers { texts, ends_early } = archive::members(found, &[HEADER, START])?;
    let member = [HEADER, START].iter().find_map(|name| Some((*name, texts.get(*name)?)));
    let Some((name, text)) = member else {
        return Err(ReadError::unreadable(found.shown(), format!("the archive has neither `{HEADER}` nor `{START}`")));
    };
    let log = datum::json(text, found.limits())
        .map_err(|why| ReadError::unreadable(found.shown(), format!("`{name}` in it: {why}")))?;
    of_log(found, &log, snapshot)?;
    if ends_early {
        let what = if name == HEADER { "after the results" } else { "before the results" };
        snapshot.ends_early(format!("the end of `{}` is missing: it ends {what}", found.shown()));
    }
    Ok(())
}

fn of_log(found: &FoundPath, log: &Datum, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let refused = |why: String| ReadError::unreadable(found.shown(), why);
    let text = |keys: &[&str]| log.at(keys).and_then(Datum::text).map(str::to_owned);
    let Some(eval) = log.get("eval").filter(|eval| eval.is_map()) else {
        return Err(refused("it is not a log of Inspect: it has no `eval`".to_owned()));
    };
    snapshot.run.status = Some(match log.get("status").map(|status| status.text()) {
        Some(Some("success")) => RunStatus::Finished,
        Some(Some("error")) => RunStatus::Failed,
        Some(Some("cancelled")) => RunStatus::Killed,
        Some(Some("started")) | None => RunStatus::Running,
        Some(other) => return Err(refused(format!("its status `{}` is unknown", other.unwrap_or("(no text)")))),
    });
    snapshot.run.id = text(&["eval", "run_id"]);
    snapshot.run.name = text(&["eval", "task"]);
    let started = text(&["stats", "started_at"]).filter(|text| !text.is_empty()).or_else(|| text(&["eval", "created"]));
    snapshot.run.started = started.and_then(|time| rfc3339_of_text(&time));
    if let Some(commit) = text(&["eval", "revision", "commit"]) {
        snapshot.run.take_commit(&commit);
        snapshot.tags.insert("revision.commit".to_owned(), commit);
    }
    for (key, value) in [("eval_id", text(&["eval", "eval_id"])), ("task_id", text(&["eval", "task_id"]))] {
        snapshot.tags.extend(value.map(|value| (key.to_owned(), value)));
    }
    let tags = log.get("tags").or_else(|| eval.get("tags"));
    let tags = tags.map(Datum::items).unwrap_or_default().iter().filter_map(Datum::text);
    snapshot.tags.extend(tags.map(|tag| (tag.to_owned(), String::new())));
    for key in PARAMS {
        if let Some(value) = eval.get(key) {
            value.params(key, &mut snapshot.params);
        }
    }
    protocol_of(eval, &mut snapshot.protocol);
    snapshot.params.retain(|name, _| !name.starts_with("dataset.sample_ids."));
    if let Some(message) = text(&["error", "message"]) {
        snapshot.warn(format!("the run ended with an error: {message}"));
    }
    if log.get("invalidated") == Some(&Datum::Bool(true)) {
        snapshot.warn("the log is marked as invalidated");
    }
    if let Some(limit) = eval.at(&["config", "limit"]).filter(|limit| **limit != Datum::Null) {
        let limit = limit.as_stored().unwrap_or_else(|| "a range".to_owned());
        snapshot.warn(format!("only part of the data set was evaluated: `limit` is {limit}"));
    }
    match log.get("results").filter(|results| results.is_map()) {
        Some(results) => of_results(found, eval, results, snapshot),
        None if snapshot.run.status == Some(RunStatus::Finished) => {
            Err(refused("its status is `success`, but it has no results".to_owned()))
        }
        None => {
            snapshot.warn("the log has no results");
            Ok(())
        }
    }
}

/// Adds the protocol: the task with its version and arguments, its samples, epochs and scorers.
fn protocol_of(eval: &Datum, parts: &mut ProtocolParts) {
    let none = Datum::Text("none".to_owned());
    let mut put = |part: &str, value: Option<&Datum>| {
        if let Some(value) = value.filter(|value| **value != Datum::Null) {
            add(parts, "", part, value.as_stored().unwrap_or_else(|| canonical(value)));
        }
    };
    put("task", eval.get("task"));
    put("version", eval.get("task_version"));
    put("dataset", eval.at(&["dataset", "name"]));
    put("samples", eval.at(&["dataset", "samples"]));
    put("limit", Some(eval.at(&["config", "limit"]).filter(|limit| **limit != Datum::Null).unwrap_or(&none)));
    for key in ["epochs", "epochs_reducer", "sample_id"] {
        put(key, eval.at(&["config", key]));
    }
    for (name, value) in eval.get("task_args").map(Datum::entries).unwrap_or_default() {
        put(&format!("task_args.{name}"), Some(value));
    }
    // Early versions name no scorers, and only judges have roles.
    put("scorers", eval.get("scorers"));
    put("model_roles", eval.get("model_roles"));
    let ids = eval.at(&["dataset", "sample_ids"]).map(Datum::items).unwrap_or_default();
    if !ids.is_empty() {
        add(parts, "", "documents", digest(ids.iter().map(canonical).collect()));
    }
}

fn of_results(found: &FoundPath, eval: &Datum, results: &Datum, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let count = |key: &str| results.get(key).and_then(Datum::count);
    let (total, completed) = (count("total_samples"), count("completed_samples"));
    if let (Some(total), Some(completed)) = (total, completed)
        && completed < total
    {
        snapshot.warn(format!("{completed} of {total} samples were completed"));
    }
    let epochs = eval.at(&["config", "epochs"]).and_then(Datum::count).unwrap_or(1).max(1);
    let scores = results.get("scores").map(Datum::items).unwrap_or_default();
    let name_of =
        |score: &Datum| score.get("name").or_else(|| score.get("scorer")).and_then(Datum::text).map(str::to_owned);
    let names: Vec<Option<String>> = scores.iter().map(name_of).collect();
    for (score, name) in scores.iter().zip(&names) {
        let Some(name) = name else {
            return Err(ReadError::unreadable(found.shown(), "a score in its results has no name"));
        };
        let is_repeated = names.iter().filter(|other| other.as_ref() == Some(name)).count() > 1;
        let reducer = score.get("reducer").and_then(Datum::text).filter(|_| is_repeated);
        let prefix = reducer.map_or_else(|| name.clone(), |reducer| format!("{name}.{reducer}"));
        if let Some(unscored @ 1..) = score.get("unscored_samples").and_then(Datum::count) {
            snapshot.warn(format!("`{prefix}` leaves out samples without a score: {unscored}"));
        }
        // Epochs of a sample are reduced to one score.
        let scored = score.get("scored_samples").and_then(Datum::count);
        let n = scored.or(completed.filter(|completed| completed % epochs == 0).map(|completed| completed / epochs));
        of_score(found, score, &prefix, n, snapshot)?;
    }
    Ok(())
}

fn of_score(
    found: &FoundPath,
    score: &Datum,
    prefix: &str,
    n: Option<u64>,
    snapshot: &mut RunSnapshot,
) -> Result<(), ReadError> {
    let metrics = score.get("metrics").map(Datum::entries).unwrap_or_default();
    let value =
        |name: &str| metrics.iter().find(|(key, _)| key == name).and_then(|(_, metric)| metric.get("value")?.number());
    let stderr = ERRORS.iter().find_map(|name| value(name));
    let has_mean = metrics.iter().any(|(name, _)| MEANS.contains(&name.as_str()));
    for (name, metric) in metrics {
        if has_mean && ERRORS.contains(&name.as_str()) {
            continue;
        }
        let stderr = stderr.filter(|_| MEANS.contains(&name.as_str()));
        match metric.get("value").and_then(Datum::number) {
            Some(value) => {
                let reading = MetricReading { n, stderr, ..MetricReading::of(value) };
                snapshot.add(found.shown(), format!("{prefix}.{name}"), reading, found.limits())?;
            }
            None => snapshot.warn(format!("`{prefix}.{name}` has no number")),
        }
    }
    Ok(())
}
