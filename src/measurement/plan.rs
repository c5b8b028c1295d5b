//! Gates → the distinct measurements they need, grouped by the scan that computes them.

use std::collections::{BTreeMap, BTreeSet};

use crate::measurement::{CellsOf, Measurement, PredictionMeasure, Query, TableId, TableMeasure};

/// The work of the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The measures of each table: one scan.
    pub scans: BTreeMap<TableId, BTreeSet<TableMeasure>>,
    /// The measures of each model's predictions: one reading of each side.
    pub predictions: BTreeMap<String, BTreeSet<PredictionMeasure>>,
    /// The columns of datasets whose two sides are counted over the same bins, by the rows that are counted.
    pub cells: BTreeMap<BinnedRows, BTreeSet<(String, CellsOf)>>,
    /// Numbers of files of metrics, by their names.
    pub reported: BTreeSet<(TableId, String)>,
    /// Queries over several tables, each executed separately.
    pub queries: BTreeSet<Query>,
}

/// Rows of a dataset that are counted in bins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BinnedRows {
    /// The dataset.
    pub dataset: String,
    /// The condition of the rows; all rows if there is none.
    pub rows: Option<String>,
}

/// Groups measurements; equal ones are merged.
pub fn plan<'a>(wanted: impl IntoIterator<Item = &'a Measurement>) -> Plan {
    let mut plan = Plan::default();
    for measurement in wanted {
        match measurement {
            Measurement::Table(table, measure) => {
                plan.scans.entry(table.clone()).or_default().insert(measure.clone());
            }
            Measurement::Predictions(model, measure) => {
                let measures = plan.predictions.entry(model.clone()).or_default();
                measures.insert(measure.clone());
                measures.insert(PredictionMeasure::Remarks);
                // Every measurement of a ranking also needs the number of queries that take part.
                if measurement.of_queries().is_some() {
                    measures.insert(PredictionMeasure::Queries);
                }
                if measurement.is_of_classes() {
                    measures.insert(PredictionMeasure::Classes);
                }
            }
            Measurement::Cells { dataset, column, of, rows } => {
                let binned = BinnedRows { dataset: dataset.clone(), rows: rows.clone() };
                plan.cells.entry(binned).or_default().insert((column.clone(), of.clone()));
            }
            Measurement::Reported(table, name) => {
                plan.reported.insert((table.clone(), name.clone()));
            }
            Measurement::Query(query) => {
                plan.queries.insert(query.clone());
            }
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::TableKind;
    use crate::stats::Side;

    #[test]
    fn two_gates_on_one_number_measure_it_once() {
        let table = TableId { kind: TableKind::Dataset, name: "train".to_owned(), side: Side::Candidate };
        let rows = Measurement::Table(table.clone(), TableMeasure::Rows);
        let distinct = Measurement::Table(table.clone(), TableMeasure::Distinct(vec!["id".to_owned()]));
        let plan = plan([&rows, &distinct, &rows]);
        assert_eq!(plan.scans[&table].len(), 2);
        assert!(plan.predictions.is_empty());
    }
}
