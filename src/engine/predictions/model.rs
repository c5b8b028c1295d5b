//! Computes the states of a model's metrics and rates from its predictions.
//!
//! Ranks need all rows, so all rows are read, but only the columns that are needed.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::Array;
use datafusion::execution::memory_pool::MemoryReservation;

use super::edges::Edges;
use super::features::Features;
use super::flips::flipped;
use super::found_slices::feature_names;
use super::grades::graded;
use super::new_keys::drop_new;
use super::pairing::{BASELINE, Keys};
use super::query_names::NamedQueries;
use super::row_table::{ModelFile, ModelFiles, RowTable, in_order_of, keys_of, read};
use super::rows_digest::rows_digest;
use super::slices::{bands, by_bins, by_columns, by_condition, edges, with_conditions};
use super::tally::{ScoreTally, Tallies};
use super::unscored;
use crate::engine::predictions::decode::Groups;
use crate::engine::predictions::outputs::{Labels, OneSide, differing};
use crate::engine::predictions::{decode, kept_rows, time_steps};
use crate::measurement::flips::Flips;
use crate::measurement::prediction_spec::{BaselinePredictions, OutputColumns, PredictionSpec};
use crate::measurement::queries::RankedQueries;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{
    GroupColumn, MeasureError, Measured, OtherSide, PredictionMeasure, RowsDigest, Slice, SliceBy,
};
use crate::stats;
use crate::stats::{Columns, Rows, Task, Truth};

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
    pub(crate) slices: BTreeMap<SliceBy, Result<BTreeMap<String, Vec<u32>>, MeasureError>>,
    pub(crate) flips: Result<Flips, MeasureError>,
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
        let grouping: BTreeSet<GroupColumn> = measures
            .iter()
            .flat_map(|measure| match measure {
                PredictionMeasure::Contingency(by, _)
                | PredictionMeasure::Sliced(_, SliceBy::Groups(by) | SliceBy::Others(by)) => by.clone(),
                PredictionMeasure::Sliced(_, SliceBy::Columns(by)) => {
                    by.iter().map(|name| GroupColumn::plain(name)).collect()
                }
                PredictionMeasure::State(_)
                | PredictionMeasure::Sliced(..)
                | PredictionMeasure::Flips(_)
                | PredictionMeasure::FoundSlices(_)
                | PredictionMeasure::WorstSlices(..)
                | PredictionMeasure::ScoreBins(_)
                | PredictionMeasure::Edges(..)
                | PredictionMeasure::Queries
                | PredictionMeasure::Remarks
                | PredictionMeasure::Classes
                | PredictionMeasure::Rows => Vec::new(),
            })
            .collect();
        let slicing: BTreeSet<&SliceBy> = measures
            .iter()
            .filter_map(|measure| match measure {
                PredictionMeasure::Sliced(_, by) => Some(by),
                _ => None,
            })
            .collect();
        let flips = measures.iter().find_map(|measure| match measure {
            PredictionMeasure::Flips(most) => Some(*most),
            _ => None,
        });
        let searches = measures.iter().filter_map(|measure| match measure {
            PredictionMeasure::FoundSlices(find) | PredictionMeasure::WorstSlices(find, _) => Some(find),
            _ => None,
        });
        let searches: Vec<&FindSlices> = searches.collect();
        let is_named = measures.contains(&PredictionMeasure::Rows);
        Self::read(spec, files, (&grouping, &slicing, cut), (&searches, flips, is_named)).await
    }

    async fn read(
        spec: &PredictionSpec,
        files: ModelFiles<'_>,
        (grouping, slicing, cut): (&BTreeSet<GroupColumn>, &BTreeSet<&SliceBy>, &Edges),
        (searches, flips, is_named): (&[&FindSlices], Option<usize>, bool),
    ) -> Result<Self, MeasureError> {
        let original = files.candidate;
        let (file, conditions) = with_conditions(original, slicing)?;
        let files = ModelFiles { candidate: ModelFile { table: &file, ..files.candidate }, ..files };
        let bins = slicing.iter().filter_map(|by| match by {
            SliceBy::Bins(column, _) => Some(column),
            _ => None,
        });
        let same_file = match &spec.baseline {
            Some(BaselinePredictions::Columns(columns)) => Some(columns),
            _ => None,
        };
        let of_file = searches.iter().filter(|find| find.data.is_none());
        let features: Vec<String> = of_file.flat_map(|find| feature_names(find, spec, original.table)).collect();
        let keys = |wanted: bool| spec.key.iter().filter(move |_| wanted);
        let labels = |wanted: bool| spec.label.iter().filter(move |_| wanted);
        let is_joined = spec.is_joined();
        let names = keys(is_joined || searches.iter().any(|find| find.data.is_some()) || flips.is_some() || is_named)
            .chain(labels(!spec.has_labels))
            .chain(spec.candidate.names())
            .chain(same_file.into_iter().flat_map(OutputColumns::names))
            .chain(spec.of_rows())
            .chain(spec.sample_key())
            .chain(grouping.iter().map(|column| &column.name))
            .chain(bins)
            .chain(&features)
            .chain(conditions.values());
        let (candidate, held) = read(files.candidate, names).await?;
        let mut held = vec![held];
        let (mut tally, mut other_tally) = (ScoreTally::default(), ScoreTally::default());
        let outputs: Vec<&String> =
            spec.candidate.names().chain(same_file.into_iter().flat_map(OutputColumns::names)).collect();
        // Features are not needed: one that differs within a question tells no questions apart.
        let needed = |name: &String| !features.contains(name) || spec.of_rows().any(|column| column == name);
        let mut candidate = graded(spec, candidate, &outputs, (&mut tally, &needed))?;
        let rows_of = |table: &RowTable| table.columns.values().next().map_or(0, Array::len);
        if rows_of(&candidate) == 0 {
            return Err(candidate.blame(MeasureError("there are no rows".to_owned())));
        }
        let mut ours = if is_joined { Some(keys_of(spec, &candidate)?) } else { None };
        let hashed = match (&spec.baseline, files.baseline, &ours) {
            (Some(BaselinePredictions::Hashed(rows)), Some(file), Some(keys)) => {
                let key = kept_rows::KEY.to_owned();
                let (table, kept) = read(file, std::iter::once(&key).chain(spec.candidate.names())).await?;
                held.push(kept);
                let table = kept_rows::in_order_of(keys, &candidate, table, &spec.candidate, &rows.salt);
                table.map(|table| (table, &rows.measured_on))
            }
            _ => None,
        };
        let mut join = async |(ours, tally): (&Option<Keys>, &mut ScoreTally),
                              file: ModelFile<'_>,
                              names: Vec<String>,
                              what: &str| {
            let samples = spec.sample_key().filter(|_| what == BASELINE);
            let (table, kept) = read(file, spec.key.iter().chain(samples).chain(&names)).await?;
            held.push(kept);
            let table = if what == BASELINE {
                graded(spec, table, &names.iter().collect::<Vec<_>>(), (tally, &|_| true))?
            } else {
                table
            };
            match ours {
                Some(ours) => in_order_of(spec, ours, table, what),
                None => Err(MeasureError("rows can be paired only by a key".to_owned())),
            }
        };
        let mut label_table = match files.labels.filter(|_| spec.has_labels) {
            Some(file) => Some(join((&ours, &mut ScoreTally::default()), file, spec.label.clone(), "labels").await?),
            None => None,
        };
        let mut new_keys = None;
        if let (true, Some(BaselinePredictions::File(_)), Some(file), Some(keys)) =
            (spec.allows_new_keys, &spec.baseline, files.baseline, &mut ours)
        {
            let mut tables = vec![&mut candidate];
            tables.extend(label_table.as_mut());
            new_keys = drop_new(spec, file, keys, &mut tables).await?;
        }
        if hashed.is_some() {
            kept_rows::round(&mut candidate, &spec.candidate)?;
        }
        let mut other = match (&spec.baseline, files.baseline) {
            (Some(BaselinePredictions::File(columns)), Some(file)) => {
                let names = labels(!spec.has_labels).chain(columns.names()).cloned().collect();
                Some((join((&ours, &mut other_tally), file, names, BASELINE).await?, columns))
            }
            _ => None,
        };
        let mut tables = vec![(&mut candidate, outputs)];
        tables.extend(other.as_mut().map(|(table, columns)| (table, columns.names().collect())));
        tables.extend(label_table.as_mut().map(|table| (table, Vec::new())));
        let dropped = unscored::drop_rows(spec, tables, [&mut tally, &mut other_tally])?;
        if dropped > 0 && is_joined {
            ours = Some(keys_of(spec, &candidate)?);
        }
        let has_other = other.is_some();
        let theirs = has_other.then_some(other_tally);
        let tallies = Tallies { ours: tally, theirs, dropped, unscored: spec.unscored, new_keys };
        let baseline = match (&other, same_file) {
            (Some((table, columns)), _) => Some((table, *columns)),
            (None, Some(columns)) => Some((&candidate, columns)),
            (None, None) => hashed.as_ref().map(|(table, _)| (table, &spec.candidate)),
        };
        let sides: Vec<(&RowTable, &OutputColumns)> =
            std::iter::once((&candidate, &spec.candidate)).chain(baseline).collect();
        let labels = Labels::read(spec, label_table.as_ref().unwrap_or(&candidate), &candidate, &sides)?;
        if let (Some((table, _)), Some(keys), false) = (&other, &ours, spec.has_labels) {
            let theirs = Labels::read(spec, table, &candidate, &sides)?;
            let rows = differing(&labels.truth, &theirs.truth);
            if !rows.is_empty() {
                return Err(MeasureError(format!(
                    "the labels of {} of {} rows differ between `{}` and `{}` ({}); both sides must be scored against the same labels",
                    rows.len(),
                    rows_of(&candidate),
                    candidate.path,
                    table.path,
                    keys.examples(&rows)
                )));
            }
        }
        let OneSide { answers, mut unpredicted, mut improper } = labels.answers(spec, &candidate, &spec.candidate)?;
        let mut columns = Columns::new(labels.truth.clone(), answers);
        // Stored rows have no labels of their own: theirs are the candidate's, or the rows do not pair.
        let same_labels =
            |measured_on: &RowsDigest| rows_digest(&labels.truth, ours.as_ref(), &labels.classes) == *measured_on;
        let baseline = baseline.filter(|_| hashed.as_ref().is_none_or(|(_, measured_on)| same_labels(measured_on)));
        if let Some((table, of_baseline)) = baseline {
            let side = labels.answers(spec, table, of_baseline)?;
            unpredicted = unpredicted.or(side.unpredicted);
            improper = improper.or(side.improper);
            columns.baseline = Some(side.answers);
        }
        columns.weights = spec.weight.as_ref().map(|name| candidate.plain_numbers(name)).transpose()?;
        columns.clusters = spec.cluster.as_ref().map(|name| candidate.codes(name)).transpose()?;
        columns.naive_errors = spec.naive_error.as_ref().map(|name| candidate.plain_numbers(name)).transpose()?;
        let mut uneven = None;
        columns.series = match &spec.series {
            Some([series, time]) => {
                let (series, why) = time_steps::read(&candidate, series, time)?;
                uneven = why.filter(|_| spec.naive_error.is_none());
                Some(series)
            }
            None => None,
        };
        let queries = match (&labels.truth, &spec.query) {
            (Truth::Relevance { gains, .. }, Some(name)) => Some(NamedQueries::read(&candidate, name, gains)?),
            _ => None,
        };
        let mut groups = BTreeMap::new();
        for column in grouping {
            let values = candidate.column(&column.name)?;
            let found = if column.edges.is_empty() {
                decode::groups(&column.name, values)
            } else {
                bands(&column.name, values, &column.edges.iter().map(|edge| edge.0).collect::<Vec<_>>())
            };
            groups.insert(column.clone(), found.map_err(|error| candidate.blame(error))?);
        }
        if columns.weights.as_ref().is_some_and(|weights| weights.contains(&0.0))
            && !(slicing.is_empty() && grouping.is_empty() && searches.is_empty())
        {
            let why = "a weight of 0 removes a row, so slices and groups would have other rows; remove such rows from the file";
            return Err(candidate.blame(MeasureError(why.to_owned())));
        }
        let mut features = BTreeMap::new();
        for find in searches {
            let names = feature_names(find, spec, original.table);
            let columns = (names.as_slice(), find.columns.is_some());
            let found = match &find.data {
                Some(_) => Features::of_dataset((spec, find), files, (&candidate, ours.as_ref())).await,
                None => Features::read(&candidate, columns, cut).map_err(|error| candidate.blame(error)),
            };
            features.insert((*find).clone(), found);
        }
        let (mut slices, mut cut_at) = (BTreeMap::new(), Edges::new());
        for by in slicing {
            let found = match by {
                SliceBy::Columns(names) => Ok(by_columns(
                    &names
                        .iter()
                        .filter_map(|name| Some((name.as_str(), groups.get(&GroupColumn::plain(name))?)))
                        .collect::<Vec<_>>(),
                )),
                // Groups are crossed later, where they are needed.
                SliceBy::Groups(_) | SliceBy::Others(_) => continue,
                SliceBy::Bins(name, count) => {
                    let column = candidate.column(name)?;
                    let edges = cut.get(*by).cloned().map_or_else(|| edges(name, column, *count), Ok);
                    edges.and_then(|edges| {
                        let bins = by_bins(name, column, &edges)?;
                        cut_at.insert((*by).clone(), edges);
                        Ok(bins)
                    })
                }
                SliceBy::Where(name, _) => match conditions.get(*by) {
                    Some(column) => by_condition(name, candidate.column(column)?),
                    None => Err(MeasureError(format!("internal error: the slice `{name}` was not read"))),
                },
            };
            slices.insert((*by).clone(), found.map_err(|error| candidate.blame(error)));
        }
        let flips = match flips {
            Some(most) => flipped(spec, &candidate, &columns, ours.as_ref(), most).map_err(|error| {
                let is_lacking = columns.baseline.is_some() && columns.candidate.predicted.is_none();
                unpredicted.clone().filter(|_| is_lacking).unwrap_or(error)
            }),
            None => Err(not_measured()),
        };
        let digest = match (is_named, &ours) {
            (false, _) => None,
            (true, Some(keys)) => Some(rows_digest(&columns.truth, Some(keys), &labels.classes)),
            (true, None) if spec.key.is_empty() => Some(rows_digest(&columns.truth, None, &labels.classes)),
            (true, None) => Some(rows_digest(&columns.truth, Some(&keys_of(spec, &candidate)?), &labels.classes)),
        };
        let rows = Rows::new(columns).map_err(|error| candidate.blame(MeasureError(error.to_string())))?;
        let classes = labels.classes;
        let named = if spec.task == Task::Multilabel { spec.label.clone() } else { classes.clone() };
        Ok(Self {
            path: candidate.path,
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
            features,
            digest,
            edges: cut_at,
            _held: held,
        })
    }

    pub(crate) fn state(&self, measure: &PredictionMeasure) -> Result<Measured, MeasureError> {
        match measure {
            PredictionMeasure::State(kind) => self.of_kind(*kind, &self.rows).map(Measured::Model),
            PredictionMeasure::Flips(_) => self.flips.clone().map(Measured::Flips),
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
