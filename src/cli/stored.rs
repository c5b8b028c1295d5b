//! The stored baseline of a run: where it lies, what is read from it, and what came out of it.

use std::borrow::Cow;
use std::path::PathBuf;

use super::load::Loaded;
use crate::baseline::Baseline;
use crate::baseline::source;
use crate::config::{BaselineConfig, Config, USUAL_BASELINE};
use crate::digest::sha256;
use crate::gate::measurement::{
    MeasureError, Measurement, Measurements, TableId, TableInfo, TableKind, TableMeasure, Tables,
};
use crate::report::model::{FileDigest, Inputs};
use crate::stats::Side;

/// Where a baseline is written when nothing else is said.
pub(super) const USUAL: &str = USUAL_BASELINE;

/// A stored baseline that a run compares with.
pub(super) struct Stored {
    /// Its path, as the config or the command line gives it.
    path: String,
    digest: String,
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

impl Stored {
    /// Reads the baseline that lies at a place. What is wrong with it is said by every gate that needs it.
    pub(super) fn read(path: String, bytes: &[u8]) -> Self {
        let digest = sha256(bytes).unwrap_or_default();
        let baseline = match source::text(bytes) {
            Ok(text) => Baseline::parse(&text).map_err(|why| format!("the baseline `{path}` {why}")),
            Err(why) => Err(format!("the baseline `{path}` cannot be read: {why}")),
        };
        Self { path, digest, baseline: baseline.map_err(MeasureError) }
    }

    /// None, and why.
    pub(super) fn none(path: String, why: String) -> Self {
        Self { path, digest: String::new(), baseline: Err(MeasureError(why)) }
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
                Measurement::Table(id, _) if id.kind == TableKind::Dataset && is_stored(id) => {
                    answer(measurement.clone());
                }
                Measurement::Cells { dataset, column, of } => {
                    let id = TableId { kind: TableKind::Dataset, name: dataset.clone(), side: Side::Baseline };
                    if is_stored(&id) {
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
    pub(super) fn inputs(&self, mut files: Vec<FileDigest>) -> Inputs {
        if !self.digest.is_empty() {
            files.insert(0, FileDigest { path: self.path.clone(), digest: self.digest.clone() });
        }
        let commit = self.baseline.as_ref().ok().and_then(|baseline| baseline.commit.as_ref());
        Inputs { git: commit.map(|commit| commit.id.clone()), files }
    }
}

fn is_candidate(id: &TableId) -> bool {
    id.kind == TableKind::Dataset && id.side == Side::Candidate
}
