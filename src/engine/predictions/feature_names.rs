//! The columns that describe the slices of a search.

use datafusion::arrow::datatypes::DataType;
use datafusion::dataframe::DataFrame;

use super::row_table::{ModelFile, ModelFiles};
use crate::measurement::prediction_spec::{BaselinePredictions, PredictionSpec};
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{MeasureError, SliceBy};

/// The number of bins of a column of numbers, and the most distinct numbers that are values of their own.
pub(crate) const BINS: u64 = 10;

/// Returns true if a column of this type is cut into bins where it has many values.
pub(crate) fn is_binned(kind: &DataType) -> bool {
    kind.is_numeric()
}

/// Words in names of columns that hold outputs of models: their values say where a model errs, and not for whom.
const OUTPUTS: [&str; 10] =
    ["score", "scores", "prediction", "pred", "predicted", "probability", "proba", "prob", "logit", "y"];

/// Returns the columns that a search looks at: those that it names, or all of a table that have no role of their own.
pub(crate) fn feature_names(find: &FindSlices, spec: &PredictionSpec, table: &DataFrame) -> Vec<String> {
    if let Some(columns) = &find.columns {
        return columns.clone();
    }
    let same_file = match &spec.baseline {
        Some(BaselinePredictions::Columns(columns)) => Some(columns),
        _ => None,
    };
    let has_role = |name: &String| {
        let outputs = spec.candidate.names().chain(same_file.into_iter().flat_map(|columns| columns.names()));
        outputs.chain(&spec.key).chain(&spec.label).chain(spec.of_rows()).any(|other| other == name)
    };
    let fields = table.schema().fields().iter().map(|field| field.name().clone());
    fields.filter(|name| !has_role(name)).collect()
}

/// Returns true if the first or the last word of a column's name is one of an output: `score`, `y_pred`, `prob_old`.
pub(crate) fn is_output(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split('_');
    let ends = [words.next(), words.next_back()];
    ends.into_iter().flatten().any(|word| OUTPUTS.contains(&word))
}

/// Returns the table that has the features of a search.
pub(crate) fn table_of<'a>(find: &FindSlices, files: ModelFiles<'a>) -> Result<ModelFile<'a>, MeasureError> {
    let Some(name) = &find.data else { return Ok(files.candidate) };
    let dataset = files.datasets.iter().find(|(dataset, _)| dataset == name);
    dataset.map_or_else(|| Err(MeasureError(format!("the config has no dataset `{name}`"))), |(_, file)| file.clone())
}

/// Returns the columns of numbers among these, as bins whose edges another file may know.
pub(crate) fn binned(names: &[String], table: &DataFrame) -> Vec<SliceBy> {
    let schema = table.schema();
    let is_number =
        |name: &&String| schema.field_with_unqualified_name(name).is_ok_and(|field| is_binned(field.data_type()));
    names.iter().filter(is_number).map(|name| SliceBy::Bins(name.clone(), BINS)).collect()
}
