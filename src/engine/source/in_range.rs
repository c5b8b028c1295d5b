//! Values outside the range of their type. Files without checksums may contain them, and arithmetic would take them for
//! others.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, FieldRef,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
};

/// The number of seconds in a day.
const DAY: i64 = 86_400;

/// Rejects values outside the range of their type, at any depth.
///
/// # Errors
///
/// There is such a value; the error names it.
pub(super) fn refuse_out_of_range(array: &dyn Array) -> Result<(), String> {
    if !may_be_out_of_range(array.data_type()) {
        return Ok(());
    }
    match array.data_type() {
        DataType::Time32(TimeUnit::Second) => time(array.as_primitive::<Time32SecondType>().iter().flatten(), 1),
        DataType::Time32(_) => time(array.as_primitive::<Time32MillisecondType>().iter().flatten(), 1_000),
        DataType::Time64(TimeUnit::Microsecond) => {
            time(array.as_primitive::<Time64MicrosecondType>().iter().flatten(), 1_000_000)
        }
        DataType::Time64(_) => time(array.as_primitive::<Time64NanosecondType>().iter().flatten(), 1_000_000_000),
        DataType::Date64 => {
            let mut days = array.as_primitive::<Date64Type>().iter().flatten();
            days.find(|day| day % (DAY * 1_000) != 0)
                .map_or(Ok(()), |day| Err(format!("{day} ms since 1970, which is not a whole number of days")))
        }
        DataType::Decimal32(digits, _) => decimal::<Decimal32Type>(array, *digits),
        DataType::Decimal64(digits, _) => decimal::<Decimal64Type>(array, *digits),
        DataType::Decimal128(digits, _) => decimal::<Decimal128Type>(array, *digits),
        DataType::Decimal256(digits, _) => decimal::<Decimal256Type>(array, *digits),
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            (0..lists.len())
                .filter(|row| lists.is_valid(*row))
                .try_for_each(|row| refuse_out_of_range(&lists.value(row)))
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            (0..lists.len())
                .filter(|row| lists.is_valid(*row))
                .try_for_each(|row| refuse_out_of_range(&lists.value(row)))
        }
        DataType::FixedSizeList(..) => {
            let lists = array.as_fixed_size_list();
            (0..lists.len())
                .filter(|row| lists.is_valid(*row))
                .try_for_each(|row| refuse_out_of_range(&lists.value(row)))
        }
        DataType::Map(..) => {
            let map = array.as_map();
            (0..map.len()).filter(|row| map.is_valid(*row)).try_for_each(|row| refuse_out_of_range(&map.value(row)))
        }
        // Below a null, a field has an arbitrary value.
        DataType::Struct(_) if array.null_count() > 0 => {
            let rows = (0..array.len()).filter(|row| array.is_valid(*row));
            rows.into_iter().try_for_each(|row| refuse_out_of_range(&array.slice(row, 1)))
        }
        DataType::Struct(_) => array.as_struct().columns().iter().try_for_each(|column| refuse_out_of_range(column)),
        _ => Ok(()),
    }
}

fn may_be_out_of_range(data_type: &DataType) -> bool {
    let inside = |field: &FieldRef| may_be_out_of_range(field.data_type());
    match data_type {
        DataType::Time32(_) | DataType::Time64(_) | DataType::Date64 => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => inside(item),
        DataType::Struct(fields) => fields.iter().any(inside),
        other => other.is_decimal(),
    }
}

fn time<T: Into<i64>>(mut times: impl Iterator<Item = T>, units: i64) -> Result<(), String> {
    match times.find_map(|time| Some(time.into()).filter(|time| !(0..DAY * units).contains(time))) {
        Some(time) => Err(format!("{time}, but a day has {} of its units", DAY * units)),
        None => Ok(()),
    }
}

fn decimal<T: DecimalType>(array: &dyn Array, digits: u8) -> Result<(), String> {
    let mut values = array.as_primitive::<T>().iter().flatten();
    match values.find(|value| !T::is_valid_decimal_precision(*value, digits)) {
        Some(_) => Err(format!("more than {digits} digits")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        ArrayRef, Date64Array, Decimal128Array, ListArray, StructArray, Time32SecondArray, Time64NanosecondArray,
    };
    use datafusion::arrow::buffer::OffsetBuffer;
    use datafusion::arrow::datatypes::Field;

    use super::*;

    fn is_refused(array: impl Array + 'static) -> [bool; 3] {
        let plain: ArrayRef = Arc::new(array);
        let field = Arc::new(Field::new_list_field(plain.data_type().clone(), true));
        let list =
            ListArray::new(Arc::clone(&field), OffsetBuffer::from_lengths([plain.len()]), Arc::clone(&plain), None);
        let rows = StructArray::from(vec![(field, Arc::clone(&plain))]);
        [refuse_out_of_range(&plain).is_err(), refuse_out_of_range(&list).is_err(), refuse_out_of_range(&rows).is_err()]
    }

    #[test]
    fn values_that_their_type_has_and_others() {
        let decimal = |value| Decimal128Array::from(vec![None, Some(value)]).with_data_type(DataType::Decimal128(4, 2));
        assert_eq!(is_refused(Time32SecondArray::from(vec![Some(86_399), None, Some(0)])), [false; 3]);
        assert_eq!(is_refused(Time32SecondArray::from(vec![86_400])), [true; 3]);
        assert_eq!(is_refused(Time64NanosecondArray::from(vec![-1])), [true; 3]);
        assert_eq!(is_refused(Date64Array::from(vec![0, -86_400_000])), [false; 3]);
        assert_eq!(is_refused(Date64Array::from(vec![1])), [true; 3]);
        assert_eq!(is_refused(decimal(-9999)), [false; 3]);
        assert_eq!(is_refused(decimal(10_000)), [true; 3]);
    }
}
