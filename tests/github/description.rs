//! GitHub's own description of its API: the form of requests and responses.
//!
//! `description.json` is the part of `@octokit/openapi` that mlgate uses, extracted by `tests/contract/trim.mjs`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

pub(crate) struct Description {
    document: Value,
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

/// Returns the description, which is read once.
pub(crate) fn description() -> &'static Description {
    static READ: OnceLock<Description> = OnceLock::new();
    READ.get_or_init(|| {
        let mut document = serde_json::from_str(include_str!("description.json")).unwrap();
        nullable(&mut document);
        Description { document, validators: Mutex::new(BTreeMap::new()) }
    })
}

/// Converts OpenAPI 3.0's `nullable: true` into JSON Schema's null type.
fn nullable(node: &mut Value) {
    match node {
        Value::Array(items) => items.iter_mut().for_each(nullable),
        Value::Object(fields) => {
            fields.values_mut().for_each(nullable);
            if fields.remove("nullable") == Some(Value::Bool(true)) {
                let schema = Value::Object(std::mem::take(fields));
                fields.insert("anyOf".to_owned(), json!([{"type": "null"}, schema]));
            }
        }
        _ => {}
    }
}

impl Description {
    /// Returns the problems that GitHub would find with a request.
    pub(crate) fn problems_of_request(&self, method: &str, path: &str, query: &str, body: &Value) -> Vec<String> {
        let Some((template, operation)) = self.operation(method, path) else {
            return vec![format!("{method} {path}: GitHub describes no such operation")];
        };
        let id = format!("{method} {template}");
        let mut problems = Vec::new();
        let values: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into(), value.into())).collect();
        let in_path: Vec<(String, String)> = template
            .split('/')
            .zip(path.split('/'))
            .filter_map(|(name, value)| Some((name.strip_prefix('{')?.strip_suffix('}')?.to_owned(), value.to_owned())))
            .collect();
        let parameters: Vec<&Value> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| self.resolved(parameter))
            .collect();
        for (place, values) in [("query", values), ("path", in_path)] {
            for (name, text) in values {
                let known = parameters.iter().find(|known| known["name"] == *name && known["in"] == place);
                let Some(parameter) = known else {
                    problems.push(format!("{id}: `{name}` is not a parameter of its {place}"));
                    continue;
                };
                let schema = &parameter["schema"];
                let value = text.parse::<u64>().map_or(json!(text), |number| json!(number));
                let value = if schema["type"] == "string" { json!(text) } else { value };
                problems.extend(self.problems(&format!("{id} {name}"), schema, &value));
            }
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        match (schema, body) {
            (Value::Null, Value::Null) => {}
            (Value::Null, _) => problems.push(format!("{id} takes no body")),
            (schema, body) => {
                problems.extend(self.problems(&format!("{id} body"), schema, body));
                // The schema allows other parameters, which have no effect.
                let known = self.properties(schema);
                let unknown = body.as_object().into_iter().flatten().filter(|(name, _)| !known.contains(name));
                problems.extend(unknown.map(|(name, _)| format!("{id}: a body has no `{name}`")));
            }
        }
        problems
    }

    /// Returns the problems of a response, as far as GitHub describes it: a fake with other responses would prove
    /// nothing.
    pub(crate) fn problems_of_answer(&self, method: &str, path: &str, status: u16, body: &Value) -> Vec<String> {
        let Some((template, operation)) = self.operation(method, path) else { return Vec::new() };
        let id = format!("{method} {template} {status}");
        match self.answer_schema(operation, status) {
            None => vec![format!("{id}: GitHub describes no such status")],
            Some(Value::Null) => Vec::new(),
            Some(schema) => self.problems(&id, schema, body),
        }
    }

    /// Returns a response with the guaranteed fields only, and with `fields` replacing their values.
    pub(crate) fn answer(&self, method: &str, path: &str, status: u16, fields: &Value) -> Value {
        let (_, operation) = self.operation(method, path).unwrap();
        let schema = self.answer_schema(operation, status).unwrap();
        // A list consists of instances of its items.
        match fields {
            Value::Array(items) => items.iter().map(|fields| merged(self.example(&schema["items"]), fields)).collect(),
            fields => merged(self.example(schema), fields),
        }
    }

    /// Returns an instance of a named schema, with `fields` replacing its values.
    pub(crate) fn part(&self, name: &str, fields: &Value) -> Value {
        merged(self.example(&self.document["components"]["schemas"][name]), fields)
    }

    fn answer_schema<'a>(&'a self, operation: &'a Value, status: u16) -> Option<&'a Value> {
        let response = operation["responses"].get(status.to_string())?;
        Some(&self.resolved(response)["content"]["application/json"]["schema"])
    }

    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let names: Vec<&str> = template.split('/').collect();
            names.len() == parts.len()
                && names.iter().zip(&parts).all(|(name, part)| name.starts_with('{') || name == part)
        };
        let paths = self.document["paths"].as_object()?;
        let mut found: Vec<_> = paths.iter().filter(|(template, _)| fits(template)).collect();
        // A template with more literal parts is more specific.
        found.sort_by_key(|(template, _)| template.matches('{').count());
        let method = method.to_ascii_lowercase();
        found.into_iter().find_map(|(template, methods)| Some((template.as_str(), methods.get(&method)?)))
    }

    fn resolved<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(reference) => self.resolved(self.document.pointer(reference.trim_start_matches('#')).unwrap()),
            None => node,
        }
    }

    fn properties(&self, schema: &Value) -> Vec<String> {
        let schema = self.resolved(schema);
        let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let parts = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
        own.chain(parts.flat_map(|part| self.properties(part))).collect()
    }

    fn problems(&self, id: &str, schema: &Value, value: &Value) -> Vec<String> {
        let key = schema.to_string();
        let validator = self.validators.lock().unwrap().get(&key).cloned();
        let validator = validator.unwrap_or_else(|| {
            let whole = json!({"components": self.document["components"], "allOf": [schema]});
            let made = Arc::new(jsonschema::validator_for(&whole).unwrap());
            self.validators.lock().unwrap().insert(key, Arc::clone(&made));
            made
        });
        validator.iter_errors(value).map(|problem| format!("{id} {}: {problem}", problem.instance_path())).collect()
    }

    /// Returns a minimal value that satisfies a schema.
    fn example(&self, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(all) = schema["allOf"].as_array() {
            return all.iter().fold(Value::Null, |made, part| merged(made, &self.example(part)));
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = schema[choice].get(0) {
                return self.example(first);
            }
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        match schema["type"].as_str() {
            Some("null") => Value::Null,
            Some("array") => json!([]),
            Some("boolean") => json!(false),
            Some("integer" | "number") => json!(1),
            Some("string") => json!(match schema["format"].as_str() {
                Some("uri") => "https://github.com/",
                Some("date-time") => "2026-01-31T12:00:00Z",
                _ => "x",
            }),
            _ => {
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let fields = required.map(|name| (name.to_owned(), self.example(&schema["properties"][name])));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

/// Returns a value with `fields` replaced.
fn merged(made: Value, fields: &Value) -> Value {
    match (made, fields) {
        (Value::Object(mut made), Value::Object(fields)) => {
            for (name, value) in fields {
                let old = made.remove(name).unwrap_or_default();
                made.insert(name.clone(), merged(old, value));
            }
            Value::Object(made)
        }
        (_, fields) => fields.clone(),
    }
}

/// Wrong requests are found, and correct ones are accepted.
#[test]
fn the_description_tells_right_from_wrong() {
    let comments = "/repos/octo/model/issues/7/comments";
    let wrong = |method: &str, path: &str, query: &str, body: Value| {
        !description().problems_of_request(method, path, query, &body).is_empty()
    };
    assert!(!wrong("POST", comments, "", json!({"body": "text"})));
    assert!(!wrong("GET", comments, "per_page=100&page=2", Value::Null));
    assert!(wrong("POST", comments, "", json!({"text": "text"})));
    assert!(wrong("POST", comments, "", json!({"body": "text", "event": "APPROVE"})));
    assert!(wrong("POST", comments, "", Value::Null));
    assert!(wrong("GET", comments, "per_page=all", Value::Null));
    assert!(wrong("GET", comments, "author=me", Value::Null));
    assert!(wrong("GET", "/repos/octo/model/issues/seven/comments", "", Value::Null));
    assert!(wrong("POST", "/repos/octo/model/issues/comments/1", "", json!({"body": "text"})));
    let check = |conclusion: &str, annotations: usize| {
        let annotation =
            json!({"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"});
        let output = json!({"title": "t", "summary": "s", "annotations": vec![annotation; annotations]});
        json!({"name": "n", "head_sha": "s", "status": "completed", "conclusion": conclusion, "output": output})
    };
    let checks = "/repos/octo/model/check-runs";
    assert!(!wrong("POST", checks, "", check("success", 50)));
    assert!(wrong("POST", checks, "", check("passed", 1)));
    assert!(wrong("POST", checks, "", check("success", 51)));
    let answer = description().answer("POST", comments, 201, &json!({"id": 7}));
    assert_eq!(description().problems_of_answer("POST", comments, 201, &answer), Vec::<String>::new());
    assert!(!description().problems_of_answer("POST", comments, 201, &json!({"id": 7})).is_empty());
}
