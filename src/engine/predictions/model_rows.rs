//! Computes the states of a model's metrics and rates from its predictions.
//!
//! Ranks need all rows, so all rows are read, but only the columns that are needed.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::execution::memory_pool::MemoryReservation;

use super::decode::Groups;
use super::edges::Edges;
use super::feature_names::feature_names;
use super::features::Features;
use super::flips::flipped;
use super::joined_rows::JoinedRows;
use super::must_pass::MustPass;
use super::parts::{SlicedRows, groups_of, slices_of};
use super::query_names::NamedQueries;
use super::row_columns::RowColumns;
use super::row_needs::RowNeeds;
use super::row_table::{ModelFile, ModelFiles, RowTable};
use super::slices::with_conditions;
use super::tally::Tallies;
use crate::measurement::flips::Flips;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::queries::RankedQueries;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{
    BrokenRows, GroupColumn, MeasureError, Measured, OtherSide, PredictionMeasure, RowsDigest, Slice, SliceBy,
};
use crate::stats;
use crate::stats::{Rows, Task, Truth};

/// Rows of a model, with everything that its measures need.
pub(crate) struct ModelRows {
    pub(crate) path: String,
    pub(crate) rows: Rows,
    /// The reason why predicted classes are missing, if they would have to come from scores.
    pub(crate) unpredicted: Option<MeasureError>,
    /// The reason why one side's scores are not probabilities.
    pub(crate) improper: Option<MeasureError>,
    /// The counts of rows that were not scored.
    pub(crate) tallies: Tallies,
    /// The queries of a ranking.
    pub(crate) queries: Option<NamedQueries>,
    /// The reason why the row one season before is unknown.
    pub(crate) uneven: Option<MeasureError>,
    pub(crate) groups: BTreeMap<GroupColumn, Groups>,
    /// All classes of a multiclass task, in the order of their codes.
    pub(crate) classes: Vec<String>,
    /// The names of several classes or labels, for messages.
    pub(crate) named: Vec<String>,
    pub(crate) slices: SlicedRows,
    pub(crate) flips: Result<Flips, MeasureError>,
    /// The rows that must be right and are wrong, by their condition.
    pub(crate) wrong_rows: BTreeMap<String, Result<BrokenRows, MeasureError>>,
    /// The features of each search for slices.
    pub(crate) features: BTreeMap<FindSlices, Result<Features, MeasureError>>,
    pub(crate) digest: Option<RowsDigest>,
    pub(crate) edges: Edges,
    /// The memory that is reserved for all of this.
    pub(crate) _held: Vec<MemoryReservation>,
}

impl ModelRows {
    /// Reads the columns that these measures need; bins without edges are cut at the column's own quantiles.
    pub(crate) async fn of(
        spec: &PredictionSpec,
        files: ModelFiles<'_>,
        measures: &BTreeSet<PredictionMeasure>,
        cut: &Edges,
    ) -> Result<Self, MeasureError> {
        let must_pass = MustPass::of(measures);
        let needs = RowNeeds::of(measures, &must_pass);
        let original = files.candidate.table;
        let (table, conditions) = with_conditions(files.candidate, &needs.slicing)?;
        let files = ModelFiles { candidate: ModelFile { table: &table, ..files.candidate }, ..files };
        let names = (needs.columns(spec, &conditions), needs.features(spec, original));
        let joined = JoinedRows::read(spec, files, (&names.0, &names.1)).await?;
        let labels = joined.labels()?;
        let RowColumns { columns, unpredicted, improper, uneven } = RowColumns::read(spec, &joined, &labels)?;
        let candidate = &joined.candidate;
        let queries = match (&labels.truth, &spec.query) {
            (Truth::Relevance { gains, .. }, Some(name)) => Some(NamedQueries::read(candidate, name, gains)?),
            _ => None,
        };
        let groups = groups_of(candidate, &needs.grouping)?;
        if columns.weights.as_ref().is_some_and(|weights| weights.contains(&0.0)) && needs.has_parts() {
            let why = "a weight of 0 removes a row, so slices and groups would have other rows; remove such rows from the file";
            return Err(candidate.blame(MeasureError(why.to_owned())));
        }
        let mut features = BTreeMap::new();
        for find in &needs.searches {
            let names = feature_names(find, spec, original);
            let columns = (names.as_slice(), find.columns.is_some());
            let found = match &find.data {
                Some(_) => Features::of_dataset((spec, find), files, (candidate, joined.keys.as_ref())).await,
                None => Features::read(candidate, columns, cut).map_err(|error| candidate.blame(error)),
            };
            features.insert((*find).clone(), found);
        }
        let (slices, edges) = slices_of(candidate, &needs, (cut, &conditions, &groups))?;
        let flips = match needs.flips {
            Some(most) => flipped(spec, candidate, &columns, joined.keys.as_ref(), most).map_err(|error| {
                let is_lacking = columns.baseline.is_some() && columns.candidate.predicted.is_none();
                unpredicted.clone().filter(|_| is_lacking).unwrap_or(error)
            }),
            None => Err(not_measured()),
        };
        let wrong_rows =
            must_pass.wrong_rows(spec, (candidate, &conditions), (&columns, &unpredicted), joined.keys.as_ref());
        let digest = if needs.is_named { Some(joined.digest(&labels)?) } else { None };
        let rows = Rows::new(columns).map_err(|error| candidate.blame(MeasureError(error.to_string())))?;
        let classes = labels.classes;
        let named = if spec.task == Task::Multilabel { spec.label.clone() } else { classes.clone() };
        let JoinedRows { candidate: RowTable { path, .. }, tallies, held, .. } = joined;
        Ok(Self {
            path,
            rows,
            unpredicted,
            improper,
            uneven,
            tallies,
            queries,
            groups,
            classes,
            named,
            slices,
            flips,
            wrong_rows,
            features,
            digest,
            edges,
            _held: held,
        })
    }

    pub(crate) fn state(&self, measure: &PredictionMeasure) -> Result<Measured, MeasureError> {
        match measure {
            PredictionMeasure::State(kind) => self.of_kind(*kind, &self.rows).map(Measured::Model),
            PredictionMeasure::Flips(_) => self.flips.clone().map(Measured::Flips),
            PredictionMeasure::WrongRows { rows, .. } => {
                self.wrong_rows.get(rows).cloned().unwrap_or_else(|| Err(not_measured())).map(Measured::WrongRows)
            }
            PredictionMeasure::FoundSlices(find) => self.found_slices(find),
            PredictionMeasure::WorstSlices(find, margin) => self.worst_slices(find, margin.0),
            PredictionMeasure::ScoreBins(least) => self.score_bins(*least).map(Measured::ScoreBins),
            PredictionMeasure::Edges(column, count) => {
                let edges = self.edges.get(&SliceBy::Bins(column.clone(), *count));
                edges.cloned().map(Measured::Edges).ok_or_else(not_measured)
            }
            PredictionMeasure::Rows => self.digest.clone().map(Measured::RowsDigest).ok_or_else(not_measured),
            PredictionMeasure::Classes => Ok(Measured::Classes(self.named.clone())),
            PredictionMeasure::Remarks => Ok(Measured::Remarks(self.tallies.remarks(None))),
            PredictionMeasure::Queries => {
                let queries = self.queries.as_ref().ok_or_else(not_measured)?;
                let candidate = queries.queries.clone();
                Ok(Measured::Queries(RankedQueries { candidate, baseline: None, shared: None }))
            }
            PredictionMeasure::Contingency(by, counted) => {
                Ok(Measured::Model(stats::State::Contingency(self.contingency(by, counted)?)))
            }
            PredictionMeasure::Sliced(kind, SliceBy::Groups(by)) => self.group_states(*kind, by, false),
            PredictionMeasure::Sliced(kind, SliceBy::Others(by)) => self.group_states(*kind, by, true),
            PredictionMeasure::Sliced(kind, by) => {
                let slices = self.slices.get(by).ok_or_else(not_measured)?;
                let slices = slices.as_ref().map_err(Clone::clone)?;
                let slice = |(name, rows): (&String, &Vec<u32>)| Slice {
                    name: name.clone(),
                    key: Vec::new(),
                    rows: rows.len() as u64,
                    state: self.of_part(*kind, &self.rows.select(rows)),
                    other: OtherSide::Within,
                };
                Ok(Measured::Slices(slices.iter().map(slice).collect()))
            }
        }
    }
}

fn not_measured() -> MeasureError {
    MeasureError("internal error: it was not measured".to_owned())
}
