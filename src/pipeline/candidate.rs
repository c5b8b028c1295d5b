//! The measurement of the candidate for a baseline.

use std::path::Path;

use super::failure::Failure;
use super::kept_rows::{self, RowsFile};
use super::progress::OnStep;
use super::project::Project;
use super::request::Request;
use super::session::Session;
use super::{git, idle, policies, stored};
use crate::baseline::{self, Baseline, Input, Origin, ReadingsToStore};
use crate::catalog::Catalog;
use crate::config::Config;
use crate::digest::sha256;
use crate::gate::bind::CONFIDENCE;
use crate::gate::judge::observe;
use crate::measurement::{Measurements, TableId, TableKind, Tables};
use crate::report::document::FileDigest;
use crate::stats::Side;

/// Measures everything that a later run compares with. `file` is the path to which the baseline will be written.
pub(crate) fn measure(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    file: Option<&Path>,
    session: &Session,
    on_step: OnStep<'_>,
) -> Result<(Baseline, Vec<RowsFile>), Failure> {
    let Project { name, root, text, config, .. } = project;
    let opened = &session.opened;
    let mut tables = opened.clone();
    compare_with_itself(&mut tables);
    let bound = |config: &Config| {
        policies::bind(project, config, catalog, &tables, request.now).map_err(|problems| project.refuse(problems))
    };
    let mut gates = bound(&stored::with_baseline(config))?;
    idle::refuse(&session.engine, &gates, project)?;
    let mut wanted = baseline::wanted(opened, &gates);
    if let Some(reference) = &config.reference {
        // What is compared with the frozen baseline, too, has to be in it one day.
        wanted.extend(baseline::wanted(opened, &bound(reference)?));
    }
    // The candidate alone is measured, whatever it is compared with.
    for spec in gates.specs.values_mut() {
        spec.baseline = None;
    }
    let measurements = session.measure(&wanted, &gates.specs, &Measurements::new(), on_step);
    let readings = observe(&gates, &measurements, config.seed, config.confidence.unwrap_or(CONFIDENCE));
    let files = session.files(Side::Candidate).into_iter();
    let origin = Origin {
        commit: git::commit(root, file).map_err(|why| {
            Failure::Environment(format!("the commit to store with the baseline is not known: {why}"))
        })?,
        config: Input { path: name.clone(), digest: sha256(text.as_bytes()).unwrap_or_default() },
        inputs: files.map(|FileDigest { path, digest, .. }| Input { path, digest }).collect(),
    };
    let told = ReadingsToStore { readings: &readings, seed: config.seed };
    let unwritten = |why: String| Failure::Environment(format!("no baseline was written: {why}"));
    let mut baseline = Baseline::new(origin, opened, &gates, &measurements, told)
        .map_err(|problems| unwritten(problems.join("; ")))?;
    let keeps_rows = config.baseline.as_ref().is_some_and(|baseline| baseline.rows);
    let rows = match file.filter(|_| keeps_rows) {
        Some(file) => kept_rows::collect(&session.engine, &gates.specs, &mut baseline, file).map_err(unwritten)?,
        None => Vec::new(),
    };
    Ok((baseline, rows))
}

/// Puts the candidate on both sides of tables without a baseline: the blessed tables are those with which it will be
/// compared.
pub(crate) fn compare_with_itself(tables: &mut Tables) {
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
