//! `mlgate power`: the power of a config's gates at the present number of rows.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use super::failure::Failure;
use super::progress::{OnStep, Step};
use super::project::Project;
use super::request::Evaluated;
use super::session::Session;
use crate::engine::Rehearsal;
use crate::gate::judge::{Outcome, judge};
use crate::gate::{Gates, power};
use crate::measurement::{Measurement, Measurements};
use crate::report::model::Report;
use crate::report::with_power;
use crate::workers;

/// A report with the power of its gates.
pub(crate) struct Rehearsed {
    pub(crate) report: Report,
    /// Whether any model could be rehearsed.
    pub(crate) is_any: bool,
}

/// Judges the gates that have an interval on so many samples, and adds their power to the report.
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
) -> Result<Rehearsed, Failure> {
    let is_estimated = |place: &usize| run.gates.gates[*place].task.as_ref().is_ok_and(|task| task.is_estimated());
    let places: Vec<usize> = (0..run.gates.gates.len()).filter(is_estimated).collect();
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
        if let Ok(rehearsal) = session.engine.rehearse(model, spec, &measures) {
            rehearsals.push((model.clone(), rehearsal));
        }
    }
    on_step(Step::Started(usize::try_from(samples).unwrap_or(usize::MAX), "samples"));
    let drawn = draw(&rehearsals, &gates, project.config.seed, (samples, threads), on_step);
    on_step(Step::Ended);
    let powers = places.iter().enumerate().filter_map(|(index, place)| {
        let outcomes: Vec<&Outcome> = drawn.iter().map(|sample| &sample[index]).collect();
        let gate = &run.gates.gates[*place];
        Some((gate.id.as_str(), power::power(gate, &run.outcomes[*place], &outcomes)?))
    });
    Ok(Rehearsed { report: with_power(run.report, powers, samples), is_any: !rehearsals.is_empty() })
}

/// Returns the outcomes of all gates on each sample, in the order of the samples.
fn draw(
    rehearsals: &[(String, Rehearsal)],
    gates: &Gates,
    seed: u64,
    (count, threads): (u64, Option<NonZero<usize>>),
    on_step: OnStep<'_>,
) -> Vec<Vec<Outcome>> {
    let next = AtomicU64::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            let mut measurements = Measurements::new();
            for (model, rehearsal) in rehearsals {
                for (measure, state) in rehearsal.states(seed, number) {
                    measurements.insert(Measurement::Predictions(model.clone(), measure), state);
                }
            }
            done.push((number, judge(gates, &measurements, seed)));
            on_step(Step::Done);
        }
    };
    let threads = threads.map_or_else(workers::cores, NonZero::get);
    let mut samples: Vec<(u64, Vec<Outcome>)> = workers::each(threads, work).into_iter().flatten().collect();
    samples.sort_unstable_by_key(|(number, _)| *number);
    samples.into_iter().map(|(_, outcomes)| outcomes).collect()
}
