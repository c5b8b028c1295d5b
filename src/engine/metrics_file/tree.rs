//! Reader of JSON and YAML; names are paths, joined by dots.

use granit_parser::{Event, Parser, ScalarStyle};

use super::numbers::{FoundNumber, add, number};

/// The deepest nesting of a metric.
const MOST_DEPTH: usize = 32;

/// Keys of a record's name, as in `[{"key": "accuracy", "value": 0.9}]`, the format of MLflow's interface.
const NAME_KEYS: [&str; 3] = ["key", "name", "metric"];
const VALUE_KEY: &str = "value";

/// Returns all numbers, and descriptions of other values in their place.
///
/// One parser serves both: JSON is YAML, except for the `NaN` and `Infinity` that Python writes, which are not numbers
/// in either format here.
///
/// # Errors
///
/// The text is neither, is nested too deeply, or uses features that no file of metrics needs.
pub(super) fn numbers(text: &str) -> Result<FoundNumber, String> {
    let mut tree = Tree { stack: Vec::new(), found: FoundNumber::new() };
    let mut documents = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| {
            let line = error.marker().line();
            format!("it is neither JSON nor YAML: {} in line {line}", error.info())
        })?;
        let line = span.start.line();
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(format!("a second document starts in line {line}; a file of metrics has only one"));
                }
            }
            Event::Alias(_) => {
                return Err(format!("an alias (`*`) is in line {line}, which a file of metrics cannot have"));
            }
            Event::Scalar(ref value, style, _, _) => {
                let is_tagged = event.tag().is_some();
                tree.scalar(value, style == ScalarStyle::Plain, is_tagged, line)?;
            }
            Event::SequenceStart(..) => tree.open(OpenNumber::List { next: 0 }, line)?,
            Event::MappingStart(..) => tree.open(OpenNumber::Map { key: None, record: Record::default() }, line)?,
            Event::SequenceEnd | Event::MappingEnd => tree.close(line)?,
            _ => {}
        }
    }
    Ok(tree.found)
}

struct Tree {
    /// The open lists and mappings, each with its path.
    stack: Vec<(OpenNumber, String)>,
    found: FoundNumber,
}

enum OpenNumber {
    List { next: usize },
    Map { key: Option<String>, record: Record },
}

/// A mapping in a list that may be a name with its value.
#[derive(Default)]
struct Record {
    name: Option<String>,
    value: Option<Result<f64, String>>,
}

impl Tree {
    fn scalar(&mut self, text: &str, is_plain: bool, is_tagged: bool, line: usize) -> Result<(), String> {
        if let Some((OpenNumber::Map { key: key @ None, .. }, _)) = self.stack.last_mut() {
            *key = Some(text.to_owned());
            return Ok(());
        }
        let value = match text {
            _ if is_tagged => Err("a value with a tag".to_owned()),
            _ if !is_plain => Err(format!("text (`{}`)", super::numbers::clipped(text))),
            "" | "~" | "null" | "Null" | "NULL" => Err("null".to_owned()),
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Err(text.to_owned()),
            ".nan" | ".NaN" | ".NAN" => Err("NaN".to_owned()),
            ".inf" | ".Inf" | ".INF" | "-.inf" | "-.Inf" | "-.INF" | "+.inf" => Err("infinite".to_owned()),
            _ => number(text),
        };
        if let Some((OpenNumber::Map { key: Some(key), record }, _)) = self.stack.last_mut() {
            match key.as_str() {
                VALUE_KEY => record.value = Some(value.clone()),
                key if NAME_KEYS.contains(&key) && !is_number_like(text, is_plain) => {
                    record.name = Some(text.to_owned())
                }
                _ => {}
            }
        }
        let path = self.path();
        add(&mut self.found, path, value, line)?;
        self.next();
        Ok(())
    }

    fn open(&mut self, open: OpenNumber, line: usize) -> Result<(), String> {
        if self.stack.len() == MOST_DEPTH {
            return Err(format!("it is nested more than {MOST_DEPTH} levels deep in line {line}"));
        }
        if let Some((OpenNumber::Map { key: None, .. }, _)) = self.stack.last() {
            return Err(format!("a key in line {line} is not a name"));
        }
        let path = self.path();
        if path.len() > super::numbers::LONGEST_NAME {
            return Err(format!("a name in line {line} is longer than {} bytes", super::numbers::LONGEST_NAME));
        }
        self.stack.push((open, path));
        Ok(())
    }

    fn close(&mut self, line: usize) -> Result<(), String> {
        if let Some((OpenNumber::Map { record: Record { name: Some(name), value: Some(value) }, .. }, _)) =
            self.stack.pop()
            && let Some((OpenNumber::List { .. }, above)) = self.stack.last()
        {
            let name = joined(above, &name);
            add(&mut self.found, name, value, line)?;
        }
        self.next();
        Ok(())
    }

    /// Returns the name of the next value.
    fn path(&self) -> String {
        match self.stack.last() {
            Some((OpenNumber::List { next }, above)) => joined(above, &next.to_string()),
            Some((OpenNumber::Map { key, .. }, above)) => joined(above, key.as_deref().unwrap_or_default()),
            None => String::new(),
        }
    }

    fn next(&mut self) {
        match self.stack.last_mut() {
            Some((OpenNumber::List { next }, _)) => *next += 1,
            Some((OpenNumber::Map { key, .. }, _)) => *key = None,
            None => {}
        }
    }
}

fn is_number_like(text: &str, is_plain: bool) -> bool {
    is_plain && number(text).is_ok()
}

fn joined(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str, name: &str) -> Result<f64, String> {
        numbers(text).unwrap().get(name).unwrap_or_else(|| panic!("{:?}", numbers(text))).clone()
    }

    #[test]
    fn flat_and_nested_json() {
        assert_eq!(value("{\"accuracy\": 0.9, \"n\": 100}", "accuracy"), Ok(0.9));
        // The format of DVCLive.
        let live = "{\n    \"train\": {\"loss\": 1.5e-05},\n    \"eval\": {\"accuracy\": 0.93, \"f1\": {\"macro\": 0.9}},\n    \"step\": 12\n}";
        assert_eq!(value(live, "eval.f1.macro"), Ok(0.9));
        assert_eq!(value(live, "train.loss"), Ok(1.5e-5));
        assert_eq!(value("{\n\t\"a\": [0.1,\n\t0.2]}", "a.1"), Ok(0.2));
    }

    #[test]
    fn yaml() {
        assert_eq!(value("eval:\n  accuracy: 0.93\n  recall@5: 1\nwhen: 2024-01-01\n", "eval.recall@5"), Ok(1.0));
    }

    #[test]
    fn records_of_a_name_and_a_value() {
        // The formats of `mlflow runs describe` and of MLflow's interface.
        let described = "{\"info\": {\"run_id\": \"1\"}, \"data\": {\"metrics\": {\"val_accuracy\": 0.9}, \"params\": {\"lr\": \"0.1\"}}}";
        assert_eq!(value(described, "data.metrics.val_accuracy"), Ok(0.9));
        let answered = "{\"metrics\": [{\"key\": \"rmse\", \"value\": 2.5, \"timestamp\": 1, \"step\": \"0\"}, {\"key\": \"r2\", \"value\": \"NaN\"}]}";
        assert_eq!(value(answered, "metrics.rmse"), Ok(2.5));
        assert!(value(answered, "metrics.r2").is_err());
    }

    #[test]
    fn what_is_no_number_says_what_it_is_and_where() {
        let text = "{\"a\": NaN,\n\"b\": -Infinity,\n\"c\": \"0.9\",\n\"d\": true,\n\"e\": null,\n\"f\": 1e999,\n\"a.b\": 1, \"a\": {\"b\": 2}}";
        assert_eq!(value(text, "b"), Err("infinite in line 2".to_owned()));
        assert_eq!(value(text, "c"), Err("text (`0.9`) in line 3".to_owned()));
        assert_eq!(value(text, "d"), Err("true in line 4".to_owned()));
        assert_eq!(value(text, "e"), Err("null in line 5".to_owned()));
        assert_eq!(value(text, "f"), Err("infinite in line 6".to_owned()));
        assert_eq!(value(text, "a.b"), Err("repeated in line 7".to_owned()));
        assert_eq!(value("a: .nan\n", "a"), Err("NaN in line 1".to_owned()));
        assert_eq!(
            value("a: !!python/object:numpy.float64 0.5\n", "a"),
            Err("a value with a tag in line 1".to_owned())
        );
        assert_eq!(value("{\"a\": 1, \"a\": 2}", "a"), Err("repeated in line 1".to_owned()));
    }

    #[test]
    fn hostile_text_is_refused() {
        let nested = format!("{}1{}", "[".repeat(40), "]".repeat(40));
        assert!(numbers(&nested).unwrap_err().contains("nested more than"));
        assert!(numbers(&"[".repeat(1_000_000)).is_err());
        assert!(numbers(&"{a: ".repeat(1_000_000)).is_err());
        assert!(numbers("a: &x [1]\nb: *x\n").unwrap_err().contains("an alias"));
        assert!(numbers("a: 1\n---\na: 2\n").unwrap_err().contains("second document"));
        assert!(numbers("{\"a\": 1").unwrap_err().contains("neither JSON nor YAML"));
        assert!(numbers("{[1]: 2}").unwrap_err().contains("is not a name"));
        let long = "x".repeat(1_000);
        assert!(numbers(&format!("{long}: {{b: 1}}")).unwrap_err().contains("longer than 500 bytes"));
        let many = format!("[{}1]", "1,".repeat(200_000));
        assert!(numbers(&many).unwrap_err().contains("too many values"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}") {
            let _ = numbers(&text);
        }

        #[test]
        fn no_mutilated_file_makes_it_panic(cut in 0usize..90, insert in "[\\[\\]{}:,&*!|>'\"#\n\t -]{0,6}") {
            let text = "{\"a\": {\"b\": [1, {\"key\": \"x\", \"value\": 2}]},\n \"c\": NaN, \"d\": [true, null]}";
            let cut = cut.min(text.len());
            let _ = numbers(&format!("{}{insert}{}", &text[..cut], &text[cut..]));
        }
    }
}
