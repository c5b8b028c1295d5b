//! Output in docs/readers.md is what is printed. `MLGATE_UPDATE=1` writes it there.

use std::fs;
use std::path::Path;

use regex::Regex;

use crate::support::run_in;

#[test]
fn every_output_of_the_page_is_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/readers.md");
    let text = fs::read_to_string(&path).unwrap();
    let block = Regex::new(r"(?ms)^```console\n\$ mlgate ([^\n]+)\n(.*?)^```$").unwrap();
    let real = block.replace_all(&text, |found: &regex::Captures<'_>| {
        let arguments: Vec<&str> = found[1].split_whitespace().collect();
        let answer = run_in(&root.join("fixtures/readers"), &arguments);
        format!("```console\n$ mlgate {}\n{}{}```", &found[1], answer.stdout, answer.stderr)
    });
    assert!(block.find_iter(&text).count() >= 3, "docs/readers.md shows too little");
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, real.as_bytes()).unwrap();
    } else {
        assert_eq!(text, real, "MLGATE_UPDATE=1 cargo test --locked readers writes what is printed now");
    }
}
