//! The function that computes an operation on whole numbers and decimals, or fails.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Datum, Float64Array, PrimitiveArray};
use datafusion::arrow::compute::kernels::arity::try_binary;
use datafusion::arrow::compute::kernels::numeric::{add, mul, neg, sub};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Field, FieldRef, Int64Type, UInt64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature,
};
use datafusion::physical_expr_common::datum::apply;

/// Operation to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Negate,
    Absolute,
    Power,
    ShiftLeft,
    /// Conversion to a float, exact or an error.
    Float,
}

impl Operation {
    /// Returns the type of the result.
    pub(super) fn answer(self, of: &[DataType]) -> Result<DataType> {
        let op = match self {
            Self::Add => Operator::Plus,
            Self::Subtract => Operator::Minus,
            Self::Multiply => Operator::Multiply,
            Self::Power | Self::Float => return Ok(DataType::Float64),
            _ => return Ok(of[0].clone()),
        };
        BinaryTypeCoercer::new(&of[0], &op, &of[1]).get_result_type()
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Exact {
    pub(super) signature: Signature,
    pub(super) operation: Operation,
    /// The expression as its author knows it.
    pub(super) text: String,
    /// The type of the result.
    pub(super) to: DataType,
}

impl Exact {
    fn beyond(&self, of: &DataType) -> DataFusionError {
        let text = &self.text;
        DataFusionError::Execution(match (self.operation, of) {
            (Operation::Power, _) => format!(
                "`{text}` is a whole number beyond 2^53, which a float does not hold exactly; write \
                 `power(CAST(… AS DOUBLE), …)` if a rounded one is good enough"
            ),
            (Operation::Float, _) => format!(
                "`{text}` is combined with floats, and in some row it is a whole number beyond 2^53 that a float does not hold \
                 exactly; write `CAST({text} AS DOUBLE)` if a rounded one is good enough"
            ),
            (_, DataType::UInt64) => format!(
                "`{text}` is negative or goes beyond the range of uint64 in some row; compute it with \
                 `CAST(… AS DECIMAL(38, 0))`"
            ),
            (_, of) => format!(
                "`{text}` goes beyond the range of {} in some row; compute it with `CAST(… AS {})`",
                crate::engine::types::type_name(of),
                if of.is_integer() { "DECIMAL(38, 0)" } else { "DOUBLE" }
            ),
        })
    }
}

impl ScalarUDFImpl for Exact {
    fn name(&self) -> &'static str {
        "exact"
    }

    fn display_name(&self, _: &[Expr]) -> Result<String> {
        Ok(self.text.clone())
    }

    fn schema_name(&self, _: &[Expr]) -> Result<String> {
        Ok(self.text.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(&self.text, self.to.clone(), nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let of = args.return_field.data_type().clone();
        let of_first = args.args[0].data_type();
        let answer = match (self.operation, args.args.as_slice()) {
            (Operation::Negate | Operation::Absolute | Operation::Float, [value]) => {
                let compute = |value: &dyn Datum| {
                    let array = value.get().0;
                    match self.operation {
                        Operation::Negate => neg(array),
                        Operation::Float if of_first == DataType::UInt64 => float::<UInt64Type>(array),
                        Operation::Float => float::<Int64Type>(array),
                        _ => absolute(array),
                    }
                };
                // The second operand is ignored.
                apply(value, value, |value, _| compute(value))
            }
            (operation, [left, right]) => {
                let kernel: fn(&dyn Datum, &dyn Datum) -> std::result::Result<ArrayRef, ArrowError> = match operation {
                    Operation::Add => add,
                    Operation::Subtract => sub,
                    Operation::Multiply => mul,
                    Operation::Power => power,
                    _ if of_first == DataType::UInt64 => shifted::<UInt64Type>,
                    _ => shifted::<Int64Type>,
                };
                apply(left, right, kernel)
            }
            _ => Err(DataFusionError::Internal("an operation has one side or two".to_owned())),
        };
        answer.map_err(|error| match error.find_root() {
            DataFusionError::ArrowError(inner, _) if matches!(**inner, ArrowError::ArithmeticOverflow(_)) => {
                self.beyond(&of)
            }
            _ => error,
        })
    }
}

fn overflow() -> ArrowError {
    ArrowError::ArithmeticOverflow(String::new())
}

fn absolute(numbers: &dyn Array) -> std::result::Result<ArrayRef, ArrowError> {
    let numbers = numbers.as_primitive::<Int64Type>();
    let absolute: PrimitiveArray<Int64Type> = numbers.try_unary(|number| number.checked_abs().ok_or_else(overflow))?;
    Ok(Arc::new(absolute))
}

fn float<T>(numbers: &dyn Array) -> std::result::Result<ArrayRef, ArrowError>
where
    T: ArrowPrimitiveType<Native: Into<i128>>,
{
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "compared with the number itself")]
    let exact = |number: T::Native| {
        let whole: i128 = number.into();
        let float = whole as f64;
        if float as i128 == whole { Ok(float) } else { Err(overflow()) }
    };
    let floats: Float64Array = numbers.as_primitive::<T>().try_unary(exact)?;
    Ok(Arc::new(floats))
}

/// Returns both operands as arrays of one length.
fn arrays(left: &dyn Datum, right: &dyn Datum) -> std::result::Result<(ArrayRef, ArrayRef), ArrowError> {
    let long = |side: &dyn Datum, rows: usize| {
        let (array, is_scalar) = side.get();
        let array = array.slice(0, array.len());
        if !is_scalar || rows == 1 {
            return Ok(array);
        }
        let value = ScalarValue::try_from_array(&array, 0);
        value
            .and_then(|value| value.to_array_of_size(rows))
            .map_err(|error| ArrowError::ComputeError(error.to_string()))
    };
    let rows = match (left.get(), right.get()) {
        ((left, false), _) => left.len(),
        (_, (right, false)) => right.len(),
        _ => 1,
    };
    Ok((long(left, rows)?, long(right, rows)?))
}

fn power(base: &dyn Datum, exponent: &dyn Datum) -> std::result::Result<ArrayRef, ArrowError> {
    let (base, exponent) = arrays(base, exponent)?;
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "compared with the number itself")]
    let power = |base: i64, exponent: i64| {
        let Ok(exponent) = u32::try_from(exponent) else {
            return match (base, exponent < 0) {
                (0, true) => Err(ArrowError::DivideByZero),
                (_, true) => Ok((base as f64).powf(exponent as f64)),
                (-1..=1, false) => Ok((base as f64).powf((exponent % 2 + 2) as f64)),
                _ => Err(overflow()),
            };
        };
        let number = i128::from(base).checked_pow(exponent).ok_or_else(overflow)?;
        let float = number as f64;
        // 2^127 is outside the range of 128 bits.
        if float.abs() < 1e38 && float as i128 == number { Ok(float) } else { Err(overflow()) }
    };
    let powers: Float64Array =
        try_binary(base.as_primitive::<Int64Type>(), exponent.as_primitive::<Int64Type>(), power)?;
    Ok(Arc::new(powers))
}

/// Shifts numbers to the left; a lost bit is an error.
fn shifted<T>(numbers: &dyn Datum, places: &dyn Datum) -> std::result::Result<ArrayRef, ArrowError>
where
    T: ArrowPrimitiveType<Native: Into<i128> + TryFrom<i128>>,
{
    let (numbers, places) = arrays(numbers, places)?;
    let shift = |number: T::Native, places: T::Native| {
        let places = u32::try_from(Into::<i128>::into(places)).ok().filter(|places| *places < 64);
        let shifted = places.map(|places| Into::<i128>::into(number) << places);
        shifted.and_then(|shifted| T::Native::try_from(shifted).ok()).ok_or_else(overflow)
    };
    let shifted: PrimitiveArray<T> = try_binary(numbers.as_primitive::<T>(), places.as_primitive::<T>(), shift)?;
    Ok(Arc::new(shifted))
}

/// Returns the text of an expression of this module.
pub(super) fn text_of(expression: &Expr) -> Option<&str> {
    let Expr::ScalarFunction(call) = expression else { return None };
    call.func.inner().downcast_ref::<Exact>().map(|exact| exact.text.as_str())
}
