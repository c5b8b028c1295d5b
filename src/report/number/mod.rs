//! The notation of numbers, shared by all formats for people.
//!
//! Two invariants hold. A number that is not zero is never printed as zero, and two different numbers that are compared
//! are never printed alike: a reader takes `0.0050` and `max_drop 0.005` for equal.

use super::document::{EstimateResult, Unit};
use crate::plural::grouped;
use crate::stats::GroupMeasure;

/// Maximum number of decimals: enough to distinguish any two `f64` above [`SMALLEST_WITHOUT_EXPONENT`].
const MOST_DECIMALS: usize = 26;
/// The smallest number that is printed without an exponent.
const SMALLEST_WITHOUT_EXPONENT: f64 = 1e-7;

/// The prefix of the reason for a suppressed number: the number exists, but would reveal individuals.
pub const NOT_SHOWN: &str = "not shown";

/// The notation of a gate's numbers: all have as many decimals as the closest two need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    unit: Unit,
    decimals: usize,
}

impl Style {
    /// Returns the usual notation of `unit`: 4 decimals of a metric, 1 of a percentage, whole rows.
    pub fn of(unit: Unit) -> Self {
        let decimals = match unit {
            Unit::Metric | Unit::Ratio | Unit::Number => 4,
            Unit::Seconds => 1,
            Unit::Share => 1,
            Unit::Rows | Unit::Columns => 0,
        };
        Self { unit, decimals }
    }

    /// Adds decimals until the numbers of each pair look different, unless they are equal.
    ///
    /// Signs are ignored: a change of −0.005 is compared with a margin of 0.005.
    #[must_use]
    pub fn telling_apart(self, pairs: &[(f64, f64)]) -> Self {
        let alike = |style: Self| {
            pairs.iter().any(|(a, b)| {
                let (a, b) = (a.abs(), b.abs());
                // Near 100 %, a proportion has decimals that a difference of proportions does not have.
                differ(a, b)
                    && (style.value(a) == style.value(b)
                        || (style.unit == Unit::Share && style.change(a) == style.change(b)))
            })
        };
        (self.decimals..=MOST_DECIMALS)
            .map(|decimals| Self { decimals, ..self })
            .find(|style| !alike(*style))
            .unwrap_or(Self { decimals: MOST_DECIMALS, ..self })
    }

    /// Formats a level: `0.9266`, `4.8%`, `16,281`.
    pub fn value(self, value: f64) -> String {
        match self.unit {
            Unit::Share => {
                // 99.99 % of the rows must not be printed as all of them.
                let edge = if value == 0.0 || value == 1.0 { Some(0) } else { None };
                let decimals = edge.unwrap_or_else(|| self.decimals_below_all(value));
                format!("{}%", fixed(value, decimals, 2))
            }
            Unit::Rows | Unit::Columns | Unit::Number if value.fract() == 0.0 && value.abs() < 1e15 => {
                fixed(value, 0, 0)
            }
            Unit::Rows | Unit::Columns => fixed(value, self.decimals.max(2), 0),
            Unit::Number if value.abs() >= 1e15 => format!("{}{:e}", if value < 0.0 { "−" } else { "" }, value.abs()),
            Unit::Seconds => duration(value, self.decimals),
            Unit::Number => fixed(value, self.decimals, 0).trim_end_matches('0').trim_end_matches('.').to_owned(),
            Unit::Metric | Unit::Ratio => fixed(value, self.decimals, 0),
        }
    }

    /// Formats a difference, always with its sign: `+0.0012`, `−0.0255`, `+1.2pp`.
    pub fn change(self, change: f64) -> String {
        let sign = if change > 0.0 { "+" } else { "" };
        match self.unit {
            Unit::Share if change == 0.0 => "0pp".to_owned(),
            Unit::Share => format!("{sign}{}pp", fixed(change, self.decimals, 2)),
            Unit::Rows | Unit::Columns | Unit::Metric | Unit::Ratio | Unit::Number | Unit::Seconds => {
                format!("{sign}{}", self.value(change))
            }
        }
    }

    /// Formats the absolute value of a difference: `0.0020`, `1.2pp`.
    pub fn size(self, size: f64) -> String {
        self.change(size.abs()).trim_start_matches('+').to_owned()
    }

    /// Formats the interval of a level: `[0.8960, 0.9060]`.
    pub fn interval(self, [low, high]: [f64; 2]) -> String {
        format!("[{}, {}]", self.value(low), self.value(high))
    }

    /// Formats the interval of a difference: `[−0.0283, −0.0227]`.
    pub fn change_interval(self, [low, high]: [f64; 2]) -> String {
        format!("[{}, {}]", self.change(low), self.change(high))
    }

    /// Formats an estimate's value, or the reason there is none: never a number that was not measured.
    pub fn estimate(self, estimate: &EstimateResult) -> String {
        match (estimate.value, &estimate.undefined) {
            (Some(value), _) => self.value(value),
            (None, Some(reason)) if reason.starts_with(NOT_SHOWN) || reason.contains("undefined") => reason.clone(),
            (None, Some(reason)) => format!("undefined: {reason}"),
            (None, None) => "undefined".to_owned(),
        }
    }

    /// Returns the number of decimals at which a proportion below 1 is not rounded up to 100 %.
    fn decimals_below_all(self, value: f64) -> usize {
        let rounds_up = |decimals: &usize| fixed(value, *decimals, 2) != fixed(1.0, *decimals, 2);
        (self.decimals..=MOST_DECIMALS).find(rounds_up).unwrap_or(MOST_DECIMALS)
    }
}

/// Formats a duration in a suitable unit: `90 s`, `36 h`, `3.2 d`.
fn duration(seconds: f64, decimals: usize) -> String {
    let size = seconds.abs();
    let (unit, name) = match size {
        _ if size < 120.0 => (1.0, "s"),
        _ if size < 7_200.0 => (60.0, "min"),
        _ if size < 172_800.0 => (3_600.0, "h"),
        _ => (86_400.0, "d"),
    };
    let number = fixed(seconds / unit, decimals, 0);
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
    format!("{number} {name}")
}

/// Returns true if two numbers differ by more than the rounding error of a sum.
fn differ(a: f64, b: f64) -> bool {
    a.is_finite() && b.is_finite() && (a - b).abs() > 1e-12 * a.abs().max(b.abs())
}

/// Formats a confidence: `95%`, `99.9%`.
pub fn confidence(level: f64) -> String {
    format!("{}%", (level * 1e6).round() / 1e4)
}

/// Formats a number of rows: `16,281`.
pub fn rows(n: u64) -> String {
    grouped(&n.to_string())
}

/// Formats an approximate number of rows: `5,400` for 5,391.
pub fn about(n: u64) -> String {
    let digits = n.checked_ilog10().unwrap_or(0);
    let step = 10_u64.pow(digits.saturating_sub(1));
    rows(n.saturating_add(step / 2) / step * step)
}

/// Formats `value` times 10^`shift` with at least `decimals` decimals, and more if a small number would lose its second
/// digit. The minus is `−`, and −0 is printed as 0.
///
/// The point is moved in the text: a multiplication could make two different numbers equal.
fn fixed(value: f64, decimals: usize, shift: usize) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    if !value.is_finite() {
        return if value.is_nan() { "undefined".to_owned() } else { format!("{sign}∞") };
    }
    let size = value.abs();
    let shown = size * 10_f64.powi(shift as i32);
    if size > 0.0 && shown < SMALLEST_WITHOUT_EXPONENT {
        // Digits after the first count as decimals, so that more decimals distinguish more numbers.
        let digits = decimals.saturating_sub(3).max(1);
        let text = format!("{size:.digits$e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent = exponent.parse::<i64>().unwrap_or(0) + shift as i64;
        return format!("{sign}{digits}e−{}", exponent.abs());
    }
    let decimals = if shown > 0.0 && shown < 1.0 { decimals.max(decimals_of_two_digits(shown)) } else { decimals };
    let digits = format!("{size:.*}", decimals + shift).replace('.', "");
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    // Moving the point leaves leading zeros: 0.048 becomes 004.8.
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{rest}", grouped(whole))
}

/// Returns the number of decimals at which a number below 1 shows its second digit: 5 for 0.00012.
fn decimals_of_two_digits(size: f64) -> usize {
    (0..MOST_DECIMALS).find(|decimals| size * 10_f64.powi(*decimals as i32 - 1) >= 1.0).unwrap_or(MOST_DECIMALS)
}

/// Returns the unit of the groups' own numbers.
pub(super) fn unit_of_groups(measure: GroupMeasure) -> Unit {
    match measure {
        GroupMeasure::Metric(_) => Unit::Metric,
        GroupMeasure::Rate(_) | GroupMeasure::EqualizedOdds => Unit::Share,
    }
}

#[cfg(test)]
mod tests;
