//! The common schema of all files of a table.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::relaid::layout;
use super::unified::unified;
use crate::engine::source::file::SourceFile;
use crate::engine::types::type_name;

/// Returns the columns that all files declare, in the order of the first.
///
/// # Errors
///
/// A column is missing in a file, or its types differ.
pub(super) fn declared(parts: &[SourceFile], schemas: &[SchemaRef]) -> Result<SchemaRef, String> {
    let Some((first, others)) = schemas.split_first() else { return Err("there are no files".to_owned()) };
    let mut fields: Vec<Field> =
        // No check needs a file's claim that a column has no nulls.
        first.fields().iter().map(|field| Field::new(field.name(), layout(field.data_type()), true)).collect();
    // There are many files, and most are alike.
    let mut same = first;
    for (part, schema) in parts.iter().skip(1).zip(others) {
        if schema == same {
            continue;
        }
        same = schema;
        let names = |schema: &Schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
        same_names(&parts[0], &names(first), part, &names(schema))?;
        let theirs: HashMap<&String, &FieldRef> = schema.fields().iter().map(|field| (field.name(), field)).collect();
        for field in &mut fields {
            let Some(other) = theirs.get(field.name()) else { continue };
            match unified(field.data_type(), &layout(other.data_type())) {
                Some(both) => field.set_data_type(both),
                None => return Err(differ(&parts[0], field.data_type(), part, other)),
            }
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Returns the message for a column with two types.
pub(super) fn differ(left: &SourceFile, type_of_left: &DataType, right: &SourceFile, field: &Field) -> String {
    let (mut ours, mut theirs) = (type_name(type_of_left), type_name(field.data_type()));
    if ours == theirs {
        (ours, theirs) = (type_of_left.to_string(), field.data_type().to_string());
    }
    format!(
        "its files differ: the column `{}` is {ours} in `{}` and {theirs} in `{}`; write both with the same type",
        field.name(),
        left.name,
        right.name
    )
}

/// Checks that two files have the same columns.
///
/// # Errors
///
/// A column of one file is missing in the other.
pub(super) fn same_names(
    left: &SourceFile,
    ours: &[String],
    right: &SourceFile,
    theirs: &[String],
) -> Result<(), String> {
    let lost = |name: &String, has: &SourceFile, has_not: &SourceFile| {
        format!(
            "its files differ: `{}` has the column `{name}`, but `{}` does not; write both with the same columns",
            has.name, has_not.name
        )
    };
    let [of_left, of_right] = [ours, theirs].map(|names| names.iter().collect::<HashSet<_>>());
    if let Some(name) = ours.iter().find(|name| !of_right.contains(name)) {
        return Err(lost(name, left, right));
    }
    match theirs.iter().find(|name| !of_left.contains(name)) {
        Some(name) => Err(lost(name, right, left)),
        None => Ok(()),
    }
}

/// Returns the columns of the files, followed by those of their folders.
///
/// # Errors
///
/// Two columns have the same name.
pub(super) fn with_folders(files: &SchemaRef, folders: &[FieldRef]) -> Result<SchemaRef, String> {
    let mut sorted: Vec<&String> = files.fields().iter().map(|field| field.name()).collect();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("cannot be read: it has two columns `{}`", pair[0]));
    }
    for folder in folders {
        if sorted.binary_search(&folder.name()).is_ok() {
            return Err(format!(
                "the column `{0}` is in the files and in the names of their folders (`{0}=…`); remove one of them",
                folder.name()
            ));
        }
    }
    let all: Vec<FieldRef> = files.fields().iter().chain(folders).cloned().collect();
    Ok(Arc::new(Schema::new(all)))
}
