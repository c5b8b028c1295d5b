//! The meaning of a gate's number: the rows, columns and values that it is computed from.

use std::collections::BTreeMap;

use super::demands::Demands;
use super::shown;
use crate::config::{CsvDialect, Dataset, GroupBy, Model, PredictionColumns, ReadAs, Spanned};
use crate::gate::{Constraint, Gate, ParamValue};
use crate::measurement::behaviour::{AnswerChange, Expected};
use crate::measurement::grading::Unscored;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{Literal, Measurement, PredictionMeasure, SliceBy};
use crate::stats::Direction;

/// The parts of a meaning by name; a part that is not set is absent.
pub(super) type GateMeaning = BTreeMap<&'static str, String>;

/// Returns the meaning of a gate.
pub(super) fn of(side: Demands<'_>, gate: &Gate) -> GateMeaning {
    let mut meaning = GateMeaning::new();
    if let Some(name) = gate.subject.get("dataset") {
        if let Some(dataset) = side.config.data.iter().find(|dataset| dataset.name.value == *name) {
            of_dataset(&mut meaning, dataset, gate);
        }
        // Other datasets take part by their names, in a query also as part of another word: better one too many.
        let has = |names: &str, dataset: &Dataset| {
            names.to_ascii_lowercase().contains(&dataset.name.value.to_ascii_lowercase())
        };
        let reads = |value: &ParamValue, dataset: &Dataset| match value {
            ParamValue::Dataset(named) | ParamValue::Reference(named, _) => dataset.name.value == *named,
            ParamValue::Query(sql) => dataset.name.value != *name && has(sql, dataset),
            _ => false,
        };
        let others = side.config.data.iter().filter(|other| gate.params.values().any(|value| reads(value, other)));
        set(&mut meaning, "path of the other dataset", Some(others.map(other_dataset).collect::<Vec<_>>().join(", ")));
    }
    if let Some(name) = gate.subject.get("model") {
        if let Some(model) = side.config.models.iter().find(|model| model.name.value == *name) {
            of_model(&mut meaning, side, model);
        }
        if let Some(model) = side.config.reported.iter().find(|model| model.name.value == *name) {
            set(&mut meaning, "metrics_file", Some(shown::path(&model.metrics_file.value)));
            set(&mut meaning, "may_differ", may_differ(&model.may_differ));
        }
    }
    set(&mut meaning, "bands", bands_of(side, gate));
    of_task(&mut meaning, gate);
    meaning
}

/// Returns the path of a dataset that a gate reads besides its own, and the way its file is read.
fn other_dataset(dataset: &Dataset) -> String {
    let mut reading = GateMeaning::new();
    read_as(&mut reading, &dataset.read_as);
    let reading: Vec<String> = reading.into_iter().map(|(name, value)| format!("{name} {value}")).collect();
    let path = shown::path(&dataset.path.value);
    if reading.is_empty() { path } else { format!("{path} with {}", reading.join(", ")) }
}

/// Returns the place of the other side's rows, for gates that compare with files of the config.
pub(super) fn other_place(side: Demands<'_>, gate: &Gate) -> Option<String> {
    let path = |path: &Option<Spanned<String>>| path.as_ref().map(|path| shown::path(&path.value));
    if let Some(name) = gate.subject.get("dataset") {
        return path(&side.config.data.iter().find(|dataset| dataset.name.value == *name)?.baseline_path);
    }
    let name = gate.subject.get("model")?;
    if let Some(model) = side.config.reported.iter().find(|model| model.name.value == *name) {
        return path(&model.baseline_metrics_file);
    }
    let model = side.config.models.iter().find(|model| model.name.value == *name)?;
    path(&model.baseline_predictions).or_else(|| {
        let columns = answers(&model.baseline.as_ref()?.value);
        Some(shown::list(columns.into_iter().map(|(name, columns)| format!("{name}: {columns}"))))
    })
}

fn set(meaning: &mut GateMeaning, name: &'static str, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        meaning.insert(name, value);
    }
}

fn of_dataset(meaning: &mut GateMeaning, dataset: &Dataset, gate: &Gate) {
    set(meaning, "path", Some(shown::path(&dataset.path.value)));
    read_as(meaning, &dataset.read_as);
    if let (Some(labels), true) = (&dataset.fairness, gate.subject.contains_key("rate")) {
        set(meaning, "label", Some(labels.label.value.clone()));
        set(meaning, "positive", labels.positive.as_ref().map(node));
    }
}

fn of_model(meaning: &mut GateMeaning, side: Demands<'_>, model: &Model) {
    let one = |name: &Option<Spanned<String>>| name.as_ref().map(|name| name.value.clone());
    set(meaning, "predictions", Some(shown::path(&model.predictions.value)));
    set(meaning, "labels", model.labels.as_ref().map(|path| shown::path(&path.value)));
    set(meaning, "pairing", Some(one(&model.pairing).unwrap_or_else(|| "keys".to_owned())));
    set(meaning, "may_differ", may_differ(&model.may_differ));
    read_as(meaning, &model.read_as);
    for (name, columns) in answers(&model.answers) {
        set(meaning, name, Some(columns));
    }
    let names = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
    let Some(spec) = side.specs.get(&model.name.value) else { return };
    set(meaning, "task", Some(spec.task.name().to_owned()));
    set(meaning, "key", names(&spec.key));
    set(meaning, "label", names(&spec.label));
    set(meaning, "positive", spec.positive.as_ref().filter(|class| !is_usual(class)).map(shown::literal));
    set(meaning, "classes", names(&spec.classes));
    set(meaning, "threshold", Some(spec.threshold.to_string()));
    set(meaning, "logits", spec.logits.then(|| "true".to_owned()));
    set(meaning, "weight", spec.weight.clone());
    set(meaning, "cluster", spec.cluster.clone());
    set(meaning, "query", spec.query.clone());
    set(meaning, "series", spec.series.as_ref().map(|columns| columns.join(" by ")));
    set(meaning, "naive_error", spec.naive_error.clone());
    set(meaning, "keys", spec.allows_new_keys.then(|| "new: list".to_owned()));
    set(meaning, "unscored", (spec.unscored != Unscored::Refused).then(|| spec.unscored.text()));
    let Some(grading) = &spec.grading else { return };
    set(meaning, "better", one(&model.grades.better));
    let words = grading.words.iter().map(|(word, grade)| {
        format!("`{word}`: {}", grade.map_or_else(|| "null".to_owned(), |grade| grade.to_string()))
    });
    set(meaning, "words", (!grading.words.is_empty()).then(|| shown::list(words)));
    set(meaning, "samples", grading.is_uneven.then(|| "uneven".to_owned()));
    set(meaning, "key of samples", names(&grading.sample_key));
    let Some(behaviour) = &grading.behaviour else { return };
    let word = |change| AnswerChange::ALL.iter().find(|(_, known)| *known == change).map_or("", |(word, _)| word);
    let expected = match &behaviour.expected {
        Expected::Every(change) => word(*change).to_owned(),
        Expected::ByKind { column, of } => {
            let each = of.iter().map(|(kind, change)| format!("`{kind}`: {}", word(*change)));
            format!("by {column}, {}", shown::list(each))
        }
    };
    set(meaning, "pair", Some(behaviour.of.clone()));
    set(meaning, "expect", Some(expected));
    set(meaning, "tolerance", Some(behaviour.tolerance.to_string()));
}

fn may_differ(names: &[Spanned<String>]) -> Option<String> {
    (!names.is_empty()).then(|| shown::list(names.iter().map(|name| format!("`{}`", name.value))))
}

/// Returns true for the positive class of labels without a setting.
fn is_usual(class: &Literal) -> bool {
    matches!(class, Literal::Bool(true) | Literal::Int(1))
        || matches!(class, Literal::Float(number) if number.0.to_bits() == 1.0_f64.to_bits())
}

fn answers(answers: &PredictionColumns) -> Vec<(&'static str, String)> {
    let names = |names: &[Spanned<String>]| names.iter().map(|name| name.value.clone()).collect::<Vec<_>>().join(", ");
    [
        ("score", names(&answers.score)),
        ("classes of scores", names(&answers.score_of)),
        ("prediction", names(&answers.prediction)),
        ("interval", names(&answers.interval)),
    ]
    .into_iter()
    .filter(|(_, columns)| !columns.is_empty())
    .collect()
}

fn read_as(meaning: &mut GateMeaning, read_as: &ReadAs) {
    let types = read_as.types.iter().map(|declared| format!("{}: {}", declared.column.value, declared.is));
    let mut types: Vec<String> = types.collect();
    types.sort();
    set(meaning, "types", Some(types.join(", ")));
    let mut words = read_as.na.clone();
    words.sort();
    let words = (!words.is_empty()).then(|| shown::list(words.into_iter().map(|word| format!("`{word}`"))));
    set(meaning, "na", words);
    set(meaning, "csv", read_as.csv.as_ref().map(CsvDialect::shown));
}

fn node(node: &crate::config::Node) -> String {
    use crate::config::Value;
    match &node.value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        _ => node.as_text().unwrap_or_default().to_owned(),
    }
}

/// Adds the rows that a task looks at, where the gate's id does not contain them.
fn of_task(meaning: &mut GateMeaning, gate: &Gate) {
    match &gate.task {
        Ok(Constraint::Sliced { slices: Measurement::Predictions(_, PredictionMeasure::Sliced(_, by)), .. }) => {
            match by {
                SliceBy::Bins(_, count) => set(meaning, "bins", Some(count.to_string())),
                SliceBy::Where(_, condition) => set(meaning, "condition of the slice", Some(condition.clone())),
                SliceBy::Columns(_) | SliceBy::Groups(_) | SliceBy::Others(_) => {}
            }
        }
        Ok(Constraint::Sliced {
            slices: Measurement::Predictions(_, PredictionMeasure::WorstSlices(find, _)), ..
        }) => {
            let FindSlices { metric: _, columns, data, depth, min_n, most, seed } = find;
            let columns = columns.as_ref().map_or_else(|| "all".to_owned(), |columns| columns.join(", "));
            set(meaning, "columns of the search", Some(columns));
            set(meaning, "dataset of the search", data.clone());
            for (name, number) in [("depth", depth), ("min_n of the search", min_n), ("most", most), ("seed", seed)] {
                set(meaning, name, Some(number.to_string()));
            }
        }
        Ok(Constraint::Reported { number, .. }) => {
            let direction = match number.direction {
                Direction::HigherIsBetter => "higher",
                Direction::LowerIsBetter => "lower",
                Direction::Neither => "neither",
            };
            set(meaning, "better direction", Some(direction.to_owned()));
        }
        _ => {}
    }
}

/// Returns the bin edges of a gate's groups, which its id does not contain.
fn bands_of(side: Demands<'_>, gate: &Gate) -> Option<String> {
    let by = gate.subject.get("by")?;
    let fairness = match (gate.subject.get("model"), gate.subject.get("dataset")) {
        (Some(name), _) => side.config.models.iter().find(|model| model.name.value == *name)?.fairness.as_ref()?,
        (None, Some(name)) => {
            &side.config.data.iter().find(|dataset| dataset.name.value == *name)?.fairness.as_ref()?.fairness
        }
        (None, None) => return None,
    };
    let columns = |by: &[GroupBy]| by.iter().map(|by| by.column.value.as_str()).collect::<Vec<_>>().join("+");
    let grouping = fairness.by.iter().find(|grouping| columns(&grouping.value) == *by)?;
    let of = |by: &GroupBy| {
        let edges: Vec<String> = by.edges.iter().map(f64::to_string).collect();
        (!edges.is_empty()).then(|| format!("{} at {}", by.column.value, edges.join(", ")))
    };
    Some(grouping.value.iter().filter_map(of).collect::<Vec<_>>().join("; "))
}
