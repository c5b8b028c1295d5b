//! The report: the value that all formats render.
//!
//! The JSON form is the contract with other tools. It is versioned and has a schema, `docs/report.schema.json`.

mod drill;
mod found_slices;
mod guard;
mod overall;
mod plots;
mod policy;
mod power;
mod provenance;
mod run;
mod tested;
mod waived;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use drill::{DrillResult, DrilledFault, FailingGate, FaultNotTried};
pub use found_slices::{FoundSliceResult, LeftOutColumn, RestResult, SliceSearchResult, SliceValue};
pub use guard::{GuardChange, GuardResult};
pub use overall::{Counts, Overall};
pub use plots::{ColumnBinResult, ColumnBinsResult, PlotsResult, ScoreBinResult, ScoreScale, ScoresResult};
pub use policy::PolicyResult;
pub use power::PowerResult;
pub use provenance::{FileDigest, Inputs, Provenance, Tried};
pub use run::{JobRecord, RunRecord};
pub use tested::TestResult;
pub use waived::WaiverResult;

use crate::catalog::Severity;
use crate::gate::verdict::{Effect, Verdict};
pub use crate::measurement::Unit;

/// The version of the JSON form, raised on every change that breaks a reader.
pub const REPORT_VERSION: u32 = 1;

/// The results of a run.
///
/// Fields that this version does not know are ignored: a newer one adds fields, and changes none without another
/// [`REPORT_VERSION`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report<S = serde_json::Value> {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// The program that wrote the report.
    pub tool: Tool,
    /// The verdict over all gates.
    pub verdict: Overall,
    /// The exit code of the verdict.
    pub exit_code: u8,
    /// The number of gates by verdict.
    pub counts: Counts,
    /// The origin of all inputs.
    pub provenance: Provenance,
    /// The arguments and the job of the run, if any of them are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunRecord>,
    /// The gates, in the order of the config.
    pub gates: Vec<GateResult>,
    /// Notes besides the gates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The demands of the change beside those of the other side, if the two were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardResult>,
    /// All measured numbers, with or without a gate on them.
    pub measurements: Vec<MeasurementResult>,
    /// Metrics in slices that have no gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explored: Vec<ExploredMetricResult>,
    /// The slices in which a model got worse, of every model that was searched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found_slices: Vec<SliceSearchResult>,
    /// The rows on which the sides of a model predict different classes, if they were requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flips: Vec<FlipsResult>,
    /// The counts behind the charts, if they were requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plots: Option<PlotsResult>,
    /// The power of the gates, if it was requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub power: Vec<PowerResult>,
    /// The states of a baseline in their stored form, if they were requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<S>,
}

impl<S> Report<S> {
    /// Drops the states, for readers that only show results.
    pub fn without_states(self) -> Report {
        let Self {
            version,
            tool,
            verdict,
            exit_code,
            counts,
            provenance,
            run,
            gates,
            notes,
            guard,
            measurements,
            explored,
            found_slices,
            flips,
            plots,
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
            run,
            gates,
            notes,
            guard,
            measurements,
            explored,
            found_slices,
            flips,
            plots,
            power,
            states: None,
        }
    }
}

/// A note: a fact besides the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The note's subject, such as `baseline.age`.
    pub id: String,
    /// The effect on the merge: a warning, or none.
    pub effect: Effect,
    /// The finding, in one sentence.
    pub message: String,
    /// Advice.
    pub help: String,
    /// The place in the config.
    pub at: At,
}

/// The program that wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Always `mlgate`.
    pub name: String,
    /// The program's version.
    pub version: String,
}

/// The result of a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// The gate's path in the config, for example `models.income.metrics.roc_auc.max_drop`.
    pub id: String,
    /// The check's id.
    pub check: String,
    /// The check's family: `dataset`, `column`, `metric` or `fairness`.
    pub family: String,
    /// The subject by role: `{"model": "income", "metric": "roc_auc"}`.
    pub subject: BTreeMap<String, String>,
    /// The severity.
    pub severity: Severity,
    /// The conclusion.
    pub verdict: Verdict,
    /// The effect of the verdict on the merge.
    pub effect: Effect,
    /// The candidate's number.
    pub candidate: Option<EstimateResult>,
    /// The baseline's number.
    pub baseline: Option<EstimateResult>,
    /// Candidate − baseline, if the gate compares the two.
    pub change: Option<ChangeResult>,
    /// The limit as the config writes it: `max_drop 0.005`.
    pub bound: String,
    /// The definition of the number.
    pub definition: String,
    /// The noun or participle that follows the number: `outside` in `2% outside`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<String>,
    /// The unit of all the gate's numbers.
    pub unit: Unit,
    /// The numbers by group, if the gate compares groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupEstimate>,
    /// The unit of the groups' numbers, if it differs from the gate's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_unit: Option<Unit>,
    /// The statistical test, if the gate's number is an adjusted p-value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TestResult>,
    /// The candidate's first rows that fail the check, counted from 1 in the order of its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_rows: Vec<u64>,
    /// Values of the candidate that fail the check, if at least `min_cell` rows have them: the first to look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_values: Vec<BrokenValue>,
    /// The waiver, whether the gate fails or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<WaiverResult>,
    /// The finding, in one sentence.
    pub message: String,
    /// Advice.
    pub help: String,
    /// The policy that demands the gate, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyResult>,
    /// The check's place in the config.
    pub at: At,
}

/// A value that fails a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenValue {
    /// The value as text; longer ones are cut.
    pub value: String,
    /// The number of rows that have it.
    pub rows: u64,
}

/// A number with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EstimateResult {
    /// The number; `null` if it is undefined.
    pub value: Option<f64>,
    /// The interval at the gate's confidence; `null` if the number is exact.
    pub interval: Option<[f64; 2]>,
    /// The denominator of the number, in rows; `null` if it is unknown or suppressed.
    pub n: Option<u64>,
    /// The reason there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A difference with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeResult {
    /// Candidate − baseline.
    pub value: f64,
    /// The interval at the gate's confidence.
    pub interval: Option<[f64; 2]>,
    /// The method of computing the interval.
    pub method: String,
    /// The smallest difference that this number of rows shows in 4 of 5 samples.
    pub detectable: Option<f64>,
    /// The approximate number of rows that would be enough to decide, if the verdict is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_to_decide: Option<u64>,
    /// The approximate number of clusters that would be enough to decide, if rows belong to clusters and the verdict is
    /// inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters_to_decide: Option<u64>,
    /// Textbook tests of the change, beside the interval that decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<EqualityTestResult>,
}

/// A test of equality of both sides, or an interval of the change, by its name in textbooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EqualityTestResult {
    /// The name.
    pub name: String,
    /// The two-sided p-value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The interval of the change at the gate's confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

/// The number of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupEstimate {
    /// The group's values in the order of the columns.
    pub group: Vec<String>,
    /// The name of the rate, if a gate compares several rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The candidate's number; `n` is the denominator of the rate.
    pub candidate: EstimateResult,
    /// The baseline's number.
    pub baseline: Option<EstimateResult>,
    /// The comparison with the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<AgainstReference>,
    /// The reason the group took no part in the verdict; absent if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// A group's number compared with the reference, a group or other rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgainstReference {
    /// group − reference; group / reference, if the gate limits a ratio.
    pub value: f64,
    /// The interval of this pair alone; `null` for an infinite end.
    pub interval: [Option<f64>; 2],
    /// The difference of the rates in pooled standard errors, for adverse impact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// The p-value of equal rates, adjusted for all pairs of groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The number of additional selections that would bring the group to the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<u64>,
}

/// A measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasurementResult {
    /// The subject by role.
    pub subject: BTreeMap<String, String>,
    /// `candidate` or `baseline`.
    pub side: String,
    /// The name of the measure.
    pub measure: String,
    /// The number; `null` if it is undefined or suppressed.
    pub value: Option<f64>,
    /// The interval.
    pub interval: Option<[f64; 2]>,
    /// The denominator of the number, in rows; `null` if it is unknown or suppressed.
    pub n: Option<u64>,
    /// The reason there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A metric in slices that have no gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExploredMetricResult {
    /// The model.
    pub model: String,
    /// The metric.
    pub metric: String,
    /// The slices, the worst first.
    pub slices: Vec<ExploredSliceResult>,
    /// The slices that could not be measured, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

/// A metric in a slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExploredSliceResult {
    /// The slice's name: `sex=Female,race=Black`.
    pub slice: String,
    /// The candidate's number.
    pub candidate: EstimateResult,
    /// The baseline's number.
    pub baseline: Option<EstimateResult>,
    /// Candidate − baseline.
    pub change: Option<ChangeResult>,
    /// The p-value of no change, adjusted for all slices of the table (Benjamini and Hochberg); `null` without a
    /// change, and for small slices.
    pub adjusted_p: Option<f64>,
}

/// The flipped rows of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlipsResult {
    /// The model.
    pub model: String,
    /// The names of the key's columns.
    pub key: Vec<String>,
    /// Negative flips: correct in the baseline, wrong in the candidate.
    pub broken: FlippedRows,
    /// Positive flips: wrong in the baseline, correct in the candidate.
    pub fixed: FlippedRows,
    /// Rows that are wrong on both sides, with different classes.
    pub changed: FlippedRows,
    /// The reason there are no flips to list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// Flipped rows of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlippedRows {
    /// The number of rows; `null` if it is unknown.
    pub rows: Option<u64>,
    /// The first keys, each with its parts in the order of the key's columns.
    pub keys: Vec<Vec<String>>,
}

/// A place in a text file; lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// The path as given.
    pub file: String,
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}
