//! The amount that each row contributes to a metric, for metrics that are a mean over rows.

use super::state::graded;
use super::state::row_loss::row_losses;
use super::{Direction, GradeValue, Lacking, Loss, Measure, Metric, Predicted, Predictions, Rows, Task, Truth};

/// Loss of each row, or its change from the baseline to the candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct RowAmounts {
    /// The amounts; more is worse.
    pub amounts: Vec<f64>,
    /// True if they are changes; false if there is no baseline on these rows.
    pub is_change: bool,
}

impl Metric {
    /// Returns true if the metric is a mean of losses of rows, or one minus such a mean, and not of errors with a sign.
    pub fn has_row_loss(self) -> bool {
        match self.measure {
            _ if self.class.is_some() => false,
            Measure::Accuracy | Measure::ZeroOneLoss => true,
            Measure::Mean => self.direction() != Direction::Neither,
            Measure::PassRate | Measure::WinRate => true,
            _ => self.loss().is_some_and(|loss| !matches!(loss, Loss::Bias | Loss::Prediction | Loss::Width)),
        }
    }

    /// Returns the metric by whose losses slices of a task are searched unless the config names another one, the first that the
    /// rows have.
    pub fn of_rows(task: Task) -> &'static [&'static str] {
        match task {
            Task::Binary | Task::Multiclass => &["log_loss", "zero_one_loss"],
            Task::Multilabel => &["hamming_loss"],
            Task::Regression => &["mean_absolute_error"],
            // Which way is better stands in the config.
            Task::Ranking | Task::Score => &[],
        }
    }
}

/// Returns the amount of each row.
///
/// # Errors
///
/// The metric has no loss of rows, or the rows lack what it needs.
pub fn row_amounts(metric: Metric, rows: &Rows) -> Result<RowAmounts, Lacking> {
    let columns = rows.columns();
    let of = |side: &Predictions| match metric.measure {
        Measure::Accuracy | Measure::ZeroOneLoss => wrong(&columns.truth, side),
        Measure::Mean | Measure::PassRate | Measure::WinRate if metric.has_row_loss() => grades(metric, rows, side),
        _ if metric.has_row_loss() => {
            metric.loss().map_or(Err(Lacking::OtherTask), |loss| row_losses(loss, rows, side))
        }
        _ => Err(Lacking::OtherTask),
    };
    let ours = of(&columns.candidate)?;
    Ok(match &columns.baseline {
        Some(baseline) => {
            let changes = ours.iter().zip(of(baseline)?).map(|(ours, theirs)| ours - theirs);
            RowAmounts { amounts: changes.collect(), is_change: true }
        }
        None => RowAmounts { amounts: ours, is_change: false },
    })
}

/// Returns the grade of each row, with its sign turned where more is better.
fn grades(metric: Metric, rows: &Rows, side: &Predictions) -> Result<Vec<f64>, Lacking> {
    // Grades that are not passes or preferences have none of their rates.
    let grades = match metric.measure {
        Measure::PassRate => graded::values(GradeValue::Pass, side)?,
        Measure::WinRate => graded::values(GradeValue::Win, side)?,
        _ => row_losses(Loss::Prediction, rows, side)?,
    };
    let is_better_up = metric.direction() == Direction::HigherIsBetter;
    Ok(grades.into_iter().map(|grade| if is_better_up { 0.0 - grade } else { grade }).collect())
}

/// Returns 1 for each row whose predicted class is wrong, else 0.
fn wrong(truth: &Truth, side: &Predictions) -> Result<Vec<f64>, Lacking> {
    let mark = |is_right: bool| f64::from(u8::from(!is_right));
    match (truth, side.predicted.as_ref().ok_or(Lacking::Predictions)?) {
        (Truth::Binary(labels), Predicted::Binary(predicted)) => {
            Ok(labels.iter().zip(predicted).map(|(label, ours)| mark(label == ours)).collect())
        }
        (Truth::Classes { codes, .. }, Predicted::Classes(predicted)) => {
            Ok(codes.iter().zip(predicted).map(|(label, ours)| mark(label == ours)).collect())
        }
        (Truth::Labels(labels), Predicted::Labels(predicted)) => {
            let rows = labels.first().map_or(0, Vec::len);
            let is_right = |row: usize| labels.iter().zip(predicted).all(|(label, ours)| label[row] == ours[row]);
            Ok((0..rows).map(|row| mark(is_right(row))).collect())
        }
        _ => Err(Lacking::OtherTask),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::Columns;

    #[test]
    fn changes_are_of_losses_whatever_the_metric_s_direction() {
        let side = |scores: Vec<f64>, predicted: Vec<bool>| Predictions {
            predicted: Some(Predicted::Binary(predicted)),
            scores: vec![scores],
            ..Predictions::default()
        };
        let truth = Truth::Binary(vec![true, false, true]);
        let mut columns = Columns::new(truth, side(vec![0.9, 0.6, 0.4], vec![true, true, false]));
        let alone = Rows::new(columns.clone()).unwrap();
        columns.baseline = Some(side(vec![0.9, 0.4, 0.2], vec![true, false, false]));
        let both = Rows::new(columns).unwrap();
        let accuracy = row_amounts(Metric::ACCURACY, &both).unwrap();
        assert_eq!(accuracy, RowAmounts { amounts: vec![0.0, 1.0, 0.0], is_change: true });
        let brier = Metric::parse("brier_score").unwrap();
        let found = row_amounts(brier, &both).unwrap().amounts;
        assert!((found[1] - 0.2).abs() < 1e-12 && (found[2] + 0.28).abs() < 1e-12);
        assert!(!row_amounts(brier, &alone).unwrap().is_change);
        assert_eq!(row_amounts(Metric::parse("roc_auc").unwrap(), &both), Err(Lacking::OtherTask));
    }
}
