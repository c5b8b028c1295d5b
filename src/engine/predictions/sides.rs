//! Rows of a model, shared by both sides or different on each.

use std::collections::BTreeSet;

use super::edges::edges_of;
use super::row_table::{ModelFile, ModelFiles};
use super::same_width::in_one_width;
use super::score_bins::beside;
use super::slices::with_conditions;
use crate::engine::predictions::model_rows::ModelRows;
use crate::measurement::prediction_spec::{BaselinePredictions, PredictionSpec};
use crate::measurement::queries::RankedQueries;
use crate::measurement::{MeasureError, Measured, PredictionMeasure, SliceBy, Unpaired, grown, side_by_side};

/// Rows of a model, and the other side's rows if these are different ones.
pub(crate) struct LoadedModel {
    pub(crate) model: ModelRows,
    pub(crate) other: Option<ModelRows>,
    /// All rows of the candidate, if some of them are not in the baseline.
    pub(crate) all: Option<ModelRows>,
}

impl LoadedModel {
    /// Reads the columns that these measures need.
    pub(crate) async fn read(
        spec: &PredictionSpec,
        files: ModelFiles<'_>,
        measures: &BTreeSet<PredictionMeasure>,
    ) -> Result<Self, MeasureError> {
        let (candidate, baseline) = in_one_width(spec, files)?;
        let baseline = files.baseline.zip(baseline.as_ref()).map(|(file, table)| ModelFile { table, ..file });
        let files = ModelFiles { candidate: ModelFile { table: &candidate, ..files.candidate }, baseline, ..files };
        // Bins keep the baseline's edges, whatever the candidate's numbers are.
        let cut = match files.baseline {
            Some(baseline) => edges_of(spec, baseline, measures).await?,
            None => spec.edges.clone(),
        };
        let (Some(BaselinePredictions::Apart(columns)), Some(baseline)) = (&spec.baseline, files.baseline) else {
            let model = ModelRows::of(spec, files, measures, &cut).await?;
            let all = if model.tallies.new_keys.is_some() {
                let alone = PredictionSpec { baseline: None, ..spec.clone() };
                let of_metrics = measures.iter().filter(|measure| {
                    matches!(
                        measure,
                        PredictionMeasure::State(_)
                            | PredictionMeasure::Sliced(..)
                            | PredictionMeasure::WrongRows { .. }
                    )
                });
                let files = ModelFiles { baseline: None, ..files };
                Some(ModelRows::of(&alone, files, &of_metrics.cloned().collect(), &cut).await?)
            } else {
                None
            };
            return Ok(Self { model, other: None, all });
        };
        // Each side is read on its own; groups and slices are the candidate's.
        let ours = PredictionSpec { baseline: None, ..spec.clone() };
        let theirs = PredictionSpec { candidate: columns.clone(), ..ours.clone() };
        let model = ModelRows::of(&ours, ModelFiles { baseline: None, ..files }, measures, &cut).await?;
        let files = ModelFiles { candidate: baseline, baseline: None, labels: None, datasets: &[] };
        // Slices by columns that the other side lacks exist for the candidate only.
        let has = |column: &String| baseline.table.schema().has_column_with_unqualified_name(column);
        let sliced = measures.iter().filter(|measure| match measure {
            PredictionMeasure::Sliced(_, SliceBy::Columns(columns)) => columns.iter().all(has),
            PredictionMeasure::Sliced(_, SliceBy::Bins(column, _)) => has(column),
            PredictionMeasure::Sliced(_, by @ SliceBy::Where(..)) => {
                with_conditions(baseline, &BTreeSet::from([by])).is_ok()
            }
            _ => false,
        });
        let other = Some(ModelRows::of(&theirs, files, &sliced.cloned().collect(), &cut).await?);
        Ok(Self { model, other, all: None })
    }

    pub(crate) fn state(&self, measure: &PredictionMeasure) -> Result<Measured, MeasureError> {
        let Self { model, other, all } = self;
        if let Some(all) = all {
            // A new row must be right as well.
            if let PredictionMeasure::WrongRows { .. } = measure {
                return all.state(measure);
            }
            match (measure, model.state(measure)?) {
                (PredictionMeasure::State(kind), Measured::Model(compared)) => {
                    let all = Box::new(all.of_kind(*kind, &all.rows)?);
                    return Ok(Measured::Grown { compared: Box::new(compared), all });
                }
                (PredictionMeasure::Sliced(..), Measured::Slices(compared)) => {
                    let Measured::Slices(all) = all.state(measure)? else { return model.state(measure) };
                    return Ok(Measured::Slices(grown(all, compared)));
                }
                (PredictionMeasure::FoundSlices(_), Measured::FoundSlices(mut found)) => {
                    all.add_new_rows(&mut found, model.rows.len() as u64);
                    return Ok(Measured::FoundSlices(found));
                }
                (_, measured) => return Ok(measured),
            }
        }
        match (measure, other) {
            (PredictionMeasure::State(kind), Some(other)) => {
                let (candidate, baseline) = (model.of_kind(*kind, &model.rows)?, other.of_kind(*kind, &other.rows)?);
                Ok(Measured::Apart {
                    candidate: Box::new(candidate),
                    baseline: Ok(Box::new(baseline)),
                    because: Unpaired::OtherRows,
                })
            }
            (PredictionMeasure::Remarks, Some(other)) => {
                Ok(Measured::Remarks(model.tallies.remarks(Some(&other.tallies))))
            }
            (PredictionMeasure::Queries, Some(other)) => {
                let (Some(ours), Some(theirs)) = (&model.queries, &other.queries) else { return model.state(measure) };
                Ok(Measured::Queries(RankedQueries {
                    candidate: ours.queries.clone(),
                    baseline: Some(theirs.queries.clone()),
                    shared: Some(ours.shared(theirs)),
                }))
            }
            (PredictionMeasure::ScoreBins(least), Some(other)) => {
                let scores = beside(&*model.score_bins(*least)?, &*other.score_bins(*least)?);
                Ok(Measured::ScoreBins(Box::new(scores)))
            }
            (PredictionMeasure::Sliced(_, by), Some(other)) if other.slices.contains_key(by) => {
                match (model.state(measure)?, other.state(measure)?) {
                    (Measured::Slices(ours), Measured::Slices(theirs)) => {
                        Ok(Measured::Slices(side_by_side(ours, theirs)))
                    }
                    (state, _) => Ok(state),
                }
            }
            _ => model.state(measure),
        }
    }
}
