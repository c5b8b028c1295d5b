//! Arrow types by the names that a config uses.

use datafusion::arrow::datatypes::{DataType, Schema};

use crate::gate::measurement::{Column, ColumnType, TypeFamily};

/// The columns of a schema, in order.
pub(super) fn columns(schema: &Schema) -> Vec<Column> {
    schema
        .fields()
        .iter()
        .map(|field| Column { name: field.name().clone(), data_type: column_type(field.data_type()) })
        .collect()
}

fn column_type(data_type: &DataType) -> ColumnType {
    let (name, family) = match data_type {
        // How text is laid out in memory is no concern of a config, and differs between writers of the same data.
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ("string".to_owned(), TypeFamily::String),
        DataType::Dictionary(_, values) => return column_type(values),
        DataType::RunEndEncoded(_, values) => return column_type(values.data_type()),
        DataType::Boolean => ("bool".to_owned(), TypeFamily::Bool),
        DataType::Date32 | DataType::Date64 => ("date".to_owned(), TypeFamily::Date),
        DataType::Timestamp(_, None) => ("timestamp".to_owned(), TypeFamily::Timestamp),
        DataType::Timestamp(_, Some(zone)) => (format!("timestamp[{zone}]"), TypeFamily::Timestamp),
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => (format!("decimal({digits}, {scale})"), TypeFamily::Decimal),
        other if other.is_integer() => (other.to_string().to_ascii_lowercase(), TypeFamily::Int),
        other if other.is_floating() => (other.to_string().to_ascii_lowercase(), TypeFamily::Float),
        other => (other.to_string().to_ascii_lowercase(), TypeFamily::Other),
    };
    ColumnType { name, family }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn layouts_of_text_are_one_type() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        for text in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View, dictionary] {
            assert_eq!(column_type(&text).name, "string");
        }
    }

    #[test]
    fn names_are_arrow_s_in_lower_case() {
        let shown = |data_type: DataType| column_type(&data_type).name;
        assert_eq!(shown(DataType::Int64), "int64");
        assert_eq!(shown(DataType::UInt8), "uint8");
        assert_eq!(shown(DataType::Float32), "float32");
        assert_eq!(shown(DataType::Decimal128(10, 2)), "decimal(10, 2)");
        let zone: Arc<str> = "UTC".into();
        let timestamp = DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Second, Some(zone));
        assert_eq!(shown(timestamp), "timestamp[UTC]");
    }
}
