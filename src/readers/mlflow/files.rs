//! MLflow's file store, `mlruns/`.
//!
//! Links inside of the store are refused: a change could make one that leads to a file of the machine, whose text would
//! then stand in a report as a parameter.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::store::{
    DELETED_STAGE, FoundRun, LatestValue, RunFilter, RunStore, StoredRun, StoredVersion, WantedVersion, WriteError,
    status,
};
use crate::bounded;
use crate::plural::counted;
use crate::readers::ReadLimits;
use crate::readers::datum::{self, Datum};
use crate::readers::number::number;

/// The description of an experiment, run, model or version.
const META: &str = "meta.yaml";
/// Folders of a store that are not experiments.
const OTHERS: [&str; 6] = [".trash", "models", "traces", "datasets", "tags", "evaluations"];
/// The most bytes of a file of a metric's history.
const MOST_HISTORY: u64 = 64 << 20;
/// The most bytes of any other file.
const MOST_SMALL: u64 = 4 << 20;
/// The most levels of a name with slashes.
const MOST_DEPTH: usize = 32;

/// A folder with a store.
pub(super) struct FileStore {
    root: PathBuf,
    limits: ReadLimits,
}

impl FileStore {
    /// Opens the folder.
    ///
    /// # Errors
    ///
    /// It has no experiment and no model.
    pub(super) fn open(root: &Path, limits: &ReadLimits) -> Result<Self, String> {
        if is_store(root) {
            return Ok(Self { root: root.to_owned(), limits: *limits });
        }
        Err("it is not a store of MLflow: no folder in it has a `meta.yaml` of an experiment".to_owned())
    }

    /// Returns the folders of experiments with their ids.
    fn experiments(&self) -> Result<Vec<(String, PathBuf)>, String> {
        let names = folders(&self.root, self.limits.files)?;
        let is_experiment =
            |name: &String| !OTHERS.contains(&name.as_str()) && self.root.join(name).join(META).is_file();
        Ok(names.into_iter().filter(is_experiment).map(|name| (name.clone(), self.root.join(name))).collect())
    }

    fn meta(&self, folder: &Path) -> Result<Datum, String> {
        let text = small(&folder.join(META))?;
        datum::yaml(&text, &self.limits).map_err(|why| format!("`{}`: {why}", self.shown(&folder.join(META))))
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    fn run_folder(&self, id: &str) -> Result<Option<PathBuf>, String> {
        if !is_one_name(id) {
            return Ok(None);
        }
        let found = self.experiments()?.into_iter().map(|(_, folder)| folder.join(id));
        Ok(found.into_iter().find(|folder| folder.join(META).is_file()))
    }

    /// Returns the files of a folder by their names, levels joined by slashes; nothing where there is no such folder.
    fn named_files(&self, folder: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![(folder.to_owned(), String::new(), 0)];
        while let Some((at, above, depth)) = open.pop() {
            let entries = match fs::read_dir(&at) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound && at == folder => return Ok(found),
                Err(error) => return Err(format!("`{}` cannot be read: {error}", self.shown(&at))),
            };
            for entry in entries {
                let entry = entry.map_err(|error| format!("`{}` cannot be read: {error}", self.shown(&at)))?;
                let name = entry
                    .file_name()
                    .into_string()
                    .map_err(|_| format!("a name in `{}` is not UTF-8", self.shown(&at)))?;
                let name = if above.is_empty() { name } else { format!("{above}/{name}") };
                let kind = entry.file_type().map_err(|error| format!("`{}`: {error}", self.shown(&entry.path())))?;
                if kind.is_dir() && depth < MOST_DEPTH {
                    open.push((entry.path(), name, depth + 1));
                } else if kind.is_file() {
                    found.insert(name, entry.path());
                } else {
                    return Err(format!("`{}` is neither a file nor a folder, or too deep", self.shown(&entry.path())));
                }
                if found.len() > self.limits.entries {
                    return Err(format!("`{}` has too many files; limit: {}", self.shown(folder), self.limits.entries));
                }
            }
        }
        Ok(found)
    }

    fn texts(&self, folder: &Path) -> Result<BTreeMap<String, String>, String> {
        let files = self.named_files(folder)?;
        files.into_iter().map(|(name, path)| Ok((name, small(&path)?))).collect()
    }

    fn head(&self, folder: &Path) -> Result<StoredRun, String> {
        let meta = self.meta(folder)?;
        let text = |key: &str| meta.get(key).filter(|value| **value != Datum::Null).and_then(Datum::as_stored);
        let id = text("run_id").or_else(|| text("run_uuid"));
        Ok(StoredRun {
            id: id.ok_or_else(|| format!("`{}` has no `run_id`", self.shown(&folder.join(META))))?,
            experiment: text("experiment_id").unwrap_or_default(),
            name: text("run_name").or_else(|| text("name")).filter(|name| !name.is_empty()),
            status: text("status").as_deref().and_then(status),
            is_deleted: text("lifecycle_stage").is_some_and(|stage| stage == "deleted"),
            started: meta.get("start_time").and_then(Datum::whole),
            artifact_uri: text("artifact_uri"),
            ..StoredRun::default()
        })
    }

    fn version_of(&self, model: &str, folder: &Path) -> Result<Option<StoredVersion>, String> {
        let meta = self.meta(folder)?;
        let text = |key: &str| meta.get(key).filter(|value| **value != Datum::Null).and_then(Datum::as_stored);
        if text("current_stage").is_some_and(|stage| stage == DELETED_STAGE) {
            return Ok(None);
        }
        let version = text("version").and_then(|version| version.parse().ok());
        Ok(Some(StoredVersion {
            model: model.to_owned(),
            version: version.ok_or_else(|| format!("`{}` has no `version`", self.shown(&folder.join(META))))?,
            run: text("run_id").filter(|id| !id.is_empty()),
            source: text("source"),
            storage: text("storage_location"),
            state: text("status"),
        }))
    }
}

impl RunStore for FileStore {
    fn run(&self, id: &str) -> Result<Option<StoredRun>, String> {
        let Some(folder) = self.run_folder(id)? else { return Ok(None) };
        let mut run = self.head(&folder)?;
        // A store may have been moved since the run was written.
        run.artifact_uri = Some(folder.join("artifacts").display().to_string());
        for (name, path) in self.named_files(&folder.join("metrics"))? {
            let latest =
                latest(&text(&path, MOST_HISTORY)?).map_err(|why| format!("`{}`: {why}", self.shown(&path)))?;
            run.metrics.insert(name, latest);
        }
        run.params = self.texts(&folder.join("params"))?;
        run.tags = self.texts(&folder.join("tags"))?;
        Ok(Some(run))
    }

    fn experiment(&self, name: &str) -> Result<Option<String>, String> {
        let mut of_id = None;
        for (id, folder) in self.experiments()? {
            let meta = self.meta(&folder)?;
            let text = |key: &str| meta.get(key).and_then(Datum::as_stored);
            if text("lifecycle_stage").is_some_and(|stage| stage == "deleted") {
                continue;
            }
            if text("name").is_some_and(|known| known == name) {
                return Ok(Some(id));
            }
            if id == name {
                of_id = Some(id);
            }
        }
        Ok(of_id)
    }

    fn search(&self, filter: &RunFilter) -> Result<Vec<FoundRun>, String> {
        let mut found = Vec::new();
        for (id, folder) in self.experiments()? {
            if filter.experiment.as_ref().is_some_and(|wanted| *wanted != id) {
                continue;
            }
            for name in folders(&folder, self.limits.files)? {
                let folder = folder.join(name);
                // Datasets, traces and logged models stand beside the runs, and have other descriptions.
                if !folder.join(META).is_file() || !(folder.join("metrics").is_dir() || folder.join("params").is_dir())
                {
                    continue;
                }
                let has = |(key, value): &(String, String)| {
                    let path = key
                        .split('/')
                        .try_fold(folder.join("tags"), |path, part| is_one_name(part).then(|| path.join(part)));
                    path.is_some_and(|path| small(&path).is_ok_and(|found| found == *value))
                };
                if !filter.tags.iter().all(has) {
                    continue;
                }
                let run = self.head(&folder)?;
                if !run.is_deleted {
                    found.push(FoundRun { id: run.id, status: run.status, started: run.started });
                }
            }
        }
        Ok(found)
    }

    fn version(&self, model: &str, wanted: &WantedVersion) -> Result<StoredVersion, String> {
        let folder = self.root.join("models").join(model);
        if !is_one_name(model) || !folder.join(META).is_file() {
            return Err(format!("there is no registered model `{model}`"));
        }
        let numbered = |number: &str| {
            let folder = folder.join(format!("version-{number}"));
            if folder.join(META).is_file() { self.version_of(model, &folder) } else { Ok(None) }
        };
        let found = match wanted {
            WantedVersion::Number(number) => numbered(&number.to_string())?,
            WantedVersion::Alias(alias) => {
                let path = folder.join("aliases").join(alias);
                if is_one_name(alias) && path.symlink_metadata().is_ok() {
                    let number: u64 =
                        small(&path)?.trim().parse().map_err(|_| format!("the alias `{alias}` holds no version"))?;
                    numbered(&number.to_string())?
                } else {
                    None
                }
            }
            WantedVersion::Stage(_) | WantedVersion::Latest => {
                let mut latest: Option<StoredVersion> = None;
                for name in folders(&folder, self.limits.files)?.iter().filter(|name| name.starts_with("version-")) {
                    let folder = folder.join(name);
                    let stage = self.meta(&folder)?.get("current_stage").and_then(Datum::as_stored).unwrap_or_default();
                    let is_wanted = match wanted {
                        WantedVersion::Stage(wanted) => wanted.eq_ignore_ascii_case(&stage),
                        _ => true,
                    };
                    if let Some(version) = self.version_of(model, &folder)?
                        && is_wanted
                        && latest.as_ref().is_none_or(|latest| latest.version < version.version)
                    {
                        latest = Some(version);
                    }
                }
                latest
            }
        };
        found.ok_or_else(|| wanted.missing(model))
    }

    fn run_of_logged_model(&self, id: &str) -> Result<Option<String>, String> {
        for (_, folder) in self.experiments()? {
            let folder = folder.join("models").join(id);
            if is_one_name(id) && folder.join(META).is_file() {
                return Ok(self.meta(&folder)?.get("source_run_id").and_then(Datum::as_stored));
            }
        }
        Ok(None)
    }

    fn tag_run(&self, run: &str, key: &str, value: &str) -> Result<(), WriteError> {
        let folder = self.run_folder(run)?.ok_or_else(|| format!("there is no run `{run}`"))?;
        replace(&folder.join("tags"), key, value)
    }

    fn tag_version(&self, version: &StoredVersion, key: &str, value: &str) -> Result<(), WriteError> {
        let folder = self.root.join("models").join(&version.model).join(format!("version-{}", version.version));
        replace(&folder.join("tags"), key, value)
    }

    fn set_alias(&self, version: &StoredVersion, alias: &str) -> Result<(), WriteError> {
        let folder = self.root.join("models").join(&version.model).join("aliases");
        replace(&folder, alias, &version.version.to_string())
    }
}

/// Returns true if a folder holds experiments or models of MLflow.
pub(super) fn is_store(root: &Path) -> bool {
    let is_described = |name: &String| {
        let Ok(text) = small(&root.join(name).join(META)) else { return false };
        text.contains("artifact_location:") && text.contains("experiment_id:")
    };
    folders(root, 10_000).is_ok_and(|names| names.iter().any(is_described))
        || root.join("models").is_dir() && root.join(".trash").is_dir()
}

/// Returns the latest value of a history: the largest of step, time and value, in this order.
///
/// Lines have a time and a value, then a step, or a step with a dataset's name and digest, which MLflow reads as step 0.
fn latest(text: &str) -> Result<LatestValue, String> {
    let mut latest: Option<(i64, i64, f64)> = None;
    for (at, line) in text.lines().enumerate() {
        let wrong = |what: &str| format!("{what} in line {}", at + 1);
        let fields: Vec<&str> = line.trim().split(' ').collect();
        let (time, value, step) = match fields[..] {
            [time, value] | [time, value, _, _, _] => (time, value, "0"),
            [time, value, step] => (time, value, step),
            _ => return Err(format!("line {} has {}, not 2, 3 or 5", at + 1, counted(fields.len() as u64, "field"))),
        };
        let time: i64 = time.parse().map_err(|_| wrong("no time is"))?;
        let step: i64 = step.parse().map_err(|_| wrong("no step is"))?;
        let value = number(value).ok_or_else(|| wrong("no number is"))?;
        // As in Python, a NaN is larger than nothing, and nothing is larger than it.
        let is_later = latest.is_none_or(|(known_step, known_time, known)| {
            (step, time) > (known_step, known_time) || (step, time) == (known_step, known_time) && value > known
        });
        if is_later {
            latest = Some((step, time, value));
        }
    }
    latest.map(|(step, _, value)| LatestValue { value, step }).ok_or_else(|| "it has no value".to_owned())
}

/// Returns true if a text is the name of one file, and no path.
fn is_one_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0'])
}

/// Returns the names of the folders in a folder, sorted.
fn folders(folder: &Path, most: usize) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let unreadable = |error: std::io::Error| format!("`{}` cannot be read: {error}", folder.display());
    for (count, entry) in fs::read_dir(folder).map_err(unreadable)?.enumerate() {
        if count >= most {
            return Err(format!("`{}` has too many entries; limit: {most}", folder.display()));
        }
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir())
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn small(path: &Path) -> Result<String, String> {
    text(path, MOST_SMALL)
}

fn text(path: &Path, most: u64) -> Result<String, String> {
    let wrong =
        |why: &dyn std::fmt::Display| format!("`{}`: {why}", path.file_name().unwrap_or_default().to_string_lossy());
    let found = path.symlink_metadata().map_err(|error| wrong(&error))?;
    if found.is_symlink() {
        return Err(wrong(&"it is a link, which no store has"));
    }
    bounded::read_text(path, most).map_err(|error| wrong(&error))
}

/// Writes a file of a folder beside its place and moves it there, so that it is never half written.
fn replace(folder: &Path, name: &str, text: &str) -> Result<(), WriteError> {
    if !is_one_name(name) {
        return Err(WriteError::Failed(format!("`{name}` cannot be the name of a file")));
    }
    let write = || {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder.parent().unwrap_or(folder))?;
        file.write_all(text.as_bytes())?;
        file.persist(folder.join(name)).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error| WriteError::Failed(format!("the store cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_latest_value_is_not_the_last_line() {
        let of = |text: &str| latest(text).map(|latest| (latest.value, latest.step));
        assert_eq!(of("9 0.5 2\n3 0.75 10\n8 0.25 9\n"), Ok((0.75, 10)));
        assert_eq!(of("5 0.25 3\n5 0.75 3\n5 0.5 3"), Ok((0.75, 3)));
        assert_eq!(of("5 0.25\n6 0.5"), Ok((0.5, 0)));
        // With a dataset, the step does not count.
        assert_eq!(of("5 0.25 99 rows abc\n6 0.5 1 rows abc"), Ok((0.5, 0)));
        assert_eq!(of("1 inf 0"), Ok((f64::INFINITY, 0)));
        assert!(latest("1 nan 0").is_ok_and(|latest| latest.value.is_nan()));
        for text in ["", "1", "1 0.5 2 x", "x 0.5 1", "1 y 1", "1 0.5 z", "1 0.5 1\n\n"] {
            assert!(latest(text).is_err(), "{text:?}");
        }
        assert_eq!(latest("1 0.5 0\n2 secret 1").unwrap_err(), "no number is in line 2");
    }

    #[test]
    fn names_do_not_lead_out() {
        assert!(is_one_name("a b.c"));
        for name in ["", ".", "..", "a/b", "..\\x"] {
            assert!(!is_one_name(name), "{name}");
        }
    }
}
