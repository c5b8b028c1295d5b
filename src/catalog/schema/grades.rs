//! The part of the config's schema for graded rows.

use serde_json::{Value, json};

use crate::measurement::behaviour::AnswerChange;

/// Adds the keys of graded rows to the schema of a model's predictions, and what else such a model may have.
pub(super) fn add(schema: &mut Value) {
    if let (Some(known), Value::Object(keys)) = (schema["properties"].as_object_mut(), keys()) {
        known.extend(keys);
    }
    if let Some(rules) = schema["allOf"].as_array_mut() {
        rules.push(rule());
    }
}

fn rule() -> Value {
    json!({
        "if": {"properties": {"task": {"const": "score"}}, "required": ["task"]},
        "then": {
            "required": ["score"],
            "properties": {"label": false, "labels": false, "prediction": false, "interval": false, "logits": false, "threshold": false}
        },
        "else": {"required": ["label"], "properties": {"better": false, "words": false, "samples": false, "pair": false}}
    })
}

fn keys() -> Value {
    let words = AnswerChange::ALL.map(|(word, _)| word);
    json!({
        "better": {"enum": ["higher", "lower"], "description": "The better direction of grades"},
        "words": {
            "type": "object", "minProperties": 1,
            "additionalProperties": {"type": ["number", "boolean", "null"]},
            "description": "The grade of each word, null for a row that was not scored; by default pass, fail, win, tie and the like are known"
        },
        "keys": {
            "type": "object", "additionalProperties": false, "minProperties": 1,
            "properties": {"new": {"enum": ["error", "list"], "default": "error"}, "missing": {"const": "error"}},
            "description": "The treatment of keys that only one side has; with new: list, the candidate's new rows are listed and not compared"
        },
        "unscored": {
            "description": "The treatment of rows without a prediction or a grade: an error, wrong, a grade, or left out on both sides up to a proportion",
            "default": "error",
            "anyOf": [
                {"enum": ["error", "wrong", "drop-pairs"]},
                {"type": "number"},
                {
                    "type": "object", "required": ["drop-pairs"], "additionalProperties": false,
                    "properties": {"drop-pairs": {"type": ["number", "string"]}}
                }
            ]
        },
        "pair": {
            "type": "object", "additionalProperties": false, "required": ["of"],
            "description": "Rows that are variants of other rows: the grade is whether the answer changes as expected",
            "properties": {
                "of": {"type": "string", "minLength": 1, "description": "The column with the key of each variant's original, null in originals"},
                "expect": {
                    "default": "same",
                    "description": "The expected change of the answer, or one for each value of a column",
                    "anyOf": [
                        {"enum": words},
                        {
                            "type": "object", "minProperties": 1, "maxProperties": 1,
                            "additionalProperties": {"type": "object", "minProperties": 1, "additionalProperties": {"enum": words}}
                        }
                    ]
                },
                "tolerance": {"type": ["number", "string"], "default": 0, "description": "The size of a change that counts as none"}
            }
        },
        "samples": {
            "enum": ["even", "uneven"], "default": "even",
            "description": "`uneven` if questions may have different numbers of samples"
        }
    })
}
