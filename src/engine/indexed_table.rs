//! A table whose columns are found by name without a search.
//!
//! The engine's own schema looks for each name among all of its columns. With thousands of columns, and conditions on
//! each of them, that alone would take the square of their number.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionState;

/// A table with an index of its columns' names.
#[derive(Clone)]
pub(crate) struct IndexedTable {
    table: DataFrame,
    state: Arc<SessionState>,
    fields: Fields,
    places: Arc<HashMap<String, usize>>,
}

impl IndexedTable {
    /// Indexes the columns of a table.
    pub(crate) fn of(table: &DataFrame) -> Self {
        let fields = table.schema().fields().clone();
        let state = Arc::new(table.clone().into_parts().0);
        Self { table: table.clone(), state, places: places(&fields), fields }
    }

    /// Returns a stand-in of the same session with one column, to plan an expression over it.
    pub(crate) fn with_one_column(&self, name: &str, data_type: &DataType) -> Self {
        let fields = Fields::from(vec![Field::new(name, data_type.clone(), true)]);
        Self { table: self.table.clone(), state: Arc::clone(&self.state), places: places(&fields), fields }
    }

    /// Returns the table itself.
    pub(crate) fn table(&self) -> &DataFrame {
        &self.table
    }

    /// Returns the session that the table is read in.
    pub(crate) fn state(&self) -> &SessionState {
        &self.state
    }

    /// Returns all columns, in order.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns the index of a column.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// Returns a column.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        Some(&*self.fields[self.place(name)?])
    }
}

fn places(fields: &Fields) -> Arc<HashMap<String, usize>> {
    Arc::new(fields.iter().map(|field| field.name().clone()).zip(0..).collect())
}
