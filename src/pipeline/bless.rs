//! `mlgate bless`: stores the candidate's measurements as the baseline of later changes.

use std::path::Path;

use super::candidate;
use super::evaluate::evaluate;
use super::failure::Failure;
use super::kept_rows::RowsFile;
use super::progress::OnStep;
use super::project::Project;
use super::request::{BaselineChoice, Request};
use super::session::Session;
use super::stored::Stored;
use crate::baseline::Baseline;
use crate::catalog::Catalog;
use crate::gate::verdict::{Effect, Verdict};
use crate::gate::{Gate, GateOrigin};
use crate::measurement::{TableId, TableKind};
use crate::stats::Side;

/// A gate that blocks the merge: its id, and its finding.
pub(crate) struct Failing {
    pub(crate) gate: String,
    pub(crate) finding: String,
}

/// The candidate, ready to be written.
pub(crate) struct Blessing {
    pub(crate) baseline: Baseline,
    /// The files of kept rows that go with it.
    pub(crate) rows: Vec<RowsFile>,
    /// The gates that block it.
    pub(crate) failing: Vec<Failing>,
}

/// Measures the candidate, and judges it beside the baseline that is there. What has none is judged beside itself, so that all
/// limits that compare with nothing hold. `shown` and `path` are where it will be written.
///
/// # Errors
///
/// The config names no dataset and no model, or it cannot be evaluated.
pub(crate) fn measure(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    old: Option<Stored>,
    (shown, path): (&str, &Path),
    on_step: OnStep<'_>,
) -> Result<Blessing, Failure> {
    let config = &project.config;
    if config.data.is_empty() && config.models.is_empty() && config.reported.is_empty() {
        return Err(Failure::Usage("the config has no dataset and no model, so there is nothing to store".to_owned()));
    }
    let mut session = Session::open(project, request.threads)?;
    let (baseline, rows) = candidate::measure(project, catalog, request, Some(path), &session, on_step)?;
    let is_first = old.is_none();
    let beside = old.unwrap_or_else(|| Stored::of(shown.to_owned(), baseline.clone()));
    let run = evaluate(project, catalog, request, BaselineChoice::Given(Box::new(beside)), &mut session, on_step)?;
    let opened = session.engine.tables();
    let stands_alone = |gate: &Gate| {
        let other = |kind, name: &String| TableId { kind, name: name.clone(), side: Side::Baseline };
        match (gate.subject.get("model"), gate.subject.get("dataset")) {
            (Some(model), _) => match run.gates.specs.get(model) {
                Some(spec) => spec.baseline.is_some() && !spec.is_stored(),
                None => opened.contains_key(&other(TableKind::Metrics, model)),
            },
            (None, Some(dataset)) => opened.contains_key(&other(TableKind::Dataset, dataset)),
            (None, None) => false,
        }
    };
    let blocking =
        run.gates.gates.iter().zip(&run.outcomes).zip(&run.report.gates).filter(|((gate, outcome), result)| {
            // A failing comparison with something that was never blessed is not a finding about the change.
            let is_lost = outcome.verdict == Verdict::Error;
            let is_new = match gate.origin {
                GateOrigin::Reference => is_lost,
                GateOrigin::Config => (is_first || is_lost) && gate.compares() && !stands_alone(gate),
            };
            result.effect == Effect::Blocks && !is_new
        });
    let failing =
        blocking.map(|(_, result)| Failing { gate: result.id.clone(), finding: result.message.clone() }).collect();
    Ok(Blessing { baseline, rows, failing })
}
