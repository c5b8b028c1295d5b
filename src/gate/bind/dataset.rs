//! Lines under a dataset and under its columns → gates.

use std::collections::BTreeMap;

use super::super::bound::Bound;
use super::super::param::{ParamValue, Settings, settings};
use super::super::{Blocked, Constraint, NamesDemand};
use super::width::{in_widths, rounded_types};
use super::{Around, Binder, no_column, subject};
use crate::catalog::{CheckSpec, ColumnChange, Compare, Family, Judging, MeasureSpec};
use crate::config::{DATASET_KEYS, Dataset, Diagnostic, Entry, Line, Pattern, Span, Value};
use crate::measurement::summary::Summary;
use crate::measurement::{Column, Measurement, Query, TableId, TableKind, TableMeasure};
use crate::stats::Side;

/// A line, and all lines of the pattern that it stands under.
type InPattern<'a> = (&'a Line, &'a [Line]);

impl Binder<'_> {
    pub(super) fn dataset(&mut self, dataset: &Dataset) {
        let name = dataset.name.value.as_str();
        let catalog = self.catalog;
        let named = |line: &Line| catalog.get(Family::Dataset, &line.key.value).filter(|spec| spec.named);
        for line in dataset.lines.iter().filter(|line| named(line).is_none()) {
            let id = format!("data.{name}.{}", line.key.value);
            self.table_line(dataset, line, id);
        }
        for (spec, lines) in dataset.lines.iter().filter_map(|line| Some((named(line)?, line))) {
            match &lines.value.value {
                Value::Map(entries) => {
                    entries.iter().map(line_of).for_each(|line| self.named_line(dataset, spec, &line))
                }
                Value::Null => {}
                _ => {
                    let message = format!("expected a mapping, found {}", lines.value.kind_name());
                    let help = format!("several can be listed under `{}`, each by its name", spec.id);
                    self.problems.push(Diagnostic::new(message, lines.value.span).with_help(help));
                }
            }
        }
        self.columns(dataset);
        if let Some(labels) = &dataset.fairness {
            self.labels(dataset, labels);
        }
    }

    fn table_line(&mut self, dataset: &Dataset, line: &Line, id: String) {
        let around = Around { lines: &dataset.lines, fixed: &DATASET_KEYS, refused: &[] };
        let Some(spec) = self.check(Family::Dataset, line, around) else {
            return;
        };
        let Some(settings) = settings(spec, line, &[], &mut self.problems) else {
            return;
        };
        let target = BindTarget { dataset, column: None };
        let Some(task) = self.task(spec, &settings, &target, line.key.span) else {
            return;
        };
        let roles = subject(&[("dataset", &dataset.name.value)]);
        let gate = self.gate(spec, &settings, (id, line.key.span), roles, task);
        self.keep(spec, &settings, gate);
    }

    fn named_line(&mut self, dataset: &Dataset, spec: &CheckSpec, line: &Line) {
        let name = dataset.name.value.as_str();
        let Some(mut settings) = settings(spec, line, &[], &mut self.problems) else {
            return;
        };
        // An association check is named by its line, so that a dataset can have several.
        let is_told = matches!(spec.measure, MeasureSpec::Summary(summary) if summary.has_label());
        if is_told {
            settings.values.insert("label".to_owned(), ParamValue::Column(line.key.value.clone()));
        }
        let target = BindTarget { dataset, column: None };
        let Some(task) = self.task(spec, &settings, &target, line.key.span) else {
            return;
        };
        let id = format!("data.{name}.{}.{}", spec.id, line.key.value);
        let role = if is_told { "column" } else { "rule" };
        let roles = subject(&[("dataset", name), (role, &line.key.value)]);
        let gate = self.gate(spec, &settings, (id, line.key.span), roles, task);
        self.keep(spec, &settings, gate);
    }

    /// Binds the checks of columns: for each check, the most specific pattern that matches a column is used.
    fn columns(&mut self, dataset: &Dataset) {
        let name = dataset.name.value.as_str();
        let table = self.table(TableKind::Dataset, name, Side::Candidate);
        let mut order: Vec<(String, InPattern<'_>, Option<Column>, bool)> = Vec::new();
        let mut best: BTreeMap<(String, String), (usize, Pattern)> = BTreeMap::new();
        for lines in &dataset.columns {
            let pattern = Pattern::new(&lines.pattern.value);
            let known: Vec<&Column> = match (&table, pattern.name()) {
                (Ok(_), Some(exact)) => {
                    self.column(TableKind::Dataset, name, Side::Candidate, &exact).into_iter().collect()
                }
                (Ok(info), None) => info.columns.iter().filter(|column| pattern.matches(&column.name)).collect(),
                (Err(_), _) => Vec::new(),
            };
            let gone = self.gone(name, &pattern);
            for line in &lines.lines {
                if known.is_empty() && gone.is_empty() {
                    // A line for a missing column is bound as well, so that its gate errs under its name.
                    let name = pattern.name().unwrap_or_else(|| lines.pattern.value.clone());
                    order.push((name, (line, &lines.lines), None, pattern.is_exact()));
                }
                let found = known.iter().map(|column| (column.name.clone(), Some((*column).clone())));
                for (name, column) in found.chain(gone.iter().map(|name| (name.clone(), None))) {
                    let key = (name.clone(), line.key.value.clone());
                    let entry = (name, (line, &lines.lines[..]), column, pattern.is_exact());
                    match best.get(&key) {
                        Some((_, better)) if better.specificity() > pattern.specificity() => {}
                        Some((at, _)) => {
                            let at = *at;
                            order[at] = entry;
                            best.insert(key, (at, pattern.clone()));
                        }
                        None => {
                            best.insert(key, (order.len(), pattern.clone()));
                            order.push(entry);
                        }
                    }
                }
            }
        }
        for (column, line, found, exact) in order {
            self.column_line(dataset, &column, line, found.as_ref(), exact);
        }
    }

    fn column_line(
        &mut self,
        dataset: &Dataset,
        column: &str,
        (line, lines): InPattern<'_>,
        found: Option<&Column>,
        exact: bool,
    ) {
        let name = dataset.name.value.as_str();
        let before = self.problems.len();
        let Some(spec) = self.check(Family::Column, line, Around { lines, ..Around::default() }) else {
            self.tell_once(before);
            return;
        };
        // `false` removes the check from a column to which a pattern applied it.
        if matches!(line.value.value, Value::Bool(false)) {
            return;
        }
        let read = settings(spec, line, &[], &mut self.problems);
        self.tell_once(before);
        let Some(settings) = read else { return };
        if settings.values.get("is") == Some(&ParamValue::Flag(false)) {
            return;
        }
        let target = BindTarget { dataset, column: Some(column) };
        let task = self.task(spec, &settings, &target, line.key.span);
        self.tell_once(before);
        let Some(task) = task else { return };
        let task = match (self.table(TableKind::Dataset, name, Side::Candidate), found) {
            (Err(error), _) => Err(Blocked::Error(error.0)),
            (Ok(info), None) if exact => Err(Blocked::Error(no_column(info, column))),
            (Ok(info), None) => match self.no_longer(name, spec, &settings, column) {
                Some(Ok(())) => return,
                Some(Err(why)) => Err(Blocked::Error(format!("`{}` {why}", info.path))),
                None => Err(Blocked::Error(format!("no column of `{}` matches `{column}`", info.path))),
            },
            (Ok(_), Some(found)) => self.fitting(name, spec, &settings, found, exact, task),
        };
        let id = format!("data.{name}.columns.{column}.{}", line.key.value);
        let roles = subject(&[("dataset", name), ("column", column)]);
        let gate = self.gate(spec, &settings, (id, line.key.span), roles, task);
        self.keep(spec, &settings, gate);
    }

    /// Drops the problems since `before` that are known already: a pattern stands for many columns, and its mistake is
    /// reported once.
    fn tell_once(&mut self, before: usize) {
        let (known, new) = self.problems.split_at(before);
        let new: Vec<Diagnostic> = new.iter().filter(|problem| !known.contains(problem)).cloned().collect();
        self.problems.truncate(before);
        self.problems.extend(new);
    }

    /// Returns the task of a check on a dataset or column, or `None` if the config is wrong.
    fn task(
        &mut self,
        spec: &CheckSpec,
        settings: &Settings,
        target: &BindTarget<'_>,
        span: Span,
    ) -> Option<Result<Constraint, Blocked>> {
        let name = target.dataset.name.value.as_str();
        let query = settings.values.values().find_map(|value| match value {
            ParamValue::Query(sql) => Some(sql.clone()),
            _ => None,
        });
        let is_number = matches!(spec.measure, MeasureSpec::Summary(_));
        let on = |side, measure| match &query {
            Some(sql) => Measurement::Query(Query { side, sql: sql.clone(), is_number }),
            None => {
                let id = TableId { kind: TableKind::Dataset, name: name.to_owned(), side };
                Measurement::Table(id, TableMeasure::of_rows(measure, settings.rows.as_deref()))
            }
        };
        let (other, pairs) = (self.other_dataset(settings, span), self.columns_in_pairs(spec, settings, span));
        other.and(pairs)?;
        let info = match self.table(TableKind::Dataset, name, Side::Candidate) {
            Ok(info) => info,
            Err(error) => return Some(Err(Blocked::Error(error.0))),
        };
        let measure = match self.measure(spec, settings, target, info) {
            Ok(measure) => measure,
            Err(blocked) => return Some(Err(blocked)),
        };
        let column = target.column.unwrap_or_default().to_owned();
        let task = match &spec.judge {
            Judging::Type(param) => {
                let Some(ParamValue::Text(wanted)) = settings.values.get(param) else {
                    return None;
                };
                let widening = settings.values.get("widening") == Some(&ParamValue::Flag(true));
                Constraint::Type { columns: on(Side::Candidate, measure), column, wanted: wanted.clone(), widening }
            }
            Judging::Required(param) | Judging::Allowed(param) | Judging::Forbidden(param) | Judging::Order(param) => {
                let Some(ParamValue::Words(names)) = settings.values.get(param) else {
                    return None;
                };
                let names = names.clone();
                let demand = match &spec.judge {
                    Judging::Required(_) => NamesDemand::Required(names),
                    Judging::Allowed(_) => NamesDemand::Allowed(names),
                    Judging::Forbidden(_) => NamesDemand::Forbidden(names),
                    _ => NamesDemand::Order(names),
                };
                Constraint::Names { columns: on(Side::Candidate, measure), demand }
            }
            Judging::NoChange(param) => {
                let Some(ParamValue::Words(allowed)) = settings.values.get(param) else {
                    return None;
                };
                let kinds = [
                    ("added", ColumnChange::Added),
                    ("removed", ColumnChange::Removed),
                    ("retyped", ColumnChange::Retyped),
                    ("relaxed", ColumnChange::Relaxed),
                ];
                let counted = kinds.into_iter().filter(|(word, _)| !allowed.iter().any(|allowed| allowed == word));
                let counted = counted.map(|(_, kind)| kind).collect();
                self.needs_baseline(target.dataset, spec, span)?;
                let baseline = on(Side::Baseline, measure.clone());
                Constraint::Columns {
                    candidate: on(Side::Candidate, measure),
                    baseline,
                    counted,
                    bound: Bound::exactly(0.0),
                }
            }
            Judging::Bound(param) => {
                let Some(ParamValue::Bound(bound)) = settings.values.get(param) else {
                    return None;
                };
                self.right_unit(spec, bound, span)?;
                let on_side = |side| self.column(TableKind::Dataset, name, side, &column);
                let sides = (on_side(Side::Candidate), on_side(Side::Baseline));
                let bound = in_widths(&spec.measure, sides, bound.clone());
                if spec.measure == MeasureSpec::DriftedColumns {
                    self.needs_baseline(target.dataset, spec, span)?;
                    return Some(self.dataset_drift(settings, name, bound));
                }
                let compares = matches!(spec.compare, Some(Compare::Column(_) | Compare::Value(_)));
                let baseline = if compares || bound.needs_baseline() {
                    self.needs_baseline(target.dataset, spec, span)?;
                    Some(on(Side::Baseline, measure.clone()))
                } else {
                    None
                };
                let candidate = on(Side::Candidate, measure);
                match (&spec.measure, spec.compare, baseline) {
                    (MeasureSpec::Summary(summary), _, baseline) => {
                        let summary = match summary {
                            Summary::Age { .. } => Summary::Age { now: self.now },
                            other => *other,
                        };
                        Constraint::Summary { summary, candidate, baseline, bound }
                    }
                    (_, Some(Compare::Column(change)), Some(baseline)) => {
                        Constraint::Columns { candidate, baseline, counted: vec![change], bound }
                    }
                    (_, Some(Compare::Value(change)), Some(baseline)) => Constraint::Values {
                        change,
                        candidate,
                        baseline,
                        types: rounded_types(sides.0, sides.1),
                        bound,
                    },
                    (_, _, baseline) => Constraint::Exact { candidate, baseline, bound },
                }
            }
            Judging::AtLeast(param) | Judging::AtMost(param) => {
                let Some(ParamValue::Number(limit)) = settings.values.get(param) else {
                    return None;
                };
                let operator = if matches!(spec.judge, Judging::AtLeast(_)) { ">=" } else { "<=" };
                let bound = Bound::parse(&format!("{operator} {limit}")).ok()?;
                if matches!(spec.measure, MeasureSpec::Drift(_) | MeasureSpec::ChiSquare | MeasureSpec::NullChange) {
                    self.needs_baseline(target.dataset, spec, span)?;
                    return self.column_drift((&spec.measure, *limit), settings, (name, &column), span);
                }
                let candidate = on(Side::Candidate, measure);
                match &spec.measure {
                    MeasureSpec::Summary(summary) => {
                        Constraint::Summary { summary: *summary, candidate, baseline: None, bound }
                    }
                    _ => Constraint::Exact { candidate, baseline: None, bound },
                }
            }
        };
        Some(Ok(task))
    }

    /// Refuses a bound in rows for a check that counts columns, and the reverse.
    fn right_unit(&mut self, spec: &CheckSpec, bound: &Bound, span: Span) -> Option<()> {
        let counts_columns = spec.measure == MeasureSpec::DriftedColumns;
        if !bound.in_rows || bound.text.contains("column") == counts_columns {
            return Some(());
        }
        let (counted, named) = if counts_columns { ("columns", "rows") } else { ("rows", "columns") };
        let mut problem = Diagnostic::new(format!("`{}` counts {counted} and not {named}", spec.id), span);
        problem.help = Some(format!("write \"{}\"", bound.text.replace(named, counted)));
        self.problems.push(problem);
        None
    }

    fn needs_baseline(&mut self, dataset: &Dataset, spec: &CheckSpec, span: Span) -> Option<()> {
        if dataset.baseline_path.is_some() || self.config.baseline.is_some() {
            return Some(());
        }
        let mut problem =
            Diagnostic::new(format!("`{}` compares with a baseline, but none is configured", spec.id), span);
        problem.help = Some(format!(
            "name the other side's file under `{}`, as in `baseline_path: main/{}.parquet`, or a stored one for all, as in `baseline: .mlgate/baseline.json`",
            dataset.name.value, dataset.name.value
        ));
        self.problems.push(problem);
        None
    }
}

fn line_of(entry: &Entry) -> Line {
    Line { key: entry.key.clone(), value: entry.value.clone() }
}

/// The dataset and column of a line.
pub(super) struct BindTarget<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) column: Option<&'a str>,
}
