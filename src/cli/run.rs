//! `mlgate run`: the whole pipeline on one screen.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZero;
use std::time::Duration;

use super::RunArguments;
use super::breaches::first_rows;
use super::exit::{Failure, PASSED, WARNED};
use super::git;
use super::idle;
use super::kept_rows;
use super::load::{self, Loaded};
use super::output;
use super::progress::Progress;
use super::publish;
use super::remarks;
use super::sought;
use super::states;
use super::stored::{self, Stored};
use crate::catalog::Catalog;
use crate::config::{Config, Diagnostic, Pattern, line_column};
use crate::digest::sha256;
use crate::engine::{Engine, Resources};
use crate::gate::Gates;
use crate::gate::bind::{CONFIDENCE, bind};
use crate::gate::judge::{Outcome, Remark, explore, flips, judge, observe, unmeasured, without_baseline};
use crate::gate::measurement::{TableId, TableKind};
use crate::gate::notes::{ModelNote, notes as model_notes};
use crate::gate::plan::plan;
use crate::gate::predictions::PredictionSpec;
use crate::gate::verdict::{Effect, Verdict};
use crate::gate::waiver::waive;
use crate::report::model::{At, FileDigest, Inputs, Note, Overall, Provenance, Report};
use crate::report::{Context, RenderOptions, build, render};
use crate::stats::Side;

/// Runs the gate and says what came of it.
pub(super) fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    output::check(&arguments.output)?;
    let mut loaded = load::config(arguments.config.as_deref())?;
    if let Some(named) = &arguments.baseline {
        sought::name(&mut loaded, named)?;
    }
    loaded.config.memory_limit = arguments.memory_limit.or(loaded.config.memory_limit);
    let catalog = load::catalog(Some(&loaded))?;
    let only: Vec<Pattern> = arguments.only.iter().map(|glob| Pattern::new(glob)).collect();
    let now = arguments.now.unwrap_or_else(clock);
    let mut report = evaluate(
        &loaded,
        &catalog,
        &only,
        Moment { now, quiet: arguments.quiet, threads: arguments.threads, list_flips: arguments.list_flips },
    )?;
    if arguments.warn_exit_code && report.verdict == Overall::Warn {
        report.exit_code = WARNED;
    }
    if arguments.states {
        let moment = Moment { now, quiet: arguments.quiet, threads: arguments.threads, list_flips: None };
        let states = states::measure(&loaded, &catalog, moment, None)?.0;
        let states = serde_json::to_value(&states);
        report.states = Some(states.map_err(|error| Failure::Environment(format!("no JSON of the states: {error}")))?);
    }
    write(&report, arguments)?;
    if arguments.publish { publish::after_run(&report, &arguments.post, &loaded) } else { Ok(report.exit_code) }
}

/// What a run depends on besides its files.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// When it is, in microseconds since 1970.
    pub(super) now: i64,
    /// Whether progress is not shown.
    pub(super) quiet: bool,
    /// At most so many threads.
    pub(super) threads: Option<NonZero<usize>>,
    /// As many flipped rows of each kind as are listed.
    pub(super) list_flips: Option<u16>,
}

/// The system's clock, in microseconds since 1970.
pub(super) fn clock() -> i64 {
    chrono::Utc::now().timestamp_micros()
}

/// From config to report; reads the inputs and writes nothing.
pub(super) fn evaluate(
    loaded: &Loaded,
    catalog: &Catalog,
    only: &[Pattern],
    moment: Moment,
) -> Result<Report, Failure> {
    evaluated(loaded, catalog, only, moment, Other::AsConfigured).map(|run| run.report)
}

/// A report, and all that it was made from.
pub(super) struct Evaluated {
    pub(super) engine: Engine,
    pub(super) gates: Gates,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) report: Report,
    /// What the stored baseline and the frozen one say of the rows that models were measured on.
    pub(super) stored: [StoredModels; 2],
}

/// How models are read beside a stored baseline, and how many rows it was measured on.
#[derive(Default)]
pub(super) struct StoredModels {
    pub(super) specs: BTreeMap<String, PredictionSpec>,
    pub(super) rows: BTreeMap<String, u64>,
}

/// The stored side of a comparison.
pub(super) enum Other {
    /// As the config or the command line says.
    AsConfigured,
    /// The frozen one. All that is measured without a demand is told beside the usual baseline.
    Frozen,
    /// This one, in whose place the candidate will be put: what it does not know yet stands beside itself.
    ToBless(Box<Stored>),
}

/// The same, for those who go on asking.
pub(super) fn evaluated(
    loaded: &Loaded,
    catalog: &Catalog,
    only: &[Pattern],
    moment: Moment,
    other: Other,
) -> Result<Evaluated, Failure> {
    let Loaded { name, root, text, config, .. } = loaded;
    let Moment { now, quiet, threads, list_flips } = moment;
    let resources = resources(config, threads);
    let mut engine = Engine::within(root, resources)
        .map_err(|error| Failure::Environment(format!("the engine cannot start: {error}")))?;
    open(&mut engine, config);
    let is_frozen = matches!(other, Other::Frozen);
    let (sought, of_bless) = match other {
        Other::AsConfigured | Other::Frozen => (sought::seek(loaded), None),
        Other::ToBless(stored) => (None, Some(*stored)),
    };
    let is_to_bless = of_bless.is_some();
    let stored = of_bless.as_ref().or(sought.as_ref().map(|sought| &sought.stored));
    let opened = engine.tables();
    let mut tables = opened.clone();
    if let Some(stored) = stored {
        stored.complete(&mut tables);
    }
    if is_to_bless {
        states::compare_with_itself(&mut tables);
    }
    let mut gates = bind(&stored::with_baseline(config, stored.is_some()), catalog, &tables, now)
        .map_err(|problems| Failure::Text { name: name.clone(), text: text.clone(), problems })?;
    // Only gates of the columns that are there can be named, so nothing is said of names where a table is not.
    let is_complete = tables.values().all(Result::is_ok);
    let beside_reference = beside_reference(loaded, catalog, moment)?;
    gates.gates.extend(beside_reference.iter().flat_map(|of| of.gates.gates.iter().cloned()));
    waive(&mut gates, config, now, is_complete).map_err(|problems| Failure::Text {
        name: name.clone(),
        text: text.clone(),
        problems,
    })?;
    idle::refuse(&engine, &gates, loaded)?;
    if !only.is_empty() {
        gates.gates.retain(|gate| only.iter().any(|pattern| pattern.matches(&gate.id)));
        gates.observations.clear();
        gates.lost.clear();
        if gates.gates.is_empty() {
            return Err(Failure::Usage("--only matches no gate, so nothing would be checked".to_owned()));
        }
    }
    if is_frozen {
        gates.observations.clear();
        gates.lost.clear();
    }
    // They have been judged already, beside their own baseline.
    let others = gates.gates.split_off(gates.gates.iter().filter(|gate| !gate.is_beside_reference).count());
    if let Some(most) = list_flips {
        gates.list_flips(usize::from(most));
    }
    let row_notes = match stored.and_then(|stored| Some((stored.baseline()?, stored.at()?))) {
        Some((baseline, at)) => kept_rows::open(&mut engine, &mut gates.specs, baseline, at, loaded),
        None => Vec::new(),
    };
    let more = stored.as_ref().map(|stored| stored.prepare(&mut gates)).unwrap_or_default();
    let plan = plan(gates.measurements().chain(&more));
    let progress =
        Progress::start(plan.scans.len() + plan.cells.len() + plan.queries.len() + plan.predictions.len(), quiet);
    let known = stored.map(|stored| stored.answers(gates.measurements(), &opened)).unwrap_or_default();
    let mut measurements = engine.measure(&plan, &gates.specs, &known, || progress.step());
    drop(progress);
    let [candidate, baseline] = [Side::Candidate, Side::Baseline].map(|side| files(&engine, side));
    if let Some(stored) = stored {
        stored.join(&gates, &mut measurements);
    }
    let mut outcomes = judge(&gates, &measurements, config.seed);
    // Gates that need a baseline err by themselves. Where none does, a lost one would go unseen.
    let problem = stored.and_then(Stored::problem);
    if let Some(why) = problem
        && sought.as_ref().is_some_and(|sought| sought.may_be_absent)
    {
        without_baseline(&mut outcomes, why);
    } else if let Some(why) = problem
        && !outcomes.iter().any(|outcome| outcome.verdict == Verdict::Error)
    {
        return Err(Failure::Environment(why.to_owned()));
    }
    let level = config.confidence.unwrap_or(CONFIDENCE);
    let readings = observe(&gates, &measurements, config.seed, level);
    let explored = explore(&gates, &measurements, config.seed, level);
    let missed = unmeasured(&gates, &measurements, &outcomes, (&readings, &explored));
    for (gate, outcome) in missed.gates {
        gates.gates.push(gate);
        outcomes.push(outcome);
    }
    let mut tried = sought.as_ref().map(|sought| sought.tried.clone()).unwrap_or_default();
    let mut notes = sought.as_ref().map(|sought| sought.notes(loaded, now)).unwrap_or_default();
    notes.extend(missed.remarks.into_iter().map(|remark| note(remark, loaded)));
    notes.extend(model_notes(config, &gates, &measurements).into_iter().map(|note| told(note, loaded)));
    if let Some(of) = &beside_reference {
        tried.extend(of.report.provenance.tried.iter().cloned());
        notes.extend(of.report.notes.iter().cloned());
    }
    let config_digest = sha256(text.as_bytes()).unwrap_or_default();
    let (git, time) = match git::stamp(root) {
        Ok(stamp) => stamp.map(|stamp| (stamp.id, stamp.time)).unzip(),
        Err(why) => {
            let note = remarks::odd_repository(loaded, &why);
            if !notes.contains(&note) {
                notes.push(note);
            }
            (None, None)
        }
    };
    let misfits = stored.map(|stored| stored.misfits(&gates, &measurements)).unwrap_or_default();
    notes.extend(remarks::other_samples(loaded, &misfits));
    notes.extend(remarks::same_files(loaded, &engine));
    let provenance = Provenance {
        candidate: Inputs { git, time, files: candidate, notes: Vec::new() },
        baseline: match stored {
            Some(stored) => {
                let misfits = misfits.into_iter().map(|(model, sample)| format!("{model}: {}", sample.message));
                stored.inputs(baseline, &config_digest, row_notes.into_iter().chain(misfits).collect())
            }
            None => Inputs { git: None, time: None, files: baseline, notes: Vec::new() },
        },
        reference: beside_reference.as_ref().map(|of| of.report.provenance.baseline.clone()),
        tried,
        config: FileDigest { path: name.clone(), digest: config_digest },
        seed: config.seed,
    };
    let first_rows = first_rows(&engine, &gates.gates, &outcomes);
    let rows = stored.map(|stored| stored.rows_of_models(&gates)).unwrap_or_default();
    let mut of_stored = [StoredModels { specs: gates.specs.clone(), rows }, StoredModels::default()];
    if let Some(of) = beside_reference {
        let [frozen, _] = of.stored;
        of_stored[1] = frozen;
        let judged: BTreeMap<&str, &Outcome> =
            of.gates.gates.iter().map(|gate| gate.id.as_str()).zip(&of.outcomes).collect();
        outcomes.extend(others.iter().filter_map(|gate| judged.get(gate.id.as_str()).copied().cloned()));
        gates.gates.extend(others);
    }
    let flips = flips(&gates, &measurements);
    let context = Context { provenance, config: text, min_cell: config.min_cell, first_rows, notes, flips, explored };
    let report = build(&gates.gates, &outcomes, &readings, context);
    Ok(Evaluated { engine, gates, outcomes, report, stored: of_stored })
}

/// What the config demands beside the frozen baseline: a run of its own, whose gates say so in their names.
fn beside_reference(loaded: &Loaded, catalog: &Catalog, moment: Moment) -> Result<Option<Evaluated>, Failure> {
    let Some(config) = &loaded.config.reference else { return Ok(None) };
    let loaded = Loaded { config: config.as_ref().clone(), baseline: None, source: None, ..loaded.clone() };
    let moment = Moment { list_flips: None, ..moment };
    let mut of = evaluated(&loaded, catalog, &[], moment, Other::Frozen)?;
    let alone = of.gates.gates.iter().filter(|gate| gate.task.is_ok() && !gate.compares());
    let problems: Vec<Diagnostic> = alone
        .map(|gate| {
            Diagnostic::new(format!("`{}` is held against a limit alone, so it has no reference", gate.check), gate.at)
        })
        .collect();
    if !problems.is_empty() {
        return Err(Failure::Text { name: loaded.name, text: loaded.text, problems });
    }
    for gate in &mut of.gates.gates {
        gate.id.push_str(".since_reference");
        gate.bound.push_str(" since the reference");
        gate.is_beside_reference = true;
    }
    Ok(Some(of))
}

/// A number that could not be measured, as a note: the run does not pass without a word.
fn note(remark: Remark, loaded: &Loaded) -> Note {
    let (line, column) = line_column(&loaded.text, remark.at.start);
    let at = At { file: loaded.name.clone(), line, column };
    Note { id: remark.id, effect: Effect::Warns, message: remark.message, help: String::new(), at }
}

/// A note that changes no verdict.
fn told(note: ModelNote, loaded: &Loaded) -> Note {
    let (line, column) = line_column(&loaded.text, note.at.start);
    let at = At { file: loaded.name.clone(), line, column };
    Note { id: note.id, effect: Effect::None, message: note.message, help: note.help, at }
}

/// The memory, disk, time and threads that a config allows the engine.
pub(super) fn resources(config: &Config, threads: Option<NonZero<usize>>) -> Resources {
    Resources {
        memory: config.memory_limit,
        disk: config.disk_limit,
        time: config.time_limit.map(Duration::from_secs),
        threads,
        batch_rows: None,
    }
}

pub(super) fn open(engine: &mut Engine, config: &Config) {
    let id = |kind, name: &str, side| TableId { kind, name: name.to_owned(), side };
    engine.expect(config.paths().map(str::to_owned).collect());
    for dataset in &config.data {
        let name = dataset.name.value.as_str();
        engine.open(id(TableKind::Dataset, name, Side::Candidate), &dataset.path.value, &dataset.read_as);
        if let Some(path) = &dataset.baseline_path {
            engine.open(id(TableKind::Dataset, name, Side::Baseline), &path.value, &dataset.read_as);
        }
        if dataset.fairness.is_some() {
            engine.open(
                id(TableKind::Predictions, &dataset.rows_of_labels(), Side::Candidate),
                &dataset.path.value,
                &dataset.read_as,
            );
        }
    }
    for model in &config.reported {
        let name = model.name.value.as_str();
        engine.open_metrics(id(TableKind::Metrics, name, Side::Candidate), &model.metrics_file.value);
        if let Some(path) = &model.baseline_metrics_file {
            engine.open_metrics(id(TableKind::Metrics, name, Side::Baseline), &path.value);
        }
    }
    for model in &config.models {
        let name = model.name.value.as_str();
        engine.open(id(TableKind::Predictions, name, Side::Candidate), &model.predictions.value, &model.read_as);
        if let Some(path) = &model.labels {
            engine.open(id(TableKind::Labels, name, Side::Candidate), &path.value, &model.read_as);
        }
        if let Some(path) = &model.baseline_predictions {
            engine.open(id(TableKind::Predictions, name, Side::Baseline), &path.value, &model.read_as);
        }
    }
}

fn files(engine: &Engine, side: Side) -> Vec<FileDigest> {
    engine.digests(side).into_iter().map(|(path, digest)| FileDigest { path, digest }).collect()
}

fn write(report: &Report, arguments: &RunArguments) -> Result<(), Failure> {
    let options = |color| RenderOptions {
        color,
        evidence: arguments.evidence,
        quiet: arguments.quiet,
        ..RenderOptions::default()
    };
    let rendered = |format, options: &RenderOptions| {
        render(report, format, options).map_err(|error| Failure::Environment(error.to_string()))
    };
    // Everything is rendered before anything is written: a report that fails leaves no half of itself.
    let printed = rendered(arguments.format, &options(output::use_color(arguments.color, &io::stdout())))?;
    let mut written = Vec::with_capacity(arguments.output.len());
    for target in &arguments.output {
        let everything = RenderOptions { quiet: false, ..options(false) };
        written.push((&target.path, rendered(target.format, &everything)?));
    }
    for (path, text) in written {
        output::write(path, &text)?;
    }
    output::print(&printed)
}

/// Whether a report lets the merge go on.
pub(super) fn passes(report: &Report) -> bool {
    report.exit_code == PASSED
}
