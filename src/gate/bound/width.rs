//! The rounding that a column of floats in another width brings into its numbers.

use std::cmp::Ordering;

use crate::stats::FloatWidth;

/// The widths of the two sides of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gate) struct SideWidths {
    pub(in crate::gate) candidate: FloatWidth,
    pub(in crate::gate) baseline: FloatWidth,
}

impl Default for SideWidths {
    fn default() -> Self {
        Self { candidate: FloatWidth::Double, baseline: FloatWidth::Double }
    }
}

/// A number of one side in a comparison.
#[derive(Debug, Clone, Copy)]
pub struct BoundNumber {
    /// The number.
    pub value: f64,
    /// The most by which the number changes when each value behind it changes by as much as the value itself.
    pub leverage: f64,
    /// True: the number is one of the values.
    pub is_a_value: bool,
    /// True: the number has been computed from whole numbers or decimals, without floats.
    pub has_digits: bool,
}

impl BoundNumber {
    /// A number without values of a column behind it, such as a count.
    pub fn plain(value: f64) -> Self {
        Self { value, leverage: value.abs(), is_a_value: false, has_digits: false }
    }
}

impl SideWidths {
    fn narrower(self) -> FloatWidth {
        self.candidate.min(self.baseline)
    }

    /// Compares the candidate's number with a number of the config.
    pub(super) fn beside_literal(self, ours: BoundNumber, at: f64) -> Option<Ordering> {
        // Values of a narrow column meet numbers that have been rounded to its width. That nothing varies is exact.
        let is_exact = ours.is_a_value || self.candidate == FloatWidth::Double || at == 0.0;
        within(ours.value, at, if is_exact { 0.0 } else { self.candidate.rounding(ours.leverage) })
    }

    /// Compares the candidate's number with the baseline's. Where the sides have other widths, numbers that differ by
    /// what rounding to the narrower one explains are equal.
    pub(super) fn beside_baseline(self, ours: BoundNumber, theirs: BoundNumber) -> Option<Ordering> {
        let narrower = self.narrower();
        if self.candidate != self.baseline && ours.is_a_value {
            return narrower.round(ours.value).partial_cmp(&narrower.round(theirs.value));
        }
        let slack = if self.candidate != self.baseline {
            narrower.rounding(ours.leverage)
        } else if ours.has_digits != theirs.has_digits && !ours.is_a_value {
            // The floats of one side are added up and divided.
            4.0 * FloatWidth::Double.rounding(ours.leverage)
        } else {
            0.0
        };
        within(ours.value, theirs.value, slack)
    }

    /// Compares the candidate's number with an edge that lies off the baseline's by an amount: in floats, 0.06 + 0.01
    /// is a little less than 0.07.
    pub(super) fn beside_offset(self, ours: BoundNumber, theirs: BoundNumber, amount: f64) -> Option<Ordering> {
        let largest = ours.leverage.max(theirs.value.abs()).max(amount.abs());
        let slack = match self.narrower() {
            FloatWidth::Double => 2.0 * FloatWidth::Double.rounding(largest),
            narrow => narrow.rounding(ours.leverage + theirs.value.abs()),
        };
        within(ours.value, theirs.value + amount, slack)
    }
}

/// Compares two numbers; those that are at most `slack` apart are equal.
fn within(number: f64, other: f64, slack: f64) -> Option<Ordering> {
    if (number - other).abs() <= slack { Some(Ordering::Equal) } else { number.partial_cmp(&other) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const SINGLE: SideWidths = SideWidths { candidate: FloatWidth::Single, baseline: FloatWidth::Double };

    fn value(value: f64) -> BoundNumber {
        BoundNumber { is_a_value: true, ..BoundNumber::plain(value) }
    }

    #[test]
    fn a_value_in_another_width_is_itself_and_its_neighbour_is_not() {
        for number in [0.7, 0.1, 1.0, -0.3, 1.0 / 3.0, 99.99] {
            #[expect(clippy::cast_possible_truncation, reason = "the cast that is meant")]
            let single = number as f32;
            let beside = |single: f32| SINGLE.beside_baseline(value(f64::from(single)), value(number)).unwrap();
            assert_eq!(beside(single), Ordering::Equal, "{number}");
            assert_eq!(beside(single.next_up()), Ordering::Greater, "{number}");
            assert_eq!(beside(single.next_down()), Ordering::Less, "{number}");
        }
    }

    #[test]
    fn an_edge_beside_the_baseline_has_the_rounding_of_a_sum_only() {
        let both = SideWidths::default();
        assert_eq!(both.beside_offset(value(0.07), value(0.06), 0.01), Some(Ordering::Equal));
        assert_eq!(both.beside_offset(value(0.8), value(0.7), 0.1), Some(Ordering::Equal));
        assert_eq!(both.beside_offset(value(0.070_000_000_001), value(0.06), 0.01), Some(Ordering::Greater));
        assert_eq!(both.beside_offset(value(1_000_001.0), value(999_999.0), 1.0), Some(Ordering::Greater));
        assert_eq!(both.beside_offset(value(f64::NAN), value(0.06), 0.01), None);
    }
}
