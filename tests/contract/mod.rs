//! Independent checks of mlgate's contract with GitHub: GitHub's own description of its API behind a checking proxy,
//! its own engine for the expressions of an action, its own Markdown renderer, a runner that executes whole workflows, and linters of the
//! files.
//!
//! The tools are programs of node and Python, which `tests/contract/install` installs. Without them these tests print
//! that they were skipped; with `MLGATE_REQUIRE_CONTRACT=1`, as in `.ci/run`, they fail.

mod act;
mod action;
mod inputs;
mod interface;
mod lint;
mod markdown;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Returns the folder that `tests/contract/install` fills; if it is missing, prints a note and returns `None`.
fn tools(untested: &str) -> Option<PathBuf> {
    let usual = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("contract");
    let folder = std::env::var_os("MLGATE_CONTRACT").map_or(usual, PathBuf::from);
    if folder.join("stamp").is_file() {
        return Some(folder);
    }
    let why = format!("there is nothing in {} (tests/contract/install)", folder.display());
    assert!(std::env::var_os("MLGATE_REQUIRE_CONTRACT").is_none(), "MLGATE_REQUIRE_CONTRACT is set, and {why}");
    // The note bypasses the capture of passing tests' output, so that it is visible.
    std::io::stderr().write_all(format!("SKIPPED: {untested}: {why}\n").as_bytes()).unwrap();
    None
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns a command of the node that the lock file installs, whatever the machine has.
fn node(tools: &Path) -> Command {
    let own = tools.join("node_modules/.bin/node");
    Command::new(if own.exists() { own } else { PathBuf::from("node") })
}

/// Copies a script of ours beside the packages, where node looks for them.
///
/// The script is moved there whole, since other tests may be running it.
fn script(tools: &Path, name: &str) -> PathBuf {
    let there = tools.join(name);
    let mut copy = tempfile::NamedTempFile::new_in(tools).unwrap();
    copy.write_all(&fs::read(root().join("tests/contract").join(name)).unwrap()).unwrap();
    copy.persist(&there).unwrap();
    there
}

/// Returns a command of a program of the Python environment.
fn python(tools: &Path, program: &str) -> Command {
    let mut command = Command::new(tools.join("venv/bin").join(program));
    command.current_dir(root());
    command
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
