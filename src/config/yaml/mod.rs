//! YAML text → nodes with places.
//!
//! Scalars are those of YAML 1.2's core schema and no others: `on`, `no` and `12:30` are text. A number with a leading
//! zero is refused, because the two versions of YAML read it differently.

use super::span::{Span, Spanned};
use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle};

use super::diagnostic::Diagnostic;
use crate::stats::Digits;

/// Maximum number of nodes after aliases are expanded: more is an attack.
const MOST_NODES: usize = 200_000;

/// Maximum bytes of text after aliases are expanded: more is an attack.
const MOST_BYTES: usize = 32 << 20;
/// Approximate bytes of a node besides its text.
const NODE: usize = 100;

/// Maximum nesting depth.
const MOST_DEPTH: usize = 32;

/// A value of the text and its place.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the summary names both")]
pub struct Node {
    pub value: Value,
    pub span: Span,
}

/// The value of a node.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names are those of YAML")]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A number as written, because neither an integer nor a float holds all its digits.
    Exact(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the summary names both")]
pub struct Entry {
    pub key: Spanned<String>,
    pub value: Node,
}

impl Node {
    /// Returns the value of a key, if this is a mapping that contains it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().and_then(|entries| entries.iter().find(|entry| entry.key.value == key)).map(|entry| &entry.value)
    }

    /// Returns the entries, if this is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number, if this is one.
    pub fn as_number(&self) -> Option<f64> {
        match self.value {
            #[expect(clippy::cast_precision_loss, reason = "no bound is larger than 2^53")]
            Value::Int(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            Value::Exact(ref text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns the value's kind for a message: "a number".
    pub fn kind_name(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Int(_) | Value::Float(_) | Value::Exact(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Parses one document.
///
/// # Errors
///
/// A syntax error, or every YAML feature in the text that a config must not use.
pub fn parse(text: &str) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder {
        text,
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        size: NodeSize::default(),
        root: None,
        problems: Vec::new(),
    };
    let mut documents = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
                builder.problem(format!("this is not YAML: {}", error.info()), Span { start: at, end: at });
                break;
            }
        };
        let span =
            span.byte_range().map_or(Span { start: 0, end: 0 }, |range| Span { start: range.start, end: range.end });
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                builder.problem("a second document starts here; a config has only one".to_owned(), span);
                break;
            }
        }
        if !builder.event(event, span) {
            break;
        }
    }
    match builder.root {
        Some(root) if builder.problems.is_empty() => Ok(root),
        None if builder.problems.is_empty() => Ok(Node { value: Value::Null, span: Span { start: 0, end: 0 } }),
        _ => Err(builder.problems),
    }
}

struct Builder<'a> {
    text: &'a str,
    stack: Vec<OpenNode>,
    anchors: BTreeMap<usize, (Node, NodeSize)>,
    size: NodeSize,
    root: Option<Node>,
    problems: Vec<Diagnostic>,
}

/// The number of nodes and the bytes of a node with everything below it.
#[derive(Debug, Clone, Copy, Default)]
struct NodeSize {
    nodes: usize,
    bytes: usize,
}

impl NodeSize {
    fn of_text(bytes: usize) -> Self {
        Self { nodes: 1, bytes: NODE + bytes }
    }

    fn and(self, other: Self) -> Self {
        Self { nodes: self.nodes.saturating_add(other.nodes), bytes: self.bytes.saturating_add(other.bytes) }
    }

    fn since(self, before: Self) -> Self {
        Self { nodes: self.nodes - before.nodes, bytes: self.bytes - before.bytes }
    }
}

/// A list or mapping whose end has not been read yet.
struct OpenNode {
    start: usize,
    anchor: usize,
    before: NodeSize,
    content: NodeContent,
}

enum NodeContent {
    List(Vec<Node>),
    /// The entries, the places of their keys, and the key whose value is read next.
    Map(Vec<Entry>, BTreeMap<String, Span>, Option<Spanned<String>>),
}

impl Builder<'_> {
    fn problem(&mut self, message: String, span: Span) {
        self.problems.push(Diagnostic::new(message, span));
    }

    /// Handles one event; returns false if no more events are needed.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        if event.tag().is_some() {
            self.problem("tags such as `!!str` are not supported; quote the value instead".to_owned(), span);
        }
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let is_key = matches!(self.stack.last(), Some(OpenNode { content: NodeContent::Map(_, _, None), .. }));
                // A key is always a name, never a number or a boolean.
                if is_key && style == ScalarStyle::Plain && value == "<<" {
                    let message = "`<<` is not YAML 1.2; repeat the keys, or give the whole value an anchor";
                    self.problem(message.to_owned(), span);
                }
                let value = if style == ScalarStyle::Plain && !is_key {
                    self.plain(&value, span)
                } else {
                    Value::Text(value.into_owned())
                };
                let size = NodeSize::of_text(match &value {
                    Value::Text(text) => text.len(),
                    _ => 0,
                });
                self.size = self.size.and(size);
                self.finish(Node { value, span }, anchor, size)
            }
            Event::SequenceStart(_, anchor, _) => self.open(span, anchor, NodeContent::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                self.open(span, anchor, NodeContent::Map(Vec::new(), BTreeMap::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some((node, size)) => {
                    let size = *size;
                    self.size = self.size.and(size);
                    // The budget is checked before the copy is made.
                    let node = if self.is_within() { node.clone() } else { Node { value: Value::Null, span } };
                    self.finish(Node { span, ..node }, 0, size)
                }
                None => {
                    self.problem("an alias inside its own anchor is endless".to_owned(), span);
                    false
                }
            },
            _ => true,
        }
    }

    fn open(&mut self, span: Span, anchor: usize, content: NodeContent) -> bool {
        if self.stack.len() == MOST_DEPTH {
            self.problem(format!("values are nested more than {MOST_DEPTH} levels deep"), span);
            return false;
        }
        self.stack.push(OpenNode { start: span.start, anchor, before: self.size, content });
        self.size = self.size.and(NodeSize::of_text(0));
        true
    }

    fn close(&mut self, span: Span) -> bool {
        let Some(open) = self.stack.pop() else { return true };
        // The parser reports the end of a block at the next token; blank lines before that are not part of the block.
        let end = self.text.get(open.start..span.end).map_or(span.end, |text| open.start + text.trim_end().len());
        let value = match open.content {
            NodeContent::List(items) => Value::List(items),
            NodeContent::Map(entries, ..) => Value::Map(entries),
        };
        let size = self.size.since(open.before);
        self.finish(Node { value, span: Span { start: open.start, end: end.max(open.start) } }, open.anchor, size)
    }

    fn is_within(&self) -> bool {
        self.size.nodes <= MOST_NODES && self.size.bytes <= MOST_BYTES
    }

    fn finish(&mut self, node: Node, anchor: usize, size: NodeSize) -> bool {
        if anchor != 0 {
            // An anchored node is kept a second time, until the end of the document.
            self.size.bytes = self.size.bytes.saturating_add(size.bytes);
        }
        if !self.is_within() {
            let message = if self.size.nodes > MOST_NODES {
                format!("the config has more than {MOST_NODES} values")
            } else {
                format!("the config is larger than {} MiB, counting what its aliases repeat", MOST_BYTES >> 20)
            };
            self.problem(message, node.span);
            return false;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return true;
        };
        match &mut open.content {
            NodeContent::List(items) => items.push(node),
            NodeContent::Map(_, places, key @ None) => match node.value {
                Value::Text(name) => {
                    if let Some(first) = places.get(&name) {
                        let mut problem = Diagnostic::new(format!("the key `{name}` is repeated here"), node.span);
                        problem.also.push((*first, "first used here".to_owned()));
                        self.problems.push(problem);
                    } else {
                        places.insert(name.clone(), node.span);
                    }
                    *key = Some(Spanned { value: name, span: node.span });
                }
                _ => {
                    self.problems.push(Diagnostic::new("a key must be a name, not a list or mapping", node.span));
                    *key = Some(Spanned { value: String::new(), span: node.span });
                }
            },
            NodeContent::Map(entries, _, key) => {
                if let Some(key) = key.take() {
                    // An empty value has no place of its own, so its key's place is used.
                    let span = if node.span.start == node.span.end { key.span } else { node.span };
                    entries.push(Entry { key, value: Node { value: node.value, span } });
                }
            }
        }
        true
    }

    fn plain(&mut self, text: &str, span: Span) -> Value {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
            "true" | "True" | "TRUE" => return Value::Bool(true),
            "false" | "False" | "FALSE" => return Value::Bool(false),
            _ => {}
        }
        let digits = text.trim_start_matches(['-', '+']);
        if matches!(digits.to_ascii_lowercase().as_str(), ".inf" | ".nan") {
            self.problem(format!("`{text}` is not a number that can be compared; quote it if it is text"), span);
            return Value::Null;
        }
        if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return Value::Text(text.to_owned());
        }
        let leading_zero =
            digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
        if leading_zero {
            let mut problem =
                Diagnostic::new(format!("`{text}` is 8-based in YAML 1.1 and 10-based in YAML 1.2"), span);
            problem.help = Some(format!("drop the zero for a number; quote it for text: \"{text}\""));
            self.problems.push(problem);
            return Value::Null;
        }
        if let Ok(number) = text.parse() {
            return Value::Int(number);
        }
        // Rust also reads "1e5" and "1." as floats, as YAML does; what neither knows, such as 12:30 and 1_000, is text.
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => match Digits::parse(text) {
                Some(digits) if Digits::of_float(number).as_ref() != Some(&digits) => Value::Exact(digits.to_string()),
                _ => Value::Float(number),
            },
            Ok(_) => {
                self.problem(format!("`{text}` is too large for a number"), span);
                Value::Null
            }
            Err(_) => Value::Text(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
