//! Values of metrics with each row's influence on them.

mod area;
mod arithmetic;
pub(crate) mod calibration;
pub(crate) mod class_margins;
mod correlation;
mod curve;
pub(crate) mod inequality;
mod label_ranking;
mod objective;
mod of_classes;
mod regression;
mod skill;

use std::collections::BTreeMap;

use super::joint::{Excess, Influence};
use crate::stats::state::lacking::{Lacking, of_both};
use crate::stats::{
    Average, ExactSum, Joint, Measure, Metric, Predicted, Predictions, Rows, Sample, State, Truth, Undefined,
};

pub(crate) use area::area;
use objective::Objective;
pub(crate) use objective::{mean, weights};

/// Builds the state of a metric that shares its state with no other.
pub(crate) fn own(metric: Metric, rows: &Rows) -> Result<State, Lacking> {
    if !metric.applies_to(rows.task()) {
        return Err(Lacking::OtherTask);
    }
    if is_resampled(metric.measure) {
        return Sample::build(metric, rows).map(State::Sample);
    }
    let n = taking_part(metric, rows);
    use Measure as M;
    if let M::ExpectedCalibrationError
    | M::QuantileCalibrationError
    | M::TopLabelCalibrationError
    | M::ClasswiseCalibrationError = metric.measure
    {
        let (ours, theirs) = of_both(rows, |side| calibration::error(metric, rows, side))?;
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
        M::WeightedPercentageError
        | M::ScaledError
        | M::RootMeanSquaredScaledError
        | M::NormalizedRootMeanSquaredError
        | M::StandardizedRootMeanSquaredError => joint.with_scale(Some(1.0)),
        _ => joint,
    }))
}

/// Returns true if a metric does not change smoothly with the weights of the rows.
fn is_resampled(measure: Measure) -> bool {
    use Measure as M;
    matches!(
        measure,
        M::KolmogorovSmirnov
            | M::MedianAbsoluteError
            | M::RecallAtPrecision
            | M::PrecisionAtRecall
            | M::RecallAtFalsePositiveRate
            | M::RecallAtSpecificity
            | M::SpecificityAtRecall
            | M::PartialRocAuc
            | M::BestF1
            | M::PrecisionAtTop
            | M::RecallAtTop
            | M::LiftAtTop
            | M::MaximumCalibrationError
            | M::Median
            | M::GradeQuantile
    )
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
            let mut units: Vec<((u32, u32), usize)> =
                codes.iter().enumerate().map(|(row, code)| ((class(row), *code), row)).collect();
            units.sort_unstable();
            let mut size = ExactSum::new();
            for unit in units.chunk_by(|left, right| left.0 == right.0) {
                size.clear();
                unit.iter().for_each(|(_, row)| size.add(rows.weight(*row)));
                add(unit[0].0.0, size.value());
            }
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

fn of_side(metric: Metric, rows: &Rows, side: &Predictions) -> Objective {
    let columns = rows.columns();
    let scores = || side.scores.first().ok_or(Lacking::Scores);
    match (&columns.truth, metric.measure) {
        (Truth::Binary(labels), Measure::AveragePrecision) => {
            Ok(curve::average_precision(&weights(rows), labels, scores()?))
        }
        (Truth::Binary(labels), Measure::CalibrationSlope) => calibration::slope(rows, labels, side),
        (Truth::Binary(labels), Measure::CalibrationIntercept) => calibration::intercept(rows, labels, side),
        (Truth::Binary(_) | Truth::Classes { .. }, Measure::D2LogLoss | Measure::D2Brier) => {
            skill::of_probabilities(metric, rows, side)
        }
        (Truth::Classes { codes, count }, _) => of_classes::of_classes(metric, rows, (codes, *count), side),
        (Truth::Labels(labels), _) => of_classes::of_labels(metric, rows, labels, side),
        (Truth::Numbers(labels), Measure::ScaledError | Measure::RootMeanSquaredScaledError) => {
            regression::scaled_error(metric, rows, labels, scores()?)
        }
        (Truth::Numbers(labels), _) => Ok(regression::of_numbers(metric, rows, labels, scores()?)),
        _ => Err(Lacking::OtherTask),
    }
}
