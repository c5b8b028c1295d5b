//! Gates: a check bound to a subject, planned, measured by the engine, and judged.
//!
//! Pure: independent of the engine, of files and of the clock.

pub mod bind;
pub mod bound;
mod compares;
pub mod judge;
pub mod margin;
mod measurements;
mod named_number;
pub mod notes;
mod observation;
mod param;
pub mod power;
pub mod verdict;
pub mod waiver;

use std::collections::BTreeMap;

use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::summary::Summary;
use crate::measurement::{Measurement, PredictionMeasure};
use bound::Bound;
use margin::ChangeDemand;
use verdict::OnInconclusive;
use waiver::Waiver;

pub use named_number::NamedNumber;
pub use observation::{Observation, Observed};
pub use param::ParamValue;

use crate::catalog::{ColumnChange, Family, Severity, ValueChange};
use crate::config::Span;
use crate::stats::drift::Distance;
use crate::stats::{GroupMeasure, Measure, Metric, Reduction, Task};

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
        cells: Measurement,
        /// The largest allowed distance.
        most: f64,
    },
    /// The chi-square test of a column's distributions in the baseline and the candidate.
    ChiSquare {
        /// Both sides' counts.
        cells: Measurement,
        /// The significance level.
        level: f64,
        /// The smallest relevant effect size (Cramér's V).
        effect: f64,
    },
    /// The number of drifted columns of a dataset.
    DatasetDrift {
        /// The columns, with both sides' counts.
        columns: Vec<(String, Measurement)>,
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
        /// The states of the groups' reference, if the reference is no group and the counts do not contain it.
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

/// A fixed limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// The number must be at least this.
    AtLeast(f64),
    /// The number must be at most this.
    AtMost(f64),
}

impl Limit {
    /// Returns the limit's number.
    pub fn number(self) -> f64 {
        let (Self::AtLeast(number) | Self::AtMost(number)) = self;
        number
    }
}

/// The gates and observations of a config.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    /// The gates, in the order of the config.
    pub gates: Vec<Gate>,
    /// Numbers that are reported in addition to the gates' numbers.
    pub observations: Vec<Observation>,
    /// Observations that cannot be measured, with the reason.
    pub lost: Vec<(Observation, String)>,
    /// The columns of each model's predictions.
    pub specs: BTreeMap<String, PredictionSpec>,
}

/// Returns the default search, of graded rows by their mean grade.
fn of_grades(default: &FindSlices, spec: &PredictionSpec) -> FindSlices {
    let better = spec.grading.as_ref().and_then(|grading| grading.better);
    let mean = better.map(|better| Metric::of(Measure::Mean).toward(Some(better)));
    FindSlices { metric: default.metric.or(mean), ..default.clone() }
}

impl Gates {
    /// Requests the flipped rows of every model, up to `most` keys of each kind.
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

    /// Keeps nothing but the searches for slices, and adds one for each model that has none, if it has losses of rows.
    pub fn find_slices(&mut self, only: Option<&str>, default: &FindSlices) {
        let is_wanted = |model: &String| only.is_none_or(|only| model == only);
        let is_search =
            |of: &Observation| of.what == Observed::FoundSlices && of.subject.get("model").is_some_and(is_wanted);
        self.gates.clear();
        self.observations.retain(is_search);
        self.lost.retain(|(of, _)| is_search(of));
        let others = self.specs.iter().filter(|(model, spec)| is_wanted(model) && spec.task != Task::Ranking);
        for (model, spec) in others {
            let is_searched = |of: &Observation| of.subject.get("model") == Some(model);
            if self.observations.iter().any(is_searched) || self.lost.iter().any(|(of, _)| is_searched(of)) {
                continue;
            }
            let state =
                Measurement::Predictions(model.clone(), PredictionMeasure::FoundSlices(of_grades(default, spec)));
            let subject = BTreeMap::from([("model", model.clone())]);
            let (what, id, at) =
                (Observed::FoundSlices, format!("models.{model}.slices.find"), Span { start: 0, end: 0 });
            self.observations.push(Observation { subject, what, state, id, at });
        }
    }

    /// Returns all measurements, with repetitions.
    pub fn measurements(&self) -> impl Iterator<Item = &Measurement> {
        let tasks = self.gates.iter().filter_map(|gate| gate.task.as_ref().ok());
        tasks.flat_map(Constraint::measurements).chain(self.observations.iter().map(|observation| &observation.state))
    }
}
