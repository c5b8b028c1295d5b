//! Conditions whose result is known before any row is read.

use super::Engine;
use crate::engine::sql::predicate;
use crate::engine::table::query;
use crate::measurement::{Literal, Measurement, TableMeasure};

impl Engine {
    /// Returns the reason why a measurement does not depend on the data; `None` if it does, or if it cannot be planned,
    /// which its gate reports.
    ///
    /// Only SQL from the config is examined, because a check's own condition may well be constant for columns of some
    /// types.
    pub fn idle(&self, measurement: &Measurement) -> Option<String> {
        match measurement {
            Measurement::Table(id, TableMeasure::Where(condition)) => {
                let table = &self.opened(id).ok()?.indexed;
                let written = condition.values.values().filter_map(|value| match value {
                    Literal::Expression(sql) => Some(sql),
                    _ => None,
                });
                written.filter_map(|sql| predicate::constant(table, sql)).next()
            }
            Measurement::Table(id, TableMeasure::Selected(condition)) => {
                predicate::constant(&self.opened(id).ok()?.indexed, condition)
            }
            Measurement::Query(asked) => {
                let tables = self.datasets(asked.side);
                let found = self.guarded(async { Ok(query::idle(&self.context, tables, &asked.sql).await) });
                found.unwrap_or(None).map(str::to_owned)
            }
            _ => None,
        }
    }
}
