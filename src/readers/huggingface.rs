//! Results of a model on the Hugging Face Hub: the `model-index` of a card, and files below `.eval_results`.

use std::collections::BTreeMap;

use super::datum::{self, Datum};
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, MetricReading, ReadError, RunSnapshot, number};

const CARD: &str = "README.md";
const RESULTS: &str = ".eval_results";
/// Parts of a data set's identity that tell two of one type apart.
const APART: [&str; 3] = ["config", "split", "revision"];

pub(in crate::readers) const HUGGING_FACE: SourceKind = SourceKind {
    name: "huggingface",
    about: "results of a model card, or of `.eval_results`",
    recognise: |found| {
        let is_card = |found: &FoundPath| {
            found.ending() == "md" && std::str::from_utf8(found.head()).is_ok_and(|text| text.contains("model-index:"))
        };
        match (found.is_folder(), found.name().as_str()) {
            (true, RESULTS) => true,
            (true, _) => {
                found.has(RESULTS) || found.child(CARD).is_ok_and(|card| card.is_some_and(|card| is_card(&card)))
            }
            (false, _) => is_card(found) || is_in_results(found),
        }
    },
    read,
};

fn is_in_results(found: &FoundPath) -> bool {
    let parent = found.path().parent().and_then(|path| path.file_name());
    matches!(found.ending().as_str(), "yaml" | "yml") && parent.is_some_and(|name| name == RESULTS)
}

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    let found = request.found()?;
    let mut parts = Vec::new();
    for (path, file) in files(&found)? {
        let mut part = RunSnapshot::default();
        if file.ending() == "md" {
            of_card(&file, &mut part)?
        } else {
            of_results(&file, &mut part)?
        }
        parts.push((path, part));
    }
    let is_several = parts.iter().filter(|(_, part)| !part.metrics.is_empty()).count() > 1;
    let mut snapshot = RunSnapshot::default();
    for (path, part) in parts {
        for (name, reading) in part.metrics {
            let name = if is_several { format!("{path}:{name}") } else { name };
            snapshot.add(found.shown(), name, reading, found.limits())?;
        }
        snapshot.run.name = snapshot.run.name.or(part.run.name);
        snapshot.tags.extend(part.tags);
        part.warnings.into_iter().for_each(|warning| snapshot.warn(warning));
    }
    if snapshot.metrics.is_empty() {
        return Err(ReadError::unreadable(found.shown(), "it has no results with a number"));
    }
    // 0.93 and 93 may be the same number.
    let is_share = |reading: &MetricReading| (0.0..=1.0).contains(&reading.value);
    if snapshot.metrics.values().any(is_share) && snapshot.metrics.values().any(|reading| reading.value > 1.0) {
        snapshot.warn("some values are at most 1 and others above: cards do not say which are percentages");
    }
    Ok(snapshot)
}

/// Returns the files with results, with their paths below the folder.
fn files(found: &FoundPath) -> Result<Vec<(String, FoundPath)>, ReadError> {
    if !found.is_folder() {
        return FoundPath::again(found).map(|file| vec![(found.name(), file)]);
    }
    let mut files = Vec::new();
    let (folder, prefix) = if found.name() == RESULTS {
        (Some(FoundPath::again(found)?), String::new())
    } else {
        files.extend(found.child(CARD)?.filter(|card| front_matter(card).is_ok()).map(|card| (CARD.to_owned(), card)));
        (found.child(RESULTS)?, format!("{RESULTS}/"))
    };
    if let Some(folder) = folder {
        for name in folder.names()?.into_iter().filter(|name| name.ends_with(".yaml") || name.ends_with(".yml")) {
            files.extend(folder.child(&name)?.map(|file| (format!("{prefix}{name}"), file)));
        }
    }
    Ok(files)
}

/// Returns the YAML between the first two lines of three dashes.
fn front_matter(card: &FoundPath) -> Result<&str, ReadError> {
    let refused = |why: &str| ReadError::unreadable(card.shown(), why);
    let text = card.text()?;
    let start = text.strip_prefix("---").and_then(|rest| rest.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n'));
    let start = start.ok_or_else(|| refused("it does not start with front matter (`---`)"))?;
    let mut at = 0;
    for line in start.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Ok(&start[..at]);
        }
        at += line.len();
    }
    Err(refused("its front matter has no end (`---`)"))
}

fn of_card(card: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let refused = |why: String| ReadError::unreadable(card.shown(), why);
    let matter = datum::yaml(front_matter(card)?, card.limits()).map_err(refused)?;
    let models = matter.get("model-index").map(Datum::items).unwrap_or_default();
    let mut found: Vec<CardMetric<'_>> = Vec::new();
    for model in models {
        let name = model.get("name").and_then(Datum::text);
        snapshot.run.name = snapshot.run.name.take().or_else(|| name.map(str::to_owned));
        for result in model.get("results").map(Datum::items).unwrap_or_default() {
            let identified = |key: &str| {
                let part = result.get(key)?;
                part.get("type").or_else(|| part.get("name")).and_then(Datum::text)
            };
            for metric in result.get("metrics").map(Datum::items).unwrap_or_default() {
                let metric_name = metric.get("type").or_else(|| metric.get("name")).and_then(Datum::text);
                let (Some(task), Some(dataset), Some(metric_name)) =
                    (identified("task"), identified("dataset"), metric_name)
                else {
                    return Err(refused("a result of its `model-index` names no task, data set or metric".to_owned()));
                };
                let model = name.filter(|_| models.len() > 1);
                found.push(CardMetric { model, task, dataset, metric: metric_name, of: result, entry: metric });
            }
        }
    }
    // A name has as many parts as it takes to be the only one.
    let shorts: Vec<String> = found.iter().map(CardMetric::short).collect();
    let longs: Vec<String> = found.iter().map(CardMetric::long).collect();
    let (of_short, of_long) = (counts(&shorts), counts(&longs));
    let mut added: BTreeMap<String, Option<&Datum>> = BTreeMap::new();
    for ((metric, short), long) in found.iter().zip(&shorts).zip(&longs) {
        let name = match (of_short.get(short.as_str()), of_long.get(long.as_str())) {
            (Some(1), _) => short.clone(),
            (_, Some(1)) => long.clone(),
            _ => metric.longest(),
        };
        let value = metric.entry.get("value");
        match added.insert(name.clone(), value) {
            // Cards list one result again, in parts of their tables.
            Some(known) if known == value => {}
            _ => add(card, name, value, snapshot)?,
        }
    }
    Ok(())
}

fn counts(names: &[String]) -> BTreeMap<&str, usize> {
    names.iter().fold(BTreeMap::new(), |mut counts, name| {
        *counts.entry(name.as_str()).or_default() += 1;
        counts
    })
}

/// A metric of a card with the result that it belongs to.
struct CardMetric<'a> {
    model: Option<&'a str>,
    task: &'a str,
    dataset: &'a str,
    metric: &'a str,
    of: &'a Datum,
    entry: &'a Datum,
}

impl CardMetric<'_> {
    fn short(&self) -> String {
        self.named(&[])
    }

    /// Returns the name with the data set's configuration, split and revision.
    fn long(&self) -> String {
        let parts = APART.iter().filter_map(|key| self.of.at(&["dataset", key])?.as_stored());
        self.named(&parts.collect::<Vec<_>>())
    }

    /// Returns the long name with the metric's own name behind its type.
    fn longest(&self) -> String {
        let own = self.entry.get("name").and_then(Datum::text).filter(|name| *name != self.metric);
        own.map_or_else(|| self.long(), |own| format!("{}.{own}", self.long()))
    }

    fn named(&self, apart: &[String]) -> String {
        let start = self.model.into_iter().chain([self.task, self.dataset]);
        start.chain(apart.iter().map(String::as_str)).chain([self.metric]).collect::<Vec<_>>().join(".")
    }
}

fn of_results(file: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let refused = |why: &str| ReadError::unreadable(file.shown(), why);
    let document = file.document()?;
    if !document.is_list() {
        return Err(refused("it is not a list of results"));
    }
    for entry in document.items() {
        let text = |keys: &[&str]| entry.at(keys).and_then(Datum::text);
        let (Some(dataset), Some(task)) = (text(&["dataset", "id"]), text(&["dataset", "task_id"])) else {
            return Err(refused("a result has no `dataset` with `id` and `task_id`"));
        };
        add(file, format!("{task}.{dataset}.value"), entry.get("value"), snapshot)?;
    }
    Ok(())
}

/// Adds a value, which cards also write as text.
fn add(file: &FoundPath, name: String, value: Option<&Datum>, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let number = value.and_then(|value| value.number().or_else(|| number::number(value.text()?.trim())));
    match number {
        Some(number) => snapshot.add(file.shown(), name, MetricReading::of(number), file.limits()),
        None => {
            snapshot.warn(format!("`{name}` has no number"));
            Ok(())
        }
    }
}
