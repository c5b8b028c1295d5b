//! Annotations: findings at their lines of the config, for runners and for check runs.

use std::path::Path;

use crate::gate::verdict::{Effect, Verdict};
use crate::guard::DemandChangeKind;
use crate::lexical::lexical;
use crate::report::document::{GateResult, GuardChange, Note, Report};
use crate::report::no_verdict::Problem;
use crate::report::{InRepository, safe};

/// The level of an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The finding blocks the merge.
    Error,
    /// The finding warns.
    Warning,
    /// The finding is only reported.
    Notice,
}

/// A finding at a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The level.
    pub level: Level,
    /// The path from the top of the repository; `None` if the file is elsewhere.
    pub file: Option<String>,
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
    /// The gate's id.
    pub title: String,
    /// The finding.
    pub message: String,
}

/// Returns the findings of a report, those that block first.
pub fn annotations(report: &Report, inside: InRepository<'_>) -> Vec<Annotation> {
    let mut found: Vec<Annotation> =
        report.gates.iter().filter_map(|gate| level(gate).map(|level| annotation(gate, level, inside))).collect();
    let level = |note: &Note| if note.effect == Effect::Warns { Level::Warning } else { Level::Notice };
    found.extend(report.notes.iter().map(|note| Annotation {
        level: level(note),
        file: inside(&note.at.file),
        line: note.at.line,
        column: note.at.column,
        title: safe::sentence(&note.id),
        message: safe::sentence(&note.message),
    }));
    let guard = report.guard.iter().flat_map(|guard| &guard.changes);
    let is_note = |change: &&GuardChange| report.notes.iter().any(|note| note.id == change.gate);
    found.extend(guard.filter(|change| !is_note(change)).filter_map(|change| of_guard(change, inside)));
    // The sort is stable, so that findings of one level stay in the order of the config.
    found.sort_by_key(|annotation| annotation.level);
    found
}

fn level(gate: &GateResult) -> Option<Level> {
    match (gate.effect, gate.verdict) {
        (Effect::Blocks, _) => Some(Level::Error),
        (Effect::Warns, _) => Some(Level::Warning),
        (Effect::Waived, _) | (Effect::None, Verdict::Fail) => Some(Level::Notice),
        (Effect::None, _) => None,
    }
}

fn of_guard(change: &GuardChange, inside: InRepository<'_>) -> Option<Annotation> {
    let level = match change.effect {
        Effect::Blocks => Level::Error,
        Effect::Warns => Level::Warning,
        Effect::Waived | Effect::None => return None,
    };
    let is_here = change.kind != DemandChangeKind::Removed;
    Some(Annotation {
        level,
        file: is_here.then(|| inside(&change.at.file)).flatten(),
        line: if is_here { change.at.line } else { 1 },
        column: if is_here { change.at.column } else { 1 },
        title: safe::sentence(&change.gate),
        message: safe::sentence(&crate::report::guard_finding(change)),
    })
}

fn annotation(gate: &GateResult, level: Level, inside: InRepository<'_>) -> Annotation {
    Annotation {
        level,
        file: inside(&gate.at.file),
        line: gate.at.line,
        column: gate.at.column,
        title: safe::sentence(&gate.id),
        message: safe::sentence(&gate.message),
    }
}

/// Returns the findings of a run that ended without a report; `title` is said where no problem is known.
pub fn of_problems(problems: &[Problem], title: &str, inside: InRepository<'_>) -> Vec<Annotation> {
    let at_no_line = |message: &str| Annotation {
        level: Level::Error,
        file: None,
        line: 1,
        column: 1,
        title: "mlgate: no verdict".to_owned(),
        message: safe::sentence(message),
    };
    if problems.is_empty() {
        return vec![at_no_line(title)];
    }
    let of = |problem: &Problem| match &problem.at {
        Some(at) => {
            Annotation { file: inside(&at.file), line: at.line, column: at.column, ..at_no_line(&problem.sentence()) }
        }
        None => at_no_line(&problem.sentence()),
    };
    problems.iter().map(of).collect()
}

/// Returns the path relative to `top`, with slashes; `None` if it is not below `top`.
pub fn inside(path: &Path, top: &Path) -> Option<String> {
    let resolved = lexical(path);
    let inside = resolved.strip_prefix(top).ok()?;
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_at_the_top_of_the_repository() {
        let top = Path::new("/work");
        assert_eq!(inside(Path::new("/work/a/../b/./mlgate.yml"), top).as_deref(), Some("b/mlgate.yml"));
        assert_eq!(inside(Path::new("/work/../etc/mlgate.yml"), top), None);
        assert_eq!(inside(Path::new("/else/mlgate.yml"), top), None);
    }
}
