//! `mlgate power`: what the gates of a config can tell from as many rows as there are.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use super::exit::{Failure, NOT_EVALUATED, PASSED};
use super::load;
use super::output;
use super::progress::Progress;
use super::run::{Moment, Other, clock, evaluated};
use super::{PowerArguments, TableFormat};
use crate::config::Pattern;
use crate::engine::Rehearsal;
use crate::gate::judge::{Outcome, judge};
use crate::gate::measurement::{Measurement, Measurements};
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
        let message = "no gate of this config has an interval; `mlgate power` analyses metrics and rates of models";
        return Err(Failure::Usage(message.to_owned()));
    }
    let gates =
        Gates { gates: places.iter().map(|place| run.gates.gates[*place].clone()).collect(), ..Gates::default() };
    let mut measures = BTreeMap::<&String, BTreeSet<_>>::new();
    for measurement in gates.measurements() {
        if let Measurement::Predictions(model, measure) = measurement {
            measures.entry(model).or_default().insert(measure.clone());
        }
    }
    let mut rehearsals = Vec::with_capacity(measures.len());
    for (model, measures) in measures {
        let Some(spec) = run.gates.specs.get(model) else { continue };
        // A model that cannot be read is in the report already: its gates are errors.
        if let Ok(rehearsal) = run.engine.rehearse(model, spec, &measures) {
            rehearsals.push((model.clone(), rehearsal));
        }
    }
    let samples = rehearse(&rehearsals, &gates, loaded.config.seed, arguments);
    let powers = places.iter().enumerate().filter_map(|(index, place)| {
        let outcomes: Vec<&Outcome> = samples.iter().map(|sample| &sample[index]).collect();
        let gate = &run.gates.gates[*place];
        Some((gate.id.as_str(), power::power(gate, &run.outcomes[*place], &outcomes)?))
    });
    let report = with_power(run.report, powers, arguments.samples);
    let printed = match arguments.format {
        TableFormat::Text => power_table(&report),
        TableFormat::Json => render(&report, Format::Json, &RenderOptions::default())
            .map_err(|error| Failure::Environment(error.to_string()))?,
    };
    output::print(&printed)?;
    Ok(if rehearsals.is_empty() { NOT_EVALUATED } else { PASSED })
}

/// The outcomes of all gates on each sample, in the order of the samples.
fn rehearse(
    rehearsals: &[(String, Rehearsal)],
    gates: &Gates,
    seed: u64,
    arguments: &PowerArguments,
) -> Vec<Vec<Outcome>> {
    let progress = Progress::of(usize::try_from(arguments.samples).unwrap_or(usize::MAX), arguments.quiet, "samples");
    let next = AtomicU64::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= arguments.samples {
                return done;
            }
            let mut measurements = Measurements::new();
            for (model, rehearsal) in rehearsals {
                for (measure, state) in rehearsal.states(seed, number) {
                    measurements.insert(Measurement::Predictions(model.clone(), measure), state);
                }
            }
            done.push((number, judge(gates, &measurements, seed)));
            progress.step();
        }
    };
    let threads = arguments.threads.map_or_else(workers::cores, NonZero::get);
    let mut samples: Vec<(u64, Vec<Outcome>)> = workers::each(threads, work).into_iter().flatten().collect();
    samples.sort_unstable_by_key(|(number, _)| *number);
    samples.into_iter().map(|(_, outcomes)| outcomes).collect()
}
