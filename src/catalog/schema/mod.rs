//! The JSON Schema of a config, derived from the catalogue: editors complete and check a `mlgate.yml` with it.

mod grades;
mod model;

use serde_json::{Map, Value, json};

use super::{Catalog, CheckSpec, Family, MeasureSpec, Param, ParamKind};
use crate::catalog::{TYPES, WHERE};
use crate::config::{COMMENT_MODES, ON_LOOSENED, TextType};

/// A duration, as [`crate::config::seconds`] reads it.
const DURATION: &str = r"^\s*[0-9.]+\s*([smhdw]|(second|minute|hour|day|week)s?)\s*$";

/// Returns the schema (draft 2020-12) of a `mlgate.yml` with these checks.
pub fn config_schema(catalog: &Catalog) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mlgate.yml",
        "description": "The checks of a change's data and predictions",
        "type": "object",
        "required": ["version"],
        "additionalProperties": false,
        "properties": {
            "version": {"const": 1, "description": "The version of this format"},
            "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "The seed of all resampling"},
            "confidence": {
                "type": "number", "minimum": 0.5, "exclusiveMaximum": 1, "default": 0.95,
                "description": "The confidence level of all intervals, which are two-sided"
            },
            "min_cell": {
                "type": "integer", "minimum": 0, "default": 10,
                "description": "Numbers of groups with fewer rows are not shown"
            },
            "memory_limit": {
                "type": "string", "pattern": "^ *[0-9]+ *[KMGkmg][Ii]?[Bb] *$",
                "description": "The memory limit of queries, such as 2GB; beyond it they spill to disk or fail"
            },
            "disk_limit": {
                "type": "string", "pattern": "^ *[0-9]+ *[KMGkmg][Ii]?[Bb] *$", "default": "4GB",
                "description": "The limit on the temporary files of a query, such as 10GB; beyond it is an error"
            },
            "time_limit": {
                "type": "string", "default": "30s",
                "description": "The time limit of a query under `numbers` or `failed_rows`, such as 5 minutes; beyond it is an error"
            },
            "baseline": {
                "description": "The stored baseline to compare with: its place, or a mapping",
                "anyOf": [{"$ref": "#/$defs/baseline_source"}, {"$ref": "#/$defs/baseline"}]
            },
            "reference": {
                "description": "A second, frozen baseline, such as that of the last release: its place, or a mapping",
                "anyOf": [{"$ref": "#/$defs/baseline_source"}, {"$ref": "#/$defs/baseline"}]
            },
            "checks": {"type": "string", "description": "A folder with checks of your own"},
            "comment": comment(),
            "guard": guard(),
            "policy": {
                "description": "The policies that this config is held to: paths, and addresses with their digests",
                "anyOf": [{"$ref": "#/$defs/policy_source"}, {"type": "array", "items": {"$ref": "#/$defs/policy_source"}}]
            },
            "waivers": {
                "type": ["array", "null"], "items": {"$ref": "#/$defs/waived_gates"},
                "description": "Failures that somebody accepts until a date"
            },
            "data": {"type": "object", "additionalProperties": dataset(catalog), "description": "Tables of features, by name"},
            "models": {
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/model"},
                "description": "Tables of predictions, by name"
            }
        },
        "$defs": definitions(catalog)
    })
}

fn comment() -> Value {
    let mode = json!({"enum": COMMENT_MODES, "description": "The occasions on which the comment on the pull request is written"});
    json!({"anyOf": [mode.clone(), {
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "mode": mode,
            "key": {"type": "string", "description": "Each key has a comment of its own"},
            "template": {"type": "string", "description": "A minijinja template below the config's folder"}
        }
    }]})
}

fn guard() -> Value {
    let effect = json!({"enum": ON_LOOSENED, "default": "warn", "description": "The effect of a loosened demand"});
    json!({"description": "The comparison of a change's demands with those of the other side", "anyOf": [effect.clone(), {"const": false}, {
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "against": {
                "type": "string", "minLength": 1, "default": "merge-base",
                "description": "The commit with the other side's config: merge-base, a branch, a tag or an id"
            },
            "on_loosened": {"anyOf": [effect, {"const": false}]}
        }
    }]})
}

fn definitions(catalog: &Catalog) -> Value {
    let mut all = model::definitions(catalog);
    let fields = json!({
        "owner": {"type": "string", "minLength": 1, "maxLength": 100, "description": "The person responsible for it"},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500, "description": "The reason why the gate may fail"},
        "until": {
            "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "description": "Its last day, in UTC; at most 366 days from now"
        }
    });
    let mut waived = fields.clone();
    waived["gates"] = json!({
        "description": "Ids of gates, or globs of them, such as models.income.fairness.**",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
    });
    let waiver = |required: &[&str], properties: Value| json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties});
    all["baseline_source"] = json!({
        "type": "string", "minLength": 1,
        "description": "A path, git:REF[:PATH] (merge-base is a REF), github-artifact:NAME, gitlab-artifact:JOB:PATH, s3://, gs:// or az://"
    });
    let goes_on = json!({"type": "boolean", "default": true, "description": "If false, the search goes on to the next place if git finds no baseline here"});
    let marked = json!({
        "type": "object", "additionalProperties": false, "required": ["place"],
        "properties": {"place": {"$ref": "#/$defs/baseline_source"}, "required": goes_on}
    });
    let pinned = json!({
        "type": "object", "additionalProperties": false, "required": ["url"],
        "properties": {
            "url": {"type": "string", "pattern": "^[a-z0-9]+://", "description": "The place of the file; https:// also needs its digest"},
            "sha256": {"type": "string", "pattern": "^(sha256:)?[0-9A-Fa-f]{64}$", "description": "The digest that it must have"},
            "required": goes_on
        }
    });
    all["policy_source"] = json!({"anyOf": [{"type": "string", "minLength": 1}, pinned.clone()]});
    let place = json!({"anyOf": [{"$ref": "#/$defs/baseline_source"}, marked, pinned]});
    all["baseline"] = json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "from": {
                "description": "The places to look for it, in this order",
                "anyOf": [place, {"type": "array", "items": place, "minItems": 1, "maxItems": 16}]
            },
            "required": {"type": "boolean", "default": true, "description": "If true, a run without one is an error"},
            "rows": {"type": "boolean", "default": false, "description": "If true, `mlgate bless` keeps the rows of models beside it, under hashed keys, so that later ones pair with them"},
            "max_age": {"type": "string", "pattern": DURATION, "description": "The largest age without a warning, as in 30d"}
        }
    });
    all["waiver"] = waiver(&["owner", "reason", "until"], fields);
    all["waived_gates"] = waiver(&["gates", "owner", "reason", "until"], waived);
    all
}

fn dataset(catalog: &Catalog) -> Value {
    let mut properties = Map::new();
    let path = |about: &str| json!({"type": "string", "description": about});
    properties.insert("path".to_owned(), path("A file, folder, glob or URL: Parquet, CSV, TSV, JSON lines, Arrow IPC"));
    properties.insert("baseline_path".to_owned(), path("The baseline's version of the same table"));
    properties.insert("types".to_owned(), types());
    properties.insert("na".to_owned(), na());
    properties.insert("csv".to_owned(), csv());
    for spec in catalog.family(Family::Dataset).filter(|spec| spec.named) {
        let about = format!("By name: {}", spec.summary);
        let named = json!({"type": "object", "additionalProperties": line(spec), "description": about});
        properties.insert(spec.id.clone(), named);
    }
    properties.insert("fairness".to_owned(), json!({"$ref": "#/$defs/label_fairness"}));
    properties.insert(
        "columns".to_owned(),
        json!({
            "type": "object",
            "additionalProperties": {"type": ["object", "null"], "additionalProperties": false, "properties": lines(catalog, Family::Column)},
            "description": "Checks by column; * and ? match names, and the most specific pattern wins"
        }),
    );
    let plain = catalog.family(Family::Dataset).filter(|spec| !spec.named);
    properties.extend(plain.map(|spec| (spec.id.clone(), line(spec))));
    json!({"type": "object", "required": ["path"], "additionalProperties": false, "properties": properties})
}

/// Returns the schema of the declared types of text formats.
fn types() -> Value {
    let names: Vec<&str> = TextType::names().collect();
    json!({
        "type": ["object", "null"],
        "additionalProperties": {"enum": names},
        "description": "Types of columns where CSV, TSV, JSON lines or the names of folders declare none: {zip: string} keeps the zeros of 02134"
    })
}

/// Returns the schema of the words for null of text formats.
fn na() -> Value {
    let word = json!({"type": ["string", "integer"]});
    json!({
        "anyOf": [word, {"type": "array", "items": word}],
        "description": "Words that mean null in CSV, TSV and JSON lines, besides the empty field: [NA, \"null\"]"
    })
}

/// Returns the schema of the dialect of CSV.
fn csv() -> Value {
    let sign = |about: &str| json!({"type": "string", "minLength": 1, "maxLength": 5, "description": about});
    json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "description": "The dialect of CSV and TSV files, where they do not follow RFC 4180",
        "properties": {
            "delimiter": sign("The delimiter of fields, or `tab` or `space`; by default the one that the header shows"),
            "quote": {"anyOf": [sign("The quote around fields"), {"const": false}, {"type": "null"}], "default": "\"", "description": "The quote around fields; `none` if they are never quoted"},
            "escape": sign("The escape before a quote or delimiter that is part of a field"),
            "decimal": {"enum": [".", ","], "default": ".", "description": "The decimal separator; with a comma, points separate thousands"},
            "encoding": {"type": "string", "default": "utf-8", "description": "The encoding by its name in the Encoding Standard, such as windows-1252"},
            "comment": sign("The character at the beginning of lines that are comments"),
            "skip_lines": {"type": "integer", "minimum": 0, "maximum": 10000, "default": 0, "description": "The number of lines before the header"},
            "header": {"type": "boolean", "default": true, "description": "If true, the first line has the names of the columns"},
            "names": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "description": "The names of all columns of files without a header"}
        }
    })
}

fn lines(catalog: &Catalog, family: Family) -> Map<String, Value> {
    let beside = |spec: &&CheckSpec| spec.measure != MeasureSpec::WrongRows;
    catalog.family(family).filter(beside).map(|spec| (spec.id.clone(), line(spec))).collect()
}

/// Returns the schema of a check's line: the short form is the value of `is`, the long form a mapping.
fn line(spec: &CheckSpec) -> Value {
    let keys = |param: &Param| std::iter::once(param.name.clone()).chain(param.also.clone());
    let mut long: Map<String, Value> =
        spec.params.iter().flat_map(|param| keys(param).map(|key| (key, of(param)))).collect();
    long.insert("severity".to_owned(), json!({"enum": ["error", "warning", "note"]}));
    if let Some(is) = spec.params.iter().find(|param| param.name == "is" && !spec.named) {
        let mut reference = of(is);
        if let Some(reference) = reference.as_object_mut() {
            reference.insert("description".to_owned(), json!("the limit against the `reference`, the frozen baseline"));
        }
        long.insert("since_reference".to_owned(), reference);
    }
    if spec.looks_at_rows() && spec.param(WHERE).is_none() {
        let about = "The rows that the check looks at: a condition in SQL, as in status = 'paid'";
        long.insert(WHERE.to_owned(), json!({"type": "string", "minLength": 1, "description": about}));
    }
    long.insert("waive".to_owned(), json!({"$ref": "#/$defs/waiver"}));
    if spec.is_statistical() {
        long.insert("confidence".to_owned(), json!({"type": "number", "minimum": 0.5, "exclusiveMaximum": 1}));
        long.insert("on_inconclusive".to_owned(), json!({"enum": ["warn", "fail", "pass"]}));
    }
    if spec.takes("min_n") {
        long.insert("min_n".to_owned(), json!({"type": "integer", "minimum": 0}));
    }
    let needs_rows = spec.measure == MeasureSpec::WrongRows;
    let needed = || spec.params.iter().filter(|param| param.default.is_none());
    let required: Vec<&str> = needed().filter(|param| param.also.is_empty()).map(|param| param.name.as_str()).collect();
    let either = needed().filter(|param| !param.also.is_empty());
    let either: Vec<Value> = either
        .map(|param| json!({"anyOf": keys(param).map(|key| json!({"required": [key]})).collect::<Vec<_>>()}))
        .collect();
    let mut long = json!({"type": "object", "additionalProperties": false, "required": required, "properties": long});
    if required.contains(&"is") && !spec.named {
        let others: Vec<&str> = required.iter().copied().filter(|name| *name != "is").collect();
        long["required"] = json!(others);
        long["anyOf"] = json!([{"required": ["is"]}, {"required": ["since_reference"]}]);
    }
    if !either.is_empty() {
        long["allOf"] = json!(either);
    }
    if needs_rows {
        long["required"] = json!([WHERE]);
        return json!({"description": spec.summary, "anyOf": [long]});
    }
    let mut forms: Vec<Value> = spec.param("is").map(of).into_iter().collect();
    forms.push(long);
    if spec.family == Family::Column {
        forms.push(
            json!({"const": false, "description": "switches the check off for a column that a pattern includes"}),
        );
    }
    if needed().next().is_none() {
        forms.push(json!({"type": "null"}));
    }
    json!({"description": spec.summary, "anyOf": forms})
}

fn of(param: &Param) -> Value {
    let number = json!({"type": "number"});
    let text = json!({"type": "string"});
    let pair = |items: Value| json!({"type": "array", "items": items, "minItems": 2, "maxItems": 2});
    let schema = match &param.kind {
        ParamKind::ShareBound | ParamKind::RowsBound | ParamKind::NumberBound => {
            json!({"anyOf": [number, {"type": "string", "pattern": "^\\s*(<=|>=|<|>|==?)?\\s*(baseline|[-+0-9.])"}, pair(json!({"type": ["number", "string"]}))]})
        }
        ParamKind::Interval => pair(json!({"type": ["number", "string", "boolean", "null"]})),
        ParamKind::NumberInterval => pair(json!({"type": ["number", "null"]})),
        ParamKind::Values => {
            json!({"type": "array", "items": {"type": ["number", "string", "boolean"]}, "minItems": 1})
        }
        ParamKind::Pattern
        | ParamKind::Condition
        | ParamKind::Column
        | ParamKind::Dataset
        | ParamKind::Query
        | ParamKind::AgeBound => text,
        ParamKind::Gap => json!({"anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": DURATION}
        ]}),
        ParamKind::Reference => json!({"type": "string", "pattern": "^[^.]+\\.."}),
        ParamKind::Group => json!({"anyOf": [
            {"enum": ["highest", "majority", "rest", "overall"]},
            {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1}
        ]}),
        ParamKind::Flag => json!({"type": "boolean"}),
        ParamKind::Edges => json!({"type": "array", "items": number}),
        ParamKind::Number => json!({"anyOf": [number, {"type": "string", "pattern": "%\\s*$"}]}),
        ParamKind::Amount => {
            let one =
                json!([{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.].*(%|pp)\\s*$"}]);
            json!({"anyOf": [one[0], one[1], pair(json!({"anyOf": one}))]})
        }
        ParamKind::Choice(words) => json!({"enum": words}),
        ParamKind::Choices(words) => json!({"anyOf": [{"enum": words}, {"type": "array", "items": {"enum": words}}]}),
        // Some types carry their details behind the name.
        ParamKind::Type => {
            json!({"anyOf": [{"enum": TYPES}, {"type": "string", "pattern": "^ *(decimal|timestamp|binary|list|map|struct|Decimal|Timestamp|Binary|List|Map|Struct)"}]})
        }
        ParamKind::Columns | ParamKind::TheirColumns | ParamKind::Patterns => json!({"type": "array", "items": text}),
    };
    let mut schema = schema;
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), Value::String(param.about.clone()));
    }
    schema
}
