//! Where the first rows are that break a condition, so that somebody can look at them.

use datafusion::arrow::array::AsArray;
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::Expr;
use futures::StreamExt;

use super::predicate;
use crate::gate::measurement::Predicate;

/// The numbers of the first rows that the predicate selects, counted from 1 in the order of the files.
///
/// `table` must be read by one worker from its beginning: then the rows come in the order of the file, and reading stops
/// at the last one that is wanted.
pub(super) async fn first_rows(
    table: &DataFrame,
    condition: &Predicate,
    most: usize,
) -> Result<Vec<u64>, DataFusionError> {
    let bound = predicate::bind(table, condition).map_err(|error| DataFusionError::Plan(error.0))?;
    let selected: Expr = match bound {
        (matches, Some(among)) => among.and(matches),
        (matches, None) => matches,
    };
    let mut batches = table.clone().select(vec![selected.alias("selected")])?.execute_stream().await?;
    let (mut found, mut before) = (Vec::new(), 0_u64);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        for (index, selected) in batch.column(0).as_boolean().iter().enumerate() {
            if selected == Some(true) {
                found.push(before + index as u64 + 1);
                if found.len() == most {
                    return Ok(found);
                }
            }
        }
        before += batch.num_rows() as u64;
    }
    Ok(found)
}
