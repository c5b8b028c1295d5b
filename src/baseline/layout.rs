//! The layout of JSON for reviewers: one line for each column, and not one for each number.

use serde_json::Value;

/// The depth to which a value that does not fit on a line is broken up: the file, its lists, a dataset, its columns.
const DEEPEST: usize = 4;
/// The length up to which a value stays on one line.
const LINE: usize = 80;

/// Renders a value; equal values give equal bytes.
pub(super) fn layout(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let line = value.to_string();
    if depth >= DEEPEST || line.len() <= LINE {
        text.push_str(&line);
        return;
    }
    let indent = |text: &mut String, depth: usize| {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Object(entries) => {
            text.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                indent(text, depth + 1);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                write(value, depth + 1, text);
            }
            indent(text, depth);
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, value) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                indent(text, depth + 1);
                write(value, depth + 1, text);
            }
            indent(text, depth);
            text.push(']');
        }
        _ => text.push_str(&line),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_column_is_a_line_and_the_text_is_the_same_value() {
        let column = json!({"name": "age", "counts": (0..40).collect::<Vec<_>>()});
        let value = json!({"version": 1, "datasets": {"t": {"rows": 3, "columns": [column, column]}}});
        let text = layout(&value);
        assert_eq!(text.lines().filter(|line| line.contains("\"age\"")).count(), 2);
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
        assert!(text.starts_with("{\n  \"version\": 1,\n  \"datasets\": {\n    \"t\": {\n"));
    }
}
