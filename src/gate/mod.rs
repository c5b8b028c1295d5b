//! Gates: a check bound to a subject, planned, measured by the engine, and judged.
//!
//! Pure: independent of the engine, of files and of the clock.

pub mod bind;
pub mod bound;
mod compares;
mod constraint;
mod gates;
pub mod judge;
mod limit;
pub mod margin;
mod measurements;
mod named_number;
pub mod notes;
mod observation;
mod param;
pub mod power;
mod row_filter;
pub mod unfailing;
pub mod verdict;
pub mod waive;
pub mod waiver;

use std::collections::BTreeMap;

use verdict::OnInconclusive;
use waiver::Waiver;

pub use constraint::{Constraint, GroupDemand, MetricDemand, NamesDemand};
pub use gates::Gates;
pub use limit::Limit;
pub use named_number::NamedNumber;
pub use observation::{Observation, Observed};
pub use param::ParamValue;
pub use row_filter::RowFilter;

use crate::catalog::{Family, Severity};
use crate::config::Span;

/// The roles and names of a gate's subject: `model` → `income`, `metric` → `roc_auc`.
pub type Subject = BTreeMap<&'static str, String>;

/// A check that is bound to a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The gate's path in the config, for example `models.income.metrics.roc_auc.max_drop`.
    pub id: String,
    /// The check's id.
    pub check: String,
    /// The check's family.
    pub family: Family,
    /// The subject.
    pub subject: Subject,
    /// The measurements and the judging, or the reason the gate cannot be planned.
    pub task: Result<Constraint, Blocked>,
    /// The severity of a failure.
    pub severity: Severity,
    /// The confidence of the interval, for example 0.95.
    pub confidence: f64,
    /// The effect of an inconclusive verdict.
    pub on_inconclusive: OnInconclusive,
    /// The smallest denominator of a group that takes part.
    pub min_n: u64,
    /// The limit in words: `max_drop 0.005`.
    pub bound: String,
    /// The values of the check's parameters.
    pub params: BTreeMap<String, ParamValue>,
    /// The condition of the rows that it looks at; all rows if there is none.
    pub filter: Option<RowFilter>,
    /// The definition of the number.
    pub definition: String,
    /// The noun or participle that follows the number in a table.
    pub counts: Option<String>,
    /// True if the message may name the values that fail the gate.
    pub names_values: bool,
    /// The template of the message.
    pub message: String,
    /// The texts of the check's parameters, for the template.
    pub texts: BTreeMap<String, String>,
    /// Advice for a failing gate.
    pub help: String,
    /// The waiver, if somebody accepts that the gate fails.
    pub waiver: Option<Waiver>,
    /// The baseline that it compares with.
    pub origin: GateOrigin,
    /// The policy that demands it, if one does.
    pub from_policy: Option<FromPolicy>,
    /// The check's place in the config.
    pub at: Span,
}

/// The policy that demands a gate, with the place there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromPolicy {
    /// The policy's name.
    pub policy: String,
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
    /// True: the gate is a line of the config, which satisfies the policy.
    pub is_own: bool,
}

/// The baseline that a gate compares with, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateOrigin {
    /// The one that the config names.
    Config,
    /// The frozen reference.
    Reference,
}

/// The reason a gate cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// An input is missing: the gate errs.
    Error(String),
    /// The check is not defined for this subject.
    NotApplicable(String),
    /// The check may be undefined for this subject, and nothing tells: the gate is inconclusive.
    Unclear(String),
}
