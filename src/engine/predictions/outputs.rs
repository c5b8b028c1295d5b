//! Reads columns of labels and predictions into vectors, by task.

use std::collections::{BTreeMap, BTreeSet};

use super::grades;
use super::row_table::RowTable;
use super::scores::Scores;
use super::values::in_order;
use super::width::Width;
use crate::engine::predictions::decode;
use crate::engine::predictions::decode::Classes;
use crate::measurement::MeasureError;
use crate::measurement::prediction_spec::{OutputColumns, PredictionSpec};
use crate::stats::{Predicted, Predictions, Task, Truth};
use datafusion::arrow::array::Array;

/// Predictions of one side.
pub(crate) struct OneSide {
    pub(crate) answers: Predictions,
    /// The reason why predicted classes are missing, if they would have to come from scores.
    pub(crate) unpredicted: Option<MeasureError>,
    /// The reason why the scores are not probabilities.
    pub(crate) improper: Option<MeasureError>,
}

/// Labels, with the information that is needed to read predictions.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) truth: Truth,
    /// The classes of a binary task.
    binary: Option<Classes>,
    /// All classes of a multiclass task, in the order of their codes.
    pub(crate) classes: Vec<String>,
}

/// Returns the classes of a column with any number of them, and each row's class.
fn classes_of(table: &RowTable, name: &str) -> Result<(Vec<String>, Vec<u32>), MeasureError> {
    decode::named(name, table.column(name)?).map_err(|error| table.blame(error))
}

/// Returns each row's code: the index of its class in `classes`.
fn coded(table: &RowTable, name: &str, classes: &[String]) -> Result<Vec<u32>, MeasureError> {
    let places: BTreeMap<&str, u32> = (0..).zip(classes).map(|(place, class)| (class.as_str(), place)).collect();
    let (found, codes) = classes_of(table, name)?;
    let place = |class: &String| {
        places.get(class.as_str()).copied().ok_or_else(|| {
            table.blame(MeasureError(format!("`{name}` holds the class `{class}`, which is not in `classes`")))
        })
    };
    let of: Vec<u32> = found.iter().map(place).collect::<Result<_, _>>()?;
    Ok(codes.into_iter().map(|code| of[code as usize]).collect())
}

/// The most classes; a table of all pairs of classes has to fit into memory.
const MOST_CLASSES: usize = 1000;

impl Labels {
    /// Reads the labels; `sides` are all columns that may contain a class.
    pub(crate) fn read(
        spec: &PredictionSpec,
        table: &RowTable,
        rows: &RowTable,
        sides: &[(&RowTable, &OutputColumns)],
    ) -> Result<Self, MeasureError> {
        let first = spec.label.first().map(String::as_str).unwrap_or_default();
        let none = |truth| Self { truth, binary: None, classes: Vec::new() };
        Ok(match spec.task {
            Task::Binary => {
                let labels = decode::labels(first, table.column(first)?, spec.positive.as_ref());
                let labels = labels.map_err(|error| table.blame(error))?;
                Self { truth: Truth::Binary(labels.rows.clone()), binary: Some(labels), classes: Vec::new() }
            }
            Task::Multiclass => {
                let classes =
                    if spec.classes.is_empty() { occurring(table, first, sides)? } else { spec.classes.clone() };
                let count = u32::try_from(classes.len()).unwrap_or(u32::MAX);
                Self { truth: Truth::Classes { codes: coded(table, first, &classes)?, count }, binary: None, classes }
            }
            Task::Multilabel => {
                let columns = spec.label.iter().map(|name| {
                    let found = decode::classes(name, table.column(name)?, spec.positive.as_ref());
                    found.map(|classes| classes.rows).map_err(|error| table.blame(error))
                });
                none(Truth::Labels(columns.collect::<Result<_, _>>()?))
            }
            Task::Regression => none(Truth::Numbers(table.numbers(first)?.0)),
            Task::Score => none(Truth::Grades { rows: rows.columns.values().next().map_or(0, Array::len) }),
            Task::Ranking => {
                let query = spec.query.as_deref().unwrap_or_default();
                let gains = table.numbers(first)?.0;
                if let Some(row) = gains.iter().position(|gain| *gain < 0.0) {
                    let why =
                        format!("`{first}` is negative in row {}; limit: at least 0 for a relevance", table.place(row));
                    return Err(table.blame(MeasureError(why)));
                }
                none(Truth::Relevance { gains, queries: rows.codes(query)? })
            }
        })
    }

    /// Reads one side's predictions.
    pub(crate) fn answers(
        &self,
        spec: &PredictionSpec,
        table: &RowTable,
        columns: &OutputColumns,
    ) -> Result<OneSide, MeasureError> {
        if let (Task::Score, Some(name)) = (spec.task, columns.score.first()) {
            return Ok(OneSide { answers: grades::read(table, name)?, unpredicted: None, improper: None });
        }
        let scores = Scores::read(spec, table, columns, &self.classes)?;
        let interval = match &columns.interval {
            Some([low, high]) => Some(ends(table, low, high)?),
            None => None,
        };
        let (predicted, unpredicted) = match self.predicted(spec, table, columns, &scores)? {
            Ok(predicted) => (predicted, None),
            Err(why) => (None, Some(why)),
        };
        let improper = scores.improper(spec.task, table);
        let (is_single, samples) = (scores.is_single, None);
        let answers = Predictions { predicted, is_single, scores: scores.columns, interval, samples };
        Ok(OneSide { answers, unpredicted, improper })
    }

    /// Returns predicted classes; or the reason why there are none, if scores would have to be probabilities to
    /// determine them.
    fn predicted(
        &self,
        spec: &PredictionSpec,
        table: &RowTable,
        columns: &OutputColumns,
        scores: &Scores,
    ) -> Result<Result<Option<Predicted>, MeasureError>, MeasureError> {
        let label = spec.label.first().map(String::as_str).unwrap_or_default();
        // Scores are compared in the column's own type: a 32-bit 0.7 is at least 0.7.
        let over = |(column, width): (&Vec<f64>, &Width)| {
            let threshold = width.nearest(spec.threshold);
            column.iter().map(|score| *score >= threshold).collect::<Vec<bool>>()
        };
        let name = columns.prediction.first();
        Ok(Ok(match (spec.task, name) {
            (Task::Binary, Some(name)) => {
                let Some(labels) = &self.binary else { return Ok(Ok(None)) };
                let found = decode::predictions(name, table.column(name)?, spec.positive.as_ref(), label, labels);
                Some(Predicted::Binary(found.map_err(|error| table.blame(error))?))
            }
            (Task::Multiclass, Some(name)) => Some(Predicted::Classes(coded(table, name, &self.classes)?)),
            (Task::Multilabel, Some(_)) => {
                let read = |name: &String| {
                    let found = decode::classes(name, table.column(name)?, spec.positive.as_ref());
                    found.map(|classes| classes.rows).map_err(|error| table.blame(error))
                };
                Some(Predicted::Labels(columns.prediction.iter().map(read).collect::<Result<_, _>>()?))
            }
            (Task::Binary | Task::Multilabel, None) => {
                if let Some(why) = scores.outside(table) {
                    return Ok(Err(why));
                }
                let mut each = scores.columns.iter().zip(&scores.widths).map(over);
                match (spec.task, scores.columns.len()) {
                    (Task::Binary, 1) => each.next().map(Predicted::Binary),
                    (Task::Binary, _) => None,
                    _ => Some(Predicted::Labels(each.collect())),
                }
            }
            (Task::Multiclass, None) if !scores.columns.is_empty() => {
                Some(Predicted::Classes(likeliest(&scores.columns)))
            }
            _ => None,
        }))
    }
}

/// Returns the classes that occur on either side, in an order independent of the rows.
fn occurring(
    table: &RowTable,
    label: &str,
    sides: &[(&RowTable, &OutputColumns)],
) -> Result<Vec<String>, MeasureError> {
    let mut all: BTreeSet<String> = classes_of(table, label)?.0.into_iter().collect();
    for (side, columns) in sides {
        for name in &columns.prediction {
            all.extend(classes_of(side, name)?.0);
        }
    }
    if all.len() > MOST_CLASSES {
        let advice = if table.column(label)?.data_type().is_numeric() {
            "if it is a number, set `task: regression`"
        } else {
            "if it is free text, add a column of 1 and 0 that says which answers are right"
        };
        return Err(
            table.blame(MeasureError(format!("`{label}` has {} classes; limit: {MOST_CLASSES}; {advice}", all.len())))
        );
    }
    Ok(in_order(all.into_iter().collect()))
}

/// Returns both ends of forecast intervals.
fn ends(table: &RowTable, low: &str, high: &str) -> Result<[Vec<f64>; 2], MeasureError> {
    let both = [table.numbers(low)?.0, table.numbers(high)?.0];
    match both[0].iter().zip(&both[1]).position(|(low, high)| low > high) {
        Some(row) => Err(table.blame(MeasureError(format!(
            "`{low}` is above `{high}` in row {}; an interval starts at its lower end",
            table.place(row)
        )))),
        None => Ok(both),
    }
}

/// Returns each row's class with the highest score; of equal ones, the first.
fn likeliest(scores: &[Vec<f64>]) -> Vec<u32> {
    let rows = scores.first().map_or(0, Vec::len);
    let best = |row: usize| {
        let mut best = 0;
        for class in 1..scores.len() {
            if scores[class][row] > scores[best][row] {
                best = class;
            }
        }
        u32::try_from(best).unwrap_or(u32::MAX)
    };
    (0..rows).map(best).collect()
}

/// Returns the rows in which the labels of two files differ.
pub(crate) fn differing(ours: &Truth, theirs: &Truth) -> Vec<usize> {
    fn rows<T: PartialEq>(ours: &[T], theirs: &[T]) -> Vec<usize> {
        (0..ours.len()).filter(|row| ours[*row] != theirs[*row]).collect()
    }
    match (ours, theirs) {
        (Truth::Binary(ours), Truth::Binary(theirs)) => rows(ours, theirs),
        (Truth::Classes { codes: ours, .. }, Truth::Classes { codes: theirs, .. }) => rows(ours, theirs),
        (Truth::Numbers(ours), Truth::Numbers(theirs)) => rows(ours, theirs),
        (Truth::Relevance { gains: ours, .. }, Truth::Relevance { gains: theirs, .. }) => rows(ours, theirs),
        (Truth::Grades { .. }, Truth::Grades { .. }) => Vec::new(),
        (Truth::Labels(ours), Truth::Labels(theirs)) => {
            let mut all: Vec<usize> = ours.iter().zip(theirs).flat_map(|(ours, theirs)| rows(ours, theirs)).collect();
            all.sort_unstable();
            all.dedup();
            all
        }
        _ => (0..1).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_scores_the_first_class_is_predicted() {
        assert_eq!(likeliest(&[vec![0.4, 0.1], vec![0.4, 0.2], vec![0.2, 0.7]]), [0, 2]);
    }
}
