//! The distance by which one time follows another.

use serde::{Deserialize, Serialize};

use crate::measurement::OrderedF64;

/// A distance between two values of a time column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// A distance of dates and times, in microseconds.
    Time(i64),
    /// A distance of numbers, in the column's own unit.
    Number(OrderedF64),
}

impl Gap {
    /// Returns true if the distance is 0.
    pub fn is_nothing(self) -> bool {
        matches!(self, Self::Time(0)) || matches!(self, Self::Number(number) if number.0 == 0.0)
    }

    /// Returns the distance in seconds, or in the column's own unit.
    pub fn size(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years, and beyond to the millisecond")]
            Self::Time(micros) => micros as f64 / 1e6,
            Self::Number(number) => number.0,
        }
    }
}
