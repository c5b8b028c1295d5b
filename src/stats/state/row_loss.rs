//! Losses of every row of one side.

use crate::stats::state::lacking::Lacking;
use crate::stats::{Loss, Predicted, Predictions, Rows, Truth, Undefined};

/// Returns the losses, row by row.
///
/// # Errors
///
/// Returns what the side lacks, or the first reason for which a row has no loss.
pub(crate) fn row_losses(loss: Loss, rows: &Rows, side: &Predictions) -> Result<Vec<f64>, Lacking> {
    match &rows.columns().truth {
        Truth::Numbers(labels) => numbers(loss, labels, side),
        Truth::Grades { .. } if loss == Loss::Prediction => {
            let grades = side.scores.first().ok_or(Lacking::Scores)?;
            if grades.iter().any(|grade| grade.abs() > 1e150) {
                Err(Undefined::TooLarge.into())
            } else {
                Ok(grades.clone())
            }
        }
        Truth::Labels(labels) if loss == Loss::Hamming => hamming(labels, side),
        Truth::Binary(labels) => match loss {
            Loss::Log | Loss::Brier => {
                let scores = probabilities(side)?[0].as_slice();
                let rows = labels.iter().zip(scores);
                Ok(rows.map(|(label, score)| loss.row(*label, off_the_ends(loss, side, *score))).collect())
            }
            _ => Err(Lacking::OtherTask),
        },
        Truth::Classes { codes, .. } => match loss {
            Loss::Log => {
                let scores = probabilities(side)?;
                let row = |(row, class): (usize, &u32)| -off_the_ends(loss, side, scores[*class as usize][row]).ln();
                Ok(codes.iter().enumerate().map(row).collect())
            }
            Loss::Brier => {
                let scores = probabilities(side)?;
                let row = |(row, class): (usize, &u32)| {
                    let of_class = |(code, column): (u32, &Vec<f64>)| {
                        let miss = column[row] - f64::from(u8::from(code == *class));
                        miss * miss
                    };
                    (0..).zip(scores).map(of_class).sum()
                };
                Ok(codes.iter().enumerate().map(row).collect())
            }
            _ => Err(Lacking::OtherTask),
        },
        _ => Err(Lacking::OtherTask),
    }
}

/// Returns the mean loss of predicting 0 for every row, for errors whose only scale is that of the labels. `None` if
/// all labels are 0, and for losses that have a scale of their own.
pub(crate) fn of_nothing(loss: Loss, rows: &Rows) -> Option<f64> {
    let Truth::Numbers(labels) = &rows.columns().truth else { return None };
    let size = |label: &f64| match loss {
        Loss::Squared => label * label,
        Loss::SquaredLog => label.abs().ln_1p().powi(2),
        Loss::Percentage => 1.0,
        Loss::SymmetricPercentage => 2.0,
        _ => label.abs(),
    };
    let mut sum = crate::stats::ExactSum::new();
    labels.iter().map(size).filter(|size| size.is_finite()).for_each(|size| sum.add(size));
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    let mean = sum.value() / labels.len().max(1) as f64;
    (mean > 0.0 && mean.is_finite()).then_some(mean)
}

/// Clips a score to the epsilon of its own type, as scikit-learn does.
fn off_the_ends(loss: Loss, side: &Predictions, score: f64) -> f64 {
    if loss != Loss::Log {
        return score;
    }
    let epsilon = if side.is_single { f64::from(f32::EPSILON) } else { f64::EPSILON };
    score.clamp(epsilon, 1.0 - epsilon)
}

/// Returns a side's scores if they are all between 0 and 1.
pub(crate) fn probabilities(side: &Predictions) -> Result<&[Vec<f64>], Lacking> {
    if side.scores.is_empty() {
        return Err(Lacking::Scores);
    }
    let outside = side.scores.iter().flatten().filter(|score| !(0.0..=1.0).contains(*score)).count();
    if outside > 0 { Err(Lacking::NotProbabilities { outside: outside as u64 }) } else { Ok(&side.scores) }
}

fn hamming(labels: &[Vec<bool>], side: &Predictions) -> Result<Vec<f64>, Lacking> {
    let Some(Predicted::Labels(predicted)) = &side.predicted else { return Err(Lacking::Predictions) };
    let rows = labels.first().map_or(0, Vec::len);
    #[expect(clippy::cast_precision_loss, reason = "a number of labels")]
    let of = labels.len() as f64;
    let wrong = |row: usize| labels.iter().zip(predicted).filter(|(label, ours)| label[row] != ours[row]).count();
    #[expect(clippy::cast_precision_loss, reason = "a number of labels")]
    Ok((0..rows).map(|row| wrong(row) as f64 / of).collect())
}

fn numbers(loss: Loss, labels: &[f64], side: &Predictions) -> Result<Vec<f64>, Lacking> {
    if loss == Loss::Width {
        let [low, high] = side.interval.as_ref().ok_or(Lacking::Interval)?;
        return Ok(low.iter().zip(high).map(|(low, high)| high - low).collect());
    }
    let predicted = side.scores.first().ok_or(Lacking::Scores)?;
    let rows = labels.iter().zip(predicted);
    let losses: Vec<f64> = rows.map(|(label, ours)| number(loss, *label, *ours)).collect::<Result<_, Undefined>>()?;
    if losses.iter().any(|loss| loss.abs() > 1e150) { Err(Undefined::TooLarge.into()) } else { Ok(losses) }
}

fn number(loss: Loss, label: f64, ours: f64) -> Result<f64, Undefined> {
    let error = ours - label;
    Ok(match loss {
        Loss::Absolute => error.abs(),
        Loss::Bias => error,
        Loss::Prediction => ours,
        Loss::SquaredLog if label <= -1.0 || ours <= -1.0 => return Err(Undefined::BelowMinusOne),
        Loss::SquaredLog => (ours.ln_1p() - label.ln_1p()).powi(2),
        Loss::Percentage if label == 0.0 => return Err(Undefined::ZeroLabel),
        Loss::Percentage => error.abs() / label.abs(),
        Loss::SymmetricPercentage if error == 0.0 => 0.0,
        Loss::SymmetricPercentage => 2.0 * error.abs() / (ours.abs() + label.abs()),
        Loss::Pinball(at) if error < 0.0 => -at.0 * error,
        Loss::Pinball(at) => (1.0 - at.0) * error,
        _ => error * error,
    })
}
