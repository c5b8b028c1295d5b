//! Where reports go: the terminal and files.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::Color;
use super::exit::Failure;
use crate::report::Format;

/// A report to write to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) path: PathBuf,
}

/// Reads `FORMAT=PATH`.
pub(super) fn parse(text: &str) -> Result<Output, String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, such as json=report.json")?;
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    Ok(Output { format: super::format(format)?, path: PathBuf::from(path) })
}

/// Prints to standard output. A reader that closed the pipe has seen enough.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Environment(format!("the report cannot be printed: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints to standard error, the last place there is.
pub(super) fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_bytes(path, text.as_bytes())
}

/// The same, of what may be no text.
pub(super) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Environment(format!("`{}` cannot be written: {error}", path.display()));
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    // A temporary file is its owner's alone; a report is for everybody who may read the folder.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Whether to write colours to this stream.
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
        assert!(parse("xml=a").is_err_and(|error| error.contains("unknown format")));
    }
}
