//! The frozen reference: an evaluation of its own, whose gates say so in their names.

use super::compare::{Reference, compare};
use super::failure::Failure;
use super::idle;
use super::progress::OnStep;
use super::project::Project;
use super::request::{BaselineChoice, Evaluated, Request};
use super::session::Session;
use crate::catalog::Catalog;
use crate::config::Diagnostic;
use crate::gate::GateOrigin;
use crate::gate::waive::waive;
use crate::pipeline::bound::BoundConfig;

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
    let project = Project {
        config: config.as_ref().clone(),
        policies: Vec::new(),
        baseline: None,
        source: None,
        ..project.clone()
    };
    let request = Request { only: Vec::new(), list_flips: None, plots: false, guard: None, ..request.clone() };
    let mut session = Session::open(&project, request.threads)?;
    let of = alone(&project, catalog, &request, &mut session, on_step)?;
    let alone = of.gates.gates.iter().filter(|gate| gate.task.is_ok() && !gate.compares());
    let problems: Vec<Diagnostic> = alone
        .map(|gate| {
            Diagnostic::new(
                format!("`{}` compares with a fixed limit only, so `since_reference` cannot apply to it", gate.check),
                gate.at,
            )
        })
        .collect();
    if !problems.is_empty() {
        return Err(project.refuse(problems));
    }
    let mut gates = of.gates.gates;
    for gate in &mut gates {
        gate.id.push_str(".since_reference");
        gate.bound.push_str(" since the reference");
        gate.origin = GateOrigin::Reference;
    }
    let [stored, _] = of.stored;
    let inputs = of.report.provenance.baseline;
    Ok(Some(Reference {
        gates,
        outcomes: of.outcomes,
        notes: of.report.notes,
        tried: of.report.provenance.tried,
        inputs,
        stored,
    }))
}

/// Evaluates the gates of the frozen reference, whose config demands nothing that compares with no baseline.
fn alone(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    session: &mut Session,
    on_step: OnStep<'_>,
) -> Result<Evaluated, Failure> {
    let mut bound = BoundConfig::of(project, catalog, request, BaselineChoice::Configured, session)?;
    waive(&mut bound.gates.gates, &project.config, request.now, bound.is_complete)
        .map_err(|problems| project.refuse(problems))?;
    idle::refuse(&session.engine, &bound.gates, project)?;
    // What is measured without a demand is reported beside the usual baseline.
    bound.gates.observations.clear();
    bound.gates.lost.clear();
    compare(project, request, bound, (None, None), session, on_step)
}
