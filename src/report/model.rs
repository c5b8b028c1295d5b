//! The report: the one value that renderers see.
//!
//! Its JSON form is the contract with other tools, is versioned, and has a schema (`docs/report.schema.json`).

mod power;
mod provenance;
mod tested;
mod waived;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use power::PowerResult;
pub use provenance::{FileDigest, Inputs, Provenance, Tried};
pub use tested::TestResult;
pub use waived::WaiverResult;

use crate::catalog::Severity;
use crate::gate::verdict::{Effect, Verdict};

/// The version of the JSON form; raised on every change that a reader could notice as a loss.
pub const REPORT_VERSION: u32 = 1;

/// Everything that one run found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report<S = serde_json::Value> {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// Who wrote this.
    pub tool: Tool,
    /// The verdict over all gates.
    pub verdict: Overall,
    /// The exit code that belongs to the verdict.
    pub exit_code: u8,
    /// Gates by verdict.
    pub counts: Counts,
    /// Where everything came from.
    pub provenance: Provenance,
    /// One entry for each gate, in the order of the config.
    pub gates: Vec<GateResult>,
    /// What a reader should know besides the gates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// All numbers that were measured, demanded or not.
    pub measurements: Vec<MeasurementResult>,
    /// Metrics in slices of which nothing is demanded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explored: Vec<ExploredMetric>,
    /// The rows on which both sides of a model predict different classes, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flips: Vec<FlipsResult>,
    /// What the gates can tell; only where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub power: Vec<PowerResult>,
    /// What a baseline is made of, where it was asked for: its stored form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<S>,
}

impl<S> Report<S> {
    /// Drops the states, for readers that only show what was found.
    pub fn without_states(self) -> Report {
        let Self {
            version,
            tool,
            verdict,
            exit_code,
            counts,
            provenance,
            gates,
            notes,
            measurements,
            explored,
            flips,
            power,
            states: _,
        } = self;
        Report {
            version,
            tool,
            verdict,
            exit_code,
            counts,
            provenance,
            gates,
            notes,
            measurements,
            explored,
            flips,
            power,
            states: None,
        }
    }
}

/// Something that a reader should know besides the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What it is about, such as `baseline.age`.
    pub id: String,
    /// What it does to the merge: it warns, or is said and no more.
    pub effect: Effect,
    /// What was found, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where the config speaks of it.
    pub at: At,
}

/// The program that wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Always `mlgate`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The verdict over all gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// Every gate passed, or does not apply.
    Pass,
    /// Nothing blocks, but something is inconclusive or failed with severity `warning`.
    Warn,
    /// A gate failed.
    Fail,
    /// No gate failed, but one could not be evaluated.
    Error,
}

/// The number of gates by verdict; a gate that is broken and waived counts as waived, and not under its verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each field is the verdict of its name")]
pub struct Counts {
    pub pass: u64,
    pub fail: u64,
    pub inconclusive: u64,
    pub not_applicable: u64,
    pub no_baseline: u64,
    pub error: u64,
    pub waived: u64,
}

/// One gate, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateResult {
    /// The path of the gate in the config, for example `models.income.metrics.roc_auc.max_drop`.
    pub id: String,
    /// The id of its check.
    pub check: String,
    /// The check's family: `dataset`, `column`, `metric` or `fairness`.
    pub family: String,
    /// What is judged, by role: `{"model": "income", "metric": "roc_auc"}`.
    pub subject: BTreeMap<String, String>,
    /// How much it matters.
    pub severity: Severity,
    /// The conclusion.
    pub verdict: Verdict,
    /// What the conclusion does to the merge.
    pub effect: Effect,
    /// The number on the candidate's side.
    pub candidate: Option<Estimate>,
    /// The number on the baseline's side.
    pub baseline: Option<Estimate>,
    /// Candidate − baseline, where the gate compares.
    pub change: Option<Change>,
    /// The bound as demanded, in the words of the config: `max_drop 0.005`.
    pub bound: String,
    /// What the number means and how it is computed.
    pub definition: String,
    /// What the number counts, to stand behind it: `outside` in `2% outside`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<String>,
    /// The unit of all numbers of this gate.
    pub unit: Unit,
    /// The numbers by group, where the gate compares groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupEstimate>,
    /// The unit of the groups' numbers, where it is not the gate's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_unit: Option<Unit>,
    /// The statistical test that its number is the adjusted p-value of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TestResult>,
    /// The first rows of the candidate that break the demand, counted from 1 in the order of its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_rows: Vec<u64>,
    /// Who accepts that it is broken, until when and why; whether or not it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<WaiverResult>,
    /// What was found, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where the config demands it.
    pub at: At,
}

/// The unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A whole number of rows.
    Rows,
    /// A whole number of columns.
    Columns,
    /// A share of rows, from 0 to 1.
    Share,
    /// A metric in its own unit: accuracy from 0 to 1, `log_loss` in nats.
    Metric,
    /// The ratio of two rates.
    Ratio,
    /// A number in its own unit: that of a column, or of a metric that another program has computed.
    Number,
    /// A time, in seconds.
    Seconds,
}

/// A number with its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The number; `null` when it is undefined.
    pub value: Option<f64>,
    /// Its interval at the gate's confidence; `null` when it is exact.
    pub interval: Option<[f64; 2]>,
    /// The rows behind it: the denominator of the number itself; `null` where they are not known or not told.
    pub n: Option<u64>,
    /// Why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A difference with its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Candidate − baseline.
    pub value: f64,
    /// Its interval at the gate's confidence.
    pub interval: Option<[f64; 2]>,
    /// How the interval was made.
    pub method: String,
    /// The smallest difference that so many rows would show 4 times out of 5.
    pub detectable: Option<f64>,
    /// About how many rows would decide, where the verdict is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_to_decide: Option<u64>,
    /// About how many clusters would decide, where rows belong to clusters and the verdict is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters_to_decide: Option<u64>,
}

/// The number of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupEstimate {
    /// The group's values in the order of the columns.
    pub group: Vec<String>,
    /// Which of several rates it is, where a gate is about more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The candidate's number; its `n` is the denominator of the rate.
    pub candidate: Estimate,
    /// The baseline's number.
    pub baseline: Option<Estimate>,
    /// How the group compares with the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<AgainstReference>,
    /// Whether the group took part in the verdict, or why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// A group's number beside that of the group, or the rows, that it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgainstReference {
    /// group − reference; where the gate is about a ratio, group / reference.
    pub value: f64,
    /// Its interval, of this pair by itself; `null` where there is no end.
    pub interval: [Option<f64>; 2],
    /// By how many pooled standard errors the rates differ, where adverse impact is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// How often chance alone makes them differ as much, adjusted for all pairs of groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// How many more selections would bring the group to the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<u64>,
}

/// One measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasurementResult {
    /// What was measured, by role.
    pub subject: BTreeMap<String, String>,
    /// `candidate` or `baseline`.
    pub side: String,
    /// The name of the measure.
    pub measure: String,
    /// The number; `null` when it is undefined or suppressed.
    pub value: Option<f64>,
    /// Its interval.
    pub interval: Option<[f64; 2]>,
    /// The rows behind it; `null` where they are not known or not told.
    pub n: Option<u64>,
    /// Why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A metric in slices of which nothing is demanded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExploredMetric {
    /// The model.
    pub model: String,
    /// The metric.
    pub metric: String,
    /// The slices, the worst first.
    pub slices: Vec<ExploredSlice>,
    /// What could not be looked at, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

/// A metric in one slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExploredSlice {
    /// The slice: `sex=Female,race=Black`.
    pub slice: String,
    /// The candidate's number.
    pub candidate: Estimate,
    /// The baseline's.
    pub baseline: Option<Estimate>,
    /// Candidate − baseline.
    pub change: Option<Change>,
    /// The chance to see so large a change without any, adjusted for all slices of the table (Benjamini and Hochberg); `null` where
    /// there is no change to speak of, or the slice is small.
    pub adjusted_p: Option<f64>,
}

/// The flipped rows of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlipsResult {
    /// The model.
    pub model: String,
    /// The names of the columns of its key.
    pub key: Vec<String>,
    /// Right before, wrong now.
    pub broken: FlippedRows,
    /// Wrong before, right now.
    pub fixed: FlippedRows,
    /// Wrong before and now, in another way.
    pub changed: FlippedRows,
    /// Why there are none to list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// Flipped rows of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlippedRows {
    /// How many there are; `null` where that is not known.
    pub rows: Option<u64>,
    /// The first of their keys, each with its parts in the order of the key's columns.
    pub keys: Vec<Vec<String>>,
}

/// A place in a text file; lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// The path, as it was given.
    pub file: String,
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}
