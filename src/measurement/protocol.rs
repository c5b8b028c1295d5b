//! The terms on which an evaluation was made, which both sides of a comparison must share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name of the difference between a side whose protocol is known and one without.
pub const UNKNOWN_PROTOCOL: &str = "evaluation";
/// Parts that a log has only if its samples were logged, or since some version of its tool. They are compared where both
/// sides have them.
const OPTIONAL: [&str; 3] = ["hash", "scorers", "model_roles"];
/// The most characters of a value that a message shows.
const SHOWN: usize = 60;

/// The protocol of an evaluation log: versions, examples, limits, filters and documents, by task and name of the part.
/// Parts of a log as a whole have an empty task. Files that are not evaluation logs have none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EvaluationProtocol(pub BTreeMap<String, BTreeMap<String, String>>);

/// A part of two protocols that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolDifference {
    /// The part's name: `TASK.PART`, or `PART` of a whole log.
    pub name: String,
    /// The value of the candidate and of the baseline, where they are known.
    pub values: [Option<String>; 2],
}

impl EvaluationProtocol {
    /// Returns true for a file that is not an evaluation log.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the parts of a task; where another log has another value, both are the value.
    pub fn add(&mut self, task: &str, parts: BTreeMap<String, String>) {
        let known = self.0.entry(task.to_owned()).or_default();
        for (part, value) in parts {
            let both = |known: &mut String| {
                if *known != value {
                    *known = format!("{known} and {value}");
                }
            };
            known.entry(part).and_modify(both).or_insert_with(|| value.clone());
        }
    }

    /// Returns the parts that differ from those of the baseline: of all tasks, or of the one of a metric named `TASK.METRIC`.
    ///
    /// A part that one side lacks differs, since it cannot be said to be alike.
    pub fn differences(&self, baseline: &Self, metric: Option<&str>) -> Vec<ProtocolDifference> {
        match (self.is_empty(), baseline.is_empty()) {
            (true, true) => return Vec::new(),
            (false, false) => {}
            (is_unknown, is_other_unknown) => {
                let value = |is_unknown: bool| (!is_unknown).then(|| "an evaluation log".to_owned());
                let values = [value(is_unknown), value(is_other_unknown)];
                return vec![ProtocolDifference { name: UNKNOWN_PROTOCOL.to_owned(), values }];
            }
        }
        let tasks = || self.0.keys().chain(baseline.0.keys().filter(|task| !self.0.contains_key(*task)));
        // In the file itself, tasks stand below these keys.
        let metric = metric.map(|metric| {
            let below = ["results.", "groups."].iter().find_map(|key| metric.strip_prefix(key));
            below.unwrap_or(metric)
        });
        let is_of = |task: &str, metric: &str| {
            metric.strip_prefix(task).is_some_and(|rest| rest.starts_with('.') && !task.is_empty())
        };
        // A metric of no known task is held to all of them.
        let own = metric.and_then(|metric| tasks().filter(|task| is_of(task, metric)).max_by_key(|task| task.len()));
        let wanted = tasks().filter(|task| task.is_empty() || own.is_none_or(|own| own == *task));
        let nothing = BTreeMap::new();
        let mut found = Vec::new();
        for task in wanted {
            let [ours, theirs] = [self, baseline].map(|side| side.0.get(task).unwrap_or(&nothing));
            let parts = ours.keys().chain(theirs.keys().filter(|part| !ours.contains_key(*part)));
            for part in parts.filter(|part| ours.get(*part) != theirs.get(*part)) {
                let values = [ours.get(part), theirs.get(part)].map(|value| value.cloned());
                if OPTIONAL.contains(&part.as_str()) && values.iter().any(Option::is_none) {
                    continue;
                }
                let name = if task.is_empty() { part.clone() } else { format!("{task}.{part}") };
                found.push(ProtocolDifference { name, values });
            }
        }
        found
    }
}

impl ProtocolDifference {
    /// Returns the difference in words: `quiz.version is 2.0, and 1.0 in the baseline`.
    pub fn message(&self) -> String {
        let value = |value: &Option<String>| value.as_ref().map_or_else(|| "unknown".to_owned(), |value| quoted(value));
        let [ours, theirs] = &self.values;
        format!("{} is {}, and {} in the baseline", quoted(&self.name), value(ours), value(theirs))
    }
}

/// Returns a text of a log as a code span of one line.
fn quoted(text: &str) -> String {
    let line: String =
        text.chars().map(|letter| if letter.is_control() || letter == '`' { ' ' } else { letter }).collect();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None => format!("`{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol(parts: &[(&str, &str, &str)]) -> EvaluationProtocol {
        let mut all = EvaluationProtocol::default();
        for (task, part, value) in parts {
            all.0.entry((*task).to_owned()).or_default().insert((*part).to_owned(), (*value).to_owned());
        }
        all
    }

    fn said(ours: &EvaluationProtocol, theirs: &EvaluationProtocol, metric: Option<&str>) -> Vec<String> {
        ours.differences(theirs, metric).iter().map(ProtocolDifference::message).collect()
    }

    #[test]
    fn a_metric_is_held_to_its_own_task() {
        let ours =
            protocol(&[("a", "version", "2"), ("a.b", "version", "1"), ("c", "version", "1"), ("", "limit", "5")]);
        let theirs = protocol(&[("a", "version", "1"), ("a.b", "version", "1"), ("", "limit", "5")]);
        assert_eq!(said(&ours, &theirs, Some("a.acc")), ["`a.version` is `2`, and `1` in the baseline"]);
        assert_eq!(said(&ours, &theirs, Some("a.b.acc")), [""; 0]);
        assert_eq!(said(&ours, &theirs, Some("results.a.acc")).len(), 1);
        assert_eq!(said(&ours, &theirs, Some("other")).len(), 2, "a metric of no known task");
        assert_eq!(said(&ours, &theirs, None).len(), 2);
        assert_eq!(said(&ours, &theirs, None)[1], "`c.version` is `1`, and unknown in the baseline");
    }

    #[test]
    fn an_unknown_protocol_is_no_equal_one() {
        let known = protocol(&[("a", "version", "2")]);
        let none = EvaluationProtocol::default();
        assert_eq!(said(&none, &none, None), [""; 0]);
        assert_eq!(
            said(&known, &none, Some("b")),
            ["`evaluation` is `an evaluation log`, and unknown in the baseline"]
        );
        assert_eq!(said(&none, &known, None).len(), 1);
        let hashed = protocol(&[("a", "version", "2"), ("a", "hash", "x")]);
        assert_eq!(said(&known, &hashed, None), [""; 0]);
        assert_eq!(said(&protocol(&[("a", "version", "2"), ("a", "hash", "y")]), &hashed, None).len(), 1);
    }

    #[test]
    fn values_are_short_and_plain() {
        let ours = protocol(&[("a", "x`\u{1b}[2J", &"9".repeat(99))]);
        let theirs = protocol(&[("a", "x`\u{1b}[2J", "1")]);
        let said = said(&ours, &theirs, None).remove(0);
        assert!(said.starts_with("`a.x  [2J` is `999") && said.contains("…`, and `1` in"), "{said}");
    }
}
