//! Which numbers of a table of groups are not told, because they would tell of a few persons.

use super::suppressed;
use crate::report::model::Estimate;
use crate::stats::{GroupRate, Undefined};

/// Why a number is kept back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Kept {
    /// It is of too few rows.
    Small,
    /// With it, a number of too few rows could be worked out: all rows less all others are what is left.
    Telltale,
}

impl Kept {
    /// The number's place in a report.
    pub(in crate::report) fn estimate(self, min_cell: u64) -> Estimate {
        match self {
            Self::Small => suppressed(min_cell),
            Self::Telltale => Estimate {
                undefined: Some(format!(
                    "not shown: with it, a group of fewer than {min_cell} rows could be worked out"
                )),
                ..suppressed(min_cell)
            },
        }
    }
}

/// A group of a table: its values, and of how many rows its number tells.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Cell<'a> {
    pub(in crate::report) key: &'a [String],
    pub(in crate::report) rows: u64,
}

impl<'a> Cell<'a> {
    pub(in crate::report) fn of(group: &'a GroupRate) -> Self {
        Self { key: &group.key, rows: tells_of(group.rows, group.rate) }
    }
}

/// Of how many rows a number tells: its group's, or its own denominator's. A number that is not there tells of its group alone.
pub(in crate::report) fn tells_of(rows: u64, rate: Result<crate::stats::Estimate, Undefined>) -> u64 {
    rate.map_or(rows, |rate| rows.min(rate.n))
}

/// What of a table is not told. Numbers of 1 to `min_cell` − 1 rows are kept back; and so that none of them is what is left when
/// those of all others are taken from a total, in every row and column of the table either nothing is kept back, or `min_cell` rows
/// are: the smallest of the others with it (complementary suppression, Willenborg and de Waal 2001).
pub(in crate::report) fn kept(cells: &[Cell<'_>], min_cell: u64) -> Vec<Option<Kept>> {
    let is_small = |cell: &Cell<'_>| cell.rows > 0 && cell.rows < min_cell;
    let mut kept: Vec<Option<Kept>> = cells.iter().map(|cell| is_small(cell).then_some(Kept::Small)).collect();
    let columns = cells.first().map_or(0, |cell| cell.key.len());
    // Each round keeps back one more, so it ends.
    while let Some(next) = (0..columns).find_map(|column| telltale(cells, &kept, column, min_cell)) {
        kept[next] = Some(Kept::Telltale);
    }
    kept
}

/// The smallest number that has to go with those that are kept back among the groups that differ in one column alone.
fn telltale(cells: &[Cell<'_>], kept: &[Option<Kept>], column: usize, min_cell: u64) -> Option<usize> {
    let others = |cell: &Cell<'_>| -> Vec<String> {
        let other = cell.key.iter().enumerate().filter(|(place, _)| *place != column);
        other.map(|(_, value)| value.clone()).collect()
    };
    let mut lines = std::collections::BTreeMap::<Vec<String>, Vec<usize>>::new();
    for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.rows > 0) {
        lines.entry(others(cell)).or_default().push(place);
    }
    lines.into_values().find_map(|line| {
        let hidden: u64 = line.iter().filter(|place| kept[**place].is_some()).map(|place| cells[*place].rows).sum();
        let shown = line.iter().copied().filter(|place| kept[*place].is_none());
        if hidden == 0 || hidden >= min_cell { None } else { shown.min_by_key(|place| cells[*place].rows) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[(&str, u64)]) -> Vec<Option<Kept>> {
        let keys: Vec<Vec<String>> = cells.iter().map(|(key, _)| key.split(' ').map(str::to_owned).collect()).collect();
        let cells: Vec<Cell<'_>> = keys.iter().zip(cells).map(|(key, (_, rows))| Cell { key, rows: *rows }).collect();
        kept(&cells, 10)
    }

    #[test]
    fn one_small_group_takes_the_next_smallest_with_it() {
        let small = Some(Kept::Small);
        assert_eq!(table(&[("a", 500), ("b", 40), ("c", 5)]), [None, Some(Kept::Telltale), small]);
        // Two small groups that are ten rows together hide each other.
        assert_eq!(table(&[("a", 500), ("b", 6), ("c", 5)]), [None, small, small]);
        // Two that are not do not: all rows less `a` would be seven.
        assert_eq!(table(&[("a", 500), ("b", 4), ("c", 3), ("d", 90)]), [None, small, small, Some(Kept::Telltale)]);
        assert_eq!(table(&[("a", 500), ("b", 40)]), [None, None]);
        // A group without rows is nobody.
        assert_eq!(table(&[("a", 500), ("b", 0)]), [None, None]);
    }

    #[test]
    fn a_crossing_is_protected_along_rows_and_columns() {
        let found = table(&[("f a", 2), ("m a", 29), ("f b", 300), ("m b", 400), ("f c", 58), ("m c", 90)]);
        // `a` has 31 rows: with `m a` shown, `f a` would be 2 of them. `f` has 360: with both others shown, too; and so on.
        let (small, telltale) = (Some(Kept::Small), Some(Kept::Telltale));
        assert_eq!(found, [small, telltale, None, None, telltale, None]);
    }
}
