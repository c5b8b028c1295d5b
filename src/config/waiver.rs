//! Waivers: failing gates that somebody accepts until a day, by name and with a reason.

use chrono::NaiveDate;

use super::diagnostic::Diagnostic;
use super::suggest::did_you_mean;
use super::yaml::{Node, Value};
use crate::config::span::{Span, Spanned};

/// The keys of a waiver; `gates` is absent on a line, which names its gate itself.
const KEYS: [&str; 4] = ["gates", "owner", "reason", "until"];
/// Maximum characters of a reason, which is printed behind a finding on one line.
const MOST_REASON: usize = 500;
/// Maximum characters of an owner.
const MOST_OWNER: usize = 100;

/// The owner, reason and end of accepting a failing gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverConfig {
    /// The person or team that accepts the failing gate.
    pub owner: String,
    /// The reason for accepting it.
    pub reason: String,
    /// The last day on which the waiver is valid.
    pub until: NaiveDate,
    /// The waiver's place in the config.
    pub span: Span,
}

/// A waiver of all gates whose ids match globs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaivedGates {
    /// Ids of gates, or globs of them.
    pub gates: Vec<Spanned<String>>,
    /// The waiver.
    pub waiver: WaiverConfig,
}

impl WaivedGates {
    /// Reads an item of `waivers`.
    pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let before = problems.len();
        let waiver = read(node, &KEYS, problems);
        let gates = match node.get("gates").map(|gates| (gates, &gates.value)) {
            None if node.entries().is_some() => {
                problems.push(missing(node, "gates", "list the gates that it waives, as in `gates: data.train.rows`"));
                Vec::new()
            }
            None => Vec::new(),
            Some((_, Value::List(items))) if !items.is_empty() => {
                items.iter().filter_map(|item| glob(item, problems)).collect()
            }
            Some((gates, _)) => glob(gates, problems).into_iter().collect(),
        };
        waiver.filter(|_| problems.len() == before).map(|waiver| Self { gates, waiver })
    }
}

impl WaiverConfig {
    /// Reads the value of `waive` on a line.
    pub fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        read(node, &KEYS[1..], problems)
    }
}

fn read(node: &Node, keys: &[&str], problems: &mut Vec<Diagnostic>) -> Option<WaiverConfig> {
    let before = problems.len();
    let Value::Map(entries) = &node.value else {
        let message = format!("a waiver must be a mapping of {}, found {}", keys.join(", "), node.kind_name());
        problems.push(Diagnostic::new(message, node.span));
        return None;
    };
    for entry in entries {
        let key = entry.key.value.as_str();
        if !keys.contains(&key) {
            let help = match did_you_mean(key, keys.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys here are {}", keys.join(", ")),
            };
            problems.push(Diagnostic::new(format!("unknown key `{key}`"), entry.key.span).with_help(help));
        }
    }
    let mut text = |key: &str, most: usize, help: &str| match node.get(key) {
        None => {
            problems.push(missing(node, key, help));
            None
        }
        Some(found) => match found.as_text().map(str::trim) {
            Some(text) if !text.is_empty() && text.chars().count() <= most => Some((text.to_owned(), found.span)),
            Some(text) => {
                let why =
                    if text.is_empty() { "is empty".to_owned() } else { format!("is longer than {most} characters") };
                problems.push(Diagnostic::new(format!("the waiver's `{key}` {why}"), found.span).with_help(help));
                None
            }
            None => {
                let message = format!("expected text, found {}", found.kind_name());
                problems.push(Diagnostic::new(message, found.span).with_help(help));
                None
            }
        },
    };
    let owner = text("owner", MOST_OWNER, "name who is responsible for it, as in `owner: \"@alice\"`");
    let reason =
        text("reason", MOST_REASON, "give the reason why the gate may fail, and where the work on it is tracked");
    let until = text("until", MOST_OWNER, "name its last day, as in `until: 2026-01-31`");
    let until = until.and_then(|(text, span)| match day(&text) {
        Some(day) => Some(day),
        None => {
            let message = format!("`{text}` is not a date; write it as in 2026-01-31");
            problems.push(Diagnostic::new(message, span));
            None
        }
    });
    let (owner, reason, until) = (owner?.0, reason?.0, until?);
    (problems.len() == before).then_some(WaiverConfig { owner, reason, until, span: node.span })
}

/// Parses a day in the form `2026-01-31` and no other.
fn day(text: &str) -> Option<NaiveDate> {
    let shape = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let is_day = text.len() == 10 && text.bytes().enumerate().all(shape);
    is_day.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

fn glob(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Spanned<String>> {
    match node.as_text().filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(Spanned { value: text.to_owned(), span: node.span }),
        None => {
            let message = format!("expected the id of a gate or a glob, found {}", node.kind_name());
            problems.push(Diagnostic::new(message, node.span));
            None
        }
    }
}

fn missing(node: &Node, key: &str, help: &str) -> Diagnostic {
    let start = Span { start: node.span.start, end: node.span.start };
    Diagnostic::new(format!("the waiver has no `{key}`"), start).with_help(help)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::config::yaml::parse;

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let read = WaivedGates::read(&parse(text).unwrap(), &mut problems);
        assert_eq!(read.is_none(), !problems.is_empty());
        problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn a_waiver_says_who_why_and_until_when() {
        let mut none = Vec::new();
        let text = "{gates: [a.*, b], owner: '@alice', reason: 'labels are late', until: 2026-02-28}";
        let read = WaivedGates::read(&parse(text).unwrap(), &mut none).unwrap();
        assert_eq!(read.gates.iter().map(|glob| glob.value.as_str()).collect::<Vec<_>>(), ["a.*", "b"]);
        assert_eq!((read.waiver.owner.as_str(), read.waiver.until.to_string().as_str()), ("@alice", "2026-02-28"));
    }

    #[test]
    fn nothing_of_it_may_be_left_out() {
        let all = ["gates", "owner", "reason", "until"].map(|key| format!("the waiver has no `{key}`"));
        let mut said = problems("{}");
        said.sort();
        assert_eq!(said, all);
        assert_eq!(problems("{gates: a, owner: '', reason: b, until: 2026-01-01}"), ["the waiver's `owner` is empty"]);
        assert_eq!(problems("{gates: a, owner: b, reason: 7, until: 2026-01-01}"), ["expected text, found a number"]);
        assert_eq!(problems("{gates: [], owner: b, reason: c, until: 2026-01-01}").len(), 1);
        assert_eq!(problems("{gates: a, owner: b, reason: c, until: 2026-01-01, resaon: d}"), ["unknown key `resaon`"]);
        assert_eq!(problems("a.b").len(), 1);
    }

    #[test]
    fn the_last_day_is_a_day() {
        for text in ["2026-1-31", "2026-02-30", "31.01.2026", "2026-01-31T00:00:00Z", "never", "+2026-01-3"] {
            let said = problems(&format!("{{gates: a, owner: b, reason: c, until: '{text}'}}"));
            assert_eq!(said, [format!("`{text}` is not a date; write it as in 2026-01-31")]);
        }
    }
}
