//! YAML as metrics files and model cards have it: 1.2's core schema, with aliases and merge keys.

use std::collections::{BTreeMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle};

use super::Datum;
use crate::readers::ReadLimits;
use crate::readers::number;

/// Parses a document.
///
/// # Errors
///
/// The text is not YAML, has a second document, a key twice, a number that the versions of YAML read differently, or
/// exceeds a limit, counting what its aliases repeat.
pub(in crate::readers) fn yaml(text: &str, limits: &ReadLimits) -> Result<Datum, String> {
    let mut builder = YamlBuilder { stack: Vec::new(), anchors: BTreeMap::new(), nodes: 0, root: None, limits };
    let mut documents = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) =
            next.map_err(|error| format!("it is not YAML: {} in line {}", error.info(), error.marker().line()))?;
        let line = span.start.line();
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                return Err(format!("a second document starts in line {line}, and one is read"));
            }
        }
        builder.event(&event).map_err(|why| format!("{why} in line {line}"))?;
    }
    Ok(builder.root.unwrap_or(Datum::Null))
}

struct YamlBuilder<'a> {
    stack: Vec<OpenDatum>,
    /// Anchored values with their numbers of nodes.
    anchors: BTreeMap<usize, (Datum, usize)>,
    nodes: usize,
    root: Option<Datum>,
    limits: &'a ReadLimits,
}

/// A list or mapping whose end is still to come.
struct OpenDatum {
    anchor: usize,
    /// Number of nodes before this one.
    before: usize,
    /// The tag, if the value is of a type that only its program knows.
    tag: Option<String>,
    content: OpenContent,
}

enum OpenContent {
    List(Vec<Datum>),
    Map { entries: Vec<(String, Datum)>, keys: HashSet<String>, merged: Vec<Datum>, next: Option<YamlKey> },
}

/// A key whose value is read next.
enum YamlKey {
    Name(String),
    /// `<<`, whose value's entries are added.
    Merge,
}

impl YamlBuilder<'_> {
    fn event(&mut self, event: &Event<'_>) -> Result<(), String> {
        let tag = event.tag().filter(|tag| !tag.is_yaml_core_schema()).map(|tag| format!("!{}", tag.suffix()));
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_plain = *style == ScalarStyle::Plain;
                if let Some(OpenDatum { content: OpenContent::Map { keys, next: next @ None, .. }, .. }) =
                    self.stack.last_mut()
                {
                    if is_plain && *text == "<<" {
                        *next = Some(YamlKey::Merge);
                    } else if keys.insert(text.to_string()) {
                        *next = Some(YamlKey::Name(text.to_string()));
                    } else {
                        return Err(format!("the key `{text}` is repeated"));
                    }
                    return Ok(());
                }
                let is_text = event.tag().is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let is_number = event.tag().is_some_and(|tag| tag.is_yaml_core_schema_tag("float"));
                let value = match tag {
                    Some(tag) => Datum::Text(tag),
                    None if (is_plain && !is_text) || is_number => plain(text)?,
                    None => Datum::Text(text.to_string()),
                };
                self.finish(value, *anchor, 1)
            }
            Event::SequenceStart(_, anchor, _) => self.open(*anchor, tag, OpenContent::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                let content =
                    OpenContent::Map { entries: Vec::new(), keys: HashSet::new(), merged: Vec::new(), next: None };
                self.open(*anchor, tag, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => match self.anchors.get(anchor) {
                // The budget is checked before the copy is made.
                Some((_, nodes)) if self.nodes.saturating_add(*nodes) > self.limits.nodes => Err(self.too_many()),
                Some((value, nodes)) => {
                    let (value, nodes) = (value.clone(), *nodes);
                    self.finish(value, 0, nodes)
                }
                None => Err("an alias inside its own anchor is endless".to_owned()),
            },
            _ => Ok(()),
        }
    }

    fn too_many(&self) -> String {
        format!("there are too many values; limit: {}", self.limits.nodes)
    }

    fn open(&mut self, anchor: usize, tag: Option<String>, content: OpenContent) -> Result<(), String> {
        if self.stack.len() >= self.limits.depth {
            return Err(format!("it is nested too deeply; limit: {} levels", self.limits.depth));
        }
        self.stack.push(OpenDatum { anchor, before: self.nodes, tag, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        let value = match open.content {
            OpenContent::List(items) => Datum::List(items),
            OpenContent::Map { mut entries, mut keys, merged, .. } => {
                for (key, value) in merged.into_iter().flat_map(into_entries) {
                    if keys.insert(key.clone()) {
                        entries.push((key, value));
                    }
                }
                Datum::Map(entries)
            }
        };
        let below = self.nodes - open.before;
        self.nodes = open.before;
        self.finish(open.tag.map_or(value, Datum::Text), open.anchor, below + 1)
    }

    fn finish(&mut self, value: Datum, anchor: usize, nodes: usize) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes {
            return Err(self.too_many());
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), nodes));
        }
        match self.stack.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(value),
            Some(OpenContent::List(items)) => items.push(value),
            Some(OpenContent::Map { entries, merged, next, .. }) => match next.take() {
                Some(YamlKey::Name(name)) => entries.push((name, value)),
                Some(YamlKey::Merge) => merged.push(value),
                None => return Err("a key is not a name".to_owned()),
            },
        }
        Ok(())
    }
}

/// Returns the entries that a merge key adds: those of a mapping, or of the mappings of a list.
fn into_entries(value: Datum) -> Vec<(String, Datum)> {
    match value {
        Datum::Map(entries) => entries,
        Datum::List(items) => items.into_iter().flat_map(into_entries).collect(),
        _ => Vec::new(),
    }
}

fn plain(text: &str) -> Result<Datum, String> {
    let lower = text.to_ascii_lowercase();
    let digits = text.trim_start_matches(['-', '+']);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Datum::Null,
        "true" | "True" | "TRUE" => Datum::Bool(true),
        "false" | "False" | "FALSE" => Datum::Bool(false),
        _ if is_whole && digits.len() > 1 && digits.starts_with('0') => {
            return Err(format!("`{text}` is 8-based in YAML 1.1 and 10-based in YAML 1.2; drop the zero"));
        }
        // JSON as Python writes it is read as YAML, too; the words without a dot are text in YAML.
        _ if matches!(lower.trim_start_matches(['-', '+']), ".nan" | ".inf" | "nan" | "infinity") => {
            number::number(text).map_or_else(|| Datum::Text(text.to_owned()), |value| Datum::Number(value, text.into()))
        }
        _ if digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') => match number::number(text) {
            Some(value) => Datum::Number(value, text.into()),
            None if text.parse().is_ok_and(f64::is_infinite) => {
                return Err(format!("the number `{}` is too large", text.chars().take(40).collect::<String>()));
            }
            None => Datum::Text(text.to_owned()),
        },
        _ => Datum::Text(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Datum, String> {
        yaml(text, &ReadLimits { nodes: 1_000, depth: 10, ..ReadLimits::default() })
    }

    #[test]
    fn scalars_of_the_core_schema() {
        let read = parse("a: 0.5\nb: .nan\nc: -.inf\nd: 1e-05\ne: no\nf: 1_000\ng: '0.5'\nh: ~\ni: !!float '2'\nj: !!python/name:x y\n")
            .unwrap();
        let number = |key: &str| read.get(key).unwrap().number();
        assert_eq!(number("a"), Some(0.5));
        assert!(number("b").unwrap().is_nan());
        assert_eq!(number("c"), Some(f64::NEG_INFINITY));
        assert_eq!(number("d"), Some(1e-5));
        assert_eq!(read.get("e").unwrap().text(), Some("no"));
        assert_eq!(read.get("f").unwrap().text(), Some("1_000"));
        assert_eq!((number("g"), read.get("h")), (None, Some(&Datum::Null)));
        assert_eq!(number("i"), Some(2.0));
        assert_eq!(number("j"), None);
    }

    #[test]
    fn aliases_and_merge_keys() {
        let read = parse("a: &x {lr: 0.1, n: 1}\nb: {<<: *x, n: 2}\nc: *x\n").unwrap();
        assert_eq!(read.at(&["b", "lr"]).unwrap().number(), Some(0.1));
        assert_eq!(read.at(&["b", "n"]).unwrap().number(), Some(2.0));
        assert_eq!(read.at(&["c", "n"]).unwrap().number(), Some(1.0));
    }

    #[test]
    fn hostile_text_is_refused() {
        let mut bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}", level - 1);
            bomb.extend([format!("a{level}: &a{level} ["), vec![before; 10].join(","), "]\n".to_owned()]);
        }
        assert!(parse(&bomb).unwrap_err().contains("too many values"));
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse("a: &x [*x]\n").is_err());
        for text in ["a: 1\na: 2\n", "a: 1\n---\na: 2\n", "a: 017\n", "a: 1e999\n", "{[1]: 2}", "a: [1", "a: *y\n"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]{}:,&*!|>'\"#\na-c0-1. <-]{0,40}") {
            let _ = parse(&text);
        }
    }
}
