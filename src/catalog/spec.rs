//! What a check is: a composition of a small closed vocabulary.
//!
//! A page says what is *measured*, how it is *compared* or *reduced*, and how it is *judged*. There are no expressions of
//! our own in here: conditions on rows are SQL, everything else is a word from one of these enums.

use crate::config::Node;
use crate::gate::measurement::{Partners, TypeFamily};
use crate::gate::summary::Summary;
use crate::gate::verdict::Severity;
use crate::gate::{ColumnChange, ValueChange};
use crate::stats::drift::Distance;

/// One check of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckSpec {
    /// Its name in a config.
    pub id: String,
    /// Where in a config it may stand.
    pub family: Family,
    /// The version that brought it.
    pub since: String,
    /// How much it matters unless the config says otherwise.
    pub severity: Severity,
    /// What it demands, in one line.
    pub summary: String,
    /// How its number is computed.
    pub definition: String,
    /// What its number counts, in a word or two that can stand behind it: `outside` in `2% outside`.
    pub counts: Option<String>,
    /// The columns that it can read.
    pub reads: Reads,
    /// True of a check under which a config puts several demands, each by a name of its own.
    pub named: bool,
    /// What a config may set.
    pub params: Vec<Param>,
    /// What is measured.
    pub measure: MeasureSpec,
    /// What becomes of the two sides.
    pub compare: Option<Compare>,
    /// What becomes of the groups.
    pub reduce: Option<Reduce>,
    /// How the number is judged.
    pub judge: Judge,
    /// The finding, with `{placeholders}`.
    pub message: String,
    /// What to do when it fails.
    pub help: String,
    /// The page without its front matter.
    pub body: String,
    /// The file that declares it.
    pub path: String,
}

/// Where in a config a check may stand.
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

/// The columns that a check can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// All.
    Any,
    /// Those of single values: no lists, maps or bytes.
    Values,
    /// Numbers, dates and times.
    Scale,
    /// Numbers.
    Numbers,
    /// Text.
    Text,
    /// Dates and times.
    Times,
}

/// Something that a config may set on a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its key in the long form; `is` is the short form's value.
    pub name: String,
    /// Other keys for it.
    pub also: Vec<String>,
    /// What it may hold.
    pub kind: ParamKind,
    /// What it holds when the config says nothing; without a default it must be given.
    pub default: Option<Node>,
    /// What it is for.
    pub about: String,
}

/// What a parameter may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamKind {
    /// A bound on a share of rows.
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
    /// A number, or a share in percent.
    Number,
    /// A difference from the baseline: `0.005`, `1pp`, `1%` of its value, or `[0.005, 1%]`, the larger of both.
    Amount,
    /// One of these words.
    Choice(Vec<String>),
    /// Any of these words.
    Choices(Vec<String>),
    /// The type of a column.
    Type,
    /// A condition on a row, in SQL.
    Condition,
    /// Names of columns.
    Columns,
    /// Names of columns of another dataset, in the order of those of this one.
    TheirColumns,
    /// Names of columns, in which `*` and `?` stand for any text and any character.
    Patterns,
    /// The name of one column.
    Column,
    /// The name of another dataset of the config.
    Dataset,
    /// A column of another dataset, as `customers.id`.
    Reference,
    /// One `SELECT`.
    Query,
    /// A bound on an age, such as `"< 2d"`.
    AgeBound,
    /// How far one time lies behind another: `7 days`, or a number in the column's own unit.
    Gap,
    /// What groups are compared with: a word, or the values of a group in a list.
    Group,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeasureSpec {
    /// The rows of the dataset.
    Rows,
    /// Rows that repeat an earlier one.
    DuplicateRows,
    /// Values that repeat an earlier one.
    DuplicateValues,
    /// Names and types of the columns.
    Columns,
    /// A number that sums up the column.
    Summary(Summary),
    /// The different values of the column.
    Values,
    /// Rows seen from another dataset.
    Partners(Partners),
    /// Rows that are not later than all of another dataset.
    NotAfter,
    /// Rows that differ from another one in the label alone.
    Conflicts,
    /// How much of a label single columns tell.
    Explained,
    /// How far the column's values have moved.
    Drift(Distance),
    /// How far the share of its nulls has moved.
    NullChange,
    /// Whether the column's values are spread as they were.
    ChiSquare,
    /// How many columns of the dataset have drifted.
    DriftedColumns,
    /// The rows that a query answers.
    QueryRows,
    /// The column's type.
    Type,
    /// Rows that an SQL condition selects.
    Where {
        /// The rows that count.
        matches: String,
        /// Among which.
        among: Option<String>,
    },
    /// The metric that the config names.
    Metric,
    /// The rate that the config names, for each group.
    Rate,
}

/// What becomes of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// How much worse the candidate is, by the metric's own direction.
    Drop,
    /// How much better it is.
    Improvement,
    /// Which columns were added, removed, retyped or relaxed.
    Columns,
    /// One kind of those.
    Column(ColumnChange),
    /// Values that only one side has.
    Value(ValueChange),
}

/// What becomes of the numbers of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduce {
    /// Their largest difference from a reference.
    Gap,
    /// Their smallest ratio to one.
    Ratio,
    /// Their standard deviation, less what noise adds.
    Spread,
    /// The lowest.
    Lowest,
    /// The highest.
    Highest,
    /// Their smallest ratio to the highest, with the tests of adverse impact.
    Impact,
}

/// How a number is judged. Names are those of parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judge {
    /// It keeps the bound.
    Bound(String),
    /// It is at least so much.
    AtLeast(String),
    /// It is at most so much.
    AtMost(String),
    /// It is the type.
    Type(String),
    /// No change but the allowed ones.
    NoChange(String),
    /// All of these columns are there.
    Required(String),
    /// There are no columns but these.
    Allowed(String),
    /// None of these columns is there.
    Forbidden(String),
    /// The columns stand in this order.
    Order(String),
}

impl Family {
    /// All families, in the order in which a config names them.
    pub const ALL: [Self; 4] = [Self::Dataset, Self::Column, Self::Metric, Self::Fairness];

    /// Its name: the folder of its pages.
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
    /// Whether columns of this type can be read.
    pub fn accepts(self, family: TypeFamily) -> bool {
        match self {
            Self::Any => true,
            Self::Values => family != TypeFamily::Other,
            Self::Scale => family.is_number() || matches!(family, TypeFamily::Date | TypeFamily::Timestamp),
            Self::Numbers => family.is_number(),
            Self::Text => family == TypeFamily::String,
            Self::Times => matches!(family, TypeFamily::Date | TypeFamily::Timestamp),
        }
    }

    /// What it reads, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any column",
            Self::Values => "single values",
            Self::Scale => "numbers, dates and times",
            Self::Numbers => "numbers",
            Self::Text => "text",
            Self::Times => "dates and times",
        }
    }
}

impl CheckSpec {
    /// The parameter of this name, or of this other key.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name || param.also.iter().any(|other| other == name))
    }

    /// True of a parameter, and of a key of all checks that has a meaning for this one.
    pub fn takes(&self, key: &str) -> bool {
        match key {
            "confidence" | "on_inconclusive" => self.is_statistical(),
            "min_n" => matches!(self.family, Family::Fairness | Family::Metric),
            "severity" | "waive" => true,
            _ => self.param(key).is_some(),
        }
    }

    /// Whether its number is estimated from a sample, so that it has an interval.
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
