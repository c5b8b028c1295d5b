//! The rows that gates look at, where their lines name a condition.

use std::collections::BTreeMap;

use super::project::Project;
use super::remarks::at;
use crate::gate::verdict::Effect;
use crate::gate::{Gate, RowFilter};
use crate::measurement::{Measurement, Measurements, SelectedRows};
use crate::plural::counted;
use crate::report::document::Note;

/// Returns the number of rows that each gate looks at, by the gate's position.
pub(super) fn selected(gates: &[Gate], measurements: &Measurements) -> BTreeMap<usize, SelectedRows> {
    let found = gates.iter().enumerate();
    found.filter_map(|(index, gate)| Some((index, of(gate.filter.as_ref()?, measurements)?))).collect()
}

/// Returns the notes on conditions that are null for rows: no gate that names them looks at these rows.
pub(super) fn null_conditions(project: &Project, gates: &[Gate], measurements: &Measurements) -> Vec<Note> {
    let mut gates_of: BTreeMap<&Measurement, Vec<&Gate>> = BTreeMap::new();
    for gate in gates {
        if let Some(filter) = &gate.filter {
            gates_of.entry(&filter.selected).or_default().push(gate);
        }
    }
    let note = |gates: Vec<&Gate>| {
        let (first, others) = gates.split_first()?;
        let filter = first.filter.as_ref()?;
        let SelectedRows { unknown, of, .. } = self::of(filter, measurements).filter(|found| found.unknown > 0)?;
        let more = match others.len() {
            0 => String::new(),
            more => format!(" and {}", counted(more as u64, "other gate")),
        };
        Some(Note {
            id: format!("where.{}", first.id),
            effect: Effect::None,
            message: format!(
                "`{}`{more} did not look at {} of {of}, for which `{}` is null",
                first.id,
                counted(unknown, "row"),
                filter.condition.replace('`', "'"),
            ),
            help: "add `IS NULL` to the condition if these rows should be looked at".to_owned(),
            at: at(project, first.at.start),
        })
    };
    gates_of.into_values().filter_map(note).collect()
}

fn of(filter: &RowFilter, measurements: &Measurements) -> Option<SelectedRows> {
    match measurements.get(&filter.selected) {
        Some(Ok(state)) => state.selected(),
        _ => None,
    }
}
