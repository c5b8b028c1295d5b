//! Consistency checks of a stored baseline: counts, sums, edges and intervals must not contradict each other.
//!
//! Everybody can edit a baseline, so all of it is checked when it is read, whatever is compared with it.

use std::collections::BTreeSet;

use super::states::{ModelAnswer, PartAnswer, StoredModel, StoredNumber, StoredPart, StoredState};
use super::{Baseline, StoredAnswer, StoredColumn, StoredDataset, StoredDistribution};
use crate::measurement::TypeFamily;
use crate::stats::ExactSum;

/// Maximum number of classes of a table.
const MOST_CLASSES: u32 = 1 << 20;

impl Baseline {
    /// Checks that all numbers are possible.
    ///
    /// # Errors
    ///
    /// The part with inconsistent numbers.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, dataset) in &self.datasets {
            dataset.check().map_err(|part| format!("{part} of the dataset `{name}` are inconsistent"))?;
        }
        for (name, model) in &self.models {
            model.check().map_err(|part| format!("{part} of the model `{name}` are inconsistent"))?;
        }
        let mut asked = BTreeSet::new();
        for query in &self.queries {
            if !asked.insert((&query.sql, query.is_number)) || !query.is.is_sound(None) {
                return Err(format!("the results of the query `{}` are inconsistent", query.sql));
            }
        }
        Ok(())
    }
}

impl StoredDataset {
    fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for column in &self.columns {
            if !names.insert(column.name.as_str()) || !column.is_sound(self.rows) {
                return Err(format!("the bins of `{}`", column.name));
            }
        }
        let mut measures = BTreeSet::new();
        let fits = self.answers.iter().all(|known| measures.insert(&known.of) && known.is.is_sound(Some(self.rows)));
        if fits { Ok(()) } else { Err("the numbers".to_owned()) }
    }
}

impl StoredColumn {
    fn is_sound(&self, rows: u64) -> bool {
        let Some(values) = rows.checked_sub(self.nulls) else { return false };
        if matches!(self.holds, StoredDistribution::Nothing(_)) {
            return true;
        }
        let counted = self.holds.counted();
        // NaN and infinity are values that no bin counts.
        let is_counted = match self.family {
            TypeFamily::Bool | TypeFamily::Int | TypeFamily::String => counted == Some(values),
            _ => counted.is_some_and(|counted| counted <= values),
        };
        is_counted && self.holds.is_sound() && self.holds.distribution(&self.name).is_ok()
    }
}

impl StoredDistribution {
    /// Returns the number of counted rows; `None` if it is larger than any number of rows.
    fn counted(&self) -> Option<u64> {
        match self {
            Self::Nothing(_) => Some(0),
            Self::Numbers { counts, .. } => added(counts.iter().copied()),
            Self::Values { listed, others, .. } => added(listed.values().copied().chain([*others])),
        }
    }

    /// Returns true if an empty bin has the sum 0, and all bins together have a finite sum.
    fn is_sound(&self) -> bool {
        let Self::Numbers { counts, sums, .. } = self else { return true };
        let of_none = counts.iter().zip(sums).any(|(count, sum)| *count == 0 && *sum != 0.0);
        !of_none && sums.iter().map(|sum| sum.abs()).sum::<f64>().is_finite()
    }
}

impl StoredAnswer {
    /// Returns true if the result is possible for a table with this number of rows.
    fn is_sound(&self, rows: Option<u64>) -> bool {
        let within = |n: u64| rows.is_none_or(|rows| n <= rows);
        let fits = match self {
            Self::Nothing(_) => return true,
            Self::Number(_) => true,
            Self::Rows(n) => within(*n),
            Self::Distinct { rows, .. } => within(*rows),
            Self::Share { n, .. } => within(*n),
            Self::Moments { n, smallest, largest, sum, squares, .. } => {
                let ends = smallest.zip(*largest);
                within(*n) && ends.is_none_or(|ends| are_moments(*n, ends, sum.iter().sum(), squares.iter().sum()))
            }
            Self::Quantile { value, n, .. } => within(*n) && (value.is_none() || *n > 0),
            Self::Newest { micros, n } => within(*n) && (micros.is_none() || *n > 0),
            Self::Frequencies(counts) => added(counts.values().copied()).is_some_and(within),
            Self::Distribution(StoredDistribution::Nothing(_)) => return true,
            Self::Distribution(holds) => holds.is_sound() && holds.counted().is_some_and(within),
        };
        fits && self.state().is_ok()
    }
}

impl StoredModel {
    fn check(&self) -> Result<(), String> {
        if !self.numbers.iter().all(StoredNumber::is_sound) {
            return Err("the numbers".to_owned());
        }
        let mut cuts = BTreeSet::new();
        for bins in &self.bins {
            let rises = bins.edges.iter().all(|edge| edge.is_finite()) && bins.edges.is_sorted_by(|a, b| a < b);
            if !rises || bins.edges.len() as u64 >= bins.count.max(1) || !cuts.insert((&bins.column, bins.count)) {
                return Err(format!("the bins of `{}`", bins.column));
            }
        }
        let mut measures = BTreeSet::new();
        for known in &self.answers {
            let fits = match &known.is {
                ModelAnswer::Nothing(_) => true,
                ModelAnswer::All(state) => state.is_sound(),
                ModelAnswer::Queries(queries) => queries.without_relevant <= queries.all,
                ModelAnswer::Parts(parts) => {
                    let mut names = BTreeSet::new();
                    parts
                        .iter()
                        .all(|part| names.insert((&part.name, &part.key)) && part.is_sound(self.measured_on.rows))
                }
            };
            if !fits || !measures.insert(&known.of) {
                return Err("the counts and sums".to_owned());
            }
        }
        Ok(())
    }
}

impl StoredPart {
    fn is_sound(&self, rows: u64) -> bool {
        let state = match &self.is {
            PartAnswer::State(state) => state.is_sound(),
            PartAnswer::Nothing(_) => true,
        };
        self.rows <= rows && state
    }
}

impl StoredState {
    fn is_sound(&self) -> bool {
        let fits = match self {
            Self::Counts(groups) => {
                let mut keys = BTreeSet::new();
                groups.iter().all(|group| keys.insert(&group.key) && group.key.len() == groups[0].key.len())
            }
            Self::Table(table) => {
                let weights = table.cells.iter().filter_map(|cell| cell.weights.as_ref()).map(ExactSum::value);
                table.classes <= MOST_CLASSES && weights.sum::<f64>().is_finite()
            }
            Self::Ranks(ranks) => added([ranks.positives.rows, ranks.negatives.rows]).is_some(),
            Self::Loss(loss) => loss.sum.value().is_finite() && loss.squares.value().is_finite(),
            Self::Joint(_) | Self::Metrics(_) => true,
        };
        fits && self.state().is_ok()
    }
}

impl StoredNumber {
    fn is_sound(&self) -> bool {
        let rises = self.interval.is_none_or(|[low, high]| low <= high);
        rises && (self.value.is_none() || self.undefined.is_none())
    }
}

/// Returns true if `n` numbers between these ends can have this sum and this sum of squares.
fn are_moments(n: u64, (smallest, largest): (f64, f64), sum: f64, squares: f64) -> bool {
    // Larger numbers are not checked, because their squares overflow.
    const LARGEST: f64 = 1e150;
    let farthest = smallest.abs().max(largest.abs());
    if !sum.is_finite() || !squares.is_finite() || squares < 0.0 || smallest > largest {
        return false;
    }
    #[expect(clippy::cast_precision_loss, reason = "a bound, with room for rounding")]
    let n = n as f64;
    let room = 1e-9 * (farthest + f64::MIN_POSITIVE);
    let mean = sum / n;
    farthest > LARGEST
        || ((smallest - room..=largest + room).contains(&mean) && mean.abs() <= (squares / n).sqrt() + room)
}

/// Returns the sum of counts, unless it overflows.
fn added(counts: impl IntoIterator<Item = u64>) -> Option<u64> {
    counts.into_iter().try_fold(0_u64, u64::checked_add)
}

#[cfg(test)]
mod tests {
    use super::super::unique_keys::Unique;

    #[test]
    fn a_name_stands_there_once() {
        assert!(serde_json::from_str::<Unique>(r#"{"a": [1, -2, 3.5, null, true, "x"], "b": {"a": {}}}"#).is_ok());
        let twice = serde_json::from_str::<Unique>(r#"{"models": {"m": 1, "n": 2, "m": 3}}"#).err();
        assert!(twice.is_some_and(|error| error.to_string().contains("it contains `m` twice")));
    }
}
