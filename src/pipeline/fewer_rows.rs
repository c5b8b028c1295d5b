//! Tables with fewer rows than their baseline's file: the gates look at less, and nothing else says so.

use super::progress::OnStep;
use super::project::Project;
use super::session::Session;
use crate::config::Span;
use crate::gate::verdict::Effect;
use crate::gate::{Gates, ParamValue};
use crate::guard::DemandChangeKind;
use crate::measurement::{Measured, Measurement, Measurements, TableId, TableKind, TableMeasure};
use crate::plural::counted;
use crate::report::document::GuardChange;
use crate::stats::Side;

/// A table with a file of the other side.
struct TablePair<'a> {
    kind: TableKind,
    name: &'a str,
    /// The place of the other side's file in the config.
    at: Span,
}

impl TablePair<'_> {
    fn rows(&self, side: Side) -> Measurement {
        Measurement::Table(TableId { kind: self.kind, name: self.name.to_owned(), side }, TableMeasure::Rows)
    }
}

/// Returns the tables that have fewer rows than on the other side: datasets with a `baseline_path`, unless a gate compares
/// their rows, and models without pairing. Paired rows are the same rows.
pub(super) fn look(
    project: &Project,
    gates: &Gates,
    known: &Measurements,
    session: &Session,
    effect: Effect,
    on_step: OnStep<'_>,
) -> Vec<GuardChange> {
    let is_compared = |dataset: &str| {
        let of_rows = gates.gates.iter().filter(|gate| gate.id == format!("data.{dataset}.rows"));
        let mut values = of_rows.flat_map(|gate| gate.params.values());
        values.any(|value| matches!(value, ParamValue::Bound(bound) if bound.needs_baseline()))
    };
    let datasets = project.config.data.iter().filter(|dataset| !is_compared(&dataset.name.value));
    let datasets = datasets.filter_map(|dataset| {
        let at = dataset.baseline_path.as_ref()?.span;
        Some(TablePair { kind: TableKind::Dataset, name: &dataset.name.value, at })
    });
    let unpaired =
        project.config.models.iter().filter(|model| model.pairing.as_ref().is_some_and(|how| how.value == "none"));
    let models = unpaired.filter_map(|model| {
        let at = model.baseline_predictions.as_ref()?.span;
        Some(TablePair { kind: TableKind::Predictions, name: &model.name.value, at })
    });
    let pairs: Vec<TablePair<'_>> = datasets.chain(models).collect();
    let wanted = pairs.iter().flat_map(|pair| [Side::Candidate, Side::Baseline].map(|side| pair.rows(side)));
    let wanted: Vec<Measurement> = wanted.filter(|rows| !known.contains_key(rows)).collect();
    let counted_here = session.measure(&wanted, &gates.specs, &Measurements::new(), on_step);
    let rows = |pair: &TablePair<'_>, side| {
        let key = pair.rows(side);
        match known.get(&key).or_else(|| counted_here.get(&key)) {
            Some(Ok(Measured::Rows(rows))) => Some(*rows),
            _ => None,
        }
    };
    let fewer = |pair: &TablePair<'_>| {
        let (before, after) = (rows(pair, Side::Baseline)?, rows(pair, Side::Candidate)?);
        let area = if pair.kind == TableKind::Dataset { "data" } else { "models" };
        (after < before).then(|| GuardChange {
            gate: format!("fewer_rows.{area}.{}", pair.name),
            kind: DemandChangeKind::Changed,
            from: Some(counted(before, "row")),
            to: Some(counted(after, "row")),
            at: project.at(pair.at),
            why: "the gates look at fewer rows than the other side has".to_owned(),
            effect,
        })
    };
    pairs.iter().filter_map(fewer).collect()
}
