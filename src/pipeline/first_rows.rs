//! Where the rows are that broke a gate.

use std::collections::BTreeMap;

use crate::catalog::ValueChange;
use crate::engine::Engine;
use crate::gate::judge::{Evidence, Outcome};
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, Task};
use crate::measurement::{Literal, Measurement, Predicate, TableId, TableMeasure};

/// As many rows as are pointed at.
const FIRST_ROWS: usize = 5;
/// As many gates as get rows pointed at.
const MOST_EXAMINED: usize = 20;
/// Of as many values the rows are looked for.
const MOST_VALUES: usize = 1_000;

/// Where the rows are that broke a gate, by the gate's place in the config.
pub(crate) fn first_rows(engine: &Engine, gates: &[Gate], outcomes: &[Outcome]) -> BTreeMap<usize, Vec<u64>> {
    let broken = gates.iter().zip(outcomes).enumerate().filter(|(_, (_, outcome))| outcome.verdict == Verdict::Fail);
    let counted = broken.filter_map(|(index, (gate, outcome))| Some((index, counted_rows(gate, outcome)?)));
    // Each costs a reading up to its last row: enough to start with, and no more.
    let examined = counted.take(MOST_EXAMINED);
    examined.map(|(index, (id, measure))| (index, engine.first_rows(id, &measure, FIRST_ROWS))).collect()
}

/// What counted the rows that broke a gate; nothing where it is no number of rows.
fn counted_rows<'a>(gate: &'a Gate, outcome: &Outcome) -> Option<(&'a TableId, TableMeasure)> {
    match (gate.task.as_ref().ok()?, &outcome.evidence) {
        (Task::Exact { candidate: Measurement::Table(_, TableMeasure::Rows), .. }, _) => None,
        (Task::Exact { candidate: Measurement::Table(id, measure), .. }, _) => Some((id, measure.clone())),
        (
            Task::Values {
                change: ValueChange::Unseen,
                candidate: Measurement::Table(id, TableMeasure::Frequencies(column)),
                ..
            },
            Evidence::Values(changes),
        ) => {
            let unseen = changes.values.iter().take(MOST_VALUES).map(|(value, _)| Literal::Text(value.clone()));
            let condition = Predicate {
                matches: "spelled(value) IN ($unseen)".to_owned(),
                among: None,
                column: Some(column.clone()),
                values: BTreeMap::from([("unseen".to_owned(), Literal::List(unseen.collect()))]),
            };
            Some((id, TableMeasure::Where(condition)))
        }
        _ => None,
    }
}
