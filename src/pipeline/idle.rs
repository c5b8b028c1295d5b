//! Gates that no data can fail, which are refused.

use super::failure::Failure;
use super::project::Project;
use crate::config::Diagnostic;
use crate::engine::Engine;
use crate::gate::Gates;

/// Refuses gates whose SQL does not depend on the data.
///
/// # Errors
///
/// The SQL of a gate gives the same result for all data.
pub(crate) fn refuse(engine: &Engine, gates: &Gates, loaded: &Project) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for gate in &gates.gates {
        if let Some(why) = gate.measurements().into_iter().find_map(|measurement| engine.idle(measurement)) {
            let problem = Diagnostic::new(format!("{why}, so `{}` does not depend on the data", gate.id), gate.at);
            problems.push(problem.with_help("use the columns that it should depend on, or remove it"));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(loaded.refuse(problems))
}
