//! Measures without a gate that could not be measured: nobody would miss them in a report that does not mention them.
//!
//! A metric, a rate or a table of slices without any number is an error, as it would be with a gate. A number of a
//! single group or slice that is undefined on enough rows is reported, and the run warns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::super::verdict::{OnInconclusive, Verdict};
use super::super::{Blocked, Gate, GateOrigin, Gates, Observation, Observed};
use super::reading::{Read, Reading};
use super::slices::no_slice;
use super::{Evidence, Exploration, Outcome};
use crate::catalog::{Family, Severity};
use crate::config::{Pattern, Span};
use crate::gate::bind::{CONFIDENCE, MIN_N};
use crate::measurement::{Measured, Measurement, Measurements};
use crate::stats::{GroupMeasure, Side, Undefined};

/// Maximum number of groups or slices that a remark names.
const MOST_NAMED: usize = 12;

/// The check of a gate that only requires a number to be measurable.
pub const MEASURED: &str = "measured";

/// The measures without a gate that could not be measured.
#[derive(Debug, Clone, Default)]
pub struct Unmeasured {
    /// Whole measures, each as a gate that errs.
    pub gates: Vec<(Gate, Outcome)>,
    /// Remarks on single groups, slices and sides.
    pub remarks: Vec<Remark>,
}

/// A remark on a number that is missing beside others that were measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The number's path in the config: `models.income.metrics.roc_auc`.
    pub id: String,
    /// The missing number, and the reason.
    pub message: String,
    /// The number's place in the config.
    pub at: Span,
}

/// Returns the measures without a number, except for those on which a gate errs anyway.
pub fn unmeasured(
    gates: &Gates,
    measurements: &Measurements,
    outcomes: &[Outcome],
    (readings, explored): (&[Reading], &[Exploration]),
) -> Unmeasured {
    let mut found = Unmeasured::default();
    let is_told = |observation: &Observation| {
        gates.gates.iter().zip(outcomes).any(|(gate, outcome)| {
            let is_of_it = observation.subject.iter().all(|(role, name)| gate.subject.get(role) == Some(name));
            is_of_it && outcome.verdict == Verdict::Error
        })
    };
    let mut err = |observation: &Observation, why: &str| {
        if !is_told(observation) && found.gates.iter().all(|(gate, _)| gate.id != id(observation)) {
            found.gates.push(gate(observation, why));
        }
    };
    let mut remarks = Vec::new();
    for (observation, why) in &gates.lost {
        err(observation, why);
    }
    for observation in &gates.observations {
        let own = || readings.iter().filter(|reading| is_of(reading, observation));
        let remark = |message| Remark { id: observation.id.clone(), message, at: observation.at };
        match observation.what {
            Observed::Metric(_) => match own().find(|reading| reading.side == Side::Candidate).map(|read| &read.number)
            {
                Some(Read::Estimated(Ok(_)) | Read::Reported(Ok(_))) => {}
                // Without a baseline, no number of both sides is expected.
                Some(Read::Estimated(Err(why @ Undefined::NoBaseline))) => {
                    remarks.push(remark(format!("could not be measured: {why}")));
                }
                Some(Read::Estimated(Err(why))) => err(observation, &why.to_string()),
                Some(Read::Reported(Err(why))) => err(observation, why),
                None => err(observation, &lost(observation, measurements)),
            },
            Observed::Reported => {
                let Measurement::Reported(table, _) = &observation.state else { continue };
                let Some(Read::Reported(Err(why))) =
                    own().find(|reading| reading.side == table.side).map(|read| &read.number)
                else {
                    continue;
                };
                match table.side {
                    Side::Candidate => err(observation, why),
                    Side::Baseline => remarks.push(remark(format!("could not be read from the baseline: {why}"))),
                }
            }
            Observed::Groups(measure) => {
                let of_candidate: Vec<&Reading> = own().filter(|reading| reading.side == Side::Candidate).collect();
                if of_candidate.is_empty() {
                    err(observation, &lost(observation, measurements));
                }
                let is_demanded = gates.gates.iter().any(|gate| gate.subject == observation.subject);
                let mut lacking = LackingGate::new();
                for reading in of_candidate {
                    match &reading.number {
                        Read::Reported(Err(why)) => err(observation, why),
                        Read::Estimated(Err(why))
                            if !is_demanded && is_large(reading) && !lacks_labels(measure, *why) =>
                        {
                            let group = reading.subject.get("group").map_or("", String::as_str);
                            lacking.entry((String::new(), why.to_string())).or_default().insert(group);
                        }
                        _ => {}
                    }
                }
                remarks.extend(told(&measure, &lacking).into_iter().map(remark));
            }
            Observed::Slices(metric) => {
                let role = |name| observation.subject.get(name).map_or("", String::as_str);
                let Some(table) =
                    explored.iter().find(|table| table.model == role("model") && table.metric == role("metric"))
                else {
                    continue;
                };
                let Some(Ok(Measured::Slices(slices))) = measurements.get(&observation.state) else {
                    err(observation, &lost(observation, measurements));
                    continue;
                };
                let pattern = Pattern::new(role("slice"));
                if slices.iter().all(|slice| !pattern.matches(&slice.name)) {
                    err(observation, &no_slice(role("slice"), slices));
                    continue;
                }
                let mut lacking = LackingGate::new();
                // A slice without a label of the class is too small for a rate of its labels.
                for slice in table.slices.iter().filter(|slice| slice.rows >= MIN_N && !metric.counts_labels()) {
                    let key = match (&slice.candidate, &slice.baseline) {
                        (Err(why), _) => (String::new(), why.clone()),
                        (_, Some(Err(why))) => (" of the baseline".to_owned(), why.clone()),
                        _ => continue,
                    };
                    lacking.entry(key).or_default().insert(&slice.name);
                }
                // Several patterns of slices share one table.
                let new = told(&metric, &lacking).into_iter().map(remark);
                let new = new.filter(|new| remarks.iter().all(|known| known.message != new.message));
                remarks.extend(new.collect::<Vec<_>>());
            }
            Observed::FoundSlices => {
                if !matches!(measurements.get(&observation.state), Some(Ok(Measured::FoundSlices(_)))) {
                    err(observation, &lost(observation, measurements));
                }
            }
            Observed::Flips | Observed::ScoreBins => {}
        }
    }
    Unmeasured { remarks, ..found }
}

/// Returns the reason an observation has no number.
fn lost(observation: &Observation, measurements: &Measurements) -> String {
    match measurements.get(&observation.state) {
        Some(Err(error)) => error.0.clone(),
        Some(Ok(_)) => "internal error: the measurement has the wrong state".to_owned(),
        None => "internal error: it was not measured".to_owned(),
    }
}

fn is_of(reading: &Reading, observation: &Observation) -> bool {
    let mut subject = reading.subject.clone();
    subject.remove("group");
    subject == observation.subject
}

fn is_large(reading: &Reading) -> bool {
    reading.group.as_ref().is_some_and(|group| group.rows >= MIN_N)
}

/// Returns true if a group has no label of the rate's class: it is too small for the rate, as it is under a gate.
fn lacks_labels(measure: GroupMeasure, why: Undefined) -> bool {
    let is_of_labels = if let GroupMeasure::Metric(metric) = measure { metric.counts_labels() } else { true };
    is_of_labels && matches!(why, Undefined::NoPositives | Undefined::NoNegatives | Undefined::NoRows)
}

/// The side and the reason of a missing number → the groups or slices that lack it.
type LackingGate<'a> = BTreeMap<(String, String), BTreeSet<&'a str>>;

fn told(measure: &dyn Display, lacking: &LackingGate<'_>) -> Vec<String> {
    let sentence = |((whose, why), names): (&(String, String), &BTreeSet<&str>)| {
        let listed: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
        let more = names.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{measure}{whose} could not be measured in {}{more}: {why}", listed.join(", "))
    };
    lacking.iter().map(sentence).collect()
}

fn id(observation: &Observation) -> String {
    format!("{}.{MEASURED}", observation.id)
}

fn gate(observation: &Observation, why: &str) -> (Gate, Outcome) {
    let why = format!("could not be measured: {why}");
    let (family, definition) = match observation.what {
        Observed::Metric(metric) | Observed::Slices(metric) => (Family::Metric, metric.definition()),
        Observed::Groups(measure) => (Family::Fairness, measure.definition()),
        Observed::Reported | Observed::Flips | Observed::FoundSlices | Observed::ScoreBins => {
            (Family::Metric, String::new())
        }
    };
    let gate = Gate {
        id: id(observation),
        check: MEASURED.to_owned(),
        family,
        subject: observation.subject.clone(),
        task: Err(Blocked::Error(why.clone())),
        severity: Severity::Error,
        confidence: CONFIDENCE,
        on_inconclusive: OnInconclusive::Warn,
        min_n: MIN_N,
        bound: MEASURED.to_owned(),
        params: BTreeMap::new(),
        filter: None,
        definition,
        counts: None,
        names_values: false,
        message: String::new(),
        texts: BTreeMap::new(),
        help: String::new(),
        waiver: None,
        origin: GateOrigin::Config,
        from_policy: None,
        at: observation.at,
    };
    (gate, Outcome { verdict: Verdict::Error, evidence: Evidence::Reason(why) })
}
