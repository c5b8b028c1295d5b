//! A model's predictions: its files, its rows, and the states that metrics and rates are computed from.

mod attribution;
pub(crate) mod behaviour;
pub(crate) mod crossing;
pub(crate) mod decode;
pub(crate) mod edges;
pub(crate) mod feature_column;
pub(crate) mod feature_names;
pub(crate) mod features;
pub(crate) mod files;
pub(crate) mod flips;
pub(crate) mod found_slices;
pub(crate) mod grades;
pub(crate) mod groups;
pub(crate) mod joined_rows;
pub(crate) mod kept_rows;
mod key_columns;
mod key_index;
pub(crate) mod model_rows;
pub(crate) mod must_pass;
pub(crate) mod new_keys;
pub(crate) mod outputs;
pub(crate) mod pairing;
pub(crate) mod parts;
pub(crate) mod query_names;
pub(crate) mod rehearsal;
pub(crate) mod row_columns;
pub(crate) mod row_needs;
pub(crate) mod row_table;
pub(crate) mod rows_digest;
pub(crate) mod same_width;
pub(crate) mod score_bins;
pub(crate) mod scores;
pub(crate) mod sides;
pub(crate) mod slices;
pub(crate) mod states;
pub(crate) mod tally;
pub(crate) mod time_steps;
pub(crate) mod unscored;
pub(crate) mod values;
pub(crate) mod width;
mod worst_slices;

use std::collections::{BTreeMap, BTreeSet};

use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{MeasureError, Measured, PredictionMeasure};
use crate::workers;
use row_table::ModelFiles;
use sides::LoadedModel;

/// Reads all files once and computes all measures.
pub(crate) async fn measure(
    spec: &PredictionSpec,
    files: ModelFiles<'_>,
    measures: &BTreeSet<PredictionMeasure>,
) -> Result<BTreeMap<PredictionMeasure, Result<Measured, MeasureError>>, MeasureError> {
    let sides = LoadedModel::read(spec, files, measures).await?;
    let measures: Vec<&PredictionMeasure> = measures.iter().collect();
    let states = workers::map(measures.len(), |at| sides.state(measures[at]));
    Ok(measures.into_iter().cloned().zip(states).collect())
}
