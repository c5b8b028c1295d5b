//! Properties of the texts in a table: their format, and tokens for missing values.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, cast, ident, lit, when};

use super::column_profile::{ColumnProfile, MISSING_TOKENS};
use super::whole;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::sql::looks_like::looks_like;
use crate::engine::table::aggregates::aggregates;
use crate::engine::table::column_states::{FrequenciesFold, frequencies};
use crate::engine::table::fold;
use crate::measurement::TypeFamily;

/// The formats to try, the narrower ones first.
const FORMATS: [&str; 6] = ["uuid", "date", "datetime", "ipv4", "email", "url"];
/// The number of rows in which a format is tried before all rows are read.
const SAMPLE: usize = 1_000;

/// Returns the aggregate of a value's frequencies, as text.
pub(super) fn counted(value: Expr) -> Expr {
    fold::aggregate::<FrequenciesFold>().call(vec![cast(cast(value, DataType::Utf8), DataType::Utf8View)])
}

/// Decodes that aggregate's result.
pub(super) fn counts(answer: &ScalarValue) -> Result<BTreeMap<String, u64>, DataFusionError> {
    match answer {
        ScalarValue::LargeBinary(Some(bytes)) => Ok(frequencies(bytes)?.counts.into_iter().collect()),
        _ => Ok(BTreeMap::new()),
    }
}

/// Fills in the formats and the missing-value tokens of text columns.
pub(super) async fn look(table: &IndexedTable, columns: &mut [ColumnProfile]) -> Result<(), DataFusionError> {
    let is_text = |column: &&mut ColumnProfile| column.column.data_type.family == TypeFamily::String;
    let mut texts: Vec<&mut ColumnProfile> = columns.iter_mut().filter(is_text).collect();
    let tokens = texts.iter().map(|column| tokens(&column.column.name)).collect::<Result<Vec<_>, _>>()?;
    for (column, found) in texts.iter_mut().zip(aggregates(table, &tokens).await?) {
        column.tokens = counts(&found?)?.into_iter().collect();
        column.tokens.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    }
    texts.retain(|column| column.distinct > 1 && column.values.is_empty() && column.tokens.is_empty());
    formats(table, &mut texts).await
}

/// Returns the aggregate of a column's tokens for missing values.
fn tokens(column: &str) -> Result<Expr, DataFusionError> {
    let known = MISSING_TOKENS.iter().map(|token| lit(*token)).collect();
    Ok(counted(when(ident(column).in_list(known, false), ident(column)).end()?))
}

/// Fills in the common format of all texts in each column: the first one that fits.
async fn formats(table: &IndexedTable, columns: &mut [&mut ColumnProfile]) -> Result<(), DataFusionError> {
    let sample = IndexedTable::of(&table.table().clone().limit(0, Some(SAMPLE))?);
    for format in FORMATS {
        let open = columns.iter_mut().filter(|column| column.format.is_none());
        let alike = all_look_like(&sample, open.map(|column| &mut **column).collect(), format).await?;
        for column in all_look_like(table, alike, format).await? {
            column.format = Some(format);
        }
    }
    Ok(())
}

/// Keeps the columns of which all texts have a format.
async fn all_look_like<'a>(
    table: &IndexedTable,
    columns: Vec<&'a mut ColumnProfile>,
    format: &str,
) -> Result<Vec<&'a mut ColumnProfile>, DataFusionError> {
    let mut wanted = Vec::with_capacity(2 * columns.len());
    for column in &columns {
        let text = ident(&column.column.name);
        let matches: Expr = looks_like().call(vec![text.clone(), lit(format)]);
        wanted.extend([count(when(matches, lit(1)).end()?), count(text)]);
    }
    let answers = aggregates(table, &wanted).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let are_alike = answers.as_chunks::<2>().0.iter().map(|[alike, all]| {
        let (alike, all) = (whole(alike), whole(all));
        alike == all && all > 0
    });
    Ok(columns.into_iter().zip(are_alike).filter_map(|(column, alike)| alike.then_some(column)).collect())
}
