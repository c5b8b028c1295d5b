//! A policy: an organisation's demands, which hold besides those of each repository.

use super::config::Line;
use super::diagnostic::Diagnostic;
use super::duration::seconds;
use super::entries::{truth, unknown};
use super::yaml::{self, Entry, Node, Value};
use crate::config::baseline_place::BaselinePlace;
use crate::config::baseline_source::BaselineSource;
use crate::config::span::{Span, Spanned};

const KEYS: [&str; 3] = ["version", "demands", "require"];
const REQUIRED: [&str; 3] = ["baseline", "fairness_by", "longest_waiver"];
const A_SUBJECT: &str = "write `data.TABLE`, `data.TABLE.columns.COLUMN`, `models.MODEL.metrics.METRIC` or \
                         `models.MODEL.fairness.COLUMN.RATE`; `*` and `?` match names";

/// A policy. The places of its lines start behind the config's text, so that no place of one is taken for one of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The policy's path or address, as reports name it.
    pub name: String,
    /// The policy's text.
    pub text: String,
    /// The digest of the text.
    pub digest: String,
    /// True: the command line or the environment names it, and not the config.
    pub is_named: bool,
    /// The number that all places are larger by.
    pub offset: usize,
    /// The demands on the subjects that match a pattern.
    pub demands: Vec<PolicyDemand>,
    /// The place of `baseline: true`: a run without a baseline is an error.
    pub baseline: Option<Span>,
    /// The attributes, one of which every model has to compare groups by.
    pub fairness_by: Option<Spanned<Vec<String>>>,
    /// The longest time until a waiver ends, in days.
    pub longest_waiver: Option<Spanned<u64>>,
}

/// The checks of the subjects that match a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyDemand {
    /// The subjects.
    pub subject: PolicySubject,
    /// The checks.
    pub lines: Vec<Line>,
    /// The place in the policy.
    pub at: Span,
}

/// The subjects of a demand, by patterns of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySubject {
    /// Tables.
    Dataset(String),
    /// Columns of tables.
    Column { dataset: String, column: String },
    /// Metrics of models.
    Metric { model: String, metric: String },
    /// Rates of groups of models.
    Fairness { model: String, by: Vec<String>, rate: String },
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    ///
    /// Every problem, at its place in the policy's own text.
    pub fn read(name: &str, text: &str, digest: String, offset: usize) -> Result<Self, Vec<Diagnostic>> {
        let root = yaml::parse(text.strip_prefix('\u{FEFF}').unwrap_or(text))?;
        let mut problems = Vec::new();
        unknown(root.entries().unwrap_or_default(), &KEYS, &mut problems);
        if !matches!(root.get("version"), Some(Node { value: Value::Int(1), .. })) {
            let start = Span { start: root.span.start, end: root.span.start };
            problems.push(Diagnostic::new("a policy must begin with `version: 1`", start));
        }
        let entries = root.get("demands").and_then(Node::entries).unwrap_or_default();
        let demands = entries.iter().filter_map(|entry| demand(entry, offset, &mut problems)).collect();
        let required = root.get("require");
        unknown(required.and_then(Node::entries).unwrap_or_default(), &REQUIRED, &mut problems);
        let of = |key: &str| required.and_then(|required| required.get(key));
        let is_needed = required.is_some_and(|required| truth(required, "baseline", false, &mut problems));
        let mut policy = Self {
            name: name.to_owned(),
            text: text.to_owned(),
            digest,
            is_named: false,
            offset,
            demands,
            baseline: of("baseline").filter(|_| is_needed).map(|node| moved(node.span, offset)),
            fairness_by: None,
            longest_waiver: None,
        };
        if let Some(node) = of("fairness_by") {
            let names: Vec<String> = match &node.value {
                Value::List(items) => items.iter().filter_map(|item| item.as_text().map(str::to_owned)).collect(),
                _ => node.as_text().map(str::to_owned).into_iter().collect(),
            };
            if names.is_empty() {
                problems.push(Diagnostic::new("`fairness_by` must name columns, as in [sex, race]", node.span));
            }
            policy.fairness_by = Some(Spanned { value: names, span: moved(node.span, offset) });
        }
        if let Some(node) = of("longest_waiver") {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole days, not negative")]
            match node.as_text().and_then(seconds).map(|seconds| (seconds / 86_400.0).floor() as u64) {
                Some(days) => policy.longest_waiver = Some(Spanned { value: days, span: moved(node.span, offset) }),
                None => problems.push(Diagnostic::new("`longest_waiver` must be a time, as in 30d", node.span)),
            }
        }
        if problems.is_empty() && entries.is_empty() && required.is_none() {
            problems.push(Diagnostic::new("this policy demands nothing", root.span).with_help(A_SUBJECT));
        }
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }

    /// Returns a place in the policy's own text.
    pub fn place(&self, span: Span) -> Span {
        Span { start: span.start.saturating_sub(self.offset), end: span.end.saturating_sub(self.offset) }
    }
}

/// Reads the key `policy` of a config: a path or a pinned address, or a list of them.
pub(super) fn sources(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<Spanned<BaselineSource>> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let source = |node: &Node, problems: &mut Vec<Diagnostic>| {
        let place = BaselinePlace::read(node, problems)?;
        if matches!(place.source, BaselineSource::Path(_) | BaselineSource::Url { .. }) {
            return Some(Spanned { value: place.source, span: node.span });
        }
        let help = "write a path, or `{url: \"https://…\", sha256: …}`";
        problems.push(Diagnostic::new("a policy is a path or a URL", node.span).with_help(help));
        None
    };
    items.iter().filter_map(|item| source(item, problems)).collect()
}

fn demand(entry: &Entry, offset: usize, problems: &mut Vec<Diagnostic>) -> Option<PolicyDemand> {
    let Some(subject) = subject(&entry.key.value) else {
        let message = format!("`{}` names no subject of a demand", entry.key.value);
        problems.push(Diagnostic::new(message, entry.key.span).with_help(A_SUBJECT));
        return None;
    };
    let Some(lines) = entry.value.entries().filter(|lines| !lines.is_empty()) else {
        problems.push(Diagnostic::new("expected checks, as in `{max_drop: 0.01}`", entry.value.span));
        return None;
    };
    let lines = lines.iter().map(|line| {
        let mut value = line.value.clone();
        shift(&mut value, offset);
        Line { key: Spanned { value: line.key.value.clone(), span: moved(line.key.span, offset) }, value }
    });
    Some(PolicyDemand { subject, lines: lines.collect(), at: moved(entry.key.span, offset) })
}

fn subject(text: &str) -> Option<PolicySubject> {
    let found = if let Some(rest) = text.strip_prefix("data.") {
        match rest.split_once(".columns.") {
            Some((dataset, column)) => PolicySubject::Column { dataset: dataset.to_owned(), column: column.to_owned() },
            None => PolicySubject::Dataset(rest.to_owned()),
        }
    } else {
        let rest = text.strip_prefix("models.")?;
        match (rest.split_once(".metrics."), rest.split_once(".fairness.")) {
            (Some((model, metric)), _) => PolicySubject::Metric { model: model.to_owned(), metric: metric.to_owned() },
            (None, Some((model, tail))) => {
                let (by, rate) = tail.split_once('.')?;
                let by = by.split('+').map(str::to_owned).collect();
                PolicySubject::Fairness { model: model.to_owned(), by, rate: rate.to_owned() }
            }
            (None, None) => return None,
        }
    };
    let is_named = match &found {
        PolicySubject::Dataset(name) => !name.is_empty(),
        PolicySubject::Column { dataset: one, column: other } | PolicySubject::Metric { model: one, metric: other } => {
            !one.is_empty() && !other.is_empty()
        }
        PolicySubject::Fairness { model, by, rate } => {
            !model.is_empty() && !rate.is_empty() && by.iter().all(|column| !column.is_empty())
        }
    };
    is_named.then_some(found)
}

fn moved(span: Span, by: usize) -> Span {
    Span { start: span.start + by, end: span.end + by }
}

fn shift(node: &mut Node, by: usize) {
    node.span = moved(node.span, by);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Map(entries) => {
            for entry in entries {
                entry.key.span = moved(entry.key.span, by);
                shift(&mut entry.value, by);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Policy, Vec<String>> {
        let read = Policy::read("p.yml", text, String::new(), 100);
        read.map_err(|problems| problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn demands_are_matched_by_patterns_of_their_subjects() {
        let text = "version: 1\ndemands:\n  models.*.metrics.roc_auc: {max_drop: 0.01}\n  data.*.columns.*_id: {nulls: 0}\n  \
                    models.fraud.fairness.sex+race.selection_rate: {min_ratio: 0.8}\nrequire: {baseline: true, longest_waiver: 30d}\n";
        let policy = read(text).expect("it is one");
        let metric = PolicySubject::Metric { model: "*".to_owned(), metric: "roc_auc".to_owned() };
        assert_eq!((policy.demands.len(), &policy.demands[0].subject), (3, &metric));
        let line = &policy.demands[0].lines[0];
        assert!(line.key.span.start >= 100 && &text[policy.place(line.key.span).start..][..8] == "max_drop");
        assert_eq!(policy.longest_waiver.map(|days| days.value), Some(30));
        assert!(policy.baseline.is_some());
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            read("version: 2\ndemands: {data.x: {rows: 1}}\n"),
            Err(vec!["a policy must begin with `version: 1`".to_owned()])
        );
        let text = "version: 1\ndemands: {model.x: {a: 1}, data.x: 3}\nrequired: {}\n";
        assert_eq!(read(text).map_err(|problems| problems.len()), Err(3));
        assert!(read("version: 1\n").is_err() && read("version: 1\nrequire: {longest_waiver: soon}\n").is_err());
    }
}
