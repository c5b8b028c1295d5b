//! The expected behaviour of a model on variants of its rows.
//!
//! Tests of a model's behaviour as in Ribeiro et al. (2020), "Beyond Accuracy: Behavioral Testing of NLP Models with
//! CheckList": a variant of a row is the row with a typo, another name, a negation, and the answer to it stays the same,
//! rises or falls.

use std::collections::BTreeMap;

/// The column that pairs variants with their originals, and the expected change of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// The column with the key of each variant's original; null in originals.
    pub of: String,
    /// The expected change.
    pub expected: Expected,
    /// The size of a change of a number that still counts as none.
    pub tolerance: f64,
}

/// The expected change of the answer to a variant.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// One for all variants.
    Every(AnswerChange),
    /// One for each value of a column.
    ByKind {
        /// The column.
        column: String,
        /// The change by value.
        of: BTreeMap<String, AnswerChange>,
    },
}

/// The change from the answer to an original to the answer to its variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerChange {
    /// The answer stays the same.
    Same,
    /// The number does not fall.
    NotLower,
    /// The number does not rise.
    NotHigher,
    /// The number rises.
    Higher,
    /// The number falls.
    Lower,
    /// Nothing is expected: the grade is the size of the change.
    Size,
    /// Nothing is expected: the grade is the change.
    Difference,
}

impl AnswerChange {
    /// All changes, by the words of a config.
    pub const ALL: [(&str, Self); 7] = [
        ("same", Self::Same),
        ("not_lower", Self::NotLower),
        ("not_higher", Self::NotHigher),
        ("higher", Self::Higher),
        ("lower", Self::Lower),
        ("size", Self::Size),
        ("difference", Self::Difference),
    ];

    /// Returns true if the grade of a variant is 1 for a pass and 0 for a fail.
    pub fn is_expectation(self) -> bool {
        !matches!(self, Self::Size | Self::Difference)
    }

    /// Returns the grade of a variant whose number changes by `change`; up to `tolerance` it did not.
    pub fn grade(self, change: f64, tolerance: f64) -> f64 {
        let passes = match self {
            Self::Same => change.abs() <= tolerance,
            Self::NotLower => change >= -tolerance,
            Self::NotHigher => change <= tolerance,
            Self::Higher => change > tolerance,
            Self::Lower => change < -tolerance,
            Self::Size => return change.abs(),
            Self::Difference => return change,
        };
        f64::from(u8::from(passes))
    }
}

impl Behaviour {
    /// Returns the columns that are read besides the answers.
    pub fn columns(&self) -> impl Iterator<Item = &String> {
        let kind = match &self.expected {
            Expected::Every(_) => None,
            Expected::ByKind { column, .. } => Some(column),
        };
        std::iter::once(&self.of).chain(kind)
    }

    /// Returns true if the grades are passes and fails.
    pub fn is_expectation(&self) -> bool {
        match &self.expected {
            Expected::Every(change) => change.is_expectation(),
            Expected::ByKind { of, .. } => of.values().all(|change| change.is_expectation()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "grades are 0 and 1, or the very number")]
    use super::AnswerChange::{self, Difference, Higher, Lower, NotHigher, NotLower, Same, Size};

    #[test]
    fn a_grade_says_whether_the_expectation_holds() {
        let of = |change: AnswerChange| [-0.2, -0.1, 0.0, 0.1, 0.2].map(|by| change.grade(by, 0.1));
        assert_eq!(of(Same), [0.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(of(NotLower), [0.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(of(NotHigher), [1.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(of(Higher), [0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(of(Lower), [1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(of(Size), [0.2, 0.1, 0.0, 0.1, 0.2]);
        assert_eq!(of(Difference), [-0.2, -0.1, 0.0, 0.1, 0.2]);
    }
}
