//! The rows that a verdict changes.

use rusqlite::ToSql;

use super::super::store::WriteError;
use super::SqliteStore;
use super::connect::{self, broken};

impl SqliteStore {
    /// Adds a row, or replaces the one with the same key.
    ///
    /// # Errors
    ///
    /// The table or a column is missing, or the file cannot be written.
    pub(super) fn replace(&self, table: &str, values: &[(&str, &dyn ToSql)]) -> Result<(), WriteError> {
        let mut values = values.to_vec();
        if self.has(table, "workspace") {
            values.push(("workspace", &self.workspace));
        }
        if let Some((column, _)) = values.iter().find(|(column, _)| !self.has(table, column)) {
            return Err(WriteError::Failed(format!(
                "the store has no `{table}.{column}`; its version of MLflow is too old"
            )));
        }
        let names: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
        let places: Vec<String> = (1..=values.len()).map(|at| format!("?{at}")).collect();
        // The primary key of each of these tables is all of it but the value.
        let sql = format!("INSERT OR REPLACE INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        let parameters: Vec<&dyn ToSql> = values.iter().map(|(_, value)| *value).collect();
        connect::writing(&self.path)?.execute(&sql, parameters.as_slice()).map_err(broken)?;
        Ok(())
    }
}
