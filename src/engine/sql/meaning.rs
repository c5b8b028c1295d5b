//! The meaning of an expression.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{ExprSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{
    AggregateFunction, Between, BinaryExpr, Case, InList, InSubquery, ScalarFunction, SetComparison,
};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, cast, lit};

use super::alike::{self, Purpose, alike};
use super::{beside_subquery, bounded, canonical, exact, instant};

/// Returns the expression with the meaning that mlgate gives it.
///
/// # Errors
///
/// The expression compares or combines operands without a common meaning, such as a date and a number.
pub(in crate::engine) fn meant(expression: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    let meant = expression.transform_up(|node| part(node, schema).map(Transformed::yes))?;
    Ok(meant.data)
}

pub(super) fn part(node: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    Ok(match node {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => binary(*left, op, *right, schema)?,
        Expr::Negative(of) => exact::negative(*of, schema)?,
        Expr::Between(Between { expr, negated, low, high }) => {
            let [expr, low, high] = array(compared(vec![*expr, *low, *high], Purpose::Order, schema)?)?;
            Expr::Between(Between::new(Box::new(expr), negated, Box::new(low), Box::new(high)))
        }
        Expr::InList(InList { expr, list, negated }) => {
            let operands = std::iter::once(*expr).chain(list).collect();
            let mut operands = compared(operands, Purpose::Membership, schema)?.into_iter();
            let expr = operands.next().unwrap_or_else(|| lit(ScalarValue::Null));
            Expr::InList(InList::new(Box::new(expr), operands.collect(), negated))
        }
        Expr::Case(case) => Expr::Case(chosen(case, schema)?),
        Expr::ScalarFunction(call) => function(call, schema)?,
        Expr::AggregateFunction(call) => Expr::AggregateFunction(aggregate(call, schema)?),
        Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
            let (expr, subquery) = beside_subquery::beside_subquery(*expr, subquery, Purpose::Equality, schema)?;
            Expr::InSubquery(InSubquery::new(Box::new(expr), subquery, negated))
        }
        Expr::SetComparison(SetComparison { expr, subquery, op, quantifier }) => {
            let (expr, subquery) = beside_subquery::beside_subquery(*expr, subquery, Purpose::Order, schema)?;
            Expr::SetComparison(SetComparison::new(Box::new(expr), subquery, op, quantifier))
        }
        Expr::Cast(conversion) => match (&*conversion.expr, conversion.field.data_type()) {
            // `TIMESTAMP '9999-12-31'`: the engine would convert it to nanoseconds, whose range ends in 2262.
            (Expr::Literal(value, _), of @ DataType::Timestamp(_, zone)) => {
                let at = value.try_as_str().flatten().and_then(|text| instant::parsed(text, zone.as_deref()));
                match at {
                    Some(at) if instant::value(at, of).is_none() => {
                        let micros =
                            DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Microsecond, zone.clone());
                        instant::value(at, &micros).map_or_else(|| Expr::Cast(conversion.clone()), lit)
                    }
                    _ => Expr::Cast(conversion),
                }
            }
            _ => Expr::Cast(conversion),
        },
        other => other,
    })
}

pub(super) fn binary(left: Expr, op: Operator, right: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    let purpose = match op {
        Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => Purpose::Equality,
        Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq => Purpose::Order,
        Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo => {
            return arithmetic(left, op, right, schema);
        }
        Operator::BitwiseShiftLeft => return exact::operation(left, op, right, schema),
        Operator::StringConcat => return bounded::joined(left, right, schema),
        _ => return Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))),
    };
    let [left, right] = array(compared(vec![left, right], purpose, schema)?)?;
    Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))))
}

pub(super) fn arithmetic(left: Expr, op: Operator, right: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    let (of_left, of_right) = (exact::type_of(&left, schema)?, exact::type_of(&right, schema)?);
    let is_time = |of: &DataType| instant::step(of).is_some();
    if is_time(&of_left) && of_right.is_numeric() {
        return Err(alike::beside_a_number(&left, &of_left, &right));
    }
    if is_time(&of_right) && of_left.is_numeric() {
        return Err(alike::beside_a_number(&right, &of_right, &left));
    }
    let (left, right) = match (&of_left, &of_right) {
        (DataType::Timestamp(_, Some(_)), DataType::Timestamp(unit, None)) => (left, cast(right, alike::utc(*unit))),
        (DataType::Timestamp(unit, None), DataType::Timestamp(_, Some(_))) => (cast(left, alike::utc(*unit)), right),
        _ => (left, right),
    };
    match op {
        Operator::Divide | Operator::Modulo => {
            Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))))
        }
        _ => exact::operation(left, op, right, schema),
    }
}

/// Prepares the results of a `CASE`, and the value that it compares with its cases.
pub(super) fn chosen(case: Case, schema: &dyn ExprSchema) -> Result<Case> {
    let Case { expr, when_then_expr, else_expr } = case;
    let (mut whens, mut thens): (Vec<Expr>, Vec<Expr>) =
        when_then_expr.into_iter().map(|(when, then)| (*when, *then)).unzip();
    let mut sought = None;
    if let Some(of) = expr {
        let mut operands =
            compared(std::iter::once(*of).chain(whens).collect(), Purpose::Equality, schema)?.into_iter();
        sought = operands.next().map(Box::new);
        whens = operands.collect();
    }
    let cases = whens.len();
    thens.extend(else_expr.map(|other| *other));
    let mut thens = compared(thens, Purpose::Choice, schema)?;
    let other = if thens.len() > cases { thens.pop().map(Box::new) } else { None };
    let pairs = whens.into_iter().map(Box::new).zip(thens.into_iter().map(Box::new)).collect();
    Ok(Case::new(sought, pairs, other))
}

pub(super) fn function(mut call: ScalarFunction, schema: &dyn ExprSchema) -> Result<Expr> {
    if let Some(exact) = exact::function(call.name(), &call.args, schema)? {
        return Ok(exact);
    }
    match call.name() {
        // The first argument of `nvl2` is only tested for null.
        "nvl2" if call.args.len() == 3 => {
            let answers = compared(call.args.split_off(1), Purpose::Choice, schema)?;
            call.args.extend(answers);
        }
        "coalesce" | "nvl" => call.args = compared(call.args, Purpose::Choice, schema)?,
        "nullif" | "greatest" | "least" => {
            call.args = compared(call.args, Purpose::Choice, schema)?;
            for arg in &mut call.args {
                if arg.get_type(schema)?.is_floating() {
                    *arg = canonical::canonical(arg.clone());
                }
            }
        }
        _ => {}
    }
    Ok(Expr::ScalarFunction(call))
}

/// Prepares an aggregate: extremes of floats treat every NaN alike, and means of decimals do not overflow.
pub(super) fn aggregate(mut call: AggregateFunction, schema: &dyn ExprSchema) -> Result<AggregateFunction> {
    let Some(first) = call.params.args.first_mut() else { return Ok(call) };
    let of = first.get_type(schema)?;
    match (call.func.name(), of) {
        ("min" | "max", of) if of.is_floating() => *first = canonical::canonical(first.clone()),
        ("avg" | "sum", DataType::Decimal128(digits, scale)) if digits > 28 => {
            *first = cast(first.clone(), DataType::Decimal256(digits, scale));
        }
        _ => {}
    }
    Ok(call)
}

/// Prepares operands that are compared with each other.
pub(super) fn compared(operands: Vec<Expr>, purpose: Purpose, schema: &dyn ExprSchema) -> Result<Vec<Expr>> {
    let typed: Result<Vec<_>> =
        operands.into_iter().map(|operand| exact::type_of(&operand, schema).map(|of| (operand, of))).collect();
    alike(typed?, purpose)
}

pub(super) fn array<const N: usize>(operands: Vec<Expr>) -> Result<[Expr; N]> {
    operands
        .try_into()
        .map_err(|_| datafusion::common::DataFusionError::Internal("internal error: an operand is missing".to_owned()))
}
