//! Skill scores, D²: 1 − a mean loss over that of the best constant prediction.

use super::super::joint::Influence;
use super::super::row_loss::{numbers_lost, row_losses};
use super::objective::{Objective, ratio, total, weights};
use crate::stats::state::lacking::Lacking;
use crate::stats::{Loss, Measure, Metric, Predictions, Real, Rows, Truth, Undefined};

/// Returns 1 − the mean loss over that of a constant prediction.
///
/// The constant is the one with the least loss, so the influence through it is 0 to first order.
fn of_losses(rows: &Rows, ours: &[f64], constant: &[f64], empty: Undefined) -> Result<Influence, Undefined> {
    let rest = ratio(rows, ours, constant, empty)?;
    Ok(Influence { value: 1.0 - rest.value, slopes: rest.slopes.into_iter().map(|slope| -slope).collect() })
}

/// Computes the skill of probabilities against the proportions of the classes.
pub(super) fn of_probabilities(metric: Metric, rows: &Rows, side: &Predictions) -> Objective {
    let loss = if metric.measure == Measure::D2LogLoss { Loss::Log } else { Loss::Brier };
    let ours = row_losses(loss, rows, side)?;
    let (codes, count): (Vec<usize>, usize) = match &rows.columns().truth {
        Truth::Binary(labels) => (labels.iter().map(|label| usize::from(*label)).collect(), 2),
        Truth::Classes { codes, count } => (codes.iter().map(|code| *code as usize).collect(), *count as usize),
        _ => return Err(Lacking::OtherTask),
    };
    let weights = weights(rows);
    let all = total(&weights, |_| 1.0);
    if all <= 0.0 {
        return Ok(Err(Undefined::NoRows));
    }
    let shares: Vec<f64> =
        (0..count).map(|class| total(&weights, |row| f64::from(u8::from(codes[row] == class))) / all).collect();
    if shares.iter().filter(|share| **share > 0.0).count() < 2 {
        return Ok(Err(Undefined::OneClass));
    }
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    // A Brier score of two classes is of one of them alone, half of the sum over both.
    let half = if matches!(rows.columns().truth, Truth::Binary(_)) { 0.5 } else { 1.0 };
    let constant = |code: &usize| match loss {
        Loss::Log => -shares[*code].ln(),
        _ => half * (1.0 - 2.0 * shares[*code] + squares),
    };
    let constant: Vec<f64> = codes.iter().map(constant).collect();
    Ok(of_losses(rows, &ours, &constant, Undefined::OneClass))
}

/// Computes the skill of predicted numbers against the labels' mean, median or quantile.
pub(super) fn of_numbers(
    metric: Metric,
    rows: &Rows,
    labels: &[f64],
    predicted: &[f64],
) -> Result<Influence, Undefined> {
    let at = metric.at.unwrap_or(Real(0.5));
    let (loss, constant) = match metric.measure {
        Measure::D2AbsoluteError => (Loss::Absolute, quantile_of(rows, labels, 0.5)),
        Measure::D2Pinball => (Loss::Pinball(at), quantile_of(rows, labels, at.0)),
        _ => {
            let weights = weights(rows);
            (Loss::Tweedie(at), total(&weights, |row| labels[row]) / total(&weights, |_| 1.0))
        }
    };
    if labels.len() < 2 {
        return Err(Undefined::OneRow);
    }
    let ours = numbers_lost(loss, labels, predicted)?;
    if labels.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 0.0) {
        return Err(Undefined::ConstantLabels);
    }
    let constant = numbers_lost(loss, labels, &vec![constant; labels.len()])?;
    of_losses(rows, &ours, &constant, Undefined::ConstantLabels)
}

/// Returns the first label that so much of the weight reaches: a constant with the least pinball loss.
fn quantile_of(rows: &Rows, labels: &[f64], share: f64) -> f64 {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|left, right| labels[*left].total_cmp(&labels[*right]));
    let wanted = share * order.iter().map(|row| rows.weight(*row)).sum::<f64>();
    let mut below = 0.0;
    let reaches = |row: &&usize| {
        below += rows.weight(**row);
        below >= wanted
    };
    let found = order.iter().find(reaches).or(order.last());
    found.map_or(0.0, |row| labels[*row])
}
