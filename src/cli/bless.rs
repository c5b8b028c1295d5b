//! `mlgate bless`: what was measured of the change becomes what later changes are compared with.

use std::path::Path;

use super::BlessArguments;
use super::exit::{Failure, PASSED};
use super::load::{self, Loaded};
use super::progress::Progress;
use super::{git, output, run, stored};
use crate::baseline::{Baseline, Input, Origin, wanted};
use crate::config::visible;
use crate::digest::sha256;
use crate::engine::{Engine, Resources};
use crate::gate::bind::bind;
use crate::gate::measurement::{Measurements, TableId, TableKind, Tables};
use crate::gate::plan::plan;
use crate::stats::Side;

/// Measures the candidate and writes the baseline, whole or not at all.
pub(super) fn bless(arguments: &BlessArguments) -> Result<u8, Failure> {
    let mut loaded = load::config(arguments.config.as_deref())?;
    loaded.baseline.clone_from(&arguments.baseline);
    let catalog = load::catalog(Some(&loaded))?;
    let Loaded { name, root, text, config, .. } = &loaded;
    if config.data.is_empty() {
        return Err(Failure::Usage("the config names no dataset, so there is nothing to store".to_owned()));
    }
    let (shown, path) = stored::place(&loaded).unwrap_or_else(|| (stored::USUAL.to_owned(), root.join(stored::USUAL)));
    let resources = Resources { memory: config.memory_limit, threads: None, batch_rows: None };
    let mut engine = Engine::within(root, resources)
        .map_err(|error| Failure::Environment(format!("the engine cannot start: {error}")))?;
    run::open(&mut engine, config);
    let tables = engine.tables();
    let gates = bind(
        &stored::with_baseline(config, true),
        &catalog,
        &compared_with_itself(&tables),
        arguments.now.unwrap_or_else(run::clock),
    )
    .map_err(|problems| Failure::Text { name: name.clone(), text: text.clone(), problems })?;
    let wanted = wanted(&tables, gates.measurements());
    let plan = plan(&wanted);
    let progress = Progress::start(plan.scans.len() + plan.queries.len(), arguments.quiet);
    let measurements = engine.measure(&plan, &gates.specs, &Measurements::new(), || progress.step());
    drop(progress);
    let origin = Origin {
        commit: git::commit(root, Some(&path)),
        config: Input { path: name.clone(), digest: sha256(text.as_bytes()).unwrap_or_default() },
        inputs: engine.digests(Side::Candidate).into_iter().map(|(path, digest)| Input { path, digest }).collect(),
    };
    let unwritten = |why: String| Failure::Environment(format!("no baseline was written: {why}"));
    let baseline = Baseline::new(origin, &tables, &measurements).map_err(|problems| unwritten(problems.join("; ")))?;
    output::write(&path, &baseline.to_text().map_err(unwritten)?)?;
    output::print(&summary(&baseline, &shown, arguments.quiet, loaded.config.baseline.is_some()))?;
    Ok(PASSED)
}

/// The tables with the candidate on both sides: what is blessed is what will be compared with.
fn compared_with_itself(tables: &Tables) -> Tables {
    let mut both = tables.clone();
    for (id, info) in tables.iter().filter(|(id, _)| id.kind == TableKind::Dataset && id.side == Side::Candidate) {
        both.entry(TableId { side: Side::Baseline, ..id.clone() }).or_insert_with(|| info.clone());
    }
    both
}

fn summary(baseline: &Baseline, shown: &str, quiet: bool, is_configured: bool) -> String {
    let mut text = String::new();
    if quiet {
        return text;
    }
    let mut line = |line: String| {
        text.push_str(&visible(&line));
        text.push('\n');
    };
    line(format!("blessed  {shown}"));
    for (name, dataset) in &baseline.datasets {
        line(format!("         {name}: {} rows, {} columns", dataset.rows, dataset.columns.len()));
    }
    match &baseline.commit {
        Some(commit) => {
            let dirty = if commit.dirty { ", with changes that are not committed" } else { "" };
            line(format!("         commit {}{dirty}", commit.id.get(..12).unwrap_or(&commit.id)));
        }
        None => line("         no commit".to_owned()),
    }
    if !is_configured && Path::new(shown) == Path::new(stored::USUAL) {
        line(format!("         `baseline: {shown}` in the config compares with it"));
    }
    text
}
