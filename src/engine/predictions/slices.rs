//! Slices of rows, each with its name and the indices of its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::dataframe::DataFrame;

use super::crossing::Crossing;
use super::row_table::ModelFile;
use super::width::Width;
use crate::engine::error::sentence;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::predictions::decode::{Groups, MISSING};
use crate::engine::sql::predicate;
use crate::measurement::{MeasureError, Predicate, SliceBy};

/// Returns the slices of crossed columns; a combination without rows is not a slice.
pub(crate) fn by_columns(columns: &[(&str, &Groups)]) -> BTreeMap<String, Vec<u32>> {
    let rows = columns.first().map_or(0, |(_, groups)| groups.codes.len());
    let crossing = Crossing::of(&columns.iter().map(|(_, groups)| *groups).collect::<Vec<_>>(), rows);
    let named = crossing.rows().map(|(codes, rows)| {
        let parts = columns.iter().zip(codes);
        let parts: Vec<String> =
            parts.map(|((name, groups), code)| format!("{name}={}", groups.names[code as usize])).collect();
        (parts.join(","), rows)
    });
    named.collect()
}

/// Returns the edges between bins of a numeric column: its quantiles, so that bins have about the same number of rows.
pub(crate) fn edges(name: &str, column: &ArrayRef, count: u64) -> Result<Vec<f64>, MeasureError> {
    let width = Width::of(column.data_type());
    let mut sorted: Vec<f64> =
        numbers(name, column)?.into_iter().flatten().map(|number| width.shortest(number)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut edges: Vec<f64> = Vec::new();
    for bin in 1..count {
        let at = usize::try_from(bin * sorted.len() as u64 / count).unwrap_or(usize::MAX);
        if let Some(edge) = sorted.get(at).filter(|edge| edges.last() != Some(edge) && sorted.first() != Some(edge)) {
            edges.push(*edge);
        }
    }
    Ok(edges)
}

/// Returns the name of a bin: `below 25`, `25 to 40`, `from 65`, and `all` without ends.
pub(crate) fn bin_name(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (None, Some(high)) => format!("below {high}"),
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("from {low}"),
        (None, None) => "all".to_owned(),
    }
}

/// Returns the slices of a numeric column between these edges; rows without a number form their own slice.
pub(crate) fn by_bins(
    name: &str,
    column: &ArrayRef,
    edges: &[f64],
) -> Result<BTreeMap<String, Vec<u32>>, MeasureError> {
    let name_of = |bin: usize| {
        let (low, high) = (bin.checked_sub(1).and_then(|below| edges.get(below)), edges.get(bin));
        format!("{name}={}", bin_name(low.copied(), high.copied()))
    };
    let width = Width::of(column.data_type());
    let starts: Vec<f64> = edges.iter().map(|edge| width.nearest(*edge)).collect();
    let mut slices: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (row, number) in (0..).zip(numbers(name, column)?) {
        let name = match number {
            Some(number) => name_of(starts.partition_point(|edge| *edge <= number)),
            None => format!("{name}={MISSING}"),
        };
        slices.entry(name).or_default().push(row);
    }
    Ok(slices)
}

/// Returns the groups of a numeric column in bands, each from one edge to below the next; rows without a number form
/// their own group.
pub(crate) fn bands(name: &str, column: &ArrayRef, edges: &[f64]) -> Result<Groups, MeasureError> {
    if !column.data_type().is_numeric() {
        let kind = crate::engine::types::type_name(column.data_type());
        return Err(MeasureError(format!("`{name}` is {kind}, but bands need numbers")));
    }
    let numbers = cast(column, &DataType::Float64).map_err(|error| MeasureError(format!("`{name}`: {error}")))?;
    let numbers = numbers.as_primitive::<Float64Type>();
    let lows = iter::once(None).chain(edges.iter().copied().map(Some));
    let highs = edges.iter().copied().map(Some).chain([None]);
    let mut names: Vec<String> = lows.zip(highs).map(|(low, high)| bin_name(low, high)).collect();
    let missing = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let width = Width::of(column.data_type());
    let starts: Vec<f64> = edges.iter().map(|edge| width.nearest(*edge)).collect();
    let code = |row: usize| {
        if !numbers.is_valid(row) || numbers.value(row).is_nan() {
            return missing;
        }
        u32::try_from(starts.partition_point(|edge| *edge <= numbers.value(row))).unwrap_or(u32::MAX)
    };
    let codes: Vec<u32> = (0..numbers.len()).map(code).collect();
    if codes.contains(&missing) {
        names.push(MISSING.to_owned());
    }
    Ok(Groups { names, codes })
}

/// Returns the finite numbers of a column, row by row.
fn numbers(name: &str, column: &ArrayRef) -> Result<Vec<Option<f64>>, MeasureError> {
    if !column.data_type().is_numeric() {
        let kind = crate::engine::types::type_name(column.data_type());
        return Err(MeasureError(format!("`{name}` is {kind}, but bins need numbers")));
    }
    let numbers = cast(column, &DataType::Float64).map_err(|error| MeasureError(format!("`{name}`: {error}")))?;
    let numbers = numbers.as_primitive::<Float64Type>();
    Ok(numbers.iter().map(|number| number.filter(|number| number.is_finite())).collect())
}

/// Returns the rows for which a condition is true.
pub(crate) fn by_condition(name: &str, column: &ArrayRef) -> Result<BTreeMap<String, Vec<u32>>, MeasureError> {
    if column.data_type() != &DataType::Boolean {
        return Err(MeasureError(format!("the slice `{name}` is not a condition")));
    }
    let truths = column.as_boolean();
    let rows = (0..).zip(truths.iter()).filter(|(_, truth)| *truth == Some(true)).map(|(row, _)| row).collect();
    Ok(BTreeMap::from([(name.to_owned(), rows)]))
}

/// Adds a boolean column for each condition to the table, and returns the names of these columns.
pub(crate) fn with_conditions<'a>(
    file: ModelFile<'_>,
    slicing: &BTreeSet<&'a SliceBy>,
) -> Result<(DataFrame, BTreeMap<&'a SliceBy, String>), MeasureError> {
    let mut table = file.table.clone();
    let mut names = BTreeMap::new();
    if !slicing.iter().any(|by| matches!(by, SliceBy::Where(..))) {
        return Ok((table, names));
    }
    let indexed = IndexedTable::of(file.table);
    for by in slicing {
        let SliceBy::Where(slice, sql) = by else { continue };
        let wrap = |why: String| MeasureError(format!("{}: the slice `{slice}`: {why}", file.path));
        let condition = Predicate { matches: sql.clone(), among: None, column: None, values: BTreeMap::new() };
        let (truth, _) = predicate::bind(&indexed, &condition).map_err(|error| wrap(error.0))?;
        let name = format!("mlgate slice {}", names.len());
        table = table.with_column(&name, truth).map_err(|error| wrap(sentence(&error)))?;
        names.insert(*by, name);
    }
    Ok((table, names))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{BooleanArray, Float32Array, Float64Array, StringArray};

    use super::*;
    use crate::engine::predictions::decode::groups;

    #[test]
    fn columns_are_crossed() {
        let sex: ArrayRef = Arc::new(StringArray::from(vec![Some("f"), Some("m"), None, Some("f")]));
        let town: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "a", "a"]));
        let (sex, town) = (groups("sex", &sex).unwrap(), groups("town", &town).unwrap());
        let slices = by_columns(&[("sex", &sex), ("town", &town)]);
        let wanted = [("sex=(missing),town=a", vec![2]), ("sex=f,town=a", vec![0, 3]), ("sex=m,town=b", vec![1])];
        assert_eq!(slices, wanted.map(|(name, rows)| (name.to_owned(), rows)).into());
    }

    #[test]
    fn numbers_are_cut_into_bins_of_about_as_many_rows() {
        let ages: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(2.0), Some(3.0), Some(4.0), None]));
        let cut = |column: &ArrayRef, count| by_bins("age", column, &edges("age", column, count).unwrap()).unwrap();
        let slices = cut(&ages, 2);
        let wanted = [("age=(missing)", vec![4]), ("age=below 3", vec![0, 1]), ("age=from 3", vec![2, 3])];
        assert_eq!(slices, wanted.map(|(name, rows)| (name.to_owned(), rows)).into());
        let same: ArrayRef = Arc::new(Float64Array::from(vec![7.0, 7.0, 7.0]));
        assert_eq!(cut(&same, 3), [("age=all".to_owned(), vec![0, 1, 2])].into());
        let text: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
        assert_eq!(edges("age", &text, 3).unwrap_err().0, "`age` is string, but bins need numbers");
    }

    #[test]
    fn bands_start_at_their_edges_and_the_empty_ones_stay() {
        let ages: ArrayRef =
            Arc::new(Float64Array::from(vec![Some(24.9), Some(25.0), None, Some(80.0), Some(f64::NAN)]));
        let groups = bands("age", &ages, &[25.0, 40.0, 65.0]).unwrap();
        assert_eq!(groups.names, ["below 25", "25 to 40", "40 to 65", "from 65", "(missing)"]);
        assert_eq!(groups.codes, [0, 1, 4, 3, 4]);
    }

    #[test]
    fn edges_beside_floats_of_32_bits_are_floats_of_32_bits() {
        let scores: ArrayRef = Arc::new(Float32Array::from(vec![0.1, 0.7, 0.7, 0.9]));
        assert_eq!(bands("s", &scores, &[0.7]).unwrap().codes, [0, 1, 1, 1]);
        assert_eq!(edges("s", &scores, 2).unwrap(), [0.7]);
        let wanted = [("s=below 0.7", vec![0]), ("s=from 0.7", vec![1, 2, 3])];
        assert_eq!(by_bins("s", &scores, &[0.7]).unwrap(), wanted.map(|(name, rows)| (name.to_owned(), rows)).into());
    }

    #[test]
    fn an_unknown_condition_is_not_true() {
        let young: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]));
        assert_eq!(by_condition("young", &young).unwrap(), [("young".to_owned(), vec![0, 3])].into());
    }
}
