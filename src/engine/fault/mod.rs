//! Faults of tables, planted into copies of their rows: pure functions of the rows, a dose and a seed.
//!
//! The rows that a fault touches are chosen by a hash of their contents, so the result depends on neither their order nor
//! threads, and the rows of a smaller dose are among those of a larger one.

mod chosen;
mod columns;
mod numbers;
mod outputs;
mod rows;
#[cfg(test)]
mod tests;
mod texts;
mod times;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::error::ArrowError;
use std::sync::Arc;

pub(super) use chosen::Marks;

/// A fault of a table, without its dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Values of a column are null. Dose: the proportion of its values.
    Nulls(String),
    /// Numbers of a column are a thousand times too large. Dose: the proportion of its values.
    Scaled(String),
    /// Numbers of a column are larger. Dose: standard deviations.
    Moved(String),
    /// Two columns hold each other's values. Dose: the proportion of rows.
    Swapped(String, String),
    /// Each of these columns holds the values of the one before it.
    Shifted(Vec<String>),
    /// The most frequent value of a column is spelled in another way. Dose: the proportion of its rows.
    ValueRenamed(String),
    /// A column has a value that it never had. Dose: the proportion of rows.
    ValueNew(String),
    /// Rows of the rarest value that has at least 1 % of the rows are missing. Dose: the proportion of them.
    ValueLost(String),
    /// Rows are repeated. Dose: the proportion of rows.
    RowsRepeated,
    /// Rows are missing. Dose: the proportion of rows.
    RowsLost,
    /// Rows appear three times, with values of other rows in one column. Dose: the proportion of rows.
    RowsMultiplied(Option<String>),
    /// The end of the table is missing: the latest rows by a time, or any. Dose: the proportion of rows.
    Truncated(Option<String>),
    /// Times are older. Dose: days.
    Stale(String),
    /// Times are in another time zone. Dose: hours.
    ZoneShifted(String),
    /// A column has another type.
    Retyped(String),
    /// A column has another name.
    Renamed(String),
    /// A column follows the label. Dose: the proportion of rows.
    Leaked {
        /// The column.
        column: String,
        /// The column of labels.
        label: String,
    },
    /// Labels are wrong. Dose: the proportion of rows.
    LabelsFlipped {
        /// The columns of labels.
        labels: Vec<String>,
        /// The column of which one value is the group; all rows without it.
        group: Option<String>,
    },
    /// Scores have noise. Dose: standard deviations, or a proportion where the fault mixes or replaces values.
    Noise(OutputShape),
    /// Scores are too high. Dose: log-odds, or standard deviations.
    Miscalibrated(OutputShape),
    /// The threshold of predicted classes has moved. Dose: the proportion of predicted positives that become negative.
    ThresholdMoved(OutputShape),
    /// True positives of one group are missed. Dose: the proportion of them.
    GroupRecall {
        /// The columns of predictions.
        outputs: OutputShape,
        /// The column of labels.
        label: String,
        /// The column of which one value is the group.
        group: String,
    },
}

/// Columns of a model's predictions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputShape {
    /// The columns of scores.
    pub scores: Vec<String>,
    /// The columns of predictions.
    pub predictions: Vec<String>,
    /// True: each column of scores or predictions is of a label of its own.
    pub is_multilabel: bool,
    /// True: predictions are numbers, and not classes.
    pub is_numeric: bool,
    /// True: the scores are logits.
    pub is_logit: bool,
}

/// Rows, with a mark of each.
pub(super) struct MarkedRows<'a> {
    pub(super) batch: &'a RecordBatch,
    pub(super) marks: &'a Marks,
}

/// Returns a copy of the rows with a fault.
///
/// # Errors
///
/// The fault does not apply to these rows: the reason, as a clause.
pub(super) fn plant(rows: &MarkedRows<'_>, fault: &Fault, dose: f64) -> Result<RecordBatch, String> {
    if rows.batch.num_rows() == 0 {
        return Err("the table has no rows".to_owned());
    }
    match fault {
        Fault::Nulls(column) => columns::nulls(rows, column, dose),
        Fault::Scaled(column) => numbers::scaled(rows, column, dose),
        Fault::Moved(column) => numbers::moved(rows, column, dose),
        Fault::Swapped(one, other) => columns::swapped(rows, one, other, dose),
        Fault::Shifted(names) => columns::shifted(rows, names),
        Fault::ValueRenamed(column) => texts::renamed(rows, column, dose),
        Fault::ValueNew(column) => texts::new_value(rows, column, dose),
        Fault::ValueLost(column) => rows::without_value(rows, column, dose),
        Fault::RowsRepeated => rows::repeated(rows, dose),
        Fault::RowsLost => rows::lost(rows, dose),
        Fault::RowsMultiplied(column) => rows::multiplied(rows, column.as_deref(), dose),
        Fault::Truncated(time) => rows::truncated(rows, time.as_deref(), dose),
        Fault::Stale(column) => times::stale(rows, column, dose),
        Fault::ZoneShifted(column) => times::zone_shifted(rows, column, dose),
        Fault::Retyped(column) => columns::retyped(rows, column),
        Fault::Renamed(column) => columns::renamed(rows, column),
        Fault::Leaked { column, label } => numbers::leaked(rows, column, label, dose),
        Fault::LabelsFlipped { labels, group } => outputs::labels_flipped(rows, labels, group.as_deref(), dose),
        Fault::Noise(shape) => outputs::noise(rows, shape, dose),
        Fault::Miscalibrated(shape) => outputs::miscalibrated(rows, shape, dose),
        Fault::ThresholdMoved(shape) => outputs::threshold_moved(rows, shape, dose),
        Fault::GroupRecall { outputs, label, group } => outputs::group_recall(rows, outputs, (label, group), dose),
    }
}

impl MarkedRows<'_> {
    /// Returns a column.
    fn column(&self, name: &str) -> Result<&ArrayRef, String> {
        self.batch.column_by_name(name).ok_or_else(|| format!("there is no column `{name}`"))
    }

    /// Returns the rows with other columns in the place of those of the same names.
    fn with(&self, changed: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, String> {
        let mut columns = self.batch.columns().to_vec();
        let schema = self.batch.schema_ref();
        let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
        for (name, column) in changed {
            let at = schema.index_of(name).map_err(odd)?;
            fields[at] = fields[at].clone().with_data_type(column.data_type().clone()).with_nullable(true);
            columns[at] = column;
        }
        assembled(fields, columns, self.batch.num_rows())
    }
}

/// Returns rows of these columns.
fn assembled(fields: Vec<Field>, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, String> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).map_err(odd)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn odd(error: ArrowError) -> String {
    error.to_string()
}

#[expect(clippy::cast_precision_loss, reason = "a number of rows")]
fn float(count: usize) -> f64 {
    count as f64
}
