//! `mlgate power`: what the gates of a config can tell from as many rows as there are.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use super::exit::{Failure, NOT_EVALUATED, PASSED};
use super::load;
use super::output;
use super::progress::Progress;
use super::run::{Evaluated, Moment, Other, StoredModels, clock, evaluated};
use super::{PowerArguments, TableFormat};
use crate::baseline::beside_sample;
use crate::config::Pattern;
use crate::engine::Rehearsal;
use crate::gate::judge::{Outcome, judge};
use crate::gate::measurement::{Measurement, Measurements, State};
use crate::gate::power;
use crate::gate::{Gate, Gates, Task};
use crate::report::{Format, RenderOptions, power_table, render, with_power};
use crate::workers;

/// Draws samples between which nothing has changed, judges each, and says how the gates took it.
pub(super) fn power(arguments: &PowerArguments) -> Result<u8, Failure> {
    let loaded = load::config(arguments.config.as_deref())?;
    let catalog = load::catalog(Some(&loaded))?;
    let only: Vec<Pattern> = arguments.only.iter().map(|glob| Pattern::new(glob)).collect();
    let moment = Moment { now: clock(), quiet: arguments.quiet, threads: arguments.threads, list_flips: None };
    let run = evaluated(&loaded, &catalog, &only, moment, Other::AsConfigured)?;
    let is_resampled = |gate: &Gate| {
        matches!(gate.task, Ok(Task::Metric { .. } | Task::Change { .. } | Task::Sliced { .. } | Task::Groups { .. }))
    };
    let places: Vec<usize> =
        (0..run.gates.gates.len()).filter(|place| is_resampled(&run.gates.gates[*place])).collect();
    if places.is_empty() {
        let message = "no gate of this config has an interval; `power` is about metrics and rates of models";
        return Err(Failure::Usage(message.to_owned()));
    }
    let casts: Vec<Cast> = [false, true]
        .into_iter()
        .zip(&run.stored)
        .map(|(is_beside_reference, stored)| {
            let own = |place: &usize| run.gates.gates[*place].is_beside_reference == is_beside_reference;
            Cast::new(&run, places.iter().copied().filter(own).collect(), stored)
        })
        .collect();
    let mut samples = rehearse(&casts, loaded.config.seed, arguments);
    let powers = places.iter().map(|place| {
        let outcomes = samples.remove(place).unwrap_or_default();
        let outcomes: Vec<&Outcome> = outcomes.iter().collect();
        (run.gates.gates[*place].id.as_str(), power::power(&run.outcomes[*place], &outcomes))
    });
    let powers: Vec<_> = powers.collect();
    let report = with_power(run.report, powers.into_iter(), arguments.samples);
    let printed = match arguments.format {
        TableFormat::Text => power_table(&report),
        TableFormat::Json => render(&report, Format::Json, &RenderOptions::default())
            .map_err(|error| Failure::Environment(error.to_string()))?,
    };
    output::print(&printed)?;
    Ok(if report.power.is_empty() { NOT_EVALUATED } else { PASSED })
}

/// Gates that are judged together, and the models that they are about.
struct Cast {
    /// The places of the gates in the run.
    places: Vec<usize>,
    gates: Gates,
    models: Vec<Rehearsed>,
}

/// A model whose rows are drawn again and again.
struct Rehearsed {
    name: String,
    rehearsal: Rehearsal,
    /// As many rows as the stored baseline was measured on, where there is one.
    stored: Option<u64>,
}

impl Cast {
    fn new(run: &Evaluated, places: Vec<usize>, stored: &StoredModels) -> Self {
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
            let rehearsal = run.engine.rehearse(model, spec, &measures).ok()?;
            let rows = stored.rows.get(model).copied().filter(|_| spec.is_stored());
            Some(Rehearsed { name: model.clone(), rehearsal, stored: rows })
        });
        let models = models.collect();
        Self { places, gates, models }
    }

    /// The outcomes on the sample of this number.
    fn judged(&self, seed: u64, number: u64) -> Vec<Outcome> {
        let mut measurements = Measurements::new();
        for Rehearsed { name, rehearsal, stored } in &self.models {
            let states = rehearsal.states(seed, number);
            let is_paired = states.values().flatten().any(State::is_paired);
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

/// The outcomes of each gate, by its place, in the order of the samples.
fn rehearse(casts: &[Cast], seed: u64, arguments: &PowerArguments) -> BTreeMap<usize, Vec<Outcome>> {
    let progress = Progress::of(usize::try_from(arguments.samples).unwrap_or(usize::MAX), arguments.quiet, "samples");
    let next = AtomicU64::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= arguments.samples {
                return done;
            }
            let judged = casts.iter().flat_map(|cast| cast.places.iter().copied().zip(cast.judged(seed, number)));
            done.push((number, judged.collect::<Vec<_>>()));
            progress.step();
        }
    };
    let threads = arguments.threads.map_or_else(workers::cores, NonZero::get);
    let mut samples: Vec<(u64, Vec<(usize, Outcome)>)> = workers::each(threads, work).into_iter().flatten().collect();
    samples.sort_unstable_by_key(|(number, _)| *number);
    let mut outcomes = BTreeMap::<usize, Vec<Outcome>>::new();
    for (place, outcome) in samples.into_iter().flat_map(|(_, judged)| judged) {
        outcomes.entry(place).or_default().push(outcome);
    }
    outcomes
}
