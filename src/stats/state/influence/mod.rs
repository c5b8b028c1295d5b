//! Values of metrics with each row's influence on them.

mod area;
mod calibration;
pub(crate) mod class_margins;
mod curve;
pub(crate) mod inequality;
mod of_classes;
mod regression;

use std::collections::BTreeMap;

use super::joint::{Excess, Influence};
use crate::stats::state::lacking::{Lacking, of_both};
use crate::stats::{
    Average, ExactSum, Joint, Measure, Metric, Predicted, Predictions, Rows, Sample, State, Truth, Undefined,
};

pub(crate) use area::area;

/// Builds the state of a metric that shares its state with no other.
pub(crate) fn own(metric: Metric, rows: &Rows) -> Result<State, Lacking> {
    if !metric.applies_to(rows.task()) {
        return Err(Lacking::OtherTask);
    }
    use Measure::{
        GradeQuantile, KolmogorovSmirnov, LiftAtTop, Median, MedianAbsoluteError, PrecisionAtTop, RecallAtPrecision,
    };
    if matches!(
        metric.measure,
        KolmogorovSmirnov
            | MedianAbsoluteError
            | RecallAtPrecision
            | PrecisionAtTop
            | LiftAtTop
            | Median
            | GradeQuantile
    ) {
        return Sample::build(metric, rows).map(State::Sample);
    }
    let n = taking_part(metric, rows);
    if metric.measure == Measure::ExpectedCalibrationError {
        let (ours, theirs) = of_both(rows, |side| calibration::expected_error(metric.count(), rows, side))?;
        let excess = [Some(&ours), theirs.as_ref()].map(|side| match side {
            Some(Ok((_, excess))) => *excess,
            _ => Excess::default(),
        });
        let influence = |side: Result<(Influence, Excess), Undefined>| side.map(|(influence, _)| influence);
        return Ok(State::Joint(Joint::new(rows, n, influence(ours), theirs.map(influence)).with_excess(excess)));
    }
    let (ours, theirs) = of_both(rows, |side| of_side(metric, rows, side))?;
    let joint = Joint::new(rows, n, ours, theirs);
    Ok(State::Joint(match metric.measure {
        Measure::RocAuc | Measure::RocAucOvr | Measure::RocAucOvo | Measure::AveragePrecision => {
            joint.with_smallest(smallest_class(rows))
        }
        Measure::WeightedPercentageError | Measure::ScaledError => joint.with_scale(Some(1.0)),
        _ => joint,
    }))
}

/// Returns the number of equal-sized units (Kish 1965) in the smallest class that has any; for several labels, of the
/// rows with and without each label.
pub(crate) fn smallest_class(rows: &Rows) -> f64 {
    let sizes = match &rows.columns().truth {
        Truth::Binary(labels) => effective_units(rows, |row| u32::from(labels[row])),
        Truth::Classes { codes, .. } => effective_units(rows, |row| codes[row]),
        Truth::Labels(labels) => {
            labels.iter().flat_map(|label| effective_units(rows, |row| u32::from(label[row]))).collect()
        }
        _ => Vec::new(),
    };
    sizes.into_iter().reduce(f64::min).unwrap_or(1.0)
}

/// Returns the effective number of units in each class.
fn effective_units(rows: &Rows, class: impl Fn(usize) -> u32) -> Vec<f64> {
    let mut sums: BTreeMap<u32, [ExactSum; 2]> = BTreeMap::new();
    let mut add = |class: u32, size: f64| {
        let [sizes, squares] = sums.entry(class).or_default();
        sizes.add(size);
        squares.add(size * size);
    };
    match &rows.columns().clusters {
        None => (0..rows.len()).for_each(|row| add(class(row), rows.weight(row))),
        Some(codes) => {
            let mut units: BTreeMap<(u32, u32), ExactSum> = BTreeMap::new();
            for (row, code) in codes.iter().enumerate() {
                units.entry((class(row), *code)).or_default().add(rows.weight(row));
            }
            units.iter().for_each(|((class, _), size)| add(*class, size.value()));
        }
    }
    let effective = |[sizes, squares]: &[ExactSum; 2]| {
        let (size, squares) = (sizes.value(), squares.value());
        (squares > 0.0).then(|| size * size / squares)
    };
    sums.values().filter_map(effective).collect()
}

/// Returns the number of rows behind a metric: for averages over rows, the rows with a label or a predicted label.
fn taking_part(metric: Metric, rows: &Rows) -> u64 {
    let columns = rows.columns();
    match (&columns.truth, &columns.candidate.predicted, metric.average) {
        (Truth::Labels(labels), Some(Predicted::Labels(predicted)), Average::Samples) => {
            (0..rows.len()).filter(|row| of_classes::has_any(labels, predicted, *row)).count() as u64
        }
        _ => rows.len() as u64,
    }
}

/// A value with its influences, or the reason why it is undefined; the outer error tells what the rows lack.
type Objective = Result<Result<Influence, Undefined>, Lacking>;

fn of_side(metric: Metric, rows: &Rows, side: &Predictions) -> Objective {
    let columns = rows.columns();
    let scores = || side.scores.first().ok_or(Lacking::Scores);
    match (&columns.truth, metric.measure) {
        (Truth::Binary(labels), Measure::AveragePrecision) => {
            Ok(curve::average_precision(&weights(rows), labels, scores()?))
        }
        (Truth::Binary(labels), Measure::CalibrationSlope) => calibration::slope(rows, labels, side),
        (Truth::Binary(labels), Measure::CalibrationIntercept) => calibration::intercept(rows, labels, side),
        (Truth::Classes { codes, count }, _) => of_classes::of_classes(metric, rows, (codes, *count), side),
        (Truth::Labels(labels), _) => of_classes::of_labels(metric, rows, labels, side),
        (Truth::Numbers(labels), Measure::ScaledError) => regression::scaled_error(metric, rows, labels, scores()?),
        (Truth::Numbers(labels), measure) => Ok(regression::of_numbers(measure, rows, labels, scores()?)),
        _ => Err(Lacking::OtherTask),
    }
}

/// Returns the weighted mean of a number per row.
pub(crate) fn mean(rows: &Rows, numbers: &[f64]) -> Result<Influence, Undefined> {
    ratio(rows, numbers, &vec![1.0; numbers.len()], Undefined::NoRows)
}

/// Returns Σ weight · above / Σ weight · below; an error if the denominator is 0.
fn ratio(rows: &Rows, above: &[f64], below: &[f64], empty: Undefined) -> Result<Influence, Undefined> {
    let all = weighted_sum(rows, |row| below[row]);
    if all <= 0.0 {
        return Err(if rows.is_empty() { Undefined::NoRows } else { empty });
    }
    let value = weighted_sum(rows, |row| above[row]) / all;
    let slopes = above.iter().zip(below).map(|(above, below)| (above - value * below) / all).collect();
    Ok(Influence { value, slopes })
}

/// Returns Σ weight · number, rounded once.
fn weighted_sum(rows: &Rows, number: impl Fn(usize) -> f64) -> f64 {
    let mut sum = ExactSum::new();
    (0..rows.len()).for_each(|row| sum.add(rows.weight(row) * number(row)));
    sum.value()
}

/// Returns the weights of all rows.
pub(crate) fn weights(rows: &Rows) -> Vec<f64> {
    (0..rows.len()).map(|row| rows.weight(row)).collect()
}

/// Returns Σ weight · number for a slice of weights, rounded once.
fn total(weights: &[f64], number: impl Fn(usize) -> f64) -> f64 {
    let mut sum = ExactSum::new();
    (0..weights.len()).for_each(|row| sum.add(weights[row] * number(row)));
    sum.value()
}
