//! Limits of narrow floats: a number beside a float32 column is the float32 next to it.

use crate::catalog::MeasureSpec;
use crate::gate::bound::{Bound, FloatWidth, SideWidths};
use crate::measurement::Column;

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
    let candidate = FloatWidth::of(column);
    let baseline = other.map_or(candidate, |other| FloatWidth::of(Some(other)));
    let bound = bound.in_widths(SideWidths { candidate, baseline });
    // Numbers beside whole numbers and decimals keep all their digits.
    let is_rounded = summary.is_a_value() && candidate != FloatWidth::Double;
    if is_rounded { bound.rounded(|number| candidate.round(number)) } else { bound }
}
