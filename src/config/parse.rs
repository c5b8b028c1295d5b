//! Nodes → [`Config`]. A problem is noted, and reading goes on.

use super::baseline::BaselineConfig;
use super::config::{Config, Dataset, Fairness, GroupBy, LabelFairness, Line, Lines, PatternLines};
use super::diagnostic::Diagnostic;
use super::guard::GuardConfig;
use super::keys::{DATASET_KEYS, LINE_KEYS, MODEL_KEYS, PLACE, TOP_KEYS};
use super::policy;
use super::reader::ConfigReader;
use super::suggest::did_you_mean;
use super::waiver::WaivedGates;
use super::yaml;
use super::yaml::{Entry, Node, Value};
use crate::config::span::{Span, Spanned};

/// The default of `min_cell`: rates of fewer rows reveal individuals.
pub const MIN_CELL: u64 = 10;

impl Config {
    /// Reads a config.
    ///
    /// # Errors
    ///
    /// Every problem of the text.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        match Self::read(text) {
            (Some(config), problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(problems),
        }
    }

    /// Reads every valid part of a config and returns it with all problems: checks of the remaining parts may find
    /// more, which the author should see in the same run.
    pub fn read(text: &str) -> (Option<Self>, Vec<Diagnostic>) {
        let root = match yaml::parse(text.strip_prefix('\u{FEFF}').unwrap_or(text)) {
            Ok(root) => root,
            Err(problems) => return (None, problems),
        };
        let mut reader = ConfigReader::default();
        let config = reader.config(&root);
        (config, reader.problems)
    }
}

impl ConfigReader {
    fn config(&mut self, root: &Node) -> Option<Config> {
        let Value::Map(entries) = &root.value else {
            self.helped("the config is empty", root.span, "`mlgate init` writes one from your data");
            return None;
        };
        for entry in entries {
            self.known(&entry.key.value, entry.key.span, &TOP_KEYS);
        }
        match root.get("version") {
            Some(Node { value: Value::Int(1), .. }) => {}
            Some(node) => {
                self.helped("this version of mlgate reads configs of version 1", node.span, "write `version: 1`")
            }
            None => self.helped("`version` is missing", start(root.span), "begin with `version: 1`"),
        }
        let (reported, models): (Vec<&Entry>, Vec<&Entry>) =
            self.mapping(root.get("models")).iter().partition(|entry| entry.value.get("metrics_file").is_some());
        let mut config = Config {
            seed: self.whole(root, "seed").unwrap_or(0),
            confidence: root.get("confidence").and_then(|node| self.between(node, "confidence", 0.5, 1.0)),
            min_cell: self.whole(root, "min_cell").unwrap_or(MIN_CELL),
            min_cell_at: root.get("min_cell").map_or(Span { start: 0, end: 0 }, |node| node.span),
            memory_limit: self.size(root.get("memory_limit")),
            disk_limit: self.size(root.get("disk_limit")),
            time_limit: self.time(root.get("time_limit")),
            baseline: root.get("baseline").and_then(|node| BaselineConfig::read(node, &mut self.problems)),
            reference: None,
            checks: root.get("checks").and_then(|node| self.text(node)),
            comment: self.comment(root.get("comment")),
            guard: root.get("guard").and_then(|node| GuardConfig::read(node, &mut self.problems)),
            policy: root.get("policy").map(|node| policy::sources(node, &mut self.problems)).unwrap_or_default(),
            waivers: self.waivers(root.get("waivers")),
            data: self.mapping(root.get("data")).iter().filter_map(|entry| self.dataset(entry)).collect(),
            models: models.iter().filter_map(|entry| self.model(entry)).collect(),
            reported: reported.iter().filter_map(|entry| self.reported_model(entry)).collect(),
        };
        let reference = root.get(PLACE).and_then(|node| BaselineConfig::read(node, &mut self.problems));
        config.part(reference, &mut self.problems);
        if root.get("data").is_none() && root.get("models").is_none() {
            self.helped(
                "there is nothing to check",
                start(root.span),
                "name a table under `data` or predictions under `models`",
            );
        }
        Some(config)
    }

    fn waivers(&mut self, node: Option<&Node>) -> Vec<WaivedGates> {
        match node.map(|node| (node, &node.value)) {
            None | Some((_, Value::Null)) => Vec::new(),
            Some((_, Value::List(items))) => {
                items.iter().filter_map(|item| WaivedGates::read(item, &mut self.problems)).collect()
            }
            Some((node, _)) => {
                self.problem(format!("expected a list of waivers, found {}", node.kind_name()), node.span);
                Vec::new()
            }
        }
    }

    fn dataset(&mut self, entry: &Entry) -> Option<Dataset> {
        let node = &entry.value;
        let entries = self.mapping(Some(node));
        let is_check = |entry: &&Entry| !DATASET_KEYS.contains(&entry.key.value.as_str());
        let columns = self.mapping(node.get("columns"));
        Some(Dataset {
            name: self.name(&entry.key)?,
            path: self.required(entry, "path"),
            baseline_path: node.get("baseline_path").and_then(|node| self.text(node)),
            read_as: self.read_as(node),
            lines: entries.iter().filter(is_check).map(line).collect(),
            columns: columns
                .iter()
                .map(|entry| PatternLines { pattern: entry.key.clone(), lines: self.lines(&entry.value) })
                .collect(),
            fairness: entries
                .iter()
                .find(|entry| entry.key.value == "fairness")
                .and_then(|entry| self.label_fairness(entry)),
        })
    }

    /// Reads `fairness` of a dataset, which names its label itself because there is no model to name it.
    fn label_fairness(&mut self, entry: &Entry) -> Option<LabelFairness> {
        let node = &entry.value;
        let label = self.required(entry, "label");
        let positive = node.get("positive").cloned();
        let fairness = self.fairness_with(node, &["label", "positive", "by", "rates"])?;
        Some(LabelFairness { label, positive, fairness })
    }

    pub(super) fn fairness(&mut self, node: &Node) -> Option<Fairness> {
        self.fairness_with(node, &["by", "rates"])
    }

    fn fairness_with(&mut self, node: &Node, keys: &[&str]) -> Option<Fairness> {
        for inner in self.mapping(Some(node)) {
            self.known(&inner.key.value, inner.key.span, keys);
        }
        let Some(by) = node.get("by") else {
            self.helped(
                "`by` is missing",
                start(node.span),
                "name the columns whose groups are compared, as in `by: [sex, [sex, race]]`",
            );
            return None;
        };
        let Value::List(items) = &by.value else {
            self.problem(format!("expected a list of columns, found {}", by.kind_name()), by.span);
            return None;
        };
        let by = items
            .iter()
            .map(|item| Spanned { value: self.group_columns(item), span: item.span })
            .filter(|columns: &Spanned<Vec<GroupBy>>| !columns.value.is_empty())
            .collect();
        Some(Fairness { by, rates: self.subjects(node.get("rates")) })
    }

    /// Reads the columns of a grouping: `sex`, `[sex, race]`, `{age: [25, 40, 65]}`, `[sex, {age: [25, 40, 65]}]`.
    fn group_columns(&mut self, item: &Node) -> Vec<GroupBy> {
        match &item.value {
            Value::List(items) => items.iter().flat_map(|item| self.group_column(item)).collect(),
            _ => self.group_column(item),
        }
    }

    fn group_column(&mut self, item: &Node) -> Vec<GroupBy> {
        let Value::Map(entries) = &item.value else {
            return self.text(item).map(|column| GroupBy { column, edges: Vec::new() }).into_iter().collect();
        };
        let mut columns = Vec::new();
        for entry in entries {
            let edges: Option<Vec<f64>> = match &entry.value.value {
                Value::List(edges) => edges.iter().map(Node::as_number).collect(),
                _ => None,
            };
            let rise = |edges: &Vec<f64>| {
                !edges.is_empty()
                    && edges.iter().all(|edge| edge.is_finite())
                    && edges.windows(2).all(|two| two[0] < two[1])
            };
            match edges.filter(rise) {
                Some(edges) => columns.push(GroupBy { column: entry.key.clone(), edges }),
                None => self.helped(
                    "band edges must be strictly increasing numbers",
                    entry.value.span,
                    "list the lower edge of each band but the first, as in `{age: [25, 40, 65]}`",
                ),
            }
        }
        columns
    }

    pub(super) fn subjects(&mut self, node: Option<&Node>) -> Vec<Lines> {
        let entries = self.mapping(node);
        entries
            .iter()
            .map(|entry| Lines { name: entry.key.clone(), lines: self.lines(&entry.value), slices: Vec::new() })
            .collect()
    }

    pub(super) fn lines(&mut self, node: &Node) -> Vec<Line> {
        if !matches!(node.value, Value::Map(_) | Value::Null) {
            let help = "write the checks as a mapping, as in `{nulls: 0}` for a column and `{min: 0.8}` for a metric";
            self.helped(format!("expected a mapping, found {}", node.kind_name()), node.span, help.to_owned());
        }
        node.entries().unwrap_or_default().iter().map(line).collect()
    }

    /// Returns the entries of a mapping; none for null and `{}`.
    pub(super) fn mapping<'n>(&mut self, node: Option<&'n Node>) -> &'n [Entry] {
        match node.map(|node| (&node.value, node.span, node.kind_name())) {
            Some((Value::Map(entries), ..)) => entries,
            None | Some((Value::Null, ..)) => &[],
            Some((_, span, found)) => {
                self.problem(format!("expected a mapping, found {found}"), span);
                &[]
            }
        }
    }

    pub(super) fn known(&mut self, key: &str, span: Span, keys: &[&str]) {
        if keys.contains(&key) {
            return;
        }
        let help = match did_you_mean(key, keys.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if LINE_KEYS.contains(&key) => {
                format!("`{key}` belongs inside a check, as in `max_gap: {{is: 0.1, {key}: …}}`")
            }
            None => format!("the keys here are {}", keys.join(", ")),
        };
        self.helped(format!("unknown key `{key}`"), span, help);
    }

    /// Returns the text of a required key; if it is missing, notes a problem and returns an empty text.
    pub(super) fn required(&mut self, entry: &Entry, key: &str) -> Spanned<String> {
        let nothing = Spanned { value: String::new(), span: entry.key.span };
        match entry.value.get(key) {
            Some(node) => self.text(node).unwrap_or(nothing),
            None => {
                let mut problem = Diagnostic::new(format!("`{}` has no `{key}`", entry.key.value), entry.key.span);
                let entries = entry.value.entries().unwrap_or_default();
                // A key that is valid here for another purpose is not a misspelling of the required one.
                let strangers = entries.iter().map(|entry| &entry.key).filter(|key| {
                    !DATASET_KEYS.contains(&key.value.as_str()) && !MODEL_KEYS.contains(&key.value.as_str())
                });
                let strangers: Vec<&Spanned<String>> = strangers.collect();
                if let Some(near) = did_you_mean(key, strangers.iter().map(|key| key.value.as_str())) {
                    problem.help = Some(format!("is `{near}` meant to be `{key}`?"));
                }
                self.problems.push(problem);
                nothing
            }
        }
    }

    pub(super) fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        match node.as_text() {
            Some(text) if !text.trim().is_empty() => Some(Spanned { value: text.to_owned(), span: node.span }),
            Some(_) => {
                self.problem("the text is empty", node.span);
                None
            }
            None => {
                self.problem(format!("expected text, found {}", node.kind_name()), node.span);
                None
            }
        }
    }

    /// Reads a name that becomes part of a gate's id.
    pub(super) fn name(&mut self, key: &Spanned<String>) -> Option<Spanned<String>> {
        if key.value.trim().is_empty() {
            self.problem("this name is empty", key.span);
            return None;
        }
        Some(key.clone())
    }

    /// Reads a name or a list of names.
    pub(super) fn names(&mut self, node: &Node) -> Vec<Spanned<String>> {
        match &node.value {
            Value::List(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            _ => self.text(node).into_iter().collect(),
        }
    }

    fn whole(&mut self, root: &Node, key: &str) -> Option<u64> {
        let node = root.get(key)?;
        let number = match node.value {
            Value::Int(number) => u64::try_from(number).ok(),
            _ => None,
        };
        if number.is_none() {
            self.problem(format!("`{key}` must be a whole number of at least 0"), node.span);
        }
        number
    }

    pub(super) fn between(&mut self, node: &Node, key: &str, low: f64, high: f64) -> Option<f64> {
        // A confidence of 1 would need an endless interval; a threshold of 1 is only odd.
        let fits = |number: &f64| (low..=high).contains(number) && (key != "confidence" || *number < high);
        let number = node.as_number().filter(fits);
        if number.is_none() {
            self.problem(format!("`{key}` must be a number between {low} and {high}"), node.span);
        }
        number
    }
}

pub(super) fn line(entry: &Entry) -> Line {
    Line { key: entry.key.clone(), value: entry.value.clone() }
}

/// Returns the start of a mapping, the place of problems about missing keys.
fn start(span: Span) -> Span {
    Span { start: span.start, end: span.start }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        Config::parse(text).unwrap_err().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn a_small_config() {
        let config =
            Config::parse("version: 1\ndata:\n  train: {path: a.csv, rows: '> 1', columns: {'*': {nulls: 0}}}\n")
                .unwrap();
        assert_eq!(config.data[0].path.value, "a.csv");
        assert_eq!(config.data[0].lines[0].key.value, "rows");
        assert_eq!(config.data[0].columns[0].pattern.value, "*");
        assert_eq!((config.seed, config.min_cell), (0, 10));
    }

    #[test]
    fn all_problems_at_once_each_with_its_place() {
        let text = "\
version: 2
modles: {}
data:
  train:
    paht: a.csv
    rows: \">= 10\"
models:
  income:
    predictions: [a.csv]
    baseline_predictions: b.csv
    label: label
    slices: [sex]
";
        let problems = Config::parse(text).unwrap_err();
        insta::assert_snapshot!(crate::config::render("mlgate.yml", text, &problems, false));
    }

    #[test]
    fn an_empty_config_checks_nothing() {
        assert_eq!(messages(""), ["the config is empty"]);
        assert_eq!(messages("version: 1"), ["there is nothing to check"]);
        assert_eq!(messages("# only a comment\n"), ["the config is empty"]);
    }

    #[test]
    fn a_list_of_places_needs_its_key() {
        assert!(messages("version: 1\nbaseline: [a.json]\ndata: {}\n")[0].contains("expected a path"));
    }

    #[test]
    fn a_byte_order_mark_is_no_problem() {
        assert!(Config::parse("\u{FEFF}version: 1\ndata: {a: {path: a.csv}}\n").is_ok());
    }
}
