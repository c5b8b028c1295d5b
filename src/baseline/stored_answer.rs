//! The stored form of a measurement's result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MOST_VALUES;
use super::stored_distribution::StoredDistribution;
use crate::measurement::{Measured, TableMeasure};
use crate::stats::drift::Distribution;
use crate::stats::{Digits, ExactNumbers, Frequencies, Moments};

/// A measure of a table, with its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The measure.
    pub of: TableMeasure,
    /// The result.
    pub is: StoredAnswer,
}

/// A query over all datasets, with its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedQuery {
    /// A single `SELECT` statement.
    pub sql: String,
    /// True: the query returns one number; false: the rows of its result were counted.
    pub is_number: bool,
    /// The result.
    pub is: StoredAnswer,
}

/// The result of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the state of its name")]
pub enum StoredAnswer {
    Rows(u64),
    Distinct {
        rows: u64,
        distinct: u64,
    },
    Share {
        hits: u64,
        n: u64,
    },
    /// Moments; sums are lists of floats whose exact sum they represent.
    Moments {
        n: u64,
        smallest: Option<f64>,
        largest: Option<f64>,
        sum: Vec<f64>,
        squares: Vec<f64>,
        /// The sum, the minimum and the maximum of integers or decimals, with all their digits; since version 3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exact: Option<[String; 3]>,
    },
    Quantile {
        value: Option<f64>,
        /// The value with all its digits, for integers and decimals; since version 3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exact: Option<String>,
        n: u64,
    },
    Frequencies(BTreeMap<String, u64>),
    Newest {
        micros: Option<i64>,
        n: u64,
    },
    Number(Option<f64>),
    /// The distribution of the values of selected rows; since version 3.
    Distribution(StoredDistribution),
    /// The reason there is no result.
    Nothing(String),
}

impl StoredAnswer {
    pub(super) fn of(state: &Measured) -> Self {
        match state {
            Measured::Rows(rows) => Self::Rows(*rows),
            Measured::Distinct { rows, distinct } => Self::Distinct { rows: *rows, distinct: *distinct },
            Measured::Share { hits, n } => Self::Share { hits: *hits, n: *n },
            Measured::Moments(moments) => Self::of_moments(moments),
            Measured::Quantile { value, exact, n, .. } => {
                Self::Quantile { value: *value, exact: exact.as_ref().map(Digits::to_string), n: *n }
            }
            Measured::Frequencies(frequencies) if frequencies.counts.len() > MOST_VALUES => {
                Self::Nothing(format!("the column has too many distinct values to be stored; limit: {MOST_VALUES}"))
            }
            Measured::Frequencies(frequencies) => Self::Frequencies(frequencies.counts.clone()),
            Measured::Newest { micros, n } => Self::Newest { micros: *micros, n: *n },
            Measured::Number(number) => Self::Number(*number),
            Measured::Digits(digits) => Self::Number(Some(digits.to_float())),
            Measured::Distribution(Distribution::Nulls(nulls, values)) => {
                Self::Share { hits: *nulls, n: nulls.saturating_add(*values) }
            }
            Measured::Distribution(distribution) => Self::Distribution(StoredDistribution::of(distribution)),
            Measured::Columns(_)
            | Measured::After { .. }
            | Measured::Selected(_)
            | Measured::Cells(_)
            | Measured::Explained { .. }
            | Measured::Model(_)
            | Measured::RowsDigest(_)
            | Measured::Queries(_)
            | Measured::Remarks(_)
            | Measured::Classes(_)
            | Measured::Edges(_)
            | Measured::Slices(_)
            | Measured::Flips(_)
            | Measured::WrongRows(_)
            | Measured::FoundSlices(_)
            | Measured::ScoreBins(_)
            | Measured::Apart { .. }
            | Measured::Grown { .. } => Self::Nothing("a stored baseline does not hold this".to_owned()),
        }
    }

    fn of_moments(moments: &Moments) -> Self {
        let numbers = moments.to_numbers();
        let [_, smallest, largest, split, partials @ ..] = numbers.as_slice() else {
            return Self::Nothing("the moments have a wrong form".to_owned());
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of partials")]
        let (sum, squares) = partials.split_at((*split as usize).min(partials.len()));
        // Without numbers, the minimum and maximum are infinite.
        let end = |end: f64| end.is_finite().then_some(end);
        Self::Moments {
            n: moments.n(),
            smallest: end(*smallest),
            largest: end(*largest),
            sum: sum.to_vec(),
            squares: squares.to_vec(),
            exact: moments.exact().map(|exact| [&exact.sum, &exact.smallest, &exact.largest].map(Digits::to_string)),
        }
    }

    pub(super) fn state(&self) -> Result<Measured, String> {
        let broken = || "the stored baseline is broken: its numbers are inconsistent".to_owned();
        let within = |part: u64, whole: u64| if part <= whole { Ok(()) } else { Err(broken()) };
        Ok(match self {
            Self::Rows(rows) => Measured::Rows(*rows),
            Self::Distinct { rows, distinct } => {
                within(*distinct, *rows)?;
                Measured::Distinct { rows: *rows, distinct: *distinct }
            }
            Self::Share { hits, n } => {
                within(*hits, *n)?;
                Measured::Share { hits: *hits, n: *n }
            }
            Self::Moments { n, smallest, largest, sum, squares, exact } => {
                if (*n == 0) != (smallest.is_none() || largest.is_none()) {
                    return Err(broken());
                }
                #[expect(clippy::cast_precision_loss, reason = "a count of partials")]
                let mut numbers = vec![
                    f64::from_bits(*n),
                    smallest.unwrap_or(f64::INFINITY),
                    largest.unwrap_or(f64::NEG_INFINITY),
                    sum.len() as f64,
                ];
                numbers.extend(sum.iter().chain(squares));
                let read = |text: &String| Digits::parse(text).ok_or_else(broken);
                let exact = match exact {
                    Some([sum, smallest, largest]) => {
                        Some(ExactNumbers { sum: read(sum)?, smallest: read(smallest)?, largest: read(largest)? })
                    }
                    None => None,
                };
                Measured::Moments(Moments::from_numbers(&numbers).ok_or_else(broken)?.with_exact(exact))
            }
            Self::Quantile { value, exact, n } => {
                let exact = exact.as_ref().map(|text| Digits::parse(text).ok_or_else(broken)).transpose()?;
                Measured::Quantile { value: *value, exact, between: None, n: *n }
            }
            Self::Frequencies(counts) => {
                counts.values().try_fold(0_u64, |sum, count| sum.checked_add(*count)).ok_or_else(broken)?;
                Measured::Frequencies(Frequencies { counts: counts.clone() })
            }
            Self::Newest { micros, n } => Measured::Newest { micros: *micros, n: *n },
            Self::Number(number) => Measured::Number(*number),
            Self::Distribution(holds) => Measured::Distribution(holds.distribution("selected rows")?),
            Self::Nothing(why) => return Err(why.clone()),
        })
    }
}
