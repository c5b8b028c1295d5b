//! What a text of the repository mentions is there: files, checks, and the words of the pages of checks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mlgate::testing::TYPES;
use mlgate::testing::stats::{Metric, Rate};
use mlgate::testing::{Catalog, config_schema};
use regex::Regex;
use serde_json::Value;

/// Words of pages that are names of other libraries' functions, of formats, units and values.
const OTHERS: [&str; 21] = [
    // Functions of lists in SQL.
    "array_length",
    "array_has",
    "array_has_null",
    "array_all_finite",
    "cardinality",
    "abs",
    "chi2_contingency",
    "http",
    "https",
    "linear",
    "lpad",
    "m",
    "mixed",
    "now",
    "nullable",
    "r2_score",
    "repeat",
    "s",
    "true",
    "unknown",
    "w",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Markdown files of the repository, by their paths in it.
fn texts() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_ours = !matches!(name.as_str(), ".git" | "target" | "node_modules");
            if path.is_dir() && is_ours {
                open.push(path);
            } else if name.ends_with(".md") {
                let below = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((below, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "{} texts", found.len());
    found
}

fn ids() -> BTreeSet<String> {
    Catalog::built_in().unwrap().all().map(|spec| spec.id.clone()).collect()
}

#[test]
fn every_path_that_a_text_mentions_exists() {
    let path = Regex::new(r"(?:^|[^\w/.-])((?:src|docs|checks|fixtures|tests)/[\w./-]+)").unwrap();
    let link = Regex::new(r"\]\(([^)#\s]+)(?:#[^)]*)?\)").unwrap();
    let mut lost = Vec::new();
    for (name, text) in texts() {
        for found in path.captures_iter(&text) {
            let path = found[1].trim_end_matches(['.', '/']);
            // `checks/<family>/<id>.md` and `checks/**` stand for many.
            let is_whole = !text[found.get(1).unwrap().end()..].starts_with(['<', '*', '{']);
            if is_whole && !root().join(path).exists() {
                lost.push(format!("{name}: {path}"));
            }
        }
        let folder = root().join(&name);
        for found in link.captures_iter(&text).filter(|found| !found[1].contains(':')) {
            if !folder.parent().unwrap().join(&found[1]).exists() {
                lost.push(format!("{name} links to {}", &found[1]));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn every_check_that_a_text_mentions_exists() {
    let ids = ids();
    let forms = [
        Regex::new(r"mlgate explain ([a-z][a-z0-9_]*)").unwrap(),
        Regex::new(r"\bchecks? `([a-z][a-z0-9_]*)`").unwrap(),
        Regex::new(r"checks/[a-z]+/([a-z][a-z0-9_]*)\.md").unwrap(),
    ];
    let rates: BTreeSet<&str> = Rate::ALL.map(Rate::name).into_iter().chain(["equalized_odds"]).collect();
    let mut lost = Vec::new();
    for (name, text) in texts() {
        for found in forms.iter().flat_map(|form| form.captures_iter(&text)) {
            // A page of one's own, and a slip that is refused.
            let is_example = matches!(
                (name.as_str(), &found[1]),
                ("docs/checks.md", "max_length") | ("docs/fail-closed.md", "rnage")
            );
            if !ids.contains(&found[1]) && !rates.contains(&found[1]) && !is_example {
                lost.push(format!("{name}: {}", &found[0]));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// All keys and words of a config.
fn words_of(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                words.insert(key.clone());
                words_of(value, words);
            }
        }
        Value::Array(items) => {
            for item in items {
                words.extend(item.as_str().map(str::to_owned));
                words_of(item, words);
            }
        }
        _ => {}
    }
}

#[test]
fn every_name_on_a_page_is_one() {
    let catalog = Catalog::built_in().unwrap();
    let mut known = ids();
    words_of(&config_schema(&catalog), &mut known);
    known.extend(Metric::names());
    known.extend(Rate::ALL.map(Rate::name).map(str::to_owned));
    known.extend(TYPES.iter().map(|name| (*name).to_owned()));
    known.extend(OTHERS.map(str::to_owned));
    let name = Regex::new(r"`([a-z][a-z0-9_]*)`").unwrap();
    let block = Regex::new(r"(?ms)^```.*?^```").unwrap();
    let word = Regex::new(r"[a-z][a-z0-9_]*").unwrap();
    let mut lost = Vec::new();
    for spec in catalog.all() {
        let page = fs::read_to_string(root().join(&spec.path)).unwrap();
        let front = page.strip_suffix(&spec.body).unwrap_or_default();
        // Columns and values are those of the page's own examples.
        let mut own: BTreeSet<&str> = word.find_iter(front).map(|found| found.as_str()).collect();
        own.extend(block.find_iter(&page).flat_map(|found| word.find_iter(found.as_str())).map(|found| found.as_str()));
        for found in name.captures_iter(&block.replace_all(&spec.body, "")) {
            if !known.contains(&found[1]) && !own.contains(&found[1]) {
                lost.push(format!("{}: `{}`", spec.path, &found[1]));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// A test that the documents name has its name in some report: as a method, or in a message.
#[test]
fn every_test_that_the_documents_name_is_in_a_report() {
    let mut code = String::new();
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("significance.rs") {
                code += &fs::read_to_string(&path).unwrap();
            }
        }
    }
    let told: Vec<&str> =
        code.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains('"')).collect();
    let names = ["McNemar", "Tango", "Wilcoxon", "Mann", "Welch's t", "DeLong", "Fisher's test", "chi-square"];
    let texts: Vec<(String, String)> = texts().into_iter().filter(|(name, _)| name.starts_with("docs/")).collect();
    for name in names {
        let is_named = texts.iter().find(|(_, text)| text.contains(name));
        let is_told = told.iter().any(|line| line.contains(name));
        assert!(is_told || is_named.is_none(), "{} promises {name}, which no report shows", is_named.unwrap().0);
    }
}
