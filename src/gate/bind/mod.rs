//! Config × catalogue × columns → gates.
//!
//! A problem of the config is a [`Diagnostic`], and all are collected. A problem of the data, such as a missing column,
//! becomes a gate that errs: the change broke it, not the config.

mod behaviour;
mod class;
mod dataset;
mod drift;
mod fairness;
mod find;
mod grading;
mod group_source;
mod idle;
mod itself;
mod labels;
mod measure;
mod message;
mod metric_names;
mod model;
mod must_pass;
mod new_keys;
mod order_of_classes;
mod prediction_spec;
pub(crate) mod protocol;
mod read_as;
mod readable;
mod reported;
pub(super) mod slices;
mod stray;
mod width;
mod worst_slice;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::param::Settings;
use super::waiver::Waiver;
use super::{Blocked, Constraint, Gate, GateOrigin, Gates, Observation, RowFilter, Subject};
use crate::catalog::{Catalog, CheckSpec, Family, Judging, MeasureSpec};
use crate::config::{Config, Diagnostic, Line, Span, did_you_mean};
use crate::gate::verdict::OnInconclusive;
use crate::measurement::{Column, MeasureError, TableId, TableInfo, TableKind, Tables};
use crate::stats::Side;

/// The default confidence of intervals.
pub const CONFIDENCE: f64 = 0.95;

/// Maximum number of columns that a message lists.
const LISTED: usize = 8;

/// The default of `min_n`: with a smaller denominator, the 95 % interval of a group's rate can be wider than 0.3.
pub const MIN_N: u64 = 30;

/// Binds every line of the config. `now` is the time against which ages are computed, in microseconds since 1970 in
/// UTC.
///
/// # Errors
///
/// Every problem of the config.
pub fn bind(config: &Config, catalog: &Catalog, tables: &Tables, now: i64) -> Result<Gates, Vec<Diagnostic>> {
    let gates = bind_any(config, catalog, tables, now)?;
    if gates.gates.is_empty() {
        let problem = Diagnostic::new("the config has no check", Span { start: 0, end: 0 });
        let help = "add a check, such as `rows: \">= 1000\"` under a dataset; `mlgate checks` lists them";
        return Err(vec![problem.with_help(help)]);
    }
    Ok(gates)
}

/// Like [`bind`], for a config that may demand nothing.
///
/// # Errors
///
/// Every problem of the config.
pub fn bind_any(config: &Config, catalog: &Catalog, tables: &Tables, now: i64) -> Result<Gates, Vec<Diagnostic>> {
    let columns = tables.iter().filter_map(|(id, table)| {
        let columns = &table.as_ref().ok()?.columns;
        Some((id.clone(), columns.iter().map(|column| (column.name.as_str(), column)).collect()))
    });
    let columns = columns.collect();
    let (problems, idle, out) = (Vec::new(), Vec::new(), Gates::default());
    let mut binder = Binder { config, catalog, tables, columns, now, problems, idle, out };
    for dataset in &config.data {
        binder.declared_types(&dataset.read_as, &dataset.name.value, &[TableKind::Dataset]);
        binder.dataset(dataset);
    }
    // Gates are in the order of the config.
    let mut reported = config.reported.iter().peekable();
    for model in &config.models {
        while let Some(earlier) = reported.next_if(|other| other.name.span < model.name.span) {
            binder.reported_model(earlier);
        }
        let kinds = [TableKind::Predictions, TableKind::Labels];
        binder.declared_types(&model.read_as, &model.name.value, &kinds);
        binder.model(model);
    }
    for model in reported {
        binder.reported_model(model);
    }
    binder.refuse_idle();
    if binder.problems.is_empty() {
        binder.problems = same_ids(&binder.out.gates);
    }
    if binder.problems.is_empty() { Ok(binder.out) } else { Err(binder.problems) }
}

/// Returns a problem for each gate whose id is taken: a report, a waiver or `--only` could not distinguish the two.
fn same_ids(gates: &[Gate]) -> Vec<Diagnostic> {
    let mut first = BTreeMap::new();
    let mut problems: Vec<Diagnostic> = Vec::new();
    for gate in gates {
        match first.entry(gate.id.as_str()) {
            Entry::Vacant(free) => {
                free.insert(gate.at);
            }
            Entry::Occupied(taken) if problems.iter().all(|problem| problem.span != gate.at) => {
                let mut problem = Diagnostic::new(format!("two gates have the id `{}`", gate.id), gate.at)
                    .with_help("remove one of the two, or the second entry for the same rows");
                problem.also.extend(
                    Some(*taken.get()).filter(|other| *other != gate.at).map(|at| (at, "the other one".to_owned())),
                );
                problems.push(problem);
            }
            Entry::Occupied(_) => {}
        }
    }
    problems
}

struct Binder<'a> {
    config: &'a Config,
    catalog: &'a Catalog,
    tables: &'a Tables,
    /// The columns of the tables that could be opened, by name.
    columns: BTreeMap<TableId, HashMap<&'a str, &'a Column>>,
    now: i64,
    problems: Vec<Diagnostic>,
    /// Gates whose limit no data can break.
    idle: Vec<Idle>,
    out: Gates,
}

impl<'a> Binder<'a> {
    fn table(&self, kind: TableKind, name: &str, side: Side) -> Result<&'a TableInfo, MeasureError> {
        let id = TableId { kind, name: name.to_owned(), side };
        match self.tables.get(&id) {
            Some(Ok(info)) => Ok(info),
            Some(Err(error)) => Err(error.clone()),
            None => Err(MeasureError(format!("internal error: `{name}` was not opened"))),
        }
    }

    /// Returns a column of a table; `None` if the table does not have it, or could not be opened.
    fn column(&self, kind: TableKind, name: &str, side: Side, column: &str) -> Option<&'a Column> {
        self.columns.get(&TableId { kind, name: name.to_owned(), side })?.get(column).copied()
    }

    /// Adds an observation, or the reason for which its number is missing.
    fn observe(&mut self, observation: Observation, lost: &Option<String>) {
        match lost {
            Some(why) => self.out.lost.push((observation, why.clone())),
            None => self.out.observations.push(observation),
        }
    }

    /// Returns the check of a key, or notes a problem with a suggestion.
    fn check(&mut self, family: Family, line: &Line, around: Around<'_>) -> Option<&'a CheckSpec> {
        let (catalog, id) = (self.catalog, line.key.value.as_str());
        if let Some(spec) = catalog.get(family, id) {
            return Some(spec);
        }
        let known = || catalog.family(family).map(|spec| spec.id.as_str()).chain(around.fixed.iter().copied());
        let near = || did_you_mean(id, known()).map(|near| format!("did you mean `{near}`?"));
        let elsewhere = || {
            let other = catalog.named(id).next()?.family.name();
            Some(format!("`{id}` is a {other} check; `mlgate explain {id}` shows where to use it"))
        };
        let help = self.stray(family, line, around).or_else(near).or_else(elsewhere);
        let help = help.or_else(|| self.near_stray(family, line));
        let help = help.unwrap_or_else(|| "`mlgate checks` lists all checks".to_owned());
        let message = format!("there is no {} check `{id}`", family.name());
        self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
        None
    }

    /// Returns a gate from a line's settings, with the config's defaults for everything that the line does not set.
    fn gate(
        &self,
        spec: &CheckSpec,
        settings: &Settings,
        place: (String, Span),
        subject: Subject,
        task: Result<Constraint, Blocked>,
    ) -> Gate {
        let (id, at) = place;
        // An exact number is printed beside its bound; a metric's limit needs the check's name to say its direction.
        let words = match spec.family {
            Family::Dataset | Family::Column if !settings.words.is_empty() => match spec.judge {
                Judging::AtMost(_) => format!("<= {}", settings.words),
                Judging::AtLeast(_) => format!(">= {}", settings.words),
                _ => settings.words.clone(),
            },
            // The rows that must be right are all that the check's name says.
            _ if spec.measure == MeasureSpec::WrongRows => settings.words.clone(),
            _ => format!("{} {}", spec.id, settings.words),
        };
        let words = match &settings.rows {
            Some(rows) => format!("{} where {rows}", words.trim_end()),
            None => words,
        };
        let filter = settings.rows.as_ref().zip(subject.get("dataset")).map(|(rows, dataset)| {
            let table = TableId { kind: TableKind::Dataset, name: dataset.clone(), side: Side::Candidate };
            RowFilter::new(table, rows)
        });
        Gate {
            id,
            check: spec.id.clone(),
            family: spec.family,
            subject,
            task,
            severity: settings.severity.unwrap_or(spec.severity),
            confidence: settings.confidence.or(self.config.confidence).unwrap_or(CONFIDENCE),
            on_inconclusive: settings.on_inconclusive.unwrap_or(OnInconclusive::Warn),
            min_n: settings.min_n.unwrap_or(MIN_N),
            bound: words.trim().to_owned(),
            params: settings.values.clone(),
            filter,
            definition: spec.definition.clone(),
            counts: spec.counts.clone(),
            names_values: spec.names_values,
            message: spec.message.clone(),
            texts: message::params(settings),
            help: spec.help.clone(),
            origin: GateOrigin::Config,
            from_policy: None,
            waiver: settings.waive.as_ref().map(|waiver| Waiver::at(waiver, self.now)),
            at,
        }
    }
}

/// Returns the message for a missing column.
fn no_column(info: &TableInfo, name: &str) -> String {
    let names = || info.columns.iter().map(|column| column.name.as_str());
    match did_you_mean(name, names()) {
        Some(near) => format!("`{}` has no column `{name}`; did you mean `{near}`?", info.path),
        None => {
            let listed: Vec<String> = names().take(LISTED).map(|name| format!("`{name}`")).collect();
            let more = if info.columns.len() > LISTED { ", …" } else { "" };
            format!("`{}` has no column `{name}`, only {}{more}", info.path, listed.join(", "))
        }
    }
}

fn has_column(info: &TableInfo, name: &str) -> bool {
    info.columns.iter().any(|column| column.name == name)
}

fn subject(roles: &[(&'static str, &str)]) -> Subject {
    roles.iter().map(|(role, name)| (*role, (*name).to_owned())).collect::<BTreeMap<_, _>>()
}

/// A gate that cannot fail, with the reason.
pub(super) struct Idle {
    subject: Subject,
    id: String,
    at: Span,
    why: String,
}

/// The surroundings of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// The line and those beside it.
    pub(super) lines: &'a [Line],
    /// The keys that may stand there and are not checks.
    pub(super) fixed: &'a [&'a str],
    /// The keys of all checks that mean nothing there.
    pub(super) refused: &'a [&'a str],
}
