//! Notes on a run that concern neither a gate nor the baseline; the report never folds them away.

use std::fs;

use super::project::Project;
use crate::config::{Spanned, line_column};
use crate::engine::Engine;
use crate::gate::judge::Remark;
use crate::gate::notes::ModelNote;
use crate::gate::unfailing::{Unfailing, unfailing as gates_that_cannot_fail};
use crate::gate::verdict::Effect;
use crate::gate::{Constraint, Gate, ParamValue};
use crate::measurement::{Measurement, OtherSample, Partners, TableId, TableKind, TableMeasure, is_pandas_index};
use crate::report::document::{At, Note};
use crate::stats::Side;

/// Returns the note that the commit is unknown, because the repository around the config is an odd one.
pub(crate) fn odd_repository(loaded: &Project, why: &str) -> Note {
    Note {
        id: "commit.unknown".to_owned(),
        effect: Effect::Warns,
        message: format!("the report names no commit: {why}"),
        help: "check out the project alone, without other repositories inside it".to_owned(),
        at: at(loaded, 0),
    }
}

/// Returns the note that another config than the change's own is in force.
pub(crate) fn judged_by(loaded: &Project, shown: &str) -> Note {
    Note {
        id: "config.from".to_owned(),
        effect: Effect::None,
        message: format!("judged by the config of {shown}, and not by the change's own"),
        help: String::new(),
        at: at(loaded, 0),
    }
}

/// Returns the notes on models whose stored baseline was measured on other rows.
pub(crate) fn other_samples(loaded: &Project, misfits: &[(String, OtherSample)]) -> Vec<Note> {
    let of = |(model, sample): &(String, OtherSample)| {
        let (effect, help) = if sample.is_suspicious {
            (
                Effect::Warns,
                "changed labels or removed rows can hide a worse model: look at what the change \
                 does to them, and renew the baseline with `mlgate bless` if it is meant",
            )
        } else {
            (Effect::None, "")
        };
        Note {
            id: format!("baseline.rows.{model}"),
            effect,
            message: format!("{model}: {}", sample.message),
            help: help.to_owned(),
            at: at(loaded, span_of(loaded, model)),
        }
    };
    misfits.iter().map(of).collect()
}

/// Returns the notes on tables with the same contents on both sides under two paths: they cannot differ.
pub(crate) fn same_files(loaded: &Project, engine: &Engine) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut pair = |kind: TableKind, name: &str, candidate: &str, baseline: Option<&Spanned<String>>| {
        let Some(baseline) = baseline else { return };
        let of = |side| engine.digests_of(&TableId { kind, name: name.to_owned(), side });
        let area = if kind == TableKind::Dataset { "data" } else { "models" };
        if let (Some(ours), Some(theirs)) = (of(Side::Candidate), of(Side::Baseline))
            && ours.iter().map(|(_, digest)| digest).eq(theirs.iter().map(|(_, digest)| digest))
        {
            let real = |(path, _): &(String, String)| fs::canonicalize(loaded.root.join(path)).ok();
            let is_one = ours
                .iter()
                .zip(&theirs)
                .all(|(ours, theirs)| real(ours).is_some_and(|ours| real(theirs) == Some(ours)));
            let theirs = &baseline.value;
            // The content may be the same by chance; a file cannot differ from itself.
            let (effect, message, help) = if is_one {
                (
                    Effect::Warns,
                    format!(
                        "`{theirs}` is the candidate's own file, `{candidate}`, so the baseline could never differ"
                    ),
                    "name the baseline's file from the main branch, or store its numbers with `mlgate bless`",
                )
            } else {
                (
                    Effect::None,
                    format!(
                        "`{candidate}` and `{theirs}` have the same content, so the candidate is compared with itself"
                    ),
                    "",
                )
            };
            let at = at(loaded, baseline.span.start);
            notes.push(Note { id: format!("same_files.{area}.{name}"), effect, message, help: help.to_owned(), at });
        }
    };
    for dataset in &loaded.config.data {
        pair(TableKind::Dataset, &dataset.name.value, &dataset.path.value, dataset.baseline_path.as_ref());
    }
    for model in &loaded.config.models {
        let theirs = model.baseline_predictions.as_ref();
        pair(TableKind::Predictions, &model.name.value, &model.predictions.value, theirs);
    }
    for model in &loaded.config.reported {
        let theirs = model.baseline_metrics_file.as_ref();
        pair(TableKind::Metrics, &model.name.value, &model.metrics_file.value, theirs);
    }
    notes
}

/// Returns the notes on checks of whole rows that compare the index that pandas wrote: it makes equal rows differ.
pub(super) fn pandas_index(loaded: &Project, gates: &[Gate]) -> Vec<Note> {
    let note = |gate: &Gate| {
        let columns = whole_rows(gate)?;
        let index = columns.iter().find(|column| is_pandas_index(column))?;
        Some(Note {
            id: format!("index.{}", gate.id),
            effect: Effect::Warns,
            message: format!(
                "`{}` compares the column `{index}` as well, an index that pandas wrote and that makes equal rows differ",
                gate.id
            ),
            help: format!(
                "write the file with `index=False`, or {}",
                if gate.check == "duplicate_rows" {
                    "list the other columns under `columns`"
                } else {
                    "add it to `ignore`"
                }
            ),
            at: at(loaded, gate.at.start),
        })
    };
    gates.iter().filter_map(note).collect()
}

/// Returns the columns of a gate that compares whole rows without a list of columns in the config.
fn whole_rows(gate: &Gate) -> Option<&[String]> {
    let Ok(Constraint::Exact { candidate: Measurement::Table(_, measure), .. }) = &gate.task else { return None };
    match measure.parts().1 {
        TableMeasure::Distinct(columns) if gate.check == "duplicate_rows" => {
            let is_listed = matches!(gate.params.get("columns"), Some(ParamValue::Words(listed)) if !listed.is_empty());
            (!is_listed).then_some(columns)
        }
        TableMeasure::Partners { columns, which: Partners::SharedRow, .. } => Some(columns),
        TableMeasure::Conflicts { features, .. } => Some(features),
        _ => None,
    }
}

/// A number that could not be measured: the run does not pass without a word.
pub(super) fn unmeasured(remark: Remark, project: &Project) -> Note {
    let at = at(project, remark.at.start);
    Note { id: remark.id, effect: Effect::Warns, message: remark.message, help: String::new(), at }
}

/// Returns the notes on gates that no number breaks: they pass whatever the model does.
pub(super) fn unfailing(gates: &[Gate], project: &Project) -> Vec<Note> {
    let told = gates_that_cannot_fail(gates).into_iter().map(|Unfailing { gate, message, help }| Note {
        id: gate.id.clone(),
        effect: Effect::Warns,
        message,
        help,
        at: match &gate.from_policy {
            Some(from) if !from.is_own => At { file: from.policy.clone(), line: from.line, column: from.column },
            _ => at(project, gate.at.start),
        },
    });
    told.collect()
}

/// A note on a model that changes no verdict.
pub(super) fn of_model(note: ModelNote, project: &Project) -> Note {
    let at = at(project, note.at.start);
    Note { id: note.id, effect: Effect::None, message: note.message, help: note.help, at }
}

fn span_of(loaded: &Project, model: &str) -> usize {
    let named = loaded.config.models.iter().find(|known| known.name.value == model);
    named.map_or(0, |model| model.name.span.start)
}

/// Returns a place in the config.
pub(super) fn at(loaded: &Project, start: usize) -> At {
    let (line, column) = line_column(&loaded.text, start);
    At { file: loaded.name.clone(), line, column }
}
