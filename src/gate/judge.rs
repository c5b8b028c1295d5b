//! Gates × measurements → verdicts. Pure: the same states and seed give the same answer anywhere.

mod absence;
mod change;
mod compare;
mod drift;
mod exact;
mod explore;
mod flips;
mod group_absence;
mod group_readings;
mod groups;
mod holm;
mod names;
mod reasons;
mod reported;
mod sides;
mod slices;
mod summary;
mod units;
mod unmeasured;

use std::collections::BTreeMap;

use super::measurement::{Gap, Grouping, Measurement, Measurements, State};
use super::predictions::PredictionSpec;
use super::summary::Summarised;
use super::verdict::Verdict;
use super::{Blocked, Gate, Gates, Limit, Observed, Subject, Task};
use crate::stats::drift::{ChiSquare, Distance, Samples};
use crate::stats::{self, Estimate, Metric, Resamples, Side, Undefined};

use groups::Asked;
use sides::Sides;

pub use absence::Absence;
pub use change::Change;
pub use explore::{Exploration, ExploredSlice};
pub use flips::flips;
pub use group_absence::group_name;
pub use groups::Groups;
pub use names::{ColumnChanges, Names};
pub use reported::Reported;
pub use slices::{JudgedSlice, LeftOut, Slices};
pub use units::{UnitKind, Units};
pub use unmeasured::{MEASURED, Remark, Unmeasured, unmeasured};

/// The verdict of a gate, and the evidence for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The conclusion.
    pub verdict: Verdict,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// Nothing was measured, for this reason.
    Reason(String),
    /// An exact number of this very data.
    Exact {
        /// The candidate's.
        candidate: Count,
        /// The baseline's, where the bound speaks of it.
        baseline: Option<Count>,
        /// How far the candidate lies behind another dataset, where that was asked.
        gap: Option<Gap>,
    },
    /// A number that sums up a column.
    Summary {
        /// The candidate's.
        candidate: Summarised,
        /// The baseline's, where the bound speaks of it.
        baseline: Option<Summarised>,
    },
    /// Values that only one side has.
    Values(ValueChanges),
    /// The type of a column.
    Type(String),
    /// Columns that break a demand on their names.
    Names(Names),
    /// How the columns differ.
    Columns(ColumnChanges),
    /// A metric with its interval, against a fixed limit.
    Metric {
        /// The metric.
        metric: Metric,
        /// Its estimate.
        estimate: Estimate,
        /// What it was held against.
        limit: Limit,
        /// The units that its interval rests on.
        units: Units,
        /// About how many of them would decide.
        enough: Option<u64>,
        /// Alone it would fail, but not as one of so many gates on the same rows.
        one_of: Option<usize>,
    },
    /// A metric against the baseline's.
    Change(Change),
    /// A metric in each slice.
    Slices(Slices),
    /// A number that another program has computed.
    Reported(Reported),
    /// How far a column's values have moved.
    Drift {
        /// The distance.
        distance: Distance,
        /// Its value and noise.
        drift: stats::drift::Drift,
        /// The chance of so much noise, adjusted for all drift gates of the run.
        chance: f64,
        /// The most that is allowed.
        most: f64,
    },
    /// The test of whether a column's values are spread alike.
    ChiSquare(ChiSquared),
    /// Columns of a dataset whose values have moved.
    Drifted(Drifted),
    /// How much of the label single columns tell.
    Explained(Explained),
    /// A rate or a metric between groups.
    Groups(Box<Groups>),
}

/// An exact count of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The rows that count.
    pub hits: u64,
    /// Among how many; none where the number is one of all rows.
    pub among: Option<u64>,
}

/// Values that only one side has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueChanges {
    /// The values, the most frequent first, with the rows of each.
    pub values: Vec<(String, u64)>,
    /// All rows of the side that has them.
    pub n: u64,
}

/// A chi-square test, and what it was held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// The test.
    pub test: ChiSquare,
    /// The rows of both sides: baseline, candidate.
    pub rows: [u64; 2],
    /// The chance of so much noise, adjusted for all drift gates of the run.
    pub chance: f64,
    /// How many those are.
    pub tests: usize,
    /// The chance below which a difference is none of noise.
    pub level: f64,
    /// The strength from which on a difference matters.
    pub effect: f64,
    /// The strength that so many rows show in 4 of 5 samples; none when they are too few to test.
    pub detectable: Option<f64>,
}

/// Columns whose values have moved.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drifted {
    /// Those that have for certain, with their total variation, the largest first.
    pub certain: Vec<(String, f64)>,
    /// Those of which the rows do not tell.
    pub open: Vec<String>,
    /// All columns that were compared.
    pub columns: u64,
}

/// How much of the label single columns tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explained {
    /// The columns with their shares, the largest first.
    pub columns: Vec<(String, f64)>,
    /// The columns of which nothing can be said.
    pub unknown: Vec<String>,
    /// The rows with a label.
    pub n: u64,
}

/// A measured number, demanded or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it is about.
    pub subject: Subject,
    /// Which side.
    pub side: Side,
    /// The name of the metric or rate.
    pub measure: String,
    /// The number.
    pub number: Read,
    /// The group, where it is the number of one: what privacy is judged by.
    pub group: Option<GroupOf>,
}

/// A group that a number is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOf {
    /// The groups that it is one of.
    pub grouping: Grouping,
    /// Its values, column by column.
    pub key: Vec<String>,
    /// Its rows.
    pub rows: u64,
}

/// A number, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// With its interval.
    Estimated(Result<Estimate, Undefined>),
    /// As another program has computed it.
    Reported(Result<f64, String>),
}

/// Judges all gates.
pub fn judge(gates: &Gates, measurements: &Measurements, seed: u64) -> Vec<Outcome> {
    let mut judge = Judge::new(gates, measurements, seed);
    let mut drifts = drift::all(gates, measurements, seed);
    let outcomes = gates.gates.iter().enumerate();
    let mut outcomes: Vec<Outcome> =
        outcomes.map(|(index, gate)| drifts.remove(&index).unwrap_or_else(|| judge.gate(gate))).collect();
    drift::settle(&mut outcomes);
    holm::settle(&mut judge, &gates.gates, &mut outcomes);
    outcomes
}

/// Takes out of the errors those that say nothing but that there is no baseline, for this reason.
pub fn without_baseline(outcomes: &mut [Outcome], why: &str) {
    for outcome in outcomes {
        // Whoever needed the baseline was told why there is none, in these very words.
        if outcome.verdict == Verdict::Error && matches!(&outcome.evidence, Evidence::Reason(said) if said == why) {
            outcome.verdict = Verdict::NoBaseline;
        }
    }
}

/// Reads off all observations, at this confidence.
pub fn observe(gates: &Gates, measurements: &Measurements, seed: u64, level: f64) -> Vec<Reading> {
    let judge = Judge::new(gates, measurements, seed);
    let mut readings = Vec::new();
    for observation in &gates.observations {
        for side in [Side::Candidate, Side::Baseline] {
            judge.observe(observation, side, level, &mut readings);
        }
    }
    readings
}

/// Metrics in slices of which nothing is demanded.
pub fn explore(gates: &Gates, measurements: &Measurements, seed: u64, level: f64) -> Vec<Exploration> {
    Judge::new(gates, measurements, seed).explore(gates, level)
}

struct Judge<'a> {
    measurements: &'a Measurements,
    /// How each model's predictions are read.
    specs: &'a BTreeMap<String, PredictionSpec>,
    seed: u64,
    /// Gates on one table share its resamples: they are drawn once, and the gates move together.
    resamples: BTreeMap<(Measurement, Side), Resamples>,
}

impl<'a> Judge<'a> {
    fn new(gates: &'a Gates, measurements: &'a Measurements, seed: u64) -> Self {
        Self { measurements, specs: &gates.specs, seed, resamples: BTreeMap::new() }
    }

    fn gate(&mut self, gate: &Gate) -> Outcome {
        match &gate.task {
            Ok(task) => self
                .task(gate, task)
                .map_err(|why| self.naming_the_class(task, why))
                .unwrap_or_else(|why| Outcome { verdict: Verdict::Error, evidence: Evidence::Reason(why) }),
            Err(Blocked::Error(why)) => Outcome { verdict: Verdict::Error, evidence: Evidence::Reason(why.clone()) },
            Err(Blocked::NotApplicable(why)) => {
                Outcome { verdict: Verdict::NotApplicable, evidence: Evidence::Reason(why.clone()) }
            }
            Err(Blocked::Unclear(why)) => {
                Outcome { verdict: Verdict::Inconclusive, evidence: Evidence::Reason(why.clone()) }
            }
        }
    }

    fn task(&mut self, gate: &Gate, task: &Task) -> Result<Outcome, String> {
        match task {
            Task::Exact { candidate, baseline, bound } => {
                let baseline = baseline.as_ref().map(|measurement| self.state(measurement)).transpose()?;
                exact::bound(self.state(candidate)?, baseline, bound)
            }
            Task::Summary { summary, candidate, baseline, bound } => {
                let baseline = baseline.as_ref().map(|measurement| self.state(measurement)).transpose()?;
                summary::bound(*summary, self.state(candidate)?, baseline, bound)
            }
            Task::Values { change, candidate, baseline, bound } => {
                summary::values(*change, self.state(candidate)?, self.state(baseline)?, bound)
            }
            Task::Readable { numbers, why } => exact::readable(self.state(numbers)?, why),
            Task::Type { columns, column, wanted, widening } => {
                names::column_type(self.state(columns)?, column, wanted, *widening)
            }
            Task::Names { columns, demand } => names::demanded(self.state(columns)?, demand),
            Task::Columns { candidate, baseline, counted, bound } => {
                names::changes(self.state(candidate)?, self.state(baseline)?, counted, bound)
            }
            Task::Metric { metric, state, limit } => {
                let (sides, cluster) = (self.sides(state)?, units::cluster_column(self.specs, state));
                compare::metric(*metric, sides.candidate(), *limit, (gate.confidence, self.seed), cluster)
            }
            Task::Change { metric, state, demand } => {
                let (sides, cluster) = (self.sides(state)?, units::cluster_column(self.specs, state));
                change::change(*metric, sides, *demand, (gate.confidence, self.seed), cluster)
            }
            Task::Sliced { metric, slices, pattern, except, demand } => {
                let (level, min_n, seed) = (gate.confidence, gate.min_n, self.seed);
                let rules = slices::Rules { level, min_n, seed, cluster: units::cluster_column(self.specs, slices) };
                slices::slices(*metric, self.state(slices)?, (pattern, except), *demand, rules)
            }
            Task::Reported { number, candidate, baseline, demand } => {
                let baseline = baseline.as_ref().map(|measurement| self.number(measurement)).transpose()?;
                let name = gate.subject.get("metric").map_or("", String::as_str);
                let found = [Some(self.number(candidate)?), baseline];
                reported::possible(name, *number, found, *demand)?;
                reported::reported(*number, found, *demand)
            }
            Task::Drift { distance, cells, most } => match self.state(cells)? {
                State::Cells(cells) => {
                    drift::distance(*distance, &Samples::new(cells, self.seed), *most, gate.confidence)
                }
                _ => Err("internal error: the measurement has the wrong state".to_owned()),
            },
            Task::ChiSquare { cells, level, effect } => match self.state(cells)? {
                State::Cells(cells) => drift::chi_square(cells, drift::Significance { level: *level, effect: *effect }),
                _ => Err("internal error: the measurement has the wrong state".to_owned()),
            },
            Task::DatasetDrift { columns, each, bound } => {
                let states = columns.iter().map(|(column, cells)| match self.state(cells)? {
                    State::Cells(cells) => Ok((column.as_str(), cells)),
                    _ => Err("internal error: the measurement has the wrong state".to_owned()),
                });
                let states = states.collect::<Result<Vec<_>, String>>()?;
                drift::dataset(&states, *each, bound, gate.confidence, self.seed)
            }
            Task::Explained { columns, bound } => exact::explained(self.state(columns)?, bound),
            Task::Groups { measure, reduction, state, others, demand } => {
                let (measure, others, demand) = (*measure, others.as_ref(), *demand);
                self.groups(gate, &Asked { measure, reduction, state, others, demand })
            }
        }
    }

    fn state(&self, measurement: &Measurement) -> Result<&'a State, String> {
        if let Some(why) = self.lost_queries(measurement) {
            return Err(why);
        }
        match self.measurements.get(measurement) {
            Some(Ok(state)) => Ok(state),
            Some(Err(error)) => Err(error.0.clone()),
            None => Err("internal error: it was not measured".to_owned()),
        }
    }

    fn number(&self, measurement: &Measurement) -> Result<f64, String> {
        match self.state(measurement)? {
            State::Number(Some(number)) => Ok(*number),
            _ => Err("there is no number".to_owned()),
        }
    }

    fn sides(&self, measurement: &Measurement) -> Result<Sides<'a>, String> {
        Sides::of(self.state(measurement)?)
    }

    fn observe(&self, observation: &super::Observation, side: Side, level: f64, readings: &mut Vec<Reading>) {
        if let (Observed::Reported, Measurement::Reported(table, name)) = (observation.what, &observation.state) {
            if table.side == side {
                let number = Read::Reported(self.number(&observation.state));
                let (subject, measure) = (observation.subject.clone(), name.clone());
                readings.push(Reading { subject, side, measure, number, group: None });
            }
            return;
        }
        if let Observed::Groups(measure) = observation.what {
            return self.observe_groups(observation, measure, (side, level), readings);
        }
        let Ok(sides) = self.sides(&observation.state) else {
            return;
        };
        if side == Side::Baseline && !sides.has_baseline() {
            return;
        }
        if let Observed::Metric(metric) = observation.what {
            readings.push(Reading {
                subject: observation.subject.clone(),
                side,
                measure: metric.name().to_owned(),
                number: Read::Estimated(sides.estimate(metric, side, level, self.seed)),
                group: None,
            });
        }
    }
}
