//! Parameters of metrics.

use serde::{Deserialize, Serialize};

/// A parameter of a metric; it compares and sorts in the total order of floats.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Real(pub f64);

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Real {}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl std::hash::Hash for Real {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// Parameter of a measure, with its allowed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// No parameter.
    None,
    /// The weight of recall relative to precision; above 0.
    Beta,
    /// A whole number of rows or classes, at least 1.
    K,
    /// A whole number of rows, at least 1; all rows by default.
    OptionalK,
    /// The number of bins, at least 1; 15 by default.
    Bins,
    /// A quantile, above 0 and below 1.
    Quantile,
    /// A proportion, above 0 and at most 1.
    Share,
    /// The steps of a season, at least 1; 1 by default.
    Season,
    /// The order of a generalized entropy, above 0; 2 by default.
    Order,
    /// Any number, such as a grade.
    Number,
}

impl Parameter {
    /// Returns the allowed values, for messages.
    pub fn demand(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Beta | Self::Order => "above 0",
            Self::K | Self::OptionalK | Self::Bins | Self::Season => "a whole number, at least 1",
            Self::Quantile => "above 0 and below 1",
            Self::Share => "above 0 and at most 1",
            Self::Number => "a number",
        }
    }

    /// A number that it may be, as one writes it.
    pub fn example(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Beta | Self::Order => "2",
            Self::K | Self::OptionalK => "10",
            Self::Bins => "15",
            Self::Quantile => "0.9",
            Self::Share => "0.1",
            Self::Season => "7",
            Self::Number => "0.8",
        }
    }

    /// Returns the default value.
    pub fn default_value(self) -> Option<f64> {
        match self {
            Self::Bins => Some(15.0),
            Self::Season => Some(1.0),
            Self::Order => Some(2.0),
            _ => None,
        }
    }

    pub(super) fn allows(self, number: f64) -> bool {
        match self {
            Self::None => false,
            Self::Beta | Self::Order => number > 0.0 && number.is_finite(),
            Self::K | Self::OptionalK | Self::Bins | Self::Season => {
                number >= 1.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0
            }
            Self::Quantile => number > 0.0 && number < 1.0,
            Self::Share => number > 0.0 && number <= 1.0,
            Self::Number => number.is_finite(),
        }
    }

    pub(super) fn is_optional(self) -> bool {
        matches!(self, Self::None | Self::OptionalK | Self::Bins | Self::Season | Self::Order)
    }
}
