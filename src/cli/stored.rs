//! The stored baseline of a run: where it lies, what is read from it, and what came out of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::load::Loaded;
use crate::baseline::source::{self, Lost};
use crate::baseline::{Baseline, TOOL, beside};
use crate::config::{BaselineConfig, Config, USUAL_BASELINE};
use crate::digest::sha256;
use crate::gate::Gates;
use crate::gate::measurement::{
    MeasureError, Measurement, Measurements, OtherSample, PredictionMeasure, State, TableId, TableInfo, TableKind,
    TableMeasure, Tables,
};
use crate::gate::predictions::PredictionSpec;
use crate::report::model::{FileDigest, Inputs};
use crate::stats::Side;

/// Where a baseline is written when nothing else is said.
pub(super) const USUAL: &str = USUAL_BASELINE;

/// A stored baseline that a run compares with.
pub(super) struct Stored {
    /// Its path, as the config or the command line gives it.
    path: String,
    digest: String,
    /// Where it lies from here, where it is a file.
    at: Option<PathBuf>,
    baseline: Result<Baseline, MeasureError>,
}

/// Where a baseline is written, as the config or the command line says: the path as it is written, and from here.
pub(super) fn place(loaded: &Loaded) -> Option<(String, PathBuf)> {
    match (&loaded.baseline, loaded.config.baseline.as_ref().and_then(BaselineConfig::file)) {
        (Some(path), _) => Some((path.display().to_string(), path.clone())),
        (None, Some(path)) => Some((path.to_owned(), loaded.root.join(path))),
        (None, None) => None,
    }
}

/// The config as it is read where a stored baseline is there, whoever named it.
pub(super) fn with_baseline(config: &Config, is_there: bool) -> Cow<'_, Config> {
    if !is_there || config.baseline.is_some() {
        return Cow::Borrowed(config);
    }
    Cow::Owned(Config { baseline: Some(BaselineConfig::at(USUAL)), ..config.clone() })
}

/// A baseline from its bytes, which may be compressed by Zstandard.
///
/// # Errors
///
/// What is wrong with them, to stand behind their name.
pub(super) fn parse(bytes: &[u8]) -> Result<Baseline, String> {
    let text = source::text(bytes).map_err(|why| format!("cannot be read: {why}"))?;
    Baseline::parse(&text)
}

/// The bytes of a baseline's file: compressed where its name says so.
pub(super) fn packed(path: &Path, text: String) -> Result<Vec<u8>, Failure> {
    if path.extension().is_none_or(|end| end != "zst") {
        return Ok(text.into_bytes());
    }
    let level = zstd::compression_level_range().end().min(&19).to_owned();
    zstd::encode_all(text.as_bytes(), level)
        .map_err(|error| Failure::Environment(format!("the baseline cannot be compressed: {error}")))
}

impl Stored {
    /// Reads the baseline in a file. What is wrong with it is said by every gate that needs it.
    pub(super) fn read(path: String, at: &Path) -> Self {
        match source::file(at, &path) {
            Ok(found) => Self::found(path, &found.bytes).lying(at),
            Err(Lost::Absent(_)) => {
                let why = format!("there is no baseline at `{path}`; `mlgate bless` on the main branch writes it");
                Self::none(path, why)
            }
            Err(Lost::Missing(why) | Lost::Refused(why)) => {
                let why = format!("the baseline `{path}` cannot be used: {why}");
                Self::none(path, why)
            }
        }
    }

    /// Reads the baseline that a place has given.
    pub(super) fn found(path: String, bytes: &[u8]) -> Self {
        let digest = sha256(bytes).unwrap_or_default();
        let baseline = parse(bytes).map_err(|why| MeasureError(format!("the baseline `{path}` {why}")));
        Self { path, digest, at: None, baseline }
    }

    /// The same, where it is a file.
    pub(super) fn lying(self, at: &Path) -> Self {
        Self { at: Some(at.to_owned()), ..self }
    }

    /// Where it lies from here, where it is a file.
    pub(super) fn at(&self) -> Option<&Path> {
        self.at.as_deref()
    }

    /// None, and why.
    pub(super) fn none(path: String, why: String) -> Self {
        Self { path, digest: String::new(), at: None, baseline: Err(MeasureError(why)) }
    }

    /// A baseline that is not written yet.
    pub(super) fn of(path: String, baseline: Baseline) -> Self {
        Self { path, digest: String::new(), at: None, baseline: Ok(baseline) }
    }

    /// The place that it came from, as reports name it.
    pub(super) fn shown(&self) -> &str {
        &self.path
    }

    /// What it holds, if it can be compared with.
    pub(super) fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref().ok()
    }

    /// Why it cannot be compared with.
    pub(super) fn problem(&self) -> Option<&str> {
        self.baseline.as_ref().err().map(|error| error.0.as_str())
    }

    /// Puts its tables beside the opened ones, for datasets that name no file to compare with.
    pub(super) fn complete(&self, tables: &mut Tables) {
        let candidates: Vec<TableId> = tables.keys().filter(|id| is_candidate(id)).cloned().collect();
        for id in candidates {
            let info = self.baseline.as_ref().map_err(Clone::clone).and_then(|baseline| {
                baseline.table(&id.name).map(|info| TableInfo { path: self.path.clone(), ..info }).ok_or_else(|| {
                    MeasureError(format!("`{}` has no dataset `{}`; `mlgate bless` adds it", self.path, id.name))
                })
            });
            tables.entry(TableId { side: Side::Baseline, ..id }).or_insert(info);
        }
        let reported: Vec<TableId> = tables.keys().filter(|id| id.kind == TableKind::Metrics).cloned().collect();
        for id in reported {
            let info = self.baseline.as_ref().map_err(Clone::clone).and_then(|baseline| {
                let missing =
                    || MeasureError(format!("`{}` has no model `{}`; `mlgate bless` adds it", self.path, id.name));
                let info = baseline.reported(&id.name).ok_or_else(missing)?;
                Ok(TableInfo { path: self.path.clone(), ..info })
            });
            tables.entry(TableId { side: Side::Baseline, ..id }).or_insert(info);
        }
    }

    /// Asks for what tells whether both sides are of the same rows, and cuts bins where they were cut.
    pub(super) fn prepare(&self, gates: &mut Gates) -> BTreeSet<Measurement> {
        let mut wanted = BTreeSet::new();
        for (model, spec) in &mut gates.specs {
            if spec.is_stored() {
                wanted.insert(Measurement::Predictions(model.clone(), PredictionMeasure::Rows));
                if let Ok(baseline) = &self.baseline {
                    spec.edges = baseline.edges(model);
                }
            }
        }
        wanted
    }

    /// Puts the stored side of models beside what was measured of the candidate.
    pub(super) fn join(&self, gates: &Gates, measurements: &mut Measurements) {
        for (measurement, state) in measurements {
            let Measurement::Predictions(model, measure) = measurement else { continue };
            let is_stored = gates.specs.get(model).is_some_and(PredictionSpec::is_stored);
            // Rows that were kept have found their partners already.
            if let (true, Ok(ours)) = (is_stored, &mut *state)
                && !ours.is_paired()
            {
                let ours = std::mem::replace(ours, State::Rows(0));
                *state = Ok(beside(self.baseline.as_ref(), model, measure, ours));
            }
        }
    }

    /// The answers to all that is wanted of the other side and not in `opened`.
    pub(super) fn answers<'a>(&self, wanted: impl Iterator<Item = &'a Measurement>, opened: &Tables) -> Measurements {
        let is_stored = |id: &TableId| id.side == Side::Baseline && !opened.contains_key(id);
        let datasets = || opened.keys().filter(|id| id.kind == TableKind::Dataset && id.side == Side::Baseline);
        let mut answers = Measurements::new();
        let mut answer = |measurement: Measurement| {
            let state = self.baseline.as_ref().map_err(Clone::clone).and_then(|stored| stored.answer(&measurement));
            answers.insert(measurement, state);
        };
        for measurement in wanted {
            match measurement {
                Measurement::Reported(id, _) if is_stored(id) => answer(measurement.clone()),
                Measurement::Table(id, _) if id.kind == TableKind::Dataset && is_stored(id) => {
                    answer(measurement.clone());
                }
                Measurement::Cells { dataset, column, of } => {
                    let id = TableId { kind: TableKind::Dataset, name: dataset.clone(), side: Side::Baseline };
                    if is_stored(&id) {
                        // Counting depends on how wide the baseline's numbers were.
                        answer(Measurement::Table(id.clone(), TableMeasure::Columns));
                        answer(Measurement::Table(id, TableMeasure::Distribution(column.clone(), *of)));
                    }
                }
                // A query sees the tables of one side together: all are files, or all are stored.
                Measurement::Query(query) if query.side == Side::Baseline && datasets().next().is_none() => {
                    answer(measurement.clone());
                }
                _ => {}
            }
        }
        answers
    }

    /// Where the numbers of the other side came from; `files` are those that were read besides.
    pub(super) fn inputs(&self, mut files: Vec<FileDigest>, config: &str, mut notes: Vec<String>) -> Inputs {
        if !self.digest.is_empty() {
            files.insert(0, FileDigest { path: self.path.clone(), digest: self.digest.clone() });
        }
        let Ok(baseline) = &self.baseline else { return Inputs { git: None, time: None, files, notes } };
        if baseline.config.digest != config {
            notes.push("it was measured as another config says".to_owned());
        }
        if baseline.tool != TOOL {
            notes.push(format!("it was measured by {}, and this is {TOOL}", baseline.tool));
        }
        if baseline.commit.as_ref().is_some_and(|commit| commit.dirty) {
            notes.push("it was measured with changes that were not committed".to_owned());
        }
        for excused in &baseline.despite {
            notes.push(format!(
                "it was blessed although {} failed ({}, {}): {}",
                excused.gate, excused.owner, excused.date, excused.reason
            ));
        }
        let commit = baseline.commit.clone();
        let (git, time) = commit.map(|commit| (commit.id, commit.time)).unzip();
        Inputs { git, time, files, notes }
    }

    /// How many rows the stored side of each model was measured on.
    pub(super) fn rows_of_models(&self, gates: &Gates) -> BTreeMap<String, u64> {
        let Ok(baseline) = &self.baseline else { return BTreeMap::new() };
        let rows = |model: &String| Some((model.clone(), baseline.measured_on(model)?.rows));
        gates.specs.keys().filter_map(rows).collect()
    }

    /// The models whose stored side was measured on other rows, each with what is different.
    pub(super) fn misfits(&self, gates: &Gates, measurements: &Measurements) -> Vec<(String, OtherSample)> {
        let Ok(baseline) = &self.baseline else { return Vec::new() };
        let mut found = Vec::new();
        for model in gates.specs.keys() {
            let key = Measurement::Predictions(model.clone(), PredictionMeasure::Rows);
            let (Some(Ok(State::RowsDigest(ours))), Some(theirs)) =
                (measurements.get(&key), baseline.measured_on(model))
            else {
                continue;
            };
            found.extend(theirs.difference(ours).map(|difference| (model.clone(), difference)));
        }
        found
    }
}

fn is_candidate(id: &TableId) -> bool {
    id.kind == TableKind::Dataset && id.side == Side::Candidate
}
