//! Normalisation of floats to one zero and one NaN.
//!
//! The engine orders floats by their bits: a NaN whose sign bit is set is below all numbers, every other NaN above
//! them, and −0 below 0. After normalisation NaN is above all numbers, as in PostgreSQL, and the zeros are equal.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float16Type, Float32Type, Float64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::ident;

/// Normalises an expression whose type is a float.
pub(super) fn canonical(expression: Expr) -> Expr {
    if let Expr::ScalarFunction(call) = &expression
        && call.func.inner().is::<Canonical>()
    {
        return expression;
    }
    let function = Canonical { signature: Signature::any(1, Volatility::Immutable) };
    ScalarUDF::from(function).call(vec![expression])
}

/// Normalises all floats of a table.
pub(in crate::engine) fn in_one_form(table: DataFrame) -> Result<DataFrame> {
    let fields = table.schema().fields().clone();
    if !fields.iter().any(|field| field.data_type().is_floating()) {
        return Ok(table);
    }
    let columns = fields.iter().map(|field| match field.data_type().is_floating() {
        true => canonical(ident(field.name())).alias(field.name()),
        false => ident(field.name()),
    });
    table.select(columns.collect::<Vec<_>>())
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Canonical {
    signature: Signature,
}

/// Normalises the values of an array.
macro_rules! in_one_form {
    ($of:ty, $column:ident) => {{
        type Native = <$of as ArrowPrimitiveType>::Native;
        let zero = Native::default();
        let form = |value: Native| {
            if value.is_nan() {
                Native::NAN
            } else if value == zero {
                zero
            } else {
                value
            }
        };
        Ok(Arc::new($column.as_primitive::<$of>().unary::<_, $of>(form)) as ArrayRef)
    }};
}

impl ScalarUDFImpl for Canonical {
    fn name(&self) -> &'static str {
        "canonical"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, of: &[DataType]) -> Result<DataType> {
        Ok(of.first().cloned().unwrap_or(DataType::Float64))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let of = args.arg_fields.first().map_or(DataType::Float64, |field| field.data_type().clone());
        Ok(Arc::new(Field::new(self.name(), of, args.arg_fields.iter().any(|field| field.is_nullable()))))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let wrong = || DataFusionError::Internal("`canonical` takes one float".to_owned());
        let value = args.args.into_iter().next().ok_or_else(wrong)?;
        let is_scalar = matches!(value, ColumnarValue::Scalar(_));
        let column = value.into_array(if is_scalar { 1 } else { args.number_rows })?;
        let formed: Result<ArrayRef> = match column.data_type() {
            DataType::Float16 => in_one_form!(Float16Type, column),
            DataType::Float32 => in_one_form!(Float32Type, column),
            DataType::Float64 => in_one_form!(Float64Type, column),
            _ => Err(wrong()),
        };
        let formed = formed?;
        Ok(if is_scalar {
            ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&formed, 0)?)
        } else {
            ColumnarValue::Array(formed)
        })
    }
}
