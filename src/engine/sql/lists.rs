//! Functions of lists: `array_length`, also called `cardinality`, `array_has`, `array_has_null` and `array_all_finite`.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, Int64Array, LargeListArray,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{ArrowNativeType, DataType, Float16Type, Float32Type, Float64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::engine::spelling::{SpellingKind, plain, spelled};
use crate::engine::types::type_name;

/// Registers the functions of lists.
pub(super) fn register(session: &SessionContext) {
    for function in ListFunction::ALL {
        session.register_udf(ScalarUDF::from(OfList { function, signature: function.signature() }));
    }
}

/// A function whose first argument is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ListFunction {
    /// The number of elements of a list or map.
    Length,
    /// True if an element equals a value, in the meaning of [`spelled`].
    Has,
    /// True if an element, at any depth, is null.
    HasNull,
    /// True if no number among the elements, at any depth, is NaN or infinite.
    AllFinite,
}

impl ListFunction {
    const ALL: [Self; 4] = [Self::Length, Self::Has, Self::HasNull, Self::AllFinite];

    fn name(self) -> &'static str {
        match self {
            Self::Length => "array_length",
            Self::Has => "array_has",
            Self::HasNull => "array_has_null",
            Self::AllFinite => "array_all_finite",
        }
    }

    fn signature(self) -> Signature {
        Signature::any(if self == Self::Has { 2 } else { 1 }, Volatility::Immutable)
    }

    /// Returns the error for a first argument of another type; `None` if the function reads it.
    fn refusal(self, of: &DataType) -> Option<String> {
        let is_map = self == Self::Length && matches!(of, DataType::Map(..));
        (!is_map && !is_list(of) && !of.is_null())
            .then(|| format!("`{}` needs a list, and is given {}", self.name(), type_name(of)))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfList {
    function: ListFunction,
    signature: Signature,
}

impl ScalarUDFImpl for OfList {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn aliases(&self) -> &[String] {
        static LENGTH: std::sync::LazyLock<[String; 1]> = std::sync::LazyLock::new(|| ["cardinality".to_owned()]);
        if self.function == ListFunction::Length { &*LENGTH } else { &[] }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, of: &[DataType]) -> Result<DataType> {
        if let Some(why) = of.first().and_then(|of| self.function.refusal(plain(of))) {
            return Err(DataFusionError::Plan(why));
        }
        if let (ListFunction::Has, [list, value]) = (self.function, of)
            && let Some(element) = element(plain(list))
            && !value.is_null()
            && !is_spelled_alike(element, value)
        {
            return Err(DataFusionError::Plan(format!(
                "`array_has` looks for {} in {}",
                type_name(value),
                type_name(list)
            )));
        }
        Ok(match self.function {
            ListFunction::Length => DataType::Int64,
            _ => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut arguments = args.args.into_iter().map(|argument| argument.into_array(args.number_rows));
        let missing = || DataFusionError::Execution("internal error: a function of lists has no argument".to_owned());
        let lists = arguments.next().ok_or_else(missing)??;
        let lists = unified(&cast(&lists, plain(lists.data_type()))?)?;
        let answer: ArrayRef = match self.function {
            ListFunction::Length => Arc::new(lengths(&lists)),
            ListFunction::Has => {
                let value = arguments.next().ok_or_else(missing)??;
                Arc::new(has(&lists, &value)?)
            }
            ListFunction::HasNull => Arc::new(of_elements(&lists, nulls)?),
            ListFunction::AllFinite => {
                let broken = of_elements(&lists, not_finite)?;
                Arc::new(BooleanArray::new(!broken.values(), broken.nulls().cloned()))
            }
        };
        Ok(ColumnarValue::Array(answer))
    }
}

fn is_list(of: &DataType) -> bool {
    element(of).is_some()
}

/// Returns the type of a list's elements.
fn element(of: &DataType) -> Option<&DataType> {
    match of {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item.data_type()),
        _ => None,
    }
}

/// Returns true if single values of both types can be equal.
fn is_spelled_alike(one: &DataType, other: &DataType) -> bool {
    let kind = SpellingKind::of(one);
    kind == SpellingKind::of(other) && !matches!(kind, SpellingKind::Bytes | SpellingKind::Other(_))
}

/// Converts lists of any layout to those with 64-bit offsets.
fn unified(lists: &ArrayRef) -> Result<ArrayRef> {
    match lists.data_type() {
        DataType::List(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Ok(cast(lists, &DataType::LargeList(Arc::clone(item)))?),
        _ => Ok(Arc::clone(lists)),
    }
}

fn lengths(values: &ArrayRef) -> Int64Array {
    match values.data_type() {
        DataType::LargeList(_) => {
            let lists = values.as_list::<i64>();
            (0..lists.len()).map(|row| lists.is_valid(row).then(|| lists.value_length(row))).collect()
        }
        DataType::Map(..) => {
            let maps = values.as_map();
            (0..maps.len()).map(|row| maps.is_valid(row).then(|| i64::from(maps.value_length(row)))).collect()
        }
        _ => Int64Array::new_null(values.len()),
    }
}

/// Marks elements of a list.
type Mark = fn(&ArrayRef) -> Result<BooleanBuffer>;

/// Returns for each list whether one of its elements, at any depth, is marked; null for a null list.
fn of_elements(values: &ArrayRef, mark: Mark) -> Result<BooleanArray> {
    let DataType::LargeList(_) = values.data_type() else { return Ok(BooleanArray::new_null(values.len())) };
    let lists = values.as_list::<i64>();
    Ok(BooleanArray::new(any_within(lists, &mark(lists.values())?), lists.nulls().cloned()))
}

/// Returns for each list whether one of its elements is marked.
fn any_within(lists: &LargeListArray, marks: &BooleanBuffer) -> BooleanBuffer {
    if marks.count_set_bits() == 0 {
        return BooleanBuffer::new_unset(lists.len());
    }
    let ends = lists.value_offsets().windows(2);
    ends.map(|ends| {
        let (from, to) = (ends[0].as_usize(), ends[1].as_usize());
        marks.slice(from, to - from).count_set_bits() > 0
    })
    .collect()
}

/// Marks elements that are null, or hold one that is.
fn nulls(elements: &ArrayRef) -> Result<BooleanBuffer> {
    let own = elements.logical_nulls().map(|nulls: NullBuffer| !nulls.inner());
    let inner = nested(elements, nulls)?;
    Ok(match (own, inner) {
        (Some(own), Some(inner)) => &own | &inner,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => BooleanBuffer::new_unset(elements.len()),
    })
}

/// Marks numbers that are NaN or infinite, and lists that hold one.
fn not_finite(elements: &ArrayRef) -> Result<BooleanBuffer> {
    let mut marks = BooleanBufferBuilder::new(elements.len());
    let mut of = |broken: &mut dyn Iterator<Item = Option<bool>>| {
        broken.for_each(|broken| marks.append(broken == Some(true)));
    };
    match elements.data_type() {
        DataType::Float64 => {
            of(&mut elements
                .as_primitive::<Float64Type>()
                .iter()
                .map(|number| number.map(|number| !number.is_finite())));
        }
        DataType::Float32 => {
            of(&mut elements
                .as_primitive::<Float32Type>()
                .iter()
                .map(|number| number.map(|number| !number.is_finite())));
        }
        DataType::Float16 => {
            of(&mut elements
                .as_primitive::<Float16Type>()
                .iter()
                .map(|number| number.map(|number| !number.is_finite())));
        }
        _ => {
            let inner = nested(elements, not_finite)?;
            return Ok(inner.unwrap_or_else(|| BooleanBuffer::new_unset(elements.len())));
        }
    }
    Ok(marks.finish())
}

/// Returns the marks of elements that are lists themselves; `None` if they are not.
fn nested(elements: &ArrayRef, mark: Mark) -> Result<Option<BooleanBuffer>> {
    if !is_list(elements.data_type()) {
        return Ok(None);
    }
    Ok(Some(of_elements(&unified(elements)?, mark)?.values().clone()))
}

fn has(lists: &ArrayRef, value: &ArrayRef) -> Result<BooleanArray> {
    if !matches!(lists.data_type(), DataType::LargeList(_)) {
        return Ok(BooleanArray::new_null(lists.len()));
    }
    let lists = lists.as_list::<i64>();
    let (elements, wanted) = (spelled(lists.values())?, spelled(value)?);
    let (elements, wanted) = (elements.as_string_view(), wanted.as_string_view());
    let found = lists.value_offsets().windows(2).enumerate().map(|(row, ends)| {
        let is_known = lists.is_valid(row) && wanted.is_valid(row);
        is_known.then(|| {
            let within = ends[0].as_usize()..ends[1].as_usize();
            within.into_iter().any(|at| elements.is_valid(at) && elements.value(at) == wanted.value(row))
        })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{FixedSizeListArray, ListArray};
    use datafusion::arrow::datatypes::{Int64Type, UInt8Type};

    use super::*;

    fn floats() -> ArrayRef {
        let rows = [
            Some(vec![Some(1.5_f32), Some(0.7)]),
            None,
            Some(vec![]),
            Some(vec![Some(f32::NAN), None]),
            Some(vec![Some(f32::INFINITY)]),
        ];
        Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(rows))
    }

    fn answers(array: &BooleanArray) -> Vec<Option<bool>> {
        array.iter().collect()
    }

    #[test]
    fn lists_of_any_layout_are_counted() {
        let expected = [Some(2), None, Some(0), Some(2), Some(1)];
        for of in [
            DataType::clone(floats().data_type()),
            DataType::LargeList(Arc::new(datafusion::arrow::datatypes::Field::new_list_field(DataType::Float64, true))),
        ] {
            let lists = unified(&cast(&floats(), &of).unwrap()).unwrap();
            assert_eq!(lengths(&lists).iter().collect::<Vec<_>>(), expected);
        }
        let pairs: ArrayRef = Arc::new(FixedSizeListArray::from_iter_primitive::<UInt8Type, _, _>(
            [Some([Some(1), Some(2)]), None, Some([Some(3), None])],
            2,
        ));
        let pairs = unified(&pairs.slice(1, 2)).unwrap();
        assert_eq!(lengths(&pairs).iter().collect::<Vec<_>>(), [None, Some(2)]);
        assert_eq!(answers(&of_elements(&pairs, nulls).unwrap()), [None, Some(true)]);
    }

    #[test]
    fn elements_are_looked_at_one_by_one() {
        let lists = unified(&floats()).unwrap();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(answers(&of_elements(&lists, nulls).unwrap()), [no, None, no, yes, no]);
        assert_eq!(answers(&of_elements(&lists, not_finite).unwrap()), [no, None, no, yes, yes]);
        let part = unified(&floats().slice(3, 2)).unwrap();
        assert_eq!(answers(&of_elements(&part, not_finite).unwrap()), [yes, yes]);
    }

    #[test]
    fn inner_lists_count_as_well() {
        let inner = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1)]), Some(vec![None]), None]);
        let field = Arc::new(datafusion::arrow::datatypes::Field::new_list_field(inner.data_type().clone(), true));
        let offsets = datafusion::arrow::buffer::OffsetBuffer::from_lengths([1, 1, 1]);
        let outer: ArrayRef = Arc::new(ListArray::new(field, offsets, Arc::new(inner), None));
        let marks = of_elements(&unified(&outer).unwrap(), nulls).unwrap();
        assert_eq!(answers(&marks), [Some(false), Some(true), Some(true)]);
    }

    #[test]
    fn a_value_is_what_it_is_in_any_width() {
        let lists = unified(&floats()).unwrap();
        let wanted: ArrayRef = Arc::new(datafusion::arrow::array::Float64Array::from(vec![0.7; 5]));
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(answers(&has(&lists, &wanted).unwrap()), [yes, None, no, no, no]);
    }
}
