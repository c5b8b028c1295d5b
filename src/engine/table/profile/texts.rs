//! Properties of the texts in a table: their format, and tokens for missing values.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, ident, lit, when};

use super::{ColumnProfile, MISSING_TOKENS};
use crate::engine::sql::looks_like::looks_like;
use crate::measurement::TypeFamily;

/// The formats to try, the narrower ones first.
const FORMATS: [&str; 6] = ["uuid", "date", "datetime", "ipv4", "email", "url"];
/// The number of rows in which a format is tried before all rows are read.
const SAMPLE: usize = 1_000;

/// Fills in the formats and the missing-value tokens of text columns.
pub(super) async fn look(table: &DataFrame, columns: &mut [ColumnProfile]) -> Result<(), DataFusionError> {
    for column in columns.iter_mut().filter(|column| column.column.data_type.family == TypeFamily::String) {
        column.tokens = tokens(table, &column.column.name).await?;
        if column.distinct > 1 && column.values.is_empty() && column.tokens.is_empty() {
            column.format = format(table, &column.column.name).await?;
        }
    }
    Ok(())
}

/// Returns a column's tokens for missing values, the most frequent first.
async fn tokens(table: &DataFrame, column: &str) -> Result<Vec<(String, u64)>, DataFusionError> {
    let known = MISSING_TOKENS.iter().map(|token| lit(*token)).collect();
    let counted = table
        .clone()
        .select(vec![ident(column).alias("token")])?
        .filter(ident("token").in_list(known, false))?
        .aggregate(vec![ident("token")], vec![count(lit(1)).alias("rows")])?;
    let mut found = Vec::new();
    for batch in counted.collect().await? {
        let texts = cast(batch.column(0), &DataType::Utf8)?;
        let rows = batch.column(1).as_primitive::<Int64Type>();
        let pairs = texts.as_string::<i32>().iter().zip(rows.iter());
        found.extend(pairs.filter_map(|(text, rows)| Some((text?.to_owned(), rows?.unsigned_abs()))));
    }
    found.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    Ok(found)
}

/// Returns the common format of all texts in a column.
async fn format(table: &DataFrame, column: &str) -> Result<Option<&'static str>, DataFusionError> {
    let sample = table.clone().limit(0, Some(SAMPLE))?;
    for format in FORMATS {
        if all_look_like(&sample, column, format).await? && all_look_like(table, column, format).await? {
            return Ok(Some(format));
        }
    }
    Ok(None)
}

async fn all_look_like(table: &DataFrame, column: &str, format: &str) -> Result<bool, DataFusionError> {
    let matches: Expr = looks_like().call(vec![ident(column), lit(format)]);
    let counts = vec![count(when(matches, lit(1)).end()?).alias("alike"), count(ident(column)).alias("all")];
    let batches = table.clone().aggregate(Vec::new(), counts)?.collect().await?;
    Ok(batches.iter().filter(|batch| batch.num_rows() == 1).any(|batch| {
        let number = |at: usize| batch.column(at).as_primitive::<Int64Type>().value(0);
        number(0) == number(1) && number(1) > 0
    }))
}
