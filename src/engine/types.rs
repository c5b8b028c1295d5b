//! Names of Arrow types, as a config uses them.

use datafusion::arrow::datatypes::{DataType, Field, IntervalUnit, Schema};

use crate::measurement::{Column, ColumnType, TypeFamily};

/// Returns the columns of a schema, in order.
///
/// Their nullability is a declaration of the files, which the engine's schema no longer contains.
pub(super) fn columns(schema: &Schema) -> Vec<Column> {
    schema
        .fields()
        .iter()
        .map(|field| Column { name: field.name().clone(), data_type: column_type(field.data_type()), nullable: None })
        .collect()
}

/// Returns the name of a type.
///
/// The layout of values in memory does not matter to a config, and differs between writers of the same data: so a
/// dictionary of strings is `string`, and the units of times are omitted. For types that a config cannot name, the
/// names are those of Arrow's own documentation, with inner types in angle brackets: `list<int64>`,
/// `struct<a: int64, b: string>`, `map<string, float64>`.
pub(super) fn type_name(data_type: &DataType) -> String {
    let inside = |field: &Field| type_name(field.data_type());
    match data_type {
        DataType::Null => "null".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".to_owned(),
        DataType::FixedSizeBinary(bytes) => format!("binary({bytes})"),
        DataType::Dictionary(_, values) => type_name(values),
        DataType::RunEndEncoded(_, values) => inside(values),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Timestamp(_, None) => "timestamp".to_owned(),
        DataType::Timestamp(_, Some(zone)) => format!("timestamp[{zone}]"),
        DataType::Time32(_) | DataType::Time64(_) => "time".to_owned(),
        DataType::Duration(_) => "duration".to_owned(),
        DataType::Interval(IntervalUnit::YearMonth | IntervalUnit::DayTime | IntervalUnit::MonthDayNano) => {
            "interval".to_owned()
        }
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => format!("decimal({digits}, {scale})"),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("list<{}>", inside(item)),
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{}: {}", field.name(), inside(field))).collect();
            format!("struct<{}>", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                format!("map<{}, {}>", inside(&fields[0]), inside(&fields[1]))
            }
            other => format!("map<{}>", type_name(other)),
        },
        DataType::Union(fields, _) => {
            let fields: Vec<String> = fields.iter().map(|(_, field)| inside(field)).collect();
            format!("union<{}>", fields.join(", "))
        }
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float16
        | DataType::Float32
        | DataType::Float64 => data_type.to_string().to_ascii_lowercase(),
    }
}

/// Returns the type of a column of JSON lines with values of incompatible types.
pub(super) fn mixed() -> ColumnType {
    ColumnType { name: ColumnType::MIXED.to_owned(), family: TypeFamily::Other }
}

/// Returns the type of a column.
pub(super) fn column_type(data_type: &DataType) -> ColumnType {
    let family = match data_type {
        DataType::Dictionary(_, values) => return column_type(values),
        DataType::RunEndEncoded(_, values) => return column_type(values.data_type()),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => TypeFamily::String,
        DataType::Boolean => TypeFamily::Bool,
        DataType::Date32 | DataType::Date64 => TypeFamily::Date,
        DataType::Timestamp(..) => TypeFamily::Timestamp,
        other if other.is_decimal() => TypeFamily::Decimal,
        other if other.is_integer() => TypeFamily::Int,
        other if other.is_floating() => TypeFamily::Float,
        _ => TypeFamily::Other,
    };
    ColumnType { name: type_name(data_type), family }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn layouts_of_text_are_one_type() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        for text in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View, dictionary] {
            assert_eq!(column_type(&text), ColumnType { name: "string".to_owned(), family: TypeFamily::String });
        }
    }

    #[test]
    fn names_are_arrow_s_in_lower_case() {
        assert_eq!(type_name(&DataType::Int64), "int64");
        assert_eq!(type_name(&DataType::UInt8), "uint8");
        assert_eq!(type_name(&DataType::Float16), "float16");
        assert_eq!(type_name(&DataType::Decimal128(10, 2)), "decimal(10, 2)");
        assert_eq!(type_name(&DataType::Timestamp(TimeUnit::Second, Some("UTC".into()))), "timestamp[UTC]");
        assert_eq!(type_name(&DataType::Time64(TimeUnit::Nanosecond)), "time");
    }

    #[test]
    fn nested_types_show_what_is_inside() {
        let item = Arc::new(Field::new_list_field(DataType::Utf8View, true));
        assert_eq!(type_name(&DataType::LargeList(Arc::clone(&item))), "list<string>");
        let fields = [Field::new("a", DataType::Int64, true), Field::new("b", DataType::List(item), true)];
        let row = DataType::Struct(fields.into_iter().collect());
        assert_eq!(type_name(&row), "struct<a: int64, b: list<string>>");
        assert_eq!(column_type(&row).family, TypeFamily::Other);
    }
}
