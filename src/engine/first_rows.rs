//! Row numbers and values behind a count of violations.

use datafusion::common::DataFusionError;
use datafusion::execution::context::SessionContext;

use super::Engine;
use super::error::sentence;
use super::resources::functions;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::sql::predicate;
use crate::engine::table::{broken_values, first_rows, time_order};
use crate::measurement::{BrokenValues, MeasureError, TableId, TableMeasure};

impl Engine {
    /// Returns the numbers of the first rows of a table that a measure counted, starting from 1 in the order of its
    /// files.
    ///
    /// Returns none if they cannot be read, or if the measure does not count single rows: they only illustrate a known
    /// result.
    pub fn first_rows(&self, id: &TableId, measure: &TableMeasure, most: usize) -> Vec<u64> {
        let Ok(opened) = self.opened(id) else { return Vec::new() };
        // Files are read from their beginning, one after the other.
        let config = self.context.copied_config().with_target_partitions(1);
        let one_worker = functions(SessionContext::new_with_config_rt(config, self.context.runtime_env()));
        let wrap = |error: DataFusionError| MeasureError(sentence(&error));
        let found = self.guarded(async {
            let table = opened.source.open(&one_worker, false).await.map_err(wrap)?;
            let (rows, measure) = measure.parts();
            let rows = rows.map(|rows| predicate::condition(&IndexedTable::of(&table), rows)).transpose()?;
            let at = first_rows::LookedAt { table: &table, rows: rows.as_ref() };
            let rows = match measure {
                TableMeasure::Where(condition) => first_rows::of_predicate(at, condition, most).await,
                TableMeasure::Distinct(columns) => first_rows::repeated(at, columns, most).await,
                // For a column paired with itself, null is a value.
                TableMeasure::DistinctOrNull(column) => {
                    first_rows::repeated(at, &[column.clone(), column.clone()], most).await
                }
                TableMeasure::Partners { columns, of, their, which } => {
                    let other = &self.opened(of)?.table;
                    first_rows::of_partners(at, columns, other, their, *which, most).await
                }
                TableMeasure::NotAfter { column, of, gap } => {
                    let latest = time_order::latest(&self.opened(of)?.table, column).await.map_err(wrap)?;
                    match latest.map(|latest| time_order::too_early(&table, column, &latest, *gap)) {
                        Some(Ok(early)) => first_rows::selected_by(at, early, most).await,
                        Some(Err(error)) => Err(error),
                        None => Ok(Vec::new()),
                    }
                }
                TableMeasure::Conflicts { label, features } => first_rows::conflicting(at, label, features, most).await,
                _ => Ok(Vec::new()),
            };
            rows.map_err(wrap)
        });
        found.unwrap_or_default()
    }

    /// Returns the values of a column that a measure counted, of at least `least` rows each, and of these the first `most`.
    ///
    /// Returns none if they cannot be read, or if the measure does not count values of one column.
    pub fn broken_values(&self, id: &TableId, measure: &TableMeasure, (least, most): (u64, usize)) -> BrokenValues {
        let (Ok(opened), (rows, TableMeasure::Where(condition))) = (self.opened(id), measure.parts()) else {
            return BrokenValues::default();
        };
        let found = self.guarded(async {
            let table = match rows {
                Some(rows) => predicate::selected(&opened.indexed, rows)?.table().clone(),
                None => opened.table.clone(),
            };
            let found = broken_values::of_predicate(&table, condition, (least, most)).await;
            found.map_err(|error| MeasureError(sentence(&error)))
        });
        found.unwrap_or_default()
    }
}
