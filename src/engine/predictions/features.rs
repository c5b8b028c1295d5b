//! Features: the columns whose values describe the slices of a search.

use std::collections::HashMap;

use datafusion::arrow::array::ArrayRef;

use super::edges::Edges;
use super::feature_column::{FeatureColumn, FeatureParts};
use super::feature_names::{BINS, feature_names, is_binned, is_output, table_of};
use super::pairing::Keys;
use super::row_table::{ModelFiles, RowTable, in_order_of, keys_of, read};
use super::slices::{bands, edges};
use super::values::{NamedValues, in_order};
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{MeasureError, SliceBy};
use crate::stats::slice_search::SearchFeature;

/// The features of all rows.
#[derive(Debug, Default)]
pub(crate) struct Features {
    pub(crate) features: Vec<SearchFeature>,
    /// The column of each feature.
    pub(crate) columns: Vec<FeatureColumn>,
    /// The columns that took no part, with the reason.
    pub(crate) left_out: Vec<(String, String)>,
}

impl Features {
    /// Reads these columns. Bins without edges in `cut` are quantiles of the column itself. Columns that the search names are
    /// features whatever their names are.
    pub(crate) fn read(
        table: &RowTable,
        (names, are_named): (&[String], bool),
        cut: &Edges,
    ) -> Result<Self, MeasureError> {
        let mut found = Self::default();
        for name in names {
            let column = table.column(name)?;
            if !are_named && is_output(name) {
                found.left_out.push((name.clone(), "its name is one of an output; name it to search it".to_owned()));
                continue;
            }
            match feature(name, column, cut) {
                Ok((feature, column)) if feature.values > 1 => {
                    found.features.push(feature);
                    found.columns.push(column);
                }
                Ok(_) => found.left_out.push((name.clone(), "it has one value".to_owned())),
                Err(why) => found.left_out.push((name.clone(), why.0)),
            }
        }
        Ok(found)
    }
}

impl Features {
    /// Reads the columns of a dataset, in the order of the candidate's rows. Its bins are its own quantiles.
    pub(crate) async fn of_dataset(
        (spec, find): (&PredictionSpec, &FindSlices),
        files: ModelFiles<'_>,
        (candidate, keys): (&RowTable, Option<&Keys>),
    ) -> Result<Self, MeasureError> {
        let file = table_of(find, files)?;
        let names = feature_names(find, spec, file.table);
        let (table, _held) = read(file, spec.key.iter().chain(&names)).await?;
        let own;
        let keys = match keys {
            Some(keys) => keys,
            None => {
                own = keys_of(spec, candidate)?;
                &own
            }
        };
        let table = in_order_of(spec, keys, table, "dataset")?;
        let columns = (names.as_slice(), find.columns.is_some());
        Self::read(&table, columns, &Edges::new()).map_err(|error| table.blame(error))
    }
}

/// Returns a feature and its column.
fn feature(name: &str, column: &ArrayRef, cut: &Edges) -> Result<(SearchFeature, FeatureColumn), MeasureError> {
    let of = |parts| FeatureColumn { name: name.to_owned(), kind: column.data_type().clone(), parts };
    let named = NamedValues::of(name, column)?;
    if is_binned(column.data_type()) && named.names.len() as u64 > BINS {
        let known = cut.get(&SliceBy::Bins(name.to_owned(), BINS)).filter(|edges| !edges.is_empty());
        let edges = known.cloned().map_or_else(|| edges(name, column, BINS), Ok)?;
        if !edges.is_empty() {
            let codes = bands(name, column, &edges)?.codes;
            let ordered = number(edges.len() + 1);
            let values = ordered + u32::from(codes.contains(&ordered));
            return Ok((SearchFeature { values, ordered, codes }, of(FeatureParts::Bins(edges))));
        }
    }
    let names = in_order(named.names.clone());
    let places: HashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
    let place_of: Vec<u32> = named.names.iter().map(|value| places[value.as_str()]).collect();
    // Missing is behind all others.
    let missing = number(names.len());
    let codes: Vec<u32> = named.codes.iter().map(|code| code.map_or(missing, |code| place_of[code as usize])).collect();
    let values = missing + u32::from(codes.contains(&missing));
    Ok((SearchFeature { values, ordered: 0, codes }, of(FeatureParts::Values(names))))
}

fn number(values: usize) -> u32 {
    u32::try_from(values).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use datafusion::arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array, ListArray, RecordBatch,
        StringArray, TimestampMicrosecondArray, TimestampSecondArray,
    };
    use datafusion::arrow::datatypes::Int32Type;

    use super::*;
    use crate::engine::Resources;
    use crate::engine::predictions::row_table::ModelFile;
    use crate::engine::predictions::slices::{by_condition, with_conditions};
    use crate::stats::slice_search::SliceTerm;

    fn of_column(column: ArrayRef, cut: &Edges) -> Features {
        let columns = BTreeMap::from([("x".to_owned(), column)]);
        let table = RowTable { columns, ..RowTable::default() };
        Features::read(&table, (&["x".to_owned()], false), cut).unwrap()
    }

    fn texts(of: &Features) -> Vec<String> {
        let terms = (0..of.features[0].values).map(|value| SliceTerm { feature: 0, from: value, to: value });
        let text = |term: SliceTerm| of.columns[0].text(&term);
        terms.map(text).map(|(value, condition)| format!("{value}: {condition}")).collect()
    }

    #[test]
    fn few_numbers_are_values_and_many_are_bins_of_the_baseline() {
        let few = of_column(Arc::new(Int64Array::from(vec![Some(10), Some(2), None, Some(2)])), &Edges::new());
        assert_eq!(few.features[0].codes, [1, 0, 2, 0]);
        assert_eq!(texts(&few), ["2: x = 2", "10: x = 10", "(missing): x IS NULL"]);
        let numbers: Vec<f64> = (0..30).map(f64::from).collect();
        let cut = Edges::from([(SliceBy::Bins("x".to_owned(), BINS), vec![5.0, 20.0])]);
        let many = of_column(Arc::new(Float64Array::from(numbers)), &cut);
        assert_eq!(texts(&many), ["below 5: x < 5", "5 to 20: x >= 5 AND x < 20", "from 20: x >= 20 AND NOT isnan(x)"]);
        assert_eq!(many.columns[0].text(&SliceTerm { feature: 0, from: 0, to: 1 }).0, "below 20");
    }

    #[test]
    fn outputs_are_no_features_unless_they_are_named() {
        for name in ["score", "Score", "y_pred", "pred_old", "prob"] {
            assert!(is_output(name), "{name}");
        }
        for name in ["problem", "scorecard", "old_score_band", "year", "sex"] {
            assert!(!is_output(name), "{name}");
        }
        let columns = BTreeMap::from([("score".to_owned(), Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]);
        let table = RowTable { columns, ..RowTable::default() };
        let names = ["score".to_owned()];
        let of = |are_named| Features::read(&table, (&names, are_named), &Edges::new()).unwrap();
        assert_eq!((of(false).features.len(), of(true).features.len()), (0, 1));
        assert!(of(false).left_out[0].1.contains("name is one of an output"));
    }

    #[test]
    fn the_codes_do_not_depend_on_the_order_of_the_rows() {
        let one = of_column(Arc::new(StringArray::from(vec![Some("b"), Some("a"), None])), &Edges::new());
        let other = of_column(Arc::new(StringArray::from(vec![None, Some("a"), Some("b")])), &Edges::new());
        assert_eq!(texts(&one), texts(&other));
        assert_eq!((one.features[0].codes[0], other.features[0].codes[2]), (1, 1));
    }

    /// Evaluates each condition as a slice of the config is.
    async fn each_condition_selects_its_rows(name: &str, column: ArrayRef) {
        let batch = RecordBatch::try_from_iter_with_nullable([(name, Arc::clone(&column), true)]).unwrap();
        let (feature, of) = feature(name, &column, &Edges::new()).unwrap();
        let single = (0..feature.values).map(|value| SliceTerm { feature: 0, from: value, to: value });
        let several = (1..feature.ordered).map(|last| SliceTerm { feature: 0, from: last / 2, to: last });
        let terms: Vec<SliceTerm> = single.chain(several).collect();
        let by: Vec<SliceBy> =
            terms.iter().map(|term| of.text(term).1).map(|sql| SliceBy::Where(sql.clone(), sql)).collect();
        let context = Resources::default().session(1).unwrap();
        let table = context.read_batch(batch).unwrap();
        let file = ModelFile { table: &table, path: "t" };
        let (with, columns) = with_conditions(file, &by.iter().collect()).unwrap();
        let (rows, _held) = read(ModelFile { table: &with, path: "t" }, columns.values()).await.unwrap();
        for (term, by) in terms.iter().zip(&by) {
            let found = by_condition("s", rows.column(&columns[by]).unwrap()).unwrap();
            let expected: Vec<u32> = (0..)
                .zip(&feature.codes)
                .filter(|(_, code)| (term.from..=term.to).contains(code))
                .map(|(row, _)| row)
                .collect();
            assert_eq!(found["s"], expected, "{name}: {}", by.name());
        }
    }

    #[test]
    fn conditions_select_the_rows_of_their_values() {
        let numbers = (0..40).map(|row| if row % 7 == 0 { None } else { Some(f64::from(row) / 8.0) });
        let odd =
            vec![Some(1.5), None, Some(f64::NAN), Some(f64::INFINITY), Some(-0.0), Some(0.0), Some(f64::NEG_INFINITY)];
        let many: Vec<Option<f64>> = numbers.chain([Some(f64::NAN), Some(f64::INFINITY)]).collect();
        let single: Vec<f32> = (0..40_u8).map(|row| f32::from(row) / 10.0).collect();
        let decimals = Decimal128Array::from(vec![100, 950, 1000]).with_precision_and_scale(5, 2).unwrap();
        let columns: [(&str, ArrayRef); 11] = [
            ("odd", Arc::new(Float64Array::from(odd))),
            ("many", Arc::new(Float64Array::from(many))),
            ("single", Arc::new(Float32Array::from(single))),
            ("whole", Arc::new(Int64Array::from(vec![Some(3), None, Some(-2), Some(i64::MAX)]))),
            ("decimal", Arc::new(decimals)),
            ("order", Arc::new(StringArray::from(vec![Some("a"), None, Some("o'clock"), Some(""), Some("\"")]))),
            ("Mixed Case", Arc::new(StringArray::from(vec!["x", "y", "x"]))),
            ("is_old", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
            ("day", Arc::new(Date32Array::from(vec![Some(1), None, Some(20_000)]))),
            ("moment", Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None, Some(1_700_000_000_000_000)]))),
            ("zoned", Arc::new(TimestampSecondArray::from(vec![1, 1_700_000_000]).with_timezone("+02:00"))),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (name, column) in columns {
            runtime.block_on(each_condition_selects_its_rows(name, column));
        }
    }

    #[test]
    fn columns_that_tell_nothing_apart_are_named() {
        let one = of_column(Arc::new(StringArray::from(vec!["a", "a"])), &Edges::new());
        assert_eq!(one.left_out, [("x".to_owned(), "it has one value".to_owned())]);
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), Some(vec![Some(2)])]);
        let lists = of_column(Arc::new(lists), &Edges::new());
        assert!(lists.features.is_empty() && lists.left_out[0].1.contains("text, numbers, dates or booleans"));
    }
}
