//! Calibration of probabilities.

use std::f64::consts::PI;

use super::super::joint::{Excess, Influence};
use super::super::row_loss::probabilities;
use super::area::both_classes;
use super::{Objective, weighted_sum, weights};
use crate::stats::state::lacking::Lacking;
use crate::stats::{Predictions, Rows, Truth, Undefined};

/// With fewer rows than this in a bin on average, how much of the error is noise cannot be told, and it may all be.
const FEW_IN_A_BIN: usize = 30;

/// The most steps of Newton's method; a fit takes five to ten.
const STEPS: usize = 50;

/// Returns each row's confidence, and whether the row is correct: for two classes P(positive) and the label, for
/// several the highest score (the first of equal ones) and whether its class is right.
fn confidences(rows: &Rows, side: &Predictions) -> Result<Vec<(f64, bool)>, Lacking> {
    let scores = probabilities(side)?;
    match &rows.columns().truth {
        Truth::Binary(labels) => Ok(scores[0].iter().copied().zip(labels.iter().copied()).collect()),
        Truth::Classes { codes, .. } => {
            let top = |row: usize| {
                let of_row = (0..).zip(scores).map(|(class, column)| (column[row], class));
                of_row.reduce(|best, next| if next.0 > best.0 { next } else { best }).unwrap_or((0.0, u32::MAX))
            };
            Ok(codes.iter().enumerate().map(|(row, class)| (top(row).0, top(row).1 == *class)).collect())
        }
        _ => Err(Lacking::OtherTask),
    }
}

/// Returns the expected calibration error, and the proportion of it that is noise. The error is the mean over rows of
/// the distance between the proportion of positives in their bin and the bin's mean confidence.
///
/// The distances of a calibrated model are not 0 but as large as chance makes them. So the bins' true distances are
/// modelled as draws from a normal distribution around 0, whose variance is the amount by which the squared distances
/// exceed chance. The mean distance with and without chance gives the proportion of noise.
pub(super) fn expected_error(
    bins: usize,
    rows: &Rows,
    side: &Predictions,
) -> Result<Result<(Influence, Excess), Undefined>, Lacking> {
    let found = confidences(rows, side)?;
    if found.is_empty() {
        return Ok(Err(Undefined::NoRows));
    }
    let weights = weights(rows);
    let mut in_bins: Vec<Vec<u32>> = vec![Vec::new(); bins];
    for (row, (confidence, _)) in (0..).zip(&found) {
        in_bins[bin(*confidence, bins)].push(row);
    }
    let all = weighted_sum(rows, |_| 1.0);
    let mut value = 0.0;
    let mut slopes = vec![0.0; found.len()];
    // Each bin's proportion of the rows, its squared distance, and the part of it due to chance.
    let mut distances = Vec::new();
    for of_bin in in_bins {
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
    Ok(Ok((Influence { value, slopes }, Excess { mean: excess, most })))
}

/// Returns the bin of a confidence. Bins are (lo, hi]; the first also contains 0.
fn bin(confidence: f64, bins: usize) -> usize {
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
