//! Arithmetic on whole numbers and decimals, whose result is correct or an error.
//!
//! The engine's own arithmetic wraps at the range of a type: 300 × 200 is −5,536 in 16 bits. Whole numbers of fewer
//! than 64 bits are computed in 64, and overflow is an error.

use super::exact_function::{Exact, Operation};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ExprSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, ScalarUDF, Signature, Volatility, cast};

use super::names;

/// Returns the operation on operands of these types.
fn call(operation: Operation, text: String, operands: Vec<Expr>, of: &[DataType]) -> Result<Expr> {
    let signature = Signature::any(operands.len(), Volatility::Immutable);
    let to = operation.answer(of)?;
    Ok(ScalarUDF::from(Exact { signature, operation, text, to }).call(operands))
}

/// Returns the type of an expression. In a long chain it is not derived again at each link.
pub(super) fn type_of(expression: &Expr, schema: &dyn ExprSchema) -> Result<DataType> {
    if let Expr::ScalarFunction(call) = expression
        && let Some(exact) = call.func.inner().downcast_ref::<Exact>()
    {
        return Ok(exact.to.clone());
    }
    expression.get_type(schema)
}

/// Casts an expression, unless it has the type.
fn as_type(expression: Expr, of: &DataType, to: &DataType) -> Expr {
    if of == to { expression } else { cast(expression, to.clone()) }
}

fn is_exact(of: &DataType) -> bool {
    of.is_integer() || of.is_decimal()
}

/// Returns an operation whose result is correct or an error.
///
/// # Errors
///
/// The types of the operands have no arithmetic.
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
        // A short unsigned number with a signed one.
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

/// Returns the difference of two unsigned numbers as a decimal, which may be negative: for comparisons, which do not
/// depend on one type.
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

/// Returns a whole number as a float that holds it exactly.
pub(super) fn float(expression: Expr, of: &DataType) -> Expr {
    let text = names::text(&expression);
    call(Operation::Float, text, vec![expression.clone()], std::slice::from_ref(of)).unwrap_or(expression)
}

/// Sign and width of a whole number, which decide how it is widened.
#[derive(Clone, Copy)]
enum Wide {
    Signed,
    /// Unsigned, 64 bits.
    Unsigned,
    /// Unsigned, fewer than 64 bits.
    Small,
    /// A literal that is not negative.
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

/// Returns the negative of an expression.
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

/// Returns `abs` or `power` of whole numbers; `None` for other functions and types.
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
