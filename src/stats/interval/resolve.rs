//! Reduces a metric and its state to the simplest equivalent pair, so that every proportion of rows is estimated as
//! one.

use std::borrow::Cow;

use super::counts;
use crate::stats::state::lacking::Lacking;
use crate::stats::state::{influence, lacking, row_means};
use crate::stats::{
    Average, ClassTable, Contingency, Measure, Metric, Predicted, Rows, State, StateKind, Truth, Undefined,
};

pub(crate) fn resolve(metric: Metric, state: &State) -> Result<(Metric, Cow<'_, State>), Undefined> {
    // A state of one class is one of two classes; what is known without rows is known by the metric's whole name.
    let metric = if matches!(state, State::Known(_)) { metric } else { metric.without_class() };
    let metric = of_one_class(on_hits(metric, state), state);
    Ok(match state {
        State::Contingency(table)
            if !counts::is_of_rows(metric) && counts::flipped(metric.measure, table).is_none() =>
        {
            (metric, Cow::Owned(State::Table(ClassTable::from_binary(table))))
        }
        State::Table(table) if table.is_plain() => match as_binary(metric, table) {
            Some((metric, table)) => {
                let state = State::Contingency(table);
                return resolve(metric, &state).map(|(metric, state)| (metric, Cow::Owned(state.into_owned())));
            }
            None => (metric, Cow::Borrowed(state)),
        },
        State::Labels(rows) => (metric, Cow::Owned(of_labels(metric, rows)?)),
        State::Joint(joint) if metric.is_root() => (
            metric,
            Cow::Owned(State::Joint(
                joint.on_scale(f64::sqrt, |mean| if mean > 0.0 { 0.5 / mean.sqrt() } else { 0.0 }),
            )),
        ),
        _ => (metric, Cow::Borrowed(state)),
    })
}

/// Replaces a metric of hits by the accuracy of its table, in which correct rows are hits.
fn on_hits(metric: Metric, state: &State) -> Metric {
    match metric.measure {
        Measure::TopKAccuracy | Measure::IntervalCoverage => Metric::ACCURACY,
        _ if matches!(metric.state_kind(), StateKind::Grades(_)) && is_table(state) => Metric::ACCURACY,
        // The Hamming loss of several labels is a mean over rows; of one label, it is the proportion of wrong rows.
        Measure::HammingLoss if !matches!(state, State::Loss(_)) => Metric::of(Measure::ZeroOneLoss),
        _ => metric,
    }
}

/// Returns true for counts of rows; values of graded rows that are all 0 or 1 are counted.
fn is_table(state: &State) -> bool {
    matches!(state, State::Contingency(_) | State::Table(_))
}

/// Replaces an average by the accuracy if the labels have a single class: recall is then the proportion of correct
/// rows, and if no other class is predicted either, so is every average. Classes without rows tell nothing.
fn of_one_class(metric: Metric, state: &State) -> Metric {
    use Measure::{BalancedAccuracy, F1, FBeta, GeometricMean, Jaccard, Precision, Recall};
    let is_average = matches!(metric.average, Average::Macro | Average::Weighted);
    let is_weighted_recall = metric.measure == Recall && metric.average == Average::Weighted;
    let of_labels = matches!(metric.measure, BalancedAccuracy | GeometricMean) || is_weighted_recall;
    let is_average_of_classes = is_average && matches!(metric.measure, Recall | Precision | F1 | FBeta | Jaccard);
    if !(of_labels || is_average_of_classes) {
        return metric;
    }
    let only = match state {
        State::Contingency(table) => ClassTable::from_binary(table).only_class(),
        State::Table(table) => table.only_class(),
        _ => None,
    };
    match only {
        Some((_, true)) => Metric::ACCURACY,
        Some((_, false)) if of_labels => Metric::ACCURACY,
        _ => metric,
    }
}

/// Returns equivalent counts of two classes: right and wrong, or one class and all others.
fn as_binary(metric: Metric, table: &ClassTable) -> Option<(Metric, Contingency)> {
    use Measure::{Accuracy, F1, FBeta, Precision, Recall, ZeroOneLoss};
    match (metric.measure, metric.average) {
        (Accuracy | ZeroOneLoss, _) => {
            let hits = table.counted(|cell| [1, u32::from(cell[1] == cell[0]), u32::from(cell[2] == cell[0])]);
            Some((metric, hits))
        }
        // Every wrong row is one class's false positive and another's false negative.
        (Precision | Recall | F1 | FBeta, Average::Micro) => as_binary(Metric::ACCURACY, table),
        (_, Average::Class(class)) if class < table.classes() => {
            let one = table.counted(|cell| cell.map(|code| u32::from(code == class)));
            Some((metric.averaged(Average::None), one))
        }
        _ => None,
    }
}

fn of_labels(metric: Metric, rows: &Rows) -> Result<State, Undefined> {
    let state = match metric.measure {
        Measure::Accuracy | Measure::ZeroOneLoss => rows_right(rows),
        _ => influence::own(metric, rows),
    };
    state.map_err(|lacking| match lacking {
        Lacking::Undefined(why) => why,
        _ => Undefined::OtherState,
    })
}

/// Builds the state of rows whose labels are all correct.
fn rows_right(rows: &Rows) -> Result<State, Lacking> {
    let Truth::Labels(labels) = &rows.columns().truth else { return Err(Lacking::OtherTask) };
    let hits = lacking::of_both(rows, |side| {
        let Some(Predicted::Labels(predicted)) = &side.predicted else { return Err(Lacking::Predictions) };
        let is_right = |row: usize| labels.iter().zip(predicted).all(|(label, ours)| label[row] == ours[row]);
        Ok((0..rows.len()).map(is_right).collect())
    })?;
    Ok(row_means::of_hits(rows, hits))
}
