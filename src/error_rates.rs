//! Tables of docs/statistics.md that simulations write, and the tests that compare them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;
use std::{env, fs};

use crate::stats::simulation::coverage::document::{is_the_simulation_s, tables};

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/statistics.md")
}

/// Splits a page into the text before a table, the table, and the text after it.
fn parts(page: &str, mark: &str) -> [String; 3] {
    let (open, close) = (format!("<!-- {mark}: written by the simulation -->\n"), format!("<!-- end of {mark} -->"));
    let (before, rest) = page.split_once(&open).unwrap();
    let (table, after) = rest.split_once(&close).unwrap();
    [before.to_owned() + &open, table.to_owned(), close + after]
}

/// Writes the tables with `MLGATE_UPDATE=1 cargo test --locked --lib the_tables_of_the_docs -- --ignored`, otherwise
/// compares them. It takes minutes, and needs an optimised build.
#[test]
#[ignore = "takes minutes; with MLGATE_UPDATE=1 it writes docs/statistics.md"]
fn the_tables_of_the_docs() {
    for (mark, table) in tables() {
        let [before, committed, after] = parts(&fs::read_to_string(page()).unwrap(), mark);
        let counted = format!("\n{}\n", table());
        if env::var("MLGATE_UPDATE").is_ok() {
            fs::write(page(), before + &counted + &after).unwrap();
        } else {
            assert!(counted == committed, "{mark}: not those of the simulation; MLGATE_UPDATE=1 writes them");
        }
    }
}

#[test]
#[ignore = "the tables are not written yet: MLGATE_UPDATE=1 the_tables_of_the_docs writes them"]
fn the_error_rates_are_the_simulation_s() {
    let page = fs::read_to_string(page()).unwrap();
    is_the_simulation_s(&parts(&page, "error rates of rows")[1], false);
    is_the_simulation_s(&parts(&page, "error rates of clusters")[1], true);
}
