//! The measurements of a gate and the limits on them.

use super::bound::Bound;
use super::limit::Limit;
use super::margin::ChangeDemand;
use super::named_number::NamedNumber;
use crate::catalog::{ColumnChange, ValueChange};
use crate::measurement::summary::Summary;
use crate::measurement::{CellsOf, Measurement};
use crate::stats::drift::{Distance, Empty};
use crate::stats::{GroupMeasure, Metric, NumberType, Reduction};

/// Both sides' counts of a column in bins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnCounts {
    /// The counts of its values.
    pub cells: Measurement,
    /// The rows with and without a value, if those without one are a bin of their own.
    pub nulls: Option<Measurement>,
}

impl ColumnCounts {
    /// Returns the measurements.
    pub fn measurements(&self) -> impl Iterator<Item = &Measurement> {
        std::iter::once(&self.cells).chain(&self.nulls)
    }

    /// Returns true if the two bins are the rows with a value and those without.
    pub fn is_of_nulls(&self) -> bool {
        matches!(self.cells, Measurement::Cells { of: CellsOf::Nulls, .. })
    }
}

/// The measurements of a gate and their judging.
#[derive(Debug, Clone, PartialEq)]
pub enum Constraint {
    /// An exact number of the data at hand, against a bound.
    Exact {
        /// The number.
        candidate: Measurement,
        /// The baseline's number, if the bound depends on it.
        baseline: Option<Measurement>,
        /// The bound.
        bound: Bound,
    },
    /// A numeric check that a pattern applies to a text column: not applicable, unless most of the texts are numbers.
    Readable {
        /// The proportion of texts that are numbers.
        numbers: Measurement,
        /// The reason the check cannot read the column.
        why: String,
    },
    /// A summary statistic of a column, against a bound.
    Summary {
        /// The statistic.
        summary: Summary,
        /// The state from which the statistic is computed.
        candidate: Measurement,
        /// The baseline's state, if the bound depends on it.
        baseline: Option<Measurement>,
        /// The bound.
        bound: Bound,
    },
    /// Values that are missing on the other side.
    Values {
        /// The kind of values that are counted.
        change: ValueChange,
        /// The candidate's values.
        candidate: Measurement,
        /// The baseline's values.
        baseline: Measurement,
        /// The types of both sides' numbers, where they are rounded to be compared.
        types: Option<[NumberType; 2]>,
        /// The bound on the proportion of their rows.
        bound: Bound,
    },
    /// The type of a column.
    Type {
        /// The columns of the table.
        columns: Measurement,
        /// The column.
        column: String,
        /// The required type: a name, or a family such as `int`.
        wanted: String,
        /// True: a narrower type that fits into the required type without loss is allowed.
        widening: bool,
    },
    /// Columns that were added, removed, retyped or relaxed.
    Columns {
        /// The candidate's columns.
        candidate: Measurement,
        /// The baseline's columns.
        baseline: Measurement,
        /// The kinds of change that are counted.
        counted: Vec<ColumnChange>,
        /// The bound on the number of changes.
        bound: Bound,
    },
    /// The names of the columns.
    Names {
        /// The columns of the table.
        columns: Measurement,
        /// The rule for the names.
        demand: NamesDemand,
    },
    /// A metric against a fixed limit.
    Metric {
        /// The metric.
        metric: Metric,
        /// The state from which the metric is computed.
        state: Measurement,
        /// The limit.
        limit: Limit,
    },
    /// A metric compared with the baseline's.
    Change {
        /// The metric.
        metric: Metric,
        /// The state of both sides.
        state: Measurement,
        /// The limit on the difference.
        demand: ChangeDemand,
    },
    /// A metric of each slice.
    Sliced {
        /// The metric.
        metric: Metric,
        /// The states of the slices.
        slices: Measurement,
        /// The pattern of the slices' names.
        pattern: String,
        /// The patterns of slices that have checks of their own.
        except: Vec<String>,
        /// The limit for each slice.
        demand: MetricDemand,
    },
    /// A number of a file of metrics, exactly as written there.
    Reported {
        /// The number's better direction, and everything else that its name implies.
        number: NamedNumber,
        /// The candidate's number.
        candidate: Measurement,
        /// The baseline's number, if the two are compared.
        baseline: Option<Measurement>,
        /// The limit.
        demand: MetricDemand,
    },
    /// The distance between a column's distributions in the baseline and the candidate.
    Drift {
        /// The kind of distance.
        distance: Distance,
        /// Both sides' counts.
        cells: ColumnCounts,
        /// The proportion of a bin without rows.
        empty: Empty,
        /// The largest allowed distance.
        most: f64,
    },
    /// The chi-square test of a column's distributions in the baseline and the candidate.
    ChiSquare {
        /// Both sides' counts.
        cells: ColumnCounts,
        /// The significance level.
        level: f64,
        /// The smallest relevant effect size (Cramér's V).
        effect: f64,
    },
    /// The number of drifted columns of a dataset.
    DatasetDrift {
        /// The columns, with both sides' counts.
        columns: Vec<(String, ColumnCounts)>,
        /// The total variation beyond which a column has drifted.
        each: f64,
        /// The bound on the number of drifted columns.
        bound: Bound,
    },
    /// A rate or a metric compared between groups.
    Groups {
        /// The rate or metric of each group.
        measure: GroupMeasure,
        /// The reduction of the groups' numbers to one number.
        reduction: Reduction,
        /// The counts by group, or the states of the groups.
        state: Measurement,
        /// The states of the groups' reference, if the reference is not a group and the counts do not contain it.
        others: Option<Measurement>,
        /// The limit.
        demand: GroupDemand,
    },
}

/// A limit on a metric: in each slice, or on a number that another program computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricDemand {
    /// The number satisfies a fixed limit.
    Limit(Limit),
    /// The difference from the baseline satisfies a limit.
    Change(ChangeDemand),
}

/// A limit on the number to which groups are reduced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GroupDemand {
    /// The number satisfies a fixed limit.
    Limit(Limit),
    /// The number is worse than the baseline's by at most this amount.
    Growth(f64),
    /// The number is at least this ratio, or the shortfall is not significant or depends on a single person.
    Impact(f64),
}

/// A rule for the names of a table's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamesDemand {
    /// All of these columns are present.
    Required(Vec<String>),
    /// Each column matches one of these patterns.
    Allowed(Vec<String>),
    /// No column matches any of these patterns.
    Forbidden(Vec<String>),
    /// These columns are in this order; others may be between them.
    Order(Vec<String>),
}
