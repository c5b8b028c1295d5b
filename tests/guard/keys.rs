//! Every key of a config, with a pair of configs that differ in it, and the kind of the difference in both directions.
//!
//! The list of keys is the schema's. A new key fails this test until `fixtures/guard/keys.json` says what a change of it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use mlgate::testing::{Catalog, config_schema};
use serde_json::Value;

use crate::support::{Workplace, fixtures};

/// Stands in a line of a check for the keys that many checks have.
const REST: char = '…';
/// Keys that many checks have: their values on the other side and on the change's, and the kinds of the difference and of its reverse.
const SHARED: [(&str, &str, &str, [&str; 2]); 6] = [
    ("severity", ", severity: error", ", severity: warning", ["loosened", "tightened"]),
    ("waive", "", ", waive: {owner: a, reason: b, until: 2024-02-01}", ["waived", "tightened"]),
    ("on_inconclusive", "", ", on_inconclusive: pass", ["loosened", "tightened"]),
    ("confidence", "", ", confidence: 0.999", ["loosened", "tightened"]),
    ("min_n", "", ", min_n: 900", ["loosened", "tightened"]),
    ("where", "", ", where: \"age > 25\"", ["loosened", WIDER]),
];
/// All rows in place of some: tightened where no row may fail, and otherwise changed.
const WIDER: &str = "tightened or changed";
/// Keys that the schema has and a config cannot, by the ends of their paths.
const REFUSED: [&str; 4] = [
    // The rows of a dataset have one side's labels only.
    "data.*.fairness.rates.*.max_gap_growth",
    "data.*.fairness.rates.*.min_ratio_drop",
    // The reference has no rows, and a search for slices is about all rows.
    "models.*.metrics.*.max_slice_drop.since_reference",
    "models.*.metrics.*.slices.*.max_slice_drop",
];
/// Keys of policies on the web, which `policies_web` serves, and which are compared by their digests.
const OF_THE_WEB: [&str; 3] = ["policy.url", "policy.sha256", "policy.required"];
const STEMS: [(&str, &str); 9] = [
    ("$since", "data: {d: {$table, rows: {is: \">= 4\", since_reference: \">= baseline\"}}}"),
    ("$data", "data: {d: {$table, rows: 4}}"),
    ("$two", "data: {d: {$table, rows: 4, duplicate_rows: 0}}"),
    ("$mets", "models: {m: {$binary, metrics: {accuracy: {min: 0.5}}}}"),
    ("$fair", "models: {m: {$binary, fairness: {by: [sex], rates: {selection_rate: {min_ratio: 0.8}}}}}"),
    ("$timed", "$table, types: {at: timestamp, at2: timestamp, until: timestamp}"),
    ("$table", "path: d.jsonl, baseline_path: b.jsonl"),
    ("$binary", "predictions: p.csv, baseline_predictions: q.csv, key: id, label: y, score: s"),
    ("$reported", "metrics_file: m.json, baseline_metrics_file: n.json"),
];
const PAGE: &str = "---\nid: mine\nfamily: column\nsince: 0.1.0\nseverity: error\nsummary: values are small\ndefinition: rows\ncounts: large\nparams:\n  allow: {type: share bound, default: 0, about: \"rows\"}\nmeasure: {sql: \"value > LIMIT\", among: \"value IS NOT NULL\"}\njudge: {bound: allow}\nmessage: \"{hits} of {n}\"\nhelp: \"look\"\n---\n# `mine`\n";

/// Two configs, or two parts of one, that differ in a key.
struct KeyPair {
    key: String,
    sides: [String; 2],
    kinds: [String; 2],
}

/// Adds the paths of the keys below a node of the schema, and the keys of each check.
fn walk(
    schema: &Value,
    node: &Value,
    path: &str,
    seen: &[&str],
    found: &mut (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>),
) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match node {
        Value::Array(items) => items.iter().for_each(|item| walk(schema, item, path, seen, found)),
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str).filter(|target| !seen.contains(target)) {
                let node = schema.pointer(target.trim_start_matches('#')).unwrap();
                walk(schema, node, path, &[seen, &[target]].concat(), found);
            }
            for (field, inner) in fields {
                match (field.as_str(), inner) {
                    ("$defs" | "$ref", _) => {}
                    ("properties", Value::Object(keys)) => {
                        if keys.contains_key("severity") {
                            found.1.entry(path.to_owned()).or_default().extend(keys.keys().cloned());
                        }
                        // Metrics and rates, which all have the same checks.
                        let is_named = path.ends_with(".metrics") || path.ends_with(".rates");
                        for (key, inner) in keys {
                            let path = below(if is_named { "*" } else { key });
                            found.0.insert(path.clone());
                            walk(schema, inner, &path, seen, found);
                        }
                    }
                    ("patternProperties", Value::Object(patterns)) => {
                        found.0.insert(below("*"));
                        patterns.values().for_each(|inner| walk(schema, inner, &below("*"), seen, found));
                    }
                    ("additionalProperties", Value::Object(_)) => {
                        found.0.insert(below("*"));
                        walk(schema, inner, &below("*"), seen, found);
                    }
                    _ => walk(schema, inner, path, seen, found),
                }
            }
        }
        _ => {}
    }
}

fn is_refused(key: &str) -> bool {
    let is_below = |start: &str| key.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    // A metric of all rows has no groups.
    let is_of_all_rows = key.starts_with("models.*.metrics.*.") && !key.contains(".slices.") && key.ends_with(".min_n");
    REFUSED.iter().any(|start| is_below(start)) || is_of_all_rows
}

/// Returns the pairs of the fixture, and those of the keys that many checks have.
fn pairs(checks: &BTreeMap<String, BTreeSet<String>>) -> Vec<KeyPair> {
    let text = fs::read_to_string(fixtures().join("guard/keys.json")).unwrap();
    let table: BTreeMap<String, [String; 4]> = serde_json::from_str(&text).unwrap();
    let mut pairs = Vec::new();
    let plain = |text: &str| text.replace(REST, "");
    for (key, [before, after, kind, reverse]) in &table {
        let (sides, kinds) = ([plain(before), plain(after)], [kind.clone(), reverse.clone()]);
        pairs.push(KeyPair { key: key.clone(), sides, kinds });
        let Some(shared) = checks.get(key).filter(|_| before.contains(REST)) else { continue };
        let mut add = |name: &str, values: [&str; 2], kinds: [&str; 2]| {
            let key = format!("{key}.{name}");
            // The condition of `must_pass` is a demand of its own, with a pair of its own.
            if shared.contains(name) && !is_refused(&key) && !table.contains_key(&key) {
                let sides = values.map(|value| before.replace(REST, value));
                pairs.push(KeyPair { key, sides, kinds: kinds.map(str::to_owned) });
            }
        };
        for (name, from, to, kinds) in SHARED {
            add(name, [from, to], kinds);
        }
        if let Some((_, rest)) = before.split_once("is: ") {
            let limit = rest.split(REST).next().unwrap();
            add("since_reference", [&format!(", since_reference: {limit}"), ""], ["removed", "added"]);
        }
    }
    pairs
}

fn spelled(text: &str) -> String {
    STEMS.iter().fold(text.to_owned(), |text, (stem, meant)| text.replace(stem, meant))
}

/// Returns a config with one dataset or model for each pair.
fn config(pairs: &[KeyPair], side: usize) -> String {
    let mut parts = [String::new(), String::new()];
    for (at, pair) in pairs.iter().enumerate() {
        let part = &mut parts[usize::from(pair.key.starts_with("models."))];
        writeln!(part, "  g{at}: {{{}}}", spelled(&pair.sides[side])).unwrap();
    }
    let [data, models] = parts;
    format!(
        "version: 1\nreference: ref.json\ndata:\n{data}  o: {{path: o.jsonl, rows: {{is: \">= 1\", since_reference: \">= baseline\"}}}}\n  \
         u: {{path: u.jsonl}}\nmodels:\n{models}"
    )
}

fn place() -> Workplace {
    let place = Workplace::new();
    for name in ["d", "b", "o", "u"] {
        let row = "{\"id\": 1, \"day\": 1, \"age\": 30, \"x\": 0.5, \"y\": 1, \"z\": 0, \"sex\": \"f\", \"zip\": \"a\", \"name\": \"n\", \"tags\": [\"a\"], \
                   \"at\": \"2024-01-01T00:00:00Z\", \"at2\": \"2024-01-01T00:00:00Z\", \"until\": \"2024-01-02T00:00:00Z\"}\n";
        place.write(&format!("{name}.jsonl"), row);
    }
    for name in ["p", "q", "r"] {
        let head = "id,y,z,s,s2,s3,s4,c,d,e,sex,age,lo,hi,lo2,hi2,t,t2,w,orig,orig2";
        place.write(&format!("{name}.csv"), &format!("{head}\n1,1,0,0.5,0.4,0.3,0.2,1,0,1,f,30,1,2,1,2,1,1,pass,,\n"));
        place.write(&format!("{}.json", ["m", "n", "o"][usize::from(name == "q")]), "{\"n\": 0.5}");
    }
    place.write("n.json", "{\"n\": 0.5}").write("o.json", "{\"n\": 0.5}").write("d.csv", "id,name\n1,a\n2,b\n");
    place.write("l.csv", "id,y\n1,1\n").write("t.md", "passed");
    place.write("org.yml", "version: 1\ndemands: {data.*: {duplicate_rows: 0}}\n");
    place.write("mine/column/mine.md", &PAGE.replace("LIMIT", "1"));
    place.write("softer/column/mine.md", &PAGE.replace("LIMIT", "99"));
    place
}

/// Returns the differences between two configs: the gates, or the keys of settings, and the kinds.
fn differences(place: &Workplace, sides: [&str; 2]) -> Vec<(String, String)> {
    place.write("before.yml", sides[0]).write("after.yml", sides[1]);
    let answer = place.run(&["guard", "--config", "after.yml", "--against", "before.yml", "--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{sides:?}: {}", answer.stderr));
    assert_eq!(report["guard"]["notes"], Value::Null, "{sides:?}");
    super::found(&report)
}

fn joined<'a>(kinds: impl Iterator<Item = &'a String>) -> String {
    let kinds: BTreeSet<&str> = kinds.map(String::as_str).collect();
    if kinds.is_empty() { "none".to_owned() } else { Vec::from_iter(kinds).join(" ") }
}

fn schema_keys() -> (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>) {
    let schema = config_schema(&Catalog::built_in().unwrap());
    let mut found = Default::default();
    walk(&schema, &schema, "", &[], &mut found);
    found
}

#[test]
fn every_key_of_the_schema_has_a_pair() {
    let (keys, checks) = schema_keys();
    let known: BTreeSet<String> = pairs(&checks).into_iter().map(|pair| pair.key).collect();
    // The value of a check has the pair of the check, and the parts of a waiver those of `waivers`.
    let is_part =
        |key: &str| key.ends_with(".is") || key.rsplit_once('.').is_some_and(|(above, _)| above.ends_with(".waive"));
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| !known.contains(*key) && !is_part(key) && !is_refused(key) && !OF_THE_WEB.contains(&key.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}: say in fixtures/guard/keys.json what a change of it is");
    let unknown: Vec<&String> = known.difference(&keys).collect();
    assert!(unknown.is_empty(), "no keys of the schema: {unknown:#?}");
    assert!(known.len() > 600, "{}", known.len());
}

#[test]
fn every_difference_has_its_kind_in_both_directions() {
    let place = place();
    let (parts, whole): (Vec<KeyPair>, Vec<KeyPair>) = pairs(&schema_keys().1)
        .into_iter()
        .partition(|pair| pair.key.starts_with("data.") || pair.key.starts_with("models."));
    let mut wrong = Vec::new();
    let mut compare = |key: &str, direction: usize, expected: &str, found: &str| {
        let is_right = if expected == WIDER { ["tightened", "changed"].contains(&found) } else { expected == found };
        if !is_right {
            wrong.push(format!("{key}, {}: expected {expected}, found {found}", ["as written", "reversed"][direction]));
        }
    };
    let configs = [config(&parts, 0), config(&parts, 1)];
    for direction in [0, 1] {
        let found = differences(&place, [&configs[direction], &configs[1 - direction]]);
        let mut of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (gate, kind) in found {
            let number = gate.split('.').nth(1).and_then(|name| name.strip_prefix('g')?.parse().ok());
            of.entry(number.unwrap_or_else(|| panic!("{gate}"))).or_default().push(kind);
        }
        for (at, pair) in parts.iter().enumerate() {
            compare(&pair.key, direction, &pair.kinds[direction], &joined(of.get(&at).into_iter().flatten()));
        }
    }
    for pair in &whole {
        let configs = [0, 1].map(|side| format!("{{{}}}", spelled(&pair.sides[side])));
        for direction in [0, 1] {
            let found = differences(&place, [&configs[direction], &configs[1 - direction]]);
            compare(&pair.key, direction, &pair.kinds[direction], &joined(found.iter().map(|(_, kind)| kind)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
