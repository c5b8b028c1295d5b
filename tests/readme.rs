//! What README.md shows is what is printed. `MLGATE_UPDATE=1` writes it there.

use std::fs;
use std::path::Path;

use regex::Regex;

use crate::support::run_in;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The report with the name of the commit left out, which differs with each, and is not there without git.
fn without_commit(text: &str) -> String {
    let commit = Regex::new(r"(?m)^candidate  commit [0-9a-f]+\n +· ").unwrap();
    commit.replace(text, "candidate  ").into_owned()
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

#[test]
fn the_readme_lists_every_check() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    for (path, _) in mlgate::catalog::PAGES {
        assert!(text.contains(&format!("(checks/{path})")), "README.md does not link checks/{path}");
    }
}
