//! Frequencies of a column's values.

use std::collections::BTreeMap;

/// Exact counts by value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frequencies {
    /// The rows of each value; nulls are not counted.
    pub counts: BTreeMap<String, u64>,
}

impl Frequencies {
    /// Returns the number of rows that have a value.
    pub fn n(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Returns the values that are not known with their rows, the most frequent first.
    pub fn not_among(&self, is_known: impl Fn(&str) -> bool) -> Vec<(&str, u64)> {
        let mut lost: Vec<(&str, u64)> = self
            .counts
            .iter()
            .filter(|(value, _)| !is_known(value))
            .map(|(value, count)| (value.as_str(), *count))
            .collect();
        lost.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        lost
    }

    /// Returns the rarest value with its proportion of the rows; `None` without rows.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    pub fn rarest(&self) -> Option<(&str, f64)> {
        let (value, count) = self.counts.iter().min_by(|left, right| left.1.cmp(right.1).then(left.0.cmp(right.0)))?;
        Some((value, *count as f64 / self.n() as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[(&str, u64)]) -> Frequencies {
        Frequencies { counts: counts.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect() }
    }

    #[test]
    fn values_of_one_side_only_are_listed_by_weight() {
        let (ours, theirs) = (of(&[("a", 1), ("b", 5), ("c", 9)]), of(&[("c", 1)]));
        assert_eq!(ours.not_among(|value| theirs.counts.contains_key(value)), [("b", 5), ("a", 1)]);
        assert!(theirs.not_among(|value| ours.counts.contains_key(value)).is_empty());
    }

    #[test]
    fn the_rarest_value_is_found() {
        assert_eq!(of(&[("yes", 3), ("no", 1)]).rarest(), Some(("no", 0.25)));
        assert_eq!(of(&[]).rarest(), None);
    }
}
