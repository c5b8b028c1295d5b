//! Calibration of probabilities.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use super::super::joint::{Excess, Influence};
use super::super::row_loss::probabilities;
use super::area::both_classes;
use super::objective::{Objective, weighted_sum, weights};
use crate::stats::state::lacking::Lacking;
use crate::stats::{Measure, Metric, Predictions, Rows, Truth, Undefined};

/// With fewer rows than this in a bin on average, how much of the error is noise cannot be told, and it may all be.
const FEW_IN_A_BIN: usize = 30;

/// The most steps of Newton's method; a fit takes five to ten.
const STEPS: usize = 50;

/// Returns each row's confidence, and whether the row is correct: for two classes P(positive) and the label, for
/// several the highest score (the first of equal ones) and whether its class is right.
pub(crate) fn confidences(rows: &Rows, side: &Predictions) -> Result<Vec<(f64, bool)>, Lacking> {
    let scores = probabilities(side)?;
    match &rows.columns().truth {
        Truth::Binary(labels) => Ok(scores[0].iter().copied().zip(labels.iter().copied()).collect()),
        Truth::Classes { codes, .. } => {
            let of_row = |(row, class): (usize, &u32)| {
                let (confidence, top) = top_class(scores, row);
                (confidence, top == *class as usize)
            };
            Ok(codes.iter().enumerate().map(of_row).collect())
        }
        _ => Err(Lacking::OtherTask),
    }
}

/// A calibration error with what noise adds to it, or the reason why it is undefined.
type BinnedError = Result<(Influence, Excess), Undefined>;

/// Returns a calibration error over bins.
pub(super) fn error(metric: Metric, rows: &Rows, side: &Predictions) -> Result<BinnedError, Lacking> {
    let bins = metric.count();
    if metric.measure == Measure::ClasswiseCalibrationError {
        return classwise(bins, rows, side);
    }
    let found = confidences(rows, side)?;
    let places: Vec<usize> = match metric.measure {
        Measure::QuantileCalibrationError => of_quantiles(&found, bins),
        Measure::TopLabelCalibrationError => {
            let scores = probabilities(side)?;
            (0..found.len()).map(|row| top_class(scores, row).1 * bins + bin(found[row].0, bins)).collect()
        }
        _ => found.iter().map(|(confidence, _)| bin(*confidence, bins)).collect(),
    };
    Ok(expected_error(rows, &found, &places))
}

/// Returns the mean over the classes of the calibration error of the scores of each.
fn classwise(bins: usize, rows: &Rows, side: &Predictions) -> Result<BinnedError, Lacking> {
    let scores = probabilities(side)?;
    let Truth::Classes { codes, .. } = &rows.columns().truth else { return Err(Lacking::OtherTask) };
    #[expect(clippy::cast_precision_loss, reason = "a number of classes")]
    let count = scores.len() as f64;
    let mut sum = Influence { value: 0.0, slopes: vec![0.0; codes.len()] };
    let mut excess = Excess::default();
    for (class, column) in (0..).zip(scores) {
        let found: Vec<(f64, bool)> = column.iter().copied().zip(codes.iter().map(|code| *code == class)).collect();
        let places: Vec<usize> = found.iter().map(|(confidence, _)| bin(*confidence, bins)).collect();
        let (of_class, of_noise) = match expected_error(rows, &found, &places) {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        sum.value += of_class.value / count;
        sum.slopes.iter_mut().zip(of_class.slopes).for_each(|(into, slope)| *into += slope / count);
        excess.mean += of_noise.mean / count;
        excess.most += of_noise.most / count;
    }
    Ok(Ok((sum, excess)))
}

/// Returns bins with as many rows each: (lo, hi] between the quantiles of the confidences, as scikit-learn cuts them.
/// The edges are those of the rows, whatever they weigh.
///
/// They are computed in the very steps of `numpy.percentile`: rounding decides on which side of an edge tied scores are.
fn of_quantiles(found: &[(f64, bool)], bins: usize) -> Vec<usize> {
    let mut sorted: Vec<f64> = found.iter().map(|(confidence, _)| *confidence).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return Vec::new() };
    #[expect(clippy::cast_precision_loss, reason = "a few bins, and exact up to 2^53 rows")]
    let place = |edge: usize| edge as f64 * (1.0 / bins as f64) * 100.0 / 100.0 * last as f64;
    let edge = |edge: usize| {
        let place = place(edge);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last row")]
        let below = (place.floor() as usize).min(last);
        let (low, high, part) = (sorted[below], sorted[(below + 1).min(last)], place - place.floor());
        if part >= 0.5 { high - (high - low) * (1.0 - part) } else { low + (high - low) * part }
    };
    let edges: Vec<f64> = (1..bins).map(edge).collect();
    found.iter().map(|(confidence, _)| edges.partition_point(|edge| edge < confidence)).collect()
}

/// Returns the highest score of a row and its class, the first of equal ones.
fn top_class(scores: &[Vec<f64>], row: usize) -> (f64, usize) {
    let of_row = scores.iter().enumerate().map(|(class, column)| (column[row], class));
    of_row.reduce(|best, next| if next.0 > best.0 { next } else { best }).unwrap_or((0.0, usize::MAX))
}

/// Returns the expected calibration error, and the proportion of it that is noise. The error is the mean over rows of
/// the distance between the proportion of positives in their bin and the bin's mean confidence.
///
/// The distances of a calibrated model are not 0 but as large as chance makes them. So the bins' true distances are
/// modelled as draws from a normal distribution around 0, whose variance is the amount by which the squared distances
/// exceed chance. The mean distance with and without chance gives the proportion of noise.
fn expected_error(rows: &Rows, found: &[(f64, bool)], places: &[usize]) -> BinnedError {
    if found.is_empty() {
        return Err(Undefined::NoRows);
    }
    let weights = weights(rows);
    let mut in_bins: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (row, place) in (0..).zip(places) {
        in_bins.entry(*place).or_default().push(row);
    }
    let all = weighted_sum(rows, |_| 1.0);
    let mut value = 0.0;
    let mut slopes = vec![0.0; found.len()];
    // Each bin's proportion of the rows, its squared distance, and the part of it due to chance.
    let mut distances = Vec::new();
    for of_bin in in_bins.into_values() {
        let miss = |row: u32| {
            let (confidence, is_right) = found[row as usize];
            confidence - f64::from(u8::from(is_right))
        };
        let mut sum = super::ExactSum::new();
        of_bin.iter().for_each(|row| sum.add(weights[*row as usize] * miss(*row)));
        let off = sum.value();
        value += off.abs() / all;
        let of = |number: &dyn Fn(usize) -> f64| {
            let mut sum = super::ExactSum::new();
            of_bin.iter().for_each(|row| sum.add(number(*row as usize)));
            sum.value()
        };
        let weight = of(&|row| weights[row]);
        let chance = of(&|row| weights[row] * weights[row] * found[row].0 * (1.0 - found[row].0));
        if weight > 0.0 {
            distances.push((weight / all, (off / weight).powi(2), chance / (weight * weight)));
        }
        for row in of_bin {
            slopes[row as usize] = miss(row) * off.signum() / all;
        }
    }
    slopes.iter_mut().for_each(|slope| *slope -= value / all);
    let beyond: f64 = distances.iter().map(|(share, square, chance)| share * (square - chance)).sum();
    let beyond = beyond.max(0.0);
    let with_chance: f64 = distances.iter().map(|(share, _, chance)| share * (beyond + chance).sqrt()).sum();
    let excess = if with_chance > 0.0 { value * (1.0 - beyond.sqrt() / with_chance) } else { 0.0 };
    // No noise adds more to a distance than its own mean size.
    let few = found.len() < FEW_IN_A_BIN * distances.len();
    let of_chance: f64 = distances.iter().map(|(share, _, chance)| share * (2.0 / PI * chance).sqrt()).sum();
    let excess = excess.max(0.0);
    let most = if few { excess.max(of_chance) } else { excess };
    Ok((Influence { value, slopes }, Excess { mean: excess, most }))
}

/// Returns the bin of a confidence. Bins are (lo, hi]; the first also contains 0.
pub(crate) fn bin(confidence: f64, bins: usize) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "a few bins")]
    let of = bins as f64;
    // The edges are those of `numpy.linspace`, i / bins.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of bins")]
    let mut bin = ((confidence * of).ceil() as usize).clamp(1, bins) - 1;
    #[expect(clippy::cast_precision_loss, reason = "a few bins")]
    let edge = |bin: usize| bin as f64 / of;
    while bin > 0 && confidence <= edge(bin) {
        bin -= 1;
    }
    while bin + 1 < bins && confidence > edge(bin + 1) {
        bin += 1;
    }
    bin
}

fn log_odds(side: &Predictions) -> Result<Vec<f64>, Lacking> {
    let epsilon = if side.is_single { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let of = |score: &f64| {
        let score = score.clamp(epsilon, 1.0 - epsilon);
        (score / (1.0 - score)).ln()
    };
    Ok(probabilities(side)?[0].iter().map(of).collect())
}

fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Returns the calibration slope: the slope of a logistic regression of the label on the log odds of the score (Cox
/// 1958).
pub(super) fn slope(rows: &Rows, labels: &[bool], side: &Predictions) -> Objective {
    let odds = log_odds(side)?;
    if let Err(why) = both_classes(&weights(rows), labels) {
        return Ok(Err(why));
    }
    let (mut at, mut along) = (0.0, 0.0);
    for _ in 0..STEPS {
        let fitted: Vec<f64> = odds.iter().map(|odds| chance(at + along * odds)).collect();
        let off = |row: usize| f64::from(u8::from(labels[row])) - fitted[row];
        let spread = |row: usize| fitted[row] * (1.0 - fitted[row]);
        let sums = [0, 1, 2].map(|power| weighted_sum(rows, |row| spread(row) * odds[row].powi(power)));
        let determinant = sums[0] * sums[2] - sums[1] * sums[1];
        if determinant.is_nan() || determinant <= 1e-12 * sums[0] * sums[2] {
            break;
        }
        let (level, tilt) = (weighted_sum(rows, off), weighted_sum(rows, |row| off(row) * odds[row]));
        let step = [(sums[2] * level - sums[1] * tilt) / determinant, (sums[0] * tilt - sums[1] * level) / determinant];
        if step[1].abs() <= 1e-13 * (1.0 + along.abs()) && step[0].abs() <= 1e-13 * (1.0 + at.abs()) {
            let slope = |row: usize| off(row) * (sums[0] * odds[row] - sums[1]) / determinant;
            return Ok(Ok(Influence { value: along, slopes: (0..odds.len()).map(slope).collect() }));
        }
        at += step[0];
        along += step[1];
    }
    let constant = odds.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 0.0);
    Ok(Err(if constant { Undefined::NoSpread } else { Undefined::Separated }))
}

/// Returns the calibration intercept, the intercept of a logistic regression of the label with the log odds of the
/// score as its offset: the common error of all scores, in log odds.
pub(super) fn intercept(rows: &Rows, labels: &[bool], side: &Predictions) -> Objective {
    let odds = log_odds(side)?;
    if let Err(why) = both_classes(&weights(rows), labels) {
        return Ok(Err(why));
    }
    let mut at = 0.0;
    for _ in 0..STEPS {
        let fitted: Vec<f64> = odds.iter().map(|odds| chance(at + odds)).collect();
        let off = |row: usize| f64::from(u8::from(labels[row])) - fitted[row];
        let spread = weighted_sum(rows, |row| fitted[row] * (1.0 - fitted[row]));
        let step = weighted_sum(rows, off) / spread;
        if step.abs() <= 1e-13 * (1.0 + f64::abs(at)) {
            return Ok(Ok(Influence { value: at, slopes: (0..odds.len()).map(|row| off(row) / spread).collect() }));
        }
        // Steps are limited, because where the curve is flat a step would overshoot the solution.
        at += f64::clamp(step, -4.0, 4.0);
    }
    Ok(Err(Undefined::Separated))
}
