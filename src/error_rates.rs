//! Tables of docs/statistics.md that simulations write, and the tests that compare them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;
use std::{env, fs};

use crate::stats::simulation::coverage::document::{is_the_simulation_s, only, tables};

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

/// `MLGATE_ONLY='some large errors;ks_statistic' MLGATE_DRAWS=4000 cargo test --locked --lib single_lines -- --ignored --nocapture`:
/// prints the lines whose beginning contains one of the texts; without `MLGATE_DRAWS`, as the tables have them.
#[test]
#[ignore = "a tool to look at single lines of the tables"]
fn single_lines() {
    let get = |name: &str| env::var(name).unwrap_or_default();
    let sizes: Vec<usize> = get("MLGATE_SIZES").split(',').filter_map(|size| size.parse().ok()).collect();
    only(&get("MLGATE_ONLY"), &sizes, get("MLGATE_DRAWS").parse().unwrap_or(0));
}

#[test]
fn the_error_rates_are_the_simulation_s() {
    let page = fs::read_to_string(page()).unwrap();
    is_the_simulation_s(&parts(&page, "error rates of rows")[1], false);
    is_the_simulation_s(&parts(&page, "error rates of clusters")[1], true);
}
