//! Limits of narrow floats: a number beside a float32 column is the float32 next to it.

use crate::catalog::MeasureSpec;
use crate::gate::bound::Bound;
use crate::measurement::TableInfo;

/// Rounds the numbers of a bound to the column's width, where the measure is one of the column's own values: the
/// smallest 0.1 of a float32 column is the float32 next to 0.1, and not below a limit of 0.1.
pub(super) fn in_width_of(measure: &MeasureSpec, table: &TableInfo, column: &str, bound: Bound) -> Bound {
    let is_a_value = matches!(measure, MeasureSpec::Summary(summary) if summary.is_a_value());
    let known = table.columns.iter().find(|known| known.name == column).filter(|_| is_a_value);
    match known.map(|known| known.data_type.name.as_str()) {
        Some("float32") => bound.rounded(|number| to_bits(number, 24, -126)),
        Some("float16") => bound.rounded(|number| to_bits(number, 11, -14)),
        _ => bound,
    }
}

/// Rounds a number to the nearest one with so many significant bits, down to the exponent of the smallest normal number.
fn to_bits(number: f64, bits: i32, smallest: i32) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    #[expect(clippy::cast_possible_truncation, reason = "an exponent of a float")]
    let exponent = (number.abs().log2().floor() as i32).max(smallest);
    let step = 2.0_f64.powi(exponent - bits + 1);
    (number / step).round_ties_even() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_a_cast_would() {
        for number in [0.1, 0.7, -999.9, 1e-3, 1.0, 16_777_217.0, 3.3e38, -1.5e-30, 65_504.0] {
            #[expect(clippy::cast_possible_truncation, reason = "the cast that is meant")]
            let cast = f64::from(number as f32);
            assert_eq!(to_bits(number, 24, -126).to_bits(), cast.to_bits(), "{number}");
        }
        // numpy.float16(-999.9) is -1000.0, and numpy.float16(0.1) is 0.0999755859375.
        assert_eq!(to_bits(-999.9, 11, -14).to_bits(), (-1000.0_f64).to_bits());
        assert_eq!(to_bits(0.1, 11, -14).to_bits(), 0.099_975_585_937_5_f64.to_bits());
    }
}
