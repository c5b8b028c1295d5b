//! The expected behaviour on variants of rows: `pair: {of: original, expect: same}`.

use std::collections::BTreeMap;

use super::super::param::share;
use super::Binder;
use crate::config::{Diagnostic, Model, Node, did_you_mean};
use crate::measurement::behaviour::{AnswerChange, Behaviour, Expected};

/// The keys of `pair`.
const KEYS: [&str; 3] = ["of", "expect", "tolerance"];

impl Binder<'_> {
    /// Reads `pair`, and refuses what contradicts it.
    pub(super) fn behaviour(&mut self, model: &Model) -> Option<Behaviour> {
        let node = model.grades.pair.as_ref()?;
        let before = self.problems.len();
        let help = "write it as in `pair: {of: original, expect: same}`, where `original` is the column with the key of the row \
                    that a row is a variant of";
        let Some(entries) = node.entries() else {
            let message = format!("expected the column of originals, found {}", node.kind_name());
            self.problems.push(Diagnostic::new(message, node.span).with_help(help));
            return None;
        };
        for entry in entries.iter().filter(|entry| !KEYS.contains(&entry.key.value.as_str())) {
            let near = did_you_mean(&entry.key.value, KEYS);
            let problem = Diagnostic::new(format!("unknown key `{}`", entry.key.value), entry.key.span);
            self.problems.push(problem.with_help(near.map_or_else(
                || format!("the keys here are {}", KEYS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            )));
        }
        let of = node.get("of").and_then(Node::as_text).map(str::to_owned);
        if of.is_none() {
            self.problems
                .push(Diagnostic::new("`pair` needs the column of originals, `of`", node.span).with_help(help));
        }
        let expected = match node.get("expect") {
            None => Some(Expected::Every(AnswerChange::Same)),
            Some(node) => self.expected(node),
        };
        let tolerance = match node.get("tolerance").map(|node| (share(node), node.span)) {
            None => 0.0,
            Some((Ok(tolerance), _)) if tolerance >= 0.0 => tolerance,
            Some((_, span)) => {
                self.problems.push(Diagnostic::new("`tolerance` must be a number of at least 0", span));
                0.0
            }
        };
        let mut refuse = |message: &str, help: &str| {
            self.problems.push(Diagnostic::new(message.to_owned(), node.span).with_help(help.to_owned()));
        };
        if model.query.is_some() {
            refuse("a variant has one original, and `query` makes questions of rows", "leave out `query`");
        }
        if model.key.len() != 1 {
            refuse("variants name their original by its `key`, which is one column", "set it, as in `key: id`");
        }
        if model.grades.words.is_some() {
            refuse("the grade of a variant is whether its answer changes as expected", "leave out `words`");
        }
        if model.answers.score.len() > 1 {
            refuse("one column of answers is compared", "name it, as in `score: prediction`");
        }
        let behaviour = Behaviour { of: of?, expected: expected?, tolerance };
        if !behaviour.is_expectation()
            && model.grades.unscored.as_ref().is_some_and(|node| node.as_text() == Some("wrong"))
        {
            let help = "keep rows without an answer an error, or use `drop-pairs`";
            self.problems
                .push(Diagnostic::new("an unknown change has no size that is wrong", node.span).with_help(help));
        }
        (self.problems.len() == before).then_some(behaviour)
    }

    fn expected(&mut self, node: &Node) -> Option<Expected> {
        let Some([by]) = node.entries() else {
            return self.change(node).map(Expected::Every);
        };
        let Some(kinds) = by.value.entries().filter(|kinds| !kinds.is_empty()) else {
            let help = "write it as in `expect: {kind: {typo: same, negation: lower}}`";
            let problem = Diagnostic::new(format!("the change of each `{}` is missing", by.key.value), by.key.span);
            self.problems.push(problem.with_help(help));
            return None;
        };
        let mut of = BTreeMap::new();
        for kind in kinds {
            let change = self.change(&kind.value)?;
            if !change.is_expectation() {
                let message = "the size of a change is not an expectation, and cannot be combined with one".to_owned();
                self.problems
                    .push(Diagnostic::new(message, kind.value.span).with_help("measure it in a model of its own"));
                return None;
            }
            of.insert(kind.key.value.clone(), change);
        }
        Some(Expected::ByKind { column: by.key.value.clone(), of })
    }

    fn change(&mut self, node: &Node) -> Option<AnswerChange> {
        let word = node.as_text().unwrap_or_default();
        if let Some((_, change)) = AnswerChange::ALL.into_iter().find(|(known, _)| *known == word) {
            return Some(change);
        }
        let words = AnswerChange::ALL.map(|(word, _)| word);
        let message = match node.as_text() {
            Some(word) => format!("`{word}` is not a change of an answer"),
            None => format!("expected a change of the answer, found {}", node.kind_name()),
        };
        let help = did_you_mean(word, words)
            .map_or_else(|| format!("there are {}", words.join(", ")), |near| format!("did you mean `{near}`?"));
        self.problems.push(Diagnostic::new(message, node.span).with_help(help));
        None
    }
}
