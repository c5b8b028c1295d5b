//! The values of a column that fail a check, with their rows.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::ident;
use futures::StreamExt;

use crate::engine::error::clipped;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::spelling::{Form, SpellingKind};
use crate::engine::sql::predicate;
use crate::measurement::{BrokenValues, Predicate};

/// The most values that are held to choose from; of more none is named, because they only illustrate a known count.
const MOST_HELD: usize = 100_000;

/// Returns the values of a predicate's column among the rows that it selects, of at least `least` rows each, and of these
/// the first `most`.
pub(crate) async fn of_predicate(
    table: &DataFrame,
    condition: &Predicate,
    (least, most): (u64, usize),
) -> Result<BrokenValues, DataFusionError> {
    let Some(column) = &condition.column else { return Ok(BrokenValues::default()) };
    let kind = SpellingKind::of(table.schema().field_with_unqualified_name(column)?.data_type());
    let (matches, among) = predicate::bind(&IndexedTable::of(table), condition)
        .map_err(|error| DataFusionError::Plan(error.to_string()))?;
    let selected = among.into_iter().fold(matches.and(ident(column).is_not_null()), Expr::and);
    let values = table
        .clone()
        .filter(selected)?
        .aggregate(vec![Form::Text.of(ident(column)).alias("value")], vec![count(lit(1)).alias("rows")])?;
    let mut batches = values.execute_stream().await?;
    let (mut found, mut kinds) = (Vec::new(), 0);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        kinds += batch.num_rows() as u64;
        let rows = batch.column(1).as_primitive::<Int64Type>().values();
        for (value, rows) in batch.column(0).as_string_view().iter().zip(rows) {
            let rows = rows.unsigned_abs();
            found.extend(value.filter(|_| rows >= least).map(|value| (value.to_owned(), rows)));
        }
        // The first of so many would be those that happened to come first.
        if found.len() > MOST_HELD {
            return Ok(BrokenValues::default());
        }
    }
    let is_ordered = matches!(kind, SpellingKind::Number | SpellingKind::Instant | SpellingKind::TimeOfDay);
    let values: Vec<(String, u64)> =
        chosen(found, is_ordered, most).into_iter().map(|(value, rows)| (clipped(&value), rows)).collect();
    Ok(BrokenValues { others: kinds - values.len() as u64, values })
}

/// Returns the first values to look at, in an order that does not depend on that of the rows.
fn chosen(mut values: Vec<(String, u64)>, is_ordered: bool, most: usize) -> Vec<(String, u64)> {
    if is_ordered {
        let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
        values.sort_by(|(a, _), (b, _)| number(a).total_cmp(&number(b)).then_with(|| a.cmp(b)));
    }
    let mut ends = Vec::new();
    if is_ordered && values.len() > 1 {
        ends.extend(values.pop());
        ends.insert(0, values.remove(0));
    }
    values.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    ends.into_iter().chain(values).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_numbers_the_ends_come_first_and_else_the_most_frequent() {
        let values = |texts: &[(&str, u64)]| texts.iter().map(|(text, rows)| ((*text).to_owned(), *rows)).collect();
        let names = |found: Vec<(String, u64)>| found.into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        let numbers = values(&[("200", 9), ("-1", 5), ("1000", 5), ("999", 8)]);
        assert_eq!(names(chosen(numbers, true, 3)), ["-1", "1000", "200"]);
        assert_eq!(names(chosen(values(&[("7", 5)]), true, 3)), ["7"]);
        assert_eq!(names(chosen(values(&[("b", 5), ("a", 5), ("c", 6)]), false, 2)), ["c", "a"]);
    }
}
