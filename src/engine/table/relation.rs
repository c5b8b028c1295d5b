//! Measures of one table: those of one scan, and those that need more than one aggregate.

use std::collections::{BTreeMap, BTreeSet};

use super::{association, scan};
use crate::engine::cluster::Distributed;
use crate::engine::error::clipped;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::source::{is_of_files, told_of};
use crate::engine::sql::predicate;
use crate::engine::table::{joins, time_order};
use crate::engine::{Engine, Opened};
use crate::measurement::{MeasureError, Measured, TableId, TableMeasure};

const LOST: &str = "internal error: a measure was not computed";

impl Engine {
    /// Computes a measure that no aggregate over one table can; `None` for all other measures.
    fn relation(&self, indexed: &IndexedTable, measure: &TableMeasure) -> Option<Result<Measured, MeasureError>> {
        let table = indexed.table();
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
                self.guarded(association::explained(indexed, label, features))
            }
            TableMeasure::Newest(column) => self.guarded(joins::newest(table, column)),
            _ => return None,
        };
        Some(answer)
    }

    /// Computes the measures of a table, in order. Those of selected rows take a scan for each condition.
    pub(crate) fn scan(&self, id: &TableId, measures: &[TableMeasure]) -> Vec<Result<Measured, MeasureError>> {
        if measures.is_empty() {
            return Vec::new();
        }
        let opened = match self.opened(id) {
            Ok(opened) => opened,
            Err(error) => return measures.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut by_condition: BTreeMap<&str, Vec<TableMeasure>> = BTreeMap::new();
        let mut of_all: BTreeSet<TableMeasure> = BTreeSet::new();
        for measure in measures {
            match measure.parts() {
                (Some(rows), of) => by_condition.entry(rows).or_default().push(of.clone()),
                (None, of) => drop(of_all.insert(of.clone())),
            }
        }
        of_all.extend(by_condition.keys().map(|rows| TableMeasure::Selected((*rows).to_owned())));
        let of_all: Vec<TableMeasure> = of_all.into_iter().collect();
        let distributed = Distributed::of(&opened.source).filter(|_| is_of_files(&opened.table));
        let found = self.of_table(opened, (&opened.indexed, distributed.as_ref()), &of_all);
        let mut states: BTreeMap<TableMeasure, Result<Measured, MeasureError>> =
            of_all.into_iter().zip(found).collect();
        let path = &opened.info.path;
        for (rows, wanted) in by_condition {
            let found = match states.get(&TableMeasure::Selected(rows.to_owned())) {
                Some(Ok(Measured::Selected(selected))) if selected.rows > 0 => {
                    let table = predicate::selected(&opened.indexed, rows);
                    table
                        .map(|table| self.of_table(opened, (&table, None), &wanted))
                        .map_err(|error| of_path(path, error))
                }
                Some(Ok(Measured::Selected(selected))) => {
                    Err(of_path(path, MeasureError(selected.nothing(&clipped(rows)))))
                }
                Some(Err(error)) => Err(error.clone()),
                _ => Err(MeasureError(LOST.to_owned())),
            };
            let found = found.unwrap_or_else(|error| wanted.iter().map(|_| Err(error.clone())).collect());
            states.extend(wanted.into_iter().map(|of| of.of_rows(Some(rows))).zip(found));
        }
        let lost = || Err(MeasureError(LOST.to_owned()));
        measures.iter().map(|measure| states.remove(measure).unwrap_or_else(lost)).collect()
    }

    /// Computes measures of a table, or of some of its rows, in order. A cluster reads all rows of the files, and so helps
    /// only with these.
    fn of_table(
        &self,
        opened: &Opened,
        (table, cluster): (&IndexedTable, Option<&Distributed<'_>>),
        measures: &[TableMeasure],
    ) -> Vec<Result<Measured, MeasureError>> {
        let wanted: Vec<TableMeasure> = measures.iter().filter(|measure| measure.is_scanned()).cloned().collect();
        let scanned = self.guarded(async { Ok(scan::scan(table, &wanted, cluster).await) });
        let mut scanned =
            scanned.unwrap_or_else(|error| wanted.iter().map(|_| Err(error.clone())).collect()).into_iter();
        let lost = || Err(MeasureError(LOST.to_owned()));
        let mut states = Vec::with_capacity(measures.len());
        for measure in measures {
            let state = match measure {
                TableMeasure::Columns => Ok(Measured::Columns(opened.info.columns.clone())),
                measure if measure.is_scanned() => scanned.next().unwrap_or_else(lost),
                measure => self.relation(table, measure).unwrap_or_else(lost),
            };
            states.push(state.map_err(|error| of_path(&opened.info.path, error)));
        }
        states
    }
}

/// Returns an error with the path of its table.
fn of_path(path: &str, error: MeasureError) -> MeasureError {
    let why = &error.0;
    MeasureError(if why.starts_with("cannot ") { told_of(path, why) } else { format!("{path}: {why}") })
}
