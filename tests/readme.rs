//! What README.md shows is what is printed. `MLGATE_UPDATE=1` writes it there.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use regex::Regex;

use crate::support::run_in;

/// Two tests write the same file.
static FILE: Mutex<()> = Mutex::new(());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The report with the name of the commit left out, which differs with each, and is not there without git. While somebody
/// works on the repository, the report says so.
fn without_commit(text: &str) -> String {
    let commit = Regex::new(r"(?m)^candidate  commit [0-9a-f]+\n +· ").unwrap();
    let changes = Regex::new(r"(?m)^ +! with uncommitted changes, which the commit does not have\n").unwrap();
    let guard = Regex::new(r"(?m)^guard  .*\n").unwrap();
    let text = commit.replace(text, "candidate  ");
    guard.replace(&changes.replace(&text, ""), "").into_owned()
}

/// A `console` block: what is typed after `$ `, and everything that is answered.
fn answer(command: &str) -> String {
    let typed: Vec<&str> = command.split_whitespace().collect();
    let ["cargo", "run", "--locked", "--", arguments @ ..] = &typed[..] else {
        panic!("`{command}` does not run mlgate as the README promises");
    };
    let answer = run_in(root(), arguments);
    assert_eq!(answer.stderr, "");
    format!("{}$ echo $?\n{}\n", without_commit(&answer.stdout), answer.code)
}

#[test]
fn every_output_in_the_readme_is_what_is_printed() {
    let _alone = FILE.lock().unwrap();
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let block = Regex::new(r"(?ms)^```console\n\$ ([^\n]+)\n(.*?)^```$").unwrap();
    let real = block.replace_all(&text, |found: &regex::Captures<'_>| {
        format!("```console\n$ {}\n{}```", &found[1], answer(&found[1]))
    });
    assert!(block.find_iter(&text).count() >= 2, "README.md shows no run");
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, real.as_bytes()).unwrap();
    } else {
        assert_eq!(text, real, "MLGATE_UPDATE=1 cargo test --locked readme writes what is printed now");
    }
}

/// The lines of a gate that is inconclusive, from the page of `max_drop`, whose examples are run.
fn inconclusive() -> String {
    let page = fs::read_to_string(root().join("checks/metric/max_drop.md")).unwrap();
    let example = page.split("### forty rows cannot tell").nth(1).unwrap();
    let report = example.split("```text report\n").nth(1).unwrap();
    let gate = report.split("\ninconclusive\n").nth(1).unwrap();
    gate.lines().take_while(|line| line.starts_with("  ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_readme_quotes_an_inconclusive_gate_as_it_is_printed() {
    let _alone = FILE.lock().unwrap();
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- inconclusive -->\n```text\n", "```\n<!-- /inconclusive -->");
    let (before, rest) = text.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let real = [before, start, &inconclusive(), end, after].concat();
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, real).unwrap();
    } else {
        assert_eq!(text, real, "MLGATE_UPDATE=1 cargo test --locked readme writes what is printed now");
    }
}
