//! The rows that a gate looks at, where its line names a condition.

use super::{Constraint, Gate};
use crate::measurement::{Measurement, PredictionMeasure, TableId, TableMeasure};

/// A condition on the rows that a gate looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct RowFilter {
    /// The condition on a row, in SQL.
    pub condition: String,
    /// The number of rows that it selects.
    pub selected: Measurement,
}

impl RowFilter {
    /// Returns the condition on the rows of a table.
    pub(super) fn new(table: TableId, condition: &str) -> Self {
        let selected = Measurement::Table(table, TableMeasure::Selected(condition.to_owned()));
        Self { condition: condition.to_owned(), selected }
    }
}

impl Gate {
    /// Requests up to `most` keys of the rows that must be right and are wrong.
    pub(super) fn list_wrong_rows(&mut self, most: usize) {
        let (Ok(Constraint::Exact { candidate, .. }), Some(filter)) = (&mut self.task, &mut self.filter) else {
            return;
        };
        for measured in [candidate, &mut filter.selected] {
            if let Measurement::Predictions(_, PredictionMeasure::WrongRows { listed, .. }) = measured {
                *listed = most;
            }
        }
    }

    /// Returns all measurements: those of its constraint, and the number of rows that it looks at.
    pub fn measurements(&self) -> Vec<&Measurement> {
        let Ok(task) = &self.task else { return Vec::new() };
        let mut all = task.measurements();
        all.extend(self.filter.as_ref().map(|filter| &filter.selected));
        all
    }
}
