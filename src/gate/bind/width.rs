//! Numbers and values beside those of a column of another type: a number beside a float32 column is the float32 next to
//! it.

use crate::catalog::MeasureSpec;
use crate::gate::bound::{Bound, SideWidths};
use crate::measurement::{Column, TypeFamily};
use crate::stats::{FloatWidth, NumberType};

/// Returns the width of a column; columns without floats count as 64 bits wide.
fn width_of(column: Option<&Column>) -> FloatWidth {
    match column.and_then(number_type) {
        Some(NumberType::Float(width)) => width,
        _ => FloatWidth::Double,
    }
}

/// Returns the type of a column's numbers; `None` if it has no numbers.
fn number_type(column: &Column) -> Option<NumberType> {
    Some(match column.data_type.family {
        TypeFamily::Int => NumberType::Whole,
        TypeFamily::Decimal => NumberType::Decimal,
        TypeFamily::Float => NumberType::Float(match column.data_type.name.as_str() {
            "float16" => FloatWidth::Half,
            "float32" => FloatWidth::Single,
            _ => FloatWidth::Double,
        }),
        _ => return None,
    })
}

/// Returns the types of the numbers of both sides, where their values are rounded to be compared.
pub(super) fn rounded_types(candidate: Option<&Column>, baseline: Option<&Column>) -> Option<[NumberType; 2]> {
    let types = [number_type(candidate?)?, number_type(baseline?)?];
    types[0].common_width(types[1]).map(|_| types)
}

/// Gives a bound the widths of the column's floats on both sides, where the measure is computed from its numbers.
/// Where it is one of them, the numbers of the config are rounded to the candidate's width: the smallest 0.1 of a
/// float32 column is the float32 next to 0.1, and not below a limit of 0.1.
pub(super) fn in_widths(
    measure: &MeasureSpec,
    (column, other): (Option<&Column>, Option<&Column>),
    bound: Bound,
) -> Bound {
    let MeasureSpec::Summary(summary) = measure else { return bound };
    if !summary.is_of_numbers() {
        return bound;
    }
    let candidate = width_of(column);
    let baseline = other.map_or(candidate, |other| width_of(Some(other)));
    let bound = bound.in_widths(SideWidths { candidate, baseline });
    // Numbers beside whole numbers and decimals keep all their digits.
    let is_rounded = summary.is_a_value() && candidate != FloatWidth::Double;
    if is_rounded { bound.rounded(|number| candidate.round(number)) } else { bound }
}
