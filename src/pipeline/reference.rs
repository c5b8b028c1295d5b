//! The frozen reference: an evaluation of its own, whose gates say so in their names.

use super::evaluate::evaluate_reference;
use super::failure::Failure;
use super::progress::OnStep;
use super::project::Project;
use super::request::Request;
use super::session::Session;
use crate::catalog::Catalog;
use crate::config::Diagnostic;
use crate::gate::judge::Outcome;
use crate::gate::{Gate, Origin};
use crate::report::model::{Inputs, Note, Tried};

/// The gates that compare with the frozen reference, judged.
pub(super) struct Reference {
    pub(super) gates: Vec<Gate>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) notes: Vec<Note>,
    pub(super) tried: Vec<Tried>,
    /// The frozen baseline that they are compared with.
    pub(super) inputs: Inputs,
}

impl Reference {
    /// Keeps the gates whose ids are wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let pairs = self.gates.drain(..).zip(self.outcomes.drain(..));
        (self.gates, self.outcomes) = pairs.filter(|(gate, _)| is_wanted(&gate.id)).unzip();
    }
}

/// Evaluates the lines of the config that compare with the frozen reference, if there are any.
///
/// # Errors
///
/// A line compares with a fixed limit only, or the reference cannot be evaluated.
pub(super) fn evaluate(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    on_step: OnStep<'_>,
) -> Result<Option<Reference>, Failure> {
    let Some(config) = &project.config.reference else { return Ok(None) };
    let project = Project { config: config.as_ref().clone(), baseline: None, source: None, ..project.clone() };
    let request = Request { only: Vec::new(), list_flips: None, ..request.clone() };
    let mut session = Session::open(&project, request.threads)?;
    let of = evaluate_reference(&project, catalog, &request, &mut session, on_step)?;
    let alone = of.gates.gates.iter().filter(|gate| gate.task.is_ok() && !gate.compares());
    let problems: Vec<Diagnostic> = alone
        .map(|gate| {
            Diagnostic::new(format!("`{}` is held against a limit alone, so it has no reference", gate.check), gate.at)
        })
        .collect();
    if !problems.is_empty() {
        return Err(project.refuse(problems));
    }
    let mut gates = of.gates.gates;
    for gate in &mut gates {
        gate.id.push_str(".since_reference");
        gate.bound.push_str(" since the reference");
        gate.origin = Origin::Reference;
    }
    let inputs = of.report.provenance.baseline;
    Ok(Some(Reference {
        gates,
        outcomes: of.outcomes,
        notes: of.report.notes,
        tried: of.report.provenance.tried,
        inputs,
    }))
}
