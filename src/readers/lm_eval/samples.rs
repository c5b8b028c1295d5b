//! The samples of `--log_samples`: a line for each question and filter.

use std::collections::BTreeMap;
use std::path::Path;

use super::protocol::of_task;
use crate::readers::datum::{self, Datum};
use crate::readers::protocol::{ProtocolParts, add, digest};
use crate::readers::{FoundPath, MetricReading, ReadError, RunSnapshot};

/// Sums of a metric over samples.
#[derive(Default)]
struct SampleSums {
    values: Vec<f64>,
    /// Samples whose value is not a number.
    others: usize,
}

/// Returns true if the first line is a sample of lm-evaluation-harness.
pub(in crate::readers) fn are_in(found: &FoundPath) -> bool {
    let head = found.head();
    // The first line may be longer than the head; its keys are written in one order.
    head.starts_with(b"{\"doc_id\":") && {
        let text = String::from_utf8_lossy(head);
        text.contains("\"filtered_resps\":") || found.name().starts_with("samples_")
    }
}

/// Adds the mean of each metric over the samples, by filter: the task itself may aggregate otherwise.
///
/// # Errors
///
/// A line is not a sample, other than a last one that is cut.
pub(super) fn read(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let text = found.text()?;
    let task = task_name(&found.name());
    let mut sums: BTreeMap<String, SampleSums> = BTreeMap::new();
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).peekable();
    while let Some((at, line)) = lines.next() {
        let sample = match datum::json(line, found.limits()) {
            Ok(sample) => sample,
            Err(_) if lines.peek().is_none() && !text.ends_with('\n') && !sums.is_empty() => {
                snapshot.ends_early(format!("`{}` ends within line {at}, which is left out", found.shown()));
                break;
            }
            Err(why) => {
                let why = why.trim_end_matches(" in line 1");
                return Err(ReadError::unreadable(found.shown(), format!("line {at}: {why}")));
            }
        };
        let filter = sample.get("filter").and_then(Datum::text);
        let names = sample.get("metrics").map(Datum::items).unwrap_or_default();
        if filter.is_none() || names.is_empty() {
            let why =
                format!("line {at} has no `filter` and `metrics`, as samples of lm-evaluation-harness 0.4.9 have");
            return Err(ReadError::unreadable(found.shown(), why));
        }
        for metric in names.iter().filter_map(Datum::text) {
            let sums = sums.entry(format!("{task}.{metric},{}", filter.unwrap_or_default())).or_default();
            match sample.get(metric) {
                Some(Datum::Number(value, _)) => sums.values.push(*value),
                Some(Datum::Bool(value)) => sums.values.push(f64::from(u8::from(*value))),
                _ => sums.others += 1,
            }
        }
    }
    for (name, sums) in sums {
        if sums.others > 0 {
            snapshot.warn(format!("`{name}` is not a number in some samples ({}), so it has no mean", sums.others));
            continue;
        }
        snapshot.add(found.shown(), name, sums.reading(), found.limits())?;
    }
    if snapshot.metrics.is_empty() {
        return Err(ReadError::unreadable(found.shown(), "no metric of its samples is a number"));
    }
    protocol(found, &mut snapshot.protocol)?;
    snapshot.warn("each number is the mean over the samples; the task's own results may be aggregated otherwise");
    Ok(())
}

/// Adds the protocol of the samples' task: that of the results beside them, and the documents by their hashes.
///
/// Where no results lie beside, the hashes of the prompts stand for version and examples.
///
/// # Errors
///
/// The results or the samples cannot be read.
pub(in crate::readers) fn protocol(found: &FoundPath, parts: &mut ProtocolParts) -> Result<(), ReadError> {
    let name = found.name();
    let task = task_name(&name);
    let results = results_beside(found, &name)?;
    if let Some(results) = &results {
        of_task(results.document()?, &task, parts);
    }
    let (mut documents, mut prompts) = (Vec::new(), Vec::new());
    for line in found.text()?.lines().filter(|line| !line.trim().is_empty()) {
        // Whoever reads the rows tells of a broken line.
        let Ok(sample) = datum::json(line, found.limits()) else { break };
        let text = |key: &str| sample.get(key).and_then(Datum::as_stored).unwrap_or_default();
        let id = text("doc_id");
        if sample.get("doc_hash").is_some() {
            documents.push(format!("{id} {} {}", text("doc_hash"), text("target_hash")));
        }
        if sample.get("prompt_hash").is_some() && results.is_none() {
            prompts.push(format!("{id} {}", text("prompt_hash")));
        }
    }
    for (part, texts) in [("documents", documents), ("prompts", prompts)] {
        if !texts.is_empty() {
            add(parts, &task, part, digest(texts));
        }
    }
    // The name of a file without any of them is known.
    parts.entry(task).or_default();
    Ok(())
}

/// Returns the results that the same call wrote beside its samples.
fn results_beside(found: &FoundPath, name: &str) -> Result<Option<FoundPath>, ReadError> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (Some((_, time)), Some(folder)) = (stem.rsplit_once('_'), found.path().parent()) else { return Ok(None) };
    let file = format!("results_{time}.json");
    let shown = Path::new(found.shown()).with_file_name(&file).display().to_string();
    let path = folder.join(&file);
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    FoundPath::at(path, shown, found.limits()).map(Some)
}

impl SampleSums {
    /// Returns the mean with its standard error, as lm-evaluation-harness computes it.
    fn reading(&self) -> MetricReading {
        #[expect(clippy::cast_precision_loss, reason = "fewer samples than 2^53")]
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        let stderr = (self.values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt());
        MetricReading { n: Some(self.values.len() as u64), stderr, ..MetricReading::of(mean) }
    }
}

/// Returns the task in `samples_TASK_TIME.jsonl`.
fn task_name(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let task = stem.strip_prefix("samples_").unwrap_or(stem);
    match task.rsplit_once('_') {
        Some((task, time)) if time.starts_with(|digit: char| digit.is_ascii_digit()) && time.contains('T') => task,
        _ => task,
    }
    .to_owned()
}
