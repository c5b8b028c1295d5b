//! Remarks on a run that are neither gates nor of the baseline. Each is a note of the report that is never folded away.

use super::load::Loaded;
use crate::config::{Spanned, line_column};
use crate::engine::Engine;
use crate::gate::measurement::{OtherSample, TableId, TableKind};
use crate::gate::verdict::Effect;
use crate::report::model::{At, Note};
use crate::stats::Side;

/// The repository around the config is an odd one, so the commit is not known.
pub(super) fn odd_repository(loaded: &Loaded, why: &str) -> Note {
    Note {
        id: "commit.unknown".to_owned(),
        effect: Effect::Warns,
        message: format!("the report names no commit: {why}"),
        help: "check out the project alone, without other repositories inside it".to_owned(),
        at: at(loaded, 0),
    }
}

/// The rows of models that were measured for the baseline are others.
pub(super) fn other_samples(loaded: &Loaded, misfits: &[(String, OtherSample)]) -> Vec<Note> {
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

/// Tables that have the same content on both sides, though the config names two: nothing can be different between them.
pub(super) fn same_files(loaded: &Loaded, engine: &Engine) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut pair = |kind: TableKind, name: &str, candidate: &str, baseline: Option<&Spanned<String>>| {
        let Some(baseline) = baseline else { return };
        let of = |side| engine.digests_of(&TableId { kind, name: name.to_owned(), side });
        let area = if kind == TableKind::Dataset { "data" } else { "models" };
        if let (Some(ours), Some(theirs)) = (of(Side::Candidate), of(Side::Baseline))
            && ours == theirs
        {
            let theirs = &baseline.value;
            notes.push(Note {
                id: format!("same_files.{area}.{name}"),
                effect: Effect::None,
                message: format!(
                    "`{candidate}` and `{theirs}` have the same content, so the candidate is compared with itself"
                ),
                help: String::new(),
                at: at(loaded, baseline.span.start),
            });
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

fn span_of(loaded: &Loaded, model: &str) -> usize {
    let named = loaded.config.models.iter().find(|known| known.name.value == model);
    named.map_or(0, |model| model.name.span.start)
}

fn at(loaded: &Loaded, start: usize) -> At {
    let (line, column) = line_column(&loaded.text, start);
    At { file: loaded.name.clone(), line, column }
}
