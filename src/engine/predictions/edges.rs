//! Edges between the bins of numeric columns, which keep those of the baseline's file.

use std::collections::{BTreeMap, BTreeSet};

use super::feature_names::{binned, feature_names};
use super::row_table::{ModelFile, read};
use super::slices::edges;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{MeasureError, PredictionMeasure, SliceBy};

/// Edges between bins, for each binned column.
pub(crate) type Edges = BTreeMap<SliceBy, Vec<f64>>;

/// Returns the edges of a file that has the columns.
pub(crate) async fn edges_of(
    spec: &PredictionSpec,
    file: ModelFile<'_>,
    measures: &BTreeSet<PredictionMeasure>,
) -> Result<Edges, MeasureError> {
    let mut found = Edges::new();
    for measure in measures {
        let bins = match measure {
            PredictionMeasure::Sliced(_, by @ SliceBy::Bins(..)) => vec![by.clone()],
            PredictionMeasure::FoundSlices(find) | PredictionMeasure::WorstSlices(find, _) if find.data.is_none() => {
                binned(&feature_names(find, spec, file.table), file.table)
            }
            _ => continue,
        };
        for by in bins {
            cut_at(&mut found, file, by).await?;
        }
    }
    Ok(found)
}

/// Adds the edges of one column, if the file has it.
async fn cut_at(found: &mut Edges, file: ModelFile<'_>, by: SliceBy) -> Result<(), MeasureError> {
    let SliceBy::Bins(name, count) = &by else { return Ok(()) };
    if file.table.schema().has_column_with_unqualified_name(name) && !found.contains_key(&by) {
        let (table, _held) = read(file, std::iter::once(name)).await?;
        let edges = edges(name, table.column(name)?, *count).map_err(|error| table.blame(error))?;
        found.insert(by, edges);
    }
    Ok(())
}
