//! Metrics of how the scores of a row rank its labels.

use super::super::joint::Influence;
use crate::stats::{Measure, Rows, Undefined};

/// Returns the mean over the rows.
pub(super) fn mean_over_rows(
    measure: Measure,
    rows: &Rows,
    labels: &[Vec<bool>],
    scores: &[Vec<f64>],
) -> Result<Influence, Undefined> {
    let values: Vec<f64> = (0..rows.len()).map(|row| of_row(measure, row, labels, scores)).collect();
    super::objective::mean(rows, &values)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of labels")]
fn of_row(measure: Measure, row: usize, labels: &[Vec<bool>], scores: &[Vec<f64>]) -> f64 {
    let own: Vec<(bool, f64)> = labels.iter().zip(scores).map(|(label, score)| (label[row], score[row])).collect();
    let count = |holds: &dyn Fn(bool, f64) -> bool| own.iter().filter(|(label, score)| holds(*label, *score)).count();
    let present = count(&|label, _| label);
    let absent = own.len() - present;
    match measure {
        Measure::CoverageError => {
            let lowest = own.iter().filter(|(label, _)| *label).map(|(_, score)| *score).reduce(f64::min);
            lowest.map_or(0.0, |lowest| count(&|_, score| score >= lowest) as f64)
        }
        Measure::LabelRankingLoss if present == 0 || absent == 0 => 0.0,
        Measure::LabelRankingLoss => {
            let wrong = |at: f64| count(&|label, score| !label && score >= at);
            let pairs: usize = own.iter().filter(|(label, _)| *label).map(|(_, score)| wrong(*score)).sum();
            pairs as f64 / (present * absent) as f64
        }
        _ if present == 0 || absent == 0 => 1.0,
        _ => {
            let precision =
                |at: f64| count(&|label, score| label && score >= at) as f64 / count(&|_, score| score >= at) as f64;
            own.iter().filter(|(label, _)| *label).map(|(_, score)| precision(*score)).sum::<f64>() / present as f64
        }
    }
}
