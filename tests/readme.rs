//! The blocks of README.md show actual output. `MLGATE_UPDATE=1` updates them.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use mlgate::catalog::{Catalog, Family};
use regex::Regex;

use crate::support::run_in;

/// A lock on the file, which two tests write.
static FILE: Mutex<()> = Mutex::new(());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the report without the commit's name, which changes, and is absent without git.
fn without_commit(text: &str) -> String {
    let commit = Regex::new(r"(?m)^candidate  commit [0-9a-f]+\n +· ").unwrap();
    commit.replace(text, "candidate  ").into_owned()
}

/// Returns a `console` block: the command after `$ `, and its whole output.
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

/// Returns a table with a row for each family, and a link to each of its pages.
fn table_of_checks() -> String {
    let catalog = Catalog::built_in().unwrap();
    let mut table = String::from("| of a | checks |\n|---|---|\n");
    for family in Family::ALL {
        let links: Vec<String> = catalog.family(family).map(|spec| format!("[`{}`]({})", spec.id, spec.path)).collect();
        table += &["| ", family.name(), " | ", &links.join(", "), " |\n"].concat();
    }
    table
}

#[test]
fn the_readme_lists_every_check() {
    let _alone = FILE.lock().unwrap();
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- checks -->\n", "<!-- /checks -->");
    let (before, rest) = text.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let real = [before, start, &table_of_checks(), end, after].concat();
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, real).unwrap();
    } else {
        assert_eq!(text, real, "MLGATE_UPDATE=1 cargo test --locked readme writes the checks that there are");
    }
}
