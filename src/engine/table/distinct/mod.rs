//! The number of distinct rows over some columns, as an aggregate whose state merges.
//!
//! A whole number, a date or a time is its own key. Any other row has a 128-bit digest: among a billion rows two
//! different ones share a digest with a probability below 1e-20, and then a clean table would be called duplicated,
//! never the other way round. Rows that seem to be all distinct are stored as half digests until that is shown or
//! refuted.

mod held;
mod runs;
pub(crate) mod spilled;
#[cfg(test)]
mod tests;
mod texts;
mod words;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, LargeListArray};
use datafusion::arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type, UInt64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use twox_hash::XxHash3_128;

use crate::engine::spelling::one_zero;
use held::Held;
use runs::Runs;
use words::{WordKeys, mix};

/// Returns `distinct_rows(a, b, …)`: the number of distinct rows; over one column, nulls do not count.
pub(crate) fn distinct_rows() -> AggregateUDF {
    AggregateUDF::from(DistinctRows { signature: Signature::variadic_any(Volatility::Immutable), is_hasty: false })
}

/// Returns a variant of [`distinct_rows`] that needs half of the memory if all rows are distinct. It may have no result
/// if they are not, and then [`distinct_rows`] is necessary.
pub(crate) fn distinct_rows_in_haste() -> AggregateUDF {
    AggregateUDF::from(DistinctRows { signature: Signature::variadic_any(Volatility::Immutable), is_hasty: true })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DistinctRows {
    signature: Signature,
    is_hasty: bool,
}

impl AggregateUDFImpl for DistinctRows {
    fn name(&self) -> &'static str {
        if self.is_hasty { "distinct_rows_in_haste" } else { "distinct_rows" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::UInt64)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let types: Vec<DataType> = args.expr_fields.iter().map(|field| field.data_type().clone()).collect();
        Ok(Box::new(Distinct::new(&types, self.is_hasty)?))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[keys]", args.name), state_type(), true))])
    }
}

fn state_type() -> DataType {
    DataType::LargeList(Arc::new(Field::new_list_field(held::TYPE, false)))
}

/// Tells whether values of a type are equal exactly if their 64 bits or fewer are.
fn whole(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(data_type, DataType::Boolean | DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

/// Returns the values of a column of whole numbers, as 64 bits each.
fn bits(column: &ArrayRef) -> Result<Buffer> {
    if *column.data_type() == DataType::UInt64 {
        return Ok(column.as_primitive::<UInt64Type>().values().inner().clone());
    }
    Ok(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().values().inner().clone())
}

/// Conversion of rows to keys.
#[derive(Debug)]
enum KeyReads {
    Whole,
    Float,
    Text,
    Rows(RowConverter),
}

/// WordKeys of the rows, in one of three forms, of which only half digests may leave the number open.
#[derive(Debug)]
struct Distinct {
    reads: KeyReads,
    is_hasty: bool,
    /// The number of rows that have a key.
    seen: u64,
    /// Whole numbers in ascending order.
    runs: Runs,
    /// Mixed 64-bit numbers; halves of digests if [`Self::is_halved`].
    words: WordKeys<1>,
    /// Whole digests.
    digests: WordKeys<2>,
    is_halved: bool,
    /// The keys of other workers, counted without copying them.
    merged: Vec<Held>,
}

impl Distinct {
    fn new(types: &[DataType], is_hasty: bool) -> Result<Self> {
        let reads = match types {
            [one] if whole(one) => KeyReads::Whole,
            [one] if one.is_floating() => KeyReads::Float,
            [one] if texts::are_texts(one) => KeyReads::Text,
            several => {
                KeyReads::Rows(RowConverter::new(several.iter().map(texts::in_rows).map(SortField::new).collect())?)
            }
        };
        Ok(Self {
            reads,
            is_hasty,
            seen: 0,
            runs: Runs::default(),
            words: WordKeys::default(),
            digests: WordKeys::default(),
            is_halved: false,
            merged: Vec::new(),
        })
    }

    fn push_whole(&mut self, number: u64) {
        self.seen += 1;
        if !self.runs.push(number) {
            self.words.push([mix(number)]);
        }
    }

    /// Adds a digest, of which the second half is uniformly distributed.
    fn push(&mut self, digest: [u64; 2]) {
        self.seen += 1;
        if self.is_halved {
            self.words.push([digest[1]]);
        } else {
            self.digests.push(digest);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a digest")]
    fn digest(&mut self, bytes: &[u8]) {
        let digest = XxHash3_128::oneshot(bytes);
        self.push([digest as u64, (digest >> 64) as u64]);
    }

    fn compact_sometimes(&mut self) {
        self.words.compact_sometimes();
        if self.digests.compact_sometimes() == Some(0) && self.is_hasty {
            self.is_halved = true;
            let Self { digests, words, .. } = self;
            digests.drain().for_each(|[_, half]| words.push([half]));
        }
    }

    fn is_numeric(&self) -> bool {
        matches!(self.reads, KeyReads::Whole | KeyReads::Float)
    }

    /// Returns all keys, and clears them.
    fn take(&mut self) -> Held {
        let blocks: Vec<Vec<u64>> = if self.is_numeric() || self.is_halved {
            self.words.take().collect()
        } else {
            self.digests.take().collect()
        };
        Held {
            seen: self.seen,
            is_halved: self.is_halved,
            runs: self.runs.take(),
            blocks: blocks.into_iter().map(ScalarBuffer::from).collect(),
        }
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        match (&self.reads, columns) {
            (KeyReads::Whole, [column]) => {
                let numbers = bits(column)?;
                let (numbers, nulls) = (numbers.typed_data::<u64>(), column.logical_nulls());
                if nulls.is_none() && self.runs.push_all(numbers) {
                    self.seen += numbers.len() as u64;
                } else {
                    let is_valid = |index: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(index));
                    let valid = numbers.iter().enumerate().filter(|(index, _)| is_valid(*index));
                    valid.for_each(|(_, number)| self.push_whole(*number));
                }
            }
            (KeyReads::Float, [column]) => {
                let numbers = cast(column, &DataType::Float64)?;
                for number in numbers.as_primitive::<Float64Type>().iter().flatten() {
                    // 0 has two signs and NaN many bit patterns; each is one value.
                    let one = if number == 0.0 {
                        0.0
                    } else if number.is_nan() {
                        f64::NAN
                    } else {
                        number
                    };
                    self.seen += 1;
                    self.words.push([mix(one.to_bits())]);
                }
            }
            (KeyReads::Text, [column]) => {
                texts::each(&texts::bytes(column)?, |key| {
                    if let Some(key) = key {
                        self.push(key);
                    }
                });
            }
            (KeyReads::Rows(converter), columns) => {
                let columns: Vec<ArrayRef> = columns.iter().map(one_zero).collect::<Result<_, _>>()?;
                let keys = columns.iter().map(texts::of_rows).collect::<Result<Vec<_>>>()?;
                let rows = converter.convert_columns(&keys)?;
                let single = if let [column] = columns.as_slice() { column.logical_nulls() } else { None };
                for (index, row) in rows.iter().enumerate() {
                    if single.as_ref().is_none_or(|nulls| nulls.is_valid(index)) {
                        self.digest(row.as_ref());
                    }
                }
            }
            _ => return Err(DataFusionError::Internal("distinct_rows over other columns than planned".to_owned())),
        }
        self.compact_sometimes();
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for state in states[0].as_list::<i64>().iter().flatten() {
            self.merged.push(Held::read(&state).ok_or_else(wrong_form)?);
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let held = self.take().into_array()?;
        let offsets = OffsetBuffer::from_lengths([held.len()]);
        let field = Arc::new(Field::new_list_field(held::TYPE, false));
        let list = LargeListArray::try_new(field, offsets, Arc::new(held), None)?;
        Ok(vec![ScalarValue::LargeList(Arc::new(list))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut held = std::mem::take(&mut self.merged);
        held.push(self.take());
        let different = if self.is_numeric() { held::numbers(&held) } else { held::digests(&held) };
        Ok(ScalarValue::UInt64(different.ok_or_else(wrong_form)?))
    }

    fn size(&self) -> usize {
        let merged: usize = self.merged.iter().map(Held::bytes).sum();
        size_of::<Self>() + self.runs.bytes() + self.words.bytes() + self.digests.bytes() + merged
    }
}

fn wrong_form() -> DataFusionError {
    DataFusionError::Internal("distinct_rows of keys of a wrong form".to_owned())
}
