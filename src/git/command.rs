//! The only place that starts git, with settings that keep git from running other programs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variables of git that are kept: they locate the user's own configuration. All others direct git to another
/// repository, index or object store, or name programs.
const KEPT: [&str; 5] =
    ["GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_SYSTEM"];

/// Settings that override those of every configuration file.
const SETTINGS: [&str; 10] = [
    // A folder with HEAD, objects and refs inside is treated as a plain folder.
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
    "submodule.recurse=false",
    "log.showSignature=false",
    "status.renames=false",
    "diff.renames=false",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// Returns a command of git at the top of a work tree.
///
/// # Errors
///
/// No git is on the path.
pub(super) fn git(top: &Path, settings: &[OsString]) -> io::Result<Command> {
    let mut git = Command::new(program()?);
    for (name, _) in env::vars_os() {
        if steers(&name) || is_secret(&name) {
            git.env_remove(&name);
        }
    }
    git.args(["--no-pager", "--no-replace-objects", "--literal-pathspecs", "--no-optional-locks", "-C"]).arg(top);
    for setting in SETTINGS.iter().map(OsStr::new).chain(settings.iter().map(OsString::as_os_str)) {
        git.arg("-c").arg(setting);
    }
    // Git must not search for a repository above this folder.
    if let Some(above) = top.parent() {
        git.env("GIT_CEILING_DIRECTORIES", above);
    }
    // A partial clone would fetch missing objects.
    git.env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    Ok(git)
}

/// Returns git's standard output, or its error message.
pub(super) fn answer<A: AsRef<OsStr>>(top: &Path, arguments: &[A]) -> io::Result<Result<String, String>> {
    answer_with(top, &[], arguments)
}

/// Like [`answer`], with additional settings.
pub(super) fn answer_with<A: AsRef<OsStr>>(
    top: &Path,
    settings: &[OsString],
    arguments: &[A],
) -> io::Result<Result<String, String>> {
    Ok(bytes(git(top, settings)?.args(arguments))?.map(|answer| String::from_utf8_lossy(&answer).into_owned()))
}

/// Returns the standard output of a command of git, or its error message.
pub(super) fn bytes(git: &mut Command) -> io::Result<Result<Vec<u8>, String>> {
    let answer = git.output()?;
    Ok(if answer.status.success() {
        Ok(answer.stdout)
    } else {
        Err(String::from_utf8_lossy(&answer.stderr).trim_end().to_owned())
    })
}

/// Returns a path that git has written with `-z`. Names in a commit are bytes, and two of them may differ as bytes only.
pub(super) fn path(written: &[u8]) -> PathBuf {
    #[cfg(unix)]
    return PathBuf::from(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(written));
    #[cfg(not(unix))]
    return PathBuf::from(String::from_utf8_lossy(written).into_owned());
}

/// Returns the parts of git's answer to `-z`.
pub(super) fn parts(answer: &[u8]) -> impl Iterator<Item = &[u8]> {
    answer.split(|byte| *byte == 0).filter(|part| !part.is_empty())
}

/// Returns true if a variable of the environment steers git and does not only locate the user's own configuration.
fn steers(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let name = name.to_ascii_uppercase();
    let is_pair = |prefix| name.strip_prefix(prefix).is_some_and(|number: &str| number.parse::<u32>().is_ok());
    name.starts_with("GIT_")
        && !KEPT.contains(&name.as_str())
        && !is_pair("GIT_CONFIG_KEY_")
        && !is_pair("GIT_CONFIG_VALUE_")
}

/// Returns true if a variable holds a token of the job, which git needs for nothing here.
fn is_secret(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let name = name.to_ascii_uppercase();
    ["_TOKEN", "_SECRET", "_PASSWORD"].iter().any(|end| name.ends_with(end))
}

/// Returns the first `git` on the path, without relative folders: a change could put a program of that name there.
fn program() -> io::Result<PathBuf> {
    let name = format!("git{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let found = env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(&name));
    found.into_iter().find(|program| is_program(program)).ok_or_else(|| io::ErrorKind::NotFound.into())
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_users_own_configuration_is_kept() {
        for name in
            ["GIT_DIR", "GIT_INDEX_FILE", "GIT_SSH", "GIT_EXEC_PATH", "GIT_CONFIG", "GIT_CONFIG_KEY_x", "git_dir"]
        {
            assert!(steers(OsStr::new(name)), "{name}");
        }
        for name in
            ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_12", "PATH", "GITHUB_TOKEN"]
        {
            assert!(!steers(OsStr::new(name)), "{name}");
        }
    }
}
