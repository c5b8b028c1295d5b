//! Runs of Weights & Biases that are on disk: the log `run-ID.wandb` of a run, its folder, or the folder `wandb/` of many.
//!
//! An offline run has no other record of its numbers: current versions write no `wandb-summary.json` for it.

mod log;
mod record;
mod values;

use std::collections::BTreeMap;
use std::fs::File;

use prost::Message;

use super::datum::Datum;
use super::snapshot::rfc3339;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, ReadError, ReadLimits, RunFacts, RunSnapshot, RunStatus};
use log::{FILE_HEADER, LogReader, NextRecord};
use record::{ChangeRecord, LogRecord, RunDescription};
use values::RunValues;

/// The kind of source.
pub(in crate::readers) const KIND: SourceKind = SourceKind {
    name: "wandb",
    about: "a run of Weights & Biases: its `.wandb` file, its folder, or the folder `wandb/`",
    recognise,
    read,
};

fn recognise(found: &FoundPath) -> bool {
    if found.is_folder() {
        !logs(found).is_empty() || !runs(found).is_empty()
    } else {
        found.head().starts_with(&FILE_HEADER[..4])
    }
}

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&["run"])?;
    let found = request.found()?;
    let wanted = request.query.get("run");
    let files = if found.is_folder() { files(&found)? } else { vec![found] };
    let mut read: Vec<RunSnapshot> = Vec::new();
    let mut refused = None;
    for file in &files {
        let name = file.name();
        let is_wanted = |id: &str| wanted.is_none_or(|wanted| wanted == id);
        if files.len() > 1 && !is_wanted(id_of(&name)) {
            continue;
        }
        match of_file(file, request.limits) {
            Ok(snapshot) if is_wanted(snapshot.run.id.as_deref().unwrap_or(id_of(&name))) => read.push(snapshot),
            Ok(_) => {}
            // A damaged run could be the newest, so none is chosen around it.
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    if let Some(why) = refused {
        return Err(why);
    }
    newest(read).ok_or_else(|| {
        let why = match wanted {
            Some(id) => format!("it has no run `{id}`; it has {}", ids(&files)),
            None => "it holds no `run-ID.wandb`".to_owned(),
        };
        ReadError::unreadable(request.place, why)
    })
}

/// Returns the newest finished run, or the newest of all if none is finished.
fn newest(mut runs: Vec<RunSnapshot>) -> Option<RunSnapshot> {
    let rank = |run: &RunSnapshot| (run.run.status == Some(RunStatus::Finished), run.run.started.clone());
    runs.sort_by_key(rank);
    runs.pop()
}

fn ids(files: &[FoundPath]) -> String {
    let ids: Vec<String> = files.iter().take(20).map(|file| format!("`{}`", id_of(&file.name()))).collect();
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}

/// Returns the id in `run-ID.wandb`.
fn id_of(name: &str) -> &str {
    let name = name.strip_suffix(".wandb").unwrap_or(name);
    name.strip_prefix("run-").unwrap_or(name)
}

/// Returns the logs in a folder.
fn logs(found: &FoundPath) -> Vec<String> {
    let names = found.names().unwrap_or_default();
    names.into_iter().filter(|name| name.starts_with("run-") && name.ends_with(".wandb")).collect()
}

/// Returns the folders of runs in a folder. `latest-run` is a link to one of them.
fn runs(found: &FoundPath) -> Vec<String> {
    let is_run = |name: &String| name.starts_with("run-") || name.starts_with("offline-run-");
    let has_log = |name: &String| {
        found.child(name).ok().flatten().is_some_and(|folder| folder.is_folder() && !logs(&folder).is_empty())
    };
    found.names().unwrap_or_default().into_iter().filter(is_run).filter(has_log).collect()
}

/// Returns the logs of a run's folder, of a folder of runs, or of the folder above.
fn files(found: &FoundPath) -> Result<Vec<FoundPath>, ReadError> {
    let mut files = Vec::new();
    for name in logs(found) {
        files.extend(found.child(&name)?);
    }
    for name in runs(found) {
        let Some(folder) = found.child(&name)? else { continue };
        for name in logs(&folder) {
            files.extend(folder.child(&name)?);
        }
    }
    if files.is_empty()
        && let Some(below) = found.child("wandb")?.filter(FoundPath::is_folder)
        && !runs(&below).is_empty()
    {
        return self::files(&below);
    }
    Ok(files)
}

fn of_file(found: &FoundPath, limits: &ReadLimits) -> Result<RunSnapshot, ReadError> {
    let refused = |why: String| ReadError::unreadable(found.shown(), why);
    let file = File::open(found.path()).map_err(|error| refused(error.to_string()))?;
    let mut reader = LogReader::open(file, limits.bytes).map_err(refused)?;
    let mut run = LoggedRun::default();
    let cut = loop {
        match reader.next().map_err(refused)? {
            NextRecord::Record(bytes) => {
                let record = LogRecord::decode(bytes.as_slice())
                    .map_err(|error| refused(format!("a record is damaged: {error}")))?;
                run.take(record, limits).map_err(refused)?;
            }
            NextRecord::End => break None,
            NextRecord::Cut(at) => break Some(at),
        }
    };
    run.snapshot(found, cut, limits)
}

/// A run, as far as its log has been read.
#[derive(Default)]
struct LoggedRun {
    has_run: bool,
    facts: RunFacts,
    values: RunValues,
    config: BTreeMap<String, Datum>,
    tags: Vec<String>,
    artifacts: BTreeMap<String, String>,
    exit_code: Option<i32>,
}

impl LoggedRun {
    fn take(&mut self, record: LogRecord, limits: &ReadLimits) -> Result<(), String> {
        if let Some(run) = record.run {
            self.take_run(run, limits)?;
        }
        if let Some(history) = record.history {
            self.values.log(&history, limits)?;
        }
        if let Some(summary) = record.summary {
            self.values.summarise(&summary, limits)?;
        }
        if let Some(config) = record.config {
            self.configure(&config, limits)?;
        }
        if let Some(metric) = record.metric {
            self.values.define(metric);
        }
        if let Some(artifact) = record.artifact {
            self.artifacts.insert(artifact.name, format!("{}:{}", artifact.kind, artifact.digest));
        }
        if let Some(git) = record.environment.and_then(|environment| environment.git)
            && self.facts.commit.is_none()
        {
            self.facts.take_commit(&git.commit);
        }
        if let Some(exit) = record.exit {
            self.exit_code = Some(exit.exit_code);
        }
        Ok(())
    }

    fn take_run(&mut self, run: RunDescription, limits: &ReadLimits) -> Result<(), String> {
        self.has_run = true;
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        self.facts.id = text(run.run_id).or(self.facts.id.take());
        self.facts.name = text(run.display_name).or(self.facts.name.take());
        if let Some(start) = run.start_time {
            let micros = start
                .seconds
                .checked_mul(1_000_000)
                .and_then(|micros| micros.checked_add(i64::from(start.nanos / 1_000)));
            self.facts.started = micros.and_then(rfc3339);
        }
        if let Some(git) = run.git {
            self.facts.take_commit(&git.commit);
        }
        if !run.tags.is_empty() {
            self.tags = run.tags;
        }
        if let Some(config) = run.config {
            self.configure(&config, limits)?;
        }
        run.summary.map_or(Ok(()), |summary| self.values.summarise(&summary, limits))
    }

    fn configure(&mut self, record: &ChangeRecord, limits: &ReadLimits) -> Result<(), String> {
        for item in &record.remove {
            self.config.remove(&values::name(item));
        }
        for item in &record.update {
            let name = values::name(item);
            if name != "_wandb" && !name.starts_with("_wandb.") {
                self.config.insert(name, values::value(item, limits)?);
            }
        }
        if self.config.len() > limits.entries {
            return Err(format!("the run has too many parameters; limit: {}", limits.entries));
        }
        Ok(())
    }

    fn snapshot(self, found: &FoundPath, cut: Option<u64>, limits: &ReadLimits) -> Result<RunSnapshot, ReadError> {
        if !self.has_run {
            return Err(ReadError::unreadable(found.shown(), "it ends before the record of its run"));
        }
        let mut snapshot = RunSnapshot::default();
        snapshot.run = self.facts;
        snapshot.artifacts = self.artifacts;
        for (name, reading) in self.values.metrics() {
            snapshot.add(found.shown(), name, reading, limits)?;
        }
        self.config.iter().for_each(|(name, value)| value.params(name, &mut snapshot.params));
        // A tag of W&B is a word without a value.
        snapshot.tags = self.tags.into_iter().map(|tag| (tag, String::new())).collect();
        snapshot.run.status = match self.exit_code {
            Some(0) => Some(RunStatus::Finished),
            Some(_) => Some(RunStatus::Failed),
            None => None,
        };
        match (cut, self.exit_code) {
            (Some(at), _) => {
                snapshot.ends_early(format!("the log is cut off at byte {at}; everything before it was read"))
            }
            (None, None) => snapshot.ends_early("the run has not ended: it still runs, or was killed".to_owned()),
            (None, Some(_)) => {}
        }
        Ok(snapshot)
    }
}
