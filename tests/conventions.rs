//! Conventions, each of them a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mlgate::testing::Value;
use mlgate::testing::{Catalog, Family, PAGES};
use regex::Regex;

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
/// A line of the table of modules in CONTRIBUTING.md.
struct Module {
    folder: PathBuf,
    may_name: Vec<String>,
    touches: Vec<String>,
}

/// Words of the column "touches", each with what code that touches it names.
const WORLD: [(&str, &[&str]); 8] = [
    ("files", &["std::fs", "fs::read", "fs::write", "File::open"]),
    ("environment", &["std::env", "env::var"]),
    ("programs", &["std::process::Command", "Command::new("]),
    ("clock", &["SystemTime", "Instant::now", "Utc::now"]),
    ("network", &["reqwest", "object_store"]),
    ("terminal", &["stdout()", "stderr()", "println!", "indicatif"]),
    ("DataFusion", &["datafusion", "arrow::"]),
    ("clap", &["clap"]),
];

/// Small modules that every module may name.
const SHARED: [&str; 7] = ["digest", "bounded", "lexical", "workers", "plural", "error_rates", "private_folder"];

/// Reads the table of modules.
fn modules() -> Vec<Module> {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `src/"));
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{row}");
        Module {
            folder: root().join(quoted(cells[0]).remove(0)),
            may_name: quoted(cells[2]),
            touches: cells[3].trim_end_matches(" |").split(", ").map(str::to_owned).collect(),
        }
    })
    .collect()
}

/// Returns the paths below the root that code names by `crate::…` and by as many `super::` as lead there.
fn named(file: &Path, code: &str) -> Vec<String> {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let is_root = inside.file_name().is_some_and(|name| name == "mod.rs");
    let depth = inside.components().count() - usize::from(is_root);
    let up = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in ["crate::".to_owned(), up] {
        for (at, _) in code.match_indices(&start).filter(|(at, _)| !code[..*at].ends_with("::")) {
            let rest = &code[at + start.len()..];
            match rest.strip_prefix('{') {
                // The names of a list, without those of lists inside of it.
                Some(list) => {
                    let mut deep = 0_usize;
                    let ends = |character: char| {
                        match character {
                            '{' => deep += 1,
                            '}' if deep == 0 => return true,
                            '}' => deep -= 1,
                            _ => {}
                        }
                        false
                    };
                    let list = list.split(ends).next().unwrap_or_default();
                    found.extend(
                        list.split(',').map(|item| item.split('{').next().unwrap_or_default().trim().to_owned()),
                    );
                }
                None => {
                    let is_path = |character: char| character.is_alphanumeric() || matches!(character, '_' | ':');
                    found.push(rest.chars().take_while(|character| is_path(*character)).collect());
                }
            }
        }
    }
    found.retain(|path| path.chars().next().is_some_and(char::is_lowercase));
    found
}

/// The direction of the data is the architecture.
#[test]
fn modules_name_and_touch_only_what_they_may() {
    let modules = modules();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        assert!(!path.is_dir() || modules.iter().any(|module| module.folder == path), "{} has no line", path.display());
    }
    let mut wrong = Vec::new();
    let is_of_tests = |file: &PathBuf| {
        let mut names = file.iter().map(|name| name.to_string_lossy());
        names.any(|name| ["simulation", "simulation.rs", "sample", "tests.rs"].contains(&name.as_ref()))
    };
    let top_level = root().join("src");
    for file in files("src", "rs").into_iter().filter(|file| file.parent() != Some(&top_level) && !is_of_tests(file)) {
        let own = modules.iter().filter(|module| file.starts_with(&module.folder));
        let module = own.max_by_key(|module| module.folder.components().count()).unwrap();
        let top = file.strip_prefix(root().join("src")).unwrap().components().next().unwrap();
        let top = top.as_os_str().to_string_lossy().into_owned();
        let code = code(&file);
        for path in named(&file, &code) {
            let first = path.split("::").next().unwrap_or_default();
            let may = |allowed: &String| path == *allowed || path.starts_with(&format!("{allowed}::"));
            let is_allowed = first == top || SHARED.contains(&first) || module.may_name.iter().any(may);
            if !is_allowed {
                wrong.push(format!("{} names {path}", file.display()));
            }
        }
        for (word, signs) in WORLD.iter().filter(|(word, _)| !module.touches.iter().any(|touched| touched == word)) {
            let signs = signs.iter().filter(|sign| code.contains(**sign));
            wrong.extend(signs.map(|sign| format!("{} touches {word}: it names {sign}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
        // Whether rows pair depends on the baseline, and the message says it.
        assert!(!spec.definition.contains("same rows"), "{}", spec.path);
        for param in &spec.params {
            assert!(!param.about.is_empty(), "{}: {}", spec.path, param.name);
        }
    }
}

#[test]
fn the_package_packs_what_it_embeds() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let embedded = [
        "/examples/azure",
        "/examples/bitbucket",
        "/examples/buildkite",
        "/examples/circleci",
        "/examples/drone",
        "/examples/gitea",
        "/examples/github",
        "/examples/gitlab",
        "/examples/jenkins",
        "/examples/teamcity",
        "/examples/woodpecker",
        "/fixtures/loans",
    ];
    for needed in ["/checks", "/build.rs", "/src"].into_iter().chain(embedded) {
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
        (
            "reqwest",
            &[
                "src/publish/http",
                "src/publish/gateway.rs",
                "src/baseline/source/gitlab.rs",
                "src/engine/source/remote/redirects.rs",
                "src/readers/web.rs",
            ],
        ),
        // All output is written where commands of runners are broken.
        ("stdout().lock()", &["src/cli/output.rs", "src/cli/target.rs"]),
        ("stderr().lock()", &["src/cli/output.rs", "src/cli/target.rs"]),
        (".print()", &[]),
        // A run that posts starts this program again, to watch it.
        ("Command::new(", &["src/git/command.rs", "src/cli/watch.rs"]),
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
    assert_eq!(tokens, mlgate::testing::MISSING_TOKENS);
}

/// "1 rows" is what a number before a plural comes to: `src/plural.rs` knows of one.
#[test]
fn numbers_of_things_are_told_by_one_function() {
    let plural = Regex::new(
        r"(of |and )?\{[a-z_.()]*\} (more )?(rows|columns|numbers|values|groups|slices|files|gates|notes|queries|clusters|hours|days|fields|problems|keys|pages|samples)\b",
    )
    .unwrap();
    // More than a limit, and never one.
    let never_one = [
        "{what} has {nodes} values",
        "has {width} numbers in its first row",
        "all {n} gates passed",
        "{many} problems, of which",
        "has {columns} columns",
        "{many} files",
        "`{}` holds {} pages; limit",
        "it has {} rows below its header",
        "it must return one number, but has {more}{} rows",
        "without any drift, 95% of samples of",
        "`{name}` has {} numbers, which are not listed one by one",
        "{} queries {have}",
        "{} queries of the candidate",
        "{} queries {} no",
        "{} clusters\", about(clusters)",
        "{rest} more files",
    ];
    let mut wrong = Vec::new();
    // Statistics are not told in words.
    let stats = root().join("src/stats");
    for file in files("src", "rs").into_iter().filter(|file| !file.starts_with(&stats)) {
        for line in code(&file).lines() {
            // "2 of 1 rows" and "30 and 1 rows" are right.
            let found = plural.captures_iter(line).find(|found| found.get(1).is_none());
            let is_known = never_one.iter().any(|known| line.contains(known));
            if found.is_some() && !is_known {
                wrong.push(format!("{}: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A new measure is a few places: as many as name the one with the most of its own, the association of columns with a label.
#[test]
fn a_measure_is_named_in_few_files() {
    for measure in [&["Explained", "Association"][..], &["NotAfter"], &["Conflicts"], &["Quantile"]] {
        let is_named = |code: &str| {
            let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.into_iter().any(|word| measure.contains(&word))
        };
        let named: Vec<PathBuf> = files("src", "rs").into_iter().filter(|file| is_named(&code(file))).collect();
        assert!((4..=9).contains(&named.len()), "{measure:?} is named in {named:#?}");
    }
}

/// `testing` hands on what tests and benchmarks name, and nothing more: what only it names would count as used.
#[test]
fn the_library_shows_tests_no_more_than_they_name() {
    let text = code(&root().join("src/testing.rs"));
    let (_, text) = text.split_once("pub use").unwrap();
    let is_name = |word: &&str| !word.is_empty() && !["pub", "use", "crate", "mod"].contains(word);
    let handed_on = text.lines().filter(|line| !line.contains("fn ") && !line.contains("mod "));
    let lists: String = handed_on.map(|line| line.rsplit_once("::").map_or(line, |(_, list)| list)).collect();
    let names = lists.split(|c: char| !c.is_alphanumeric() && c != '_').filter(is_name);
    let tests: String =
        ["tests", "benches"].iter().flat_map(|folder| files(folder, "rs")).map(|file| code(&file)).collect();
    let words: BTreeSet<&str> = tests.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let unused: Vec<&str> = names.filter(|name| !words.contains(name)).collect();
    assert_eq!(unused, Vec::<&str>::new());
}
