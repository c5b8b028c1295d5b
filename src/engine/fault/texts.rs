//! Faults of categories: renamed, new and lost ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};

use super::{MarkedRows, odd};

/// The distinct values of a column, in the order of their texts.
pub(super) struct DistinctValues {
    /// The place of each row's value among the distinct ones; none for null.
    pub(super) codes: Vec<Option<usize>>,
    /// A row of each value.
    pub(super) examples: Vec<usize>,
    /// The texts of the values.
    pub(super) names: Vec<String>,
}

impl DistinctValues {
    /// Finds the distinct values of a column.
    ///
    /// # Errors
    ///
    /// Its values have no texts.
    pub(super) fn of(column: &ArrayRef) -> Result<Self, String> {
        let texts = cast(column, &DataType::Utf8).map_err(|_| "its values cannot be compared".to_owned())?;
        let texts = texts.as_string::<i32>();
        let mut found = BTreeMap::<&str, usize>::new();
        for (row, text) in texts.iter().enumerate() {
            if let Some(text) = text {
                found.entry(text).or_insert(row);
            }
        }
        let places: BTreeMap<&str, usize> = found.keys().copied().zip(0..).collect();
        let codes = texts.iter().map(|text| text.and_then(|text| places.get(text).copied())).collect();
        let names = found.keys().map(|name| (*name).to_owned()).collect();
        Ok(Self { codes, examples: found.into_values().collect(), names })
    }

    /// Returns the number of rows of each value.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.examples.len()];
        self.codes.iter().flatten().for_each(|code| counts[*code] += 1);
        counts
    }

    /// Returns the most frequent value, the first of several.
    pub(super) fn most_frequent(&self) -> Option<usize> {
        let counts = self.counts();
        (0..counts.len()).max_by_key(|code| (counts[*code], std::cmp::Reverse(*code)))
    }

    /// Returns the rarest value that has so many rows, or the most frequent one.
    pub(super) fn rarest(&self, least: usize) -> Option<usize> {
        let counts = self.counts();
        let rare = (0..counts.len()).filter(|code| counts[*code] >= least).min_by_key(|code| (counts[*code], *code));
        rare.or_else(|| self.most_frequent())
    }
}

/// Spells the most frequent value in another way.
pub(super) fn renamed(rows: &MarkedRows<'_>, name: &str, dose: f64) -> Result<RecordBatch, String> {
    let column = rows.column(name)?;
    let classes = DistinctValues::of(column)?;
    let code = classes.most_frequent().ok_or("it has no values")?;
    let old = classes.names[code].as_str();
    let upper = old.to_uppercase();
    let mut new = if upper == old { format!("{old}_") } else { upper };
    while classes.names.contains(&new) {
        new.push('_');
    }
    let chosen = rows.chosen(|row| classes.codes[row] == Some(code), dose)?;
    with_text(rows, name, &chosen, &new)
}

/// Writes a value that the column never had.
pub(super) fn new_value(rows: &MarkedRows<'_>, name: &str, dose: f64) -> Result<RecordBatch, String> {
    let column = rows.column(name)?;
    if column.data_type().is_integer() {
        let numbers = cast(column, &DataType::Int64).map_err(odd)?;
        let numbers = numbers.as_primitive::<Int64Type>();
        let largest = numbers.iter().flatten().max().ok_or("it has no values")?;
        let new = largest.checked_add(1).ok_or("no larger number is left")?;
        let chosen = rows.chosen(|row| column.is_valid(row), dose)?;
        let with = numbers.iter().zip(&chosen).map(|(number, is_chosen)| if *is_chosen { Some(new) } else { number });
        let with: ArrayRef = Arc::new(with.collect::<Int64Array>());
        let column = cast(&with, column.data_type()).map_err(odd)?;
        return rows.with(vec![(name, column)]);
    }
    let classes = DistinctValues::of(column)?;
    let mut new = "drilled".to_owned();
    while classes.names.contains(&new) {
        new.push('_');
    }
    let chosen = rows.chosen(|row| column.is_valid(row), dose)?;
    with_text(rows, name, &chosen, &new)
}

fn with_text(rows: &MarkedRows<'_>, name: &str, chosen: &[bool], text: &str) -> Result<RecordBatch, String> {
    let column = rows.column(name)?;
    let values = match column.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    if !values.is_string() {
        return Err("it holds no texts".to_owned());
    }
    let texts = cast(column, &DataType::Utf8).map_err(odd)?;
    let texts = texts.as_string::<i32>().iter().zip(chosen);
    let with: StringArray = texts.map(|(old, is_chosen)| if *is_chosen { Some(text) } else { old }).collect();
    let with: ArrayRef = Arc::new(with);
    let column = cast(&with, column.data_type()).map_err(odd)?;
    rows.with(vec![(name, column)])
}
