//! docs/catalog.md lists every check, as its page declares it. `MLGATE_UPDATE=1` writes it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mlgate::testing::{Catalog, CheckSpec, Family};

const PAGE: &str = "docs/catalog.md";
const START: &str = "<!-- checks -->\n";
const END: &str = "<!-- /checks -->";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns a heading and where the checks below it stand in a config.
fn about(family: Family) -> (&'static str, &'static str) {
    match family {
        Family::Dataset => ("Datasets", "Under a dataset: `data.NAME`."),
        Family::Column => (
            "Columns",
            "Under a column of a dataset: `data.NAME.columns.COLUMN`, where `COLUMN` is a name or a pattern such as `\"*_id\"`.",
        ),
        Family::Metric => (
            "Metrics",
            "Under a metric of a model: `models.NAME.metrics.METRIC`. [metrics.md](metrics.md) lists the metrics.",
        ),
        Family::Fairness => (
            "Fairness",
            "Under a rate or a metric of groups: `models.NAME.fairness.rates.RATE`. [fairness.md](fairness.md) lists the rates.",
        ),
    }
}

/// Returns the check's line in the first example of its page that has it: `range: [18, 99]`, or with the first of its
/// named parts, `rules: {adult: "age >= 18"}`.
fn line(spec: &CheckSpec) -> Option<String> {
    let examples = spec.body.split("## Examples").nth(1)?;
    let key = format!("{}:", spec.id);
    examples.match_indices(&key).find_map(|(at, _)| {
        let before = examples[..at].chars().next_back()?;
        let after = &examples[at + key.len()..];
        let value = match after.strip_prefix(' ') {
            Some(value) => value_of(value)?.to_owned(),
            None => format!("{{{}}}", value_of(after.strip_prefix('\n')?.trim_start())?),
        };
        matches!(before, ' ' | '{').then(|| format!("{key} {value}"))
    })
}

/// Returns the YAML value at the beginning of a text, up to its last bracket, quote, or the end of the scalar.
fn value_of(text: &str) -> Option<&str> {
    let mut depth = 0_u32;
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (_, '\n') => return (depth == 0 && quote.is_none()).then_some(text[..at].trim_end()),
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']' | ',') if depth == 0 => return Some(text[..at].trim_end()),
            (None, '}' | ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn tables() -> String {
    let catalog = Catalog::built_in().unwrap();
    let mut text = String::new();
    for family in Family::ALL {
        let (title, place) = about(family);
        let of_columns = family == Family::Column;
        let (head, rule) = if of_columns { (" reads |", "---|") } else { ("", "") };
        let _ = writeln!(
            text,
            "\n## {title}\n\n{place}\n\n| check | what it checks |{head} in a config |\n|---|---|{rule}---|"
        );
        for spec in catalog.family(family) {
            let reads = if of_columns { format!(" {} |", spec.reads.name()) } else { String::new() };
            let line = line(spec).unwrap_or_else(|| panic!("{} shows `{}` in no line", spec.path, spec.id));
            let cell = |text: &str| text.replace('|', "\\|");
            let _ = writeln!(
                text,
                "| [`{}`](../{}) | {} |{reads} `{}` |",
                spec.id,
                spec.path,
                cell(&spec.summary),
                cell(&line)
            );
        }
    }
    text + "\n"
}

#[test]
fn the_catalog_lists_every_check_as_its_page_declares_it() {
    let path = root().join(PAGE);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let real = [before, START, &tables(), END, after].concat();
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, real).unwrap();
    } else {
        assert_eq!(text, real, "MLGATE_UPDATE=1 cargo test --locked catalog writes the checks that there are");
    }
}

/// The README names what each family is about, and leaves the list to the catalog.
#[test]
fn the_readme_names_every_family() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for family in Family::ALL {
        let anchor = about(family).0.to_lowercase();
        assert!(readme.contains(&format!("(docs/catalog.md#{anchor})")), "README.md does not lead to {PAGE}#{anchor}");
    }
}
