//! Event files of TensorBoard, which TensorFlow, PyTorch, Lightning, JAX and `tensorboardX` write: a file, or a log folder.
//!
//! A folder with event files is a run, and its name from the log folder on is in front of its tags: `train/loss`.
//! Scalars are 32-bit floats, so that 1/3 is 0.3333333432674408.

mod event;
mod series;
mod tfrecord;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use prost::Message;

use super::snapshot::rfc3339_of_seconds;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, ReadError, ReadLimits, RunSnapshot, RunStatus};
use event::Event;
use series::EventRun;
use tfrecord::{NextEvent, RECORD_HEADER};

/// The kind of source.
pub(in crate::readers) const KIND: SourceKind =
    SourceKind { name: "tensorboard", about: "an event file of TensorBoard, or a log folder", recognise, read };

/// The deepest folder of a run below its log folder.
const MOST_DEPTH: usize = 16;
/// The part of a file's name by which TensorBoard knows event files.
const EVENTS: &str = "tfevents";

fn recognise(found: &FoundPath) -> bool {
    if found.is_folder() {
        let mut left = 10_000;
        return files(found.path(), &mut left).is_ok_and(|runs| !runs.is_empty());
    }
    // The first record says `brain.Event:2`.
    let mut head = found.head();
    let version = tfrecord::next(&mut head, 0, 1 << 10);
    matches!(version, Ok(NextEvent::Record(bytes)) if Event::decode(bytes.as_slice()).is_ok_and(|event| {
        event.file_version.is_some_and(|version| version.starts_with("brain.Event"))
    }))
}

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&["run"])?;
    let found = request.found()?;
    let wanted = request.query.get("run");
    let mut snapshot = RunSnapshot::default();
    let mut runs: BTreeMap<String, EventRun> = BTreeMap::new();
    let mut cut = Vec::new();
    for (name, paths) in run_files(&found, request.limits)? {
        if wanted.is_some_and(|wanted| wanted.trim_matches('/') != name) {
            continue;
        }
        let run = runs.entry(name).or_default();
        for path in paths {
            let shown = shown(&found, &path);
            if let Some(at) = take_file(run, &path, &shown, request.limits)? {
                cut.push(format!("`{shown}` is cut off at byte {at}; everything before it was read"));
            }
        }
    }
    if runs.is_empty() {
        let why = match wanted {
            Some(wanted) => format!("it has no run `{wanted}`"),
            None => "it holds no event files".to_owned(),
        };
        return Err(ReadError::unreadable(found.shown(), why));
    }
    // A single run of its own folder is not prefixed; nor is one that was asked for.
    let is_bare = wanted.is_some();
    let with_hparams = runs.values().filter(|run| !run.hparams.is_empty()).count();
    for (name, run) in &runs {
        let named = |text: &str, is_bare: bool| {
            if is_bare || name.is_empty() { text.to_owned() } else { format!("{name}/{text}") }
        };
        for (tag, reading) in run.metrics() {
            snapshot.add(found.shown(), named(tag, is_bare), reading, request.limits)?;
        }
        // Frameworks put the hyperparameters of a log folder into a run of their own.
        let hparams = run.hparams.iter().map(|(key, value)| (named(key, is_bare || with_hparams == 1), value.clone()));
        snapshot.params.extend(hparams);
    }
    let started = runs.values().filter_map(|run| run.started).min_by(f64::total_cmp);
    snapshot.run.started = started.and_then(rfc3339_of_seconds);
    snapshot.run.name = wanted.map(str::to_owned);
    snapshot.run.status = status(runs.values());
    cut.into_iter().for_each(|why| snapshot.ends_early(why));
    Ok(snapshot)
}

/// Returns the worst state that a run with hyperparameters recorded. Without them, TensorBoard does not know.
fn status<'a>(runs: impl Iterator<Item = &'a EventRun>) -> Option<RunStatus> {
    let rank = |status: &RunStatus| match status {
        RunStatus::Failed => 2,
        RunStatus::Running => 1,
        _ => 0,
    };
    runs.filter_map(|run| run.status).max_by_key(rank)
}

fn shown(found: &FoundPath, path: &Path) -> String {
    let below = path.strip_prefix(found.path()).unwrap_or(Path::new(""));
    if below.as_os_str().is_empty() {
        found.shown().to_owned()
    } else {
        format!("{}/{}", found.shown().trim_end_matches('/'), below.display())
    }
}

/// Returns the event files of each run, in the order in which they were written.
fn run_files(found: &FoundPath, limits: &ReadLimits) -> Result<BTreeMap<String, Vec<PathBuf>>, ReadError> {
    if !found.is_folder() {
        return Ok(BTreeMap::from([(String::new(), vec![found.path().to_owned()])]));
    }
    let mut left = limits.files;
    files(found.path(), &mut left).map_err(|why| ReadError::unreadable(found.shown(), why))
}

fn files(root: &Path, left: &mut usize) -> Result<BTreeMap<String, Vec<PathBuf>>, String> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut folders = vec![(root.to_owned(), Vec::<String>::new())];
    while let Some((folder, names)) = folders.pop() {
        let unreadable = |error: std::io::Error| format!("`{}` cannot be read: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            *left = left.checked_sub(1).ok_or("it has too many files for a log folder")?;
            let entry = entry.map_err(unreadable)?;
            // Links are not followed: they could lead in a circle.
            let kind = entry.file_type().map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if kind.is_dir() && names.len() < MOST_DEPTH {
                folders.push((entry.path(), names.iter().cloned().chain([name]).collect()));
            } else if kind.is_file() && name.contains(EVENTS) {
                found.entry(names.join("/")).or_default().push(entry.path());
            }
        }
    }
    // Names start with the time of their creation.
    found.values_mut().for_each(|paths| paths.sort_unstable());
    Ok(found)
}

/// Takes the events of a file; returns the offset at which it is cut off.
fn take_file(run: &mut EventRun, path: &Path, shown: &str, limits: &ReadLimits) -> Result<Option<u64>, ReadError> {
    let refused = |why: String| ReadError::unreadable(shown, why);
    let file = File::open(path).map_err(|error| refused(error.to_string()))?;
    let mut from = BufReader::new(file).take(u64::MAX);
    let mut offset = 0;
    loop {
        match tfrecord::next(&mut from, offset, limits.bytes).map_err(refused)? {
            NextEvent::End => return Ok(None),
            NextEvent::Cut => return Ok(Some(offset)),
            NextEvent::Record(bytes) => {
                let event = Event::decode(bytes.as_slice());
                let event =
                    event.map_err(|error| refused(format!("the event at byte {offset} is damaged: {error}")))?;
                run.take(event, limits).map_err(refused)?;
                offset += (RECORD_HEADER + bytes.len() + 4) as u64;
            }
        }
    }
}
