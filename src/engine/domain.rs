//! `value NOT IN ('a', 'b')` and `value < 0 OR value > 9`, each in one pass over a column's values.
//!
//! The engine answers the second with two comparisons and their union, and looks up a text of the first by a hash of all
//! of its bytes. These are the conditions that most lines of a config come to.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, StringViewArray};
use datafusion::arrow::buffer::{BooleanBuffer, Buffer};
use datafusion::arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, not,
};

/// The same condition, with a function of this module in its place where it has one of the two forms.
pub(super) fn compiled(expression: Expr, schema: &DFSchema) -> Expr {
    match &expression {
        Expr::InList(list) => {
            let Some(column) = column(&list.expr, schema, |of| *of == DataType::Utf8View) else { return expression };
            let texts = list.list.iter().map(text).collect::<Option<BTreeSet<String>>>();
            let Some(listed) = texts.and_then(Listed::new) else { return expression };
            let is_listed = call(Domain::Listed(listed), column);
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

fn text(literal: &Expr) -> Option<String> {
    match literal {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text.clone()),
        _ => None,
    }
}

/// `column < low OR column > high`, if it is that.
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
    if let (ScalarValue::Int64(Some(low)), ScalarValue::Int64(Some(high))) = (&low, &high) {
        // An unsigned number of 64 bits may not be one of the signed.
        let whole = |of: &DataType| of.is_integer() && *of != DataType::UInt64;
        if let Some(column) = column(&below, schema, whole) {
            return Some(call(Domain::Whole { low: *low, high: *high }, column));
        }
    }
    let real = |of: &DataType| matches!(of, DataType::Float32 | DataType::Float64);
    let column = column(&below, schema, real)?;
    Some(call(Domain::Real { low: float(&low)?.to_bits(), high: float(&high)?.to_bits() }, column))
}

fn float(end: &ScalarValue) -> Option<f64> {
    match end {
        ScalarValue::Float64(Some(number)) if !number.is_nan() => Some(*number),
        // As the engine compares it.
        #[expect(clippy::cast_precision_loss, reason = "numbers that a float skips are left to the engine")]
        ScalarValue::Int64(Some(number)) if number.unsigned_abs() < 1 << 53 => Some(*number as f64),
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Lookup {
    signature: Signature,
    domain: Domain,
}

/// What a value is held against.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Domain {
    /// Whether it is one of these.
    Listed(Listed),
    /// Whether it lies outside.
    Whole { low: i64, high: i64 },
    /// Whether it lies outside of an interval whose ends are given as bits.
    Real { low: u64, high: u64 },
}

impl ScalarUDFImpl for Lookup {
    fn name(&self) -> &'static str {
        match self.domain {
            Domain::Listed(_) => "is_listed",
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
            Domain::Whole { low, high } => whole_outside(&column, *low, *high),
            Domain::Real { low, high } => real_outside(&column, f64::from_bits(*low), f64::from_bits(*high)),
        };
        let answers = BooleanArray::new(answers.ok_or_else(wrong)?, column.logical_nulls());
        Ok(ColumnarValue::Array(Arc::new(answers)))
    }
}

fn whole_outside(column: &ArrayRef, low: i64, high: i64) -> Option<BooleanBuffer> {
    Some(match column.data_type() {
        DataType::Int8 => outside_of::<Int8Type>(column, low, high),
        DataType::Int16 => outside_of::<Int16Type>(column, low, high),
        DataType::Int32 => outside_of::<Int32Type>(column, low, high),
        DataType::Int64 => outside_of::<Int64Type>(column, low, high),
        DataType::UInt8 => outside_of::<UInt8Type>(column, low, high),
        DataType::UInt16 => outside_of::<UInt16Type>(column, low, high),
        DataType::UInt32 => outside_of::<UInt32Type>(column, low, high),
        _ => return None,
    })
}

/// Compares in the column's own type: ends beyond it are moved to its own, or leave no value inside.
fn outside_of<T: ArrowPrimitiveType>(column: &ArrayRef, low: i64, high: i64) -> BooleanBuffer
where
    T::Native: TryFrom<i64> + Into<i64>,
{
    let values = column.as_primitive::<T>().values();
    let inside = |end: i64| T::Native::try_from(end).ok();
    let (lowest, highest) = (inside(low), inside(high));
    match (lowest, highest) {
        (Some(low), Some(high)) => packed(values, |value| (value < low) | (value > high)),
        _ => packed(values, |value| {
            let value: i64 = value.into();
            (value < low) | (value > high)
        }),
    }
}

fn real_outside(column: &ArrayRef, low: f64, high: f64) -> Option<BooleanBuffer> {
    // NaN lies outside of every interval.
    Some(match column.data_type() {
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

/// The answers as bits; they are made as bytes first, which a compiler makes many of at a time.
fn packed<T: Copy>(values: &[T], answer: impl Fn(T) -> bool) -> BooleanBuffer {
    let mut words = Vec::with_capacity(values.len().div_ceil(64));
    for block in values.chunks(64) {
        let mut answers = [0_u8; 64];
        for (answered, value) in answers.iter_mut().zip(block) {
            *answered = u8::from(answer(*value));
        }
        let mut word = 0;
        for (index, eight) in answers.as_chunks::<8>().0.iter().enumerate() {
            // Moves the lowest bit of each byte into the highest byte.
            let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            word |= bits << (8 * index);
        }
        words.push(word.to_le());
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}

/// Some texts, each short one in a slot of its own, which one multiplication finds.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Listed {
    texts: BTreeSet<String>,
    /// Views of texts of at most 12 bytes, which hold the whole text.
    slots: Box<[u128]>,
    factor: u64,
}

/// As many texts as slots are looked for: slots grow with their square.
const MOST_TEXTS: usize = 32;
/// The bytes that a view holds.
const SHORT: usize = 12;
/// No view: its text would have four billion bytes.
const EMPTY: u128 = u128::MAX;

impl Listed {
    /// None if they are too many, or find no slots.
    fn new(texts: BTreeSet<String>) -> Option<Self> {
        if texts.len() > MOST_TEXTS {
            return None;
        }
        let short: Vec<&String> = texts.iter().filter(|text| text.len() <= SHORT).collect();
        let views = StringViewArray::from_iter_values(&short);
        let slots = (2 * short.len() * short.len()).next_power_of_two().max(2);
        // Odd multiples of the golden ratio's 64 bits; each is a fair try.
        let factors = (0..64_u64).map(|attempt| 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(2 * attempt + 1));
        let (slots, factor) = factors.into_iter().find_map(|factor| {
            let mut filled = vec![EMPTY; slots].into_boxed_slice();
            for view in views.views() {
                let slot = &mut filled[slot(*view, factor, slots)];
                if *slot != EMPTY {
                    return None;
                }
                *slot = *view;
            }
            Some((filled, factor))
        })?;
        Some(Self { texts, slots, factor })
    }

    fn hold(&self, texts: &StringViewArray) -> BooleanBuffer {
        let (slots, factor) = (&*self.slots, self.factor);
        let has_long = self.texts.iter().any(|text| text.len() > SHORT);
        if !has_long {
            return packed(texts.views(), |view| slots[slot(view, factor, slots.len())] == view);
        }
        BooleanBuffer::collect_bool(texts.len(), |row| {
            let view = texts.views()[row];
            if length(view) <= SHORT {
                slots[slot(view, factor, slots.len())] == view
            } else {
                texts.is_valid(row) && self.texts.contains(texts.value(row))
            }
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest 32 bits of a view are its text's length")]
fn length(view: u128) -> usize {
    view as u32 as usize
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a view, and a number below that of the slots")]
fn slot(view: u128, factor: u64, slots: usize) -> usize {
    let mixed = (view as u64 ^ ((view >> 64) as u64).rotate_left(29)).wrapping_mul(factor);
    (mixed >> (64 - slots.trailing_zeros())) as usize & (slots - 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{Float32Array, Float64Array, Int64Array, UInt8Array};
    use datafusion::arrow::record_batch::RecordBatch;
    use datafusion::common::ToDFSchema;
    use datafusion::prelude::{SessionContext, ident, lit};
    use proptest::prelude::*;

    use super::*;

    /// The answers of the engine to a condition over the column `v`, and ours.
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
            outside(null, 1.5),
            ident("v").lt(lit(0_i64)).or(ident("w").gt(lit(1_i64))),
            ident("v").gt(lit(0_i64)).or(ident("v").lt(lit(1_i64))),
            ident("v").in_list(vec![lit(1_i64)], true),
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
