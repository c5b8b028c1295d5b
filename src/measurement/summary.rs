//! Summary statistics of a column: the state that each needs, and its value.

use crate::measurement::{Number, State, TableMeasure};
use crate::stats::{Digits, Undefined};

/// A summary statistic of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Summary {
    /// The arithmetic mean.
    Mean,
    /// The sample standard deviation.
    StandardDeviation,
    /// The sum.
    Sum,
    /// The smallest number.
    Minimum,
    /// The largest number.
    Maximum,
    /// The value below which a proportion of the numbers lies, interpolated between neighbours.
    Quantile,
    /// The number of distinct values.
    DistinctValues,
    /// The proportion of the rarest value.
    LeastShare,
    /// The number of columns of a table.
    Columns,
    /// The age of the newest time at `now`, in seconds; negative if the time is in the future.
    Age {
        /// The time of the run, in microseconds since 1970 in UTC.
        now: i64,
    },
    /// The number that a query returns.
    Query,
}

/// A summary statistic, with the number of values behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Summarised {
    /// The statistic.
    pub value: f64,
    /// The statistic with all its digits, for integers and decimals.
    pub exact: Option<Digits>,
    /// The number of summarised values.
    pub n: u64,
}

impl Summary {
    /// All statistics, by the names that a page uses.
    pub const ALL: [(&str, Self); 11] = [
        ("mean", Self::Mean),
        ("standard deviation", Self::StandardDeviation),
        ("sum", Self::Sum),
        ("minimum", Self::Minimum),
        ("maximum", Self::Maximum),
        ("quantile", Self::Quantile),
        ("distinct values", Self::DistinctValues),
        ("least share", Self::LeastShare),
        ("number of columns", Self::Columns),
        ("age", Self::Age { now: 0 }),
        ("query", Self::Query),
    ];

    /// Returns the measure that the statistic needs; `q` is the proportion below a quantile.
    pub fn measure(self, column: &str, q: f64) -> TableMeasure {
        let column = column.to_owned();
        match self {
            Self::Mean | Self::StandardDeviation | Self::Sum | Self::Minimum | Self::Maximum => {
                TableMeasure::Moments(column)
            }
            Self::Quantile => TableMeasure::Quantile(column, Number(q)),
            Self::DistinctValues => TableMeasure::Distinct(vec![column]),
            Self::LeastShare => TableMeasure::Frequencies(column),
            Self::Columns | Self::Query => TableMeasure::Columns,
            Self::Age { .. } => TableMeasure::Newest(column),
        }
    }

    /// Computes the statistic from its state.
    ///
    /// # Errors
    ///
    /// The reason the statistic does not exist.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    pub fn read(self, state: &State) -> Result<Summarised, String> {
        let undefined = |why: Undefined| match why {
            Undefined::NoRows => "there are no values".to_owned(),
            why => format!("it is undefined: {why}"),
        };
        match (self, state) {
            (_, State::Moments(moments)) => {
                let value = match self {
                    Self::Mean => moments.mean(),
                    Self::StandardDeviation => moments.standard_deviation(),
                    Self::Sum => moments.sum(),
                    Self::Minimum => moments.minimum(),
                    Self::Maximum => moments.maximum(),
                    Self::Quantile
                    | Self::DistinctValues
                    | Self::LeastShare
                    | Self::Columns
                    | Self::Age { .. }
                    | Self::Query => Err(Undefined::OtherState),
                };
                let value = value.map_err(undefined)?;
                let exact = moments.exact().and_then(|exact| match self {
                    Self::Mean => exact.sum.divided(moments.n()),
                    Self::Sum => Some(exact.sum.clone()),
                    Self::Minimum => Some(exact.smallest.clone()),
                    Self::Maximum => Some(exact.largest.clone()),
                    _ => None,
                });
                Ok(Summarised { value: exact.as_ref().map_or(value, Digits::to_float), exact, n: moments.n() })
            }
            (Self::Quantile, State::Quantile { value, exact, n }) => {
                let value = value.ok_or_else(|| undefined(Undefined::NoRows))?;
                Ok(Summarised { value, exact: exact.clone(), n: *n })
            }
            (Self::DistinctValues, State::Distinct { rows, distinct }) => {
                Ok(Summarised { value: *distinct as f64, exact: None, n: *rows })
            }
            (Self::LeastShare, State::Frequencies(frequencies)) => {
                let (_, share) = frequencies.rarest().ok_or_else(|| undefined(Undefined::NoRows))?;
                Ok(Summarised { value: share, exact: None, n: frequencies.n() })
            }
            (Self::Columns, State::Columns(columns)) => {
                Ok(Summarised { value: columns.len() as f64, exact: None, n: columns.len() as u64 })
            }
            (Self::Age { now }, State::Newest { micros, n }) => {
                let newest = micros.ok_or_else(|| undefined(Undefined::NoRows))?;
                Ok(Summarised { value: (now - newest) as f64 / 1e6, exact: None, n: *n })
            }
            (Self::Query, State::Number(number)) => {
                let value = number.ok_or("the query returned null and not a number")?;
                Ok(Summarised { value, exact: None, n: 1 })
            }
            _ => Err("internal error: the measurement has the wrong state".to_owned()),
        }
    }
}
