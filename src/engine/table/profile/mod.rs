//! Summary of a table, column by column, for a first config.

mod column_profile;
mod ends;
mod texts;

use datafusion::arrow::datatypes::{DataType, Schema, TimeUnit};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::functions::math::expr_fn::floor;
use datafusion::functions_aggregate::expr_fn::{avg, count, max, min};
use datafusion::logical_expr::{ident, lit, when};
use datafusion::prelude::Expr;

use super::aggregates::aggregates;
use super::distinct::distinct_rows;
use super::fold;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::source::is_mixed;
use crate::engine::types;
use crate::measurement::{Column, MeasureError, TypeFamily};
pub use column_profile::{ColumnProfile, Days, MISSING_TOKENS, Tails};
use ends::EndsFold;

/// The most distinct values of a text column that is a closed domain.
const SMALL_DOMAIN: u64 = 20;
/// The most distinct whole numbers that are surely codes; more of them may be amounts.
const FEW_CODES: u64 = 2;
/// The most values in each tail of a column.
const MOST_BEYOND: u64 = 30;

/// Summary of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The number of rows.
    pub rows: u64,
    /// The number of distinct rows.
    pub distinct_rows: u64,
    /// The columns, in the order of the file.
    pub columns: Vec<ColumnProfile>,
    /// Columns of JSON lines with values of incompatible types, which no check can read.
    pub mixed: Vec<String>,
}

impl Profile {
    /// Returns true if the names of all numeric columns are numbers: the header is then a row of data.
    pub fn first_line_is_data(&self) -> bool {
        let mut numbers = self.columns.iter().filter(|known| known.column.data_type.family.is_number()).peekable();
        let is_number = |known: &ColumnProfile| known.column.name.trim().parse::<f64>().is_ok();
        numbers.peek().is_some() && numbers.all(is_number)
    }
}

/// Summarises a table in a few scans, whatever its number of columns.
pub(crate) async fn profile(table: &IndexedTable) -> Result<Profile, MeasureError> {
    measure(table).await.map_err(|error| MeasureError(crate::engine::error::sentence(&error)))
}

async fn measure(table: &IndexedTable) -> Result<Profile, DataFusionError> {
    let readable = table.fields().iter().filter(|field| !is_mixed(field)).cloned();
    let columns = types::columns(&Schema::new(readable.collect::<Vec<_>>()));
    let every: Vec<Expr> = columns.iter().map(|column| ident(&column.name)).collect();
    // Where no column can be read, no row is known to repeat another.
    let rows = if every.is_empty() { count(lit(1)) } else { distinct_rows().call(every) };
    let mut wanted = vec![count(lit(1)), rows];
    for column in &columns {
        let value = ident(&column.name);
        wanted.push(count(value.clone()));
        wanted.push(distinct_rows().call(vec![value.clone()]));
        if column.data_type.family.is_number() {
            let number = datafusion::logical_expr::cast(value, DataType::Float64);
            let finite = number.clone().between(lit(f64::MIN), lit(f64::MAX));
            let kept = when(finite, number.clone()).end()?;
            wanted.extend([count(kept.clone()), min(kept.clone()), max(kept.clone()), avg(kept)]);
            wanted.push(fold::aggregate::<EndsFold>().call(vec![number]));
        } else if is_time(column) {
            // The cast to numbers gives all results one type.
            let day = day(table, &column.name);
            wanted.extend([min(day.clone()), max(day.clone())]);
            wanted.push(fold::aggregate::<EndsFold>().call(vec![day]));
        }
    }
    let mut answers = aggregates(table, &wanted).await?.into_iter();
    let mut next = || answers.next().unwrap_or(Ok(ScalarValue::Null));
    let (rows, distinct) = (whole(&next()?), whole(&next()?));
    let mut profile = Profile { rows, distinct_rows: distinct, columns: Vec::new(), mixed: Vec::new() };
    for column in columns {
        let (present, distinct) = (whole(&next()?), whole(&next()?));
        let (mut finite, mut range, mut tails, mut days) = (true, None, None, None);
        if column.data_type.family.is_number() {
            finite = whole(&next()?) == present;
            range = number(&next()?).zip(number(&next()?));
            let mean = number(&next()?);
            let inner = inner_values(&next()?, present);
            let all = inner.zip(mean).filter(|_| finite);
            tails = all.map(|((low, high), mean)| Tails { low, high, mean });
        } else if is_time(&column) {
            let ends = number(&next()?).zip(number(&next()?));
            let inner = inner_values(&next()?, present);
            days = ends.and_then(|ends| days_of(ends, inner));
        }
        let nulls = rows - present;
        let (values, tokens, rarest) = (Vec::new(), Vec::new(), 0);
        let (padded, format) = (None, None);
        profile.columns.push(ColumnProfile {
            column,
            padded,
            nulls,
            distinct,
            finite,
            range,
            tails,
            days,
            values,
            rarest,
            tokens,
            format,
        });
    }
    domains(table, &mut profile).await?;
    texts::look(table, &mut profile.columns).await?;
    Ok(profile)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn whole(answer: &ScalarValue) -> u64 {
    number(answer).unwrap_or(0.0) as u64
}

fn number(answer: &ScalarValue) -> Option<f64> {
    match answer.cast_to(&DataType::Float64) {
        Ok(ScalarValue::Float64(number)) => number,
        _ => None,
    }
}

/// Fills in the values of columns that have few.
async fn domains(table: &IndexedTable, profile: &mut Profile) -> Result<(), DataFusionError> {
    let rows = profile.rows;
    let is_domain = |column: &ColumnProfile| {
        let most = match column.column.data_type.family {
            TypeFamily::String => SMALL_DOMAIN,
            TypeFamily::Int => FEW_CODES,
            // Codes often are floats, because a column of whole numbers with a missing value is.
            TypeFamily::Float if column.finite && column.range.is_some_and(is_whole) => FEW_CODES,
            _ => 0,
        };
        // A column in which every value is distinct has names, not a domain.
        (1..=most).contains(&column.distinct) && column.distinct * 2 <= rows
    };
    let mut columns: Vec<&mut ColumnProfile> = profile.columns.iter_mut().filter(|column| is_domain(column)).collect();
    let value = |column: &&mut ColumnProfile| texts::counted(ident(&column.column.name));
    let found = aggregates(table, &columns.iter().map(value).collect::<Vec<_>>()).await?;
    for (column, found) in columns.iter_mut().zip(found) {
        let counts = texts::counts(&found?)?;
        column.rarest = counts.values().copied().min().unwrap_or(u64::MAX);
        column.values = counts.into_keys().collect();
        // Codes are in the order of numbers.
        column.values.sort_by(|left, right| {
            let number = |text: &String| text.parse::<f64>().unwrap_or_default();
            number(left).total_cmp(&number(right))
        });
    }
    Ok(())
}

/// Tells whether both ends are whole; two values that are the ends are all of them.
fn is_whole((low, high): (f64, f64)) -> bool {
    low.fract() == 0.0 && high.fract() == 0.0
}

/// Returns the values a number of ranks inside the lowest and the highest; `None` if the column has hardly any.
fn inner_values(ends: &ScalarValue, present: u64) -> Option<(f64, f64)> {
    let ScalarValue::LargeBinary(Some(bytes)) = ends else { return None };
    let beyond = (present / 4).min(MOST_BEYOND);
    if beyond < 2 {
        return None;
    }
    let (low, high) = ends::parts(bytes);
    let skip = usize::try_from(beyond).ok()?;
    low.get(skip).copied().zip(high.get(skip).copied())
}

/// Returns days since 1970, computed from the stored number: not every one is a date of the calendar.
fn day(table: &IndexedTable, column: &str) -> Expr {
    let (held, per_day) = match table.field(column).map(|field| field.data_type().clone()) {
        Some(DataType::Timestamp(unit, _)) => {
            let per_second = match unit {
                TimeUnit::Second => 1.0,
                TimeUnit::Millisecond => 1e3,
                TimeUnit::Microsecond => 1e6,
                TimeUnit::Nanosecond => 1e9,
            };
            (DataType::Int64, per_second * 86_400.0)
        }
        Some(DataType::Date64) => (DataType::Int64, 86_400_000.0),
        _ => (DataType::Int32, 1.0),
    };
    let held = datafusion::logical_expr::cast(ident(column), held);
    floor(datafusion::logical_expr::cast(held, DataType::Float64) / lit(per_day))
}

fn days_of((first, last): (f64, f64), inner: Option<(f64, f64)>) -> Option<Days> {
    let early = inner.map_or(0.0, |(low, _)| low - first);
    let least = first - (2.0 * early).max((last - first) / 10.0).ceil();
    iso(first).zip(iso(last)).zip(iso(least)).map(|((first, last), least)| Days { first, last, least })
}

fn is_time(column: &Column) -> bool {
    matches!(column.data_type.family, TypeFamily::Date | TypeFamily::Timestamp)
}

/// Formats a number of days since 1970 as a date; `None` for years that a config cannot write.
fn iso(days: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "a Date32 came as a float")]
    let date = chrono::DateTime::from_timestamp(days as i64 * 86_400, 0)?.date_naive();
    (0..=9999).contains(&date.format("%Y").to_string().parse::<i32>().ok()?).then(|| date.to_string())
}
