//! The number of distinct rows over some columns, as an aggregate whose state merges.
//!
//! A row enters as a 128-bit digest of its normalised bytes. Two different rows of a billion share a digest with a
//! chance below 1e-20, and if they did, a clean table would be called duplicated, never the other way round.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use twox_hash::XxHash3_128;

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
        let fields = args.expr_fields.iter().map(|field| SortField::new(field.data_type().clone())).collect();
        Ok(Box::new(Digests { converter: RowConverter::new(fields)?, seen: HashSet::default() }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[digests]", args.name), DataType::LargeBinary, true))])
    }
}

#[derive(Debug)]
struct Digests {
    converter: RowConverter,
    seen: HashSet<u128, BuildHasherDefault<AlreadyHashed>>,
}

impl Accumulator for Digests {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let rows = self.converter.convert_columns(columns)?;
        let single = if let [column] = columns { column.logical_nulls() } else { None };
        for (index, row) in rows.iter().enumerate() {
            if single.as_ref().is_none_or(|nulls| nulls.is_valid(index)) {
                self.seen.insert(XxHash3_128::oneshot(row.as_ref()));
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for state in states[0].as_binary::<i64>().iter().flatten() {
            let (digests, _) = state.as_chunks::<16>();
            self.seen.extend(digests.iter().map(|digest| u128::from_le_bytes(*digest)));
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut digests: Vec<u128> = mem::take(&mut self.seen).into_iter().collect();
        digests.sort_unstable();
        let bytes = digests.iter().flat_map(|digest| digest.to_le_bytes()).collect();
        Ok(vec![ScalarValue::LargeBinary(Some(bytes))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::UInt64(Some(self.seen.len() as u64)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.seen.capacity() * (size_of::<u128>() + 1) + self.converter.size()
    }
}

/// The digests are hashes already; hashing them again would be work for nothing.
#[derive(Debug, Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "half of a digest is as uniform as the whole")]
    fn write_u128(&mut self, digest: u128) {
        self.0 = digest as u64;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{Int64Array, LargeBinaryArray, StringArray};

    use super::*;

    fn digests(types: &[DataType]) -> Digests {
        let fields = types.iter().cloned().map(SortField::new).collect();
        Digests { converter: RowConverter::new(fields).unwrap(), seen: HashSet::default() }
    }

    fn state_of(digests: &mut Digests) -> ArrayRef {
        let ScalarValue::LargeBinary(Some(bytes)) = digests.state().unwrap().remove(0) else { panic!() };
        Arc::new(LargeBinaryArray::from_iter_values([bytes]))
    }

    #[test]
    fn nulls_of_a_single_column_do_not_count_and_of_several_do() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, None, Some(1)]));
        let mut one = digests(&[DataType::Int64]);
        one.update_batch(std::slice::from_ref(&column)).unwrap();
        assert_eq!(one.evaluate().unwrap(), ScalarValue::UInt64(Some(1)));
        let mut two = digests(&[DataType::Int64, DataType::Int64]);
        two.update_batch(&[column.clone(), column]).unwrap();
        assert_eq!(two.evaluate().unwrap(), ScalarValue::UInt64(Some(2)));
    }

    #[test]
    fn neighbouring_texts_do_not_run_together() {
        let left: ArrayRef = Arc::new(StringArray::from(vec!["ab", "a"]));
        let right: ArrayRef = Arc::new(StringArray::from(vec!["c", "bc"]));
        let mut rows = digests(&[DataType::Utf8, DataType::Utf8]);
        rows.update_batch(&[left, right]).unwrap();
        assert_eq!(rows.evaluate().unwrap(), ScalarValue::UInt64(Some(2)));
    }

    #[test]
    fn a_split_table_merges_to_the_whole() {
        let column = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
        let (mut left, mut right) = (digests(&[DataType::Int64]), digests(&[DataType::Int64]));
        left.update_batch(&[column(vec![1, 2, 3, 3])]).unwrap();
        right.update_batch(&[column(vec![3, 4])]).unwrap();
        let mut merged = digests(&[DataType::Int64]);
        merged.merge_batch(&[state_of(&mut right)]).unwrap();
        merged.merge_batch(&[state_of(&mut left)]).unwrap();
        assert_eq!(merged.evaluate().unwrap(), ScalarValue::UInt64(Some(4)));
    }
}
