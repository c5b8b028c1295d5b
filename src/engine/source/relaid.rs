//! Conversion of values to another layout of the same type.
//!
//! The library's own casts are correct for flat values. For a dictionary they check the nulls of the indices only, and
//! overflow becomes null unless an error is requested.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray,
    new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::{CastOptions, cast_with_options, take};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef};
use datafusion::arrow::error::ArrowError;

type Result<T> = std::result::Result<T, ArrowError>;

/// Returns the values of an array in this layout.
///
/// # Errors
///
/// A value does not fit, such as a time in a finer unit.
pub(super) fn relaid(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), to) {
        (DataType::Null, to) => Ok(new_null_array(to, array.len())),
        (DataType::Dictionary(..), to) => {
            let dictionary = array.as_any_dictionary();
            // A long text of a dictionary is stored once, however many rows have it.
            take(&relaid(dictionary.values(), to)?, dictionary.keys(), None)
        }
        (DataType::RunEndEncoded(_, values), to) if values.data_type() != to => {
            relaid(&strictly(array, values.data_type())?, to)
        }
        (DataType::ListView(item), to) => relaid(&strictly(array, &DataType::List(Arc::clone(item)))?, to),
        (DataType::LargeListView(item), to) => relaid(&strictly(array, &DataType::LargeList(Arc::clone(item)))?, to),
        (DataType::List(_), DataType::List(item) | DataType::LargeList(item)) => list(array.as_list::<i32>(), item, to),
        (DataType::LargeList(_), DataType::List(item) | DataType::LargeList(item)) => {
            list(array.as_list::<i64>(), item, to)
        }
        (DataType::FixedSizeList(..), DataType::FixedSizeList(item, size)) => {
            let lists = array.as_fixed_size_list();
            let values = relaid(lists.values(), item.data_type())?;
            let nulls = lists.nulls().cloned();
            Ok(Arc::new(FixedSizeListArray::try_new_with_length(Arc::clone(item), *size, values, nulls, lists.len())?))
        }
        (DataType::FixedSizeList(..), DataType::List(item) | DataType::LargeList(item)) => {
            let lists = array.as_fixed_size_list();
            let values = relaid(lists.values(), item.data_type())?;
            let offsets = (0..=lists.len()).map(|row| i64::from(lists.value_length()) * row as i64).collect();
            built(item, to, offsets, values, lists.nulls().cloned())
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let rows = array.as_struct();
            let column = |field: &FieldRef| {
                let column = rows
                    .column_by_name(field.name())
                    .ok_or_else(|| ArrowError::SchemaError(format!("there is no field `{}`", field.name())))?;
                relaid(column, field.data_type())
            };
            let columns = fields.iter().map(column).collect::<Result<Vec<_>>>()?;
            let nulls = rows.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, rows.len())?))
        }
        (DataType::Map(..), DataType::Map(entries, is_sorted)) => {
            let map = array.as_map();
            let (first, last) = ends(map.value_offsets());
            let DataType::Struct(pair) = entries.data_type() else { return strictly(array, to) };
            let of = map.entries().slice(first, last - first);
            let columns = pair.iter().zip(of.columns()).map(|(field, column)| relaid(column, field.data_type()));
            let columns = columns.collect::<Result<Vec<_>>>()?;
            let inside = StructArray::try_new_with_length(pair.clone(), columns, of.nulls().cloned(), of.len())?;
            let offsets = map.value_offsets().iter().map(|offset| offset - map.value_offsets()[0]).collect::<Vec<_>>();
            let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
            Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, inside, map.nulls().cloned(), *is_sorted)?))
        }
        (whole, DataType::Float64) if whole.is_integer() => exactly(array),
        (DataType::Binary | DataType::LargeBinary | DataType::BinaryView, DataType::Utf8View) => text(array),
        (_, to) => strictly(array, to),
    }
}

/// The largest whole number below which floats of 64 bits miss none: 2^53.
const EXACT: i128 = 1 << 53;

/// Whole numbers as floats of 64 bits.
///
/// # Errors
///
/// One is so large that it might be another number then.
fn exactly(array: &ArrayRef) -> Result<ArrayRef> {
    let wide = strictly(array, &DataType::Decimal128(20, 0))?;
    let large = wide.as_primitive::<Decimal128Type>().iter().flatten().find(|number| number.abs() > EXACT);
    match large {
        Some(number) => Err(ArrowError::CastError(format!("{number} is beyond 2^53"))),
        None => strictly(array, &DataType::Float64),
    }
}

/// Bytes as the text that they are.
///
/// # Errors
///
/// Bytes are not UTF-8.
fn text(array: &ArrayRef) -> Result<ArrayRef> {
    let bytes = strictly(array, &DataType::BinaryView)?;
    let bad = bytes.as_binary_view().iter().flatten().find(|bytes| std::str::from_utf8(bytes).is_err());
    match bad {
        Some(bad) => {
            let shown = bad.iter().take(16).map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ");
            let more = if bad.len() > 16 { " …" } else { "" };
            Err(ArrowError::CastError(format!("the bytes {shown}{more} are not UTF-8")))
        }
        None => strictly(&bytes, &DataType::Utf8View),
    }
}

fn strictly(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Returns the index of the first item and that after the last one: a slice of a long array shares all of its items.
fn ends<O: OffsetSizeTrait>(offsets: &[O]) -> (usize, usize) {
    (offsets[0].as_usize(), offsets[offsets.len() - 1].as_usize())
}

fn list<O: OffsetSizeTrait>(lists: &GenericListArray<O>, item: &FieldRef, to: &DataType) -> Result<ArrayRef> {
    let offsets = lists.value_offsets();
    let (first, last) = ends(offsets);
    let values = relaid(&lists.values().slice(first, last - first), item.data_type())?;
    let from_zero = offsets.iter().map(|offset| (offset.as_usize() - first) as i64).collect();
    built(item, to, from_zero, values, lists.nulls().cloned())
}

fn built(
    item: &FieldRef,
    to: &DataType,
    offsets: Vec<i64>,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let item = Arc::clone(item);
    if matches!(to, DataType::LargeList(_)) {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        return Ok(Arc::new(GenericListArray::<i64>::try_new(item, offsets, values, nulls)?));
    }
    let narrow = offsets.into_iter().map(i32::try_from).collect::<std::result::Result<Vec<i32>, _>>();
    let narrow = narrow.map_err(|_| ArrowError::OffsetOverflowError(values.len()))?;
    let offsets = OffsetBuffer::new(ScalarBuffer::from(narrow));
    Ok(Arc::new(GenericListArray::<i32>::try_new(item, offsets, values, nulls)?))
}

/// Returns the engine's layout of a type, so that checks do not depend on the writer's.
pub(super) fn layout(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        other => unfolded(other),
    }
}

/// Returns the type without dictionaries and runs, at any depth.
fn unfolded(data_type: &DataType) -> DataType {
    let inside = |field: &FieldRef| Arc::new(Field::clone(field).with_data_type(unfolded(field.data_type())));
    match data_type {
        DataType::Dictionary(_, values) => layout(values),
        DataType::RunEndEncoded(_, values) => layout(values.data_type()),
        DataType::List(item) => DataType::List(inside(item)),
        DataType::LargeList(item) => DataType::LargeList(inside(item)),
        DataType::ListView(item) => DataType::ListView(inside(item)),
        DataType::LargeListView(item) => DataType::LargeListView(inside(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(inside(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inside).collect()),
        DataType::Map(entries, is_sorted) => DataType::Map(inside(entries), *is_sorted),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{
        DictionaryArray, Int32Array, ListArray, StringArray, StringViewArray, TimestampSecondArray,
    };
    use datafusion::arrow::datatypes::{Int32Type, TimeUnit};

    use super::*;

    #[test]
    fn nulls_of_a_dictionary_stand_in_its_indices_and_in_its_values() {
        let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(2)]);
        let values: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("")]));
        let dictionary: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values).unwrap());
        let flat = relaid(&dictionary, &layout(dictionary.data_type())).unwrap();
        assert_eq!(flat.as_string_view(), &StringViewArray::from(vec![Some("a"), None, None, Some("")]));
        // A slice of a list whose items are a dictionary.
        let item = Arc::new(Field::new_list_field(dictionary.data_type().clone(), true));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 1, 3, 4]));
        let lists: ArrayRef = Arc::new(ListArray::try_new(item, offsets, dictionary, None).unwrap());
        let lists = lists.slice(1, 2);
        let flat = relaid(&lists, &layout(lists.data_type())).unwrap();
        let flat = flat.as_list::<i32>();
        assert_eq!(flat.value_offsets(), [0, 2, 3]);
        assert_eq!(flat.values().as_string_view(), &StringViewArray::from(vec![None, None, Some("")]));
    }

    #[test]
    fn times_that_a_finer_unit_cannot_hold() {
        let far: ArrayRef = Arc::new(TimestampSecondArray::from(vec![253_402_300_799]));
        assert!(relaid(&far, &DataType::Timestamp(TimeUnit::Microsecond, None)).is_ok());
        assert!(relaid(&far, &DataType::Timestamp(TimeUnit::Nanosecond, None)).is_err());
    }
}
