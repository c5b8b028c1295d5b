//! Measures of one table: those of one scan, and those that need more than one aggregate.

use super::{association, scan};
use crate::engine::source::told_of;
use crate::engine::table::{joins, time_order};
use crate::engine::{Engine, Opened};
use crate::measurement::{MeasureError, Measured, TableId, TableMeasure};

impl Engine {
    /// Computes a measure that no aggregate over one table can; `None` for all other measures.
    fn relation(&self, opened: &Opened, measure: &TableMeasure) -> Option<Result<Measured, MeasureError>> {
        let table = &opened.table;
        let other = |of: &TableId| self.opened(of).map(|opened| opened.table.clone());
        let answer = match measure {
            TableMeasure::Partners { columns, of, their, which } => {
                other(of).and_then(|other| self.guarded(joins::partners(table, columns, &other, their, *which)))
            }
            TableMeasure::NotAfter { column, of, gap } => {
                other(of).and_then(|other| self.guarded(time_order::not_after(table, column, &other, *gap)))
            }
            TableMeasure::Conflicts { label, features } => self.guarded(joins::conflicts(table, label, features)),
            TableMeasure::Explained { label, features } => {
                self.guarded(association::explained(&opened.indexed, label, features))
            }
            TableMeasure::Newest(column) => self.guarded(joins::newest(table, column)),
            _ => return None,
        };
        Some(answer)
    }

    /// Computes the measures of a table, in order.
    pub(crate) fn scan(&self, id: &TableId, measures: &[TableMeasure]) -> Vec<Result<Measured, MeasureError>> {
        if measures.is_empty() {
            return Vec::new();
        }
        let opened = match self.opened(id) {
            Ok(opened) => opened,
            Err(error) => return measures.iter().map(|_| Err(error.clone())).collect(),
        };
        let wanted: Vec<TableMeasure> = measures.iter().filter(|measure| measure.is_scanned()).cloned().collect();
        let scanned = self.guarded(async { Ok(scan::scan(&opened.indexed, &wanted).await) });
        let mut scanned =
            scanned.unwrap_or_else(|error| wanted.iter().map(|_| Err(error.clone())).collect()).into_iter();
        let lost = || Err(MeasureError("internal error: a measure was not computed".to_owned()));
        let mut states = Vec::with_capacity(measures.len());
        for measure in measures {
            let mut state = match measure {
                TableMeasure::Columns => Ok(Measured::Columns(opened.info.columns.clone())),
                measure if measure.is_scanned() => scanned.next().unwrap_or_else(lost),
                measure => self.relation(opened, measure).unwrap_or_else(lost),
            };
            if let Err(error) = &mut state {
                let (path, why) = (&opened.info.path, &error.0);
                error.0 = if why.starts_with("cannot ") { told_of(path, why) } else { format!("{path}: {why}") };
            }
            states.push(state);
        }
        states
    }
}
