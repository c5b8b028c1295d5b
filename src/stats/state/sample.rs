//! Sorted columns of metrics that have to be resampled, because they do not change smoothly with the weights of the
//! rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::stats::state::lacking::{Lacking, of_both};
use crate::stats::state::quantile;
use crate::stats::{Measure, Metric, Rows, Side, Undefined};

/// Rows of one side in the order in which the metric reads them: errors ascending, scores descending.
#[derive(Debug, Clone, PartialEq)]
struct Ordered {
    values: Vec<f64>,
    weights: Vec<f64>,
    labels: Vec<bool>,
    /// The unit of each row: the row itself, or its cluster.
    units: Vec<u32>,
    /// The position of each row in the order of all rows, which both sides share.
    places: Vec<u32>,
}

/// Rows in a canonical order, so that no draw depends on the order of the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    metric: Metric,
    candidate: Ordered,
    baseline: Option<Ordered>,
    unit_count: u32,
    is_clustered: bool,
    is_weighted: bool,
    is_unchanged: bool,
}

impl Sample {
    pub(crate) fn build(metric: Metric, rows: &Rows) -> Result<Self, Lacking> {
        let columns = rows.columns();
        let labelled = !matches!(columns.truth, crate::stats::Truth::Grades { .. });
        let labels = match &columns.truth {
            crate::stats::Truth::Binary(labels) => labels.clone(),
            _ => vec![false; rows.len()],
        };
        let (ours, theirs) = of_both(rows, |side| match &columns.truth {
            crate::stats::Truth::Numbers(_) => super::row_loss::row_losses(crate::stats::Loss::Absolute, rows, side),
            _ if side.samples.is_some() => Err(Lacking::SingleGrades),
            _ => side.scores.first().cloned().ok_or(Lacking::Scores),
        })?;
        let before = |row: usize| theirs.as_ref().map_or(0.0, |theirs| theirs[row] + 0.0);
        let key = |row: u32| {
            let row = row as usize;
            (labels[row], ours[row] + 0.0, before(row), rows.weight(row))
        };
        let compare = |left: u32, right: u32| {
            let (left, right) = (key(left), key(right));
            let numbers = left.1.total_cmp(&right.1).then(left.2.total_cmp(&right.2)).then(left.3.total_cmp(&right.3));
            left.0.cmp(&right.0).then(numbers)
        };
        let mut order: Vec<u32> = (0..).take(rows.len()).collect();
        order.sort_unstable_by(|left, right| compare(*left, *right));
        let (units, unit_count) = match &columns.clusters {
            None => ((0..).take(rows.len()).collect::<Vec<u32>>(), rows.len() as u64),
            Some(codes) => {
                let places = clusters(&order, codes, compare);
                let place = |row: &u32| places[&codes[*row as usize]];
                // Rows that are alike except for their clusters are no longer alike.
                order.sort_by(|left, right| compare(*left, *right).then(place(left).cmp(&place(right))));
                (order.iter().map(place).collect(), places.len() as u64)
            }
        };
        let labels: Vec<bool> = order.iter().map(|row| labels[*row as usize]).collect();
        let pick = |column: &[f64]| -> Vec<f64> { order.iter().map(|row| column[*row as usize]).collect() };
        let weights: Vec<f64> = order.iter().map(|row| rows.weight(*row as usize)).collect();
        let is_ascending =
            matches!(metric.measure, Measure::MedianAbsoluteError | Measure::Median | Measure::GradeQuantile);
        let ordered = |values: &[f64]| Ordered::new(&pick(values), (&weights, &labels, &units), is_ascending);
        Ok(Self {
            metric,
            is_unchanged: theirs.as_ref() == Some(&ours) && (labelled || rows.is_one_model()),
            candidate: ordered(&ours),
            baseline: theirs.as_deref().map(ordered),
            unit_count: u32::try_from(unit_count).unwrap_or(u32::MAX),
            is_clustered: columns.clusters.is_some(),
            is_weighted: columns.weights.is_some(),
        })
    }

    /// Returns the quantile that is measured, between 0 and 1; `None` for any other metric.
    pub(crate) fn quantile(&self) -> Option<f64> {
        match self.metric.measure {
            Measure::Median => Some(0.5),
            Measure::GradeQuantile => self.metric.at.map(|at| at.0),
            _ => None,
        }
    }

    /// Returns true if the state includes a baseline.
    pub fn is_paired(&self) -> bool {
        self.baseline.is_some()
    }

    /// Returns true if both sides are equal in every row.
    pub fn is_unchanged(&self) -> bool {
        self.is_unchanged
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.candidate.values.len() as u64
    }

    /// Returns the number of independent units: rows, or clusters of rows.
    pub fn units(&self) -> u32 {
        self.unit_count
    }

    /// Returns true if rows form clusters.
    pub fn is_clustered(&self) -> bool {
        self.is_clustered
    }

    /// Returns the value of one side.
    ///
    /// # Errors
    ///
    /// Returns the reason if it is undefined.
    pub fn value(&self, side: Side) -> Result<f64, Undefined> {
        self.of(side, |_| 1.0)
    }

    /// Returns the rows without their clusters; `None` if there are none.
    pub(crate) fn without_clusters(&self) -> Option<Self> {
        if !self.is_clustered {
            return None;
        }
        let apart = |ordered: &Ordered| Ordered { units: ordered.places.clone(), ..ordered.clone() };
        Some(Self {
            candidate: apart(&self.candidate),
            baseline: self.baseline.as_ref().map(apart),
            unit_count: u32::try_from(self.rows()).unwrap_or(u32::MAX),
            is_clustered: false,
            ..self.clone()
        })
    }

    /// Returns the number of equal-sized units in the denominator (Kish 1965): those of the smaller class, of the
    /// positives, among the top, or all.
    pub(crate) fn effective_units(&self) -> f64 {
        let of = |counts: &dyn Fn(bool) -> bool| self.candidate.effective_units(counts);
        match self.metric.measure {
            Measure::KolmogorovSmirnov => self.effective_classes().into_iter().fold(f64::INFINITY, f64::min),
            Measure::RecallAtPrecision => of(&|label| label),
            Measure::PrecisionAtTop | Measure::LiftAtTop => of(&|_| true) * self.metric.at.map_or(1.0, |at| at.0),
            _ => of(&|_| true),
        }
    }

    /// Units of equal size of the negatives and of the positives.
    pub(crate) fn effective_classes(&self) -> [f64; 2] {
        [self.candidate.effective_units(&|label| !label), self.candidate.effective_units(&|label| label)]
    }

    /// Returns the quantile of a side's values by weight.
    pub(crate) fn at_share(&self, side: Side, share: f64) -> Option<f64> {
        let ordered = if side == Side::Candidate { &self.candidate } else { self.baseline.as_ref()? };
        let all: f64 = ordered.weights.iter().sum();
        let mut below = 0.0;
        ordered
            .values
            .iter()
            .zip(&ordered.weights)
            .find(|(_, weight)| {
                below += **weight;
                below >= share * all
            })
            .map(|(value, _)| *value)
            .or_else(|| ordered.values.last().copied())
    }

    /// Returns a side's values in the order of the sample; with weights, evenly spaced quantiles of them.
    pub(crate) fn values(&self, side: Side) -> Vec<f64> {
        if self.is_weighted {
            return (0..=1000_u32).filter_map(|share| self.at_share(side, f64::from(share) / 1000.0)).collect();
        }
        let ordered = if side == Side::Candidate { Some(&self.candidate) } else { self.baseline.as_ref() };
        ordered.map_or_else(Vec::new, |ordered| ordered.values.clone())
    }

    /// Returns the proportion of positive rows.
    pub(crate) fn positive_share(&self) -> f64 {
        let weight = |counts: &dyn Fn(bool) -> bool| -> f64 {
            let rows = self.candidate.weights.iter().zip(&self.candidate.labels);
            rows.filter(|(_, label)| counts(**label)).map(|(weight, _)| weight).sum()
        };
        weight(&|label| label) / weight(&|_| true)
    }

    /// Returns the value of one side with each unit counted `times` times.
    pub(crate) fn of(&self, side: Side, times: impl Fn(u32) -> f64) -> Result<f64, Undefined> {
        let ordered = match side {
            Side::Candidate => &self.candidate,
            Side::Baseline => self.baseline.as_ref().ok_or(Undefined::OtherState)?,
        };
        let weight = |at: usize| (ordered.weights[at] * times(ordered.units[at]), ordered.labels[at]);
        let at = self.metric.at.map_or(0.5, |at| at.0);
        match self.metric.measure {
            Measure::MedianAbsoluteError => quantile::median(&ordered.values, |at| weight(at).0),
            Measure::Median | Measure::GradeQuantile => {
                quantile::quantile(&ordered.values, |at| weight(at).0, at, self.is_weighted)
            }
            Measure::RecallAtPrecision => ordered.recall_at_precision(weight, at),
            Measure::KolmogorovSmirnov => ordered.largest_gap(weight).map(|(gap, _)| gap),
            Measure::PrecisionAtTop => ordered.top(weight, at).map(|(precision, _)| precision),
            Measure::LiftAtTop => {
                let (precision, share) = ordered.top(weight, at)?;
                if share > 0.0 { Ok(precision / share) } else { Err(Undefined::NoPositives) }
            }
            _ => Err(Undefined::OtherState),
        }
    }
}

impl Sample {
    /// How much larger a largest gap is in the rows in which it was found than in those that they were drawn from (Efron 1983).
    pub(crate) fn optimism(&self, side: Side, times: impl Fn(u32) -> f64) -> Result<f64, Undefined> {
        let ordered = if side == Side::Candidate { Some(&self.candidate) } else { self.baseline.as_ref() };
        let ordered = ordered.ok_or(Undefined::OtherState)?;
        let drawn = |at: usize| (ordered.weights[at] * times(ordered.units[at]), ordered.labels[at]);
        let (gap, place) = ordered.largest_gap(drawn)?;
        let own = |at: usize| (ordered.weights[at], ordered.labels[at]);
        Ok(gap - place.map_or(Ok(0.0), |place| ordered.gap_at(place, own))?)
    }
}

/// Numbers the clusters by their content, because their codes may depend on the order of the rows.
fn clusters(order: &[u32], codes: &[u32], compare: impl Fn(u32, u32) -> Ordering) -> BTreeMap<u32, u32> {
    // Rows that are alike share a rank; a cluster is identified by the list of its rows' ranks.
    let mut ranks = Vec::with_capacity(order.len());
    let mut rank = 0_u32;
    for (at, row) in order.iter().enumerate() {
        if at > 0 && compare(order[at - 1], *row).is_ne() {
            rank += 1;
        }
        ranks.push(rank);
    }
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (row, rank) in order.iter().zip(&ranks) {
        members.entry(codes[*row as usize]).or_default().push(*rank);
    }
    let mut sorted: Vec<(&Vec<u32>, u32)> = members.iter().map(|(code, ranks)| (ranks, *code)).collect();
    sorted.sort();
    (0..).zip(&sorted).map(|(place, (_, code))| (*code, place)).collect()
}

impl Ordered {
    /// Sorts rows by their values; ties keep the canonical order.
    fn new(values: &[f64], (weights, labels, units): (&[f64], &[bool], &[u32]), is_ascending: bool) -> Self {
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
    fn effective_units(&self, counts: &dyn Fn(bool) -> bool) -> f64 {
        let mut sizes: BTreeMap<u32, f64> = BTreeMap::new();
        for ((unit, weight), label) in self.units.iter().zip(&self.weights).zip(&self.labels) {
            if counts(*label) {
                *sizes.entry(*unit).or_default() += weight;
            }
        }
        let (size, squares) =
            sizes.values().fold((0.0, 0.0), |(size, squares), unit| (size + unit, squares + unit * unit));
        if squares > 0.0 { size * size / squares } else { 0.0 }
    }

    /// Returns the highest recall of all thresholds with at least this precision.
    fn recall_at_precision(&self, weight: impl Fn(usize) -> (f64, bool), least: f64) -> Result<f64, Undefined> {
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
    fn by_class(&self, weight: impl Fn(usize) -> (f64, bool)) -> Result<[f64; 2], Undefined> {
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
    fn largest_gap(&self, weight: impl Fn(usize) -> (f64, bool)) -> Result<(f64, Option<usize>), Undefined> {
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
    fn gap_at(&self, place: usize, weight: impl Fn(usize) -> (f64, bool)) -> Result<f64, Undefined> {
        let [negatives, positives] = self.by_class(&weight)?;
        let mut above = [0.0; 2];
        for at in 0..=place {
            let (weight, is_positive) = weight(at);
            above[usize::from(is_positive)] += weight;
        }
        Ok(above[1] / positives - above[0] / negatives)
    }

    #[expect(clippy::float_cmp, reason = "a tie is the very same score")]
    fn is_last_of_ties(&self, at: usize) -> bool {
        self.values.get(at + 1).is_none_or(|next| *next != self.values[at])
    }

    /// Returns the proportion of positives among the top rows, and among all. Rows tied at the edge count in part.
    fn top(&self, weight: impl Fn(usize) -> (f64, bool), share: f64) -> Result<(f64, f64), Undefined> {
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
        Ok((hits / wanted, positives / all))
    }
}
