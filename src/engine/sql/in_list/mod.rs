//! Evaluates `value NOT IN ('a', 'b')` and `value < 0 OR value > 9` in one pass over a column's values.
//!
//! The engine evaluates the second with two comparisons and their union, the first with one comparison for each of few
//! values, and looks up one of many texts by a hash of all of its bytes. Most lines of a config become one of these
//! conditions.

mod listed;
mod packed;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type,
};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, not,
};

use listed::Listed;
use packed::packed;

/// Replaces a condition of one of the two forms by a function of this module.
pub(crate) fn compiled(expression: Expr, schema: &DFSchema) -> Expr {
    match &expression {
        Expr::InList(list) => {
            let Some(is_listed) = listed(&list.expr, &list.list, schema) else { return expression };
            if list.negated { not(is_listed) } else { is_listed }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            outside(left, right, schema).unwrap_or(expression)
        }
        _ => expression,
    }
}

fn call(domain: Domain, column: &Expr) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Lookup { signature, domain }).call(vec![column.clone()])
}

fn column<'a>(expression: &'a Expr, schema: &DFSchema, fits: impl Fn(&DataType) -> bool) -> Option<&'a Expr> {
    let Expr::Column(named) = expression else { return None };
    let field = schema.field_with_unqualified_name(&named.name).ok()?;
    fits(field.data_type()).then_some(expression)
}

/// Returns a function for `column IN (…)`, if the list has texts, or whole numbers that are close together.
fn listed(of: &Expr, list: &[Expr], schema: &DFSchema) -> Option<Expr> {
    if let Some(texts) = list.iter().map(text).collect::<Option<BTreeSet<String>>>() {
        let column = column(of, schema, |of| *of == DataType::Utf8View)?;
        return Some(call(Domain::Listed(Listed::new(texts)?), column));
    }
    let numbers = list.iter().map(number).collect::<Option<Vec<i64>>>()?;
    let column = column(of, schema, is_whole)?;
    let low = *numbers.iter().min()?;
    let places = numbers.iter().map(|number| number.checked_sub(low).and_then(|place| u32::try_from(place).ok()));
    let bits = places.map(|place| 1_u64.checked_shl(place?)).try_fold(0, |bits, bit| Some(bits | bit?))?;
    Some(call(Domain::Close { low, bits }, column))
}

/// Returns true for whole numbers in the range of signed 64 bits, which unsigned ones may exceed.
fn is_whole(of: &DataType) -> bool {
    of.is_integer() && *of != DataType::UInt64
}

fn text(literal: &Expr) -> Option<String> {
    match literal {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text.clone()),
        _ => None,
    }
}

fn number(literal: &Expr) -> Option<i64> {
    match literal {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => Some(*number),
        _ => None,
    }
}

/// Returns a function for `column < low OR column > high`, if the condition is that.
fn outside(left: &Expr, right: &Expr, schema: &DFSchema) -> Option<Expr> {
    let compared = |expression: &Expr, with: Operator| match expression {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if *op == with => match &**right {
            Expr::Literal(end, _) => Some((left.as_ref().clone(), end.clone())),
            _ => None,
        },
        _ => None,
    };
    let (below, low) = compared(left, Operator::Lt)?;
    let (above, high) = compared(right, Operator::Gt)?;
    if below != above {
        return None;
    }
    if let (ScalarValue::Int64(Some(low)), ScalarValue::Int64(Some(high))) = (&low, &high)
        && let Some(column) = column(&below, schema, is_whole)
    {
        return Some(call(Domain::Whole { low: *low, high: *high }, column));
    }
    let real = |of: &DataType| matches!(of, DataType::Float16 | DataType::Float32 | DataType::Float64);
    let column = column(&below, schema, real)?;
    let of = schema.field_with_unqualified_name(&column.column_refs().iter().next()?.name).ok()?.data_type();
    // No number is beyond an open end, but NaN is outside of every interval.
    let (low, high) = match (low.is_null(), high.is_null()) {
        (true, true) => return None,
        (true, false) => (f64::NEG_INFINITY, float(&high, of)?),
        (false, true) => (float(&low, of)?, f64::INFINITY),
        (false, false) => (float(&low, of)?, float(&high, of)?),
    };
    Some(call(Domain::Real { low: low.to_bits(), high: high.to_bits() }, column))
}

/// Returns an end as the nearest number of the column's type; `None` if it is beyond that type.
fn float(end: &ScalarValue, of: &DataType) -> Option<f64> {
    let end = wide(end)?;
    let nearest = ScalarValue::Float64(Some(end)).cast_to(of).ok()?.cast_to(&DataType::Float64).ok()?;
    let nearest = wide(&nearest)?;
    (!end.is_finite() || nearest.is_finite()).then_some(nearest)
}

fn wide(end: &ScalarValue) -> Option<f64> {
    match end {
        ScalarValue::Float64(Some(number)) if !number.is_nan() => Some(*number),
        // Converts as the engine does for a comparison.
        #[expect(clippy::cast_precision_loss, reason = "numbers that a float skips are left to the engine")]
        ScalarValue::Int64(Some(number)) if number.unsigned_abs() < 1 << 53 => Some(*number as f64),
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lookup {
    signature: Signature,
    domain: Domain,
}

/// Domain that a value is tested for.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Domain {
    /// True if the value is one of these texts.
    Listed(Listed),
    /// True if the value is one of 64 numbers from `low` on, with a bit for each.
    Close { low: i64, bits: u64 },
    /// True if the value is outside the interval.
    Whole { low: i64, high: i64 },
    /// True if the value is outside an interval whose ends are given as bits.
    Real { low: u64, high: u64 },
}

impl ScalarUDFImpl for Lookup {
    fn name(&self) -> &'static str {
        match self.domain {
            Domain::Listed(_) | Domain::Close { .. } => "is_listed",
            Domain::Whole { .. } | Domain::Real { .. } => "is_outside",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let wrong = || DataFusionError::Internal(format!("`{}` of another column than planned", self.name()));
        let column = args.args.into_iter().next().ok_or_else(wrong)?.into_array(args.number_rows)?;
        let answers = match &self.domain {
            Domain::Listed(listed) => column.as_string_view_opt().map(|texts| listed.hold(texts)),
            Domain::Close { low, bits } => close(&column, *low, *bits),
            Domain::Whole { low, high } => whole_outside(&column, *low, *high),
            Domain::Real { low, high } => real_outside(&column, f64::from_bits(*low), f64::from_bits(*high)),
        };
        let answers = BooleanArray::new(answers.ok_or_else(wrong)?, column.logical_nulls());
        Ok(ColumnarValue::Array(Arc::new(answers)))
    }
}

/// Calls `$of` with the column's own type.
macro_rules! by_type {
    ($of:ident, $column:ident, $($argument:expr),*) => {
        Some(match $column.data_type() {
            DataType::Int8 => $of::<Int8Type>($column, $($argument),*),
            DataType::Int16 => $of::<Int16Type>($column, $($argument),*),
            DataType::Int32 => $of::<Int32Type>($column, $($argument),*),
            DataType::Int64 => $of::<Int64Type>($column, $($argument),*),
            DataType::UInt8 => $of::<UInt8Type>($column, $($argument),*),
            DataType::UInt16 => $of::<UInt16Type>($column, $($argument),*),
            DataType::UInt32 => $of::<UInt32Type>($column, $($argument),*),
            _ => return None,
        })
    };
}

fn close(column: &ArrayRef, low: i64, bits: u64) -> Option<BooleanBuffer> {
    by_type!(close_of, column, low, bits)
}

fn close_of<T: ArrowPrimitiveType<Native: Into<i64>>>(column: &ArrayRef, low: i64, bits: u64) -> BooleanBuffer {
    packed(column.as_primitive::<T>().values(), |value| {
        let place = Into::<i64>::into(value).wrapping_sub(low).cast_unsigned();
        (place < 64) & (bits >> (place & 63) & 1 == 1)
    })
}

fn whole_outside(column: &ArrayRef, low: i64, high: i64) -> Option<BooleanBuffer> {
    by_type!(outside_of, column, low, high)
}

/// Compares in the column's own type if it can hold both ends, which is faster.
fn outside_of<T: ArrowPrimitiveType<Native: TryFrom<i64> + Into<i64>>>(
    column: &ArrayRef,
    low: i64,
    high: i64,
) -> BooleanBuffer {
    let values = column.as_primitive::<T>().values();
    match (T::Native::try_from(low), T::Native::try_from(high)) {
        (Ok(low), Ok(high)) => packed(values, |value| (value < low) | (value > high)),
        _ => packed(values, |value| {
            let value: i64 = value.into();
            (value < low) | (value > high)
        }),
    }
}

fn real_outside(column: &ArrayRef, low: f64, high: f64) -> Option<BooleanBuffer> {
    // NaN is outside of every interval.
    Some(match column.data_type() {
        DataType::Float16 => packed(column.as_primitive::<Float16Type>().values(), |value| {
            let value = f64::from(value);
            !((value >= low) & (value <= high))
        }),
        DataType::Float32 => packed(column.as_primitive::<Float32Type>().values(), |value| {
            let value = f64::from(value);
            !((value >= low) & (value <= high))
        }),
        DataType::Float64 => {
            packed(column.as_primitive::<Float64Type>().values(), |value| !((value >= low) & (value <= high)))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{Float32Array, Float64Array, Int8Array, Int64Array, StringViewArray, UInt8Array};
    use datafusion::arrow::record_batch::RecordBatch;
    use datafusion::common::ToDFSchema;
    use datafusion::prelude::{SessionContext, ident, lit};
    use proptest::prelude::*;

    use super::*;

    /// Returns the results of the engine and of this module for a condition over the column `v`.
    fn both(column: ArrayRef, condition: Expr) -> (Vec<Option<bool>>, Vec<Option<bool>>) {
        let batch = RecordBatch::try_from_iter_with_nullable([("v", column, true)]).unwrap();
        let schema = batch.schema().to_dfschema().unwrap();
        let own = compiled(condition.clone(), &schema);
        assert_ne!(own, condition, "it is compiled");
        let context = SessionContext::new();
        let answer = |condition| {
            let physical = context.create_physical_expr(condition, &schema).unwrap();
            let answers = physical.evaluate(&batch).unwrap().into_array(batch.num_rows()).unwrap();
            answers.as_boolean().iter().collect()
        };
        (answer(condition), answer(own))
    }

    fn outside(low: impl datafusion::logical_expr::Literal, high: impl datafusion::logical_expr::Literal) -> Expr {
        ident("v").lt(lit(low)).or(ident("v").gt(lit(high)))
    }

    #[test]
    fn ends_that_the_columns_type_does_not_hold() {
        let bytes: ArrayRef = Arc::new(UInt8Array::from(vec![Some(0), Some(200), None, Some(255)]));
        for (low, high) in [(-1_i64, 300_i64), (-5, -1), (256, 1000), (1, 254), (1, i64::MAX), (3, 2)] {
            let (engine, own) = both(Arc::clone(&bytes), outside(low, high));
            assert_eq!(own, engine, "[{low}, {high}]");
        }
    }

    #[test]
    fn a_column_of_floats_and_ends_that_are_whole() {
        let column: ArrayRef =
            Arc::new(Float32Array::from(vec![Some(-0.0), Some(0.1), None, Some(f32::NAN), Some(1.0)]));
        let (engine, own) = both(column, outside(0_i64, 1_i64));
        assert_eq!(own, engine);
        assert_eq!(own, [Some(false), Some(false), None, Some(true), Some(false)]);
    }

    #[test]
    fn what_it_does_not_know_is_left_to_the_engine() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("v", column)]).unwrap();
        let schema = batch.schema().to_dfschema().unwrap();
        let null = ScalarValue::Float64(None);
        let conditions = [
            outside(0.5, 1.5),
            outside(null.clone(), null),
            ident("v").lt(lit(0_i64)).or(ident("w").gt(lit(1_i64))),
            ident("v").gt(lit(0_i64)).or(ident("v").lt(lit(1_i64))),
            ident("v").in_list(vec![lit(1_i64), lit(65_i64)], true),
            ident("v").in_list(vec![lit(i64::MIN), lit(i64::MAX)], true),
            ident("v").in_list(vec![lit(1_i64), lit(2.5)], true),
            ident("v").in_list(vec![lit(1_i64), lit("a")], true),
            ident("w").in_list(vec![lit(1_i64)], true),
        ];
        for condition in conditions {
            assert_eq!(compiled(condition.clone(), &schema), condition);
        }
    }

    proptest! {
        #[test]
        fn texts_are_listed_as_the_engine_finds(
            listed in prop::collection::btree_set("[ab\0é]{0,14}", 1..12),
            more in prop::collection::vec(prop::option::of("[ab\0é]{0,14}"), 0..200),
            negated: bool,
        ) {
            let texts = more.into_iter().chain(listed.iter().cloned().map(Some));
            let column: ArrayRef = Arc::new(StringViewArray::from_iter(texts));
            let list = listed.iter().map(|text| lit(text.as_str())).collect();
            let (engine, own) = both(column, ident("v").in_list(list, negated));
            prop_assert_eq!(own, engine);
        }

        #[test]
        fn whole_numbers_are_listed_as_the_engine_finds(
            listed in prop::collection::vec(-30..34_i64, 1..12),
            more in prop::collection::vec(prop::option::of(-40..40_i8), 0..200),
            base in prop::sample::select(vec![0, i64::MIN + 40, i64::MAX - 40]),
            negated: bool,
        ) {
            let list = |base: i64| listed.iter().map(|number| lit(number + base)).collect();
            let bytes: ArrayRef = Arc::new(Int8Array::from(more.clone()));
            let (engine, own) = both(bytes, ident("v").in_list(list(0), negated));
            prop_assert_eq!(own, engine);
            let far = more.iter().map(|number| number.map(|number| base + i64::from(number))).chain([Some(i64::MIN), Some(i64::MAX)]);
            let wide: ArrayRef = Arc::new(far.collect::<Int64Array>());
            let (engine, own) = both(wide, ident("v").in_list(list(base), negated));
            prop_assert_eq!(own, engine);
        }

        #[test]
        fn whole_numbers_lie_outside_as_the_engine_finds(
            values in prop::collection::vec(prop::option::of(any::<i64>()), 0..200),
            low: i64, high: i64,
        ) {
            let column: ArrayRef = Arc::new(Int64Array::from(values));
            let (engine, own) = both(column, outside(low, high));
            prop_assert_eq!(own, engine);
        }

        #[test]
        fn floats_lie_outside_as_the_engine_finds(
            values in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 0..200),
            low in prop::num::f64::ANY.prop_filter("a number", |end| !end.is_nan()),
            high in prop::num::f64::ANY.prop_filter("a number", |end| !end.is_nan()),
        ) {
            let column: ArrayRef = Arc::new(Float64Array::from(values));
            let (engine, own) = both(column, outside(low, high));
            prop_assert_eq!(own, engine);
        }
    }
}
