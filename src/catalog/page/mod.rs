//! The reader of a check's Markdown page → [`CheckSpec`].

mod consistent;
mod needs;

use super::spec::{CheckSpec, Compare, Family, Judging, MeasureSpec, Param, ParamKind, Reads, Reduce};
use super::{ColumnChange, Severity, ValueChange};
use crate::config::{Diagnostic, Entry, LINE_KEYS, Node, Span, Value, did_you_mean, yaml};
use crate::measurement::Partners;
use crate::measurement::summary::Summary;
use crate::stats::drift::Distance;

/// Keys that every check accepts in its long form; no page may declare a parameter of these names.
pub const COMMON: [&str; 5] = LINE_KEYS;

const KEYS: [&str; 17] = [
    "id",
    "family",
    "since",
    "severity",
    "summary",
    "definition",
    "counts",
    "reads",
    "named",
    "names_values",
    "params",
    "measure",
    "compare",
    "reduce",
    "judge",
    "message",
    "help",
];

const COMPARE: [(&str, Compare); 10] = [
    ("drop", Compare::Drop),
    ("improvement", Compare::Improvement),
    ("slice drop", Compare::SliceDrop),
    ("columns", Compare::Columns),
    ("added columns", Compare::Column(ColumnChange::Added)),
    ("removed columns", Compare::Column(ColumnChange::Removed)),
    ("retyped columns", Compare::Column(ColumnChange::Retyped)),
    ("relaxed columns", Compare::Column(ColumnChange::Relaxed)),
    ("unseen values", Compare::Value(ValueChange::Unseen)),
    ("lost values", Compare::Value(ValueChange::Lost)),
];

const REDUCE: [(&str, Reduce); 6] = [
    ("gap", Reduce::Gap),
    ("ratio", Reduce::Ratio),
    ("spread", Reduce::Spread),
    ("lowest", Reduce::Lowest),
    ("highest", Reduce::Highest),
    ("adverse impact", Reduce::Impact),
];

/// Parses a page.
///
/// # Errors
///
/// Every problem of the front matter, with places in the page.
pub fn parse(path: &str, text: &str) -> Result<CheckSpec, Vec<Diagnostic>> {
    let Some((front, body)) = split(text) else {
        return Err(vec![Diagnostic::new(
            "a check's page must start with front matter between two `---` lines",
            Span { start: 0, end: 0 },
        )]);
    };
    let root = yaml::parse(&front)?;
    let mut reader = PageReader { problems: Vec::new() };
    let spec = reader.spec(path, &root, body);
    match spec {
        Some(spec) if reader.problems.is_empty() => Ok(spec),
        _ => Err(reader.problems),
    }
}

/// Splits a page into its front matter and its body. The delimiter lines of the front matter are replaced by blanks, so
/// that places in it are places in the page.
fn split(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix("---\n")?;
    let end = rest.find("\n---\n")?;
    Some((format!("   \n{}", &rest[..=end]), rest[end + 5..].trim_start()))
}

struct PageReader {
    problems: Vec<Diagnostic>,
}

impl PageReader {
    fn problem(&mut self, message: impl Into<String>, span: Span) {
        self.problems.push(Diagnostic::new(message, span));
    }

    fn spec(&mut self, path: &str, root: &Node, body: &str) -> Option<CheckSpec> {
        let Value::Map(entries) = &root.value else {
            self.problem("the front matter must be a mapping", root.span);
            return None;
        };
        self.known(entries, &KEYS);
        let id = self.text(root, "id")?;
        let family = self.word(root, "family", &Family::ALL.map(|family| (family.name(), family)))?;
        let severities = [("error", Severity::Error), ("warning", Severity::Warning), ("note", Severity::Note)];
        let reads = [
            ("any", Reads::Any),
            ("values", Reads::Values),
            ("scale", Reads::Scale),
            ("numbers", Reads::Numbers),
            ("text", Reads::Text),
            ("times", Reads::Times),
            ("lists", Reads::Lists),
        ];
        let spec = CheckSpec {
            family,
            since: self.text(root, "since")?,
            severity: self.word(root, "severity", &severities)?,
            summary: self.text(root, "summary")?,
            definition: self.text(root, "definition")?,
            counts: if root.get("counts").is_some() { Some(self.text(root, "counts")?) } else { None },
            reads: if root.get("reads").is_some() { self.word(root, "reads", &reads)? } else { Reads::Any },
            named: self.flag(root, "named"),
            names_values: self.flag(root, "names_values"),
            params: self.params(root),
            measure: self.measure(root)?,
            compare: match root.get("compare") {
                Some(_) => Some(self.word(root, "compare", &COMPARE)?),
                None => None,
            },
            reduce: match root.get("reduce") {
                Some(_) => Some(self.word(root, "reduce", &REDUCE)?),
                None => None,
            },
            judge: self.judge(root)?,
            message: self.text(root, "message")?,
            help: self.text(root, "help")?,
            body: body.to_owned(),
            path: path.to_owned(),
            id,
        };
        self.consistent(root, &spec);
        Some(spec)
    }

    fn known(&mut self, entries: &[Entry], keys: &[&str]) {
        for entry in entries {
            if !keys.contains(&entry.key.value.as_str()) {
                let mut problem = Diagnostic::new(format!("unknown key `{}`", entry.key.value), entry.key.span);
                if let Some(near) = did_you_mean(&entry.key.value, keys.iter().copied()) {
                    problem.help = Some(format!("did you mean `{near}`?"));
                }
                self.problems.push(problem);
            }
        }
    }

    fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        let Some(found) = node.get(key) else {
            self.problem(format!("`{key}` is missing"), node.span);
            return None;
        };
        match found.as_text() {
            Some(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => {
                self.problem(format!("`{key}` must be text"), found.span);
                None
            }
        }
    }

    fn word<T: Copy>(&mut self, node: &Node, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, key)?;
        let span = node.get(key).map_or(node.span, |found| found.span);
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.problem(format!("`{key}` must be one of {}", all.join(", ")), span);
        }
        found
    }

    fn flag(&mut self, node: &Node, key: &str) -> bool {
        match node.get(key) {
            None => false,
            Some(Node { value: Value::Bool(flag), .. }) => *flag,
            Some(found) => {
                self.problem(format!("`{key}` must be true or false"), found.span);
                false
            }
        }
    }

    fn params(&mut self, root: &Node) -> Vec<Param> {
        let Some(node) = root.get("params") else {
            return Vec::new();
        };
        let Value::Map(entries) = &node.value else {
            self.problem("`params` must be a mapping", node.span);
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.param(entry)).collect()
    }

    fn param(&mut self, entry: &Entry) -> Option<Param> {
        let Value::Map(entries) = &entry.value.value else {
            self.problem("a parameter must be a mapping with `type` and `about`", entry.value.span);
            return None;
        };
        self.known(entries, &["type", "words", "default", "about", "also"]);
        let texts = |key: &str| -> Vec<String> {
            match entry.value.get(key).map(|texts| &texts.value) {
                Some(Value::List(texts)) => texts.iter().filter_map(Node::as_text).map(str::to_owned).collect(),
                _ => Vec::new(),
            }
        };
        let (words, also) = (texts("words"), texts("also"));
        for name in std::iter::once(&entry.key.value).chain(&also) {
            if COMMON.contains(&name.as_str()) {
                self.problem(format!("`{name}` is a key of every check"), entry.key.span);
            }
        }
        let kind = match self.text(&entry.value, "type")?.as_str() {
            "share bound" => ParamKind::ShareBound,
            "rows bound" => ParamKind::RowsBound,
            "interval" => ParamKind::Interval,
            "number interval" => ParamKind::NumberInterval,
            "values" => ParamKind::Values,
            "pattern" => ParamKind::Pattern,
            "flag" => ParamKind::Flag,
            "number bound" => ParamKind::NumberBound,
            "number" => ParamKind::Number,
            "edges" => ParamKind::Edges,
            "amount" => ParamKind::Amount,
            "choice" => ParamKind::Choice(words),
            "choices" => ParamKind::Choices(words),
            "column type" => ParamKind::Type,
            "condition" => ParamKind::Condition,
            "columns" => ParamKind::Columns,
            "their columns" => ParamKind::TheirColumns,
            "column patterns" => ParamKind::Patterns,
            "column" => ParamKind::Column,
            "dataset" => ParamKind::Dataset,
            "reference" => ParamKind::Reference,
            "query" => ParamKind::Query,
            "age bound" => ParamKind::AgeBound,
            "gap" => ParamKind::Gap,
            "group" => ParamKind::Group,
            other => {
                self.problem(format!("`{other}` is not a type of a parameter"), entry.value.span);
                return None;
            }
        };
        let about = self.text(&entry.value, "about")?;
        Some(Param { name: entry.key.value.clone(), also, kind, default: entry.value.get("default").cloned(), about })
    }

    fn measure(&mut self, root: &Node) -> Option<MeasureSpec> {
        if let Some(Node { value: Value::Map(entries), .. }) = root.get("measure") {
            self.known(entries, &["sql", "among"]);
            let node = root.get("measure")?;
            let matches = self.text(node, "sql")?;
            let among = node.get("among").and_then(Node::as_text).map(str::to_owned);
            return Some(MeasureSpec::Where { matches, among });
        }
        let word = self.text(root, "measure")?;
        if let Some((_, summary)) = Summary::ALL.iter().find(|(name, _)| *name == word) {
            return Some(MeasureSpec::Summary(*summary));
        }
        if let Some((_, distance)) = Distance::ALL.iter().find(|(name, _)| *name == word) {
            return Some(MeasureSpec::Drift(*distance));
        }
        Some(match word.as_str() {
            "rows" => MeasureSpec::Rows,
            "duplicate rows" => MeasureSpec::DuplicateRows,
            "duplicate values" => MeasureSpec::DuplicateValues,
            "columns" => MeasureSpec::Columns,
            "values" => MeasureSpec::Values,
            "missing keys" => MeasureSpec::Partners(Partners::MissingKey),
            "shared keys" => MeasureSpec::Partners(Partners::SharedKey),
            "shared rows" => MeasureSpec::Partners(Partners::SharedRow),
            "rows not after" => MeasureSpec::NotAfter,
            "conflicting rows" => MeasureSpec::Conflicts,
            "query rows" => MeasureSpec::QueryRows,
            "null change" => MeasureSpec::NullChange,
            "chi-square" => MeasureSpec::ChiSquare,
            "drifted columns" => MeasureSpec::DriftedColumns,
            "type" => MeasureSpec::Type,
            "metric" => MeasureSpec::Metric,
            "rate" => MeasureSpec::Rate,
            "wrong rows" => MeasureSpec::WrongRows,
            other => {
                let span = root.get("measure").map_or(root.span, |found| found.span);
                self.problem(
                    format!(
                        "`{other}` is not a measure: rows, duplicate rows, duplicate values, columns, values, missing keys, shared \
                         keys, shared rows, rows not after, conflicting rows, query rows, null change, chi-square, drifted columns, type, {}, metric, rate, wrong rows, or {{sql: \"a condition on a row\"}}",
                        Summary::ALL.map(|(name, _)| name).join(", ")
                    ),
                    span,
                );
                return None;
            }
        })
    }

    fn judge(&mut self, root: &Node) -> Option<Judging> {
        let Some(node) = root.get("judge") else {
            self.problem("`judge` is missing", root.span);
            return None;
        };
        let Value::Map(entries) = &node.value else {
            self.problem("`judge` must be a mapping such as {bound: is}", node.span);
            return None;
        };
        let [entry] = entries.as_slice() else {
            self.problem("`judge` must have exactly one key", node.span);
            return None;
        };
        let param = self.text(node, &entry.key.value)?;
        Some(match entry.key.value.as_str() {
            "bound" => Judging::Bound(param),
            "at_least" => Judging::AtLeast(param),
            "at_most" => Judging::AtMost(param),
            "type" => Judging::Type(param),
            "no_change_but" => Judging::NoChange(param),
            "required" => Judging::Required(param),
            "allowed" => Judging::Allowed(param),
            "forbidden" => Judging::Forbidden(param),
            "order" => Judging::Order(param),
            other => {
                self.problem(
                    format!(
                        "`{other}` is not a way to judge: bound, at_least, at_most, type, no_change_but, required, allowed, \
                         forbidden, order"
                    ),
                    entry.key.span,
                );
                return None;
            }
        })
    }
}
