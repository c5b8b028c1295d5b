//! docs/config-reference.md lists every key of a config, as the schema declares it. `MLGATE_UPDATE=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mlgate::testing::{Catalog, config_schema};
use serde_json::Value;

const PAGE: &str = "docs/config-reference.md";
const HEAD: &str = "# Every key of a config

From the schema that `mlgate schema` prints, for looking up; [config.md](config.md) explains. A check has a value, or a mapping with `is` and further keys: `nulls: \"< 5%\"`
or `nulls: {is: \"< 5%\", severity: warning}`. Every check takes `severity` and `waive`; those that the last column lists are its own.
Where it lists `where`, a condition in SQL selects the rows that the check looks at: `nulls: {is: 0, where: \"status = 'paid'\"}`.

<!-- Written by a test from the schema: MLGATE_UPDATE=1 cargo test --locked --test integration -- config_reference -->
";
/// Keys of the long form that every check has.
const OF_EVERY_CHECK: [&str; 3] = ["is", "severity", "waive"];

/// A part of the page: its heading, its place in a config, and the mapping whose keys it lists.
struct Part {
    heading: &'static str,
    place: &'static str,
    pointer: &'static str,
    is_of_checks: bool,
}

const fn keys(heading: &'static str, place: &'static str, pointer: &'static str) -> Part {
    Part { heading, place, pointer, is_of_checks: false }
}

const fn checks(heading: &'static str, place: &'static str, pointer: &'static str) -> Part {
    Part { heading, place, pointer, is_of_checks: true }
}

const DATASET: &str = "/properties/data/additionalProperties";
const PARTS: [Part; 21] = [
    keys("Top level", "", ""),
    keys("Baseline", "`baseline` and `reference`, as mappings", "/$defs/baseline"),
    keys("Comment", "`comment`, as a mapping", "/properties/comment/anyOf/1"),
    keys("Guard", "`guard`, as a mapping", "/properties/guard/anyOf/2"),
    keys("Waivers", "an item of `waivers`; without `gates` also `waive` of a line", "/$defs/waived_gates"),
    keys("A dataset", "`data.NAME`", DATASET),
    keys("CSV", "`csv` of a dataset or a model", "/$defs/predictions/properties/csv"),
    checks("Checks of a dataset", "`data.NAME`", DATASET),
    checks(
        "Checks of a column",
        "`data.NAME.columns.COLUMN`",
        "/properties/data/additionalProperties/properties/columns/additionalProperties",
    ),
    keys("Fairness of a dataset", "`data.NAME.fairness`", "/$defs/label_fairness"),
    keys("A model with predictions", "`models.NAME`", "/$defs/predictions"),
    checks("Checks of a model", "`models.NAME`", "/$defs/predictions"),
    keys("A model with numbers of another program", "`models.NAME`", "/$defs/metrics_file"),
    keys(
        "A number of another program",
        "`models.NAME.metrics.NUMBER`, beside the checks of a metric",
        "/$defs/metrics_file/properties/metrics/additionalProperties",
    ),
    keys("The baseline in the same file", "`models.NAME.baseline`", "/$defs/predictions/properties/baseline"),
    keys("New keys", "`models.NAME.keys`", "/$defs/predictions/properties/keys"),
    keys("Variants of rows", "`models.NAME.pair`, with `task: score`", "/$defs/predictions/properties/pair"),
    keys("A search for slices", "`find` under `models.NAME.slices`", "/$defs/find"),
    checks("Checks of a metric", "`models.NAME.metrics.METRIC`", "/$defs/metric"),
    keys("Fairness of a model", "`models.NAME.fairness`", "/$defs/fairness"),
    checks("Checks of a rate or metric of groups", "`models.NAME.fairness.rates.RATE`", "/$defs/rate"),
];

fn schema() -> Value {
    config_schema(&Catalog::built_in().unwrap())
}

/// Follows a reference, and keeps the description beside it.
fn resolved(schema: &Value, node: &Value) -> Value {
    let Some(target) = node["$ref"].as_str() else { return node.clone() };
    let mut found = resolved(schema, schema.pointer(target.trim_start_matches('#')).unwrap());
    if let Some(description) = node.get("description") {
        found["description"] = description.clone();
    }
    found
}

/// Returns what a value may be, in words.
fn value(schema: &Value, node: &Value) -> String {
    let node = resolved(schema, node);
    let code = |value: &Value| match value.as_str() {
        Some(text) => format!("`{text}`"),
        None => format!("`{value}`"),
    };
    if let Some(fixed) = node.get("const") {
        return code(fixed);
    }
    if let Some(words) = node["enum"].as_array() {
        return words.iter().map(code).collect::<Vec<_>>().join(", ");
    }
    if let Some(several) = node["anyOf"].as_array().or_else(|| node["oneOf"].as_array()) {
        let mut seen = BTreeSet::new();
        let mut forms: Vec<String> = several.iter().map(|form| value(schema, form)).collect();
        forms.retain(|form| seen.insert(form.clone()));
        return forms.join(", or ");
    }
    let kinds: Vec<&str> = match &node["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect(),
        _ => vec!["object"],
    };
    let of_kind = |kind: &&str| match *kind {
        "array" => match node.get("items") {
            Some(items) => format!("a list: {}", value(schema, items)),
            None => "a list".to_owned(),
        },
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => format!("a whole number{}", range(&node)),
        "number" => format!("a number{}", range(&node)),
        "object" => "a mapping".to_owned(),
        "string" => "text".to_owned(),
        "null" => "nothing".to_owned(),
        other => panic!("{other}: no word for it"),
    };
    kinds.iter().map(of_kind).collect::<Vec<_>>().join(", or ")
}

fn range(node: &Value) -> String {
    let ends =
        [("minimum", "at least"), ("exclusiveMinimum", "above"), ("maximum", "at most"), ("exclusiveMaximum", "below")];
    let told: Vec<String> = ends.iter().filter_map(|(key, word)| Some(format!("{word} {}", node.get(*key)?))).collect();
    if told.is_empty() { String::new() } else { format!(", {}", told.join(" and ")) }
}

/// Returns a cell of a table: one line, without the sign that ends a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn described(node: &Value) -> &str {
    let forms = node["anyOf"].as_array().into_iter().flatten();
    let own = node["description"].as_str();
    own.or_else(|| forms.filter_map(|form| form["description"].as_str()).next()).unwrap_or("–")
}

/// Returns the long form of a check, if the node is one: the mapping that takes a severity.
fn long_form(node: &Value) -> Option<&Value> {
    let forms = node["anyOf"].as_array()?;
    forms.iter().find(|form| form["properties"].get("severity").is_some())
}

/// Returns the row of a check: its value and the keys of its long form.
fn check(key: &str, node: &Value, long: &Value) -> String {
    let short = node["anyOf"].as_array().unwrap().iter().find_map(|form| form["description"].as_str());
    let required: Vec<&str> = long["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let own = long["properties"].as_object().unwrap().iter();
    let own: Vec<String> = own
        .filter(|(name, _)| !OF_EVERY_CHECK.contains(&name.as_str()))
        .map(|(name, node)| {
            let needed = if required.contains(&name.as_str()) { " (required)" } else { "" };
            // What `where` means is the same for all of them, and stands above.
            match node["description"].as_str().filter(|_| name != "where") {
                Some(about) => format!("`{name}`{needed}: {about}"),
                None => format!("`{name}`{needed}"),
            }
        })
        .collect();
    let value = short.unwrap_or("–");
    let own = if own.is_empty() { "–".to_owned() } else { own.join("<br>") };
    format!("| `{key}` | {} | {} | {} |\n", cell(described(node)), cell(value), cell(&own))
}

fn page() -> String {
    let schema = schema();
    let mut page = HEAD.to_owned();
    for part in PARTS {
        let mapping = schema.pointer(part.pointer).unwrap();
        let required: Vec<&str> =
            mapping["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let place = if part.place.is_empty() { String::new() } else { format!("{}.\n\n", part.place) };
        let head = if part.is_of_checks {
            "| check | demands | value | further keys |\n|---|---|---|---|\n"
        } else {
            "| key | value | without it | about |\n|---|---|---|---|\n"
        };
        write!(page, "\n## {}\n\n{place}{head}", part.heading).unwrap();
        for (key, node) in mapping["properties"].as_object().unwrap() {
            let node = resolved(&schema, node);
            // Some checks have names of their own, such as rules.
            let named = node.get("additionalProperties").filter(|named| long_form(named).is_some());
            match (part.is_of_checks, long_form(named.unwrap_or(&node))) {
                (true, Some(long)) => {
                    let key = if named.is_some() { format!("{key}.NAME") } else { key.clone() };
                    page += &check(&key, named.unwrap_or(&node), long);
                }
                (false, None) => {
                    let default = match node.get("default") {
                        Some(default) => format!("`{default}`"),
                        None if required.contains(&key.as_str()) => "required".to_owned(),
                        None => "–".to_owned(),
                    };
                    let (value, about) = (cell(&value(&schema, &node)), cell(described(&node)));
                    writeln!(page, "| `{key}` | {value} | {} | {about} |", cell(&default)).unwrap();
                }
                _ => {}
            }
        }
    }
    page
}

#[test]
fn the_page_is_the_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let real = page();
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, &real).unwrap();
    } else {
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            real,
            "MLGATE_UPDATE=1 cargo test --locked config_reference writes it"
        );
    }
}

/// Every key of every mapping of the schema stands on the page, so that no part was forgotten. Metrics and rates have pages of
/// their own.
#[test]
fn no_key_of_the_schema_is_forgotten() {
    fn collect(node: &Value, found: &mut BTreeSet<String>) {
        match node {
            Value::Object(fields) => {
                for (name, node) in fields {
                    if let ("properties", Value::Object(keys)) = (name.as_str(), node) {
                        let is_of_names = keys.contains_key("accuracy") || keys.contains_key("base_rate");
                        for (key, node) in keys {
                            if !is_of_names {
                                found.insert(key.clone());
                            }
                            collect(node, found);
                        }
                    } else {
                        collect(node, found);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(&schema(), &mut found);
    let page = page();
    // Keys of forms inside of forms, which the text of the form above names.
    let inside = ["bins", "by", "find", "path", "sha256", "url", "place", "is", "severity", "waive"];
    let lost: Vec<&String> = found
        .iter()
        .filter(|key| {
            !inside.contains(&key.as_str())
                && !page.contains(&format!("`{key}`"))
                && !page.contains(&format!("`{key}.NAME`"))
        })
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(found.len() > 150, "{} keys", found.len());
}
