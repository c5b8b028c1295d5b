//! Additions to the text of a config that keep its comments and its layout.

use super::span::Spanned;
use super::yaml::{self, Entry, Node, Value};

/// Reason why a line was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unedited {
    /// The key has a value already.
    Exists,
    /// The layout of the text cannot be extended safely, or the text is not a config.
    Unsafe,
}

/// Adds a value, written as YAML in one line, at a path of keys. Every other value of the result is that of the text.
///
/// `written` turns a key into YAML.
///
/// # Errors
///
/// The key exists, or the result would not be the text with this one addition: aliases, values that are not mappings.
pub fn with_entry(
    text: &str,
    path: &[&str],
    value: &str,
    written: impl Fn(&str) -> String,
) -> Result<String, Unedited> {
    let root = yaml::parse(text).map_err(|_| Unedited::Unsafe)?;
    let (mut mapping, mut left) = (&root, path);
    while let [key, rest @ ..] = left
        && let Some(inner) = mapping.get(key)
    {
        (mapping, left) = (inner, rest);
    }
    let Some((key, deeper)) = left.split_first() else { return Err(Unedited::Exists) };
    let nested = deeper.iter().rev().fold(value.to_owned(), |inner, key| format!("{{{}: {inner}}}", written(key)));
    let entry = format!("{}: {nested}", written(key));
    let entries = mapping.entries().ok_or(Unedited::Unsafe)?;
    let new = match text.get(mapping.span.start..mapping.span.end) {
        Some(own) if own.starts_with('{') && own.ends_with('}') => in_braces(text, mapping, entries.is_empty(), &entry),
        Some(_) => below(text, entries.last().ok_or(Unedited::Unsafe)?, entries.first(), &entry),
        None => None,
    };
    let new = new.ok_or(Unedited::Unsafe)?;
    let found = yaml::parse(&new).map_err(|_| Unedited::Unsafe)?;
    let value = yaml::parse(value).map_err(|_| Unedited::Unsafe)?;
    if same(&found, &extended(&root, path, &value)) { Ok(new) } else { Err(Unedited::Unsafe) }
}

/// Adds an entry before the closing brace of a mapping.
fn in_braces(text: &str, mapping: &Node, is_empty: bool, entry: &str) -> Option<String> {
    let (before, after) = text.split_at_checked(mapping.span.end - 1)?;
    let kept = before.trim_end();
    let gap = if is_empty {
        ""
    } else if kept.ends_with(',') {
        " "
    } else {
        ", "
    };
    Some(format!("{kept}{gap}{entry}{after}"))
}

/// Adds a line below the last entry of a mapping in block style, after its comment.
fn below(text: &str, last: &Entry, first: Option<&Entry>, entry: &str) -> Option<String> {
    let start = first?.key.span.start;
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let indent = text[line..start].chars().count();
    let end = text.get(..end_of(last))?.trim_end().len();
    let end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let (before, after) = text.split_at(end);
    let (before, line) = match before.strip_suffix('\r') {
        Some(before) => (before, "\r\n"),
        None => (before, "\n"),
    };
    let after = if line == "\r\n" { format!("\r{after}") } else { after.to_owned() };
    Some(format!("{before}{line}{}{entry}{after}", " ".repeat(indent)))
}

/// Returns the end of an entry's text: that of its last value.
fn end_of(entry: &Entry) -> usize {
    let of_node = |node: &Node| match &node.value {
        Value::Map(entries) => entries.iter().map(end_of).max().unwrap_or(0).max(closed(node)),
        _ => node.span.end,
    };
    of_node(&entry.value).max(entry.key.span.end)
}

/// Returns the end of a mapping in braces; the end of one in block style may lie in the next one.
fn closed(node: &Node) -> usize {
    match &node.value {
        Value::Map(entries) if entries.first().is_none_or(|first| first.key.span.start > node.span.start) => {
            node.span.end
        }
        _ => 0,
    }
}

/// Returns a tree with a value at a path.
fn extended(node: &Node, path: &[&str], value: &Node) -> Node {
    let Some((key, rest)) = path.split_first() else { return value.clone() };
    let mut entries = node.entries().unwrap_or_default().to_vec();
    match entries.iter_mut().find(|entry| entry.key.value == *key) {
        Some(entry) => entry.value = extended(&entry.value, rest, value),
        None => {
            let empty = Node { value: Value::Map(Vec::new()), span: node.span };
            let key = Spanned { value: (*key).to_owned(), span: node.span };
            entries.push(Entry { key, value: extended(&empty, rest, value) });
        }
    }
    Node { value: Value::Map(entries), span: node.span }
}

/// Returns true if two trees have the same values, wherever those stand.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(ours), Value::Map(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(a, b)| a.key.value == b.key.value && same(&a.value, &b.value))
        }
        (Value::List(ours), Value::List(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
        }
        (ours, theirs) => ours == theirs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, path: &[&str], value: &str) -> Result<String, Unedited> {
        with_entry(text, path, value, str::to_owned)
    }

    #[test]
    fn lines_join_a_block_and_keep_its_comments() {
        let text = "a:\n  b:   # why\n    c: 1   # one\n\n  # the next\n  d: {e: 2}\n";
        let found = with(text, &["a", "b", "x"], "{y: 3}");
        assert_eq!(
            found.as_deref(),
            Ok("a:\n  b:   # why\n    c: 1   # one\n    x: {y: 3}\n\n  # the next\n  d: {e: 2}\n")
        );
        let found = with(text, &["a", "z", "y"], "0");
        assert_eq!(
            found.as_deref(),
            Ok("a:\n  b:   # why\n    c: 1   # one\n\n  # the next\n  d: {e: 2}\n  z: {y: 0}\n")
        );
    }

    #[test]
    fn entries_join_braces() {
        assert_eq!(with("a: {b: {}}  # no\n", &["a", "b", "c"], "1").as_deref(), Ok("a: {b: {c: 1}}  # no\n"));
        assert_eq!(with("a: {b: 1}", &["a", "c"], "'x'").as_deref(), Ok("a: {b: 1, c: 'x'}"));
        assert_eq!(with("a: {\n  b: 1,\n}\n", &["a", "c"], "2").as_deref(), Ok("a: {\n  b: 1, c: 2}\n"));
        let nested = "m:\n  x: {p: {q: 1}}\n  y: [1,\n    2]\nn: 1\n";
        assert_eq!(
            with(nested, &["m", "z"], "0").as_deref(),
            Ok("m:\n  x: {p: {q: 1}}\n  y: [1,\n    2]\n  z: 0\nn: 1\n")
        );
    }

    #[test]
    fn carriage_returns_stay() {
        assert_eq!(with("a:\r\n  b: 1\r\n", &["a", "c"], "2").as_deref(), Ok("a:\r\n  b: 1\r\n  c: 2\r\n"));
        assert_eq!(with("a:\n  b: 1", &["a", "c"], "2").as_deref(), Ok("a:\n  b: 1\n  c: 2"));
    }

    #[test]
    fn blocks_of_text_are_left_whole() {
        let text = "a:\n  b: |\n    one\n    two\nc: 1\n";
        assert_eq!(with(text, &["a", "d"], "2").as_deref(), Ok("a:\n  b: |\n    one\n    two\n  d: 2\nc: 1\n"));
    }

    #[test]
    fn what_would_change_more_is_refused() {
        assert_eq!(with("a: {b: 1}", &["a", "b"], "2"), Err(Unedited::Exists));
        assert_eq!(with("a: 1", &["a", "b"], "2"), Err(Unedited::Unsafe));
        assert_eq!(with("a:\n", &["a", "b"], "2"), Err(Unedited::Unsafe));
        // The comment swallows what follows it.
        assert_eq!(with("a: {b: 1 # one\n}\n", &["a", "c"], "2"), Err(Unedited::Unsafe));
        // One place is two values.
        assert_eq!(with("a: &x {b: 1}\nc: *x\n", &["a", "d"], "2"), Err(Unedited::Unsafe));
        assert_eq!(with("a: [", &["b"], "1"), Err(Unedited::Unsafe));
    }
}
