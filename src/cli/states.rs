//! The measurement of the candidate for a baseline.

use super::exit::Failure;
use super::load::Loaded;
use super::progress::Progress;
use super::run::{self, Moment};
use super::{git, idle, kept_rows, stored};
use crate::baseline::{self, Baseline, Input, Origin, Told, wanted};
use crate::catalog::Catalog;
use crate::digest::sha256;
use crate::engine::Engine;
use crate::gate::bind::{CONFIDENCE, bind};
use crate::gate::judge::observe;
use crate::gate::measurement::{Measurements, TableId, TableKind, Tables};
use crate::gate::plan::plan;
use crate::stats::Side;
use kept_rows::RowsFile;

/// Measures everything that a later run compares with. `file` is the path to which the baseline will be written.
pub(super) fn measure(
    loaded: &Loaded,
    catalog: &Catalog,
    moment: Moment,
    file: Option<&std::path::Path>,
) -> Result<(Baseline, Vec<RowsFile>), Failure> {
    let Loaded { name, root, text, config, .. } = loaded;
    let resources = run::resources(config, moment.threads);
    let mut engine = Engine::within(root, resources)
        .map_err(|error| Failure::Environment(format!("the engine cannot start: {error}")))?;
    run::open(&mut engine, config);
    let opened = engine.tables();
    let mut tables = opened.clone();
    compare_with_itself(&mut tables);
    let mut gates = bind(&stored::with_baseline(config, true), catalog, &tables, moment.now)
        .map_err(|problems| Failure::Text { name: name.clone(), text: text.clone(), problems })?;
    idle::refuse(&engine, &gates, loaded)?;
    let mut wanted = wanted(&opened, &gates);
    if let Some(reference) = &config.reference {
        // The measurements that are compared with the frozen reference are stored, too, because this baseline may
        // become the reference.
        let beside = bind(reference, catalog, &tables, moment.now).map_err(|problems| Failure::Text {
            name: name.clone(),
            text: text.clone(),
            problems,
        })?;
        wanted.extend(baseline::wanted(&opened, &beside));
    }
    // The candidate alone is measured, whatever it is compared with.
    for spec in gates.specs.values_mut() {
        spec.baseline = None;
    }
    let plan = plan(&wanted);
    let progress = Progress::start(plan.scans.len() + plan.queries.len() + plan.predictions.len(), moment.quiet);
    let measurements = engine.measure(&plan, &gates.specs, &Measurements::new(), || progress.step());
    drop(progress);
    let readings = observe(&gates, &measurements, config.seed, config.confidence.unwrap_or(CONFIDENCE));
    let origin = Origin {
        commit: git::commit(root, file).map_err(|why| {
            Failure::Environment(format!("the commit to store with the baseline is not known: {why}"))
        })?,
        config: Input { path: name.clone(), digest: sha256(text.as_bytes()).unwrap_or_default() },
        inputs: engine.digests(Side::Candidate).into_iter().map(|(path, digest)| Input { path, digest }).collect(),
    };
    let told = Told { readings: &readings, seed: config.seed };
    let unwritten = |why: String| Failure::Environment(format!("no baseline was written: {why}"));
    let mut baseline = Baseline::new(origin, &opened, &gates, &measurements, told)
        .map_err(|problems| unwritten(problems.join("; ")))?;
    let keeps_rows = config.baseline.as_ref().is_some_and(|baseline| baseline.rows);
    let rows = match file.filter(|_| keeps_rows) {
        Some(file) => kept_rows::collect(&engine, &gates.specs, &mut baseline, file).map_err(unwritten)?,
        None => Vec::new(),
    };
    Ok((baseline, rows))
}

/// Puts the candidate on both sides of tables without a baseline: the blessed tables are those with which it will be
/// compared.
pub(super) fn compare_with_itself(tables: &mut Tables) {
    let candidates: Vec<TableId> = tables
        .iter()
        .filter(|(id, info)| {
            let is_stored = matches!(id.kind, TableKind::Dataset | TableKind::Metrics);
            is_stored && id.side == Side::Candidate && info.is_ok()
        })
        .map(|(id, _)| id.clone())
        .collect();
    for id in candidates {
        let info = tables[&id].clone();
        let other = tables.entry(TableId { side: Side::Baseline, ..id }).or_insert_with(|| info.clone());
        // The new baseline contains what the present one lacks.
        if other.is_err() {
            *other = info;
        }
    }
}
