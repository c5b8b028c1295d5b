//! The stored baseline of a run: its place, its contents, and its part in the measurements.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::kept_rows;
use super::progress::OnStep;
use super::project::Project;
use super::session::Session;
use crate::baseline::source::Lost;
use crate::baseline::{Baseline, ScoreType, TOOL, beside, source};
use crate::config::{BaselineConfig, Config, USUAL_BASELINE};
use crate::digest::sha256;
use crate::gate::Gates;
use crate::gate::bind::protocol;
use crate::measurement::{
    MeasureError, Measured, Measurement, Measurements, OtherSample, PredictionMeasure, TableId, TableInfo, TableKind,
    TableMeasure, Tables,
};
use crate::report::document::{FileDigest, Inputs};
use crate::stats::Side;

/// The default path of a baseline.
pub(crate) const USUAL: &str = USUAL_BASELINE;

/// The stored baseline with which a run compares.
pub(crate) struct Stored {
    /// The path, as the config or the command line gives it.
    path: String,
    digest: String,
    /// The path relative to the working directory, if the baseline is a file.
    at: Option<PathBuf>,
    baseline: Result<Baseline, MeasureError>,
}

/// Returns the path to which a baseline is written: as the config or the command line gives it, and relative to the
/// working directory.
pub(crate) fn place(loaded: &Project) -> Option<(String, PathBuf)> {
    match (&loaded.baseline, loaded.config.baseline.as_ref().and_then(BaselineConfig::file)) {
        (Some(path), _) => Some((path.display().to_string(), path.clone())),
        (None, Some(path)) => Some((path.to_owned(), loaded.root.join(path))),
        (None, None) => None,
    }
}

/// Returns the config with a stored baseline if one is named, by the config or by the command line.
pub(super) fn with_baseline(config: &Config) -> Cow<'_, Config> {
    if config.baseline.is_some() {
        return Cow::Borrowed(config);
    }
    Cow::Owned(Config { baseline: Some(BaselineConfig::at(USUAL)), ..config.clone() })
}

/// Parses a baseline, which may be compressed by Zstandard.
///
/// # Errors
///
/// The problem of the bytes, as a clause to follow their name.
pub(crate) fn parse(bytes: &[u8]) -> Result<Baseline, String> {
    let text = source::text(bytes).map_err(|why| format!("cannot be read: {why}"))?;
    Baseline::parse(&text)
}

/// Returns the bytes of a baseline's file: compressed if the file's name says so.
pub(crate) fn packed(path: &Path, text: String) -> Result<Vec<u8>, Failure> {
    if path.extension().is_none_or(|end| end != "zst") {
        return Ok(text.into_bytes());
    }
    let level = zstd::compression_level_range().end().min(&19).to_owned();
    zstd::encode_all(text.as_bytes(), level)
        .map_err(|error| Failure::Environment(format!("internal error: the baseline cannot be compressed: {error}")))
}

impl Stored {
    /// Reads the baseline in a file. A problem is reported by every gate that needs the baseline.
    pub(crate) fn read(path: String, at: &Path) -> Self {
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

    /// Parses the baseline that a place returned.
    pub(crate) fn found(path: String, bytes: &[u8]) -> Self {
        let digest = sha256(bytes).unwrap_or_default();
        let baseline = parse(bytes).map_err(|why| MeasureError(format!("the baseline `{path}` {why}")));
        Self { path, digest, at: None, baseline }
    }

    /// Sets the path of a baseline that is a file.
    pub(crate) fn lying(self, at: &Path) -> Self {
        Self { at: Some(at.to_owned()), ..self }
    }

    /// Returns the path relative to the working directory, if the baseline is a file.
    pub(super) fn at(&self) -> Option<&Path> {
        self.at.as_deref()
    }

    /// Returns true if these bytes are the baseline's.
    pub(crate) fn has_digest(&self, bytes: &[u8]) -> bool {
        sha256(bytes).is_ok_and(|digest| digest == self.digest)
    }

    /// Returns the absence of a baseline, with the reason.
    pub(crate) fn none(path: String, why: String) -> Self {
        Self { path, digest: String::new(), at: None, baseline: Err(MeasureError(why)) }
    }

    /// Returns a baseline that is not written yet.
    pub(crate) fn of(path: String, baseline: Baseline) -> Self {
        Self { path, digest: String::new(), at: None, baseline: Ok(baseline) }
    }

    /// Returns the place of the baseline, as reports name it.
    pub(crate) fn shown(&self) -> &str {
        &self.path
    }

    /// Returns the baseline, if it can be compared with.
    pub(crate) fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref().ok()
    }

    /// Returns the reason the baseline cannot be compared with, if there is one.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.baseline.as_ref().err().map(|error| error.0.as_str())
    }

    /// Puts its tables beside the opened ones, and returns the config as it is read where a stored baseline is there.
    pub(super) fn beside<'a>(&self, tables: &mut Tables, config: &'a Config) -> Cow<'a, Config> {
        self.complete(tables);
        with_baseline(config)
    }

    /// Measures the candidate and puts the stored side beside it; also returns notes on kept rows that cannot be paired.
    pub(super) fn measure(
        &self,
        gates: &mut Gates,
        session: &mut Session,
        project: &Project,
        known: &Measurements,
        on_step: OnStep<'_>,
    ) -> (Measurements, Vec<String>) {
        let notes = match (self.baseline(), self.at()) {
            (Some(baseline), Some(at)) => kept_rows::open(&mut session.engine, &mut gates.specs, baseline, at, project),
            _ => Vec::new(),
        };
        let more = self.prepare(gates);
        let mut known = known.clone();
        known.extend(self.answers(gates.measurements(), &session.opened));
        let wanted = gates.measurements().chain(&more);
        let mut measurements = session.measure(wanted, &gates.specs, &known, on_step);
        self.join(gates, &session.opened, &mut measurements);
        self.refuse_other_protocols(gates, session, project, &mut measurements);
        (measurements, notes)
    }

    /// Adds the baseline's tables to the opened ones, for datasets that name no file to compare with.
    fn complete(&self, tables: &mut Tables) {
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

    /// Returns the measurements that tell if both sides have the same rows, and sets the bin edges of the baseline.
    fn prepare(&self, gates: &mut Gates) -> BTreeSet<Measurement> {
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

    /// Turns the measurements of models into errors whose rows were evaluated on other terms than the baseline's.
    fn refuse_other_protocols(
        &self,
        gates: &Gates,
        session: &Session,
        project: &Project,
        measurements: &mut Measurements,
    ) {
        let Ok(baseline) = &self.baseline else { return };
        for (model, _) in gates.specs.iter().filter(|(_, spec)| spec.is_stored()) {
            let id = TableId { kind: TableKind::Predictions, name: model.clone(), side: Side::Candidate };
            let (Some(Ok(ours)), Some(theirs)) = (session.opened.get(&id), baseline.protocol_of(model)) else {
                continue;
            };
            let config = project.config.models.iter().find(|known| known.name.value == *model);
            let may_differ = config.map_or(&[][..], |config| &config.may_differ);
            let theirs = Ok(theirs.clone());
            let why = protocol::refused((&ours.protocol, &ours.path), (&theirs, &self.path), None, may_differ);
            let Some(why) = why else { continue };
            for (measurement, state) in measurements.iter_mut() {
                if matches!(measurement, Measurement::Predictions(of, _) if of == model) {
                    *state = Err(MeasureError(why.clone()));
                }
            }
        }
    }

    /// Joins the baseline's states of models with the candidate's measurements.
    fn join(&self, gates: &Gates, opened: &Tables, measurements: &mut Measurements) {
        for (measurement, state) in measurements {
            let Measurement::Predictions(model, measure) = measurement else { continue };
            let spec = gates.specs.get(model).filter(|spec| spec.is_stored());
            let is_stored = spec.is_some();
            let id = || TableId { kind: TableKind::Predictions, name: model.clone(), side: Side::Candidate };
            let scores = spec.and_then(|spec| ScoreType::of(opened.get(&id())?.as_ref().ok()?, spec));
            // Stored rows are paired already.
            if let (true, Ok(ours)) = (is_stored, &mut *state)
                && !ours.is_paired()
            {
                let ours = std::mem::replace(ours, Measured::Rows(0));
                *state = Ok(beside(self.baseline.as_ref(), model, measure, (ours, scores)));
            }
        }
    }

    /// Returns the baseline's results for all measurements of its side that are not in `opened`.
    fn answers<'a>(&self, wanted: impl Iterator<Item = &'a Measurement>, opened: &Tables) -> Measurements {
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
                Measurement::Cells { dataset, column, of, rows } => {
                    let id = TableId { kind: TableKind::Dataset, name: dataset.clone(), side: Side::Baseline };
                    if is_stored(&id) {
                        // The counts depend on the type of the baseline's numbers.
                        answer(Measurement::Table(id.clone(), TableMeasure::Columns));
                        let counted = TableMeasure::Distribution(column.clone(), of.clone()).of_rows(rows.as_deref());
                        answer(Measurement::Table(id, counted));
                    }
                }
                // A query reads the tables of one side together: either all are files, or all are stored.
                Measurement::Query(query) if query.side == Side::Baseline && datasets().next().is_none() => {
                    answer(measurement.clone());
                }
                _ => {}
            }
        }
        answers
    }

    /// Returns the origin of the baseline's numbers; `files` are those that were read in addition.
    pub(crate) fn inputs(&self, mut files: Vec<FileDigest>, config: &str, mut notes: Vec<String>) -> Inputs {
        if !self.digest.is_empty() {
            files.insert(
                0,
                FileDigest { path: self.path.clone(), digest: self.digest.clone(), ..FileDigest::default() },
            );
        }
        let Ok(baseline) = &self.baseline else { return Inputs { files, notes, ..Inputs::default() } };
        if baseline.config.digest != config {
            notes.push("measured with a different config".to_owned());
        }
        if baseline.tool != TOOL {
            notes.push(format!("measured by {} (this is {TOOL})", baseline.tool));
        }
        if baseline.commit.as_ref().is_some_and(|commit| commit.dirty) {
            notes.push("measured with uncommitted changes".to_owned());
        }
        for excused in &baseline.despite {
            notes.push(format!(
                "blessed although {} failed ({}, {}): {}",
                excused.gate, excused.owner, excused.date, excused.reason
            ));
        }
        let commit = baseline.commit.clone();
        let (git, time) = commit.map(|commit| (commit.id, commit.time)).unzip();
        Inputs { git, time, files, notes, ..Inputs::default() }
    }

    /// Returns the number of rows of each model that the baseline was measured on.
    pub(super) fn rows_of_models(&self, gates: &Gates) -> BTreeMap<String, u64> {
        let Ok(baseline) = &self.baseline else { return BTreeMap::new() };
        let rows = |model: &String| Some((model.clone(), baseline.measured_on(model)?.rows));
        gates.specs.keys().filter_map(rows).collect()
    }

    /// Returns the models whose baseline was measured on other rows, each with the difference.
    pub(crate) fn misfits(&self, gates: &Gates, measurements: &Measurements) -> Vec<(String, OtherSample)> {
        let Ok(baseline) = &self.baseline else { return Vec::new() };
        let mut found = Vec::new();
        for model in gates.specs.keys() {
            let key = Measurement::Predictions(model.clone(), PredictionMeasure::Rows);
            let (Some(Ok(Measured::RowsDigest(ours))), Some(theirs)) =
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
