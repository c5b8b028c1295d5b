//! Columns of one file of a model, in memory.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use datafusion::arrow::compute::{cast, concat_batches, take};
use datafusion::arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::prelude::ident;
use futures::StreamExt;

use super::pairing::Keys;
use super::values::{NamedValues, value_type};
use super::width::Width;
use crate::engine::error::sentence;
use crate::engine::predictions::decode;
use crate::measurement::MeasureError;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::workers;

/// A file of predictions or labels, with its name in messages.
#[derive(Clone, Copy)]
pub(crate) struct ModelFile<'a> {
    pub(crate) table: &'a DataFrame,
    pub(crate) path: &'a str,
}

/// Files of a model.
#[derive(Clone, Copy)]
pub(crate) struct ModelFiles<'a> {
    pub(crate) candidate: ModelFile<'a>,
    pub(crate) baseline: Option<ModelFile<'a>>,
    pub(crate) labels: Option<ModelFile<'a>>,
    /// The datasets with features, by name.
    pub(crate) datasets: &'a [(String, Result<ModelFile<'a>, MeasureError>)],
}

/// Columns of one file, in the order of the candidate's rows.
#[derive(Debug, Default)]
pub(crate) struct RowTable {
    pub(crate) path: String,
    pub(crate) columns: BTreeMap<String, ArrayRef>,
    /// The index of each row in the file, if the file has another order.
    pub(crate) order: Option<Vec<u64>>,
    /// True if its numbers were rounded to 32 bits, like stored rows.
    pub(crate) is_rounded: bool,
}

impl RowTable {
    pub(crate) fn column(&self, name: &str) -> Result<&ArrayRef, MeasureError> {
        self.columns.get(name).ok_or_else(|| MeasureError(format!("{}: no column `{name}`", self.path)))
    }

    /// Prepends the path of this file to an error.
    pub(crate) fn blame(&self, error: MeasureError) -> MeasureError {
        MeasureError(format!("{}: {}", self.path, error.0))
    }

    /// Returns the number of a row in the file, starting from 1.
    pub(crate) fn place(&self, row: usize) -> u64 {
        self.order.as_ref().and_then(|order| order.get(row).copied()).unwrap_or(row as u64) + 1
    }

    /// Returns the width in which the numbers of a column were written.
    pub(crate) fn width(&self, name: &str) -> Result<Width, MeasureError> {
        let width = Width::of(self.column(name)?.data_type());
        Ok(if self.is_rounded && width == Width::Double { Width::Single } else { width })
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<(Vec<f64>, Width), MeasureError> {
        let (numbers, _) = decode::scores(name, self.column(name)?).map_err(|error| self.blame(error))?;
        Ok((numbers, self.width(name)?))
    }

    pub(crate) fn plain_numbers(&self, name: &str) -> Result<Vec<f64>, MeasureError> {
        self.numbers(name).map(|(numbers, _)| numbers)
    }

    /// Returns the times of the rows.
    pub(crate) fn times(&self, name: &str) -> Result<Times, MeasureError> {
        let column = self.column(name)?;
        let is_time = matches!(column.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Date64);
        if !is_time {
            if !column.data_type().is_numeric() {
                let kind = decode::kind(column.data_type());
                let why = format!("`{name}` is {kind}; a time is a date, a timestamp or a number");
                return Err(self.blame(MeasureError(why)));
            }
            return self.plain_numbers(name).map(Times::of_numbers);
        }
        decode::no_nulls(name, column).map_err(|error| self.blame(error))?;
        let odd = || self.blame(MeasureError(format!("`{name}` holds times that are out of range")));
        let micros = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None)).map_err(|_| odd())?;
        let days = cast(column, &DataType::Date32).map_err(|_| odd())?;
        if micros.null_count() > 0 || days.null_count() > 0 {
            return Err(odd());
        }
        #[expect(clippy::cast_precision_loss, reason = "exact for the next 200 years")]
        let numbers =
            micros.as_primitive::<TimestampMicrosecondType>().values().iter().map(|time| *time as f64).collect();
        // With a time zone, days are those of the zone.
        let days = days.as_primitive::<Date32Type>().values().iter().map(|day| i64::from(*day)).collect();
        Ok(Times { numbers, days: Some(days) })
    }

    /// Returns a code for each row; rows with equal values share one.
    pub(crate) fn codes(&self, name: &str) -> Result<Vec<u32>, MeasureError> {
        let column = self.column(name)?;
        let codes = NamedValues::of(name, column).and_then(|values| values.complete(name, column));
        codes.map(|(_, codes)| codes).map_err(|error| self.blame(error))
    }
}

/// Times of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Times {
    /// Numbers that increase with time; for dates and timestamps, microseconds since 1970.
    pub(crate) numbers: Vec<f64>,
    /// Days since 1970, if the times are dates or timestamps.
    pub(crate) days: Option<Vec<i64>>,
}

impl Times {
    /// Creates times from plain numbers, unless all of them are written like dates (20260131) or months (202601).
    fn of_numbers(numbers: Vec<f64>) -> Self {
        let days: Option<Vec<i64>> = numbers.iter().map(|number| written_day(*number)).collect();
        match days {
            Some(days) if !days.is_empty() => {
                #[expect(clippy::cast_precision_loss, reason = "days")]
                let numbers = days.iter().map(|day| *day as f64 * 86_400e6).collect();
                Self { numbers, days: Some(days) }
            }
            _ => Self { numbers, days: None },
        }
    }
}

/// Returns the day since 1970 of a number such as 20260131 or 202601.
fn written_day(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most eight digits")]
    let whole = if number.fract() == 0.0 && number < 1e8 { number as i64 } else { return None };
    let (year, month, day) = match whole {
        190_001..=219_912 => (whole / 100, whole % 100, 1),
        19_000_101..=21_991_231 => (whole / 10_000, whole / 100 % 100, whole % 100),
        _ => return None,
    };
    let [month, day] = [month, day].map(|part| u32::try_from(part).unwrap_or(0));
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.signed_duration_since(NaiveDate::default()).num_days())
}

/// Reads columns of a file.
pub(crate) async fn read<'a>(
    file: ModelFile<'_>,
    names: impl Iterator<Item = &'a String>,
) -> Result<(RowTable, MemoryReservation), MeasureError> {
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    let (columns, held) =
        collect(file.table, &names).await.map_err(|error| MeasureError(format!("{}: {}", file.path, error.0)))?;
    Ok((RowTable { path: file.path.to_owned(), columns, ..RowTable::default() }, held))
}

pub(crate) fn keys_of(spec: &PredictionSpec, table: &RowTable) -> Result<Keys, MeasureError> {
    let columns = spec.key.iter().map(|name| table.column(name).cloned()).collect::<Result<Vec<_>, _>>()?;
    Keys::read(&spec.key, &columns, &table.path)
}

/// Returns the rows of another file in the order of the candidate's.
pub(crate) fn in_order_of(
    spec: &PredictionSpec,
    ours: &Keys,
    table: RowTable,
    what: &str,
) -> Result<RowTable, MeasureError> {
    let order: Vec<u64> = ours.pair(&keys_of(spec, &table)?, what)?.into_iter().map(|row| row as u64).collect();
    let rows = UInt64Array::from(order.clone());
    let wrap = |error: datafusion::arrow::error::ArrowError| MeasureError(format!("{}: {error}", table.path));
    let taken: Vec<_> = table.columns.iter().filter(|(name, _)| !spec.key.contains(name)).collect();
    let columns = workers::map(taken.len(), |at| {
        let (name, column) = taken[at];
        Ok((name.clone(), take(column, &rows, None)?))
    });
    let columns = columns.into_iter().collect::<Result<_, _>>().map_err(wrap)?;
    Ok(RowTable { path: table.path, columns, order: Some(order), is_rounded: false })
}

/// Reads these columns of all rows, and reserves memory for them.
async fn collect(
    table: &DataFrame,
    names: &[&String],
) -> Result<(BTreeMap<String, ArrayRef>, MemoryReservation), MeasureError> {
    let wrap = |error: DataFusionError| MeasureError(sentence(&error));
    let selected =
        table.clone().select(names.iter().map(|name| ident(name.as_str())).collect::<Vec<_>>()).map_err(wrap)?;
    let schema = selected.schema().inner().clone();
    let held = MemoryConsumer::new("predictions").register(selected.task_ctx().memory_pool());
    let mut stream = selected.execute_stream().await.map_err(wrap)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(wrap)?;
        // The batch itself, and a copy of it in one piece or in another form.
        held.try_grow(2 * batch.get_array_memory_size()).map_err(wrap)?;
        batches.push(batch);
    }
    let all = concat_batches(&schema, &batches).map_err(|error| MeasureError(error.to_string()))?;
    let columns = names.iter().zip(all.columns()).map(|(name, column)| Ok(((*name).clone(), plain(column)?)));
    Ok((columns.collect::<Result<_, MeasureError>>()?, held))
}

/// Decodes dictionaries of numbers and dates.
fn plain(column: &ArrayRef) -> Result<ArrayRef, MeasureError> {
    let values = value_type(column.data_type());
    if values == column.data_type() || values.is_string() {
        return Ok(column.clone());
    }
    cast(column, values).map_err(|error| MeasureError(error.to_string()))
}
