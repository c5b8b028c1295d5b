//! Preparation of operands, so that their comparison means what its author reads.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, cast, lit};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use super::canonical::canonical;
use super::{exact, instant, names};
use crate::engine::types::type_name;

/// Use of the operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Equality,
    /// The first operand is searched among the others.
    Membership,
    Order,
    /// One of the operands is the result, so they keep their type.
    Choice,
}

/// An operand of a comparison.
struct Operand {
    expression: Expr,
    of: DataType,
    /// The value of an operand that the author wrote as a literal.
    constant: Option<ScalarValue>,
}

impl Operand {
    fn new((expression, of): (Expr, DataType)) -> Self {
        let constant = constant(&expression);
        Self { expression, of, constant }
    }

    fn is_typed(&self) -> bool {
        self.constant.is_none()
    }

    fn set(&mut self, value: ScalarValue) {
        self.of = value.data_type();
        self.expression = lit(value.clone());
        self.constant = Some(value);
    }

    fn cast_to(&mut self, to: DataType) {
        if self.of != to {
            self.expression = cast(self.expression.clone(), to.clone());
            self.of = to;
        }
    }
}

/// Returns the value of an expression without columns; `None` if it has none, or a type that its author chose.
fn constant(expression: &Expr) -> Option<ScalarValue> {
    if let Expr::Literal(value, _) = expression {
        return Some(value.clone());
    }
    let mut depends = false;
    let _ = expression.apply(|node| {
        depends |= !matches!(
            node,
            Expr::Literal(..) | Expr::BinaryExpr(_) | Expr::Negative(_) | Expr::Cast(_) | Expr::ScalarFunction(_)
        );
        Ok(if depends { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    let is_chosen = matches!(expression, Expr::Cast(cast) if instant::step(cast.field.data_type()).is_none());
    if depends || is_chosen {
        return None;
    }
    let simplifier = ExprSimplifier::new(SimplifyContext::builder().build());
    let coerced = simplifier.coerce(expression.clone(), &DFSchema::empty()).ok()?;
    match simplifier.simplify(coerced).ok()? {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

/// Prepares operands, each with its type.
///
/// # Errors
///
/// A date or time is compared with a number, or with a text that is neither.
pub(super) fn alike(operands: Vec<(Expr, DataType)>, purpose: Purpose) -> Result<Vec<Expr>> {
    let mut operands: Vec<Operand> = operands.into_iter().map(Operand::new).collect();
    let is_time = |operand: &Operand| instant::step(&operand.of).is_some();
    let is_number = |operand: &Operand| operand.of.is_numeric();
    if operands.iter().any(is_time) {
        if let (Some(time), Some(number)) =
            (operands.iter().find(|o| is_time(o)), operands.iter().find(|o| is_number(o)))
        {
            return Err(beside_a_number(&time.expression, &time.of, &number.expression));
        }
        times(&mut operands, purpose)?;
    } else if operands.iter().all(|operand| is_number(operand) || operand.of.is_null()) {
        numbers(&mut operands, purpose);
    }
    Ok(operands.into_iter().map(|operand| operand.expression).collect())
}

/// Returns the error for a date or time compared with a number.
pub(super) fn beside_a_number(time: &Expr, of: &DataType, number: &Expr) -> DataFusionError {
    DataFusionError::Plan(format!(
        "`{}` is {} and `{}` is a number; write a date as '2024-01-31', a duration as INTERVAL '5 days'",
        names::text(time),
        type_name(of),
        names::text(number)
    ))
}

fn times(operands: &mut [Operand], purpose: Purpose) -> Result<()> {
    let is_text = |of: &DataType| of.is_string();
    let foreign = |operand: &&Operand| {
        instant::step(&operand.of).is_none()
            && !operand.of.is_null()
            && !(is_text(&operand.of) && operand.constant.is_some())
    };
    // Text columns, times of day and intervals are left to the engine, which converts or rejects them.
    if operands.iter().any(|operand| foreign(&operand)) {
        return Ok(());
    }
    let typed = |operand: &&Operand| operand.is_typed() && instant::step(&operand.of).is_some();
    let first = operands.iter().find(typed).or_else(|| operands.iter().find(|o| instant::step(&o.of).is_some()));
    let Some((reference, named)) = first.map(|first| (first.of.clone(), names::text(&first.expression))) else {
        return Ok(());
    };
    let zone = match &reference {
        DataType::Timestamp(_, zone) => zone.as_deref(),
        _ => None,
    };
    let mut instants = Vec::with_capacity(operands.len());
    for operand in operands.iter() {
        let at = match &operand.constant {
            Some(value) => match value.try_as_str().flatten() {
                Some(text) => Some(instant::parsed(text, zone).ok_or_else(|| {
                    let of = type_name(&reference);
                    DataFusionError::Plan(format!("`{named}` is {of}, but '{text}' is not a date or time"))
                })?),
                None => instant::of(value),
            },
            None => None,
        };
        instants.push(at);
    }
    let unit = |of: &DataType| instant::step(of).map(|step| (step, matches!(of, DataType::Date32)));
    let has_one_unit = operands.iter().filter(typed).all(|operand| unit(&operand.of) == unit(&reference));
    let values: Vec<Option<ScalarValue>> =
        instants.iter().map(|at| at.and_then(|at| instant::value(at, &reference))).collect();
    let all_fit = instants.iter().zip(&values).all(|(at, value)| at.is_none() || value.is_some());
    if (has_one_unit && all_fit) || purpose == Purpose::Choice {
        for (operand, (at, value)) in operands.iter_mut().zip(instants.iter().zip(values)) {
            match (at, value) {
                (Some(_), Some(value)) => operand.set(value),
                (Some(_), None) => {
                    let (told, of) = (names::text(&operand.expression), type_name(&reference));
                    return Err(DataFusionError::Plan(format!("`{named}` is {of}, which cannot hold {told}")));
                }
                (None, _) => {}
            }
        }
        in_one_zone(operands);
        return Ok(());
    }
    for (operand, at) in operands.iter_mut().zip(instants) {
        match at {
            Some(at) => operand.expression = instant::literal(at),
            None if instant::step(&operand.of).is_some() => {
                operand.expression = instant::instant(operand.expression.clone());
            }
            None => {}
        }
    }
    Ok(())
}

/// Converts dates and timestamps without a zone to UTC if another operand has a zone.
fn in_one_zone(operands: &mut [Operand]) {
    let zoned = |operand: &&Operand| matches!(operand.of, DataType::Timestamp(_, Some(_)));
    if !operands.iter().any(|operand| zoned(&operand)) {
        return;
    }
    for operand in operands {
        match operand.of {
            DataType::Timestamp(unit, None) => operand.cast_to(utc(unit)),
            DataType::Date32 | DataType::Date64 => operand.cast_to(utc(TimeUnit::Microsecond)),
            _ => {}
        }
    }
}

/// Returns the type of timestamps in UTC.
pub(super) fn utc(unit: TimeUnit) -> DataType {
    DataType::Timestamp(unit, Some("+00:00".into()))
}

fn numbers(operands: &mut Vec<Operand>, purpose: Purpose) {
    let has = |operands: &[Operand], fits: fn(&DataType) -> bool| {
        operands.iter().any(|operand| operand.is_typed() && fits(&operand.of))
    };
    let narrow = [DataType::Float16, DataType::Float32]
        .into_iter()
        .rfind(|of| operands.iter().any(|operand| operand.is_typed() && operand.of == *of));
    let has_wide = has(operands, |of| *of == DataType::Float64);
    let has_whole = has(operands, |of| of.is_integer() || of.is_decimal());
    match narrow {
        Some(narrow) if !has_wide && !has_whole => {
            let nearest: Option<Vec<_>> = operands.iter().map(|operand| nearest(operand, &narrow)).collect();
            if let Some(nearest) = nearest {
                for (operand, value) in operands.iter_mut().zip(nearest) {
                    value.into_iter().for_each(|value| operand.set(value));
                }
            }
        }
        // 64-bit floats represent more whole numbers exactly.
        Some(_) if purpose != Purpose::Choice => {
            let floats = operands.iter_mut().filter(|operand| operand.is_typed() && operand.of.is_floating());
            floats.for_each(|operand| operand.cast_to(DataType::Float64));
            whole_as_floats(operands);
        }
        None if has_wide => whole_as_floats(operands),
        None if !has_wide && has_whole && purpose != Purpose::Choice => whole_constants(operands, purpose),
        _ => {}
    }
    if purpose != Purpose::Choice {
        for operand in operands.iter_mut() {
            operand.expression = exact::signed(operand.expression.clone(), &operand.of);
        }
    }
    in_one_form(operands, purpose);
}

/// Returns a constant as the nearest float of a narrower type; the inner `None` means that the operand is not a
/// constant, the outer one that it is outside that type's range.
#[expect(clippy::option_option, reason = "there may be nothing to set")]
fn nearest(operand: &Operand, narrow: &DataType) -> Option<Option<ScalarValue>> {
    let Some(value) = operand.constant.as_ref().filter(|value| !value.is_null()) else { return Some(None) };
    let float = |value: &ScalarValue| match value.cast_to(&DataType::Float64) {
        Ok(ScalarValue::Float64(number)) => number,
        _ => None,
    };
    let (number, cast) = (float(value)?, value.cast_to(narrow).ok()?);
    (!number.is_finite() || float(&cast)?.is_finite()).then_some(Some(cast))
}

/// Converts whole numbers of 64 bits among floats to floats. A number that a float would round is an error: it would
/// equal its neighbours.
fn whole_as_floats(operands: &mut [Operand]) {
    let is_long = |of: &DataType| matches!(of, DataType::Int64 | DataType::UInt64);
    for operand in operands.iter_mut().filter(|operand| operand.is_typed() && is_long(&operand.of)) {
        operand.expression = exact::float(operand.expression.clone(), &operand.of);
        operand.of = DataType::Float64;
    }
}

/// Converts float literals among whole numbers and decimals to those types, so that no other operand becomes a float.
fn whole_constants(operands: &mut Vec<Operand>, purpose: Purpose) {
    let has_decimals = operands.iter().any(|operand| operand.is_typed() && operand.of.is_decimal());
    for operand in operands.iter_mut() {
        let Some(ScalarValue::Float64(Some(number))) = &operand.constant else { continue };
        if let Some(value) = exactly(*number, has_decimals) {
            operand.set(value);
        }
    }
    // No whole number equals a fraction, which would turn the other operands into floats.
    let is_fraction = |operand: &Operand| matches!(operand.constant, Some(ScalarValue::Float64(Some(_))));
    if purpose == Purpose::Membership && !has_decimals && operands.iter().skip(1).any(|operand| !is_fraction(operand)) {
        let mut is_first = true;
        operands.retain(|operand| std::mem::take(&mut is_first) || !is_fraction(operand));
    }
}

/// Returns a float as a whole number, or as the decimal that it is written as.
fn exactly(number: f64, is_decimal: bool) -> Option<ScalarValue> {
    // Longer ones would leave no digits to the other side.
    const DIGITS: usize = 36;
    if !number.is_finite() || number.abs() >= 1e36 {
        return None;
    }
    if number.fract() == 0.0 {
        let whole: i128 = format!("{number:.0}").parse().ok()?;
        let digits = u8::try_from(whole.unsigned_abs().to_string().len()).ok()?;
        return Some(match i64::try_from(whole) {
            Ok(whole) => ScalarValue::Int64(Some(whole)),
            Err(_) => ScalarValue::Decimal128(Some(whole), digits, 0),
        });
    }
    if !is_decimal {
        return None;
    }
    let text = number.to_string();
    let (_, fraction) = text.split_once('.')?;
    let digits: String = text.chars().filter(|letter| *letter != '.').collect();
    let scale = i8::try_from(fraction.len()).ok()?;
    let length = digits.trim_start_matches(['-', '0']).len().max(fraction.len());
    let precision = u8::try_from(length).ok().filter(|_| length <= DIGITS)?;
    Some(ScalarValue::Decimal128(Some(digits.parse().ok()?), precision, scale))
}

/// Normalises every NaN and every zero.
fn in_one_form(operands: &mut [Operand], purpose: Purpose) {
    let is_plain = |operand: &Operand| match &operand.constant {
        Some(ScalarValue::Float64(Some(number))) => !number.is_nan() && *number != 0.0,
        Some(value @ (ScalarValue::Float32(Some(_)) | ScalarValue::Float16(Some(_)))) => {
            matches!(value.cast_to(&DataType::Float64), Ok(ScalarValue::Float64(Some(number))) if !number.is_nan() && number != 0.0)
        }
        Some(value) => value.is_null(),
        None => false,
    };
    // A value that equals such a number is that number in any form.
    if matches!(purpose, Purpose::Equality | Purpose::Membership) && operands.iter().skip(1).all(is_plain) {
        return;
    }
    for operand in operands.iter_mut().filter(|operand| operand.of.is_floating() && !is_plain(operand)) {
        operand.expression = canonical(operand.expression.clone());
    }
}
