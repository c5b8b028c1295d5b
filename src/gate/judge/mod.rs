//! Gates × measurements → verdicts. Pure: equal states and seeds give equal verdicts on every machine.

mod absence;
mod change;
mod compare;
mod drift;
mod evidence;
mod exact;
mod explore;
mod flips;
mod found_slices;
mod group_absence;
mod group_names;
mod group_readings;
mod groups;
mod holm;
mod judged_change;
mod judged_groups;
mod judged_names;
mod judged_reported;
mod judged_slices;
mod names;
mod plots;
mod reading;
mod reasons;
mod reported;
mod sides;
mod slices;
mod summary;
mod units;
mod unmeasured;

use std::collections::BTreeMap;

use super::verdict::Verdict;
use super::{Blocked, Constraint, Gate, Gates, Observed};
use crate::measurement::{ColumnType, Measured, Measurement, Measurements};
use crate::stats::Side;
use crate::stats::drift::Samples;

use judged_groups::GroupQuery;
use sides::Comparison;

pub use absence::Absence;
pub use evidence::{ChiSquared, Count, Drifted, Evidence, Outcome, ValueChanges};
pub use explore::{Exploration, ExploredSlice};
pub use flips::flips;
pub use found_slices::{SearchedModel, SidesOfRows};
pub use group_names::group_name;
pub use judged_change::Change;
pub use judged_groups::JudgedGroups;
pub use judged_names::{ColumnChanges, Names};
pub use judged_reported::Reported;
pub use judged_slices::{JudgedSlice, Slices};
pub use plots::{ColumnCells, Plots, plots};
use reading::Judge;
pub use reading::{Read, Reading};
pub use units::Units;
pub use unmeasured::{MEASURED, Remark, unmeasured};

/// Judges all gates, in their order.
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

/// Turns errors whose only reason is the missing baseline into [`Verdict::NoBaseline`]. `why` is that reason.
pub fn without_baseline(outcomes: &mut [Outcome], why: &str) {
    for outcome in outcomes {
        // Gates that need the baseline carry the reason for its absence verbatim.
        if outcome.verdict == Verdict::Error && matches!(&outcome.evidence, Evidence::Reason(said) if said == why) {
            outcome.verdict = Verdict::NoBaseline;
        }
    }
}

/// Computes all observations, with intervals at this confidence.
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

/// Computes metrics in slices that have no gate.
pub fn explore(gates: &Gates, measurements: &Measurements, seed: u64, level: f64) -> Vec<Exploration> {
    Judge::new(gates, measurements, seed).explore(gates, level)
}

/// Returns the results of the searches for slices in which a model got worse, with intervals at this confidence.
pub fn found_slices(gates: &Gates, measurements: &Measurements, seed: u64, level: f64) -> Vec<SearchedModel> {
    Judge::new(gates, measurements, seed).found_slices(gates, level)
}

impl<'a> Judge<'a> {
    fn new(gates: &'a Gates, measurements: &'a Measurements, seed: u64) -> Self {
        let (resamples, failed_groups, types) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { measurements, specs: &gates.specs, seed, resamples, failed_groups, types }
    }

    /// Returns the type of a table's column.
    fn column_type(&mut self, table: &Measurement, column: &str) -> Result<&'a ColumnType, String> {
        if !self.types.contains_key(table) {
            let columns = names::columns_of(self.state(table)?)?.iter();
            let types = columns.map(|column| (column.name.as_str(), &column.data_type)).collect();
            self.types.insert(table.clone(), types);
        }
        let found = self.types.get(table).and_then(|types| types.get(column)).copied();
        found.ok_or_else(|| format!("there is no column `{column}`"))
    }

    fn gate(&mut self, gate: &Gate) -> Outcome {
        match &gate.task {
            Ok(task) => self
                .looks_at_rows(gate)
                .and_then(|()| self.task(gate, task))
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

    fn task(&mut self, gate: &Gate, task: &Constraint) -> Result<Outcome, String> {
        match task {
            Constraint::Exact { candidate, baseline, bound } => {
                let baseline = baseline.as_ref().map(|measurement| self.state(measurement)).transpose()?;
                exact::bound(self.state(candidate)?, baseline, bound)
            }
            Constraint::Summary { summary, candidate, baseline, bound } => {
                let baseline = baseline.as_ref().map(|measurement| self.state(measurement)).transpose()?;
                summary::bound(*summary, self.state(candidate)?, baseline, bound)
            }
            Constraint::Values { change, candidate, baseline, types, bound } => {
                summary::values(*change, (self.state(candidate)?, self.state(baseline)?), *types, bound)
            }
            Constraint::Readable { numbers, why } => exact::readable(self.state(numbers)?, why),
            Constraint::Type { columns, column, wanted, widening } => {
                Ok(names::column_type(self.column_type(columns, column)?, wanted, *widening))
            }
            Constraint::Names { columns, demand } => names::demanded(self.state(columns)?, demand),
            Constraint::Columns { candidate, baseline, counted, bound } => {
                names::changes(self.state(candidate)?, self.state(baseline)?, counted, bound)
            }
            Constraint::Metric { metric, state, limit } => {
                let (sides, cluster) = (self.sides(state)?, units::unit_columns(self.specs, state));
                compare::metric(*metric, sides.candidate(), *limit, (gate.confidence, self.seed), cluster)
            }
            Constraint::Change { metric, state, demand } => {
                let (sides, cluster) = (self.sides(state)?, units::unit_columns(self.specs, state));
                change::change(*metric, sides, *demand, (gate.confidence, self.seed), cluster)
            }
            Constraint::Sliced { metric, slices, pattern, except, demand } => {
                let (level, min_n, seed) = (gate.confidence, gate.min_n, self.seed);
                let rules = slices::Rules { level, min_n, seed, cluster: units::unit_columns(self.specs, slices) };
                let mut outcome = slices::slices(*metric, self.state(slices)?, (pattern, except), *demand, rules)?;
                // Of slices that a search chose, none is left out in silence.
                let is_short =
                    |evidence: &Evidence| matches!(evidence, Evidence::Slices(all) if !all.left_out.is_empty());
                if task.is_search() && outcome.verdict == Verdict::Pass && is_short(&outcome.evidence) {
                    outcome.verdict = Verdict::Inconclusive;
                }
                Ok(outcome)
            }
            Constraint::Reported { number, candidate, baseline, demand } => {
                let baseline = baseline.as_ref().map(|measurement| self.number(measurement)).transpose()?;
                let name = gate.subject.get("metric").map_or("", String::as_str);
                let found = [Some(self.number(candidate)?), baseline];
                reported::possible(name, *number, found, *demand)?;
                reported::reported(*number, found, *demand)
            }
            Constraint::Drift { distance, cells, empty, most } => {
                let cells = self.cells(cells)?;
                drift::distance((*distance, *empty), &Samples::new(&cells, self.seed), *most, gate.confidence)
            }
            Constraint::ChiSquare { cells, level, effect } => {
                let demand = drift::Significance { level: *level, effect: *effect };
                drift::chi_square(&*self.cells(cells)?, demand)
            }
            Constraint::DatasetDrift { columns, each, bound } => {
                let states = columns.iter().map(|(column, cells)| Ok((column.as_str(), self.cells(cells)?)));
                let states = states.collect::<Result<Vec<_>, String>>()?;
                drift::dataset(&states, *each, bound, gate.confidence, self.seed)
            }
            Constraint::Groups { measure, reduction, state, others, demand } => {
                let (measure, others, demand) = (*measure, others.as_ref(), *demand);
                self.groups(gate, &GroupQuery { measure, reduction, state, others, demand })
            }
        }
    }

    /// Returns an error for a gate whose condition selects no row: nothing checked is not a success.
    fn looks_at_rows(&self, gate: &Gate) -> Result<(), String> {
        let Some(filter) = &gate.filter else { return Ok(()) };
        match self.state(&filter.selected)?.selected() {
            Some(selected) if selected.rows == 0 => Err(selected.nothing(&filter.condition)),
            Some(_) => Ok(()),
            None => Err("internal error: the measurement has the wrong state".to_owned()),
        }
    }

    fn state(&self, measurement: &Measurement) -> Result<&'a Measured, String> {
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
            Measured::Number(Some(number)) => Ok(*number),
            _ => Err("there is no number".to_owned()),
        }
    }

    fn sides(&self, measurement: &Measurement) -> Result<Comparison<'a>, String> {
        Comparison::of(self.state(measurement)?)
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
