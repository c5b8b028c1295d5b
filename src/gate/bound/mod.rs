//! Bounds: the limits that a config sets on a number.
//!
//! `"< 5%"`, `">= 10000"`, `[0.1, 0.3]`, `0`, `"<= baseline + 1pp"`, `"<= 10 rows"`. A literal proportion may be
//! written in percent. Beside `baseline`, `1pp` is 0.01, `1%` is one percent of the baseline's value, and a bare number
//! is in the measure's own unit.

mod amount;
mod width;

use std::cmp::Ordering;
use std::fmt;

use crate::config::seconds;
use crate::stats::Digits;
pub use amount::Amount;
pub(super) use amount::percent;
use amount::{AmountUnit, parse_amount};
pub use width::BoundNumber;
pub(super) use width::SideWidths;

/// The allowed range of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The lower edge: the number must not lie below.
    pub low: Option<Edge>,
    /// The upper edge: the number must not lie above.
    pub high: Option<Edge>,
    /// True: the bound is on the number of rows or columns, where the measure is a proportion of them.
    pub in_rows: bool,
    /// The bound as the config writes it.
    pub text: String,
    /// The digits of the lower and the upper edge, as the config writes them; `None` for an edge beside the baseline.
    digits: [Option<Digits>; 2],
    /// The widths of the floats behind the numbers.
    widths: SideWidths,
}

/// An end of the allowed range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The edge's position.
    pub at: BoundTarget,
    /// True: the edge itself is allowed.
    pub inclusive: bool,
}

/// A number, or an offset from the baseline's number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BoundTarget {
    /// A number of the config.
    Literal(f64),
    /// The baseline's number plus an offset.
    Baseline(Amount),
}

/// The reason a text is not a bound, as a message for the config's author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BoundError(String);

impl BoundError {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl Bound {
    /// Returns the bound that allows exactly this number.
    pub fn exactly(number: f64) -> Self {
        let edge = Some(Edge { at: BoundTarget::Literal(number), inclusive: true });
        let digits = Digits::of_float(number);
        Self {
            low: edge,
            high: edge,
            in_rows: false,
            text: number.to_string(),
            digits: [digits.clone(), digits],
            widths: SideWidths::default(),
        }
    }

    /// Returns the bound from one number to another, both allowed.
    pub fn between(low: f64, high: f64) -> Result<Self, BoundError> {
        if low > high {
            return Err(BoundError(format!(
                "the interval [{low}, {high}] is empty: its first number is larger than its second"
            )));
        }
        let edge = |number| Some(Edge { at: BoundTarget::Literal(number), inclusive: true });
        let digits = [low, high].map(Digits::of_float);
        Ok(Self {
            low: edge(low),
            high: edge(high),
            in_rows: false,
            text: format!("[{low}, {high}]"),
            digits,
            widths: SideWidths::default(),
        })
    }

    /// Adds the digits of the interval's ends, where a float does not hold them.
    #[must_use]
    pub fn written(mut self, low: &str, high: &str) -> Self {
        for (digits, text) in self.digits.iter_mut().zip([low, high]) {
            if let Some(written) = Digits::parse(text) {
                *digits = Some(written);
            }
        }
        self
    }

    /// Sets the widths of the floats behind the numbers that are compared.
    #[must_use]
    pub(super) fn in_widths(self, widths: SideWidths) -> Self {
        Self { widths, ..self }
    }

    /// Rounds the numbers of the config; the text stays as it is written.
    #[must_use]
    pub(super) fn rounded(mut self, round: impl Fn(f64) -> f64) -> Self {
        for (edge, digits) in [&mut self.low, &mut self.high].into_iter().zip(&mut self.digits) {
            if let Some(Edge { at: BoundTarget::Literal(number), .. }) = edge {
                *number = round(*number);
                *digits = Digits::of_float(*number);
            }
        }
        self
    }

    /// Parses a bound as a config writes it.
    ///
    /// # Errors
    ///
    /// The text has no operator, no number, or an unknown unit; the message says what was expected.
    pub fn parse(text: &str) -> Result<Self, BoundError> {
        let trimmed = text.trim();
        let operators = [("<=", 1), (">=", 2), ("<", 3), (">", 4), ("==", 5), ("=", 5)];
        let (kind, rest) = operators
            .iter()
            .find_map(|(symbol, kind)| trimmed.strip_prefix(symbol).map(|rest| (*kind, rest.trim())))
            .unwrap_or((5, trimmed));
        let counted = ["rows", "row", "columns", "column"].iter().find_map(|noun| rest.strip_suffix(noun));
        let (rest, in_rows) = counted.map_or((rest, false), |number| (number.trim(), true));
        let at = BoundTarget::parse(rest)?;
        if in_rows && !matches!(at, BoundTarget::Literal(_)) {
            return Err(BoundError("`rows` and `columns` need a plain number, as in \"<= 10 rows\"".to_owned()));
        }
        let edge = |inclusive| Some(Edge { at, inclusive });
        let (low, high) = match kind {
            1 => (None, edge(true)),
            2 => (edge(true), None),
            3 => (None, edge(false)),
            4 => (edge(false), None),
            _ => (edge(true), edge(true)),
        };
        let written = match at {
            BoundTarget::Literal(number) => Digits::parse(rest).or_else(|| Digits::of_float(number)),
            BoundTarget::Baseline(_) => None,
        };
        let digits = [low, high].map(|edge| edge.and_then(|_| written.clone()));
        Ok(Self { low, high, in_rows, text: trimmed.to_owned(), digits, widths: SideWidths::default() })
    }

    /// Parses a bound on an age, in seconds: `"< 2d"`, `"<= 36h"`.
    ///
    /// # Errors
    ///
    /// The text has no operator that bounds from above, or an unknown unit.
    pub fn parse_age(text: &str) -> Result<Self, BoundError> {
        let wrong =
            || BoundError(format!("`{text}` is not a bound on an age; write \"< 2d\" or \"<= 36h\": s, m, h, d, w"));
        let trimmed = text.trim();
        let (inclusive, rest) = match trimmed.strip_prefix("<=") {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('<').ok_or_else(wrong)?),
        };
        let age = seconds(rest).ok_or_else(wrong)?;
        // A time in the future is not fresh but wrong.
        let low = Some(Edge { at: BoundTarget::Literal(0.0), inclusive: true });
        let high = Some(Edge { at: BoundTarget::Literal(age), inclusive });
        let digits = [Some(0.0), Some(age)].map(|edge| edge.and_then(Digits::of_float));
        Ok(Self { low, high, in_rows: false, text: trimmed.to_owned(), digits, widths: SideWidths::default() })
    }

    /// Returns true if an edge depends on the baseline.
    pub fn needs_baseline(&self) -> bool {
        [self.low, self.high].into_iter().flatten().any(|edge| matches!(edge.at, BoundTarget::Baseline(_)))
    }

    /// Returns the literal numbers of the bound.
    pub fn literals(&self) -> impl Iterator<Item = f64> {
        [self.low, self.high].into_iter().flatten().filter_map(|edge| match edge.at {
            BoundTarget::Literal(number) => Some(number),
            BoundTarget::Baseline(_) => None,
        })
    }

    /// Returns the positions of the edges.
    pub fn edges(&self, baseline: Option<f64>) -> impl Iterator<Item = f64> {
        [self.low, self.high].into_iter().flatten().filter_map(move |edge| edge.at.beside(baseline))
    }

    /// Compares a number with the bound using all digits; returns `None` if an edge is only known as a float.
    pub fn holds_exactly(&self, value: &Digits, baseline: Option<&Digits>) -> Option<bool> {
        self.keeps(|edge, written| {
            let at = match edge {
                BoundTarget::Literal(_) => written?.clone(),
                BoundTarget::Baseline(Amount::Absolute(amount)) => baseline?.plus(&Digits::of_float(amount)?),
                BoundTarget::Baseline(Amount::Relative(_)) => return None,
            };
            Some(Some(value.cmp(&at)))
        })
    }

    /// Returns true if a number satisfies the bound. `baseline` is required if [`Self::needs_baseline`]; without it the
    /// result is false.
    pub fn holds(&self, value: f64, baseline: Option<f64>) -> bool {
        self.holds_of(BoundNumber::plain(value), baseline.map(BoundNumber::plain))
    }

    /// Like [`Self::holds`], for numbers of a column: what the widths of its floats explain is not a difference.
    pub fn holds_of(&self, value: BoundNumber, baseline: Option<BoundNumber>) -> bool {
        let order = |edge: BoundTarget| match (edge, baseline) {
            (BoundTarget::Literal(at), _) => self.widths.beside_literal(value, at),
            (BoundTarget::Baseline(_), None) => None,
            (BoundTarget::Baseline(Amount::Absolute(0.0)), Some(base)) => self.widths.beside_baseline(value, base),
            (BoundTarget::Baseline(amount), Some(base)) => {
                self.widths.beside_offset(value, base, amount.beside(base.value))
            }
        };
        self.keeps(|edge, _| Some(order(edge))).unwrap_or(false)
    }

    /// Returns true if a number is within both edges; `order` tells its order beside an edge.
    fn keeps(&self, order: impl Fn(BoundTarget, Option<&Digits>) -> Option<Option<Ordering>>) -> Option<bool> {
        let [low, high] = &self.digits;
        let mut keeps = true;
        for (edge, digits, side) in [(self.low, low, Ordering::Greater), (self.high, high, Ordering::Less)] {
            let Some(edge) = edge else { continue };
            let order = order(edge.at, digits.as_ref())?;
            keeps &= order == Some(side) || (edge.inclusive && order == Some(Ordering::Equal));
        }
        Some(keeps)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl BoundTarget {
    /// Returns the target as a number, given the baseline's.
    fn beside(self, baseline: Option<f64>) -> Option<f64> {
        match self {
            Self::Literal(number) => Some(number),
            Self::Baseline(amount) => baseline.map(|base| base + amount.beside(base)),
        }
    }

    fn parse(text: &str) -> Result<Self, BoundError> {
        let Some(rest) = text.strip_prefix("baseline") else {
            return match parse_amount(text)? {
                (number, AmountUnit::Bare) => Ok(Self::Literal(number)),
                (share, AmountUnit::Percent) => Ok(Self::Literal(share)),
                (_, AmountUnit::Points) => Err(BoundError(
                    "`pp` is a difference of two proportions and needs `baseline`, as in \"<= baseline + 1pp\""
                        .to_owned(),
                )),
            };
        };
        let rest = rest.trim();
        if rest.is_empty() {
            return Ok(Self::Baseline(Amount::Absolute(0.0)));
        }
        let (sign, amount) = match (rest.strip_prefix('+'), rest.strip_prefix('-')) {
            (Some(amount), _) => (1.0, amount),
            (_, Some(amount)) => (-1.0, amount),
            _ => {
                return Err(BoundError("only + or - may follow `baseline`, as in \"<= baseline + 1pp\"".to_owned()));
            }
        };
        Ok(Self::Baseline(match Amount::parse(amount)? {
            Amount::Absolute(number) => Amount::Absolute(sign * number),
            Amount::Relative(share) => Amount::Relative(sign * share),
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn holds(bound: &str, value: f64) -> bool {
        Bound::parse(bound).unwrap().holds(value, None)
    }

    #[test]
    fn percent_is_a_share() {
        assert!(holds("< 5%", 0.0499));
        assert!(!holds("< 5%", 0.05));
        assert!(holds("<= 5%", 0.05));
    }

    #[test]
    fn a_bare_number_means_exactly() {
        assert!(holds("0", 0.0));
        assert!(!holds("0", 1e-12));
        assert!(Bound::between(1.0, 2.0).unwrap().holds(2.0, None));
        assert!(Bound::between(2.0, 1.0).is_err());
    }

    #[test]
    fn beside_the_baseline_percent_is_relative_and_points_are_absolute() {
        let points = Bound::parse("<= baseline + 1pp").unwrap();
        assert!(points.needs_baseline());
        assert!(points.holds(0.03, Some(0.02)));
        assert!(!points.holds(0.0301, Some(0.02)));
        let relative = Bound::parse(">= baseline - 2%").unwrap();
        assert!(relative.holds(980.0, Some(1000.0)));
        assert!(!relative.holds(979.0, Some(1000.0)));
    }

    #[test]
    fn without_its_baseline_a_bound_never_holds() {
        assert!(!Bound::parse("<= baseline").unwrap().holds(0.0, None));
    }

    #[test]
    fn not_a_number_never_holds() {
        for bound in ["< 1", "> 0", "0"] {
            assert!(!holds(bound, f64::NAN), "{bound}");
        }
    }

    #[test]
    fn rows_may_be_named() {
        let bound = Bound::parse("<= 10 rows").unwrap();
        assert!(bound.in_rows && bound.holds(10.0, None));
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        for text in ["", "<", "five", "< inf", "< nan", "1pp", "baseline * 2", "<= baseline + -1", "<= baseline rows"] {
            assert!(Bound::parse(text).is_err(), "{text} was read");
        }
    }
}
