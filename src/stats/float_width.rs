//! Widths of floats, and values in them.

use super::spelling;

/// The width of the floats of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FloatWidth {
    /// 16 bits.
    Half,
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}

impl FloatWidth {
    /// Returns the significant bits, and the exponent of the smallest normal number.
    fn bits(self) -> (i32, i32) {
        match self {
            Self::Half => (11, -14),
            Self::Single => (24, -126),
            Self::Double => (53, -1022),
        }
    }

    /// Rounds a number to the nearest float of this width.
    pub fn round(self, number: f64) -> f64 {
        if self == Self::Double || number == 0.0 || !number.is_finite() {
            return number;
        }
        let (bits, smallest) = self.bits();
        #[expect(clippy::cast_possible_truncation, reason = "an exponent of a float")]
        let exponent = (number.abs().log2().floor() as i32).max(smallest);
        let step = 2.0_f64.powi(exponent - bits + 1);
        (number / step).round_ties_even() * step
    }

    /// Returns the most by which a statistic changes when its values are rounded to this width. `leverage` is the most
    /// by which it changes when each value changes by as much as the value itself.
    pub fn rounding(self, leverage: f64) -> f64 {
        let (bits, smallest) = self.bits();
        leverage * 2.0_f64.powi(-bits) + 2.0_f64.powi(smallest - bits)
    }

    /// Formats a number of this width: whole numbers with all their digits, others with the fewest digits that are
    /// rounded to the number.
    pub fn spell(self, number: f64) -> String {
        if self == Self::Double || number.fract() == 0.0 || !number.is_finite() {
            return spelling::of_float(number);
        }
        let reads_back = |text: &String| text.parse().is_ok_and(|read: f64| self.round(read) == number);
        let short = (0..9_usize).map(|digits| format!("{number:.digits$e}")).find(reads_back);
        // Parses it again to remove the exponent.
        short.and_then(|text| text.parse().ok()).map_or_else(|| number.to_string(), spelling::of_float)
    }
}

/// The type of a column's numbers, as far as it decides how they are compared with numbers of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberType {
    /// Whole numbers.
    Whole,
    /// Exact decimals.
    Decimal,
    /// Floats of a width.
    Float(FloatWidth),
}

impl NumberType {
    /// Returns the width in which numbers of two types are compared: the narrower one of floats. `None` where the
    /// canonical texts of equal numbers are equal.
    pub fn common_width(self, other: Self) -> Option<FloatWidth> {
        match (self, other) {
            (Self::Float(one), Self::Float(other)) => (one != other).then_some(one.min(other)),
            (Self::Float(width), Self::Decimal) | (Self::Decimal, Self::Float(width)) => Some(width),
            _ => None,
        }
    }

    /// Returns the canonical text of a number of this type, given as such, once it is rounded to a width. Whole numbers
    /// keep all their digits: they may be keys, and no float has been made of them.
    pub fn in_width(self, text: &str, width: FloatWidth) -> String {
        let is_exact = match self {
            Self::Whole => true,
            Self::Decimal => !text.contains('.'),
            Self::Float(_) => false,
        };
        match text.parse::<f64>() {
            Ok(number) if !is_exact => width.spell(width.round(number)),
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn numbers_are_rounded_as_a_cast_would() {
        for number in [0.1, 0.7, -999.9, 1e-3, 1.0, 16_777_217.0, 3.3e38, -1.5e-30, 65_504.0] {
            #[expect(clippy::cast_possible_truncation, reason = "the cast that is meant")]
            let cast = f64::from(number as f32);
            assert_eq!(FloatWidth::Single.round(number).to_bits(), cast.to_bits(), "{number}");
        }
        // numpy.float16(-999.9) is -1000.0, and numpy.float16(0.1) is 0.0999755859375.
        assert_eq!(FloatWidth::Half.round(-999.9).to_bits(), (-1000.0_f64).to_bits());
        assert_eq!(FloatWidth::Half.round(0.1).to_bits(), 0.099_975_585_937_5_f64.to_bits());
        assert_eq!(FloatWidth::Double.round(0.1), 0.1);
    }

    #[test]
    fn a_number_is_spelled_as_its_own_type_would() {
        for number in [1.0_f32 / 3.0, 0.1, 16_777_216.0, 1e22, -7.0e-12, 3.4e38, 1e-45, 99.99, 0.0] {
            let spelled = FloatWidth::Single.spell(f64::from(number));
            assert_eq!(spelled, spelling::of_float_32(number));
        }
        // str(numpy.float16(1/3)) is 0.3333, and str(numpy.float16(0.1)) is 0.1.
        let half = |number: f64| FloatWidth::Half.spell(FloatWidth::Half.round(number));
        assert_eq!([1.0 / 3.0, 0.1, 27.0, -2.5].map(half), ["0.3333", "0.1", "27", "-2.5"]);
        assert_eq!(FloatWidth::Double.spell(1.0 / 3.0), "0.3333333333333333");
    }

    #[test]
    fn numbers_of_two_types_meet_in_the_narrower_width() {
        use FloatWidth::{Double, Half, Single};
        use NumberType::{Decimal, Float, Whole};
        assert_eq!(Float(Double).common_width(Float(Single)), Some(Single));
        assert_eq!(Float(Half).common_width(Float(Double)), Some(Half));
        assert_eq!(Float(Single).common_width(Float(Single)), None);
        assert_eq!(Decimal.common_width(Float(Double)), Some(Double));
        assert_eq!((Decimal.common_width(Whole), Whole.common_width(Float(Half))), (None, None));
        assert_eq!(Float(Double).in_width("0.3333333333333333", Single), "0.33333334");
        assert_eq!(Float(Single).in_width("0.33333334", Single), "0.33333334");
        assert_eq!(Float(Double).in_width("123456789", Single), "123456792");
        assert_eq!(Decimal.in_width("0.333333333333333333333", Double), "0.3333333333333333");
        // Keys beyond the digits of a float stay apart.
        assert_eq!(Whole.in_width("16777217", Single), "16777217");
        assert_eq!(Decimal.in_width("9007199254740993", Double), "9007199254740993");
        assert_eq!(Float(Double).in_width("NaN", Single), "NaN");
    }
}
