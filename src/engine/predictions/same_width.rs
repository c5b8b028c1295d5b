//! Predictions of two sides in one width of floats.
//!
//! A model whose scores are written as float32 has not changed. A score of 1 beside a label of 0 costs 36 in 64 bits
//! and 16 in 32 bits, and numbers that differ in 64 bits may be equal in 32: the sides are compared in the narrower
//! width.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::cast;
use datafusion::prelude::ident;

use super::row_table::ModelFiles;
use super::width::Width;
use crate::engine::error::sentence;
use crate::measurement::MeasureError;
use crate::measurement::prediction_spec::{BaselinePredictions, OutputColumns, PredictionSpec};

/// Returns the candidate's and the baseline's table, where the wider floats of a pair of columns are rounded to the
/// narrower width. A column of labels is one of the pairs where both files have it.
pub(crate) fn in_one_width(
    spec: &PredictionSpec,
    files: ModelFiles<'_>,
) -> Result<(DataFrame, Option<DataFrame>), MeasureError> {
    let (mut candidate, mut baseline) = (files.candidate.table.clone(), files.baseline.map(|file| file.table.clone()));
    let wrap = |error: DataFusionError| MeasureError(sentence(&error));
    match (&spec.baseline, &mut baseline) {
        (Some(BaselinePredictions::File(columns) | BaselinePredictions::Apart(columns)), Some(baseline)) => {
            let labels = spec.label.iter().filter(|_| !spec.has_labels).map(|name| (name, name));
            for (ours, theirs) in pairs(&spec.candidate, columns).chain(labels) {
                let widths = [width(&candidate, ours), width(baseline, theirs)];
                let [Some(one), Some(other)] = widths else { continue };
                candidate = narrowed(candidate, ours, one, other).map_err(wrap)?;
                *baseline = narrowed(baseline.clone(), theirs, other, one).map_err(wrap)?;
            }
        }
        (Some(BaselinePredictions::Columns(columns)), _) => {
            for (ours, theirs) in pairs(&spec.candidate, columns) {
                let widths = [width(&candidate, ours), width(&candidate, theirs)];
                let [Some(one), Some(other)] = widths else { continue };
                candidate = narrowed(candidate, ours, one, other).map_err(wrap)?;
                candidate = narrowed(candidate, theirs, other, one).map_err(wrap)?;
            }
        }
        _ => {}
    }
    Ok((candidate, baseline))
}

/// Returns the columns that are compared with each other.
fn pairs<'a>(ours: &'a OutputColumns, theirs: &'a OutputColumns) -> impl Iterator<Item = (&'a String, &'a String)> {
    let ends = ours.interval.iter().flatten().zip(theirs.interval.iter().flatten());
    ours.score.iter().zip(&theirs.score).chain(ours.prediction.iter().zip(&theirs.prediction)).chain(ends)
}

/// Returns the width of a column of floats, or of lists of them.
fn width(table: &DataFrame, name: &str) -> Option<Width> {
    let field = table.schema().field_with_unqualified_name(name).ok()?;
    with_floats(field.data_type(), &DataType::Float64).map(|_| Width::of(field.data_type()))
}

/// Rounds a column to the other side's width if that is the narrower one.
fn narrowed(table: DataFrame, name: &str, ours: Width, theirs: Width) -> Result<DataFrame, DataFusionError> {
    let floats = match (ours, theirs) {
        (Width::Single | Width::Double, Width::Half) => DataType::Float16,
        (Width::Double, Width::Single) => DataType::Float32,
        _ => return Ok(table),
    };
    let known = table.schema().field_with_unqualified_name(name)?.data_type().clone();
    match with_floats(&known, &floats) {
        Some(narrow) => table.with_column(name, cast(ident(name), narrow)),
        None => Ok(table),
    }
}

/// Returns a type of floats, or of lists of them, with floats of another width; `None` for other types.
fn with_floats(of: &DataType, floats: &DataType) -> Option<DataType> {
    let item = |field: &Arc<Field>| {
        let item = with_floats(field.data_type(), floats)?;
        Some(Arc::new(field.as_ref().clone().with_data_type(item)))
    };
    match of {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Some(floats.clone()),
        DataType::Dictionary(_, values) => with_floats(values, floats),
        DataType::List(field) => item(field).map(DataType::List),
        DataType::LargeList(field) => item(field).map(DataType::LargeList),
        DataType::FixedSizeList(field, size) => item(field).map(|field| DataType::FixedSizeList(field, *size)),
        DataType::ListView(field) => item(field).map(DataType::ListView),
        DataType::LargeListView(field) => item(field).map(DataType::LargeListView),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_form() {
        let list = |floats| DataType::LargeList(Arc::new(Field::new("item", floats, true)));
        assert_eq!(with_floats(&list(DataType::Float64), &DataType::Float32), Some(list(DataType::Float32)));
        assert_eq!(with_floats(&list(DataType::Int64), &DataType::Float32), None);
        assert_eq!(with_floats(&DataType::Utf8, &DataType::Float32), None);
    }
}
