//! Summary statistics of a column: the state that each needs, and its value.

use crate::measurement::{Measured, OrderedF64, TableMeasure, Unit};
use crate::stats::{Digits, Moments, Undefined};

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
    /// The strongest association of a single column with the label.
    Association,
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
    /// The most by which the statistic changes when each value changes by as much as the value itself.
    pub leverage: f64,
    /// True: the statistic is one of the values.
    pub is_a_value: bool,
    /// The columns behind an association.
    pub associations: Associations,
}

/// Associations of single columns with a label.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Associations {
    /// Each column with its association, the strongest first.
    pub columns: Vec<(String, f64)>,
    /// Columns that have too few rows.
    pub unknown: Vec<String>,
}

impl Summarised {
    fn new(value: f64, exact: Option<Digits>, n: u64) -> Self {
        let (leverage, associations) = (value.abs(), Associations::default());
        Self { value, exact, n, leverage, is_a_value: false, associations }
    }
}

impl Summary {
    /// All statistics, by the names that a page uses.
    pub const ALL: [(&str, Self); 12] = [
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
        ("explained label", Self::Association),
    ];

    /// Returns the measure that the statistic needs; `q` is the proportion below a quantile.
    pub fn measure(self, column: &str, q: f64) -> TableMeasure {
        let column = column.to_owned();
        match self {
            Self::Mean | Self::StandardDeviation | Self::Sum | Self::Minimum | Self::Maximum => {
                TableMeasure::Moments(column)
            }
            Self::Quantile => TableMeasure::Quantile(column, OrderedF64(q)),
            Self::DistinctValues => TableMeasure::Distinct(vec![column]),
            Self::LeastShare => TableMeasure::Frequencies(column),
            // The measures of a query and of an association need more than a column.
            Self::Columns | Self::Query | Self::Association => TableMeasure::Columns,
            Self::Age { .. } => TableMeasure::Newest(column),
        }
    }

    /// Returns the unit of the statistic.
    pub fn unit(self) -> Unit {
        match self {
            Self::LeastShare | Self::Association => Unit::Share,
            Self::Columns => Unit::Columns,
            Self::Age { .. } => Unit::Seconds,
            _ => Unit::Number,
        }
    }

    /// Returns true if the statistic is computed from the numbers of a column, in their unit.
    pub fn is_of_numbers(self) -> bool {
        self.is_a_value() || matches!(self, Self::Mean | Self::StandardDeviation | Self::Sum)
    }

    /// Returns the most by which the statistic changes when each number changes by as much as the number itself: by
    /// Cauchy and Schwarz, no more than the root of their mean square for a mean.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    fn leverage(self, moments: &Moments, value: f64) -> f64 {
        let n = moments.n() as f64;
        let largest = [moments.minimum(), moments.maximum()]
            .into_iter()
            .flatten()
            .fold(0.0, |most: f64, end| most.max(end.abs()));
        let spread = if moments.n() == 1 { Ok(0.0) } else { moments.standard_deviation() };
        let size = match (moments.mean(), spread) {
            (Ok(mean), Ok(spread)) => mean.hypot(spread).min(largest),
            _ => largest,
        };
        match self {
            Self::Mean => size,
            Self::Sum => n * size,
            // With the divisor n − 1, which is at least a half of n.
            Self::StandardDeviation => 2.0 * size,
            _ => value.abs(),
        }
    }

    /// Returns true if the statistic is about a label, which a line of the config may name.
    pub fn has_label(self) -> bool {
        matches!(self, Self::Association)
    }

    /// Returns true if the statistic is one of the column's values, or lies between two of them.
    pub fn is_a_value(self) -> bool {
        matches!(self, Self::Minimum | Self::Maximum | Self::Quantile)
    }

    /// Returns true if the statistic is one of a whole table, and not of a column.
    pub fn is_of_table(self) -> bool {
        matches!(self, Self::Columns | Self::Query | Self::Association)
    }

    /// Computes the statistic from its state.
    ///
    /// # Errors
    ///
    /// The reason the statistic does not exist.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    pub fn read(self, state: &Measured) -> Result<Summarised, String> {
        let undefined = |why: Undefined| match why {
            Undefined::NoRows => "there are no values".to_owned(),
            why => format!("it is undefined: {why}"),
        };
        match (self, state) {
            (_, Measured::Moments(moments)) => {
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
                    | Self::Query
                    | Self::Association => Err(Undefined::OtherState),
                };
                let value = value.map_err(undefined)?;
                let exact = moments.exact().and_then(|exact| match self {
                    Self::Mean => exact.sum.divided(moments.n()),
                    Self::Sum => Some(exact.sum.clone()),
                    Self::Minimum => Some(exact.smallest.clone()),
                    Self::Maximum => Some(exact.largest.clone()),
                    _ => None,
                });
                let found = Summarised::new(exact.as_ref().map_or(value, Digits::to_float), exact, moments.n());
                let is_a_value = self.is_a_value();
                Ok(Summarised { leverage: self.leverage(moments, value), is_a_value, ..found })
            }
            (Self::Quantile, Measured::Quantile { value, exact, between, n }) => {
                let value = value.ok_or_else(|| undefined(Undefined::NoRows))?;
                let leverage = between.map_or(value.abs(), |[low, high]| low.abs().max(high.abs()));
                let found = Summarised::new(value, exact.clone(), *n);
                Ok(Summarised { leverage, is_a_value: between.is_none(), ..found })
            }
            (Self::DistinctValues, Measured::Distinct { rows, distinct }) => {
                Ok(Summarised::new(*distinct as f64, None, *rows))
            }
            (Self::LeastShare, Measured::Frequencies(frequencies)) => {
                let (_, share) = frequencies.rarest().ok_or_else(|| undefined(Undefined::NoRows))?;
                Ok(Summarised::new(share, None, frequencies.n()))
            }
            (Self::Columns, Measured::Columns(columns)) => {
                Ok(Summarised::new(columns.len() as f64, None, columns.len() as u64))
            }
            (Self::Age { now }, Measured::Newest { micros, n }) => {
                let newest = micros.ok_or_else(|| undefined(Undefined::NoRows))?;
                Ok(Summarised::new((now - newest) as f64 / 1e6, None, *n))
            }
            (Self::Query, Measured::Number(number)) => {
                let value = number.ok_or("the query returned null and not a number")?;
                Ok(Summarised::new(value, None, 1))
            }
            (Self::Query, Measured::Digits(digits)) => Ok(Summarised::new(digits.to_float(), Some(digits.clone()), 1)),
            (Self::Association, Measured::Explained { columns, n }) => association(columns, *n),
            _ => Err("internal error: the measurement has the wrong state".to_owned()),
        }
    }
}

/// Returns the strongest association.
fn association(columns: &[(String, Result<f64, Undefined>)], n: u64) -> Result<Summarised, String> {
    let mut found = Associations::default();
    for (column, association) in columns {
        match association {
            Ok(association) => found.columns.push((column.clone(), association.max(0.0))),
            Err(Undefined::OneClass) => {
                return Err("the label never varies, so no column can be associated with it".to_owned());
            }
            Err(_) => found.unknown.push(column.clone()),
        }
    }
    found.columns.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    match found.columns.first() {
        Some((_, strongest)) => Ok(Summarised { associations: found.clone(), ..Summarised::new(*strongest, None, n) }),
        None => Err(format!("{n} labelled rows are too few to measure the association of any column")),
    }
}
