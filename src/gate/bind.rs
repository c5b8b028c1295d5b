//! Config × catalogue × columns → gates.
//!
//! What is wrong with the config is a [`Diagnostic`], all of them at once. What is wrong with the data, a lost column
//! above all, becomes a gate that errs: it is the change that broke it, not the config.

mod dataset;
mod fairness;
mod idle;
mod itself;
mod labels;
mod measure;
mod model;
mod order_of_classes;
mod prediction_spec;
mod read_as;
mod readable;
mod reported;
mod slices;
mod stray;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::measurement::{MeasureError, TableId, TableInfo, TableKind, Tables};
use super::param::Settings;
use super::waiver::Waiver;
use super::{Blocked, Gate, Gates, Observation, Subject, Task};
use crate::catalog::{Catalog, CheckSpec, Family, Judge};
use crate::config::{Config, Diagnostic, Line, Span, did_you_mean};
use crate::gate::verdict::OnInconclusive;
use crate::stats::Side;
use stray::Around;

/// The confidence of intervals where nothing else is said.
pub const CONFIDENCE: f64 = 0.95;

/// As many columns as a message lists.
const LISTED: usize = 8;

/// Below this denominator a group's rate says next to nothing: its 95 % interval is wider than 0.3.
pub const MIN_N: u64 = 30;

/// Binds every line of the config.
///
/// # Errors
///
/// Everything that is wrong with the config.
///
/// `now` is in microseconds since 1970 in UTC: the moment at which ages are told.
pub fn bind(config: &Config, catalog: &Catalog, tables: &Tables, now: i64) -> Result<Gates, Vec<Diagnostic>> {
    let mut binder =
        Binder { config, catalog, tables, now, problems: Vec::new(), idle: Vec::new(), out: Gates::default() };
    for dataset in &config.data {
        binder.declared_types(&dataset.read_as, &dataset.name.value, &[TableKind::Dataset]);
        binder.dataset(dataset);
    }
    // In the order of the config.
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
    if binder.problems.is_empty() && binder.out.gates.is_empty() {
        let mut problem =
            Diagnostic::new("this config demands nothing, so nothing would be checked", Span { start: 0, end: 0 });
        problem.help =
            Some("add a check, such as `rows: \">= 1000\"` under a dataset; `mlgate checks` lists them".to_owned());
        binder.problems.push(problem);
    }
    if binder.problems.is_empty() { Ok(binder.out) } else { Err(binder.problems) }
}

/// Gates that a report, a waiver or `--only` could not tell apart.
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
                    .with_help("take one of the two out, or what names its rows a second time");
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
    now: i64,
    problems: Vec<Diagnostic>,
    /// Demands that cannot fail.
    idle: Vec<idle::Idle>,
    out: Gates,
}

impl<'a> Binder<'a> {
    fn table(&self, kind: TableKind, name: &str, side: Side) -> Result<&'a TableInfo, MeasureError> {
        let id = TableId { kind, name: name.to_owned(), side };
        match self.tables.get(&id) {
            Some(Ok(info)) => Ok(info),
            Some(Err(error)) => Err(error.clone()),
            None => Err(MeasureError(format!("`{name}` was not opened"))),
        }
    }

    /// Asks for a number, or keeps why it cannot be looked at.
    fn observe(&mut self, observation: Observation, lost: &Option<String>) {
        match lost {
            Some(why) => self.out.lost.push((observation, why.clone())),
            None => self.out.observations.push(observation),
        }
    }

    /// The check that a key names, or a diagnostic that knows what was meant.
    fn check(&mut self, family: Family, line: &Line, around: Around<'_>) -> Option<&'a CheckSpec> {
        let (catalog, id) = (self.catalog, line.key.value.as_str());
        if let Some(spec) = catalog.get(family, id) {
            return Some(spec);
        }
        let known = || catalog.family(family).map(|spec| spec.id.as_str()).chain(around.fixed.iter().copied());
        let near = || did_you_mean(id, known()).map(|near| format!("did you mean `{near}`?"));
        let elsewhere = || {
            let other = catalog.named(id).next()?.family.name();
            Some(format!("`{id}` is a {other} check; `mlgate explain {id}` shows where it goes"))
        };
        let help = self.stray(family, line, around).or_else(near).or_else(elsewhere);
        let help = help.or_else(|| self.near_stray(family, line));
        let help = help.unwrap_or_else(|| "`mlgate checks` lists all checks".to_owned());
        let message = format!("there is no {} check `{id}`", family.name());
        self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
        None
    }

    /// A line's values, with what a whole-file setting says where the line says nothing.
    fn gate(
        &self,
        spec: &CheckSpec,
        settings: &Settings,
        place: (String, Span),
        subject: Subject,
        task: Result<Task, Blocked>,
    ) -> Gate {
        let (id, at) = place;
        // Beside an exact number its bound reads by itself; a limit of a metric needs its name to say which way it goes.
        let words = match spec.family {
            Family::Dataset | Family::Column if !settings.words.is_empty() => match spec.judge {
                Judge::AtMost(_) => format!("<= {}", settings.words),
                Judge::AtLeast(_) => format!(">= {}", settings.words),
                _ => settings.words.clone(),
            },
            _ => format!("{} {}", spec.id, settings.words),
        };
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
            bound: words.trim_end().to_owned(),
            definition: spec.definition.clone(),
            counts: spec.counts.clone(),
            message: spec.message.clone(),
            params: settings.texts.clone(),
            help: spec.help.clone(),
            is_beside_reference: false,
            waiver: settings.waive.as_ref().map(|waiver| Waiver::at(waiver, self.now)),
            at,
        }
    }
}

/// A sentence for a column that is not there.
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
