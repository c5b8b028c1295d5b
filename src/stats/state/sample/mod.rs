//! Sorted columns of metrics that have to be resampled, because they do not change smoothly with the weights of the
//! rows.

mod operating;
mod ordered;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::influence::calibration::confidences;
use super::quantile;
use super::row_loss::row_losses;
use crate::stats::state::lacking::{Lacking, of_both};
use crate::stats::{Loss, Measure, Metric, Predictions, Rows, Side, Truth, Undefined};
pub(crate) use operating::OperatingCurve;
use ordered::Ordered;

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
        let (ours, theirs) = of_both(rows, |side| of_side(metric, rows, side))?;
        let before = |row: usize| {
            theirs.as_ref().map_or((false, 0.0), |theirs: &SideColumns| (theirs.labels[row], theirs.values[row] + 0.0))
        };
        let key = |row: u32| {
            let row = row as usize;
            ((ours.labels[row], before(row).0), ours.values[row] + 0.0, before(row).1, rows.weight(row))
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
        let pick = |column: &[f64]| -> Vec<f64> { order.iter().map(|row| column[*row as usize]).collect() };
        let weights: Vec<f64> = order.iter().map(|row| rows.weight(*row as usize)).collect();
        let is_ascending =
            matches!(metric.measure, Measure::MedianAbsoluteError | Measure::Median | Measure::GradeQuantile);
        let ordered = |side: &SideColumns| {
            let labels: Vec<bool> = order.iter().map(|row| side.labels[*row as usize]).collect();
            Ordered::new(&pick(&side.values), (&weights, &labels, &units), is_ascending)
        };
        let are_equal =
            theirs.as_ref().is_some_and(|theirs| theirs.values == ours.values && theirs.labels == ours.labels);
        // Two models may get equal grades by chance.
        let is_labelled = !matches!(columns.truth, Truth::Grades { .. });
        Ok(Self {
            metric,
            is_unchanged: are_equal && (is_labelled || rows.is_one_model()),
            candidate: ordered(&ours),
            baseline: theirs.as_ref().map(ordered),
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
            Measure::KolmogorovSmirnov
            | Measure::PartialRocAuc
            | Measure::RecallAtFalsePositiveRate
            | Measure::RecallAtSpecificity
            | Measure::SpecificityAtRecall => self.effective_classes().into_iter().fold(f64::INFINITY, f64::min),
            Measure::RecallAtPrecision | Measure::PrecisionAtRecall | Measure::BestF1 | Measure::RecallAtTop => {
                of(&|label| label)
            }
            Measure::MaximumCalibrationError => self.candidate.units_of_farthest_bin(self.metric.count()),
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
            Measure::PrecisionAtTop => ordered.top(weight, at).map(|top| top.hits / top.wanted),
            Measure::LiftAtTop | Measure::RecallAtTop => {
                let top = ordered.top(weight, at)?;
                let below = if self.metric.measure == Measure::RecallAtTop { top.positives } else { top.by_chance };
                if below > 0.0 { Ok(top.hits / below) } else { Err(Undefined::NoPositives) }
            }
            Measure::BestF1 => ordered.best_f1(weight).map(|(best, _)| best),
            Measure::MaximumCalibrationError => {
                ordered.farthest_bin(self.metric.count(), weight).map(|(distance, _)| distance)
            }
            Measure::PartialRocAuc => ordered.partial_area(weight, at),
            _ => ordered.at_constraint(self.metric.measure, weight, at),
        }
    }
}

impl Sample {
    /// Returns the excess of a largest number in the rows in which it was found over that in the rows that they were drawn from
    /// (Efron 1983).
    pub(crate) fn optimism(&self, side: Side, times: impl Fn(u32) -> f64) -> Result<f64, Undefined> {
        let ordered = if side == Side::Candidate { Some(&self.candidate) } else { self.baseline.as_ref() };
        let ordered = ordered.ok_or(Undefined::OtherState)?;
        let drawn = |at: usize| (ordered.weights[at] * times(ordered.units[at]), ordered.labels[at]);
        let own = |at: usize| (ordered.weights[at], ordered.labels[at]);
        let (largest, there) = match self.metric.measure {
            Measure::BestF1 => {
                let (best, place) = ordered.best_f1(drawn)?;
                (best, place.map(|place| ordered.f1_at(place, own)))
            }
            Measure::MaximumCalibrationError => {
                let bins = self.metric.count();
                let (distance, bin) = ordered.farthest_bin(bins, drawn)?;
                (distance, Some(Ok(ordered.distance_in(bin, bins, own))))
            }
            _ => {
                let (gap, place) = ordered.largest_gap(drawn)?;
                (gap, place.map(|place| ordered.gap_at(place, own)))
            }
        };
        Ok(largest - there.unwrap_or(Ok(0.0))?)
    }

    /// Returns the value of one side for every limit on another number, for metrics at one threshold.
    pub(crate) fn operating_curve(&self, side: Side) -> Option<OperatingCurve> {
        let ordered = if side == Side::Candidate { Some(&self.candidate) } else { self.baseline.as_ref() };
        ordered?.operating_curve(self.metric.measure, self.metric.at?.0)
    }
}

/// Values and labels of one side, row by row.
struct SideColumns {
    values: Vec<f64>,
    labels: Vec<bool>,
}

/// Returns the values that a metric reads in order: errors of numbers, scores of two classes, or the confidence in the
/// predicted one of several, whose label is that it is right.
fn of_side(metric: Metric, rows: &Rows, side: &Predictions) -> Result<SideColumns, Lacking> {
    if metric.measure == Measure::MaximumCalibrationError {
        let (values, labels) = confidences(rows, side)?.into_iter().unzip();
        return Ok(SideColumns { values, labels });
    }
    match &rows.columns().truth {
        Truth::Numbers(labels) => {
            Ok(SideColumns { values: row_losses(Loss::Absolute, rows, side)?, labels: vec![false; labels.len()] })
        }
        Truth::Binary(labels) => {
            let values = side.scores.first().cloned().ok_or(Lacking::Scores)?;
            Ok(SideColumns { values, labels: labels.clone() })
        }
        Truth::Grades { .. } if side.samples.is_some() => Err(Lacking::SingleGrades),
        Truth::Grades { .. } => {
            let values = side.scores.first().cloned().ok_or(Lacking::Scores)?;
            Ok(SideColumns { labels: vec![false; values.len()], values })
        }
        _ => Err(Lacking::OtherTask),
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
