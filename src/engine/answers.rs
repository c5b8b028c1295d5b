//! Columns of labels and answers → the vectors that metrics are computed from, by task.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit};

use super::class::{self, Classes};
use crate::gate::measurement::MeasureError;
use crate::gate::predictions::{AnswerColumns, PredictionSpec};
use crate::stats::{Answers, Predicted, Task, Truth};

/// The columns of one file, in the order of the candidate's rows.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) path: String,
    pub(super) columns: BTreeMap<String, ArrayRef>,
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Result<&ArrayRef, MeasureError> {
        self.columns.get(name).ok_or_else(|| MeasureError(format!("{}: no column `{name}`", self.path)))
    }

    /// An error of this file.
    pub(super) fn blame(&self, error: MeasureError) -> MeasureError {
        MeasureError(format!("{}: {}", self.path, error.0))
    }

    fn numbers(&self, name: &str) -> Result<(Vec<f64>, bool), MeasureError> {
        class::scores(name, self.column(name)?).map_err(|error| self.blame(error))
    }

    /// Numbers that grow with time.
    pub(super) fn times(&self, name: &str) -> Result<Vec<f64>, MeasureError> {
        let column = self.column(name)?;
        let is_time = matches!(column.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Date64);
        if !is_time {
            return self.numbers(name).map(|(numbers, _)| numbers);
        }
        let wrap = |why: String| self.blame(MeasureError(format!("`{name}` holds no times: {why}")));
        let micros =
            cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None)).map_err(|e| wrap(e.to_string()))?;
        let whole = cast(&micros, &DataType::Int64).map_err(|error| wrap(error.to_string()))?;
        if whole.null_count() > 0 {
            return Err(wrap(format!("it is null in {} of {} rows", whole.null_count(), whole.len())));
        }
        #[expect(clippy::cast_precision_loss, reason = "exact for the next 200 years")]
        let times = whole.as_primitive::<Int64Type>().values().iter().map(|time| *time as f64).collect();
        Ok(times)
    }

    pub(super) fn plain_numbers(&self, name: &str) -> Result<Vec<f64>, MeasureError> {
        self.numbers(name).map(|(numbers, _)| numbers)
    }

    pub(super) fn codes(&self, name: &str) -> Result<Vec<u32>, MeasureError> {
        let column = self.column(name)?;
        class::no_nulls(name, column).map_err(|error| self.blame(error))?;
        let texts = cast(column, &DataType::Utf8)
            .map_err(|error| self.blame(MeasureError(format!("`{name}` tells no rows apart: {error}"))))?;
        let mut known = std::collections::HashMap::new();
        let mut codes = Vec::with_capacity(texts.len());
        for text in texts.as_string::<i32>().iter().flatten() {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            codes.push(*known.entry(text).or_insert(next));
        }
        Ok(codes)
    }
}

/// Labels, and what has to be known of them to read answers.
#[derive(Debug)]
pub(super) struct Labels {
    pub(super) truth: Truth,
    /// Of a binary task.
    binary: Option<Classes>,
    /// Of a multiclass task: all classes, in the order of their codes.
    pub(super) classes: Vec<String>,
}

/// The classes of a column that holds any number of them.
fn classes_of(table: &Table, name: &str) -> Result<Vec<String>, MeasureError> {
    let column = table.column(name)?;
    class::no_nulls(name, column).map_err(|error| table.blame(error))?;
    let texts = cast(column, &DataType::Utf8)
        .map_err(|error| table.blame(MeasureError(format!("`{name}` holds no classes: {error}"))))?;
    let is_number = column.data_type().is_numeric();
    // A column of floats writes its classes as 0.0 and 1.0.
    let plain = |text: &str| if is_number { text.strip_suffix(".0").unwrap_or(text) } else { text }.to_owned();
    Ok(texts.as_string::<i32>().iter().flatten().map(plain).collect())
}

/// Codes of classes by their places among all of them.
fn coded(table: &Table, name: &str, classes: &[String]) -> Result<Vec<u32>, MeasureError> {
    let places: BTreeMap<&str, u32> = (0..).zip(classes).map(|(place, class)| (class.as_str(), place)).collect();
    let found = classes_of(table, name)?;
    let code = |class: &String| {
        places.get(class.as_str()).copied().ok_or_else(|| {
            table.blame(MeasureError(format!("`{name}` holds the class `{class}`, which is not one of `classes`")))
        })
    };
    found.iter().map(code).collect()
}

/// As many classes as a table of all pairs of them can hold.
const MOST_CLASSES: usize = 1000;

impl Labels {
    /// Reads the labels; `sides` are all columns in which a class may stand.
    pub(super) fn read(
        spec: &PredictionSpec,
        table: &Table,
        rows: &Table,
        sides: &[(&Table, &AnswerColumns)],
    ) -> Result<Self, MeasureError> {
        let first = spec.label.first().map(String::as_str).unwrap_or_default();
        let none = |truth| Self { truth, binary: None, classes: Vec::new() };
        Ok(match spec.task {
            Task::Binary => {
                let labels = class::labels(first, table.column(first)?, spec.positive.as_ref());
                let labels = labels.map_err(|error| table.blame(error))?;
                Self { truth: Truth::Binary(labels.rows.clone()), binary: Some(labels), classes: Vec::new() }
            }
            Task::Multiclass => {
                let classes = if spec.classes.is_empty() {
                    let mut all: BTreeSet<String> = classes_of(table, first)?.into_iter().collect();
                    for (side, columns) in sides {
                        for name in &columns.prediction {
                            all.extend(classes_of(side, name)?);
                        }
                    }
                    if all.len() > MOST_CLASSES {
                        return Err(table.blame(MeasureError(format!(
                            "`{first}` has {} classes, and {MOST_CLASSES} is the most; is it a number, as in `task: regression`?",
                            all.len()
                        ))));
                    }
                    all.into_iter().collect()
                } else {
                    spec.classes.clone()
                };
                let count = u32::try_from(classes.len()).unwrap_or(u32::MAX);
                Self { truth: Truth::Classes { codes: coded(table, first, &classes)?, count }, binary: None, classes }
            }
            Task::Multilabel => {
                let columns = spec.label.iter().map(|name| {
                    let found = class::classes(name, table.column(name)?, spec.positive.as_ref());
                    found.map(|classes| classes.rows).map_err(|error| table.blame(error))
                });
                none(Truth::Labels(columns.collect::<Result<_, _>>()?))
            }
            Task::Regression => none(Truth::Numbers(table.numbers(first)?.0)),
            Task::Ranking => {
                let query = spec.query.as_deref().unwrap_or_default();
                none(Truth::Relevance { gains: table.numbers(first)?.0, queries: rows.codes(query)? })
            }
        })
    }

    /// One side's answers. What could not be predicted from scores says why.
    pub(super) fn answers(
        &self,
        spec: &PredictionSpec,
        table: &Table,
        columns: &AnswerColumns,
    ) -> Result<(Answers, Option<MeasureError>), MeasureError> {
        let (scores, is_single) = self.scores(spec, table, columns)?;
        let interval = match &columns.interval {
            Some([low, high]) => Some([table.numbers(low)?.0, table.numbers(high)?.0]),
            None => None,
        };
        let (predicted, why) = match self.predicted(spec, table, columns, &scores)? {
            Ok(predicted) => (predicted, None),
            Err(why) => (None, Some(why)),
        };
        Ok((Answers { predicted, scores, is_single, interval }, why))
    }

    fn scores(
        &self,
        spec: &PredictionSpec,
        table: &Table,
        columns: &AnswerColumns,
    ) -> Result<(Vec<Vec<f64>>, bool), MeasureError> {
        let mut is_single = false;
        let names = match (spec.task, columns.score.is_empty()) {
            // What a regression predicts is a number.
            (Task::Regression, true) => &columns.prediction,
            _ => &columns.score,
        };
        let mut scores = Vec::with_capacity(names.len());
        for name in names {
            if let Some(lists) = lists(table, name)? {
                scores.extend(lists);
                continue;
            }
            let (column, single) = table.numbers(name)?;
            is_single |= single;
            scores.push(column);
        }
        let wanted = if spec.task == Task::Multiclass { self.classes.len() } else { scores.len() };
        if !scores.is_empty() && scores.len() != wanted {
            return Err(table.blame(MeasureError(format!(
                "there are scores of {} classes, and {wanted} classes: {}; say which are meant, as in `classes: [{}]`",
                scores.len(),
                self.classes.join(", "),
                self.classes.join(", ")
            ))));
        }
        if spec.logits {
            if spec.task == Task::Multiclass { softmax(&mut scores) } else { sigmoid(&mut scores) }
        }
        Ok((scores, is_single))
    }

    /// Predicted classes; or, where scores would have to be probabilities to tell them, why there are none.
    fn predicted(
        &self,
        spec: &PredictionSpec,
        table: &Table,
        columns: &AnswerColumns,
        scores: &[Vec<f64>],
    ) -> Result<Result<Option<Predicted>, MeasureError>, MeasureError> {
        let label = spec.label.first().map(String::as_str).unwrap_or_default();
        let over = |column: &[f64]| column.iter().map(|score| *score >= spec.threshold).collect::<Vec<bool>>();
        let name = columns.prediction.first();
        Ok(Ok(match (spec.task, name) {
            (Task::Binary, Some(name)) => {
                let Some(labels) = &self.binary else { return Ok(Ok(None)) };
                let found = class::predictions(name, table.column(name)?, spec.positive.as_ref(), label, labels);
                Some(Predicted::Binary(found.map_err(|error| table.blame(error))?))
            }
            (Task::Multiclass, Some(name)) => Some(Predicted::Classes(coded(table, name, &self.classes)?)),
            (Task::Multilabel, Some(_)) => {
                let read = |name: &String| {
                    let found = class::classes(name, table.column(name)?, spec.positive.as_ref());
                    found.map(|classes| classes.rows).map_err(|error| table.blame(error))
                };
                Some(Predicted::Labels(columns.prediction.iter().map(read).collect::<Result<_, _>>()?))
            }
            (Task::Binary | Task::Multilabel, None) => {
                if let Some(why) = not_probabilities(table, &columns.score, scores) {
                    return Ok(Err(why));
                }
                match (spec.task, scores) {
                    (Task::Binary, [scores]) => Some(Predicted::Binary(over(scores))),
                    (Task::Binary, _) => None,
                    _ => Some(Predicted::Labels(scores.iter().map(|column| over(column)).collect())),
                }
            }
            (Task::Multiclass, None) if !scores.is_empty() => Some(Predicted::Classes(likeliest(scores))),
            _ => None,
        }))
    }
}

/// A column of lists, as one column for each of their places.
fn lists(table: &Table, name: &str) -> Result<Option<Vec<Vec<f64>>>, MeasureError> {
    let column = table.column(name)?;
    let is_list = matches!(
        column.data_type(),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) | DataType::ListView(_)
    );
    if !is_list {
        return Ok(None);
    }
    let wrap = |why: String| table.blame(MeasureError(format!("`{name}` {why}")));
    class::no_nulls(name, column).map_err(|error| table.blame(error))?;
    let kind = DataType::LargeList(std::sync::Arc::new(Field::new_list_field(DataType::Float64, true)));
    let column = cast(column, &kind).map_err(|error| wrap(format!("holds no lists of numbers: {error}")))?;
    let column = column.as_list::<i64>();
    let width = if column.is_empty() { 0 } else { column.value_length(0) };
    let offsets = column.value_offsets();
    if let Some(row) = offsets.windows(2).position(|pair| pair[1] - pair[0] != width) {
        return Err(wrap(format!(
            "has {width} numbers in its first row, and {} in row {}",
            offsets[row + 1] - offsets[row],
            row + 1
        )));
    }
    let numbers = column.values().as_primitive::<Float64Type>();
    let width = usize::try_from(width).unwrap_or_default();
    let start = usize::try_from(offsets[0]).unwrap_or_default();
    let mut columns = vec![Vec::with_capacity(column.len()); width];
    for index in 0..column.len() * width {
        let at = start + index;
        let number = numbers.is_valid(at).then(|| numbers.value(at)).filter(|number| number.is_finite());
        let number = number.ok_or_else(|| wrap(format!("holds no finite number in row {}", index / width + 1)))?;
        columns[index % width].push(number);
    }
    Ok(Some(columns))
}

fn not_probabilities(table: &Table, names: &[String], scores: &[Vec<f64>]) -> Option<MeasureError> {
    for (name, column) in names.iter().zip(scores) {
        let outside = column.iter().filter(|score| !(0.0..=1.0).contains(*score)).count();
        if outside > 0 {
            return Some(table.blame(MeasureError(format!(
                "`{name}` lies outside 0 to 1 in {outside} of {} rows; it must be a probability",
                column.len()
            ))));
        }
    }
    None
}

/// The class with the highest score; of equal ones, the first.
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

fn sigmoid(scores: &mut [Vec<f64>]) {
    for score in scores.iter_mut().flatten() {
        // The form that does not overflow, on either side.
        *score = if *score >= 0.0 { 1.0 / (1.0 + (-*score).exp()) } else { score.exp() / (1.0 + score.exp()) };
    }
}

fn softmax(scores: &mut [Vec<f64>]) {
    let rows = scores.first().map_or(0, Vec::len);
    for row in 0..rows {
        let largest = scores.iter().map(|column| column[row]).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|column| (column[row] - largest).exp()).sum();
        for column in scores.iter_mut() {
            column[row] = (column[row] - largest).exp() / sum;
        }
    }
}

/// The rows in which two files' labels differ.
pub(super) fn differing(ours: &Truth, theirs: &Truth) -> Vec<usize> {
    fn rows<T: PartialEq>(ours: &[T], theirs: &[T]) -> Vec<usize> {
        (0..ours.len()).filter(|row| ours[*row] != theirs[*row]).collect()
    }
    match (ours, theirs) {
        (Truth::Binary(ours), Truth::Binary(theirs)) => rows(ours, theirs),
        (Truth::Classes { codes: ours, .. }, Truth::Classes { codes: theirs, .. }) => rows(ours, theirs),
        (Truth::Numbers(ours), Truth::Numbers(theirs)) => rows(ours, theirs),
        (Truth::Relevance { gains: ours, .. }, Truth::Relevance { gains: theirs, .. }) => rows(ours, theirs),
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
    fn logits_become_probabilities_without_overflow() {
        let mut binary = [vec![-1000.0, 0.0, 1000.0]];
        sigmoid(&mut binary);
        assert_eq!(binary[0], [0.0, 0.5, 1.0]);
        let mut classes = [vec![1000.0, 0.0], vec![1000.0, 2.0_f64.ln()]];
        softmax(&mut classes);
        assert!((classes[0][0] - 0.5).abs() < 1e-15 && (classes[1][1] - 2.0 / 3.0).abs() < 1e-15, "{classes:?}");
    }

    #[test]
    fn of_equal_scores_the_first_class_is_predicted() {
        assert_eq!(likeliest(&[vec![0.4, 0.1], vec![0.4, 0.2], vec![0.2, 0.7]]), [0, 2]);
    }
}
