//! The samples of `--log_samples`: a line for each question and filter.

use std::collections::BTreeMap;

use crate::readers::datum::{self, Datum};
use crate::readers::{FoundPath, MetricReading, ReadError, RunSnapshot};

/// Sums of a metric over samples.
#[derive(Default)]
struct SampleSums {
    values: Vec<f64>,
    /// Samples whose value is no number.
    others: usize,
}

/// Returns true if the first line is a sample of lm-evaluation-harness.
pub(super) fn are_in(found: &FoundPath) -> bool {
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
/// A line is no sample, other than a last one that is cut.
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
            snapshot.warn(format!("`{name}` is no number in some samples ({}), so it has no mean", sums.others));
            continue;
        }
        snapshot.add(found.shown(), name, sums.reading(), found.limits())?;
    }
    if snapshot.metrics.is_empty() {
        return Err(ReadError::unreadable(found.shown(), "no metric of its samples is a number"));
    }
    snapshot.warn("each number is the mean over the samples; the task's own results may be aggregated otherwise");
    Ok(())
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
