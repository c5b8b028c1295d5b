//! The part of the config's schema for models.

use serde_json::{Map, Value, json};

use super::super::{Catalog, Family, MeasureSpec};
use super::{csv, grades, line, lines, na, types};
use crate::stats::{GroupMeasure, Measure, Metric, Parameter, Rate, Task};

/// Returns the schema of `models` and the definitions that it uses.
pub(super) fn definitions(catalog: &Catalog) -> Value {
    let mut metric = lines(catalog, Family::Metric);
    metric.insert("slices".to_owned(), slice_demands());
    json!({
        // The kinds of a model are distinguished by a single key, so that an editor reports the problems of the kind
        // that is meant.
        "model": {
            "type": "object",
            "if": {"required": ["metrics_file"]},
            "then": {"$ref": "#/$defs/metrics_file"},
            "else": {"$ref": "#/$defs/predictions"}
        },
        "predictions": predictions(catalog),
        "metrics_file": metrics_file(catalog),
        "columns": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
        "class": {"type": ["string", "number", "boolean"]},
        "score": {
            "description": "The columns of scores: of P(positive), of a ranking's scores; one for each class or label",
            "oneOf": [
                {"$ref": "#/$defs/columns"},
                {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 2}
            ]
        },
        "prediction": {"$ref": "#/$defs/columns", "description": "The column of predicted classes or numbers; of several labels, one for each"},
        "interval": {
            "type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2,
            "description": "The columns of both ends of a forecast: [low, high]"
        },
        "slices": {
            "anyOf": [
                {"type": "array", "items": {"$ref": "#/$defs/slice"}},
                {
                    "type": "object", "additionalProperties": false, "minProperties": 1,
                    "properties": {
                        "by": {"type": "array", "items": {"$ref": "#/$defs/slice"}},
                        "find": {"$ref": "#/$defs/find"}
                    }
                }
            ],
            "description": "Parts of the rows that are evaluated separately: [sex, [sex, race], {under_25: \"age < 25\"}, {age: {bins: 4}}]"
        },
        "find": find(),
        "slice": {
            "anyOf": [
                {"$ref": "#/$defs/columns"},
                {"type": "object", "additionalProperties": false, "required": ["find"], "properties": {"find": {"$ref": "#/$defs/find"}}},
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {
                        "oneOf": [
                            {"type": "string", "description": "A condition on a row, in SQL"},
                            {
                                "type": "object", "required": ["bins"], "additionalProperties": false,
                                "properties": {"bins": {"type": "integer", "minimum": 2, "maximum": 100}}
                            }
                        ]
                    }
                }
            ]
        },
        "metric": {"type": ["object", "null"], "additionalProperties": false, "properties": metric},
        "metric_of_slice": {"type": ["object", "null"], "additionalProperties": false, "properties": lines(catalog, Family::Metric)},
        "rate": {"type": ["object", "null"], "additionalProperties": false, "properties": lines(catalog, Family::Fairness)},
        "metrics": metrics("metric"),
        "group_column": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object", "minProperties": 1,
                    "additionalProperties": {
                        "type": "array", "items": {"type": "number"}, "minItems": 1,
                        "description": "The lower edge of each band but the first"
                    }
                }
            ]
        },
        "fairness": {
            "type": "object",
            "required": ["by"],
            "additionalProperties": false,
            "properties": {
                "by": {
                    "type": "array", "minItems": 1,
                    "items": {"anyOf": [
                        {"$ref": "#/$defs/group_column"},
                        {"type": "array", "items": {"$ref": "#/$defs/group_column"}, "minItems": 1}
                    ]},
                    "description": "Columns, or lists of columns that are crossed; numbers are cut into bands: [sex, {age: [25, 40, 65]}]"
                },
                "rates": rates()
            }
        },
        "label_fairness": {
            "type": "object",
            "description": "Rates of the label by group, without a model",
            "required": ["label", "by"],
            "additionalProperties": false,
            "properties": {
                "label": {"type": "string", "description": "The column of labels"},
                "positive": {"$ref": "#/$defs/class", "description": "The value of the positive class; by default 1 or true"},
                "by": {"$ref": "#/$defs/fairness/properties/by"},
                "rates": {
                    "type": "object",
                    "description": "Checks of base_rate, or of the proportion of one class: base_rate@approved",
                    "additionalProperties": false,
                    "properties": {"base_rate": {"$ref": "#/$defs/rate"}},
                    "patternProperties": {"^base_rate@.": {"$ref": "#/$defs/rate"}}
                }
            }
        }
    })
}

/// Returns the schema of a model that has a file of metrics and no predictions.
fn metrics_file(catalog: &Catalog) -> Value {
    let mut metric = lines(catalog, Family::Metric);
    let direction =
        json!({"enum": ["higher", "lower"], "description": "The better direction, where the name does not show it"});
    metric.insert("direction".to_owned(), direction);
    let file = |about: &str| json!({"type": "string", "description": about});
    json!({
        "type": "object",
        "required": ["metrics_file"],
        "additionalProperties": false,
        "properties": {
            "metrics_file": file("The change's metrics, computed by another program: JSON, YAML, CSV, a folder of MLflow, or a run of a tracker, such as mlflow:STORE?run=ID"),
            "baseline_metrics_file": file("The baseline's metrics, in one of these forms, such as mlflow:?model=NAME&alias=champion"),
            "may_differ": may_differ(),
            "metrics": {
                "type": "object",
                "description": "Checks by the name of the number in the file, with dots between the levels: eval.accuracy",
                "additionalProperties": {"type": ["object", "null"], "additionalProperties": false, "properties": metric}
            }
        }
    })
}

fn predictions(catalog: &Catalog) -> Value {
    let name = |about: &str| json!({"type": "string", "description": about});
    let tasks = Task::ALL.map(Task::name);
    let mut schema = json!({
        "type": "object",
        "required": ["predictions"],
        "anyOf": [{"required": ["score"]}, {"required": ["prediction"]}, {"required": ["interval"]}],
        "dependentRequired": {"labels": ["key"], "series": ["time"], "time": ["series"], "pairing": ["baseline_predictions"]},
        "not": {"required": ["baseline_predictions", "baseline"]},
        "allOf": [
            {
                "if": {"properties": {"task": {"const": "ranking"}}, "required": ["task"]},
                "then": {"required": ["query"]},
                "else": {"if": {"properties": {"task": {"const": "score"}}, "required": ["task"]}, "else": {"properties": {"query": false}}}
            },
            {
                "if": {"properties": {"pairing": {"const": "none"}}, "required": ["pairing"]},
                "then": {"properties": {"labels": false}},
                "else": {"anyOf": [{"required": ["query"]}, {"dependentRequired": {"baseline_predictions": ["key"]}}]}
            }
        ],
        "additionalProperties": false,
        "properties": {
            "task": {"enum": tasks, "default": "binary", "description": "The kind of prediction"},
            "predictions": name("The change's predictions: a file, folder, glob or URL"),
            "baseline_predictions": name("The baseline's predictions, paired row by row by the key"),
            "pairing": {
                "enum": ["keys", "none"], "default": "keys",
                "description": "`keys` if both sides have the same rows, paired by the key; `none` if they have different ones"
            },
            "may_differ": may_differ(),
            "labels": name("The file of the labels, if they are not in the predictions; joined by the key"),
            "types": types(),
            "na": na(),
            "csv": csv(),
            "key": {"$ref": "#/$defs/columns", "description": "The columns that identify a row"},
            "label": {"$ref": "#/$defs/columns", "description": "The column of labels; of several labels, one for each"},
            "positive": {"$ref": "#/$defs/class", "description": "The value of the positive class; by default 1 or true"},
            "classes": {
                "type": "array", "items": {"$ref": "#/$defs/class"}, "minItems": 2,
                "description": "The classes, in the order of the lists of scores"
            },
            "score": {"$ref": "#/$defs/score"},
            "prediction": {"$ref": "#/$defs/prediction"},
            "interval": {"$ref": "#/$defs/interval"},
            "baseline": {
                "type": "object",
                "description": "The baseline's columns in the same file",
                "minProperties": 1,
                "additionalProperties": false,
                "properties": {
                    "score": {"$ref": "#/$defs/score"},
                    "prediction": {"$ref": "#/$defs/prediction"},
                    "interval": {"$ref": "#/$defs/interval"}
                }
            },
            "logits": {"type": "boolean", "default": false, "description": "If true, scores are logits"},
            "threshold": {
                "type": "number", "minimum": 0, "maximum": 1, "default": 0.5,
                "description": "Without a prediction, a row is predicted positive when its score is at least this"
            },
            "weight": name("The column of the rows' weights"),
            "cluster": name("The column of rows that belong together, such as a user"),
            "query": name("The column of a ranking's queries; of graded rows, the column of questions, whose rows are their samples"),
            "series": name("The column of a forecast's series"),
            "time": name("The column of a forecast's times"),
            "naive_error": name("The column of each row's naive error, by which mean_absolute_scaled_error divides its own"),
            "slices": {"$ref": "#/$defs/slices"},
            "must_pass": must_pass(catalog),
            "metrics": {"$ref": "#/$defs/metrics"},
            "fairness": {"$ref": "#/$defs/fairness"}
        }
    });
    grades::add(&mut schema);
    schema
}

/// Returns the schema of the parts of two evaluations that may differ.
fn may_differ() -> Value {
    json!({"$ref": "#/$defs/columns", "description": "Globs of what may differ between two evaluation logs: quiz.version, *.n-shot"})
}

/// Returns the schema of a search for slices.
fn find() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "description": "A search for the slices in which the model got worse",
        "properties": {
            "metric": {"type": "string", "description": "The metric whose loss is compared row by row; by default the model's first that is a mean of losses of rows"},
            "columns": {
                "anyOf": [{"const": "all"}, {"$ref": "#/$defs/columns"}], "default": "all",
                "description": "The columns whose values describe slices"
            },
            "data": {"type": "string", "description": "The dataset that has the columns, joined by the model's key"},
            "depth": {"type": "integer", "minimum": 1, "maximum": 4, "default": 3, "description": "The most values that describe a slice"},
            "min_n": {"type": "integer", "minimum": 10, "default": 100, "description": "The fewest rows of a slice"},
            "most": {"type": "integer", "minimum": 1, "maximum": 100, "default": 5, "description": "The most slices to name"}
        }
    })
}

/// Returns the schema of a metric's own `slices`.
fn slice_demands() -> Value {
    json!({
        "description": "Slices with limits of their own, or with those of the metric: `all`, or names of columns",
        "oneOf": [
            {"$ref": "#/$defs/columns"},
            {"type": "object", "additionalProperties": {"$ref": "#/$defs/metric_of_slice"}}
        ]
    })
}

/// Returns the schema of metrics by name: complete names for editors to offer, parametrised ones as patterns.
fn metrics(of: &str) -> Value {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    for measure in Measure::all() {
        let subject = json!({"$ref": format!("#/$defs/{of}"), "description": measure.definition()});
        for name in std::iter::once(measure.name()).chain(measure.aliases().iter().copied()) {
            for name in averaged(measure, name) {
                if Metric::parse(&name).is_ok() {
                    properties.insert(name, subject.clone());
                }
            }
        }
        if let Some(number) = number(measure.parameter()) {
            let names: Vec<&str> = std::iter::once(measure.name())
                .chain(measure.aliases().iter().copied())
                .chain(also_at_k(measure))
                .collect();
            let average = if measure.is_averaged() { "(_(micro|macro|weighted|samples))?" } else { "" };
            patterns.insert(format!("^({}){average}@{number}$", names.join("|")), subject.clone());
        }
        if measure.is_of_a_class() {
            let names: Vec<&str> = std::iter::once(measure.name()).chain(measure.aliases().iter().copied()).collect();
            let number = number(measure.parameter()).map(|number| {
                if Metric::parse(measure.name()).is_ok() { format!("(@{number})?") } else { format!("@{number}") }
            });
            patterns.insert(format!("^({}){}@.", names.join("|"), number.unwrap_or_default()), subject);
        }
    }
    let pass_hat = json!({"$ref": format!("#/$defs/{of}"), "description": Measure::PassHatK.definition()});
    patterns.insert(r"^pass\^[1-9][0-9]*$".to_owned(), pass_hat);
    json!({
        "type": "object",
        "description": "Checks by metric; an average follows a `_`, a number or one class of several an `@`: f1_macro, ndcg@10, f1@fraud",
        "additionalProperties": false,
        "properties": properties,
        "patternProperties": patterns
    })
}

/// Returns the schema of rates: those of the confusion table, those of a class behind an `@`, and all metrics.
fn rates() -> Value {
    let mut all = metrics("rate");
    all["description"] = json!(
        "Checks by rate or metric of each group; with several classes, one follows an `@`: selection_rate@approved"
    );
    let odds = GroupMeasure::EqualizedOdds;
    let rates = Rate::ALL.map(GroupMeasure::Rate).into_iter().chain([odds]);
    for rate in rates {
        all["properties"][rate.to_string()] = json!({"$ref": "#/$defs/rate", "description": rate.definition()});
    }
    let names: Vec<String> = Rate::ALL.iter().map(|rate| rate.name().to_owned()).chain([odds.to_string()]).collect();
    all["patternProperties"][format!("^({})@.", names.join("|"))] = json!({"$ref": "#/$defs/rate"});
    all
}

fn averaged(measure: Measure, name: &str) -> Vec<String> {
    let endings: &[&str] =
        if measure.is_averaged() { &["", "_micro", "_macro", "_weighted", "_samples"] } else { &[""] };
    endings.iter().map(|ending| format!("{name}{ending}")).collect()
}

/// Returns the alternative name before an `@k`: `precision@5` is the ranking metric.
fn also_at_k(measure: Measure) -> Option<&'static str> {
    match measure {
        Measure::PrecisionAtK => Some("precision"),
        Measure::RecallAtK => Some("recall"),
        Measure::HitRate => Some("hit_rate"),
        Measure::PassAtK => Some("pass"),
        _ => None,
    }
}

/// Returns the regular expression of the number behind an `@`.
fn number(parameter: Parameter) -> Option<&'static str> {
    match parameter {
        Parameter::None => None,
        Parameter::Beta | Parameter::Order | Parameter::Delta => Some(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
        Parameter::K | Parameter::OptionalK | Parameter::Bins | Parameter::Season => Some("[1-9][0-9]*"),
        Parameter::Quantile => Some(r"0?\.[0-9]+"),
        Parameter::Share => Some(r"(0?\.[0-9]+|1(\.0*)?)"),
        Parameter::Rate => Some(r"(0?\.[0-9]+|[01](\.0*)?)"),
        Parameter::Power => Some(r"-?[0-9]+(\.[0-9]*)?"),
        Parameter::Number => Some(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    }
}

/// Returns the schema of the rows that must be right.
fn must_pass(catalog: &Catalog) -> Value {
    let spec = catalog.family(Family::Metric).find(|spec| spec.measure == MeasureSpec::WrongRows);
    spec.map_or_else(|| json!(false), line)
}
