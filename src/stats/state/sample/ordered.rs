//! Rows of one side in the order of their values, and the metrics that read them in that order.

use std::collections::BTreeMap;

use crate::stats::Undefined;

/// Rows of one side in the order in which the metric reads them: errors ascending, scores descending.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ordered {
    pub(super) values: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) labels: Vec<bool>,
    /// The unit of each row: the row itself, or its cluster.
    pub(super) units: Vec<u32>,
    /// The position of each row in the order of all rows, which both sides share.
    pub(super) places: Vec<u32>,
}

/// The rows with the highest scores.
pub(super) struct TopRows {
    /// The weight of the positive ones among them.
    pub(super) hits: f64,
    /// The weight of all of them.
    pub(super) wanted: f64,
    /// The weight of all positive rows.
    pub(super) positives: f64,
    /// The weight of the positive ones among as many rows picked by chance.
    pub(super) by_chance: f64,
}

impl Ordered {
    /// Sorts rows by their values; ties keep the canonical order.
    pub(super) fn new(values: &[f64], (weights, labels, units): (&[f64], &[bool], &[u32]), is_ascending: bool) -> Self {
        let mut rows: Vec<u32> = (0..).take(values.len()).collect();
        // The sort is stable, which keeps the order of ties.
        rows.sort_by(|left, right| {
            let (left, right) = (values[*left as usize], values[*right as usize]);
            if is_ascending { left.total_cmp(&right) } else { right.total_cmp(&left) }
        });
        let rows = || rows.iter().map(|row| *row as usize);
        Self {
            values: rows().map(|row| values[row]).collect(),
            weights: rows().map(|row| weights[row]).collect(),
            labels: rows().map(|row| labels[row]).collect(),
            units: rows().map(|row| units[row]).collect(),
            places: rows().map(|row| u32::try_from(row).unwrap_or(u32::MAX)).collect(),
        }
    }

    /// Returns the number of equal-sized units with the same information as the rows with such labels.
    pub(super) fn effective_units(&self, counts: &dyn Fn(bool) -> bool) -> f64 {
        self.effective_units_of(|at| counts(self.labels[at]))
    }

    /// Returns the number of equal-sized units with the same information as some of the rows.
    pub(super) fn effective_units_of(&self, counts: impl Fn(usize) -> bool) -> f64 {
        let mut sizes: BTreeMap<u32, f64> = BTreeMap::new();
        for (at, (unit, weight)) in self.units.iter().zip(&self.weights).enumerate() {
            if counts(at) {
                *sizes.entry(*unit).or_default() += weight;
            }
        }
        let (size, squares) =
            sizes.values().fold((0.0, 0.0), |(size, squares), unit| (size + unit, squares + unit * unit));
        if squares > 0.0 { size * size / squares } else { 0.0 }
    }

    /// Returns the highest recall of all thresholds with at least this precision.
    pub(super) fn recall_at_precision(
        &self,
        weight: impl Fn(usize) -> (f64, bool),
        least: f64,
    ) -> Result<f64, Undefined> {
        let (mut hits, mut all) = (0.0, 0.0);
        let mut best = None;
        for at in 0..self.values.len() {
            let (weight, is_positive) = weight(at);
            all += weight;
            hits += if is_positive { weight } else { 0.0 };
            if self.is_last_of_ties(at) && all > 0.0 && hits / all >= least {
                best = Some(hits);
            }
        }
        if hits <= 0.0 {
            return Err(if all > 0.0 { Undefined::NoPositives } else { Undefined::NoRows });
        }
        best.map(|best| best / hits).ok_or(Undefined::PrecisionNotReached)
    }

    /// Returns the weights of the negatives and of the positives.
    pub(super) fn by_class(&self, weight: impl Fn(usize) -> (f64, bool)) -> Result<[f64; 2], Undefined> {
        let mut all = [0.0; 2];
        for at in 0..self.values.len() {
            let (weight, is_positive) = weight(at);
            all[usize::from(is_positive)] += weight;
        }
        let [negatives, positives] = all;
        if positives <= 0.0 || negatives <= 0.0 {
            return Err(if positives + negatives > 0.0 { Undefined::OneClass } else { Undefined::NoRows });
        }
        Ok(all)
    }

    /// Returns the largest difference of recall and false positive rate over all thresholds, the Kolmogorov–Smirnov distance, and
    /// the last row above its threshold.
    pub(super) fn largest_gap(&self, weight: impl Fn(usize) -> (f64, bool)) -> Result<(f64, Option<usize>), Undefined> {
        let [negatives, positives] = self.by_class(&weight)?;
        let (mut above, mut largest, mut place) = ([0.0; 2], 0.0_f64, None);
        for at in 0..self.values.len() {
            let (weight, is_positive) = weight(at);
            above[usize::from(is_positive)] += weight;
            let gap = above[1] / positives - above[0] / negatives;
            if gap > largest && self.is_last_of_ties(at) {
                (largest, place) = (gap, Some(at));
            }
        }
        Ok((largest, place))
    }

    /// The gap above the score of this row.
    pub(super) fn gap_at(&self, place: usize, weight: impl Fn(usize) -> (f64, bool)) -> Result<f64, Undefined> {
        let [negatives, positives] = self.by_class(&weight)?;
        let mut above = [0.0; 2];
        for at in 0..=place {
            let (weight, is_positive) = weight(at);
            above[usize::from(is_positive)] += weight;
        }
        Ok(above[1] / positives - above[0] / negatives)
    }

    #[expect(clippy::float_cmp, reason = "a tie is the very same score")]
    pub(super) fn is_last_of_ties(&self, at: usize) -> bool {
        self.values.get(at + 1).is_none_or(|next| *next != self.values[at])
    }

    /// Returns the top rows of this proportion. Rows tied at the edge count in part.
    pub(super) fn top(&self, weight: impl Fn(usize) -> (f64, bool), share: f64) -> Result<TopRows, Undefined> {
        let (mut all, mut positives) = (0.0, 0.0);
        for at in 0..self.values.len() {
            let (weight, is_positive) = weight(at);
            all += weight;
            positives += if is_positive { weight } else { 0.0 };
        }
        if all <= 0.0 {
            return Err(Undefined::NoRows);
        }
        let wanted = share * all;
        let (mut taken, mut hits, mut start) = (0.0, 0.0, 0);
        #[expect(clippy::float_cmp, reason = "a tie is the very same score")]
        for run in self.values.chunk_by(|left, right| left == right) {
            let (mut of_run, mut of_hits) = (0.0, 0.0);
            for at in start..start + run.len() {
                let (weight, is_positive) = weight(at);
                of_run += weight;
                of_hits += if is_positive { weight } else { 0.0 };
            }
            start += run.len();
            if of_run <= 0.0 {
                continue;
            }
            let part = ((wanted - taken) / of_run).min(1.0);
            hits += part * of_hits;
            taken += of_run;
            if taken >= wanted {
                break;
            }
        }
        Ok(TopRows { hits, wanted, positives, by_chance: positives * wanted / all })
    }
}
