//! Arithmetic on whole numbers and decimals that answers with the right number or not at all.
//!
//! The engine's own turns around where a type ends: 300 × 200 is −5,536 in 16 bits. Whole numbers of fewer than 64 bits are
//! computed in 64, and what goes beyond is an error.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Datum, Float64Array, PrimitiveArray};
use datafusion::arrow::compute::kernels::arity::try_binary;
use datafusion::arrow::compute::kernels::numeric::{add, mul, neg, sub};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Field, FieldRef, Int64Type, UInt64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, ExprSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, cast,
};
use datafusion::physical_expr_common::datum::apply;

use super::names;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Negate,
    Absolute,
    Power,
    ShiftLeft,
}

impl Operation {
    /// The type of its answer.
    fn answer(self, of: &[DataType]) -> Result<DataType> {
        let op = match self {
            Self::Add => Operator::Plus,
            Self::Subtract => Operator::Minus,
            Self::Multiply => Operator::Multiply,
            Self::Power => return Ok(DataType::Float64),
            _ => return Ok(of[0].clone()),
        };
        BinaryTypeCoercer::new(&of[0], &op, &of[1]).get_result_type()
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Exact {
    signature: Signature,
    operation: Operation,
    /// The expression as its author knows it.
    text: String,
    /// The type of the answer.
    to: DataType,
}

/// The operation on operands of these types.
fn call(operation: Operation, text: String, operands: Vec<Expr>, of: &[DataType]) -> Result<Expr> {
    let signature = Signature::any(operands.len(), Volatility::Immutable);
    let to = operation.answer(of)?;
    Ok(ScalarUDF::from(Exact { signature, operation, text, to }).call(operands))
}

/// The type of an expression. That of a long chain is not worked out again at each of its links.
pub(super) fn type_of(expression: &Expr, schema: &dyn ExprSchema) -> Result<DataType> {
    if let Expr::ScalarFunction(call) = expression
        && let Some(exact) = call.func.inner().downcast_ref::<Exact>()
    {
        return Ok(exact.to.clone());
    }
    expression.get_type(schema)
}

/// The expression as another type, if it is of another one.
fn as_type(expression: Expr, of: &DataType, to: &DataType) -> Expr {
    if of == to { expression } else { cast(expression, to.clone()) }
}

/// The text of an expression of this module.
pub(super) fn text_of(expression: &Expr) -> Option<&str> {
    let Expr::ScalarFunction(call) = expression else { return None };
    call.func.inner().downcast_ref::<Exact>().map(|exact| exact.text.as_str())
}

fn is_exact(of: &DataType) -> bool {
    of.is_integer() || of.is_decimal()
}

/// The operation, so computed that its answer is right or an error.
///
/// # Errors
///
/// The types of its sides have no arithmetic.
pub(super) fn operation(left: Expr, op: Operator, right: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    let (of_left, of_right) = (type_of(&left, schema)?, type_of(&right, schema)?);
    let operation = match op {
        Operator::Plus => Operation::Add,
        Operator::Minus => Operation::Subtract,
        Operator::Multiply => Operation::Multiply,
        _ => Operation::ShiftLeft,
    };
    let whole = BinaryExpr::new(Box::new(left), op, Box::new(right));
    if !is_exact(&of_left) || !is_exact(&of_right) || (operation == Operation::ShiftLeft && !of_right.is_integer()) {
        return Ok(Expr::BinaryExpr(whole));
    }
    let text = names::text(&Expr::BinaryExpr(whole.clone()));
    let (left, right) = (*whole.left, *whole.right);
    let (to_left, to_right) = match (wide(&left, &of_left), wide(&right, &of_right)) {
        _ if of_left.is_decimal() || of_right.is_decimal() => {
            BinaryTypeCoercer::new(&of_left, &op, &of_right).get_input_types()?
        }
        (Wide::Signed, Wide::Signed | Wide::Either) | (Wide::Either, Wide::Signed | Wide::Either) => {
            (DataType::Int64, DataType::Int64)
        }
        // A small unsigned number beside a small signed one.
        (Wide::Small, Wide::Signed | Wide::Small | Wide::Either) | (Wide::Signed | Wide::Either, Wide::Small) => {
            (DataType::Int64, DataType::Int64)
        }
        (Wide::Unsigned, Wide::Unsigned | Wide::Small | Wide::Either)
        | (Wide::Small | Wide::Either, Wide::Unsigned) => (DataType::UInt64, DataType::UInt64),
        (Wide::Unsigned, Wide::Signed) | (Wide::Signed, Wide::Unsigned) => {
            BinaryTypeCoercer::new(&of_left, &op, &of_right).get_input_types()?
        }
    };
    let operands = vec![as_type(left, &of_left, &to_left), as_type(right, &of_right, &to_right)];
    call(operation, text, operands, &[to_left, to_right])
}

/// The difference of two unsigned numbers as a decimal, which may be negative: for comparisons, which need no one type.
pub(super) fn signed(expression: Expr, of: &DataType) -> Expr {
    let Expr::ScalarFunction(difference) = &expression else { return expression };
    let Some(exact) = difference.func.inner().downcast_ref::<Exact>() else { return expression };
    if exact.operation != Operation::Subtract || *of != DataType::UInt64 {
        return expression;
    }
    let wide = DataType::Decimal128(20, 0);
    let operands = difference.args.iter().map(|operand| cast(operand.clone(), wide.clone())).collect();
    call(Operation::Subtract, exact.text.clone(), operands, &[wide.clone(), wide]).unwrap_or(expression)
}

/// How a whole number may be widened.
#[derive(Clone, Copy)]
enum Wide {
    Signed,
    /// Of 64 bits.
    Unsigned,
    /// Unsigned, of fewer bits.
    Small,
    /// A number of the author's that is not negative.
    Either,
}

fn wide(operand: &Expr, of: &DataType) -> Wide {
    match (of, operand) {
        (DataType::UInt64, _) => Wide::Unsigned,
        (DataType::UInt8 | DataType::UInt16 | DataType::UInt32, _) => Wide::Small,
        (_, Expr::Literal(ScalarValue::Int64(Some(0..)), _)) => Wide::Either,
        _ => Wide::Signed,
    }
}

/// The negative of an expression.
pub(super) fn negative(of: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    if let Expr::Literal(ScalarValue::Int64(Some(number)), metadata) = &of
        && let Some(negative) = number.checked_neg()
    {
        return Ok(Expr::Literal(ScalarValue::Int64(Some(negative)), metadata.clone()));
    }
    let data_type = type_of(&of, schema)?;
    if !data_type.is_integer() {
        return Ok(Expr::Negative(Box::new(of)));
    }
    if data_type == DataType::UInt64 {
        return Ok(Expr::Negative(Box::new(cast(of, DataType::Decimal128(20, 0)))));
    }
    let text = names::text(&Expr::Negative(Box::new(of.clone())));
    call(Operation::Negate, text, vec![as_type(of, &data_type, &DataType::Int64)], &[DataType::Int64])
}

/// `abs` and `power` of whole numbers; none of anything else.
pub(super) fn function(name: &str, args: &[Expr], schema: &dyn ExprSchema) -> Result<Option<Expr>> {
    let operation = match (name, args.len()) {
        ("abs", 1) => Operation::Absolute,
        ("power", 2) => Operation::Power,
        _ => return Ok(None),
    };
    let mut operands = Vec::with_capacity(args.len());
    for arg in args {
        let of = type_of(arg, schema)?;
        if !of.is_integer() || of == DataType::UInt64 && operation == Operation::Absolute {
            return Ok(None);
        }
        operands.push(as_type(arg.clone(), &of, &DataType::Int64));
    }
    let told: Vec<String> = args.iter().map(names::text).collect();
    let types = vec![DataType::Int64; operands.len()];
    call(operation, format!("{name}({})", told.join(", ")), operands, &types).map(Some)
}

impl Exact {
    fn beyond(&self, of: &DataType) -> DataFusionError {
        let text = &self.text;
        DataFusionError::Execution(match (self.operation, of) {
            (Operation::Power, _) => format!(
                "`{text}` is a whole number beyond 2^53, which a float does not hold exactly; write \
                 `power(CAST(… AS DOUBLE), …)` if a rounded one is good enough"
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
            (Operation::Negate | Operation::Absolute, [value]) => {
                let compute = |value: &dyn Datum| {
                    let array = value.get().0;
                    match self.operation {
                        Operation::Negate => neg(array),
                        _ => absolute(array),
                    }
                };
                // The second side is not looked at.
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

/// Both sides as arrays of one length.
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
        // 2^127 is no number of 128 bits.
        if float.abs() < 1e38 && float as i128 == number { Ok(float) } else { Err(overflow()) }
    };
    let powers: Float64Array =
        try_binary(base.as_primitive::<Int64Type>(), exponent.as_primitive::<Int64Type>(), power)?;
    Ok(Arc::new(powers))
}

/// Shifts numbers to the left, and loses none of their bits.
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
