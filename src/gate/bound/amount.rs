//! Amounts: numbers with a unit, and allowed differences from the baseline.

use super::BoundError;

/// An allowed difference from the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// A difference in the measure's own unit.
    Absolute(f64),
    /// A difference as a proportion of the baseline's value.
    Relative(f64),
}

impl Amount {
    /// Returns the amount in the measure's unit for a baseline of this value.
    pub fn beside(self, baseline: f64) -> f64 {
        match self {
            Self::Absolute(amount) => amount,
            // For a negative baseline, too, a positive share is an increase.
            Self::Relative(share) => share * baseline.abs(),
        }
    }
}

impl Amount {
    /// Parses `0.005`, `1pp` or `1%`.
    ///
    /// # Errors
    ///
    /// The text is not a number, or it is negative: the direction is in the name of the bound.
    pub fn parse(text: &str) -> Result<Self, BoundError> {
        let (number, unit) = parse_amount(text.trim())?;
        if number < 0.0 {
            return Err(BoundError(format!("`{}` is negative; an amount has no sign", text.trim())));
        }
        Ok(match unit {
            AmountUnit::Bare => Self::Absolute(number),
            AmountUnit::Points => Self::Absolute(number),
            AmountUnit::Percent => Self::Relative(number),
        })
    }
}

pub(super) enum AmountUnit {
    Bare,
    Percent,
    Points,
}

/// Parses a number and its unit; percents and points are divided by 100.
pub(super) fn parse_amount(text: &str) -> Result<(f64, AmountUnit), BoundError> {
    let (number, unit) = if let Some(number) = text.strip_suffix('%') {
        (percent(number), AmountUnit::Percent)
    } else if let Some(number) = text.strip_suffix("pp") {
        (percent(number), AmountUnit::Points)
    } else {
        (text.trim().parse().ok(), AmountUnit::Bare)
    };
    // Rust parses "inf", "nan" and "1e999" as floats; none of them is a bound.
    match number {
        Some(value) if value.is_finite() => Ok((value, unit)),
        _ => Err(BoundError(format!(
            "`{text}` is not a number; a bound is \"< 5%\", \">= 10000\", [low, high], a number, or \"<= baseline + 1pp\""
        ))),
    }
}

/// Parses a number in percent as the nearest float to a hundredth of it: 0.7 / 100 is a float below 0.007.
pub(in crate::gate) fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    Some(format!("{number}e-2").parse().unwrap_or(number / 100.0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_percent_is_the_float_next_to_a_hundredth() {
        for (text, number) in
            [("0.7", 0.007), ("7", 0.07), ("0.1", 0.001), ("29", 0.29), ("1e-3", 1e-5), ("-0.7", -0.007)]
        {
            assert_eq!(percent(text), Some(number), "{text}%");
        }
        assert_eq!(Amount::parse("0.7pp").unwrap(), Amount::Absolute(0.007));
        assert!(percent("nan").is_none_or(f64::is_nan) && percent("x").is_none());
    }
}
