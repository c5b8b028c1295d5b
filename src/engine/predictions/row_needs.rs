//! The parts of a model's rows that its measures need.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::dataframe::DataFrame;

use super::feature_names::feature_names;
use super::must_pass::MustPass;
use crate::measurement::prediction_spec::{BaselinePredictions, OutputColumns, PredictionSpec};
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{GroupColumn, PredictionMeasure, SliceBy};

/// The needs of measures.
pub(crate) struct RowNeeds<'a> {
    /// The columns by which rows are grouped.
    pub(crate) grouping: BTreeSet<GroupColumn>,
    pub(crate) slicing: BTreeSet<&'a SliceBy>,
    pub(crate) searches: Vec<&'a FindSlices>,
    /// The number of keys that are listed of each kind of flipped rows.
    pub(crate) flips: Option<usize>,
    /// The rows that must be right.
    pub(crate) must_pass: &'a MustPass,
    /// True if the rows are named by a digest.
    pub(crate) is_named: bool,
}

impl<'a> RowNeeds<'a> {
    pub(crate) fn of(measures: &'a BTreeSet<PredictionMeasure>, must_pass: &'a MustPass) -> Self {
        let grouping = measures.iter().flat_map(|measure| match measure {
            PredictionMeasure::Contingency(by, _)
            | PredictionMeasure::Sliced(_, SliceBy::Groups(by) | SliceBy::Others(by)) => by.clone(),
            PredictionMeasure::Sliced(_, SliceBy::Columns(by)) => {
                by.iter().map(|name| GroupColumn::plain(name)).collect()
            }
            PredictionMeasure::State(_)
            | PredictionMeasure::Sliced(..)
            | PredictionMeasure::Flips(_)
            | PredictionMeasure::WrongRows { .. }
            | PredictionMeasure::FoundSlices(_)
            | PredictionMeasure::WorstSlices(..)
            | PredictionMeasure::ScoreBins(_)
            | PredictionMeasure::Edges(..)
            | PredictionMeasure::Queries
            | PredictionMeasure::Remarks
            | PredictionMeasure::Classes
            | PredictionMeasure::Rows => Vec::new(),
        });
        let slicing = measures.iter().filter_map(|measure| match measure {
            PredictionMeasure::Sliced(_, by) => Some(by),
            _ => None,
        });
        let searches = measures.iter().filter_map(|measure| match measure {
            PredictionMeasure::FoundSlices(find) | PredictionMeasure::WorstSlices(find, _) => Some(find),
            _ => None,
        });
        let flips = measures.iter().find_map(|measure| match measure {
            PredictionMeasure::Flips(most) => Some(*most),
            _ => None,
        });
        Self {
            grouping: grouping.collect(),
            slicing: slicing.chain(must_pass.conditions()).collect(),
            searches: searches.collect(),
            flips,
            must_pass,
            is_named: measures.contains(&PredictionMeasure::Rows),
        }
    }

    /// Returns true if rows are divided into parts.
    pub(crate) fn has_parts(&self) -> bool {
        !(self.slicing.is_empty() && self.grouping.is_empty() && self.searches.is_empty())
    }

    /// Returns the features among the columns of the predictions' own file.
    pub(crate) fn features(&self, spec: &PredictionSpec, table: &DataFrame) -> Vec<String> {
        let of_file = self.searches.iter().filter(|find| find.data.is_none());
        of_file.flat_map(|find| feature_names(find, spec, table)).collect()
    }

    /// Returns the columns of the candidate's file that are read, beside the features.
    pub(crate) fn columns(&self, spec: &PredictionSpec, conditions: &BTreeMap<&SliceBy, String>) -> Vec<String> {
        let bins = self.slicing.iter().filter_map(|by| match by {
            SliceBy::Bins(column, _) => Some(column),
            _ => None,
        });
        let is_keyed = spec.is_joined()
            || self.searches.iter().any(|find| find.data.is_some())
            || self.flips.is_some()
            || self.must_pass.lists_keys()
            || spec.behaviour().is_some()
            || self.is_named;
        let key = spec.key.iter().filter(|_| is_keyed);
        key.chain(spec.label.iter().filter(|_| !spec.has_labels))
            .chain(outputs(spec))
            .chain(spec.of_rows())
            .chain(spec.sample_key())
            .chain(spec.of_variants())
            .chain(self.grouping.iter().map(|column| &column.name))
            .chain(bins)
            .chain(conditions.values())
            .cloned()
            .collect()
    }
}

/// Returns the columns of the baseline's predictions, if they are in the candidate's file.
pub(crate) fn in_same_file(spec: &PredictionSpec) -> Option<&OutputColumns> {
    match &spec.baseline {
        Some(BaselinePredictions::Columns(columns)) => Some(columns),
        _ => None,
    }
}

/// Returns the names of all columns of predictions in the candidate's file.
pub(crate) fn outputs(spec: &PredictionSpec) -> impl Iterator<Item = &String> {
    spec.candidate.names().chain(in_same_file(spec).into_iter().flat_map(OutputColumns::names))
}
