//! The output of reports, to the terminal and to files.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::{self, Color};
use super::in_repository::from_top;
use super::target::WriteTarget;
use crate::pipeline::failure::Failure;
use crate::report::document::Report;
use crate::report::{Format, RenderOptions, in_ascii, render_in, safe};

/// True: standard error takes only ASCII.
static ASCII: AtomicBool = AtomicBool::new(false);

/// Makes standard error take only ASCII, or any text.
pub(super) fn write_ascii(only: bool) {
    ASCII.store(only, Ordering::Relaxed);
}

/// A report to write to a file, with its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) path: PathBuf,
}

/// A file that the command line names, and that the command reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputFile {
    /// The file's role, with its article: `the config`.
    pub(super) role: &'static str,
    pub(super) path: PathBuf,
}

/// Parses `FORMAT=PATH`.
pub(super) fn parse(text: &str) -> Result<Output, String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, such as json=report.json")?;
    let format = arguments::format(format)?;
    match path {
        "" => Err("the path is empty".to_owned()),
        // A file of this name is nobody's wish; it is `./-`.
        "-" => Err(format!("`-` is not a file; --format {} prints the report", format.name())),
        _ => Ok(Output { format, path: PathBuf::from(path) }),
    }
}

/// Removes the files of earlier runs: what ends before it has a report must not leave another commit's. An input stays.
pub(super) fn clear<'a>(paths: impl Iterator<Item = &'a Path>, inputs: &[InputFile]) -> Result<(), Failure> {
    let mut done = Ok(());
    for path in paths {
        // All files are removed, whatever the problem of one of them.
        let cleared = WriteTarget::of(path).and_then(|target| match input_at(&target, inputs) {
            Some(_) => Ok(()),
            None => target.clear(),
        });
        done = done.and(cleared.map_err(|error| {
            Failure::Environment(format!("`{}` of an earlier run cannot be removed: {error}", path.display()))
        }));
    }
    done
}

/// Returns the input that is a target of bytes.
fn input_at<'i>(target: &WriteTarget, inputs: &'i [InputFile]) -> Option<&'i InputFile> {
    let is_it = |input: &&InputFile| WriteTarget::of(&input.path).is_ok_and(|other| other == *target);
    inputs.iter().filter(|_| matches!(target, WriteTarget::File(_))).find(is_it)
}

/// Refuses to write to the place of an input.
pub(super) fn refuse_input(path: &Path, inputs: &[InputFile]) -> Result<(), Failure> {
    let target = WriteTarget::of(path).map_err(|error| unwritten(path, &error))?;
    match input_at(&target, inputs) {
        Some(InputFile { role, .. }) => Err(Failure::Usage(format!(
            "--output names `{}`, which is {role}: the report would overwrite it",
            path.display()
        ))),
        None => Ok(()),
    }
}

/// Refuses a report in the place of an input, and two reports for the same file, by whatever paths: one would replace the
/// other.
pub(super) fn check(outputs: &[Output], inputs: &[InputFile]) -> Result<(), Failure> {
    let mut taken: Vec<(WriteTarget, &Path)> = Vec::with_capacity(outputs.len());
    for output in outputs {
        let path = output.path.as_path();
        refuse_input(path, inputs)?;
        let target = WriteTarget::of(path).map_err(|error| unwritten(path, &error))?;
        if matches!(target, WriteTarget::File(_))
            && let Some((_, earlier)) = taken.iter().find(|(other, _)| *other == target)
        {
            let names = if *earlier == path {
                format!("--output names `{}` twice", path.display())
            } else {
                format!("--output names one file as `{}` and as `{}`", earlier.display(), path.display())
            };
            return Err(Failure::Usage(format!("{names}, so one report would overwrite the other")));
        }
        taken.push((target, path));
    }
    Ok(())
}

/// Renders a report for standard output and for files, and then writes all: a failure leaves no incomplete report.
pub(super) fn write_all(
    report: &Report,
    printed: Format,
    outputs: &[Output],
    options: &RenderOptions,
) -> Result<(), Failure> {
    let rendered = |format, options: &RenderOptions| {
        render_in(report, format, options, &from_top).map_err(|error| Failure::Environment(error.to_string()))
    };
    let printed = rendered(printed, options)?;
    let everything = RenderOptions { quiet: false, color: false, ..*options };
    let written = outputs.iter().map(|output| Ok((&output.path, rendered(output.format, &everything)?)));
    for (path, text) in written.collect::<Result<Vec<_>, Failure>>()? {
        write(path, &text)?;
    }
    print(&printed)
}

/// Prints to standard output, with every command of a runner broken. A reader that closed the pipe is not an error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_commands(&safe::log(text))
}

/// Prints workflow commands to standard output; the caller has made every string safe.
pub(super) fn print_commands(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Environment(format!("the report cannot be printed: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints to standard error, with every command of a runner broken. A failure is ignored, because no output is left.
pub(super) fn complain(text: &str) {
    let text = safe::log(text);
    let text = if ASCII.load(Ordering::Relaxed) { in_ascii(&text) } else { text };
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a file whole or not at all; a pipe, a device or an open file is written into.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_bytes(path, text.as_bytes())
}

/// Like [`write()`], for bytes that may be no text.
pub(super) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    WriteTarget::of(path).and_then(|target| target.write(bytes)).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::Environment(format!("`{}` cannot be written: {error}", path.display()))
}

/// Returns true if colours are written to this stream.
pub(super) fn use_color(color: Color, stream: &impl IsTerminal) -> bool {
    let wanted = || std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stream.is_terminal() && wanted() && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_name_a_format_and_a_path() {
        let output = parse("json=out/a=b.json");
        assert_eq!(output, Ok(Output { format: Format::Json, path: PathBuf::from("out/a=b.json") }));
        assert!(parse("report.json").is_err_and(|error| error.contains("FORMAT=PATH")));
        assert!(parse("json=").is_err());
        assert_eq!(parse("junit=-"), Err("`-` is not a file; --format junit prints the report".to_owned()));
        assert!(parse("junit=./-").is_ok());
        assert!(parse("junit=a.xml").is_ok_and(|output| output.format == Format::JUnit));
        assert!(parse("xml=a").is_err_and(|error| error.contains("unknown format")));
    }
}
