//! Demands that no data can break, which a gate must not pass.

use super::exit::Failure;
use super::load::Loaded;
use crate::config::Diagnostic;
use crate::engine::Engine;
use crate::gate::Gates;

/// # Errors
///
/// The SQL of a gate answers the same whatever the data.
pub(super) fn refuse(engine: &Engine, gates: &Gates, loaded: &Loaded) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for gate in &gates.gates {
        let Ok(task) = &gate.task else { continue };
        if let Some(why) = task.measurements().into_iter().find_map(|measurement| engine.idle(measurement)) {
            let problem = Diagnostic::new(format!("{why}, so `{}` does not depend on the data", gate.id), gate.at);
            problems.push(problem.with_help("use the columns that it should depend on, or remove it"));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::Text { name: loaded.name.clone(), text: loaded.text.clone(), problems })
}
