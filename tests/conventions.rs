//! Conventions, each of them a test.

use std::fs;
use std::path::{Path, PathBuf};

use mlgate::catalog::{Catalog, Family, PAGES};
use mlgate::config::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == ending) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no {ending}");
    found
}

/// Returns the code of a file without comments and tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// Each module is independent of the modules and libraries that it must not know: the direction of the data is the
/// architecture.
#[test]
fn rooms_know_only_what_they_may() {
    let pure = ["std::fs", "std::env", "std::process", "tokio", "SystemTime", "Instant::now"];
    let engine = ["datafusion", "arrow::"];
    let rooms: [(&str, Vec<&str>); 11] = [
        (
            "src/config",
            [&pure[..], &engine, &["crate::catalog", "crate::gate", "crate::engine", "crate::report", "crate::cli"]]
                .concat(),
        ),
        ("src/catalog", [&pure[..], &engine, &["crate::engine", "crate::report", "crate::cli"]].concat()),
        (
            "src/stats",
            [
                &pure[..],
                &engine,
                &["crate::config", "crate::catalog", "crate::gate", "crate::engine", "crate::report", "crate::cli"],
            ]
            .concat(),
        ),
        ("src/gate", [&pure[..], &engine, &["crate::engine", "crate::report", "crate::cli"]].concat()),
        ("src/baseline", [&pure[..], &engine, &["crate::engine", "crate::report", "crate::cli", "Verdict"]].concat()),
        (
            "src/baseline/source",
            [&engine[..], &["std::env", "object_store", "crate::engine", "crate::report", "crate::cli", "Verdict"]]
                .concat(),
        ),
        (
            "src/git",
            [&engine[..], &["object_store", "reqwest", "crate::engine", "crate::report", "crate::cli", "Verdict"]]
                .concat(),
        ),
        ("src/report", [&pure[..], &engine, &["crate::engine", "crate::cli", "reqwest"]].concat()),
        (
            "src/publish",
            [&engine[..], &["std::fs", "std::env", "std::process", "crate::engine", "crate::cli", "crate::config"]]
                .concat(),
        ),
        ("src/init", [&pure[..], &engine, &["crate::cli"]].concat()),
        ("src/engine", vec!["crate::report", "crate::cli", "crate::catalog", "Verdict"]),
    ];
    // The sources are a module of their own, which performs input and output.
    let source = root().join("src/baseline/source");
    for (room, forbidden) in rooms {
        let inside = files(room, "rs").into_iter();
        for file in inside.filter(|file| room == "src/baseline/source" || !file.starts_with(&source)) {
            let code = code(&file);
            for word in &forbidden {
                assert!(!code.contains(word), "{} names {word}", file.display());
            }
        }
    }
}

#[test]
fn files_stay_small() {
    for folder in ["src", "tests"] {
        for file in files(folder, "rs") {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 420, "{} has {lines} lines; what else moved in?", file.display());
        }
    }
}

#[test]
fn no_drawer_for_odds_and_ends() {
    for file in files("src", "rs") {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            !["utils", "util", "helpers", "common", "manager", "misc"].contains(&name.as_str()),
            "{}",
            file.display()
        );
    }
}

#[test]
fn pages_are_complete_and_lie_where_they_belong() {
    let catalog = Catalog::built_in().unwrap();
    assert_eq!(catalog.all().count(), PAGES.len());
    assert!(PAGES.len() >= 16);
    for spec in catalog.all() {
        assert_eq!(spec.path, format!("checks/{}/{}.md", spec.family.name(), spec.id));
        assert!(spec.body.starts_with(&format!("# `{}`\n", spec.id)), "{}", spec.path);
        for section in ["## What it checks", "## Why it matters", "## Limits", "## Examples"] {
            assert!(spec.body.contains(section), "{} has no {section}", spec.path);
        }
        assert!(
            spec.body.matches("\n### ").count() >= 2,
            "{} needs an example that passes and one that does not",
            spec.path
        );
        for text in [&spec.summary, &spec.definition, &spec.message, &spec.help] {
            let first = text.chars().next().unwrap();
            assert!(!first.is_uppercase() && !text.ends_with('.'), "{}: `{text}`", spec.path);
        }
        for param in &spec.params {
            assert!(!param.about.is_empty(), "{}: {}", spec.path, param.name);
        }
    }
}

#[test]
fn the_package_packs_what_it_embeds() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for needed in ["/checks", "/build.rs", "/src"] {
        assert!(manifest.contains(&format!("\"{needed}\"")), "{needed} would be missing from the package");
    }
}

#[test]
fn every_dependency_says_why() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut explained = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies]");
        } else if inside && line.starts_with('#') {
            explained = true;
        } else if inside && line.contains(" = ") && !line.starts_with([' ', ']']) {
            assert!(explained || line.starts_with("serde_json"), "no reason for {line}");
            explained = false;
        }
    }
}

/// Each library of the network is used by one module only, and so is the start of other programs.
#[test]
fn the_world_is_touched_in_few_places() {
    let allowed = [
        ("object_store", &["src/engine"][..]),
        ("reqwest", &["src/publish/github", "src/baseline/source/gitlab.rs", "src/engine/source/remote/redirects.rs"]),
        // All output is written where commands of runners are broken.
        ("stdout().lock()", &["src/cli/output.rs", "src/cli/target.rs"]),
        ("stderr().lock()", &["src/cli/output.rs", "src/cli/target.rs"]),
        (".print()", &[]),
        ("Command::new(", &["src/git/command.rs"]),
    ];
    for file in files("src", "rs") {
        let code = code(&file);
        for (word, rooms) in allowed {
            let is_allowed = rooms.iter().any(|room| file.starts_with(root().join(room)));
            assert!(is_allowed || !code.contains(word), "{} names {word}", file.display());
        }
    }
}

#[test]
fn every_check_of_data_answers_a_question() {
    let text = fs::read_to_string(root().join("docs/data.md")).unwrap();
    for family in [Family::Dataset, Family::Column] {
        for spec in Catalog::built_in().unwrap().family(family) {
            let link = format!("[`{}`](../{})", spec.id, spec.path);
            assert!(text.contains(&link), "docs/data.md does not lead to {link}");
        }
    }
    let links = text.split("](../").skip(1).filter_map(|rest| rest.split(')').next());
    for path in links {
        assert!(root().join(path).is_file(), "docs/data.md leads to {path}, which is not there");
    }
}

#[test]
fn the_first_config_knows_the_missing_tokens_of_the_check() {
    let catalog = Catalog::built_in().unwrap();
    let spec = catalog.get(Family::Column, "missing").unwrap();
    let default = spec.param("tokens").unwrap().default.as_ref().unwrap();
    let Value::List(items) = &default.value else { panic!("the tokens are no list") };
    let tokens: Vec<&str> = items.iter().map(|item| item.as_text().unwrap()).collect();
    assert_eq!(tokens, mlgate::engine::MISSING_TOKENS);
}
