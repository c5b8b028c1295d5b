//! What a table holds, column by column, for writing a first config.

mod texts;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, max, min};
use datafusion::logical_expr::{ident, lit, when};
use datafusion::prelude::Expr;

use super::distinct::distinct_rows;
use super::source::is_mixed;
use super::types;
use crate::gate::measurement::{Column, MeasureError, TypeFamily};

/// Beyond this many values, a text column is not a closed domain.
const SMALL_DOMAIN: u64 = 20;
/// Beyond this many, whole numbers may be amounts and not codes.
const FEW_CODES: u64 = 2;
/// The texts that stand for nothing: those that the check `missing` knows of itself.
pub const MISSING_TOKENS: [&str; 30] = [
    "", "NA", "N/A", "n/a", "<NA>", "#N/A", "#N/A N/A", "#NA", "na", "Na", "NULL", "null", "Null", "None", "none",
    "NONE", "nil", "NIL", "NaN", "nan", "-NaN", "-nan", "NaT", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "\\N", "-",
    "?",
];

/// A table, summarised.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its rows.
    pub rows: u64,
    /// Its distinct rows.
    pub distinct_rows: u64,
    /// Its columns, in the order of the file.
    pub columns: Vec<ColumnProfile>,
    /// Columns of JSON lines whose values are of types that do not fit, so that no check can read them.
    pub mixed: Vec<String>,
}

/// A column, summarised.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    /// Name and type.
    pub column: Column,
    /// A value such as `02134`, of a column of whole numbers that is probably one of codes: `types` keeps the zeros.
    pub padded: Option<String>,
    /// Rows without a value.
    pub nulls: u64,
    /// Distinct values.
    pub distinct: u64,
    /// Whether every number is finite.
    pub finite: bool,
    /// The smallest and the largest value, of numbers.
    pub range: Option<(f64, f64)>,
    /// The first and the last day, as 2026-01-31, of dates and times.
    pub days: Option<(String, String)>,
    /// All values in order, of a column of text or codes that has few.
    pub values: Vec<String>,
    /// Texts that stand for nothing, with their rows, the most frequent first.
    pub tokens: Vec<(String, u64)>,
    /// The format in which all texts are written, of a column without a small domain.
    pub format: Option<&'static str>,
}

/// Summarises a table in one scan, and in a few more for each column of text.
pub(super) async fn profile(table: &DataFrame) -> Result<Profile, MeasureError> {
    measure(table).await.map_err(|error| MeasureError(super::error::sentence(&error)))
}

async fn measure(table: &DataFrame) -> Result<Profile, DataFusionError> {
    let readable = table.schema().fields().iter().filter(|field| !is_mixed(field)).cloned();
    let columns = types::columns(&Schema::new(readable.collect::<Vec<_>>()));
    let every: Vec<Expr> = columns.iter().map(|column| ident(&column.name)).collect();
    let mut wanted = vec![count(lit(1)), distinct_rows().call(every)];
    for column in &columns {
        let value = ident(&column.name);
        wanted.push(count(value.clone()));
        wanted.push(distinct_rows().call(vec![value.clone()]));
        if column.data_type.family.is_number() {
            let number = datafusion::logical_expr::cast(value, DataType::Float64);
            let finite = number.clone().between(lit(f64::MIN), lit(f64::MAX));
            let kept = when(finite, number).end()?;
            wanted.extend([count(kept.clone()), min(kept.clone()), max(kept)]);
        } else if is_time(column) {
            // As numbers, to be answered like all others.
            let day = datafusion::logical_expr::cast(value, DataType::Date32);
            let day = datafusion::logical_expr::cast(day, DataType::Int32);
            wanted.extend([min(day.clone()), max(day)]);
        }
    }
    let named = wanted.into_iter().enumerate().map(|(index, expression)| expression.alias(format!("p{index}")));
    let batches = table.clone().aggregate(Vec::new(), named.collect())?.collect().await?;
    let batch = batches
        .iter()
        .find(|batch| batch.num_rows() == 1)
        .ok_or_else(|| DataFusionError::Execution("the table gave no answer".to_owned()))?;
    let mut answers = batch.columns().iter().map(|answer| {
        let number = cast(answer, &DataType::Float64)?;
        let number = number.as_primitive::<datafusion::arrow::datatypes::Float64Type>();
        Ok::<_, DataFusionError>(number.is_valid(0).then(|| number.value(0)))
    });
    let mut next = || answers.next().unwrap_or(Ok(None));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let whole = |answer: Result<Option<f64>, DataFusionError>| answer.map(|number| number.unwrap_or(0.0) as u64);
    let (rows, distinct) = (whole(next())?, whole(next())?);
    let mut profile = Profile { rows, distinct_rows: distinct, columns: Vec::new(), mixed: Vec::new() };
    for column in columns {
        let (present, distinct) = (whole(next())?, whole(next())?);
        let (mut finite, mut range, mut days) = (true, None, None);
        if column.data_type.family.is_number() {
            finite = whole(next())? == present;
            range = next()?.zip(next()?);
        } else if is_time(&column) {
            days = next()?.zip(next()?).and_then(|(first, last)| Some((iso(first)?, iso(last)?)));
        }
        let nulls = rows - present;
        let (values, tokens) = (Vec::new(), Vec::new());
        let (padded, format) = (None, None);
        profile.columns.push(ColumnProfile {
            column,
            padded,
            nulls,
            distinct,
            finite,
            range,
            days,
            values,
            tokens,
            format,
        });
    }
    for column in &mut profile.columns {
        let most = match column.column.data_type.family {
            TypeFamily::String => SMALL_DOMAIN,
            TypeFamily::Int => FEW_CODES,
            // Codes often come as floats, because a column of whole numbers with a gap does.
            TypeFamily::Float if column.finite && column.range.is_some_and(is_whole) => FEW_CODES,
            _ => 0,
        };
        let is_domain = (1..=most).contains(&column.distinct);
        // A column in which every value is another is a name, not a domain.
        if is_domain && column.distinct * 2 <= rows {
            column.values = values(table, &column.column.name).await?;
        }
    }
    texts::look(table, &mut profile.columns).await?;
    Ok(profile)
}

/// Two values that are the ends are all of them.
fn is_whole((low, high): (f64, f64)) -> bool {
    low.fract() == 0.0 && high.fract() == 0.0
}

async fn values(table: &DataFrame, column: &str) -> Result<Vec<String>, DataFusionError> {
    let batches = table.clone().select(vec![ident(column)])?.distinct()?.collect().await?;
    let mut values = Vec::new();
    for batch in &batches {
        let texts = cast(batch.column(0), &DataType::Utf8)?;
        values.extend(texts.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    values.sort();
    // Codes in the order of numbers.
    values.sort_by(|left, right| {
        let number = |text: &String| text.parse::<f64>().unwrap_or_default();
        number(left).total_cmp(&number(right))
    });
    Ok(values)
}

fn is_time(column: &Column) -> bool {
    matches!(column.data_type.family, TypeFamily::Date | TypeFamily::Timestamp)
}

/// A number of days since 1970 as a date; nothing for years that a config cannot name.
fn iso(days: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "a Date32 came as a float")]
    let date = chrono::DateTime::from_timestamp(days as i64 * 86_400, 0)?.date_naive();
    (0..=9999).contains(&date.format("%Y").to_string().parse::<i32>().ok()?).then(|| date.to_string())
}
