//! Categories of one side with their rows, and the bins in which two sides are compared.
//!
//! Both sides' rows together decide which values have a bin of their own, and the values that share the last bin are
//! divided by their digests. If one side's counts chose the bins, its rare values would be those that happened to be
//! drawn, and the other side would seem to lack them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use twox_hash::XxHash3_128;

use super::super::Frequencies;
use super::Cells;
use super::distance::{float, sum};
use crate::stats::drift::distance::added;

/// The number of values that have a bin of their own; all others share one.
const MOST_VALUES: usize = 200;
/// The number of parts into which the values that share a bin are divided. It is part of the stored form of a baseline.
const PARTS: usize = 1_024;
/// The number of distinct values up to which a column is a list of categories, however few rows there are.
const SHORT_LIST: u64 = 20;

/// The values of a column with their rows: all values, or the most frequent ones and a summary of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    listed: Vec<(String, u64)>,
    others: u64,
    different: u64,
    parts: Vec<u64>,
}

impl Values {
    /// Creates the list of all values of a column.
    pub fn new(frequencies: &Frequencies) -> Self {
        let different = frequencies.counts.len() as u64;
        let mut listed: Vec<(String, u64)> =
            frequencies.counts.iter().map(|(value, count)| (value.clone(), *count)).collect();
        listed.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
        Self { listed, others: 0, different, parts: Vec::new() }
    }

    /// Returns the stored form: the most frequent values by name, and the rows of all others by the parts of their
    /// digests.
    #[must_use]
    pub fn shortened(&self) -> Self {
        let mut short = self.clone();
        if short.listed.len() > MOST_VALUES {
            let beyond = short.listed.split_off(MOST_VALUES);
            if short.parts.is_empty() && short.others == 0 {
                short.parts = vec![0; PARTS];
            }
            for (value, count) in beyond {
                short.others += count;
                if let Some(rows) = short.parts.get_mut(part(&value)) {
                    *rows += count;
                }
            }
        }
        short
    }

    /// Creates values from stored parts; `None` if they do not fit together. A baseline from an earlier version does
    /// not divide its other values.
    pub fn from_parts(counts: BTreeMap<String, u64>, others: u64, different: u64, parts: Vec<u64>) -> Option<Self> {
        let all: Vec<u64> = counts.values().copied().chain([others]).collect();
        added(&all)?;
        let Self { listed, different: known, .. } = Self::new(&Frequencies { counts });
        let divides = parts.is_empty() || (parts.len() == PARTS && added(&parts) == Some(others));
        let fits = listed.len() <= MOST_VALUES && different >= known && (different > known) == (others > 0) && divides;
        fits.then_some(Self { listed, others, different, parts })
    }

    /// Returns the values known by name with their rows, the most frequent first.
    pub fn listed(&self) -> &[(String, u64)] {
        &self.listed
    }

    /// Returns the rows of all other values.
    pub fn others(&self) -> u64 {
        self.others
    }

    /// Returns the rows of the other values by the parts of their digests; empty where they are not divided.
    pub fn parts(&self) -> &[u64] {
        &self.parts
    }

    /// Returns the number of distinct values.
    pub fn different(&self) -> u64 {
        self.different
    }

    /// Returns true if the values identify rows instead of classifying them: a list of the values would then be a list
    /// of rows.
    pub fn are_names(&self) -> bool {
        let rows: u64 = self.listed.iter().map(|(_, count)| count).sum::<u64>() + self.others;
        self.different > SHORT_LIST && self.different > rows / 2
    }

    /// Returns the bins of both sides; `candidate` has the candidate's values with their rows.
    pub fn against(&self, candidate: impl IntoIterator<Item = (String, u64)>) -> Cells {
        let mut both: BTreeMap<String, [u64; 2]> =
            self.listed.iter().map(|(value, count)| (value.clone(), [*count, 0])).collect();
        for (value, count) in candidate {
            both.entry(value).or_default()[1] += count;
        }
        let least = self.least(both.values().map(|[_, count]| count).sum());
        let mut values: Vec<(String, [u64; 2])> = both.into_iter().collect();
        let rows = |[baseline, candidate]: [u64; 2]| baseline + candidate;
        values.sort_by(|left, right| rows(right.1).cmp(&rows(left.1)).then_with(|| left.0.cmp(&right.0)));
        let is_own = |(value, counts): &(String, [u64; 2])| match least {
            None => true,
            // The baseline's rows of a value that it does not name are unknown.
            Some(least) => float(rows(*counts)) >= least && self.listed.iter().any(|(known, _)| known == value),
        };
        let (mut own, mut shared): (Vec<_>, Vec<_>) = values.into_iter().partition(is_own);
        if own.len() > MOST_VALUES {
            shared.extend(own.split_off(MOST_VALUES));
        }
        let mut parts = vec![[0, 0]; PARTS];
        for (part, rows) in parts.iter_mut().zip(&self.parts) {
            part[0] += rows;
        }
        for (value, [baseline, candidate]) in &shared {
            let part = &mut parts[part(value)];
            *part = [part[0] + baseline, part[1] + candidate];
        }
        let mut together = parts.iter().fold([0, 0], |all, part| [all[0] + part[0], all[1] + part[1]]);
        if self.parts.is_empty() && self.others > 0 {
            together[0] += self.others;
            parts.clear();
        }
        let mut cells =
            Cells { names: Vec::new(), baseline: Vec::new(), candidate: Vec::new(), scale: None, parts: Vec::new() };
        for (name, [baseline, candidate]) in own {
            cells.names.push(name);
            cells.baseline.push(baseline);
            cells.candidate.push(candidate);
        }
        if together != [0, 0] {
            cells.names.push(if together[0] == 0 { "(unseen)" } else { "(other)" }.to_owned());
            cells.baseline.push(together[0]);
            cells.candidate.push(together[1]);
            parts.retain(|part| *part != [0, 0]);
            // Parts of about the same number of rows are pooled, so that rare values do not hide among frequent ones.
            parts.sort_by_key(|[baseline, candidate]| Reverse(baseline + candidate));
            cells.parts = parts;
        }
        cells
    }

    /// Returns the rows of both sides from which on a value has a bin of its own, where the baseline does not name all
    /// of its values. With this many rows and without drift the baseline names every such value. `None` where it names
    /// all values.
    fn least(&self, candidate: u64) -> Option<f64> {
        if self.others == 0 {
            return None;
        }
        let counts: Vec<u64> = self.listed.iter().map(|(_, count)| *count).collect();
        let (rows, fewest) = (sum(&counts) + float(self.others), float(counts.last().copied().unwrap_or(0)));
        let expected = fewest * (rows + float(candidate)) / rows;
        Some(expected + 4.0 * expected.sqrt() + 4.0)
    }
}

/// Returns the part of a value among those that share a bin.
fn part(value: &str) -> usize {
    let [first, second, ..] = XxHash3_128::oneshot(value.as_bytes()).to_le_bytes();
    usize::from(u16::from_le_bytes([first, second])) % PARTS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn of(counts: &[(&str, u64)]) -> Frequencies {
        Frequencies { counts: counts.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect() }
    }

    /// Returns one value per item of `rows`, with that many rows.
    fn many(rows: impl Iterator<Item = u64>) -> Frequencies {
        Frequencies { counts: rows.enumerate().map(|(at, rows)| (format!("v{at:04}"), rows)).collect() }
    }

    #[test]
    fn values_of_either_side_have_a_cell() {
        let cells = Values::new(&of(&[("b", 4), ("a", 1)])).against(of(&[("a", 3), ("new", 2)]).counts);
        assert_eq!(cells.names, ["a", "b", "new"]);
        assert_eq!((cells.baseline, cells.candidate), (vec![1, 4, 0], vec![3, 0, 2]));
    }

    #[test]
    fn both_sides_choose_the_cells() {
        let (one, other) = (many(1..=400), many((1..=400).rev()));
        let there = Values::new(&one).against(other.counts.clone());
        let back = Values::new(&other).against(one.counts);
        assert_eq!(there.names, back.names);
        assert_eq!((there.baseline, there.candidate), (back.candidate, back.baseline));
    }

    #[test]
    fn values_beyond_the_most_frequent_share_a_cell_in_parts() {
        let cells = Values::new(&many(1..=500)).against(many(1..=500).counts);
        assert_eq!((cells.names.len(), cells.names.last().unwrap().as_str()), (MOST_VALUES + 1, "(other)"));
        let rows: u64 = (1..=300).sum();
        assert_eq!((cells.baseline[MOST_VALUES], cells.candidate[MOST_VALUES]), (rows, rows));
        assert_eq!(cells.parts.iter().map(|part| part[0]).sum::<u64>(), rows);
        assert!(cells.parts.iter().all(|[before, after]| before == after) && cells.parts.len() > 150);
    }

    #[test]
    fn a_stored_list_gives_the_parts_of_the_whole_one() {
        let whole = Values::new(&many(1..=500));
        let short = whole.shortened();
        assert_eq!((short.listed().len(), short.others(), short.different()), (MOST_VALUES, (1..=300).sum(), 500));
        assert_eq!(short.parts().iter().sum::<u64>(), short.others());
        let counts = short.listed().iter().cloned().collect();
        let read = Values::from_parts(counts, short.others(), short.different(), short.parts().to_vec()).unwrap();
        assert_eq!(read, short);
        assert_eq!(short.shortened(), short);
        let cells = read.against(many(1..=500).counts);
        // A value with its own bin has to be frequent enough for the baseline to name it.
        assert!(cells.names.len() > 100 && cells.names.len() < MOST_VALUES);
        assert_eq!(cells.baseline, cells.candidate);
        assert!(cells.parts.iter().all(|[before, after]| before == after));
        // A complete list loses nothing.
        let few = Values::new(&many(1..=150));
        assert_eq!(few.shortened(), few);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let parts = |counts: &[(&str, u64)], others, different, parts: &[u64]| {
            Values::from_parts(of(counts).counts, others, different, parts.to_vec())
        };
        assert!(parts(&[("a", u64::MAX)], 1, 2, &[]).is_none());
        assert!(parts(&[("a", 2)], 1, 1, &[]).is_none());
        assert!(parts(&[("a", 2)], 1, 2, &[]).is_some());
        assert!(parts(&[("a", 2)], 1, 2, &[1]).is_none());
        assert!(parts(&[("a", 2)], 2, 3, &[1; PARTS]).is_none());
    }

    #[test]
    fn a_list_of_names_is_none_of_categories() {
        let of = |different: usize, each: u64| Values::new(&many((0..different).map(|_| each))).are_names();
        assert!(of(1_000, 1));
        assert!(!of(3, 1));
        assert!(!of(1_000, 2));
    }
}
