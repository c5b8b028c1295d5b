//! The words of the code: doc comments that open with what an item is, and names that mean one thing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Openings that describe around an item.
const AROUND: [&str; 5] = ["What ", "Whether ", "How ", "As many as ", "The same"];
/// The largest proportion of doc comments that may open so, in percent.
const MOST_AROUND: usize = 6;
/// Type names that stand in more than one module, each with the reason.
const SHARED_NAMES: [(&str, &str); 0] = [];

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// Returns the first line of each doc comment, with its place.
fn openings() -> Vec<(String, String)> {
    let mut openings = Vec::new();
    for (path, text) in sources() {
        let mut before = "";
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let opens = ["/// ", "//! "].iter().find(|mark| line.starts_with(**mark));
            if let Some(mark) = opens.filter(|mark| !before.starts_with(mark.trim_end())) {
                openings.push((format!("{}:{}", path.display(), index + 1), line[mark.len()..].to_owned()));
            }
            before = line;
        }
    }
    openings
}

#[test]
fn doc_comments_open_with_what_the_item_is() {
    let openings = openings();
    let around: Vec<String> = openings
        .iter()
        .filter(|(_, line)| AROUND.iter().any(|opening| line.starts_with(opening)))
        .map(|(place, line)| format!("{place}: {line}"))
        .collect();
    assert!(openings.len() > 3_000, "only {} doc comments were found", openings.len());
    assert!(
        around.len() * 100 <= openings.len() * MOST_AROUND,
        "{} of {} doc comments describe around their item:\n{}",
        around.len(),
        openings.len(),
        around.join("\n")
    );
}

#[test]
fn a_type_name_means_one_type() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources() {
        // Simulations are tests.
        if path.iter().any(|name| name == "simulation" || name == "simulation.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in code.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            let line = match line.strip_prefix("pub") {
                Some(rest) => rest.split_once(' ').map_or("", |(_, rest)| rest),
                None => line,
            };
            let kinds = ["struct ", "enum ", "trait "];
            let Some(named) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else { continue };
            let name: String = named.chars().take_while(|character| character.is_alphanumeric()).collect();
            places.entry(name).or_default().push(path.display().to_string());
        }
    }
    assert!(places.len() > 500, "only {} types were found", places.len());
    let is_shared = |name: &str| SHARED_NAMES.iter().any(|(shared, _)| *shared == name);
    let several: Vec<String> = places
        .iter()
        .filter(|(name, places)| places.len() > 1 && !is_shared(name))
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    assert!(several.is_empty(), "one name for several types:\n{}", several.join("\n"));
    for (name, reason) in SHARED_NAMES {
        assert!(places.get(name).is_some_and(|places| places.len() > 1), "{name} is not shared ({reason})");
    }
}
