//! Common type of the values of two files of a table, which may differ in layout only.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};

/// Returns the type that can hold the values of both; `None` if they are different types.
pub(super) fn unified(left: &DataType, right: &DataType) -> Option<DataType> {
    use DataType::{Date32, Date64, Duration, Float64, Null, Struct, Time32, Time64, Timestamp};
    if left == right {
        return Some(left.clone());
    }
    if let (Some(left), Some(right)) = (item(left), item(right)) {
        return listed(left, right);
    }
    Some(match (left, right) {
        (Null, other) | (other, Null) => other.clone(),
        (left, right) if is_text(left) && is_text(right) => DataType::Utf8View,
        (left, right) if is_binary(left) && is_binary(right) => DataType::BinaryView,
        (Timestamp(ours, zone), Timestamp(theirs, other)) => {
            let zone = match (zone.as_deref(), other.as_deref()) {
                (ours, theirs) if ours == theirs => zone.clone(),
                (Some(ours), Some(theirs)) if is_utc(ours) && is_utc(theirs) => Some("UTC".into()),
                _ => return None,
            };
            Timestamp(finer(*ours, *theirs), zone)
        }
        (Time32(ours) | Time64(ours), Time32(theirs) | Time64(theirs)) => match finer(*ours, *theirs) {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => Time32(unit),
            unit => Time64(unit),
        },
        (Duration(ours), Duration(theirs)) => Duration(finer(*ours, *theirs)),
        (Date32, Date64) | (Date64, Date32) => Date64,
        // A writer that knows nulls of floats alone makes floats of whole numbers as soon as one is missing.
        (Float64, whole) | (whole, Float64) if whole.is_integer() => Float64,
        (left, right) if left.is_decimal() && right.is_decimal() => {
            let (width, digits, scale) = decimal(left)?;
            let (other, their_digits, their_scale) = decimal(right)?;
            if (digits, scale) != (their_digits, their_scale) {
                return None;
            }
            match width.max(other) {
                64 => DataType::Decimal64(digits, scale),
                128 => DataType::Decimal128(digits, scale),
                _ => DataType::Decimal256(digits, scale),
            }
        }
        (Struct(ours), Struct(theirs)) if ours.len() == theirs.len() => {
            let both = ours.iter().map(|field| {
                let other = theirs.iter().find(|other| other.name() == field.name())?;
                inside(field, other)
            });
            Struct(both.collect::<Option<_>>()?)
        }
        (DataType::Map(ours, is_sorted), DataType::Map(theirs, other)) => {
            let (Struct(our_pair), Struct(their_pair)) = (ours.data_type(), theirs.data_type()) else { return None };
            let ([key, value], [their_key, their_value]) = (our_pair.as_ref(), their_pair.as_ref()) else {
                return None;
            };
            // The entries and keys of a map are never null, by Arrow's definition.
            let keys = Field::clone(key).with_data_type(unified(key.data_type(), their_key.data_type())?);
            let pair = Struct([Arc::new(keys), inside(value, their_value)?].into_iter().collect());
            DataType::Map(Arc::new(Field::clone(ours).with_data_type(pair)), *is_sorted && *other)
        }
        _ => return None,
    })
}

/// Returns the items of a list of any layout.
fn item(list: &DataType) -> Option<(&FieldRef, &DataType)> {
    match list {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some((item, list)),
        _ => None,
    }
}

fn listed((ours, left): (&FieldRef, &DataType), (theirs, right): (&FieldRef, &DataType)) -> Option<DataType> {
    // Writers use different names for the items.
    let both = Arc::new(Field::new_list_field(unified(ours.data_type(), theirs.data_type())?, true));
    Some(match (left, right) {
        (DataType::List(_), DataType::List(_)) => DataType::List(both),
        (DataType::FixedSizeList(_, size), DataType::FixedSizeList(_, other)) if size == other => {
            DataType::FixedSizeList(both, *size)
        }
        _ => DataType::LargeList(both),
    })
}

/// Returns the field that can hold the values of both, and nulls.
fn inside(ours: &FieldRef, theirs: &FieldRef) -> Option<FieldRef> {
    let both = unified(ours.data_type(), theirs.data_type())?;
    Some(Arc::new(Field::clone(ours).with_data_type(both).with_nullable(true)))
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// Returns true for a name of UTC that writers use.
fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "utc" | "Z" | "Etc/UTC" | "+00:00" | "-00:00" | "+0000" | "+00")
}

fn decimal(data_type: &DataType) -> Option<(u16, u8, i8)> {
    match data_type {
        DataType::Decimal32(digits, scale) => Some((32, *digits, *scale)),
        DataType::Decimal64(digits, scale) => Some((64, *digits, *scale)),
        DataType::Decimal128(digits, scale) => Some((128, *digits, *scale)),
        DataType::Decimal256(digits, scale) => Some((256, *digits, *scale)),
        _ => None,
    }
}

fn finer(left: TimeUnit, right: TimeUnit) -> TimeUnit {
    let order = [TimeUnit::Nanosecond, TimeUnit::Microsecond, TimeUnit::Millisecond, TimeUnit::Second];
    order.into_iter().find(|unit| [left, right].contains(unit)).unwrap_or(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(item: DataType) -> DataType {
        DataType::List(Arc::new(Field::new_list_field(item, true)))
    }

    #[test]
    fn what_only_says_how_values_are_laid_out() {
        let time = |unit, zone: Option<&str>| DataType::Timestamp(unit, zone.map(Into::into));
        let (seconds, nanos) = (TimeUnit::Second, TimeUnit::Nanosecond);
        let element = Arc::new(Field::new("element", DataType::Utf8, false));
        let pair = |value: DataType| {
            DataType::Struct(
                [Field::new("a", DataType::Int64, false), Field::new("b", value, true)].into_iter().collect(),
            )
        };
        for (left, right, both) in [
            (time(seconds, None), time(nanos, None), time(nanos, None)),
            (time(seconds, Some("UTC")), time(seconds, Some("+00:00")), time(seconds, Some("UTC"))),
            (DataType::Time32(seconds), DataType::Time64(nanos), DataType::Time64(nanos)),
            (DataType::Duration(seconds), DataType::Duration(nanos), DataType::Duration(nanos)),
            (DataType::Date32, DataType::Date64, DataType::Date64),
            (DataType::Int64, DataType::Float64, DataType::Float64),
            (list(DataType::UInt8), list(DataType::Float64), list(DataType::Float64)),
            (DataType::Decimal32(9, 2), DataType::Decimal256(9, 2), DataType::Decimal256(9, 2)),
            (DataType::Null, DataType::Int8, DataType::Int8),
            (list(DataType::Utf8), DataType::List(Arc::clone(&element)), list(DataType::Utf8)),
            (
                list(DataType::LargeUtf8),
                DataType::LargeListView(element),
                DataType::LargeList(Arc::new(Field::new_list_field(DataType::Utf8View, true))),
            ),
            (
                pair(list(time(seconds, None))),
                pair(DataType::LargeList(Arc::new(Field::new("element", time(nanos, None), true)))),
                DataType::Struct(
                    [
                        Field::new("a", DataType::Int64, true),
                        Field::new(
                            "b",
                            DataType::LargeList(Arc::new(Field::new_list_field(time(nanos, None), true))),
                            true,
                        ),
                    ]
                    .into_iter()
                    .collect(),
                ),
            ),
        ] {
            // The result is independent of the order, except for the nullability of equal types.
            assert_eq!(unified(&left, &right).as_ref(), Some(&both));
            assert_eq!(unified(&right, &left).as_ref(), Some(&both));
            assert_eq!(unified(&left, &left).as_ref(), Some(&left));
        }
    }

    #[test]
    fn types_that_are_different() {
        let naive = DataType::Timestamp(TimeUnit::Second, None);
        let zoned = |zone: &str| DataType::Timestamp(TimeUnit::Second, Some(zone.into()));
        for (left, right) in [
            (naive, zoned("UTC")),
            (zoned("UTC"), zoned("Europe/Berlin")),
            (DataType::Int64, DataType::Utf8View),
            (DataType::Int32, DataType::Int64),
            // Floats of 32 bits are written as others than floats of 64 bits.
            (DataType::Int32, DataType::Float32),
            (DataType::Float32, DataType::Float64),
            (DataType::Decimal128(10, 2), DataType::Decimal128(12, 2)),
            (list(DataType::Int64), list(DataType::Utf8)),
            (list(DataType::Int64), DataType::Int64),
        ] {
            assert_eq!(unified(&left, &right), None, "{left} {right}");
        }
    }
}
