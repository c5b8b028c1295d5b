//! The rehearsal of gates on samples between which nothing has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use super::failure::Failure;
use super::progress::{OnStep, Step};
use super::project::Project;
use super::request::{Evaluated, StoredModels};
use super::session::Session;
use crate::baseline::beside_sample;
use crate::engine::Rehearsal;
use crate::gate::judge::{Outcome, judge};
use crate::gate::{GateOrigin, Gates, power};
use crate::measurement::{Measured, Measurement, Measurements};
use crate::report::document::Report;
use crate::report::with_power;
use crate::workers;

/// Judges the gates that have an interval on this many samples, and returns the report with their power.
///
/// # Errors
///
/// No gate has an interval.
pub(crate) fn rehearse(
    project: &Project,
    session: &Session,
    run: Evaluated,
    samples: u64,
    threads: Option<NonZero<usize>>,
    on_step: OnStep<'_>,
) -> Result<Report, Failure> {
    let is_estimated = |place: &usize| run.gates.gates[*place].task.as_ref().is_ok_and(|task| task.is_estimated());
    let places: Vec<usize> = (0..run.gates.gates.len()).filter(is_estimated).collect();
    if places.is_empty() {
        let message = "no gate of this config has an interval; `mlgate power` analyses metrics and rates of models";
        return Err(Failure::Usage(message.to_owned()));
    }
    let casts: Vec<Cast> = [GateOrigin::Config, GateOrigin::Reference]
        .into_iter()
        .zip(&run.stored)
        .map(|(origin, stored)| {
            let own = |place: &usize| run.gates.gates[*place].origin == origin;
            Cast::new(&run, session, places.iter().copied().filter(own).collect(), stored)
        })
        .collect();
    on_step(Step::Started(usize::try_from(samples).unwrap_or(usize::MAX), "samples"));
    let mut drawn = draw(&casts, project.config.seed, (samples, threads), on_step);
    on_step(Step::Ended);
    let powers = places.iter().map(|place| {
        let outcomes = drawn.remove(place).unwrap_or_default();
        let outcomes: Vec<&Outcome> = outcomes.iter().collect();
        (run.gates.gates[*place].id.as_str(), power::power(&run.outcomes[*place], &outcomes))
    });
    let powers: Vec<_> = powers.collect();
    Ok(with_power(run.report, powers.into_iter(), samples))
}

/// Gates that are judged together, and the models that they are about.
struct Cast {
    /// The places of the gates in the run.
    places: Vec<usize>,
    gates: Gates,
    models: Vec<RehearsedModel>,
}

/// A model whose rows are drawn again and again.
struct RehearsedModel {
    name: String,
    rehearsal: Rehearsal,
    /// The number of rows that the stored baseline was measured on, if there is one.
    stored: Option<u64>,
}

impl Cast {
    fn new(run: &Evaluated, session: &Session, places: Vec<usize>, stored: &StoredModels) -> Self {
        let gates = places.iter().map(|place| run.gates.gates[*place].clone()).collect();
        let gates = Gates { gates, ..Gates::default() };
        let mut measures = BTreeMap::<&String, BTreeSet<_>>::new();
        for measurement in gates.measurements() {
            if let Measurement::Predictions(model, measure) = measurement {
                measures.entry(model).or_default().insert(measure.clone());
            }
        }
        let models = measures.into_iter().filter_map(|(model, measures)| {
            let spec = stored.specs.get(model)?;
            // A model that cannot be read is in the report already: its gates are errors.
            let rehearsal = session.engine.rehearse(model, spec, &measures).ok()?;
            let rows = stored.rows.get(model).copied().filter(|_| spec.is_stored());
            Some(RehearsedModel { name: model.clone(), rehearsal, stored: rows })
        });
        let models = models.collect();
        Self { places, gates, models }
    }

    /// Returns the outcomes on the sample of this number.
    fn judged(&self, seed: u64, number: u64) -> Vec<Outcome> {
        let mut measurements = Measurements::new();
        for RehearsedModel { name, rehearsal, stored } in &self.models {
            let states = rehearsal.states(seed, number);
            let is_paired = states.values().flatten().any(Measured::is_paired);
            // A stored baseline has no rows that could change sides: nothing has changed if it is another sample of the same ones.
            let mut others = match stored {
                Some(rows) if !is_paired => rehearsal.other_states(seed, number, *rows),
                _ => BTreeMap::new(),
            };
            for (measure, state) in states {
                let state = match (state, others.remove(&measure)) {
                    (Ok(ours), Some(Ok(theirs))) => Ok(beside_sample(ours, theirs)),
                    (state, _) => state,
                };
                measurements.insert(Measurement::Predictions(name.clone(), measure), state);
            }
        }
        judge(&self.gates, &measurements, seed)
    }
}

/// Returns the outcomes of each gate, by its place, in the order of the samples.
fn draw(
    casts: &[Cast],
    seed: u64,
    (count, threads): (u64, Option<NonZero<usize>>),
    on_step: OnStep<'_>,
) -> BTreeMap<usize, Vec<Outcome>> {
    let next = AtomicU64::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            let judged = casts.iter().flat_map(|cast| cast.places.iter().copied().zip(cast.judged(seed, number)));
            done.push((number, judged.collect::<Vec<_>>()));
            on_step(Step::Done);
        }
    };
    let threads = threads.map_or_else(workers::cores, NonZero::get);
    let mut samples: Vec<(u64, Vec<(usize, Outcome)>)> = workers::each(threads, work).into_iter().flatten().collect();
    samples.sort_unstable_by_key(|(number, _)| *number);
    let mut outcomes = BTreeMap::<usize, Vec<Outcome>>::new();
    for (place, outcome) in samples.into_iter().flat_map(|(_, judged)| judged) {
        outcomes.entry(place).or_default().push(outcome);
    }
    outcomes
}
