//! One schema for all files of a table.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::part::Part;
use crate::engine::types::type_name;

/// How the engine holds values of this type: how a writer laid them out is no concern of a check.
pub(super) fn layout(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Dictionary(_, values) => layout(values),
        DataType::RunEndEncoded(_, values) => layout(values.data_type()),
        other => other.clone(),
    }
}

/// The type without its word on which values inside may be null.
///
/// A map's entries and keys never are, by Arrow's own definition.
fn relaxed(data_type: &DataType) -> DataType {
    let inside = |field: &FieldRef| {
        Arc::new(Field::new(field.name(), relaxed(field.data_type()), true).with_metadata(field.metadata().clone()))
    };
    match data_type {
        DataType::List(item) => DataType::List(inside(item)),
        DataType::LargeList(item) => DataType::LargeList(inside(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inside(item), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inside).collect()),
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                let pair = DataType::Struct([Arc::clone(&pair[0]), inside(&pair[1])].into_iter().collect());
                DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(pair)), *sorted)
            }
            _ => data_type.clone(),
        },
        other => other.clone(),
    }
}

/// The columns that all files declare, in the order of the first.
///
/// # Errors
///
/// A file has a column that another has not, or has it with another type.
pub(super) fn declared(parts: &[Part], schemas: &[SchemaRef]) -> Result<SchemaRef, String> {
    let Some((first, others)) = schemas.split_first() else { return Err("there are no files".to_owned()) };
    let mut fields: Vec<Field> =
        // A file's word that a column has no nulls is not needed for anything.
        first.fields().iter().map(|field| Field::new(field.name(), layout(field.data_type()), true)).collect();
    for (part, schema) in parts.iter().skip(1).zip(others) {
        let names = |schema: &Schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
        same_names(&parts[0], &names(first), part, &names(schema))?;
        for field in &mut fields {
            let other = schema.field_with_name(field.name()).map_err(|error| error.to_string())?;
            let theirs = layout(other.data_type());
            if theirs == *field.data_type() {
                continue;
            }
            if relaxed(&theirs) == relaxed(field.data_type()) {
                field.set_data_type(relaxed(&theirs));
            } else {
                return Err(differ(&parts[0], &type_name(field.data_type()), part, other));
            }
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// The sentence for a column that has two types.
pub(super) fn differ(left: &Part, type_of_left: &str, right: &Part, field: &Field) -> String {
    format!(
        "its files differ: the column `{}` is {type_of_left} in `{}` and {} in `{}`; write both with the same type",
        field.name(),
        left.name,
        type_name(field.data_type()),
        right.name
    )
}

/// # Errors
///
/// One file has a column that the other has not.
pub(super) fn same_names(left: &Part, ours: &[String], right: &Part, theirs: &[String]) -> Result<(), String> {
    let lost = |name: &String, has: &Part, has_not: &Part| {
        format!(
            "its files differ: `{}` has the column `{name}` and `{}` has not; write both with the same columns",
            has.name, has_not.name
        )
    };
    if let Some(name) = ours.iter().find(|name| !theirs.contains(name)) {
        return Err(lost(name, left, right));
    }
    match theirs.iter().find(|name| !ours.contains(name)) {
        Some(name) => Err(lost(name, right, left)),
        None => Ok(()),
    }
}

/// The columns of the files, and behind them those that their folders stand for.
///
/// # Errors
///
/// Two columns have one name.
pub(super) fn with_folders(files: &SchemaRef, folders: &[FieldRef]) -> Result<SchemaRef, String> {
    let mut sorted: Vec<&String> = files.fields().iter().map(|field| field.name()).collect();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("cannot be read: it has two columns `{}`", pair[0]));
    }
    for folder in folders {
        if sorted.binary_search(&folder.name()).is_ok() {
            return Err(format!(
                "the column `{0}` stands in the files and in the names of their folders (`{0}=…`); leave one of them out",
                folder.name()
            ));
        }
    }
    let all: Vec<FieldRef> = files.fields().iter().chain(folders).cloned().collect();
    Ok(Arc::new(Schema::new(all)))
}
