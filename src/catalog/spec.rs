//! Gates: a check bound to a subject, planned, measured by the engine, and judged.
//!
//! Pure: independent of the engine, of files and of the clock.

use crate::catalog::Severity;
use crate::config::Node;
use crate::measurement::summary::Summary;
use crate::measurement::{ColumnType, Partners, TypeFamily};
use crate::stats::drift::Distance;

/// The key of the condition of the rows that a check looks at. A check's own parameter may have this name, too.
pub const WHERE: &str = "where";

/// A check of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckSpec {
    /// The gate's path in the config, for example `models.income.metrics.roc_auc.max_drop`.
    pub id: String,
    /// The check's family.
    pub family: Family,
    /// The version of mlgate that introduced the check.
    pub since: String,
    /// The severity of a failure.
    pub severity: Severity,
    /// The check's requirement, in one line.
    pub summary: String,
    /// The definition of the number.
    pub definition: String,
    /// The noun or participle that follows the number in a table.
    pub counts: Option<String>,
    /// The column types that the check can read.
    pub reads: Reads,
    /// True of a check under which a config puts several demands, each by a name of its own.
    pub named: bool,
    /// True of a check of single values whose message may name those that fail it, if enough rows have them.
    pub names_values: bool,
    /// The parameters that a config may set.
    pub params: Vec<Param>,
    /// The measurement.
    pub measure: MeasureSpec,
    /// The comparison of the two sides.
    pub compare: Option<Compare>,
    /// The reduction of the groups' numbers to one.
    pub reduce: Option<Reduce>,
    /// The judging of the number.
    pub judge: Judging,
    /// The template of the message.
    pub message: String,
    /// Advice for a failing gate.
    pub help: String,
    /// The page without its front matter.
    pub body: String,
    /// The path of the page.
    pub path: String,
}

/// The place of a check in a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Under a dataset.
    Dataset,
    /// Under a column of a dataset.
    Column,
    /// Under a metric of a model.
    Metric,
    /// Under a rate of a model's fairness.
    Fairness,
}

/// The column types that a check can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// All types.
    Any,
    /// Types of single values: no lists, maps or bytes.
    Values,
    /// Numeric, date and time types.
    Scale,
    /// Numeric types.
    Numbers,
    /// Text types.
    Text,
    /// Date and time types.
    Times,
    /// Lists.
    Lists,
}

/// A parameter of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The key in the long form; `is` is the short form's value.
    pub name: String,
    /// Other keys for it.
    pub also: Vec<String>,
    /// The kind of the value.
    pub kind: ParamKind,
    /// The default value; a parameter without a default is required.
    pub default: Option<Node>,
    /// The parameter's description for users.
    pub about: String,
}

/// The kind of a parameter's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamKind {
    /// A bound on a proportion of rows.
    ShareBound,
    /// A bound on a number of rows.
    RowsBound,
    /// A bound on a number in the column's own unit.
    NumberBound,
    /// An interval of numbers, dates or texts, either end open.
    Interval,
    /// An interval of numbers that are not values of the column, either end open.
    NumberInterval,
    /// A list of values.
    Values,
    /// A regular expression.
    Pattern,
    /// `true`.
    Flag,
    /// A number, or a proportion in percent.
    Number,
    /// Numbers that increase: the edges of bins; an empty list stands for none.
    Edges,
    /// A difference from the baseline: `0.005`, `1pp`, `1%` of its value, or `[0.005, 1%]`, the larger of both.
    Amount,
    /// A word of this list.
    Choice(Vec<String>),
    /// Any words of this list.
    Choices(Vec<String>),
    /// The type of a column.
    Type,
    /// A condition on a row, in SQL.
    Condition,
    /// Names of columns.
    Columns,
    /// Names of columns of another dataset, in the order of this dataset's columns.
    TheirColumns,
    /// Names of columns, in which `*` and `?` stand for any text and any character.
    Patterns,
    /// The name of one column.
    Column,
    /// The name of another dataset of the config.
    Dataset,
    /// A column of another dataset, as `customers.id`.
    Reference,
    /// A single `SELECT` statement.
    Query,
    /// A bound on an age, such as `"< 2d"`.
    AgeBound,
    /// The distance by which one time follows another: `7 days`, or a number in the column's own unit.
    Gap,
    /// The reference of groups: a word, or the values of a group in a list.
    Group,
}

/// The measurement that a check is based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeasureSpec {
    /// The number of rows of the dataset.
    Rows,
    /// Rows that repeat an earlier one.
    DuplicateRows,
    /// Values that repeat an earlier one.
    DuplicateValues,
    /// Names and types of the columns.
    Columns,
    /// A summary statistic of the column.
    Summary(Summary),
    /// The distinct values of the column.
    Values,
    /// Matching rows in another dataset.
    Partners(Partners),
    /// Rows that are not later than all rows of another dataset.
    NotAfter,
    /// Rows whose features equal another row's while the label differs.
    Conflicts,
    /// The distance between the column's distributions on the two sides.
    Drift(Distance),
    /// The difference of the proportions of nulls.
    NullChange,
    /// The chi-square test of the column's distributions on the two sides.
    ChiSquare,
    /// The number of columns of the dataset that have drifted.
    DriftedColumns,
    /// The rows that a query returns.
    QueryRows,
    /// The column's type.
    Type,
    /// Rows that an SQL condition selects.
    Where {
        /// The SQL condition of the counted rows.
        matches: String,
        /// The SQL condition of the rows that are taken into account.
        among: Option<String>,
    },
    /// The metric that the config names.
    Metric,
    /// The rate that the config names, by group.
    Rate,
    /// The rows of a model that must be right and are wrong.
    WrongRows,
}

/// A difference between the columns of two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnChange {
    /// A column of the candidate only.
    Added,
    /// A column of the baseline only.
    Removed,
    /// A column of both with different types.
    Retyped,
    /// A column without nulls by the baseline's declaration, and possibly with nulls by the candidate's.
    Relaxed,
}

/// A difference between the values of two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueChange {
    /// Values of the candidate that the baseline does not contain.
    Unseen,
    /// Values of the baseline that the candidate does not contain.
    Lost,
}

/// Comparison of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// The candidate's loss, in the metric's own direction.
    Drop,
    /// The candidate's gain, in the metric's own direction.
    Improvement,
    /// The loss of the slices that lost most, which a search finds.
    SliceDrop,
    /// Columns that were added, removed, retyped or relaxed.
    Columns,
    /// A single kind of column change.
    Column(ColumnChange),
    /// Values that occur on one side only.
    Value(ValueChange),
}

/// The reduction of groups' numbers to one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduce {
    /// The largest difference between a group and the reference.
    Gap,
    /// The smallest ratio of a group to the reference.
    Ratio,
    /// The groups' standard deviation, less the part that noise adds.
    Spread,
    /// The lowest number of any group.
    Lowest,
    /// The highest number of any group.
    Highest,
    /// The smallest ratio of a group to the highest, with the tests of adverse impact.
    Impact,
}

/// The judging of a number. Each text is the name of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judging {
    /// The number satisfies the bound.
    Bound(String),
    /// The number is at least the parameter's value.
    AtLeast(String),
    /// The number is at most the parameter's value.
    AtMost(String),
    /// The column has the type.
    Type(String),
    /// Nothing changed, except for the allowed changes.
    NoChange(String),
    /// All of these columns are present.
    Required(String),
    /// No other columns are present.
    Allowed(String),
    /// None of these columns is present.
    Forbidden(String),
    /// The columns are in this order.
    Order(String),
}

impl Family {
    /// All families, in the order in which a config names them.
    pub const ALL: [Self; 4] = [Self::Dataset, Self::Column, Self::Metric, Self::Fairness];

    /// Returns the family's name, which is also the folder of its pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Column => "column",
            Self::Metric => "metric",
            Self::Fairness => "fairness",
        }
    }
}

impl Reads {
    /// Returns true if columns of this type can be read.
    pub fn accepts(self, of: &ColumnType) -> bool {
        let family = of.family;
        match self {
            Self::Any => true,
            Self::Values => family != TypeFamily::Other,
            Self::Scale => family.is_number() || matches!(family, TypeFamily::Date | TypeFamily::Timestamp),
            Self::Numbers => family.is_number(),
            Self::Text => family == TypeFamily::String,
            Self::Times => matches!(family, TypeFamily::Date | TypeFamily::Timestamp),
            Self::Lists => of.is_list(),
        }
    }

    /// Returns the readable types, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any column",
            Self::Values => "single values",
            Self::Scale => "numbers, dates and times",
            Self::Numbers => "numbers",
            Self::Text => "text",
            Self::Times => "dates and times",
            Self::Lists => "lists",
        }
    }
}

impl CheckSpec {
    /// Returns the parameter of this name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name || param.also.iter().any(|other| other == name))
    }

    /// True of a parameter, and of a key of all checks that has a meaning for this one.
    pub fn takes(&self, key: &str) -> bool {
        match key {
            "confidence" | "on_inconclusive" => self.is_statistical(),
            "min_n" => {
                matches!(self.family, Family::Fairness | Family::Metric) && self.measure != MeasureSpec::WrongRows
            }
            "severity" | "waive" => true,
            WHERE => self.param(key).is_some() || self.looks_at_rows(),
            _ => self.param(key).is_some(),
        }
    }

    /// Returns true if the check looks at the rows of a table, so that a line may name some of them.
    pub fn looks_at_rows(&self) -> bool {
        if self.measure == MeasureSpec::WrongRows {
            return true;
        }
        let is_of_table = matches!(self.family, Family::Dataset | Family::Column);
        is_of_table
            && !matches!(
                self.measure,
                MeasureSpec::Columns
                    | MeasureSpec::Type
                    | MeasureSpec::QueryRows
                    | MeasureSpec::Summary(Summary::Columns | Summary::Query)
            )
    }

    /// Returns true if the check's number is estimated from a sample, so that it has an interval.
    pub fn is_statistical(&self) -> bool {
        matches!(
            self.measure,
            MeasureSpec::Metric
                | MeasureSpec::Rate
                | MeasureSpec::Drift(_)
                | MeasureSpec::ChiSquare
                | MeasureSpec::NullChange
                | MeasureSpec::DriftedColumns
        )
    }
}
