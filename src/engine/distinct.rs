//! The number of distinct rows over some columns, as an aggregate whose state merges.
//!
//! A whole number, a date or a time enters as it is. Anything else enters as a 128-bit digest: two different rows of a
//! billion share one with a chance below 1e-20, and if they did, a clean table would be called duplicated, never the
//! other way round.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, LargeListArray, UInt64Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type, UInt64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use twox_hash::XxHash3_128;

use super::words::{Keys, count_different, mix};

/// `distinct_rows(a, b, …)`: how many different rows there are; over one column, nulls do not count.
pub(super) fn distinct_rows() -> AggregateUDF {
    AggregateUDF::from(DistinctRows { signature: Signature::variadic_any(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DistinctRows {
    signature: Signature,
}

impl AggregateUDFImpl for DistinctRows {
    fn name(&self) -> &'static str {
        "distinct_rows"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::UInt64)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let types: Vec<DataType> = args.expr_fields.iter().map(|field| field.data_type().clone()).collect();
        accumulator(&types)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[keys]", args.name), state_type(), true))])
    }
}

fn state_type() -> DataType {
    DataType::LargeList(Arc::new(Field::new_list_field(DataType::UInt64, false)))
}

fn accumulator(types: &[DataType]) -> Result<Box<dyn Accumulator>> {
    Ok(match types {
        [one] if whole(one) => {
            Box::new(Distinct::<1> { reads: Reads::Whole, keys: Keys::default(), merged: Vec::new() })
        }
        [one] if one.is_floating() => {
            Box::new(Distinct::<1> { reads: Reads::Float, keys: Keys::default(), merged: Vec::new() })
        }
        [DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View] => {
            Box::new(Distinct::<2> { reads: Reads::Text, keys: Keys::default(), merged: Vec::new() })
        }
        several => {
            let fields = several.iter().cloned().map(SortField::new).collect();
            let reads = Reads::Rows(RowConverter::new(fields)?);
            Box::new(Distinct::<2> { reads, keys: Keys::default(), merged: Vec::new() })
        }
    })
}

/// Types whose values are 64 bits or fewer that say it all.
fn whole(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(data_type, DataType::Boolean | DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

/// How rows become keys.
#[derive(Debug)]
enum Reads {
    Whole,
    Float,
    Text,
    Rows(RowConverter),
}

/// Texts of at most 15 bytes say it all in two words, which is quicker than a digest and needs no excuse.
///
/// Two rounds of a Feistel network, which loses nothing, spread them over all keys as digests are spread.
fn packed(text: &[u8]) -> Option<[u64; 2]> {
    let length = text.len() as u64;
    // Halves of 8 bytes; they are read where they overlap, and what both have is moved out of the second.
    let (low, high) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) if length < 16 => {
            let high = u64::from_le_bytes(*last) >> 1 >> (8 * (16 - length) - 1);
            (u64::from_le_bytes(*first), high)
        }
        (Some(_), Some(_)) => return None,
        _ => {
            let mut first = [0; 8];
            first[..text.len()].copy_from_slice(text);
            (u64::from_le_bytes(first), 0)
        }
    };
    // The length tells apart what ends in zeros.
    let high = high | (length + 1) << 56;
    let low = low ^ mix(high);
    Some([low, high ^ mix(low)])
}

#[derive(Debug)]
struct Distinct<const WIDTH: usize> {
    reads: Reads,
    keys: Keys<WIDTH>,
    /// The keys of other workers, as they came: they are counted where they lie.
    merged: Vec<UInt64Array>,
}

impl<const WIDTH: usize> Distinct<WIDTH> {
    /// Takes the key of a value; the narrow form of a key has one word, the wide one two.
    fn push(&mut self, low: u64, high: u64) {
        let mut key = [high; WIDTH];
        key[0] = low;
        self.keys.push(key);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a digest")]
    fn digest(&mut self, bytes: &[u8]) {
        let digest = XxHash3_128::oneshot(bytes);
        self.push(digest as u64, (digest >> 64) as u64);
    }

    fn words<'a>(&'a self, own: &'a [u64]) -> Vec<&'a [u64]> {
        self.merged.iter().map(|chunk| &chunk.values()[..]).chain([own]).collect()
    }
}

impl<const WIDTH: usize> Accumulator for Distinct<WIDTH> {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        match (&self.reads, columns) {
            (Reads::Whole, [column]) if *column.data_type() == DataType::UInt64 => {
                for number in column.as_primitive::<UInt64Type>().iter().flatten() {
                    self.push(number, 0);
                }
            }
            (Reads::Whole, [column]) => {
                let numbers = cast(column, &DataType::Int64)?;
                for number in numbers.as_primitive::<Int64Type>().iter().flatten() {
                    self.push(number.cast_unsigned(), 0);
                }
            }
            (Reads::Float, [column]) => {
                let numbers = cast(column, &DataType::Float64)?;
                for number in numbers.as_primitive::<Float64Type>().iter().flatten() {
                    // 0 has two signs and NaN many forms; each is one value.
                    let one = if number == 0.0 {
                        0.0
                    } else if number.is_nan() {
                        f64::NAN
                    } else {
                        number
                    };
                    self.push(one.to_bits(), 0);
                }
            }
            (Reads::Text, [column]) => {
                let texts = cast(column, &DataType::Utf8View)?;
                for text in texts.as_string_view().iter().flatten() {
                    match packed(text.as_bytes()) {
                        Some([low, high]) => self.push(low, high),
                        None => self.digest(text.as_bytes()),
                    }
                }
            }
            (Reads::Rows(converter), columns) => {
                let rows = converter.convert_columns(columns)?;
                let single = if let [column] = columns { column.logical_nulls() } else { None };
                for (index, row) in rows.iter().enumerate() {
                    if single.as_ref().is_none_or(|nulls| nulls.is_valid(index)) {
                        self.digest(row.as_ref());
                    }
                }
            }
            _ => return Err(DataFusionError::Internal("distinct_rows over other columns than planned".to_owned())),
        }
        self.keys.compact_sometimes();
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for keys in states[0].as_list::<i64>().iter().flatten() {
            self.merged.push(keys.as_primitive::<UInt64Type>().clone());
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let words = UInt64Array::from(self.keys.take());
        let offsets = OffsetBuffer::from_lengths([words.len()]);
        let field = Arc::new(Field::new_list_field(DataType::UInt64, false));
        let list = LargeListArray::try_new(field, offsets, Arc::new(words), None)?;
        Ok(vec![ScalarValue::LargeList(Arc::new(list))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let own = self.keys.take();
        let different = count_different::<WIDTH>(&self.words(&own));
        self.merged.clear();
        let different =
            different.ok_or_else(|| DataFusionError::Internal("distinct_rows of keys of a wrong form".to_owned()))?;
        Ok(ScalarValue::UInt64(Some(different)))
    }

    fn size(&self) -> usize {
        let merged: usize = self.merged.iter().map(Array::get_array_memory_size).sum();
        // Counting moves the keys of all workers once more.
        size_of::<Self>() + self.keys.bytes() + 2 * merged
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{Float64Array, Int64Array, StringArray};

    use super::*;

    fn distinct(columns: &[ArrayRef]) -> ScalarValue {
        let types: Vec<DataType> = columns.iter().map(|column| column.data_type().clone()).collect();
        let mut rows = accumulator(&types).unwrap();
        rows.update_batch(columns).unwrap();
        rows.evaluate().unwrap()
    }

    #[test]
    fn nulls_of_a_single_column_do_not_count_and_of_several_do() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, None, Some(1)]));
        assert_eq!(distinct(std::slice::from_ref(&column)), ScalarValue::UInt64(Some(1)));
        assert_eq!(distinct(&[column.clone(), column]), ScalarValue::UInt64(Some(2)));
    }

    #[test]
    fn neighbouring_texts_do_not_run_together() {
        let left: ArrayRef = Arc::new(StringArray::from(vec!["ab", "a"]));
        let right: ArrayRef = Arc::new(StringArray::from(vec!["c", "bc"]));
        assert_eq!(distinct(&[left, right]), ScalarValue::UInt64(Some(2)));
    }

    #[test]
    fn short_texts_have_keys_of_their_own() {
        let texts = [
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "abcdefgh",
            "abcdefghi",
            "123456789012345",
            "12345678901234",
            "1234567890123456",
        ];
        let column: ArrayRef = Arc::new(StringArray::from([texts, texts].concat()));
        assert_eq!(distinct(&[column]), ScalarValue::UInt64(Some(texts.len() as u64)));
    }

    #[test]
    fn zero_has_one_value_and_so_has_nan() {
        let column: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN, -f64::NAN, 1.5]));
        assert_eq!(distinct(&[column]), ScalarValue::UInt64(Some(3)));
    }

    #[test]
    fn a_split_table_merges_to_the_whole() {
        let column = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
        let new = || accumulator(&[DataType::Int64]).unwrap();
        let (mut left, mut right, mut merged) = (new(), new(), new());
        left.update_batch(&[column(vec![1, 2, 3, 3])]).unwrap();
        right.update_batch(&[column(vec![3, 4])]).unwrap();
        for side in [&mut right, &mut left] {
            let state = side.state().unwrap().remove(0).to_array().unwrap();
            merged.merge_batch(&[state]).unwrap();
        }
        assert_eq!(merged.evaluate().unwrap(), ScalarValue::UInt64(Some(4)));
    }
}
