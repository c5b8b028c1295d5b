//! The columns by whose values a search tells rows apart.

use std::collections::HashMap;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use super::decode::MISSING;
use super::model::Edges;
use super::row_table::RowTable;
use super::slices::{bands, edges};
use super::values::{NamedValues, in_order, value_type};
use crate::measurement::{MeasureError, SliceBy};
use crate::stats::slice_search::SearchFeature;

/// The number of bins of a column of numbers, and the most distinct numbers that are values of their own.
pub(crate) const BINS: u64 = 10;

/// The features of all rows.
#[derive(Debug, Default)]
pub(crate) struct Features {
    pub(crate) features: Vec<SearchFeature>,
    /// The SQL condition of each value of each feature.
    pub(crate) conditions: Vec<Vec<String>>,
    /// The columns that took no part, with the reason.
    pub(crate) left_out: Vec<(String, String)>,
}

impl Features {
    /// Reads these columns. Bins without edges in `cut` are quantiles of the column itself.
    pub(crate) fn read(table: &RowTable, names: &[String], cut: &Edges) -> Result<Self, MeasureError> {
        let mut found = Self::default();
        for name in names {
            let column = table.column(name)?;
            match feature(name, column, cut) {
                Ok((feature, conditions)) if feature.values.len() > 1 => {
                    found.features.push(feature);
                    found.conditions.push(conditions);
                }
                Ok(_) => found.left_out.push((name.clone(), "it has one value".to_owned())),
                Err(why) => found.left_out.push((name.clone(), why.0)),
            }
        }
        Ok(found)
    }
}

/// Returns a feature, and the condition of each of its values.
fn feature(name: &str, column: &ArrayRef, cut: &Edges) -> Result<(SearchFeature, Vec<String>), MeasureError> {
    let named = NamedValues::of(name, column)?;
    if is_binned(column.data_type()) && named.names.len() as u64 > BINS {
        let known = cut.get(&SliceBy::Bins(name.to_owned(), BINS)).filter(|edges| !edges.is_empty());
        let edges = known.cloned().map_or_else(|| edges(name, column, BINS), Ok)?;
        if !edges.is_empty() {
            let bins = bands(name, column, &edges)?;
            let conditions = of_bins((name, column.data_type()), &edges, bins.names.len());
            return Ok((SearchFeature { name: name.to_owned(), values: bins.names, codes: bins.codes }, conditions));
        }
    }
    let values = in_order(named.names.clone());
    let places: HashMap<&str, usize> =
        values.iter().enumerate().map(|(place, value)| (value.as_str(), place)).collect();
    let place_of: Vec<usize> = named.names.iter().map(|value| places[value.as_str()]).collect();
    // Behind all others.
    let missing = values.len();
    let code = |code: &Option<u32>| code.map_or(missing, |code| place_of[code as usize]);
    let codes: Vec<u32> = named.codes.iter().map(|of| u32::try_from(code(of)).unwrap_or(u32::MAX)).collect();
    let mut conditions: Vec<String> = values.iter().map(|value| of_value(name, column.data_type(), value)).collect();
    let mut values = values;
    if named.codes.contains(&None) {
        values.push(MISSING.to_owned());
        conditions.push(is_missing(name, column.data_type()));
    }
    Ok((SearchFeature { name: name.to_owned(), values, codes }, conditions))
}

fn of_bins((column, kind): (&str, &DataType), edges: &[f64], count: usize) -> Vec<String> {
    let name = identifier(column);
    let mut conditions = vec![format!("{name} < {}", edges[0])];
    conditions.extend(edges.windows(2).map(|two| format!("{name} >= {} AND {name} < {}", two[0], two[1])));
    conditions.push(format!("{name} >= {}", edges[edges.len() - 1]));
    if conditions.len() < count {
        conditions.push(is_missing(column, kind));
    }
    conditions
}

fn of_value(name: &str, kind: &DataType, value: &str) -> String {
    let kind = value_type(kind);
    let name = identifier(name);
    if kind.is_numeric() || kind == &DataType::Boolean {
        return format!("{name} = {value}");
    }
    let text = format!("'{}'", value.replace('\'', "''"));
    match kind {
        DataType::Date32 | DataType::Date64 => format!("{name} = DATE {text}"),
        DataType::Timestamp(..) => format!("{name} = TIMESTAMP {text}"),
        _ => format!("{name} = {text}"),
    }
}

fn is_missing(name: &str, kind: &DataType) -> String {
    let name = identifier(name);
    // NaN is a missing number, and no null.
    if value_type(kind).is_floating() {
        format!("({name} IS NULL OR isnan({name}))")
    } else {
        format!("{name} IS NULL")
    }
}

/// Returns a name as an identifier of SQL: as it stands if no reader can take it for another one.
fn identifier(name: &str) -> String {
    let mut characters = name.chars();
    let is_plain = characters.next().is_some_and(|first| first.is_ascii_lowercase())
        && characters.all(|rest| rest.is_ascii_lowercase() || rest.is_ascii_digit() || rest == '_')
        && !ALL_KEYWORDS.contains(&name.to_ascii_uppercase().as_str());
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Returns true if a column of this type is cut into bins where it has many values.
pub(crate) fn is_binned(kind: &DataType) -> bool {
    kind.is_numeric()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use datafusion::arrow::array::{Float64Array, Int64Array, ListArray, StringArray};
    use datafusion::arrow::datatypes::Int32Type;

    use super::*;

    fn read(column: ArrayRef, cut: &Edges) -> Features {
        let columns = BTreeMap::from([("x".to_owned(), column)]);
        let table = RowTable { columns, ..RowTable::default() };
        Features::read(&table, &["x".to_owned()], cut).unwrap()
    }

    #[test]
    fn few_numbers_are_values_and_many_are_bins_of_the_baseline() {
        let few = read(Arc::new(Int64Array::from(vec![Some(10), Some(2), None, Some(2)])), &Edges::new());
        assert_eq!(few.features[0].values, ["2", "10", MISSING]);
        assert_eq!(few.features[0].codes, [1, 0, 2, 0]);
        assert_eq!(few.conditions[0], ["x = 2", "x = 10", "x IS NULL"]);
        let numbers: Vec<f64> = (0..30).map(f64::from).collect();
        let cut = Edges::from([(SliceBy::Bins("x".to_owned(), BINS), vec![5.0, 20.0])]);
        let many = read(Arc::new(Float64Array::from(numbers)), &cut);
        assert_eq!(many.features[0].values, ["below 5", "5 to 20", "from 20"]);
        assert_eq!(many.conditions[0], ["x < 5", "x >= 5 AND x < 20", "x >= 20"]);
    }

    #[test]
    fn the_codes_do_not_depend_on_the_order_of_the_rows() {
        let one = read(Arc::new(StringArray::from(vec![Some("b"), Some("a"), None])), &Edges::new());
        let other = read(Arc::new(StringArray::from(vec![None, Some("a"), Some("b")])), &Edges::new());
        assert_eq!(one.features[0].values, other.features[0].values);
        assert_eq!((one.features[0].codes[0], other.features[0].codes[2]), (1, 1));
    }

    #[test]
    fn conditions_quote_what_has_to_be_quoted() {
        assert_eq!(of_value("a b", &DataType::Utf8, "o'clock"), "\"a b\" = 'o''clock'");
        assert_eq!(of_value("sex", &DataType::Boolean, "true"), "sex = true");
        assert_eq!(identifier("A\"B"), "\"A\"\"B\"");
    }

    #[test]
    fn columns_that_tell_nothing_apart_are_named() {
        let one = read(Arc::new(StringArray::from(vec!["a", "a"])), &Edges::new());
        assert_eq!(one.left_out, [("x".to_owned(), "it has one value".to_owned())]);
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), Some(vec![Some(2)])]);
        let lists = read(Arc::new(lists), &Edges::new());
        assert!(lists.features.is_empty() && lists.left_out[0].1.contains("text, numbers, dates or booleans"));
    }
}
