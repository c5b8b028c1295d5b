//! The shape of a run, whatever recorded it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::stats::Direction;

use super::number::to_json;
use super::protocol::ProtocolParts;
use super::{ReadError, ReadLimits};

/// Warnings of a snapshot; further ones are counted only.
const MOST_WARNINGS: usize = 100;

/// A run as a reader found it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunSnapshot {
    /// The locator that was read.
    pub source: String,
    /// The name of the kind that read it.
    pub kind: String,
    /// The run itself.
    pub run: RunFacts,
    /// The metrics by name.
    pub metrics: BTreeMap<String, MetricReading>,
    /// Parameters, as stored.
    pub params: BTreeMap<String, String>,
    /// Tags, as stored.
    pub tags: BTreeMap<String, String>,
    /// Artifacts by name, each with its path or address.
    pub artifacts: BTreeMap<String, String>,
    /// The protocol of an evaluation: values by task and part.
    pub protocol: ProtocolParts,
    /// Facts that the reader of a number has to know.
    pub warnings: Vec<String>,
    /// Warnings beyond the most that are kept.
    unsaid: usize,
}

/// Facts of a run; `None` where the source does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFacts {
    /// The tool's own id.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The state that the tool recorded.
    pub status: Option<RunStatus>,
    /// The full SHA of the commit.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The start, in RFC 3339.
    pub started: Option<String>,
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// Ended by itself, without an error.
    Finished,
    /// Ended by an error.
    Failed,
    /// Still running, or never said to have ended.
    Running,
    /// Ended from outside.
    Killed,
    /// Not started yet.
    Scheduled,
    /// The record of the run ends early.
    Unfinished,
}

impl RunStatus {
    /// Returns the name of the state in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Killed => "killed",
            Self::Scheduled => "scheduled",
            Self::Unfinished => "unfinished",
        }
    }
}

/// A metric's value with all that the source says about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricReading {
    /// The value; may be NaN or infinite.
    pub value: f64,
    /// The training step, epoch or iteration of the value.
    pub step: Option<i64>,
    /// Number of samples that the value was computed from.
    pub n: Option<u64>,
    /// The standard error of the value.
    pub stderr: Option<f64>,
    /// The direction of improvement, where the source states it.
    pub direction: Option<Direction>,
}

impl MetricReading {
    /// Makes a reading of a value alone.
    pub fn of(value: f64) -> Self {
        Self { value, step: None, n: None, stderr: None, direction: None }
    }

    fn to_json(self) -> Value {
        json!({
            "value": to_json(self.value),
            "step": self.step,
            "n": self.n,
            "stderr": self.stderr.map(to_json),
            "direction": self.direction.and_then(direction_name),
        })
    }
}

/// Returns the word of a direction in JSON.
pub(crate) fn direction_name(direction: Direction) -> Option<&'static str> {
    match direction {
        Direction::HigherIsBetter => Some("higher"),
        Direction::LowerIsBetter => Some("lower"),
        Direction::Neither => None,
    }
}

impl RunSnapshot {
    /// Adds a metric.
    ///
    /// # Errors
    ///
    /// A metric of this name is there already, or there are too many.
    pub(in crate::readers) fn add(
        &mut self,
        place: &str,
        name: String,
        reading: MetricReading,
        limits: &ReadLimits,
    ) -> Result<(), ReadError> {
        if self.metrics.len() >= limits.entries {
            return Err(ReadError::unreadable(place, format!("it has too many metrics; limit: {}", limits.entries)));
        }
        match self.metrics.insert(name.clone(), reading) {
            None => Ok(()),
            Some(_) => Err(ReadError::unreadable(place, format!("two values are named `{name}`"))),
        }
    }

    /// Adds a warning.
    pub(in crate::readers) fn warn(&mut self, text: impl Into<String>) {
        if self.warnings.len() < MOST_WARNINGS { self.warnings.push(text.into()) } else { self.unsaid += 1 }
    }

    /// Marks the record as one that ends early.
    pub(in crate::readers) fn ends_early(&mut self, why: impl Into<String>) {
        self.run.status = Some(RunStatus::Unfinished);
        self.warn(why);
    }

    /// Returns the snapshot as JSON, with every key.
    pub fn to_json(&self) -> Value {
        let mut warnings = self.warnings.clone();
        if self.unsaid > 0 {
            warnings.push(format!("and {} more", self.unsaid));
        }
        let metrics: Map<String, Value> =
            self.metrics.iter().map(|(name, reading)| (name.clone(), reading.to_json())).collect();
        json!({
            "source": self.source,
            "kind": self.kind,
            "run": {
                "id": self.run.id,
                "name": self.run.name,
                "status": self.run.status.map(RunStatus::name),
                "commit": self.run.commit,
                "branch": self.run.branch,
                "started": self.run.started,
            },
            "metrics": metrics,
            "params": self.params,
            "tags": self.tags,
            "artifacts": self.artifacts,
            "warnings": warnings,
        })
    }
}

impl RunFacts {
    /// Takes a commit if it is a full SHA.
    pub(in crate::readers) fn take_commit(&mut self, text: &str) {
        let is_full = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_full {
            self.commit = Some(text.to_ascii_lowercase());
        }
    }
}

/// Writes a time in microseconds since 1970 in RFC 3339, in UTC, with a fraction where there is one.
pub(in crate::readers) fn rfc3339(microseconds: i64) -> Option<String> {
    let time = chrono::DateTime::from_timestamp_micros(microseconds)?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

/// Writes a time in seconds since 1970, as Python's `time.time()`, in RFC 3339.
pub(in crate::readers) fn rfc3339_of_seconds(seconds: f64) -> Option<String> {
    let microseconds = (seconds * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "below 2^53")]
    (microseconds.abs() < 9e15).then_some(microseconds as i64).and_then(rfc3339)
}

/// Writes a time that has a zone, in whatever ISO 8601 a tool wrote, in RFC 3339.
///
/// A time without a zone is not converted: it could be off by a day.
pub(in crate::readers) fn rfc3339_of_text(text: &str) -> Option<String> {
    let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    rfc3339(time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn every_key_is_there() {
        let mut snapshot =
            RunSnapshot { source: "m.json".to_owned(), kind: "json".to_owned(), ..RunSnapshot::default() };
        let limits = ReadLimits::default();
        let reading =
            MetricReading { n: Some(3), direction: Some(Direction::LowerIsBetter), ..MetricReading::of(f64::NAN) };
        snapshot.add("m.json", "loss".to_owned(), reading, &limits).unwrap();
        assert!(snapshot.add("m.json", "loss".to_owned(), reading, &limits).is_err());
        let full = ReadLimits { entries: 1, ..ReadLimits::default() };
        assert!(snapshot.add("m.json", "b".to_owned(), MetricReading::of(1.0), &full).is_err());
        assert_eq!(
            snapshot.to_json(),
            json!({
                "source": "m.json", "kind": "json",
                "run": {"id": null, "name": null, "status": null, "commit": null, "branch": null, "started": null},
                "metrics": {"loss": {"value": "NaN", "step": null, "n": 3, "stderr": null, "direction": "lower"}},
                "params": {}, "tags": {}, "artifacts": {}, "warnings": [],
            })
        );
    }

    #[test]
    fn warnings_are_bounded() {
        let mut snapshot = RunSnapshot::default();
        (0..150).for_each(|number| snapshot.warn(number.to_string()));
        let said = snapshot.to_json();
        assert_eq!(said["warnings"].as_array().unwrap().len(), 101);
        assert_eq!(said["warnings"][100], "and 50 more");
    }

    #[test]
    fn times_and_commits() {
        assert_eq!(rfc3339_of_seconds(1_700_000_000.25).as_deref(), Some("2023-11-14T22:13:20.250Z"));
        assert_eq!(rfc3339_of_seconds(f64::NAN), None);
        assert_eq!(rfc3339_of_seconds(1e300), None);
        assert_eq!(rfc3339_of_text("2026-01-31T12:00:00+02:00").as_deref(), Some("2026-01-31T10:00:00Z"));
        assert_eq!(rfc3339_of_text("2026-01-31T12:00:00"), None);
        let mut facts = RunFacts::default();
        facts.take_commit("86e539a");
        assert_eq!(facts.commit, None);
        facts.take_commit(&"A".repeat(40));
        assert_eq!(facts.commit, Some("a".repeat(40)));
    }
}
