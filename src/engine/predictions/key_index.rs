//! Rows by the digests of their keys, in parts that all cores work on.
//!
//! Each part is small enough for a processor's cache. A table of all keys would wait for memory at every row.

use datafusion::common::HashMap;

use crate::workers;

/// The rows of a part, about.
const ROWS_OF_A_PART: usize = 1 << 15;

/// Rows of one side, divided by their digests.
struct Parts {
    /// The rows of all parts, in ascending order within each.
    rows: Vec<u32>,
    /// The end of each part.
    ends: Vec<usize>,
}

impl Parts {
    /// Divides rows into `count` parts, a power of two.
    fn of(digests: &[u128], count: usize) -> Self {
        let mut ends = vec![0; count];
        digests.iter().for_each(|digest| ends[part(*digest, count)] += 1);
        let mut end = 0;
        for size in &mut ends {
            (*size, end) = (end, end + *size);
        }
        let mut rows = vec![0; digests.len()];
        for (row, digest) in (0..).zip(digests) {
            let end = &mut ends[part(*digest, count)];
            rows[*end] = row;
            *end += 1;
        }
        Self { rows, ends }
    }

    fn rows(&self, part: usize) -> &[u32] {
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.rows[start..self.ends[part]]
    }
}

/// Returns the number of parts for this many rows.
fn parts_for(rows: usize) -> usize {
    (rows / ROWS_OF_A_PART).next_power_of_two()
}

fn part(digest: u128, count: usize) -> usize {
    digest as usize & (count - 1)
}

/// Returns the rows with a digest that an earlier row has, in ascending order.
pub(super) fn repeated(digests: &[u128]) -> Vec<usize> {
    let count = parts_for(digests.len());
    let parts = Parts::of(digests, count);
    let found = workers::map(count, |part| {
        let rows = parts.rows(part);
        let mut seen = HashMap::with_capacity(rows.len());
        let is_again = |row: &&u32| seen.insert(digests[**row as usize], ()).is_some();
        rows.iter().filter(is_again).map(|row| *row as usize).collect::<Vec<_>>()
    });
    let mut found: Vec<usize> = found.into_iter().flatten().collect();
    found.sort_unstable();
    found
}

/// Pairs of rows with equal digests.
pub(super) struct PairedRows {
    /// The other side's row for each row of this side; `None` if there is none.
    pub(super) pairs: Vec<Option<u32>>,
    /// The other side's rows that pair with no row, in ascending order.
    pub(super) missing: Vec<usize>,
}

/// Pairs the rows of two sides; the digests of each side are distinct.
pub(super) fn paired(ours: &[u128], theirs: &[u128]) -> PairedRows {
    let count = parts_for(ours.len().max(theirs.len()));
    let (our_parts, their_parts) = workers::beside(|| Parts::of(ours, count), || Parts::of(theirs, count));
    let found = workers::map(count, |part| {
        let (rows, others) = (our_parts.rows(part), their_parts.rows(part));
        let mut places: HashMap<u128, usize> = HashMap::with_capacity(others.len());
        places.extend(others.iter().map(|row| theirs[*row as usize]).zip(0..));
        let mut is_matched = vec![false; others.len()];
        let pair = |row: &u32| {
            let place = *places.get(&ours[*row as usize])?;
            is_matched[place] = true;
            Some(others[place])
        };
        let pairs: Vec<Option<u32>> = rows.iter().map(pair).collect();
        let missing = others.iter().zip(is_matched).filter(|(_, matched)| !matched).map(|(row, _)| *row as usize);
        (pairs, missing.collect::<Vec<_>>())
    });
    let mut whole = PairedRows { pairs: vec![None; ours.len()], missing: Vec::new() };
    for (part, (pairs, missing)) in found.into_iter().enumerate() {
        for (row, pair) in our_parts.rows(part).iter().zip(pairs) {
            whole.pairs[*row as usize] = pair;
        }
        whole.missing.extend(missing);
    }
    whole.missing.sort_unstable();
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns distinct digests in no order.
    fn digests(rows: u128) -> Vec<u128> {
        (0..rows).map(|row| row.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).rotate_right(7)).collect()
    }

    #[test]
    fn every_row_finds_its_pair_in_parts_of_any_number() {
        for rows in [0, 1, 2, 40_000, 150_000] {
            let theirs = digests(rows);
            let mut ours = theirs.clone();
            ours.reverse();
            let found = paired(&ours, &theirs);
            let wanted: Vec<Option<u32>> = (0..).take(theirs.len()).map(Some).collect();
            assert!(found.pairs.iter().rev().eq(&wanted) && found.missing.is_empty(), "{rows}");
            assert!(repeated(&theirs).is_empty());
        }
    }

    #[test]
    fn rows_without_a_pair_are_found_on_both_sides() {
        let all = digests(100_000);
        let found = paired(&all[10..], &all[..99_990]);
        assert_eq!(found.missing, (0..10).collect::<Vec<_>>());
        let alone: Vec<usize> = (0..found.pairs.len()).filter(|row| found.pairs[*row].is_none()).collect();
        assert_eq!(alone, (99_980..99_990).collect::<Vec<_>>());
    }

    #[test]
    fn a_row_repeats_an_earlier_one() {
        let mut all = digests(100_000);
        all.extend_from_within(5..8);
        assert_eq!(repeated(&all), [100_000, 100_001, 100_002]);
    }
}
