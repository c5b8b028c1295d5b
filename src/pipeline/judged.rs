//! The measurements of bound gates and their verdicts, for a report and for a trial alike.

use super::bound::FoundBaseline;
use super::failure::Failure;
use super::progress::OnStep;
use super::project::Project;
use super::session::Session;
use super::stored::Stored;
use crate::gate::Gates;
use crate::gate::bind::CONFIDENCE;
use crate::gate::judge::{
    Exploration, Outcome, Reading, Remark, explore, judge, observe, unmeasured, without_baseline,
};
use crate::gate::verdict::Verdict;
use crate::measurement::Measurements;

/// The verdicts of gates, with the numbers that are reported beside them.
pub(super) struct JudgedGates {
    /// The outcomes, in the order of the gates.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) readings: Vec<Reading>,
    pub(super) explored: Vec<Exploration>,
    pub(super) remarks: Vec<Remark>,
}

/// Measures all that gates need and that is not known; also returns notes on rows that cannot be paired.
pub(super) fn measured(
    project: &Project,
    found: &FoundBaseline,
    gates: &mut Gates,
    session: &mut Session,
    known: &Measurements,
    on_step: OnStep<'_>,
) -> (Measurements, Vec<String>) {
    match found.stored() {
        Some(stored) => stored.measure(gates, session, project, known, on_step),
        None => (session.measure(gates.measurements(), &gates.specs, known, on_step), Vec::new()),
    }
}

impl JudgedGates {
    /// Judges gates, and adds a gate for each number that was to be reported and cannot be measured.
    ///
    /// # Errors
    ///
    /// A baseline is needed and missing, and no gate says so by itself.
    pub(super) fn of(
        project: &Project,
        found: &FoundBaseline,
        gates: &mut Gates,
        measurements: &Measurements,
    ) -> Result<Self, Failure> {
        let seed = project.config.seed;
        let mut outcomes = judge(gates, measurements, seed);
        if let Some(why) = found.stored().and_then(Stored::problem) {
            if found.sought().is_some_and(|sought| sought.may_be_absent) {
                without_baseline(&mut outcomes, why);
            } else if !outcomes.iter().any(|outcome| outcome.verdict == Verdict::Error) {
                return Err(Failure::Environment(why.to_owned()));
            }
        }
        let level = project.config.confidence.unwrap_or(CONFIDENCE);
        let readings = observe(gates, measurements, seed, level);
        let explored = explore(gates, measurements, seed, level);
        let missed = unmeasured(gates, measurements, &outcomes, (&readings, &explored));
        for (gate, outcome) in missed.gates {
            gates.gates.push(gate);
            outcomes.push(outcome);
        }
        Ok(Self { outcomes, readings, explored, remarks: missed.remarks })
    }
}
