//! The YAML of the documents: every block is well-formed, and what is a config, or a part of one, is valid by its schema.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mlgate::testing::yaml;
use mlgate::testing::{Catalog, config_schema};
use serde_json::{Value, json};

use crate::support::to_json;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the documents for users.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    for folder in ["docs", "docs/from"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    found.sort();
    found
}

/// A block of YAML: the line of its fence, and its text without the indentation of a list.
struct Block {
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    for (index, line) in page.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        match &mut open {
            None if line.trim_start().starts_with("```yaml") => {
                open = Some((indent, Block { line: index + 1, text: String::new() }));
            }
            Some(_) if line.trim() == "```" => found.extend(open.take().map(|(_, block)| block)),
            Some((indent, block)) => {
                block.text += line.get(*indent..).unwrap_or_default();
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// The places of a config that a part may stand for, by the keys that stand there.
struct Parts {
    schema: Value,
    validator: jsonschema::Validator,
}

impl Parts {
    fn new() -> Self {
        let schema = config_schema(&Catalog::built_in().unwrap());
        let validator = jsonschema::validator_for(&schema).unwrap();
        Self { schema, validator }
    }

    fn keys(&self, pointer: &str) -> BTreeSet<String> {
        self.schema.pointer(pointer).unwrap()["properties"].as_object().unwrap().keys().cloned().collect()
    }

    /// Returns the whole configs that a mapping could be a part of, the outermost first; none if no place has such keys.
    fn wholes(&self, part: &Value) -> Vec<Value> {
        let Some(entries) = part.as_object() else { return Vec::new() };
        let dataset = "/properties/data/additionalProperties";
        let column = format!("{dataset}/properties/columns/additionalProperties");
        let model = json!({"predictions": "p.csv", "label": "label", "score": "score"});
        let fits = |pointer: &str, found: &[&str]| {
            let mut keys = self.keys(pointer);
            keys.extend(found.iter().map(|key| (*key).to_owned()));
            entries.keys().all(|key| keys.contains(key))
        };
        let with = |base: &Value, key: &str, value: &Value| {
            let mut base = base.clone();
            base[key] = value.clone();
            base
        };
        let mut found = Vec::new();
        if fits("", &[]) {
            found.push(with(part, "version", &json!(1)));
        }
        if fits(dataset, &[]) {
            let dataset = if part.get("path").is_some() { part.clone() } else { with(part, "path", &json!("d.csv")) };
            found.push(json!({"version": 1, "data": {"d": dataset}}));
        }
        if fits("/$defs/predictions", &[]) {
            let mut model = model.clone();
            for (key, value) in entries {
                model[key] = value.clone();
            }
            found.push(json!({"version": 1, "models": {"m": model}}));
        }
        // Checks of a column, of a metric, and metrics, side by side in one block: each on its own has a place.
        let one = |key: &String, value: &Value| {
            let line = json!({key.as_str(): value});
            let metric = with(&model, "metrics", &json!({"roc_auc": line}));
            let metrics = with(&model, "metrics", &line);
            let places = [
                json!({"version": 1, "data": {"d": {"path": "d.csv", "columns": {"c": line}}}}),
                json!({"version": 1, "models": {"m": metric}}),
                json!({"version": 1, "models": {"m": metrics}}),
            ];
            places.into_iter().any(|whole| self.validator.is_valid(&whole))
        };
        let known = self.keys(&column).into_iter().chain(self.keys("/$defs/metric")).chain(self.keys("/$defs/metrics"));
        let known: BTreeSet<String> = known.collect();
        if found.is_empty() && entries.keys().all(|key| known.contains(key)) && entries.iter().all(|(k, v)| one(k, v)) {
            found.push(json!({"version": 1}));
        }
        found
    }
}

/// Keys at the top of files that other programs read.
const OF_OTHERS: [&str; 15] = [
    "clone",
    "include",
    "jobs",
    "kind",
    "mlgate",
    "mlgate-bless",
    "name",
    "on",
    "pipelines",
    "pool",
    "repos",
    "steps",
    "verdict",
    "when",
    "workflow",
];

#[test]
fn every_block_of_yaml_is_of_its_form() {
    let parts = Parts::new();
    let (mut wrong, mut configs, mut others) = (Vec::new(), 0, 0);
    for path in documents() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        // Policies have a form of their own, and the test of policies holds that page's blocks.
        if name == "docs/policies.md" {
            continue;
        }
        for block in blocks(&fs::read_to_string(&path).unwrap()) {
            let place = format!("{name}:{}", block.line);
            let only_comments =
                block.text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
            if only_comments {
                continue;
            }
            let node = match yaml::parse(&block.text) {
                Ok(node) => node,
                Err(problem) => {
                    wrong.push(format!("{place}: no YAML: {problem:?}"));
                    continue;
                }
            };
            let value = to_json(&node);
            // A config with checks of its own has a schema of its own, and is run by the test of its page.
            if value.get("checks").is_some() {
                continue;
            }
            let wholes = parts.wholes(&value);
            let is_of_others = value.is_array()
                || value.as_object().is_some_and(|map| map.keys().any(|key| OF_OTHERS.contains(&key.as_str())));
            if wholes.is_empty() && is_of_others {
                others += 1;
            } else if wholes.iter().any(|whole| parts.validator.is_valid(whole)) {
                configs += 1;
            } else {
                let problems = wholes.iter().flat_map(|whole| parts.validator.iter_errors(whole));
                let problems: Vec<String> =
                    problems.map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
                wrong.push(format!("{place}: {problems:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(configs > 25 && others > 8, "{configs} configs, {others} files of other programs");
}

#[test]
fn a_slip_in_a_part_is_noticed() {
    let parts = Parts::new();
    let is_valid = |text: &str| {
        let value = to_json(&yaml::parse(text).unwrap());
        parts.wholes(&value).iter().any(|whole| parts.validator.is_valid(whole))
    };
    assert!(is_valid("columns:\n  age: {nulls: 0}\n"));
    assert!(!is_valid("columns:\n  age: {nuls: 0}\n"));
    assert!(is_valid("nulls: \"< 5%\"\nmax_drop: 1%\n"));
    assert!(!is_valid("max_drop: {is: 1%, confidnce: 0.9}\n"));
    assert!(is_valid("waivers: []\n"));
    assert!(!is_valid("colum: {}\n"));
}
