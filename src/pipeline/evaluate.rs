//! The evaluation of a config: find the baseline, bind, measure, judge, assemble.

use super::compare::{Reference, compare};
use super::failure::Failure;
use super::progress::OnStep;
use super::project::Project;
use super::request::{BaselineChoice, Evaluated, Request};
use super::session::Session;
use super::{guard, idle, policies, reference};
use crate::catalog::Catalog;
use crate::gate::Gates;
use crate::gate::waive::waive;
use crate::pipeline::bound::BoundConfig;
use crate::report::document::{GuardResult, RunRecord};

/// Evaluates a config in a session that has its files open; reads the inputs and writes nothing.
///
/// # Errors
///
/// The config cannot be bound, a waiver is wrong, `only` matches no gate, the frozen reference cannot be evaluated, or a
/// baseline that is needed is missing and no gate says so.
pub(crate) fn evaluate(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    against: BaselineChoice,
    session: &mut Session,
    on_step: OnStep<'_>,
) -> Result<Evaluated, Failure> {
    let mut bound = BoundConfig::of(project, catalog, request, against, session)?;
    let mut reference = reference::evaluate(project, catalog, request, on_step)?;
    let beside = reference.iter_mut().flat_map(|reference| &mut reference.gates);
    waive(bound.gates.gates.iter_mut().chain(beside), &project.config, request.now, bound.is_complete)
        .map_err(|problems| project.refuse(problems))?;
    policies::required(project, &bound.gates.gates, request.now)?;
    idle::refuse(&session.engine, &bound.gates, project)?;
    let guard = guard::look(project, catalog, request, &bound, session, on_step)?;
    let unreached = policies::unreached(project, &bound.gates.gates);
    let all = bound.gates.gates.len() + reference.as_ref().map_or(0, |reference| reference.gates.len());
    select(&mut bound.gates, reference.as_mut(), request)?;
    let mut evaluated = compare(project, request, bound, (reference, guard), session, on_step)?;
    evaluated.report.notes.extend(unreached);
    if !request.only.is_empty() {
        let only = request.only.iter().map(ToString::to_string).collect();
        evaluated.report.run = Some(RunRecord { only, gates: all as u64, ..RunRecord::default() });
    }
    Ok(evaluated)
}

/// Compares the demands of a config with those of the other side, and measures nothing else.
///
/// # Errors
///
/// The config cannot be bound, or the other side is not known.
pub(crate) fn guarded(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    session: &Session,
    on_step: OnStep<'_>,
) -> Result<Option<GuardResult>, Failure> {
    let mut bound = BoundConfig::of(project, catalog, request, BaselineChoice::Configured, session)?;
    waive(&mut bound.gates.gates, &project.config, request.now, false).map_err(|problems| project.refuse(problems))?;
    policies::required(project, &bound.gates.gates, request.now)?;
    guard::look(project, catalog, request, &bound, session, on_step)
}

/// Keeps the gates that the request names.
fn select(gates: &mut Gates, reference: Option<&mut Reference>, request: &Request) -> Result<(), Failure> {
    if request.only.is_empty() {
        return Ok(());
    }
    let is_named = |id: &str| request.only.iter().any(|pattern| pattern.matches(id));
    gates.gates.retain(|gate| is_named(&gate.id));
    gates.observations.clear();
    gates.lost.clear();
    let beside = reference.map_or(0, |reference| {
        reference.retain(is_named);
        reference.gates.len()
    });
    if gates.gates.is_empty() && beside == 0 {
        return Err(Failure::Usage("--only matches no gate".to_owned()));
    }
    Ok(())
}
