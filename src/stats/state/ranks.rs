//! Rank statistics of scores: the area under the ROC curve and its covariance between two models.
//!
//! DeLong, DeLong and Clarke-Pearson (1988), by midranks in O(n log n) as Sun and Xu (2014). The placement of a row,
//! twice the number of rows of the other class that it outranks, is an integer, so every sum here is exact and
//! independent of the order of the rows.

use serde::{Deserialize, Serialize};

use crate::stats::{Side, Undefined};
use crate::workers;

/// Different scores that it takes for one order of all rows to show that two models rank alike. Fewer are as coarse as classes, and agree by
/// chance.
const TELLING: usize = 10;

/// The rows from which on the two sides are ranked by two threads.
const MANY: usize = 1 << 17;

/// Sums of placements over both classes, for one or two models on the same rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankStatistics {
    paired: bool,
    unchanged: bool,
    positives: Class,
    negatives: Class,
}

/// Sums of placements of one side, as stored in a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredRanks {
    /// The rows with a positive label.
    pub positives: StoredPlacements,
    /// The rows with a negative label.
    pub negatives: StoredPlacements,
}

/// Placements of one class among the other class. The sums are text, because they have more digits than a float.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredPlacements {
    /// The number of rows.
    pub rows: u64,
    /// The sum of their placements: for each, twice the rows of the other class that it outranks, ties counting once.
    pub sum: String,
    /// The sum of the squared placements.
    pub squares: String,
}

/// Sums of placements of one class among the other class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Class {
    rows: u64,
    candidate: i128,
    candidate_squared: i128,
    baseline: i128,
    baseline_squared: i128,
    product: i128,
    /// Sums of the second and fourth powers of how far a row's placement changed, as whole numbers of at most [`CHANGE_BITS`] bits.
    change: [u128; 2],
}

/// This many bits keep the sums of fourth powers of as many rows as there can be within 128.
const CHANGE_BITS: u32 = 21;

/// By how many bits placements among this many rows of the other class are shifted for that.
fn coarseness(other: u64) -> u32 {
    (u64::BITS - (2 * other).leading_zeros()).saturating_sub(CHANGE_BITS)
}

impl RankStatistics {
    /// Ranks finite scores; all slices have one entry for each row.
    pub fn from_scores(labels: &[bool], candidate: &[f64], baseline: Option<&[f64]>) -> Self {
        let of = |scores: &[f64]| ranked(labels, scores, baseline.is_some());
        let (theirs, ours) = match baseline {
            Some(baseline) if labels.len() >= MANY => {
                let (theirs, ours) = workers::beside(|| of(baseline), || of(candidate));
                (Some(theirs), ours)
            }
            Some(baseline) => (Some(of(baseline)), of(candidate)),
            None => (None, of(candidate)),
        };
        let unchanged = theirs.as_ref().is_some_and(|theirs| {
            baseline == Some(candidate)
                || (ours.different >= TELLING.min(ours.places.len()) && ours.places == theirs.places)
        });
        let (ours, theirs) = (ours.placements, theirs.map(|theirs| theirs.placements));
        let mut positives = Class::default();
        let mut negatives = Class::default();
        for (row, label) in labels.iter().enumerate() {
            let class = if *label { &mut positives } else { &mut negatives };
            class.add(ours[row], theirs.as_ref().map_or(0, |placements| placements[row]));
        }
        if let Some(theirs) = &theirs {
            let [of_positives, of_negatives] = [negatives.rows, positives.rows].map(coarseness);
            for (row, label) in labels.iter().enumerate() {
                let (class, shift) =
                    if *label { (&mut positives, of_positives) } else { (&mut negatives, of_negatives) };
                let change = ours[row].abs_diff(theirs[row]) >> shift;
                let square = u128::from(change * change);
                class.change[0] += square;
                class.change[1] += square * square;
            }
        }
        Self { paired: baseline.is_some(), unchanged, positives, negatives }
    }

    /// Returns the candidate's side.
    pub fn to_stored(&self) -> StoredRanks {
        let of = |class: &Class| StoredPlacements {
            rows: class.rows,
            sum: class.candidate.to_string(),
            squares: class.candidate_squared.to_string(),
        };
        StoredRanks { positives: of(&self.positives), negatives: of(&self.negatives) }
    }

    /// Creates the statistics of one side; `None` if no ranks could have these sums.
    pub fn from_stored(stored: &StoredRanks) -> Option<Self> {
        let of = |class: &StoredPlacements, other: u64| {
            let (sum, squares): (i128, i128) = (class.sum.parse().ok()?, class.squares.parse().ok()?);
            let (rows, most) = (i128::from(class.rows), 2 * i128::from(other));
            // A row outranks at most all rows of the other class, and the square of a sum is at most n times the sum of
            // the squares.
            let fits = (0..=rows.checked_mul(most)?).contains(&sum)
                && squares >= 0
                && squares <= sum.checked_mul(most)?
                && sum.checked_mul(sum)? <= rows.checked_mul(squares)?;
            fits.then_some(Class { rows: class.rows, candidate: sum, candidate_squared: squares, ..Class::default() })
        };
        let (positives, negatives) = (&stored.positives, &stored.negatives);
        let (positives, negatives) = (of(positives, negatives.rows)?, of(negatives, positives.rows)?);
        // Each pair of rows is counted once in each class.
        let adds_up = positives.candidate == negatives.candidate;
        adds_up.then_some(Self { paired: false, unchanged: false, positives, negatives })
    }

    /// Returns true if the state includes a baseline's scores.
    pub fn is_paired(&self) -> bool {
        self.paired
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.positives.rows + self.negatives.rows
    }

    /// Returns the number of rows of each class: positives, negatives.
    pub fn classes(&self) -> [u64; 2] {
        [self.positives.rows, self.negatives.rows]
    }

    /// Returns the sample variance of the placements of each class, as proportions of the other class; 0 for a single
    /// row.
    pub(crate) fn spreads(&self, side: Side) -> [f64; 2] {
        let spread = |class: &Class, other: u64| {
            let (sum, squared) = match side {
                Side::Candidate => (class.candidate, class.candidate_squared),
                Side::Baseline => (class.baseline, class.baseline_squared),
            };
            let rows = i128::from(class.rows);
            let n = count(class.rows);
            let scale = n * (n - 1.0) * 4.0 * count(other) * count(other);
            if class.rows > 1 { float(rows * squared - sum * sum) / scale } else { 0.0 }
        };
        [spread(&self.positives, self.negatives.rows), spread(&self.negatives, self.positives.rows)]
    }

    /// Returns the number of rows of the smaller class.
    pub fn smaller_class(&self) -> u64 {
        self.positives.rows.min(self.negatives.rows)
    }

    /// Returns true if both sides rank all rows alike.
    pub fn is_unchanged(&self) -> bool {
        self.unchanged
    }

    /// Returns the area under the ROC curve: the probability that a positive row scores higher than a negative one,
    /// ties counting half.
    ///
    /// # Errors
    ///
    /// Returns an error if one of the classes has no rows.
    pub fn auc(&self, side: Side) -> Result<f64, Undefined> {
        if side == Side::Baseline && !self.paired {
            return Err(Undefined::OtherState);
        }
        if self.smaller_class() == 0 {
            return Err(if self.rows() == 0 { Undefined::NoRows } else { Undefined::OneClass });
        }
        let sum = if side == Side::Candidate { self.positives.candidate } else { self.positives.baseline };
        Ok(float(sum) / (2.0 * count(self.positives.rows) * count(self.negatives.rows)))
    }

    /// Returns the sampling variance of a side's area; `None` if a class has a single row.
    pub fn variance(&self, side: Side) -> Option<f64> {
        match side {
            Side::Candidate => self.combine(|class| (class.candidate, class.candidate, class.candidate_squared)),
            Side::Baseline => self.combine(|class| (class.baseline, class.baseline, class.baseline_squared)),
        }
    }

    /// Returns the sampling covariance of the two areas; `None` if a class has a single row.
    pub fn covariance(&self) -> Option<f64> {
        self.combine(|class| (class.candidate, class.baseline, class.product))
    }

    /// The degrees of freedom that the changes of the placements leave to the variance of the change of the area: each class's by their
    /// kurtosis, put together by Satterthwaite's rule (1946). None where nothing changes.
    pub(crate) fn change_freedom(&self) -> Option<f64> {
        let part = |class: &Class, other: u64| {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let [second, fourth] = class.change.map(|sum| sum as f64);
            let rows = count(class.rows);
            let kurtosis = rows * fourth / (second * second);
            let freedom = if kurtosis > 1.0 { 2.0 * rows / (kurtosis - 1.0) } else { f64::INFINITY };
            let unit = 2.0_f64.powf(f64::from(coarseness(other))) / (2.0 * count(other));
            let variance = second * unit * unit / (rows * rows);
            (variance > 0.0).then_some([variance, variance * variance / freedom])
        };
        let parts = [part(&self.positives, self.negatives.rows), part(&self.negatives, self.positives.rows)];
        let [variance, square] =
            parts.into_iter().flatten().reduce(|one, other| [one[0] + other[0], one[1] + other[1]])?;
        Some(variance * variance / square)
    }

    fn combine(&self, sums: impl Fn(&Class) -> (i128, i128, i128)) -> Option<f64> {
        let part = |class: &Class, other: u64| {
            let (left, right, product) = sums(class);
            let rows = i128::from(class.rows);
            // The numerator is an integer until it is divided, so nothing cancels.
            let numerator = rows * product - left * right;
            let n = count(class.rows);
            (class.rows > 1).then(|| float(numerator) / (n * n * (n - 1.0) * 4.0 * count(other) * count(other)))
        };
        Some(part(&self.positives, self.negatives.rows)? + part(&self.negatives, self.positives.rows)?)
    }
}

impl Class {
    fn add(&mut self, candidate: u64, baseline: u64) {
        let (candidate, baseline) = (i128::from(candidate), i128::from(baseline));
        self.rows += 1;
        self.candidate += candidate;
        self.candidate_squared += candidate * candidate;
        self.baseline += baseline;
        self.baseline_squared += baseline * baseline;
        self.product += candidate * baseline;
    }
}

/// The ranks of rows by their scores.
struct RankedRows {
    /// For each row twice the rows of the other class that it outranks, ties counting once.
    placements: Vec<u64>,
    /// The position of each row among all rows, if it is wanted; tied rows share one.
    places: Vec<u32>,
    /// The number of different scores.
    different: usize,
}

fn ranked(labels: &[bool], scores: &[f64], with_places: bool) -> RankedRows {
    debug_assert!(scores.iter().all(|score| score.is_finite()), "scores are finite");
    let mut order: Vec<(u64, u32)> = scores.iter().zip(0..).map(|(score, row)| (sortable(*score), row)).collect();
    order.sort_unstable();
    let positives = labels.iter().filter(|label| **label).count() as u64;
    let mut placements = vec![0; labels.len()];
    let mut places = vec![0; if with_places { labels.len() } else { 0 }];
    let (mut positives_below, mut negatives_below, mut different) = (0, 0, 0);
    for (place, tied) in (0..).zip(order.chunk_by(|left, right| left.0 == right.0)) {
        let tied_positives = tied.iter().filter(|(_, row)| labels[*row as usize]).count() as u64;
        let tied_negatives = tied.len() as u64 - tied_positives;
        for (_, row) in tied {
            let row = *row as usize;
            placements[row] = if labels[row] {
                2 * negatives_below + tied_negatives
            } else {
                2 * (positives - positives_below - tied_positives) + tied_positives
            };
            if with_places {
                places[row] = place;
            }
        }
        positives_below += tied_positives;
        negatives_below += tied_negatives;
        different += 1;
    }
    RankedRows { placements, places, different }
}

/// Returns bits that sort like the float; −0 and 0 are equal.
fn sortable(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn count(rows: u64) -> f64 {
    rows as f64
}

#[expect(clippy::cast_precision_loss, reason = "rounded once")]
fn float(sum: i128) -> f64 {
    sum as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn auc(labels: &[bool], scores: &[f64]) -> Result<f64, Undefined> {
        RankStatistics::from_scores(labels, scores, None).auc(Side::Candidate)
    }

    #[test]
    fn areas_by_hand() {
        let labels = [true, true, false, false];
        assert_eq!(auc(&labels, &[0.9, 0.8, 0.2, 0.1]), Ok(1.0));
        assert_eq!(auc(&labels, &[0.5; 4]), Ok(0.5));
        assert_eq!(auc(&labels, &[0.9, 0.2, 0.2, 0.1]), Ok(0.875));
        assert_eq!(auc(&labels, &[0.0, -0.0, 0.0, -0.0]), Ok(0.5));
        assert_eq!(auc(&[true, true], &[0.1, 0.2]), Err(Undefined::OneClass));
        assert_eq!(auc(&[], &[]), Err(Undefined::NoRows));
    }

    #[test]
    fn few_rows_that_change_places_leave_few_degrees_of_freedom() {
        let labels: Vec<bool> = (0..200).map(|row| row % 2 == 0).collect();
        let scores = |off: &dyn Fn(u32) -> f64| -> Vec<f64> {
            (0..200).map(|row| f64::from(u8::from(row % 2 == 0)) + f64::from(row) * 1e-3 + off(row)).collect()
        };
        let (same, few) = (scores(&|_| 0.0), scores(&|row| if row == 10 { -1.2 } else { 0.0 }));
        let many = scores(&|row| 1.5 * f64::from(row * 7_919 % 101) / 101.0);
        let freedom = |theirs: &[f64]| RankStatistics::from_scores(&labels, &same, Some(theirs)).change_freedom();
        assert_eq!(freedom(&same), None);
        assert!(freedom(&few).is_some_and(|freedom| freedom < 3.0), "{:?}", freedom(&few));
        assert!(freedom(&many).is_some_and(|freedom| freedom > 60.0), "{:?}", freedom(&many));
    }

    /// Returns the area and its variance from the definition, pair by pair, without ranks.
    fn by_definition(labels: &[bool], left: &[f64], right: &[f64]) -> (f64, f64) {
        let rows = |class: bool| (0..labels.len()).filter(move |row| labels[*row] == class).collect::<Vec<_>>();
        let (positives, negatives) = (rows(true), rows(false));
        let kernel = |scores: &[f64], p: usize, q: usize| match scores[p].total_cmp(&scores[q]) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        let (m, n) = (positives.len() as f64, negatives.len() as f64);
        let v10 = |scores: &[f64]| -> Vec<f64> {
            positives.iter().map(|p| negatives.iter().map(|q| kernel(scores, *p, *q)).sum::<f64>() / n).collect()
        };
        let v01 = |scores: &[f64]| -> Vec<f64> {
            negatives.iter().map(|q| positives.iter().map(|p| kernel(scores, *p, *q)).sum::<f64>() / m).collect()
        };
        let covariance = |left: &[f64], right: &[f64]| {
            let n = left.len() as f64;
            let (a, b) = (left.iter().sum::<f64>() / n, right.iter().sum::<f64>() / n);
            left.iter().zip(right).map(|(x, y)| (x - a) * (y - b)).sum::<f64>() / (n - 1.0)
        };
        let area = v10(left).iter().sum::<f64>() / m;
        (area, covariance(&v10(left), &v10(right)) / m + covariance(&v01(left), &v01(right)) / n)
    }

    proptest! {
        #[test]
        fn ranks_agree_with_the_definition(
            rows in prop::collection::vec((any::<bool>(), 0u8..12, 0u8..12), 4..40),
        ) {
            let mut rows = rows;
            // Two rows of each class are needed for a variance.
            for (row, label) in [true, true, false, false].into_iter().enumerate() {
                rows[row].0 = label;
            }
            let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let ours: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 12.0).collect();
            let theirs: Vec<f64> = rows.iter().map(|row| f64::from(row.2) / 12.0).collect();
            let ranks = RankStatistics::from_scores(&labels, &ours, Some(&theirs));
            let (area, variance) = by_definition(&labels, &ours, &ours);
            let (_, covariance) = by_definition(&labels, &ours, &theirs);
            prop_assert!((ranks.auc(Side::Candidate).unwrap() - area).abs() < 1e-12);
            prop_assert!((ranks.variance(Side::Candidate).unwrap() - variance).abs() < 1e-12);
            prop_assert!((ranks.covariance().unwrap() - covariance).abs() < 1e-12);
            let turned = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
            let back: Vec<bool> = labels.iter().rev().copied().collect();
            prop_assert_eq!(RankStatistics::from_scores(&back, &turned(&ours), Some(&turned(&theirs))), ranks);
        }
    }
}
