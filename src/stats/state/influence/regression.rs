//! Regression metrics that are not plain means.

use super::super::joint::Influence;
use super::objective::{Objective, ratio, weighted_sum};
use super::{correlation, skill};
use crate::stats::state::lacking::Lacking;
use crate::stats::{Measure, Metric, Rows, Undefined};

/// The largest error that is squared; squares of larger ones leave the range of a float.
const LARGEST: f64 = 1e150;

pub(super) fn of_numbers(
    metric: Metric,
    rows: &Rows,
    labels: &[f64],
    predicted: &[f64],
) -> Result<Influence, Undefined> {
    if labels.is_empty() {
        return Err(Undefined::NoRows);
    }
    if labels.iter().chain(predicted).any(|number| number.abs() > LARGEST) {
        return Err(Undefined::TooLarge);
    }
    let errors: Vec<f64> = labels.iter().zip(predicted).map(|(label, ours)| ours - label).collect();
    let apart = |numbers: &[f64], from: f64| -> Vec<f64> {
        numbers.iter().map(|number| (number - from) * (number - from)).collect()
    };
    let measure = metric.measure;
    match measure {
        Measure::MaxError => {
            let value = errors.iter().fold(0.0, |largest: f64, error| largest.max(error.abs()));
            Ok(Influence { value, slopes: vec![0.0; errors.len()] })
        }
        Measure::WeightedPercentageError => {
            let size = |numbers: &[f64]| -> Vec<f64> { numbers.iter().map(|number| number.abs()).collect() };
            ratio(rows, &size(&errors), &size(labels), Undefined::ZeroLabels)
        }
        Measure::R2 | Measure::ExplainedVariance => {
            if labels.len() < 2 {
                return Err(Undefined::OneRow);
            }
            let all = weighted_sum(rows, |_| 1.0);
            let mean = |numbers: &[f64]| weighted_sum(rows, |row| numbers[row]) / all;
            let from = if measure == Measure::R2 { 0.0 } else { mean(&errors) };
            // The sums of squares are smallest at the means, so the influence through the means is 0 to first order.
            let rest = ratio(rows, &apart(&errors, from), &apart(labels, mean(labels)), Undefined::ConstantLabels)?;
            Ok(Influence { value: 1.0 - rest.value, slopes: rest.slopes.into_iter().map(|slope| -slope).collect() })
        }
        Measure::NormalizedRootMeanSquaredError | Measure::StandardizedRootMeanSquaredError => {
            let mean = super::objective::mean(rows, labels)?;
            let below = if measure == Measure::NormalizedRootMeanSquaredError {
                let sign = mean.value.signum();
                Influence { value: sign * mean.value, slopes: mean.slopes.iter().map(|slope| sign * slope).collect() }
            } else {
                root(super::objective::mean(rows, &apart(labels, mean.value))?)
            };
            if below.value <= 0.0 {
                let is_mean = measure == Measure::NormalizedRootMeanSquaredError;
                return Err(if is_mean { Undefined::ZeroMean } else { Undefined::ConstantLabels });
            }
            Ok(quotient(root(super::objective::mean(rows, &apart(&errors, 0.0))?), &below))
        }
        Measure::D2AbsoluteError | Measure::D2Pinball | Measure::D2Tweedie => {
            skill::of_numbers(metric, rows, labels, predicted)
        }
        Measure::Pearson | Measure::Spearman | Measure::Kendall => {
            correlation::correlation(measure, &super::objective::weights(rows), labels, predicted)
        }
        _ => Err(Undefined::OtherState),
    }
}

/// Returns the root of a value that is at least 0.
fn root(of: Influence) -> Influence {
    let value = of.value.max(0.0).sqrt();
    let slope = if value > 0.0 { 0.5 / value } else { 0.0 };
    Influence { value, slopes: of.slopes.into_iter().map(|of| of * slope).collect() }
}

/// Returns the quotient of two values, of which the second is above 0.
fn quotient(above: Influence, below: &Influence) -> Influence {
    let value = above.value / below.value;
    let slopes = above.slopes.iter().zip(&below.slopes).map(|(above, of)| (above - value * of) / below.value);
    Influence { value, slopes: slopes.collect() }
}

/// Returns the mean absolute error divided by that of a forecast that repeats the label one season before (Hyndman and
/// Koehler 2006), or the root of the quotient of the mean squared errors (Makridakis et al. 2022).
pub(super) fn scaled_error(metric: Metric, rows: &Rows, labels: &[f64], predicted: &[f64]) -> Objective {
    let columns = rows.columns();
    let is_root = metric.measure == Measure::RootMeanSquaredScaledError;
    let size = |error: f64| if is_root { error * error } else { error.abs() };
    let finish = |found: Result<Influence, Undefined>| if is_root { found.map(root) } else { found };
    let errors: Vec<f64> = labels.iter().zip(predicted).map(|(label, ours)| size(ours - label)).collect();
    if errors.iter().any(|error| *error > LARGEST) {
        return Ok(Err(Undefined::TooLarge));
    }
    if let Some(naive) = &columns.naive_errors {
        if naive.iter().any(|error| *error <= 0.0) {
            return Ok(Err(Undefined::NaiveIsPerfect));
        }
        let scaled: Vec<f64> = errors.iter().zip(naive).map(|(error, naive)| error / size(*naive)).collect();
        if scaled.iter().any(|error| *error > LARGEST) {
            return Ok(Err(Undefined::TooLarge));
        }
        return Ok(finish(super::objective::mean(rows, &scaled)));
    }
    let series = columns.series.as_ref().ok_or(Lacking::Series)?;
    #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
    let season = metric.count() as f64;
    let mut order: Vec<u32> = (0..).take(labels.len()).collect();
    order.sort_by(|left, right| {
        let (left, right) = (*left as usize, *right as usize);
        let at = |row: usize| (series.codes[row], series.times[row]);
        at(left).0.cmp(&at(right).0).then(at(left).1.total_cmp(&at(right).1))
    });
    let (mut naive, mut has_one) = (vec![0.0; labels.len()], vec![0.0; labels.len()]);
    for of_series in order.chunk_by(|left, right| series.codes[*left as usize] == series.codes[*right as usize]) {
        for row in of_series {
            let wanted = series.times[*row as usize] - season;
            let found = of_series.binary_search_by(|before| series.times[*before as usize].total_cmp(&wanted));
            // A missing time step is a gap that no other row fills.
            if let Ok(place) = found {
                naive[*row as usize] = size(labels[*row as usize] - labels[of_series[place] as usize]);
                has_one[*row as usize] = 1.0;
            }
        }
    }
    Ok(finish(of_means(rows, &errors, (&naive, &has_one))))
}

/// Returns the mean of all rows' errors, divided by the mean naive error of the rows that have one.
fn of_means(rows: &Rows, errors: &[f64], (naive, has_one): (&[f64], &[f64])) -> Result<Influence, Undefined> {
    let ours = super::objective::mean(rows, errors)?;
    let theirs = ratio(rows, naive, has_one, Undefined::NoSeason)?;
    if theirs.value <= 0.0 {
        return Err(Undefined::NaiveIsPerfect);
    }
    Ok(quotient(ours, &theirs))
}
