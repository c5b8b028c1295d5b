//! DVC: metrics and parameters of a project at a revision, `dvc:REV[:PATH]`, or in its work tree, `dvc:[:PATH]`.
//!
//! A metric is in git, or in DVC's cache alone. DVC itself leaves out, without a word, what is in neither; here it is an
//! error, because a gate would pass on what is left.

mod outputs;
mod pipeline;
mod tracked;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::datum::{self, Datum, joined};
use super::locator::SourceQuery;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{MetricReading, ReadError, ReadLimits, RunSnapshot};
use crate::git::{self, NoRepository, Repository};
use crate::lexical::lexical;
pub use tracked::{TrackedOutput, cached_object, listed_members, tracked_outputs};

use outputs::{CachedFile, TrackedOutputs};
use tree::{PARAMS, PIPELINE, ProjectTree, utf8};

/// The kind of source.
pub(in crate::readers) const KIND: SourceKind = SourceKind {
    name: "dvc",
    about: "metrics of DVC at a revision, `dvc:REV`, in one file of it, `dvc:REV:PATH`, or in the work tree, `dvc:`",
    recognise: |_| false,
    read,
};

/// The endings of files that are read.
const ENDINGS: [&str; 4] = ["json", "yaml", "yml", "toml"];

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&["fetch"])?;
    let (revision, path) = match request.place.split_once(':') {
        Some((revision, path)) => (revision, Some(path)),
        None => (request.place, None),
    };
    let shown = format!("dvc:{}", request.place);
    project(request, revision, path).map_err(|why| ReadError::unreadable(shown, why))
}

fn project(request: &SourceRequest<'_>, revision: &str, path: Option<&str>) -> Result<RunSnapshot, String> {
    let here = request.environment.resolve(".");
    let (tree, top) = if revision.is_empty() {
        let top = work_tree(&here)?;
        (ProjectTree::WorkTree { top: top.clone(), limits: *request.limits }, top)
    } else {
        let repository = Repository::around(&here).map_err(|error| match error {
            NoRepository::Absent => "this folder is not in a git repository".to_owned(),
            other => other.why(),
        })?;
        let top = repository.top().to_owned();
        let tree = ProjectTree::at(repository, revision, request.limits);
        (tree.map_err(|why| hinted(why, &top, request.place))?, top)
    };
    let fetches = match request.query.get("fetch") {
        None => request.environment.fetches(),
        Some("true") => true,
        Some("false") => false,
        Some(other) => return Err(format!("`fetch` must be true or false, not `{other}`")),
    };
    let outputs = TrackedOutputs::of(&tree, &top, fetches, request.limits)?;
    let project = DvcProject { tree, outputs, limits: request.limits, request };
    project.snapshot(path.filter(|path| !path.is_empty()))
}

/// Adds the way out to the message about a revision that is the path of a file.
fn hinted(why: String, top: &Path, place: &str) -> String {
    if top.join(place).exists() { format!("{why}; for the file of the work tree, write `dvc::{place}`") } else { why }
}

/// Returns the top of the repository, or the folder of a project that is in none.
fn work_tree(here: &Path) -> Result<PathBuf, String> {
    if let Some(top) = git::top_of(here) {
        return Ok(top);
    }
    let real = git::real(here).map_err(|error| format!("this folder cannot be read: {error}"))?;
    let found = real.ancestors().find(|folder| folder.join(".dvc").is_dir());
    let none = || "this folder is neither in a git repository nor in a project of DVC".to_owned();
    found.map(Path::to_owned).ok_or_else(none)
}

/// A project at a revision.
struct DvcProject<'a> {
    tree: ProjectTree,
    outputs: TrackedOutputs,
    limits: &'a ReadLimits,
    request: &'a SourceRequest<'a>,
}

impl DvcProject<'_> {
    fn snapshot(&self, path: Option<&str>) -> Result<RunSnapshot, String> {
        let mut snapshot = RunSnapshot::default();
        snapshot.run.commit = self.tree.commit().map(str::to_owned);
        let mut metrics = BTreeSet::new();
        let mut params = BTreeSet::new();
        for file in self.tree.named(|name| name == PIPELINE)? {
            let document = self.document(&file)?.ok_or_else(|| format!("`{}` cannot be read", file.display()))?;
            let declared = match pipeline::declared(&document, &file, &self.outputs) {
                // Whoever names a file does not depend on all others.
                Err(_) if path.is_some() => continue,
                declared => declared?,
            };
            metrics.extend(declared.metrics);
            params.extend(declared.params);
            params.insert(file.with_file_name(PARAMS));
        }
        if let Some(path) = path.map(from_top).transpose()? {
            metrics.retain(|file| file.starts_with(&path));
            if metrics.is_empty() && self.tree.below(&path)?.is_empty() {
                return self.alone(&path);
            }
            if metrics.is_empty() {
                return Err(format!("no metrics are declared in the folder `{}`; name a file", path.display()));
            }
        }
        let files = self.metric_files(&metrics)?;
        if files.is_empty() {
            return Err("no `dvc.yaml` declares metrics; name their file, as in `dvc:REV:PATH`".to_owned());
        }
        for file in &files {
            let prefix = if files.len() > 1 { format!("{}:", slashed(file)) } else { String::new() };
            self.read_metrics(file, &prefix, &mut snapshot)?;
        }
        self.read_params(&params, &mut snapshot)?;
        self.list_artifacts(&files, &mut snapshot);
        Ok(snapshot)
    }

    /// Returns the files of metrics; a folder stands for all files in it.
    fn metric_files(&self, metrics: &BTreeSet<PathBuf>) -> Result<BTreeSet<PathBuf>, String> {
        let mut files = BTreeSet::new();
        for path in metrics {
            let mut below = self.tree.below(path)?;
            if let Some(output) = self.outputs.all().iter().find(|output| output.path == *path) {
                let members = self.outputs.members(output)?.unwrap_or_default();
                below.extend(members.into_iter().map(|(name, _)| lexical(&path.join(name))));
            }
            if below.is_empty() { files.extend([path.clone()]) } else { files.extend(below) }
        }
        Ok(files)
    }

    /// Reads a file that no `dvc.yaml` declares to hold metrics, as the kind that its content is of.
    fn alone(&self, file: &Path) -> Result<RunSnapshot, String> {
        let bytes = self.bytes(file)?.ok_or_else(|| self.missing(file))?;
        let failed = |error: std::io::Error| format!("`{}` cannot be unpacked: {error}", file.display());
        let folder = tempfile::tempdir().map_err(failed)?;
        let copy = folder.path().join(file.file_name().unwrap_or_default());
        fs::write(&copy, bytes).map_err(failed)?;
        let place = copy.display().to_string();
        let SourceRequest { limits, environment, .. } = *self.request;
        let request = SourceRequest { place: &place, query: &SourceQuery::default(), limits, environment };
        let named = |error: ReadError| error.to_string().replace(&place, &slashed(file));
        let kind = super::recognised(&request).map_err(named)?;
        let kind = kind.ok_or_else(|| format!("`{}` is of an unknown kind", file.display()))?;
        let mut snapshot = (kind.read)(&request).map_err(named)?;
        snapshot.run.commit = self.tree.commit().map(str::to_owned).or(snapshot.run.commit);
        snapshot.warnings.iter_mut().for_each(|warning| *warning = warning.replace(&place, &slashed(file)));
        Ok(snapshot)
    }

    fn missing(&self, file: &Path) -> String {
        let place = if self.tree.commit().is_some() { "this revision" } else { "the work tree" };
        format!("`{}` is not in {place}, and DVC has recorded no output of it", file.display())
    }

    /// Returns the bytes of a file in git or, failing that, in the cache.
    fn bytes(&self, file: &Path) -> Result<Option<Vec<u8>>, String> {
        if let Some(bytes) = self.tree.bytes(file)? {
            return Ok(Some(bytes));
        }
        match self.outputs.file(file)? {
            CachedFile::Found(bytes) => Ok(Some(bytes)),
            CachedFile::Untracked => Ok(None),
            CachedFile::Absent => Err(format!(
                "`{}` is kept by DVC and not by git, and is not in the cache here; {}, so run `dvc fetch` (with \
                 `--all-commits` for other revisions), or declare the metric with `cache: false`",
                file.display(),
                self.outputs.remotes_in_words()
            )),
        }
    }

    fn document(&self, file: &Path) -> Result<Option<Datum>, String> {
        let Some(bytes) = self.bytes(file)? else { return Ok(None) };
        let text = utf8(file, bytes)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let ending = ending(file);
        let parsed = match ending.as_str() {
            "json" => datum::json(text, self.limits),
            "yaml" | "yml" => datum::yaml(text, self.limits),
            "toml" => datum::toml(text, self.limits),
            _ => Err(format!("files that end in `.{ending}` are not read; the known ones are {}", ENDINGS.join(", "))),
        };
        parsed.map(Some).map_err(|why| format!("`{}`: {why}", file.display()))
    }

    fn read_metrics(&self, file: &Path, prefix: &str, snapshot: &mut RunSnapshot) -> Result<(), String> {
        let document = self.document(file)?.ok_or_else(|| self.missing(file))?;
        // DVCLive writes the step of all its values beside them.
        let step = document.get("step").and_then(Datum::whole);
        let mut numbers = Vec::new();
        let mut nulls = Vec::new();
        flatten("", &document, &mut numbers, &mut nulls);
        for (name, value) in numbers {
            let reading = MetricReading { step: step.filter(|_| name != "step"), ..MetricReading::of(value) };
            let added = snapshot.add(&slashed(file), format!("{prefix}{name}"), reading, self.limits);
            added.map_err(|error| error.to_string())?;
        }
        nulls.into_iter().for_each(|name| snapshot.warn(format!("`{prefix}{name}` is null")));
        Ok(())
    }

    fn read_params(&self, files: &BTreeSet<PathBuf>, snapshot: &mut RunSnapshot) -> Result<(), String> {
        let mut found: BTreeMap<&PathBuf, BTreeMap<String, String>> = BTreeMap::new();
        for file in files {
            if !ENDINGS.contains(&ending(file).as_str()) {
                let known = ENDINGS.join(", ");
                snapshot
                    .warn(format!("the parameters of `{}` are not read; the known ones are {known}", file.display()));
                continue;
            }
            let Some(document) = self.document(file)? else { continue };
            document.params("", found.entry(file).or_default());
        }
        let is_alone = found.len() == 1;
        for (file, values) in found {
            let prefix = if is_alone { String::new() } else { format!("{}:", slashed(file)) };
            snapshot.params.extend(values.into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)));
        }
        Ok(())
    }

    /// Lists the outputs that are not metrics: their place in the cache, or their digest if the cache does not hold them.
    fn list_artifacts(&self, metrics: &BTreeSet<PathBuf>, snapshot: &mut RunSnapshot) {
        for output in self.outputs.all().iter().filter(|output| !metrics.contains(&output.path)) {
            let place = self.outputs.cached_at(output).map(|path| path.display().to_string());
            if let Some(place) = place.or_else(|| output.md5.as_ref().map(|md5| format!("md5:{md5}"))) {
                snapshot.artifacts.insert(slashed(&output.path), place);
            }
        }
    }
}

/// Returns a path from the top of the repository.
fn from_top(path: &str) -> Result<PathBuf, String> {
    let path = lexical(Path::new(path));
    if path.is_absolute() || path.as_os_str().is_empty() {
        return Err(format!("`{}` is not a path from the top of the repository", path.display()));
    }
    Ok(path)
}

/// Collects numbers as DVC takes them: levels joined by dots, true as 1 and false as 0, no lists.
fn flatten(name: &str, value: &Datum, numbers: &mut Vec<(String, f64)>, nulls: &mut Vec<String>) {
    match value {
        Datum::Map(entries) => {
            entries.iter().for_each(|(key, value)| flatten(&joined(name, key), value, numbers, nulls));
        }
        Datum::Bool(flag) => numbers.push((name.to_owned(), f64::from(u8::from(*flag)))),
        Datum::Null => nulls.push(name.to_owned()),
        Datum::List(_) => {}
        scalar => numbers.extend(scalar.number().map(|number| (name.to_owned(), number))),
    }
}

/// Returns the ending of a file's name, in lower case.
fn ending(file: &Path) -> String {
    file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// Returns a path with slashes.
fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
