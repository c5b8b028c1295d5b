//! The words of the code: doc comments that open with what an item is, and names that mean one thing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mlgate::testing::{Catalog, config_schema};
use regex::Regex;

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

/// Openings that describe around a subject, in texts that users read.
const QUESTIONS: [&str; 7] = ["That ", "What ", "Whether ", "How ", "Why ", "Who ", "Which "];

fn asks(text: &str) -> bool {
    let mut letters = text.chars();
    let sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    QUESTIONS.iter().any(|opening| sentence.starts_with(opening))
}

#[test]
fn pages_say_what_they_check_in_sentences() {
    let catalog = Catalog::built_in().unwrap();
    let mut wrong = Vec::new();
    for spec in catalog.all() {
        let (_, text) = spec.body.split_once("## What it checks\n\n").unwrap();
        let params = spec.params.iter().map(|param| param.about.as_str());
        let texts = [text, &spec.summary, &spec.definition, &spec.help].into_iter().chain(params);
        wrong.extend(
            texts.filter(|text| asks(text)).map(|text| (spec.path.clone(), text.lines().next().unwrap_or_default())),
        );
        let is_prose = |text: &&str| text.len() > 100 && !text.starts_with("```");
        let paragraphs: Vec<&str> = spec.body.split("\n\n").filter(is_prose).collect();
        let repeated = paragraphs.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(repeated, None, "{} says it twice", spec.path);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn keys_of_a_config_are_described_as_what_they_are() {
    let schema = config_schema(&Catalog::built_in().unwrap());
    let mut open = vec![&schema];
    let mut found = 0;
    while let Some(value) = open.pop() {
        if let Some(text) = value["description"].as_str() {
            found += 1;
            assert!(!asks(text), "{text}");
        }
        open.extend(value.as_object().into_iter().flat_map(|object| object.values()));
        open.extend(value.as_array().into_iter().flatten());
    }
    assert!(found > 100, "only {found} descriptions were found");
}

/// "`x` is not a number", and not "is no number".
#[test]
fn messages_deny_in_plain_english() {
    let denial = Regex::new(r"(`|\bit|\bthis) is no (\w+)").unwrap();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in code.lines().filter(|line| line.contains('"') && !line.trim_start().starts_with("//")) {
            let is_wrong = denial.captures_iter(line).any(|found| !["longer", "worse", "better"].contains(&&found[2]));
            if is_wrong {
                wrong.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
