//! Pairing of the rows of two sides by key.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::util::display::array_value_to_string;

use super::key_columns::{digests_of, in_one_form};
use super::key_index;
use super::key_index::PairedRows;
use super::values::nans;
use crate::engine::spelling::{SpellingKind, in_width, number_type, spelled};
use crate::engine::types::type_name;
use crate::measurement::MeasureError;
use crate::plural::{noun, verb};
use crate::stats::{FloatWidth, NumberType};

/// The name of the other side's file in messages.
pub(crate) const BASELINE: &str = "baseline predictions";

/// The most keys that a message shows.
const SHOWN: usize = 3;

/// Keys of one side: a digest for each row, and the columns for messages.
#[derive(Debug)]
pub(crate) struct Keys {
    names: Vec<String>,
    /// The kind of each column's values, and the name of its type.
    kinds: Vec<(SpellingKind, String)>,
    /// The type of each column's numbers.
    numbers: Vec<Option<NumberType>>,
    columns: Vec<ArrayRef>,
    digests: Vec<u128>,
}

impl Keys {
    /// Reads the key columns of one side.
    ///
    /// # Errors
    ///
    /// A key is null, or occurs in several rows.
    pub(crate) fn read(names: &[String], columns: &[ArrayRef], whose: &str) -> Result<Self, MeasureError> {
        let keys = Self::repeated(names, columns, whose)?;
        keys.refuse_duplicates(whose)?;
        Ok(keys)
    }

    /// Reads the key columns of one side, whose keys may occur in several rows.
    pub(crate) fn repeated(names: &[String], columns: &[ArrayRef], whose: &str) -> Result<Self, MeasureError> {
        let mut comparable = Vec::with_capacity(columns.len());
        let mut kinds = Vec::with_capacity(columns.len());
        let numbers = columns.iter().map(|column| number_type(column.data_type())).collect();
        for (name, column) in names.iter().zip(columns) {
            let nulls = column.logical_null_count();
            if nulls > 0 {
                return Err(MeasureError(format!(
                    "{whose}: the key `{name}` is null in {nulls} {}",
                    noun(nulls, "row")
                )));
            }
            kinds.push((SpellingKind::of(column.data_type()), type_name(column.data_type())));
            // Two rows without a key are not the same row.
            let nans = nans(column);
            if nans > 0 {
                return Err(MeasureError(format!("{whose}: the key `{name}` is NaN in {nans} {}", noun(nans, "row"))));
            }
            let column = in_one_form(column)
                .map_err(|error| MeasureError(format!("{whose}: `{name}` is not a key: {error}")))?;
            comparable.push(column);
        }
        let wrap = |error| MeasureError(format!("{whose}: {} cannot be a key: {error}", quoted(names)));
        let digests = digests_of(&comparable).map_err(wrap)?;
        Ok(Self { names: names.to_vec(), kinds, numbers, columns: comparable, digests })
    }

    fn refuse_duplicates(&self, whose: &str) -> Result<(), MeasureError> {
        let again = key_index::repeated(&self.digests);
        if again.is_empty() {
            return Ok(());
        }
        Err(MeasureError(format!(
            "{whose}: {} of {} rows {} a key that an earlier row has ({})",
            again.len(),
            self.digests.len(),
            verb(again.len(), "repeat"),
            self.first(&again)
        )))
    }

    /// Returns the first of these rows' keys as text, in an order independent of the order of the rows.
    fn first(&self, rows: &[usize]) -> String {
        let mut keys: Vec<String> = rows.iter().map(|row| self.show(*row)).collect();
        keys.sort_by(|left, right| (left.len(), left).cmp(&(right.len(), right)));
        keys.dedup();
        let more = if keys.len() > SHOWN { ", …" } else { "" };
        keys.truncate(SHOWN);
        format!("{} {}{more}", quoted(&self.names), keys.join(", "))
    }

    fn show(&self, row: usize) -> String {
        self.parts(row).join("/")
    }

    /// Returns the key of a row as text, part by part.
    pub(crate) fn parts(&self, row: usize) -> Vec<String> {
        self.columns.iter().map(|column| array_value_to_string(column, row).unwrap_or_default()).collect()
    }

    /// Returns a digest of each row's key.
    pub(crate) fn digests(&self) -> &[u128] {
        &self.digests
    }

    /// Returns the names of the key's columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the first keys of these rows, short ones before long ones, so that numbers are in order.
    pub(crate) fn first_of(&self, rows: &[usize], most: usize) -> Vec<Vec<String>> {
        let mut keys: Vec<Vec<String>> = rows.iter().map(|row| self.parts(*row)).collect();
        let by_size = |key: &[String]| key.iter().map(|part| (part.len(), part.clone())).collect::<Vec<_>>();
        keys.sort_by_cached_key(|key| by_size(key));
        keys.truncate(most);
        keys
    }

    /// Returns for each candidate row the baseline's row with the same key.
    ///
    /// # Errors
    ///
    /// The two sides have different keys. Comparing the common rows only would let a change win by omitting its hard
    /// rows.
    pub(crate) fn pair(&self, baseline: &Self, what: &str) -> Result<Vec<usize>, MeasureError> {
        for ((name, ours), theirs) in self.names.iter().zip(&self.kinds).zip(&baseline.kinds) {
            if ours.0 != theirs.0 {
                return Err(MeasureError(format!(
                    "the key `{name}` is {} in the predictions and {} in the {what}; rows pair only by keys of one kind",
                    ours.1, theirs.1
                )));
            }
        }
        if let Some([ours, theirs]) = self.spelled_as(baseline)? {
            return ours.pair(&theirs, what);
        }
        let PairedRows { pairs, missing } = key_index::paired(&self.digests, &baseline.digests);
        let extra: Vec<usize> = (0..pairs.len()).filter(|row| pairs[*row].is_none()).collect();
        let mut found = Vec::new();
        let are = |rows: &[usize]| if rows.len() == 1 { "is" } else { "are" };
        if !missing.is_empty() {
            found.push(format!(
                "{} {} of the {} {} missing ({})",
                missing.len(),
                noun(missing.len(), "key"),
                what.split(' ').next().unwrap_or(what),
                are(&missing),
                baseline.first(&missing)
            ));
        }
        if !extra.is_empty() {
            found.push(format!(
                "{} {} {} not in the {} ({})",
                extra.len(),
                noun(extra.len(), "key"),
                are(&extra),
                what.split(' ').next().unwrap_or(what),
                self.first(&extra)
            ));
        }
        if found.is_empty() {
            return Ok(pairs.into_iter().flatten().map(|row| row as usize).collect());
        }
        // The message gives the cost with the remedy: `pairing: none` no longer detects missing rows.
        let way_out = if what == BASELINE {
            "; if the rows are meant to differ, set `pairing: none`: then missing rows are not noticed, and intervals are wider"
        } else {
            ""
        };
        let found = found.join("; ");
        Err(MeasureError(format!("the predictions and the {what} do not hold the same rows: {found}{way_out}")))
    }

    /// Returns the rows whose key the other side lacks.
    ///
    /// # Errors
    ///
    /// The keys cannot be spelled as text.
    pub(crate) fn lacking(&self, other: &Self) -> Result<Vec<usize>, MeasureError> {
        if let Some([ours, theirs]) = self.spelled_as(other)? {
            return if ours.is_laid_out_as(&theirs) { ours.lacking(&theirs) } else { Ok(Vec::new()) };
        }
        let known: HashSet<u128> = other.digests.iter().copied().collect();
        Ok((0..self.digests.len()).filter(|row| !known.contains(&self.digests[*row])).collect())
    }

    /// Returns the row of `other` with the key of each row, if there is one.
    pub(crate) fn places_in(&self, other: &Self) -> Result<Vec<Option<usize>>, MeasureError> {
        if let Some([ours, theirs]) = self.spelled_as(other)? {
            let none = || Ok(vec![None; self.digests.len()]);
            return if ours.is_laid_out_as(&theirs) { ours.places_in(&theirs) } else { none() };
        }
        let known: HashMap<u128, usize> = other.digests.iter().copied().zip(0..).collect();
        Ok(self.digests.iter().map(|digest| known.get(digest).copied()).collect())
    }

    /// Returns true if equal keys of both sides have equal digests.
    fn is_laid_out_as(&self, other: &Self) -> bool {
        self.columns.iter().zip(&other.columns).all(|(ours, theirs)| ours.data_type() == theirs.data_type())
    }

    /// Returns the keys of both sides as text, numbers of two types in the narrower width; `None` where equal keys are
    /// equal already.
    ///
    /// # Errors
    ///
    /// Keys differ in digits only that the narrower width does not have.
    fn spelled_as(&self, other: &Self) -> Result<Option<[Self; 2]>, MeasureError> {
        let both = self.numbers.iter().zip(&other.numbers);
        let widths: Vec<Option<FloatWidth>> = both.map(|(ours, theirs)| (*ours)?.common_width((*theirs)?)).collect();
        let is_rounded = widths.iter().any(Option::is_some);
        if !is_rounded && self.is_laid_out_as(other) {
            return Ok(None);
        }
        let sides = [self.spelled(&widths)?, other.spelled(&widths)?];
        for (exact, rounded) in [self, other].into_iter().zip(&sides).filter(|_| is_rounded) {
            let repeats = |keys: &Self| key_index::repeated(&keys.digests).len();
            let merged = repeats(rounded).saturating_sub(repeats(exact));
            if merged > 0 {
                return Err(MeasureError(format!(
                    "{merged} {} of {} {} from another only in digits that the narrower type of the other side does not have; write both sides' keys with the same type",
                    noun(merged, "key"),
                    quoted(&self.names),
                    verb(merged, "differ")
                )));
            }
        }
        Ok(Some(sides))
    }

    /// Returns the keys as text, numbers rounded to the widths of their columns.
    fn spelled(&self, widths: &[Option<FloatWidth>]) -> Result<Self, MeasureError> {
        let wrap = |error| MeasureError(format!("{} cannot be a key: {error}", quoted(&self.names)));
        let in_width = |((column, of), width): ((&ArrayRef, &Option<NumberType>), &Option<FloatWidth>)| {
            let texts = spelled(column)?;
            let Some((of, width)) = of.zip(*width) else { return Ok(texts) };
            Ok(in_width(&texts, of, width))
        };
        let columns = self.columns.iter().zip(&self.numbers).zip(widths).map(in_width);
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(wrap)?;
        let digests = digests_of(&columns).map_err(wrap)?;
        let numbers = vec![None; columns.len()];
        Ok(Self { names: self.names.clone(), kinds: self.kinds.clone(), numbers, columns, digests })
    }

    /// Returns the keys of these rows for a message.
    pub(crate) fn examples(&self, rows: &[usize]) -> String {
        self.first(rows)
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::sync::Arc;

    use datafusion::arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array, Int64Array, StringArray,
        TimestampMillisecondArray, TimestampSecondArray, UInt64Array,
    };

    use super::*;

    fn keys(column: ArrayRef) -> Result<Keys, MeasureError> {
        Keys::read(&["id".to_owned()], &[column], "preds.csv")
    }

    #[test]
    fn rows_pair_in_any_order_and_width() {
        let candidate = keys(Arc::new(Int64Array::from(vec![3, 1, 2]))).unwrap();
        let baseline = keys(Arc::new(Int32Array::from(vec![1, 2, 3]))).unwrap();
        assert_eq!(candidate.pair(&baseline, "baseline predictions").unwrap(), [2, 0, 1]);
    }

    #[test]
    fn missing_and_extra_keys_are_named() {
        let candidate = keys(Arc::new(Int64Array::from(vec![1, 2, 99]))).unwrap();
        let baseline = keys(Arc::new(Int64Array::from(vec![1, 2, 3, 40]))).unwrap();
        assert_eq!(
            candidate.pair(&baseline, "baseline predictions").unwrap_err().0,
            "the predictions and the baseline predictions do not hold the same rows: \
             2 keys of the baseline are missing (`id` 3, 40); 1 key is not in the baseline (`id` 99); if the rows are meant to differ, set `pairing: none`: \
             then missing rows are not noticed, and intervals are wider"
        );
    }

    #[test]
    fn duplicated_and_null_keys_are_refused() {
        let twice = keys(Arc::new(StringArray::from(vec!["a", "b", "a"]))).unwrap_err().0;
        assert_eq!(twice, "preds.csv: 1 of 3 rows repeats a key that an earlier row has (`id` a)");
        let null = keys(Arc::new(Int64Array::from(vec![Some(1), None]))).unwrap_err().0;
        assert_eq!(null, "preds.csv: the key `id` is null in 1 row");
    }

    #[test]
    fn nan_is_no_key() {
        let nan = keys(Arc::new(Float64Array::from(vec![1.0, f64::NAN]))).unwrap_err().0;
        assert_eq!(nan, "preds.csv: the key `id` is NaN in 1 row");
    }

    #[test]
    fn keys_of_different_types_do_not_pair() {
        let candidate = keys(Arc::new(Int64Array::from(vec![1]))).unwrap();
        let baseline = keys(Arc::new(StringArray::from(vec!["1"]))).unwrap();
        assert_eq!(
            candidate.pair(&baseline, "baseline predictions").unwrap_err().0,
            "the key `id` is int64 in the predictions and string in the baseline predictions; rows pair only by keys of one kind"
        );
        let flags = keys(Arc::new(BooleanArray::from(vec![true]))).unwrap();
        assert!(candidate.pair(&flags, "baseline predictions").unwrap_err().0.contains("bool"));
    }

    #[test]
    fn keys_pair_by_their_values_and_not_by_their_types() {
        let paired = |ours: ArrayRef, theirs: ArrayRef| {
            keys(ours).unwrap().pair(&keys(theirs).unwrap(), "baseline predictions").map_err(|error| error.0)
        };
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![3, 1]));
        let float: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 3.0]));
        let decimal = Decimal128Array::from(vec![100, 300]).with_precision_and_scale(9, 2).unwrap();
        assert_eq!(paired(Arc::clone(&whole), Arc::clone(&float)), Ok(vec![1, 0]));
        assert_eq!(paired(Arc::clone(&whole), Arc::new(decimal)), Ok(vec![1, 0]));
        assert_eq!(paired(Arc::new(UInt64Array::from(vec![1_u64, 3])), whole), Ok(vec![1, 0]));
        let halves = Decimal128Array::from(vec![150, 10]).with_precision_and_scale(9, 2).unwrap();
        assert_eq!(paired(Arc::new(Float32Array::from(vec![0.1, 1.5])), Arc::new(halves)), Ok(vec![1, 0]));
        // Whole numbers in a column with a fraction: the other keys still match.
        let error = paired(float, Arc::new(Float64Array::from(vec![1.0, 3.5]))).unwrap_err();
        assert!(
            error.contains("1 key of the baseline is missing (`id` 3.5); 1 key is not in the baseline (`id` 3)"),
            "{error}"
        );
        // A float cannot represent a whole number between two others.
        let exact = 9_007_199_254_740_993;
        let error = paired(
            Arc::new(Int64Array::from(vec![exact])),
            Arc::new(Float64Array::from(vec![9_007_199_254_740_992.0])),
        );
        assert!(error.unwrap_err().contains("9007199254740993"));
        let seconds = TimestampSecondArray::from(vec![86_400, 21_600]).with_timezone("America/New_York");
        let millis = TimestampMillisecondArray::from(vec![21_600_000, 86_400_000]).with_timezone("UTC");
        assert_eq!(paired(Arc::new(seconds), Arc::new(millis)), Ok(vec![1, 0]));
        let midnight = TimestampSecondArray::from(vec![86_400]);
        assert_eq!(paired(Arc::new(Date32Array::from(vec![1])), Arc::new(midnight)), Ok(vec![0]));
    }
}
