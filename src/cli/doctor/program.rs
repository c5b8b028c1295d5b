//! The program itself and its terminal.

use std::env;
use std::io::{self, IsTerminal};

use super::DoctorFindings;
use crate::git::real;
use crate::pipeline::environment::variable;

/// Looks at the program and the terminal.
pub(in crate::cli) fn program() -> DoctorFindings {
    let mut found = DoctorFindings::of("program");
    let (os, arch) = (env::consts::OS, env::consts::ARCH);
    let remote = if cfg!(feature = "remote") { "" } else { ", without remote sources" };
    found.fine("version", format!("mlgate {} for {os} on {arch}{remote}", env!("CARGO_PKG_VERSION")));
    let own = env::current_exe().ok();
    let name = format!("mlgate{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file());
    let shown = own.as_ref().map_or_else(|| "unknown".to_owned(), |own| own.display().to_string());
    match (&own, &on_path) {
        (Some(own), Some(other)) if real(own).ok() == real(other).ok() => found.fine("path", shown),
        (_, Some(other)) => found.note(
            "path",
            format!("{shown}; `mlgate` on the path is another one, {}", other.display()),
            "hooks and scripts may start the other one",
        ),
        (_, None) => found.note("path", format!("{shown}; no `mlgate` is on the path"), ""),
    }
    let stream = |is_terminal| if is_terminal { "a terminal" } else { "no terminal" };
    let color = match variable("NO_COLOR") {
        Some(_) => ", NO_COLOR is set",
        None => "",
    };
    let (stdin, stdout) = (stream(io::stdin().is_terminal()), stream(io::stdout().is_terminal()));
    found.fine("terminal", format!("input is {stdin}, output is {stdout}{color}"));
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
    let is_utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    if is_utf8 || cfg!(not(unix)) {
        found.fine("encoding", if locale.is_empty() { "UTF-8".to_owned() } else { locale });
    } else {
        let locale = if locale.is_empty() { "no locale is set".to_owned() } else { locale };
        found.note(
            "encoding",
            locale,
            "reports are UTF-8; signs such as ✓ may be shown otherwise; LC_ALL=C.UTF-8 helps",
        );
    }
    found
}
