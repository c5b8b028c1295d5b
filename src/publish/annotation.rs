//! Annotations: findings at their lines of the config, for GitHub's runner and for check runs.

use std::fmt::Write as _;
use std::path::Path;

use crate::gate::verdict::{Effect, Verdict};
use crate::guard::DemandChangeKind;
use crate::lexical::lexical;
use crate::report::model::{GateResult, GuardChange, Note, Report};
use crate::report::no_verdict::Problem;
use crate::report::{InRepository, safe};

/// Maximum number of annotations of one level; GitHub's runner drops the rest silently.
pub const MOST_OF_A_LEVEL: usize = 10;

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

/// Returns the workflow commands that annotate a job: at most [`MOST_OF_A_LEVEL`] of each level, the last of which
/// counts the rest.
pub fn commands(annotations: &[Annotation]) -> String {
    let mut lines = String::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let all: Vec<_> = annotations.iter().filter(|annotation| annotation.level == level).collect();
        // The last place is for the number of omitted findings.
        let shown = if all.len() > MOST_OF_A_LEVEL { MOST_OF_A_LEVEL - 1 } else { all.len() };
        for annotation in &all[..shown] {
            lines.push_str(&command(annotation));
        }
        if all.len() > shown {
            let name = name(level);
            let _ = writeln!(lines, "::{name} title=mlgate::and {} more, in the job summary", all.len() - shown);
        }
    }
    lines
}

fn command(annotation: &Annotation) -> String {
    let Annotation { level, file, line, column, title, message } = annotation;
    let place =
        file.as_ref().map(|file| format!("file={},line={line},col={column},", property(file))).unwrap_or_default();
    format!("::{} {place}title={}::{}\n", name(*level), property(title), data(message))
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    }
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a workflow command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotation(level: Level, title: &str, message: &str) -> Annotation {
        Annotation {
            level,
            file: Some("a,b:c.yml".to_owned()),
            line: 3,
            column: 4,
            title: title.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_command_is_one_line_whose_parts_end_where_they_should() {
        let hostile = annotation(Level::Error, "x::y,line=9", "a\n::set-output name=x::100%");
        assert_eq!(
            commands(&[hostile]),
            "::error file=a%2Cb%3Ac.yml,line=3,col=4,title=x%3A%3Ay%2Cline=9::a%0A::set-output name=x::100%25\n"
        );
    }

    #[test]
    fn no_more_of_a_level_than_the_runner_shows() {
        let all: Vec<_> = (0..30).map(|index| annotation(Level::Error, &index.to_string(), "m")).collect();
        let lines = commands(&all);
        assert_eq!(lines.lines().count(), MOST_OF_A_LEVEL);
        assert!(lines.ends_with("::error title=mlgate::and 21 more, in the job summary\n"), "{lines}");
        assert_eq!(commands(&all[..10]).matches("file=").count(), 10);
    }

    #[test]
    fn paths_start_at_the_top_of_the_repository() {
        let top = Path::new("/work");
        assert_eq!(inside(Path::new("/work/a/../b/./mlgate.yml"), top).as_deref(), Some("b/mlgate.yml"));
        assert_eq!(inside(Path::new("/work/../etc/mlgate.yml"), top), None);
        assert_eq!(inside(Path::new("/else/mlgate.yml"), top), None);
    }
}
