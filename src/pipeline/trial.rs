//! Trials: the gates of a config judged on tables in memory that stand in for its files, as `mlgate run` judges those.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bound::{BoundConfig, FoundBaseline};
use super::failure::Failure;
use super::judged::{self, JudgedGates};
use super::project::Project;
use super::request::{BaselineChoice, Request};
use super::session::Session;
use super::{idle, policies};
use crate::catalog::Catalog;
use crate::engine::StandIn;
use crate::gate::verdict::{Effect, Verdict};
use crate::gate::waive::waive;
use crate::gate::{Gate, Gates, Observed};
use crate::measurement::{Measurement, Measurements, PredictionMeasure, TableId, TableKind, TableMeasure};
use crate::stats::Side;

/// A config that is judged again and again, beside one baseline.
pub(crate) struct Trial<'a> {
    catalog: &'a Catalog,
    request: &'a Request,
    found: Arc<FoundBaseline>,
}

/// The verdicts of a trial.
pub(crate) struct Judgement {
    /// The verdict and the effect of each gate, by its id.
    pub(crate) gates: BTreeMap<String, (Verdict, Effect)>,
    pub(crate) measurements: Measurements,
}

impl<'a> Trial<'a> {
    /// Searches for the baseline of a config.
    pub(crate) fn new(project: &Project, catalog: &'a Catalog, request: &'a Request) -> Self {
        let found = FoundBaseline::of(project, BaselineChoice::Configured);
        Self { catalog, request, found: Arc::new(found) }
    }

    /// Judges the gates that measure one of these tables, or all gates.
    ///
    /// # Errors
    ///
    /// The config cannot be bound to the tables, so a run would end without a report.
    pub(crate) fn judged(
        &self,
        project: &Project,
        session: &mut Session,
        touched: Option<&BTreeSet<TableId>>,
        known: &Measurements,
    ) -> Result<Judgement, Failure> {
        let found = Arc::clone(&self.found);
        let bound = BoundConfig::beside(found, project, self.catalog, self.request, session)?;
        let BoundConfig { found, mut gates, is_complete } = bound;
        waive(&mut gates.gates, &project.config, self.request.now, is_complete)
            .map_err(|problems| project.refuse(problems))?;
        policies::required(project, &gates.gates, self.request.now)?;
        idle::refuse(&session.engine, &gates, project)?;
        if let Some(touched) = touched {
            keep(&mut gates, touched);
        }
        // A search for slices has no verdict, and is slow.
        gates.observations.retain(|observation| observation.what != Observed::FoundSlices);
        let (measurements, _) = judged::measured(project, &found, &mut gates, session, known, &|_| {});
        let JudgedGates { outcomes, .. } = JudgedGates::of(project, &found, &mut gates, &measurements)?;
        let effect = |gate: &Gate, verdict: Verdict| {
            let effect = verdict.effect(gate.severity, gate.on_inconclusive);
            gate.waiver.as_ref().map_or((verdict, effect), |waiver| waiver.weigh(verdict, effect))
        };
        let verdicts = gates.gates.iter().zip(&outcomes);
        let gates = verdicts.map(|(gate, outcome)| (gate.id.clone(), effect(gate, outcome.verdict))).collect();
        Ok(Judgement { gates, measurements })
    }

    /// Returns the measurements of the unchanged files that later trials share: those of tables, and the distributions of
    /// the baselines that columns are compared with.
    pub(crate) fn shared(&self, of: &Judgement, session: &Session) -> Measurements {
        let baselines: Vec<Measurement> = of
            .measurements
            .keys()
            .filter_map(|measurement| match measurement {
                Measurement::Cells { dataset, column, of, rows } => {
                    let counted = TableMeasure::Distribution(column.clone(), of.clone()).of_rows(rows.as_deref());
                    Some(of_baseline(dataset, counted))
                }
                _ => None,
            })
            .filter(|measurement| matches!(measurement, Measurement::Table(id, _) if session.opened.contains_key(id)))
            .collect();
        let more = session.measure(&baselines, &BTreeMap::new(), &Measurements::new(), &|_| {});
        let own =
            of.measurements.iter().filter(|(measurement, _)| !matches!(measurement, Measurement::Predictions(..)));
        own.map(|(measurement, state)| (measurement.clone(), state.clone())).chain(more).collect()
    }
}

fn of_baseline(dataset: &str, measure: TableMeasure) -> Measurement {
    let id = TableId { kind: TableKind::Dataset, name: dataset.to_owned(), side: Side::Baseline };
    Measurement::Table(id, measure)
}

/// Returns the measurements that do not depend on any of these tables.
pub(crate) fn untouched(measurements: &Measurements, touched: &BTreeSet<TableId>) -> Measurements {
    let kept = measurements.iter().filter(|(measurement, _)| !touches(measurement, touched));
    kept.map(|(measurement, state)| (measurement.clone(), state.clone())).collect()
}

/// Keeps the gates and observations that depend on one of these tables, and those that cannot be planned.
fn keep(gates: &mut Gates, touched: &BTreeSet<TableId>) {
    let of_gate = |gate: &Gate| match &gate.task {
        Ok(task) => task.measurements().into_iter().any(|measurement| touches(measurement, touched)),
        Err(_) => true,
    };
    gates.gates.retain(of_gate);
    gates.observations.retain(|observation| touches(&observation.state, touched));
}

/// Returns true if a measurement depends on one of these tables.
fn touches(measurement: &Measurement, touched: &BTreeSet<TableId>) -> bool {
    let is_dataset = |name: &str| touched.iter().any(|id| id.kind == TableKind::Dataset && id.name == name);
    match measurement {
        Measurement::Table(id, measure) => {
            touched.contains(id) || measure.other().is_some_and(|other| touched.contains(other))
        }
        Measurement::Predictions(model, measure) => {
            let is_own =
                |id: &TableId| matches!(id.kind, TableKind::Predictions | TableKind::Labels) && id.name == *model;
            let joined = match measure {
                PredictionMeasure::FoundSlices(find) | PredictionMeasure::WorstSlices(find, _) => find.data.as_deref(),
                _ => None,
            };
            touched.iter().any(is_own) || joined.is_some_and(is_dataset)
        }
        Measurement::Reported(id, _) => touched.contains(id),
        Measurement::Query(query) => touched.iter().any(|id| id.kind == TableKind::Dataset && id.side == query.side),
        Measurement::Cells { dataset, .. } => is_dataset(dataset),
    }
}

impl Session {
    /// Puts a table in the place of one of the config's, and returns that.
    pub(crate) fn exchange(&mut self, id: &TableId, table: StandIn) -> Option<StandIn> {
        let before = self.engine.exchange(id, table);
        if let Some(info) = self.engine.tables().remove(id) {
            self.opened.insert(id.clone(), info);
        }
        before
    }
}
