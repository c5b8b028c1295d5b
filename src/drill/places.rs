//! The places of a config where faults are planted.

use super::kind::{DoseUnit, FaultKind};
use super::line::ConfigLine;
use crate::config::{Config, ReadAs};
use crate::engine::{Fault, Profile};
use crate::measurement::{TableId, TableKind};
use crate::stats::Side;

/// A file of the candidate, with the tables that are read from it.
#[derive(Debug)]
pub(super) struct DrilledFile {
    pub(super) path: String,
    pub(super) tables: Vec<(TableId, ReadAs)>,
}

/// A file with the summary of its columns, or the reason it cannot be read.
pub(super) struct SummarisedFile {
    pub(super) file: DrilledFile,
    pub(super) profile: Result<Profile, String>,
}

/// A fault to plant.
#[derive(Debug, Clone)]
pub(super) struct PlannedFault {
    pub(super) kind: &'static FaultKind,
    /// The place, as a path of the config: `data.loans.income`.
    pub(super) target: String,
    pub(super) change: PlannedChange,
    pub(super) dose: Option<f64>,
    /// Lines that may catch it, the best first.
    pub(super) cures: Vec<ConfigLine>,
}

/// The change of a fault.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PlannedChange {
    /// A fault of the rows of a file, by its place among the files.
    Table(usize, Fault),
    /// A number of a file of metrics that has another name.
    MetricRenamed(TableId, String),
    /// A number of a file of metrics that becomes worse: larger, or else smaller.
    MetricWorse(TableId, String, bool),
}

impl PlannedFault {
    /// Returns the fault in all its doses.
    pub(super) fn all(
        kind: &'static FaultKind,
        target: &str,
        change: &PlannedChange,
        cures: &[ConfigLine],
    ) -> Vec<Self> {
        let one = |dose| Self { kind, target: target.to_owned(), change: change.clone(), dose, cures: cures.to_vec() };
        if kind.unit == DoseUnit::None {
            return vec![one(None)];
        }
        kind.doses.iter().map(|dose| one(Some(*dose))).collect()
    }
}

/// Returns the files of tables that a config reads for the candidate, each once.
pub(super) fn files(config: &Config) -> Vec<DrilledFile> {
    let mut files: Vec<DrilledFile> = Vec::new();
    let mut add = |path: &str, kind, name: &str, read_as: &ReadAs| {
        let table = (TableId { kind, name: name.to_owned(), side: Side::Candidate }, read_as.clone());
        match files.iter_mut().find(|file| file.path == path) {
            Some(file) => file.tables.push(table),
            None => files.push(DrilledFile { path: path.to_owned(), tables: vec![table] }),
        }
    };
    for dataset in &config.data {
        let path = dataset.path.value.as_str();
        add(path, TableKind::Dataset, &dataset.name.value, &dataset.read_as);
        if dataset.fairness.is_some() {
            add(path, TableKind::Predictions, &dataset.rows_of_labels(), &dataset.read_as);
        }
    }
    for model in &config.models {
        add(&model.predictions.value, TableKind::Predictions, &model.name.value, &model.read_as);
        if let Some(path) = &model.labels {
            add(&path.value, TableKind::Labels, &model.name.value, &model.read_as);
        }
    }
    files
}

/// Orders faults so that each kind has its turn before one of them has the next: a bounded drill tries all kinds.
pub(super) fn interleaved(faults: Vec<PlannedFault>) -> Vec<PlannedFault> {
    let mut turns: Vec<(&'static str, usize)> = Vec::new();
    let mut keyed: Vec<(usize, usize, PlannedFault)> = Vec::new();
    for fault in faults {
        let place = match turns.iter().position(|(name, _)| *name == fault.kind.name) {
            Some(place) => place,
            None => {
                turns.push((fault.kind.name, 0));
                turns.len() - 1
            }
        };
        keyed.push((turns[place].1, place, fault));
        turns[place].1 += 1;
    }
    keyed.sort_by_key(|(turn, place, _)| (*turn, *place));
    keyed.into_iter().map(|(_, _, fault)| fault).collect()
}
