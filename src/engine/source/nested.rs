//! Flattening of structs: each field becomes a column named by its path, such as `address.zip`.
//!
//! So every check works on fields as on any column, and a change of a field is reported as that field's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::{DataFusionError, Result};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, ident,
};

/// The deepest nesting of structs; a malicious file may have more, to exhaust the stack.
const DEEPEST: usize = 32;

/// Replaces every struct by columns for its fields. A table without structs is unchanged.
///
/// # Errors
///
/// Two columns have the same name, or structs are nested too deeply.
pub(super) fn flattened(table: DataFrame) -> Result<DataFrame> {
    let schema = table.schema().inner().clone();
    if !schema.fields().iter().any(|field| is_struct(field.data_type())) {
        return Ok(table);
    }
    let mut columns = Vec::new();
    for field in schema.fields() {
        leaves(field.name().clone(), field, &mut Vec::new(), field.data_type(), &mut columns)?;
    }
    let mut names = BTreeSet::new();
    if let Some((twice, _)) = columns.iter().find(|(name, _)| !names.insert(name)) {
        return Err(DataFusionError::Execution(format!(
            "there are two columns `{twice}`: one at the top, and a field of a struct; rename one of them"
        )));
    }
    table.select(columns.into_iter().map(|(name, value)| value.alias(name)).collect::<Vec<_>>())
}

/// Returns for each column, by the names of [`flattened`], whether it may have nulls: a file declares so, or a struct
/// around it may be null.
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

fn leaves(
    name: String,
    root: &Field,
    path: &mut Vec<usize>,
    data_type: &DataType,
    columns: &mut Vec<(String, Expr)>,
) -> Result<()> {
    match data_type {
        DataType::Struct(inside) if !inside.is_empty() => {
            if path.len() == DEEPEST {
                return Err(DataFusionError::Execution(format!(
                    "`{name}` holds structs that are nested too deep; limit: {DEEPEST}"
                )));
            }
            for (at, field) in inside.iter().enumerate() {
                path.push(at);
                leaves(format!("{name}.{}", field.name()), root, path, field.data_type(), columns)?;
                path.pop();
            }
        }
        _ if path.is_empty() => columns.push((name, ident(root.name()))),
        _ => columns.push((name, Leaf::of(root.name(), path.clone()))),
    }
    Ok(())
}

/// An expression for a field of a struct, at any depth; null where a struct around it is.
///
/// There is one call for the whole path: an expression for each level would contain those above twice, for the value
/// and for whether it is null, and double in size with each level.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Leaf {
    /// The index of each field in the struct around it, from the outermost on.
    path: Vec<usize>,
    signature: Signature,
}

impl Leaf {
    fn of(root: &str, path: Vec<usize>) -> Expr {
        ScalarUDF::new_from_impl(Self { path, signature: Signature::any(1, Volatility::Immutable) })
            .call(vec![ident(root)])
    }

    fn is_no_struct() -> DataFusionError {
        DataFusionError::Internal("`leaf` takes one struct".to_owned())
    }

    fn find(&self, root: &ArrayRef) -> Result<ArrayRef> {
        let mut found = Arc::clone(root);
        // Below a null struct, a field has an arbitrary value.
        let mut above: Option<NullBuffer> = None;
        for at in &self.path {
            let around = found.as_struct_opt().ok_or_else(Self::is_no_struct)?;
            above = NullBuffer::union(above.as_ref(), around.nulls());
            found = Arc::clone(around.column(*at));
        }
        match above {
            Some(above) if above.null_count() > 0 => Ok(nullif(&found, &BooleanArray::from(!above.inner()))?),
            _ => Ok(found),
        }
    }
}

impl ScalarUDFImpl for Leaf {
    fn name(&self) -> &'static str {
        "leaf"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.path
            .iter()
            .try_fold(types.first(), |around, at| match around {
                Some(DataType::Struct(fields)) => Ok(fields.get(*at).map(|field| field.data_type())),
                _ => Err(Self::is_no_struct()),
            })?
            .cloned()
            .ok_or_else(Self::is_no_struct)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let root = call.args.into_iter().next().ok_or_else(Self::is_no_struct)?;
        Ok(ColumnarValue::Array(self.find(&root.into_array(call.number_rows)?)?))
    }
}
