//! Embeds every page under `checks/`: the folder is the registry.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=checks");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut pages = Vec::new();
    collect(&root.join("checks"), &mut pages)?;
    pages.sort();
    let mut table = String::from("&[\n");
    let mut tests = String::new();
    for page in &pages {
        let name = page.strip_prefix(&root).unwrap_or(page).to_string_lossy().replace('\\', "/");
        // A relative path, because a target folder may serve a checkout other than the one it was filled from.
        let text = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {}))", literal(&format!("/{name}")));
        let _ = writeln!(table, "    ({}, {text}),", literal(&name));
        let test = name.trim_start_matches("checks/").trim_end_matches(".md").replace(['/', '-'], "_");
        let _ = writeln!(tests, "#[test]\nfn {test}() {{\n    run_page({});\n}}\n", literal(&name));
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("pages.rs"), table)?;
    // One named test for each page, so that a failing example names its check.
    fs::write(out.join("page_tests.rs"), tests)
}

/// Returns a text as a literal of Rust source.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, pages)?;
        } else if path.extension().is_some_and(|end| end == "md") {
            pages.push(path);
        }
    }
    Ok(())
}
