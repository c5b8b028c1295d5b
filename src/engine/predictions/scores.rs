//! Reads columns of scores by class or label, and validates probabilities.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};

use super::row_table::RowTable;
use super::values::no_missing;
use super::width::Width;
use crate::engine::types::type_name;
use crate::measurement::MeasureError;
use crate::measurement::prediction_spec::{OutputColumns, PredictionSpec};
use crate::stats::Task;

/// Scores of one side.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    /// One column for each class or label.
    pub(crate) columns: Vec<Vec<f64>>,
    /// The width of each column, to which a threshold is rounded.
    pub(crate) widths: Vec<Width>,
    /// True if they were stored as 32-bit floats.
    pub(crate) is_single: bool,
    /// The name of each column in the file.
    names: Vec<String>,
}

impl Scores {
    /// Reads the scores of one side; `classes` are those of a multiclass task.
    pub(crate) fn read(
        spec: &PredictionSpec,
        table: &RowTable,
        columns: &OutputColumns,
        classes: &[String],
    ) -> Result<Self, MeasureError> {
        let names = match (spec.task, columns.score.is_empty()) {
            // The predictions of a regression are numbers.
            (Task::Regression, true) => &columns.prediction,
            _ => &columns.score,
        };
        let mut scores = Self::default();
        for name in names {
            let (found, width) = match lists(table, name)? {
                Some(lists) => (lists, table.width(name)?),
                None => table.numbers(name).map(|(column, width)| (vec![column], width))?,
            };
            scores.is_single |= Width::of(table.column(name)?.data_type()) == Width::Single;
            scores.widths.extend(found.iter().map(|_| width));
            scores.names.extend(found.iter().map(|_| name.clone()));
            scores.columns.extend(found);
        }
        let wanted = if spec.task == Task::Multiclass { classes.len() } else { scores.columns.len() };
        if !scores.columns.is_empty() && scores.columns.len() != wanted {
            return Err(table.blame(MeasureError(format!(
                "there are scores of {} classes, but {wanted} classes: {}; set the classes, as in `classes: [{}]`",
                scores.columns.len(),
                classes.join(", "),
                classes.join(", ")
            ))));
        }
        if spec.logits {
            if spec.task == Task::Multiclass {
                softmax(&mut scores.columns)
            } else {
                sigmoid(&mut scores.columns)
            }
            scores.widths.fill(Width::Double);
        }
        Ok(scores)
    }

    /// Returns the reason why the scores are not probabilities, if they are not: one is outside 0 to 1, or those of a
    /// row do not sum to 1.
    pub(crate) fn improper(&self, task: Task, table: &RowTable) -> Option<MeasureError> {
        match task {
            Task::Binary => self.outside(table),
            Task::Multiclass => self.outside(table).or_else(|| self.not_summing(table)),
            Task::Multilabel | Task::Regression | Task::Ranking | Task::Score => None,
        }
    }

    /// Returns an error for the first column with scores outside 0 to 1.
    pub(crate) fn outside(&self, table: &RowTable) -> Option<MeasureError> {
        for (name, column) in self.names.iter().zip(&self.columns) {
            let outside = column.iter().filter(|score| !(0.0..=1.0).contains(*score)).count();
            if outside > 0 {
                return Some(table.blame(MeasureError(format!(
                    "`{name}` is outside 0 to 1 in {outside} of {} rows; a probability is needed",
                    column.len()
                ))));
            }
        }
        None
    }

    /// Returns an error with the first row of the file whose scores do not sum to 1.
    fn not_summing(&self, table: &RowTable) -> Option<MeasureError> {
        let rows = self.columns.first().map_or(0, Vec::len);
        let sum = |row: usize| self.columns.iter().map(|column| column[row]).sum::<f64>();
        let tolerance = self.tolerance();
        let (mut broken, mut first) = (0_u64, None);
        for row in 0..rows {
            if (sum(row) - 1.0).abs() > tolerance {
                broken += 1;
                first = first.into_iter().chain([(table.place(row), row)]).min();
            }
        }
        let (place, row) = first?;
        Some(table.blame(MeasureError(format!(
            "the scores of row {place} sum to {} and not to 1, as probabilities do, and so in {broken} of {rows} rows; \
             for logits, set `logits: true`",
            shown(sum(row))
        ))))
    }

    /// Returns the tolerance for a sum of probabilities: that of float16, or of rounding to four decimals.
    fn tolerance(&self) -> f64 {
        let places = 0.5e-4 * f64::from(u32::try_from(self.columns.len()).unwrap_or(u32::MAX));
        let least = if self.widths.contains(&Width::Half) { 1e-3 } else { 2e-4 };
        places.clamp(least, 1e-2)
    }
}

/// Formats a sum with few digits, but enough to distinguish it from 1.
fn shown(sum: f64) -> String {
    let short = format!("{sum:.2}");
    if short == "1.00" { format!("{sum:.6}") } else { short }
}

/// Splits a column of lists into one column per position.
fn lists(table: &RowTable, name: &str) -> Result<Option<Vec<Vec<f64>>>, MeasureError> {
    let column = table.column(name)?;
    let is_list = matches!(
        column.data_type(),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) | DataType::ListView(_)
    );
    if !is_list {
        return Ok(None);
    }
    let wrap = |why: String| table.blame(MeasureError(format!("`{name}` {why}")));
    no_missing(name, column).map_err(|error| table.blame(error))?;
    let kind = DataType::LargeList(std::sync::Arc::new(Field::new_list_field(DataType::Float64, true)));
    let column = cast(column, &kind)
        .map_err(|_| wrap(format!("is {}, but lists of numbers are needed", type_name(column.data_type()))))?;
    let column = column.as_list::<i64>();
    let width = if column.is_empty() { 0 } else { column.value_length(0) };
    let offsets = column.value_offsets();
    if let Some(row) = offsets.windows(2).position(|pair| pair[1] - pair[0] != width) {
        return Err(wrap(format!(
            "has {width} numbers in its first row, but {} in row {}",
            offsets[row + 1] - offsets[row],
            table.place(row)
        )));
    }
    let numbers = column.values().as_primitive::<Float64Type>();
    let width = usize::try_from(width).unwrap_or_default();
    let start = usize::try_from(offsets[0]).unwrap_or_default();
    let mut columns = vec![Vec::with_capacity(column.len()); width];
    for index in 0..column.len() * width {
        let at = start + index;
        let number = numbers.is_valid(at).then(|| numbers.value(at)).filter(|number| number.is_finite());
        let number =
            number.ok_or_else(|| wrap(format!("holds no finite number in row {}", table.place(index / width))))?;
        columns[index % width].push(number);
    }
    Ok(Some(columns))
}

fn sigmoid(scores: &mut [Vec<f64>]) {
    for score in scores.iter_mut().flatten() {
        // These forms do not overflow on either side.
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
    fn rounding_is_no_other_sum() {
        let of = |rows: &[&[f64]], widths: Width| {
            let columns: Vec<Vec<f64>> =
                (0..rows[0].len()).map(|class| rows.iter().map(|row| row[class]).collect()).collect();
            let names = columns.iter().map(|_| "p".to_owned()).collect();
            let scores = Scores { widths: columns.iter().map(|_| widths).collect(), columns, names, is_single: false };
            let table = RowTable { path: "p.csv".to_owned(), ..RowTable::default() };
            scores.improper(Task::Multiclass, &table).map(|error| error.0)
        };
        assert_eq!(of(&[&[0.3333, 0.3333, 0.3333], &[0.2, 0.3, 0.5]], Width::Double), None);
        assert_eq!(of(&[&[0.333_252, 0.333_252, 0.333_252]], Width::Half), None);
        let wrong = |rows: &[&[f64]]| of(rows, Width::Double).unwrap_or_default();
        assert!(
            wrong(&[&[0.2, 0.8], &[0.97, 0.9]]).starts_with("p.csv: the scores of row 2 sum to 1.87 and not to 1, ")
        );
        assert!(wrong(&[&[0.0, 0.0]]).contains("row 1 sum to 0.00"));
        assert!(wrong(&[&[0.5, 0.499]]).contains("row 1 sum to 0.999000"));
        assert!(wrong(&[&[1.5, -0.5]]).contains("outside 0 to 1"));
    }
}
