//! The rows and values that fail a gate.

use std::collections::BTreeMap;

use crate::catalog::ValueChange;
use crate::engine::Engine;
use crate::gate::judge::{Evidence, Outcome};
use crate::gate::verdict::Verdict;
use crate::gate::{Constraint, Gate};
use crate::measurement::{
    BrokenValues, Literal, Measured, Measurement, Measurements, Predicate, TableId, TableMeasure,
};

/// Maximum number of rows for each gate.
const FIRST_ROWS: usize = 5;
/// Maximum number of gates whose rows are searched.
const MOST_EXAMINED: usize = 20;
/// Maximum number of values whose rows are searched.
const MOST_VALUES: usize = 1_000;

/// Maximum number of values that a message names.
const NAMED_VALUES: usize = 3;

/// The rows and values that fail a gate.
#[derive(Debug, Clone, Default)]
pub(crate) struct FailedRows {
    /// The first rows.
    pub(crate) rows: BTreeMap<usize, Vec<u64>>,
    /// The keys of rows of models that must be right, if they were requested.
    pub(crate) keys: BTreeMap<usize, Vec<Vec<String>>>,
    /// The values of at least `min_cell` rows.
    pub(crate) values: BTreeMap<usize, BrokenValues>,
}

/// Returns the first rows and the values that fail a gate, by the gate's position in the config.
pub(crate) fn failing(
    engine: &Engine,
    (gates, outcomes): (&[Gate], &[Outcome]),
    measurements: &Measurements,
    min_cell: u64,
) -> FailedRows {
    let broken = gates.iter().zip(outcomes).enumerate().filter(|(_, (_, outcome))| outcome.verdict == Verdict::Fail);
    let counted = broken.filter_map(|(index, (gate, outcome))| Some((index, counted_rows(gate, outcome)?)));
    // Each search reads the table up to its last row, so their number is limited.
    let mut failing = FailedRows::default();
    for (index, (id, measure)) in counted.take(MOST_EXAMINED) {
        if gates[index].names_values {
            let found = engine.broken_values(id, &measure, (min_cell.max(1), NAMED_VALUES));
            failing.values.insert(index, found);
        }
        failing.rows.insert(index, engine.first_rows(id, &measure, FIRST_ROWS));
    }
    for (index, (gate, outcome)) in gates.iter().zip(outcomes).enumerate() {
        let Ok(Constraint::Exact { candidate, .. }) = &gate.task else { continue };
        if let (Verdict::Fail, Some(Ok(Measured::WrongRows(found)))) = (outcome.verdict, measurements.get(candidate)) {
            failing.rows.insert(index, found.places.clone());
            failing.keys.insert(index, found.broken.keys.clone());
        }
    }
    failing
}

/// Returns the measure that selects the rows of a failing gate; `None` if the gate's number is not a count of rows.
fn counted_rows<'a>(gate: &'a Gate, outcome: &Outcome) -> Option<(&'a TableId, TableMeasure)> {
    match (gate.task.as_ref().ok()?, &outcome.evidence) {
        (Constraint::Exact { candidate: Measurement::Table(id, measure), .. }, _) => {
            (*measure.parts().1 != TableMeasure::Rows).then(|| (id, measure.clone()))
        }
        (
            Constraint::Values { change: ValueChange::Unseen, candidate: Measurement::Table(id, measure), .. },
            Evidence::Values(changes),
        ) => {
            let (rows, TableMeasure::Frequencies(column)) = measure.parts() else { return None };
            let unseen = changes.values.iter().take(MOST_VALUES).map(|(value, _)| Literal::Text(value.clone()));
            let condition = Predicate {
                matches: "spelled(value) IN ($unseen)".to_owned(),
                among: None,
                column: Some(column.clone()),
                values: BTreeMap::from([("unseen".to_owned(), Literal::List(unseen.collect()))]),
            };
            Some((id, TableMeasure::Where(condition).of_rows(rows)))
        }
        _ => None,
    }
}
