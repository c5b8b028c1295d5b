//! A struct is read as its fields, each a column named by the path to it: `address.zip`.
//!
//! So every check works on them as on any column, and a change of one field is told as that field's.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, ident, when};

/// As many structs in one another as anybody writes; a file may hold more, to exhaust the stack.
const DEEPEST: usize = 32;

/// The same rows, with a column for every field of every struct. A table without structs stays as it is.
///
/// # Errors
///
/// Two columns would have one name, or structs are nested too deeply.
pub(super) fn flattened(table: DataFrame) -> Result<DataFrame, DataFusionError> {
    let schema = table.schema().inner().clone();
    if !schema.fields().iter().any(|field| is_struct(field.data_type())) {
        return Ok(table);
    }
    let mut columns = Vec::new();
    for field in schema.fields() {
        fields(field.name().clone(), ident(field.name()), field.data_type(), 0, &mut columns)?;
    }
    let mut names = BTreeSet::new();
    if let Some((twice, _)) = columns.iter().find(|(name, _)| !names.insert(name)) {
        return Err(DataFusionError::Execution(format!(
            "there are two columns `{twice}`: one of its own, and a field of a struct; rename one of them"
        )));
    }
    table.select(columns.into_iter().map(|(name, value)| value.alias(name)).collect::<Vec<_>>())
}

/// Whether each column may hold nulls, by the names of [`flattened`]: where one of the files says so, or a struct around it may be null.
pub(super) fn nullable(schemas: &[SchemaRef]) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    for field in schemas.iter().flat_map(|schema| schema.fields()) {
        declared(field.name().clone(), field, false, 0, &mut found);
    }
    found
}

fn declared(path: String, field: &Field, is_below_null: bool, depth: usize, found: &mut BTreeMap<String, bool>) {
    let may_be_null = is_below_null || field.is_nullable();
    match field.data_type() {
        DataType::Struct(inside) if !inside.is_empty() && depth < DEEPEST => {
            for field in inside {
                declared(format!("{path}.{}", field.name()), field, may_be_null, depth + 1, found);
            }
        }
        _ => *found.entry(path).or_default() |= may_be_null,
    }
}

fn is_struct(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(fields) if !fields.is_empty())
}

fn fields(
    path: String,
    value: Expr,
    data_type: &DataType,
    depth: usize,
    columns: &mut Vec<(String, Expr)>,
) -> Result<(), DataFusionError> {
    match data_type {
        DataType::Struct(inside) if !inside.is_empty() => {
            if depth == DEEPEST {
                return Err(DataFusionError::Execution(format!(
                    "`{path}` holds structs nested more than {DEEPEST} deep, which is not read"
                )));
            }
            for field in inside {
                // Below a null struct, a field holds whatever its writer left there.
                let below = when(value.clone().is_not_null(), get_field(value.clone(), field.name().as_str())).end()?;
                fields(format!("{path}.{}", field.name()), below, field.data_type(), depth + 1, columns)?;
            }
        }
        _ => columns.push((path, value)),
    }
    Ok(())
}
