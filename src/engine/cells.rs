//! Counts of columns in bins: of one side in its own bins, of both sides in the baseline's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Engine;
use crate::engine::sql::predicate;
use crate::engine::table::cells;
use crate::measurement::plan::BinnedRows;
use crate::measurement::{
    CellsOf, Column, MeasureError, Measured, Measurement, Measurements, TableId, TableKind, TableMeasure,
};
use crate::stats::Side;
use crate::stats::drift::Distribution;

impl Engine {
    /// Counts columns in the bins of their baselines. Each side is read once, or only the candidate if the bins are
    /// known.
    pub(super) fn cells(
        &self,
        wanted: &BTreeMap<BinnedRows, BTreeSet<(String, CellsOf)>>,
        known: &Measurements,
    ) -> Measurements {
        let mut measurements = Measurements::new();
        for (BinnedRows { dataset, rows }, columns) in wanted {
            let columns: Vec<(String, CellsOf)> = columns.iter().cloned().collect();
            let side = |side| TableId { kind: TableKind::Dataset, name: dataset.to_owned(), side };
            let before = self.distributions((&side(Side::Baseline), rows.as_deref()), &columns, known);
            let mut counted = Vec::with_capacity(columns.len());
            let mut readable = Vec::with_capacity(columns.len());
            for ((column, of), distribution) in columns.iter().zip(before) {
                let bins = |distribution| (column.clone(), of.clone(), Arc::new(distribution));
                counted.push(distribution.map(|distribution| readable.push(bins(distribution))));
            }
            let candidate = self.side_table(&side(Side::Candidate), rows.as_deref());
            let types = self.columns_of(&side(Side::Baseline), known);
            let cells =
                candidate.and_then(|table| self.guarded(async { Ok(cells::cells(&table, &readable, &types).await) }));
            let mut cells = cells.map(Vec::into_iter);
            for ((column, of), counted) in columns.into_iter().zip(counted) {
                let state = counted.and_then(|()| match &mut cells {
                    Ok(cells) => cells
                        .next()
                        .unwrap_or_else(|| Err(MeasureError("internal error: it was not measured".to_owned()))),
                    Err(error) => Err(error.clone()),
                });
                let measurement = Measurement::Cells { dataset: dataset.to_owned(), column, of, rows: rows.clone() };
                measurements.insert(measurement, state.map(Measured::Cells));
            }
        }
        measurements
    }

    /// Returns the distributions of one side's columns in their own bins, known or computed, in order; with a condition,
    /// of the rows that it selects.
    pub(super) fn distributions(
        &self,
        (id, rows): (&TableId, Option<&str>),
        columns: &[(String, CellsOf)],
        known: &Measurements,
    ) -> Vec<Result<Distribution, MeasureError>> {
        let key = |(column, of): &(String, CellsOf)| {
            Measurement::Table(id.clone(), TableMeasure::Distribution(column.clone(), of.clone()).of_rows(rows))
        };
        let unknown: Vec<(String, CellsOf)> =
            columns.iter().filter(|column| !known.contains_key(&key(column))).cloned().collect();
        let read = if unknown.is_empty() {
            Ok(Vec::new())
        } else {
            let table = self.side_table(id, rows);
            table.and_then(|table| self.guarded(async { Ok(cells::distributions(&table, &unknown).await) }))
        };
        let mut read = read.map(Vec::into_iter);
        let answers = columns.iter().map(|column| match (known.get(&key(column)), &mut read) {
            (Some(Ok(Measured::Distribution(distribution))), _) => Ok(distribution.clone()),
            (Some(Err(error)), _) => Err(error.clone()),
            (None, Err(error)) => Err(error.clone()),
            (None, Ok(read)) => {
                read.next().unwrap_or_else(|| Err(MeasureError("internal error: it was not measured".to_owned())))
            }
            (Some(Ok(_)), _) => Err(MeasureError("internal error: the measurement has the wrong state".to_owned())),
        });
        answers.collect()
    }

    /// Returns the columns of an opened or stored table; none if neither exists.
    fn columns_of(&self, id: &TableId, known: &Measurements) -> Vec<Column> {
        match (self.opened(id), known.get(&Measurement::Table(id.clone(), TableMeasure::Columns))) {
            (Ok(opened), _) => opened.info.columns.clone(),
            (_, Some(Ok(Measured::Columns(columns)))) => columns.clone(),
            _ => Vec::new(),
        }
    }

    fn side_table(&self, id: &TableId, rows: Option<&str>) -> Result<cells::SideTable, MeasureError> {
        let opened = self.opened(id)?;
        let path = opened.info.path.clone();
        let table = match rows {
            Some(rows) => predicate::selected(&opened.indexed, rows).map(Arc::new),
            None => Ok(Arc::clone(&opened.indexed)),
        };
        let told = |error: MeasureError| MeasureError(format!("{path}: {}", error.0));
        Ok(cells::SideTable { table: table.map_err(told)?, path })
    }
}
