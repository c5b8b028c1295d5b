//! Annotations as commands in a job's log, which the runners of some CI systems read.

use std::fmt::Write as _;

use super::annotation::{Annotation, Level};
use crate::ci::LogCommands;

/// Maximum number of annotations of one level; GitHub's runner drops the rest silently.
pub const MOST_OF_A_LEVEL: usize = 10;
/// Maximum characters of a problem's description, of which TeamCity keeps 4,000.
const PROBLEM_LENGTH: usize = 3_000;

/// Returns the commands that annotate a job: at most [`MOST_OF_A_LEVEL`] of each level, the last of which counts the rest.
pub fn commands(dialect: LogCommands, annotations: &[Annotation]) -> String {
    let mut lines = String::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let all: Vec<_> = annotations.iter().filter(|annotation| annotation.level == level).collect();
        // The last place is for the number of omitted findings.
        let shown = if all.len() > MOST_OF_A_LEVEL { MOST_OF_A_LEVEL - 1 } else { all.len() };
        for annotation in &all[..shown] {
            lines.push_str(&command(dialect, annotation));
        }
        if all.len() > shown {
            let rest = all.len() - shown;
            lines.push_str(&omitted(dialect, level, rest));
        }
    }
    lines
}

/// Returns the command that counts the findings of a level without one of their own.
fn omitted(dialect: LogCommands, level: Level, rest: usize) -> String {
    let in_report = format!("mlgate: and {rest} more, in the report");
    match dialect {
        LogCommands::Workflow => {
            format!("::{} title=mlgate::and {rest} more, in the job summary\n", workflow_level(level))
        }
        LogCommands::Vso => vso(level, "", &in_report),
        LogCommands::ServiceMessages => service_message(level, &in_report),
    }
}

fn command(dialect: LogCommands, annotation: &Annotation) -> String {
    let Annotation { level, file, line, column, title, message } = annotation;
    match dialect {
        LogCommands::Workflow => {
            let place = file
                .as_ref()
                .map(|file| format!("file={},line={line},col={column},", workflow_property(file)))
                .unwrap_or_default();
            let (level, title) = (workflow_level(*level), workflow_property(title));
            format!("::{level} {place}title={title}::{}\n", workflow_data(message))
        }
        LogCommands::Vso => {
            let place = file
                .as_ref()
                .map(|file| format!("sourcepath={};linenumber={line};columnnumber={column};", vso_property(file)))
                .unwrap_or_default();
            vso(*level, &place, &format!("{title}: {message}"))
        }
        LogCommands::ServiceMessages => {
            let place = file.as_ref().map(|file| format!(" ({file}:{line}:{column})")).unwrap_or_default();
            service_message(*level, &format!("{title}: {message}{place}"))
        }
    }
}

fn workflow_level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    }
}

/// Escapes the message of a workflow command.
fn workflow_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a workflow command's property.
fn workflow_property(text: &str) -> String {
    workflow_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Returns an issue of Azure Pipelines, which knows errors and warnings only.
fn vso(level: Level, place: &str, message: &str) -> String {
    let kind = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => return String::new(),
    };
    format!("##vso[task.logissue type={kind};{place}]{}\n", vso_data(message))
}

/// Escapes the message of a logging command, as Azure's own library does.
fn vso_data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a logging command's property.
fn vso_property(text: &str) -> String {
    vso_data(text).replace(']', "%5D").replace(';', "%3B")
}

/// Returns a problem of the build for what blocks, and a message for everything else.
fn service_message(level: Level, text: &str) -> String {
    let text: String = text.chars().take(PROBLEM_LENGTH).collect();
    let text = service_value(&text);
    match level {
        Level::Error => format!("##teamcity[buildProblem description='{text}']\n"),
        Level::Warning => format!("##teamcity[message text='{text}' status='WARNING']\n"),
        Level::Notice => format!("##teamcity[message text='{text}']\n"),
    }
}

/// Escapes a value of a service message.
fn service_value(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '|' | '[' | ']' => safe.extend(['|', c]),
            '\n' => safe.push_str("|n"),
            '\r' => safe.push_str("|r"),
            ' '..='~' => safe.push(c),
            // Characters outside of the basic plane are two units.
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(safe, "|0x{unit:04x}");
                }
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotation(level: Level, title: &str, message: &str) -> Annotation {
        Annotation {
            level,
            file: Some("a,b:c;].yml".to_owned()),
            line: 3,
            column: 4,
            title: title.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_command_is_one_line_whose_parts_end_where_they_should() {
        let of = |dialect, title: &str, message: &str| commands(dialect, &[annotation(Level::Error, title, message)]);
        assert_eq!(
            of(LogCommands::Workflow, "x::y,line=9", "a\n::set-output name=x::100%"),
            "::error file=a%2Cb%3Ac;].yml,line=3,col=4,title=x%3A%3Ay%2Cline=9::a%0A::set-output name=x::100%25\n"
        );
        assert_eq!(
            of(LogCommands::Vso, "x;]y", "a\r\n##vso[task.complete result=Succeeded;]100%"),
            "##vso[task.logissue type=error;sourcepath=a,b:c%3B%5D.yml;linenumber=3;columnnumber=4;]x;]y: \
             a%0D%0A##vso[task.complete result=Succeeded;]100%AZP25\n"
        );
        assert_eq!(
            of(LogCommands::ServiceMessages, "x'|y", "a\n##teamcity[buildStatus status='SUCCESS']é\u{1f600}\u{2028}"),
            "##teamcity[buildProblem description='x|'||y: a|n##teamcity|[buildStatus \
             status=|'SUCCESS|'|]|0x00e9|0xd83d|0xde00|0x2028 (a,b:c;|].yml:3:4)']\n"
        );
    }

    #[test]
    fn no_more_of_a_level_than_the_runner_shows() {
        let all: Vec<_> = (0..30).map(|index| annotation(Level::Error, &index.to_string(), "m")).collect();
        for (dialect, last) in [
            (LogCommands::Workflow, "::error title=mlgate::and 21 more, in the job summary\n"),
            (LogCommands::Vso, "##vso[task.logissue type=error;]mlgate: and 21 more, in the report\n"),
            (
                LogCommands::ServiceMessages,
                "##teamcity[buildProblem description='mlgate: and 21 more, in the report']\n",
            ),
        ] {
            let lines = commands(dialect, &all);
            assert_eq!(lines.lines().count(), MOST_OF_A_LEVEL);
            assert!(lines.ends_with(last), "{lines}");
            assert_eq!(commands(dialect, &all[..10]).matches("yml").count(), 10);
        }
    }

    #[test]
    fn each_level_has_its_own_kind() {
        let of = |dialect, level| commands(dialect, &[annotation(level, "t", "m")]);
        assert!(of(LogCommands::Vso, Level::Warning).contains("type=warning"));
        assert_eq!(of(LogCommands::Vso, Level::Notice), "");
        assert!(of(LogCommands::ServiceMessages, Level::Warning).contains("status='WARNING'"));
        assert!(of(LogCommands::ServiceMessages, Level::Notice).starts_with("##teamcity[message text='t: m"));
    }
}
