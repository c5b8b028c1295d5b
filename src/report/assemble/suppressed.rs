//! The suppression of numbers in tables of groups that would reveal individuals.

use std::collections::{BTreeMap, BTreeSet};

use crate::gate::judge::{JudgedGroups, Read, Reading};
use crate::gate::{Constraint, Gate};
use crate::measurement::Grouping;
use crate::report::suppression::Suppression;
use crate::stats;
use crate::stats::{GroupRate, Side, Undefined};

/// A cell of a table: the group's values, and the number of rows behind its number.
#[derive(Debug, Clone, Copy)]
struct TableCell<'a> {
    key: &'a [String],
    rows: u64,
}

/// The groupings of a report and the smallest number of rows that is shown.
#[derive(Debug)]
pub(super) struct Privacy {
    pub(super) min_cell: u64,
    groupings: BTreeSet<Grouping>,
}

impl Privacy {
    pub(super) fn new(gates: &[Gate], readings: &[Reading], min_cell: u64) -> Self {
        let of_gates = gates.iter().filter_map(grouping);
        let read = readings.iter().filter_map(|reading| Some(reading.group.as_ref()?.grouping.clone()));
        Self { min_cell, groupings: of_gates.chain(read).collect() }
    }

    /// Returns the suppressed groups of a gate. A group is suppressed on both sides or on none; each of several rates
    /// is a table of its own.
    pub(super) fn of_gate(&self, gate: &Gate, found: &JudgedGroups) -> Vec<Option<Suppression>> {
        let margins = grouping(gate).map(|grouping| self.margins(&grouping)).unwrap_or_default();
        let mut all: Vec<Option<Suppression>> = vec![None; found.candidate.groups.len()];
        for side in [Some(&found.candidate), found.baseline.as_ref()].into_iter().flatten() {
            let rates: BTreeSet<Option<&str>> = side.groups.iter().map(|group| group.of).collect();
            for rate in rates {
                let places: Vec<usize> =
                    (0..side.groups.len()).filter(|place| side.groups[*place].of == rate).collect();
                let cell = |group: &GroupRate| tells_of(group.rows, group.rate);
                let cells: Vec<TableCell<'_>> = places
                    .iter()
                    .map(|place| TableCell { key: &side.groups[*place].key, rows: cell(&side.groups[*place]) })
                    .collect();
                for (place, kept) in places.into_iter().zip(kept(&cells, &margins, self.min_cell)) {
                    if let Some(known) = all.get_mut(place) {
                        *known = known.or(kept);
                    }
                }
            }
        }
        all
    }

    /// Returns the suppressed readings, consistent with the tables of the gates.
    pub(super) fn of_readings(&self, readings: &[Reading]) -> Vec<Option<Suppression>> {
        let mut tables = BTreeMap::<_, Vec<usize>>::new();
        for (place, reading) in readings.iter().enumerate() {
            if let Some(group) = &reading.group {
                let mut subject = reading.subject.clone();
                subject.remove("group");
                tables.entry((&group.grouping, subject, &reading.measure)).or_default().push(place);
            }
        }
        let mut all: Vec<Option<Suppression>> = vec![None; readings.len()];
        for ((grouping, ..), places) in tables {
            let margins = self.margins(grouping);
            let mut of_keys = BTreeMap::<&[String], Option<Suppression>>::new();
            for side in [Side::Candidate, Side::Baseline] {
                let cells: Vec<TableCell<'_>> =
                    places.iter().filter_map(|place| cell(&readings[*place], side)).collect();
                for (cell, kept) in cells.iter().zip(kept(&cells, &margins, self.min_cell)) {
                    let known = of_keys.entry(cell.key).or_default();
                    *known = known.or(kept);
                }
            }
            for place in places {
                let group = readings[place].group.as_ref();
                all[place] = group.and_then(|group| of_keys.get(group.key.as_slice()).copied().flatten());
            }
        }
        all
    }

    /// Returns the margins of a table that a reader may know, as positions of their columns: the margin of all rows,
    /// and those of other groupings in the report.
    fn margins(&self, of: &Grouping) -> Vec<Vec<usize>> {
        let parts = self.groupings.iter().filter(|other| other.rows == of.rows && other.by.len() < of.by.len());
        let places = parts.filter_map(|other| {
            other.by.iter().map(|column| of.by.iter().position(|own| own == column)).collect::<Option<Vec<usize>>>()
        });
        std::iter::once(Vec::new()).chain(places).collect()
    }
}

fn grouping(gate: &Gate) -> Option<Grouping> {
    match gate.task.as_ref().ok()? {
        Constraint::Groups { state, .. } => state.grouping(),
        _ => None,
    }
}

fn cell(reading: &Reading, side: Side) -> Option<TableCell<'_>> {
    let group = reading.group.as_ref().filter(|_| reading.side == side)?;
    let rows = match reading.number {
        Read::Estimated(rate) => tells_of(group.rows, rate),
        Read::Reported(_) => group.rows,
    };
    Some(TableCell { key: &group.key, rows })
}

/// Returns the number of rows that a number describes: its own denominator, at most the group's rows. An undefined
/// number describes the group.
fn tells_of(rows: u64, rate: Result<stats::Estimate, Undefined>) -> u64 {
    rate.map_or(rows, |rate| rows.min(rate.n))
}

/// Returns the suppressed cells of a table. Cells of 1 to `min_cell` − 1 rows are suppressed. A suppressed cell could
/// be computed as a margin less all other cells; therefore the suppressed cells of every margin have either no rows or
/// at least `min_cell` rows together, and the smallest of the other cells are suppressed until that holds
/// (complementary suppression, Willenborg and de Waal 2001).
fn kept(cells: &[TableCell<'_>], margins: &[Vec<usize>], min_cell: u64) -> Vec<Option<Suppression>> {
    let is_small = |cell: &TableCell<'_>| cell.rows > 0 && cell.rows < min_cell;
    let mut kept: Vec<Option<Suppression>> =
        cells.iter().map(|cell| is_small(cell).then_some(Suppression::Primary)).collect();
    // Each round suppresses one more cell, so the loop ends.
    while let Some(next) = margins.iter().find_map(|margin| secondary(cells, &kept, margin, min_cell)) {
        kept[next] = Some(Suppression::Secondary);
    }
    kept
}

/// Returns the smallest cell that must be suppressed in addition, because of one margin.
fn secondary(cells: &[TableCell<'_>], kept: &[Option<Suppression>], margin: &[usize], min_cell: u64) -> Option<usize> {
    let mut parts = BTreeMap::<Vec<Option<&String>>, Vec<usize>>::new();
    for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.rows > 0) {
        parts.entry(margin.iter().map(|column| cell.key.get(*column)).collect()).or_default().push(place);
    }
    parts.into_values().find_map(|part| {
        let hidden: u64 = part.iter().filter(|place| kept[**place].is_some()).map(|place| cells[*place].rows).sum();
        let shown = part.iter().copied().filter(|place| kept[*place].is_none());
        if hidden == 0 || hidden >= min_cell { None } else { shown.min_by_key(|place| cells[*place].rows) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[(&str, u64)], margins: &[&[usize]]) -> Vec<Option<Suppression>> {
        let keys: Vec<Vec<String>> = cells.iter().map(|(key, _)| key.split(' ').map(str::to_owned).collect()).collect();
        let cells: Vec<TableCell<'_>> =
            keys.iter().zip(cells).map(|(key, (_, rows))| TableCell { key, rows: *rows }).collect();
        kept(&cells, &margins.iter().map(|margin| margin.to_vec()).collect::<Vec<_>>(), 10)
    }

    #[test]
    fn one_small_group_takes_the_next_smallest_with_it() {
        let small = Some(Suppression::Primary);
        let table = |cells: &[(&str, u64)]| table(cells, &[&[]]);
        assert_eq!(table(&[("a", 500), ("b", 40), ("c", 5)]), [None, Some(Suppression::Secondary), small]);
        // Two small groups with ten rows or more in total protect each other.
        assert_eq!(table(&[("a", 500), ("b", 6), ("c", 5)]), [None, small, small]);
        // Two small groups with fewer do not: all rows less `a` and `d` would be seven.
        assert_eq!(
            table(&[("a", 500), ("b", 4), ("c", 3), ("d", 90)]),
            [None, small, small, Some(Suppression::Secondary)]
        );
        assert_eq!(table(&[("a", 500), ("b", 40)]), [None, None]);
        // A group without rows has no individuals.
        assert_eq!(table(&[("a", 500), ("b", 0)]), [None, None]);
    }

    #[test]
    fn a_crossing_is_protected_along_the_margins_that_are_known() {
        let cells = [("f a", 2), ("m a", 29), ("f b", 300), ("m b", 400), ("f c", 58), ("m c", 90)];
        let (small, telltale) = (Some(Suppression::Primary), Some(Suppression::Secondary));
        assert_eq!(table(&cells, &[&[]]), [small, telltale, None, None, None, None]);
        // All of `f` less `f b` and `f c` would be the two.
        assert_eq!(table(&cells, &[&[], &[0]]), [small, telltale, None, None, telltale, None]);
        assert_eq!(table(&cells, &[&[], &[0], &[1]]), [small, telltale, None, None, telltale, None]);
    }
}
