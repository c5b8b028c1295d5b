//! The gates: one check bound to one subject, planned, measured by others, and judged.
//!
//! Pure: it knows neither the engine, nor files, nor the clock.

pub mod bind;
pub mod bound;
mod column;
mod compares;
pub mod flips;
mod gap;
pub mod judge;
pub mod margin;
pub mod measurement;
mod named_number;
pub mod notes;
mod observation;
mod param;
pub mod parting;
pub mod plan;
pub mod power;
pub mod predictions;
pub mod queries;
mod same_rows;
pub mod summary;
mod type_name;
pub mod verdict;
pub mod waiver;

use std::collections::BTreeMap;

use bound::Bound;
use margin::ChangeDemand;
use measurement::{Measurement, PredictionMeasure};
use predictions::PredictionSpec;
use summary::Summary;
use verdict::{OnInconclusive, Severity};
use waiver::Waiver;

pub use named_number::NamedNumber;
pub use observation::{Observation, Observed};
pub use type_name::TYPES;

use crate::catalog::Family;
use crate::config::Span;
use crate::stats::drift::Distance;
use crate::stats::{GroupMeasure, Metric, Reduction};

/// Roles and names of what a gate is about: `model` → `income`, `metric` → `roc_auc`.
pub type Subject = BTreeMap<&'static str, String>;

/// One check, bound to one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Its path in the config, for example `models.income.metrics.roc_auc.max_drop`.
    pub id: String,
    /// The id of its check.
    pub check: String,
    /// The check's family.
    pub family: Family,
    /// What it is about.
    pub subject: Subject,
    /// What has to be measured, and how it is judged.
    pub task: Result<Task, Blocked>,
    /// How much it matters.
    pub severity: Severity,
    /// The confidence of its interval, for example 0.95.
    pub confidence: f64,
    /// What happens when the interval straddles the margin.
    pub on_inconclusive: OnInconclusive,
    /// The least denominator with which a group takes part.
    pub min_n: u64,
    /// The demand in words: `max_drop 0.005`.
    pub bound: String,
    /// How the number is computed.
    pub definition: String,
    /// What the number counts, to stand behind it in a table.
    pub counts: Option<String>,
    /// The template of the finding.
    pub message: String,
    /// What the config says of the check's parameters, for the template.
    pub params: BTreeMap<String, String>,
    /// What to do when it fails.
    pub help: String,
    /// Who accepts that it is broken, if somebody does.
    pub waiver: Option<Waiver>,
    /// Whether its baseline is the frozen one.
    pub is_beside_reference: bool,
    /// Where the config demands it.
    pub at: Span,
}

/// Why a gate cannot even be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// Something is missing: the gate errs.
    Error(String),
    /// The check has no meaning for this subject.
    NotApplicable(String),
    /// Nothing tells whether the check has a meaning for this subject: the gate is inconclusive.
    Unclear(String),
}

/// What has to be measured, and how it is judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// An exact number of this very data against a bound.
    Exact {
        /// The number.
        candidate: Measurement,
        /// The same number of the baseline, where the bound speaks of it.
        baseline: Option<Measurement>,
        /// The demand.
        bound: Bound,
    },
    /// A check of numbers that a pattern put on a column of text: it has no meaning there, unless most of the texts are numbers.
    Readable {
        /// The share of the texts that are numbers.
        numbers: Measurement,
        /// Why the check cannot read the column.
        why: String,
    },
    /// A number that sums up a column, against a bound.
    Summary {
        /// Which number.
        summary: Summary,
        /// The state that it is read off.
        candidate: Measurement,
        /// The same of the baseline, where the bound speaks of it.
        baseline: Option<Measurement>,
        /// The demand.
        bound: Bound,
    },
    /// Values of one side that the other does not have.
    Values {
        /// Which values count.
        change: ValueChange,
        /// The candidate's values.
        candidate: Measurement,
        /// The baseline's values.
        baseline: Measurement,
        /// The demand on the share of their rows.
        bound: Bound,
    },
    /// The type of a column.
    Type {
        /// The columns of the table.
        columns: Measurement,
        /// The column.
        column: String,
        /// Its type: a name, or a family such as `int`.
        wanted: String,
        /// Whether a narrower type that fits into it without loss is fine, too.
        widening: bool,
    },
    /// Columns that were added, removed, retyped or relaxed.
    Columns {
        /// The candidate's columns.
        candidate: Measurement,
        /// The baseline's columns.
        baseline: Measurement,
        /// The kinds of change that count.
        counted: Vec<ColumnChange>,
        /// How many there may be.
        bound: Bound,
    },
    /// The names of the columns.
    Names {
        /// The columns of the table.
        columns: Measurement,
        /// The demand.
        demand: NamesDemand,
    },
    /// A metric against a fixed limit.
    Metric {
        /// The metric.
        metric: Metric,
        /// The state that it is computed from.
        state: Measurement,
        /// The demand.
        limit: Limit,
    },
    /// A metric against the baseline's.
    Change {
        /// The metric.
        metric: Metric,
        /// The state of both sides.
        state: Measurement,
        /// The demand.
        demand: ChangeDemand,
    },
    /// A metric of each slice.
    Sliced {
        /// The metric.
        metric: Metric,
        /// The states of the slices.
        slices: Measurement,
        /// Which of them, by their names.
        pattern: String,
        /// Those that have demands of their own.
        except: Vec<String>,
        /// What is demanded of each.
        demand: MetricDemand,
    },
    /// A number of a file of metrics, as it stands there.
    Reported {
        /// Which way is better, where it matters, and what else its name tells.
        number: NamedNumber,
        /// The candidate's.
        candidate: Measurement,
        /// The baseline's, where it is compared.
        baseline: Option<Measurement>,
        /// The demand.
        demand: MetricDemand,
    },
    /// How far a column's values have moved since the baseline.
    Drift {
        /// The distance.
        distance: Distance,
        /// Both sides' counts.
        cells: Measurement,
        /// The most that is allowed.
        most: f64,
    },
    /// Whether a column's values are spread as they were: the chi-square test of two samples.
    ChiSquare {
        /// Both sides' counts.
        cells: Measurement,
        /// The chance below which a difference is none of noise.
        level: f64,
        /// The Cramér's V from which on a difference matters.
        effect: f64,
    },
    /// How many columns of a dataset have drifted.
    DatasetDrift {
        /// The columns, with both sides' counts.
        columns: Vec<(String, Measurement)>,
        /// The total variation beyond which a column has drifted.
        each: f64,
        /// How many may have.
        bound: Bound,
    },
    /// The most that one column tells of the label.
    Explained {
        /// The share that each column tells.
        columns: Measurement,
        /// The demand on the largest.
        bound: Bound,
    },
    /// A rate or a metric compared between groups.
    Groups {
        /// What is measured of each group.
        measure: GroupMeasure,
        /// How the groups become one number.
        reduction: Reduction,
        /// The counts by group, or the states of the groups.
        state: Measurement,
        /// The states of what the groups are compared with, where that is no group and the counts do not hold it.
        others: Option<Measurement>,
        /// The demand.
        demand: GroupDemand,
    },
}

/// What is demanded of a metric: in each slice, or of a number that another program has computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricDemand {
    /// It keeps a fixed limit.
    Limit(Limit),
    /// It differs from the baseline's so.
    Change(ChangeDemand),
}

/// What is demanded of the one number that groups are made into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GroupDemand {
    /// It keeps a fixed limit.
    Limit(Limit),
    /// It is worse than the baseline's by at most so much.
    Growth(f64),
    /// It is at least so much, or chance or a single person explains that it is not.
    Impact(f64),
}

/// A demand on the names of a table's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamesDemand {
    /// All of these are there.
    Required(Vec<String>),
    /// Each matches one of these.
    Allowed(Vec<String>),
    /// None matches any of these.
    Forbidden(Vec<String>),
    /// These stand in this order, whatever stands between them.
    Order(Vec<String>),
}

/// A way in which the columns of two tables differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnChange {
    /// Only the candidate has it.
    Added,
    /// Only the baseline has it.
    Removed,
    /// Both have it, with different types.
    Retyped,
    /// The baseline declares that it holds no nulls, the candidate that it may.
    Relaxed,
}

/// A way in which the values of two columns differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueChange {
    /// The candidate has values that the baseline has not.
    Unseen,
    /// The candidate has lost values of the baseline.
    Lost,
}

/// A fixed limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// The number must be at least so much.
    AtLeast(f64),
    /// The number must be at most so much.
    AtMost(f64),
}

impl Limit {
    /// The number itself.
    pub fn number(self) -> f64 {
        let (Self::AtLeast(number) | Self::AtMost(number)) = self;
        number
    }
}

/// All that a config asks for.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    /// The gates, in the order of the config.
    pub gates: Vec<Gate>,
    /// What else is to be reported.
    pub observations: Vec<Observation>,
    /// What should be reported and cannot be looked at, with the reason.
    pub lost: Vec<(Observation, String)>,
    /// How each model's predictions are read.
    pub specs: BTreeMap<String, PredictionSpec>,
}

impl Gates {
    /// Asks for the flipped rows of every model, so many of each kind.
    pub fn list_flips(&mut self, most: usize) {
        // Labels that are read as their own prediction never flip.
        let models = self.specs.iter().filter(|(_, spec)| spec.candidate.prediction != spec.label);
        for (model, _) in models {
            let state = Measurement::Predictions(model.clone(), PredictionMeasure::Flips(most));
            let subject = BTreeMap::from([("model", model.clone())]);
            let (what, id, at) = (Observed::Flips, format!("models.{model}"), Span { start: 0, end: 0 });
            self.observations.push(Observation { subject, what, state, id, at });
        }
    }

    /// All that has to be measured, with repetitions.
    pub fn measurements(&self) -> impl Iterator<Item = &Measurement> {
        let tasks = self.gates.iter().filter_map(|gate| gate.task.as_ref().ok());
        tasks.flat_map(Task::measurements).chain(self.observations.iter().map(|observation| &observation.state))
    }
}
