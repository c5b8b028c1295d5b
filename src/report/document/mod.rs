//! The report: the value that all formats render.
//!
//! The JSON form is the contract with other tools. It is versioned and has a schema, `docs/report.schema.json`.

mod drill;
mod estimate;
mod flips;
mod found_slices;
mod gate;
mod group;
mod guard;
mod measurement;
mod overall;
mod place;
mod plots;
mod policy;
mod power;
mod provenance;
mod run;
mod selected;
mod tested;
mod waived;

use serde::{Deserialize, Serialize};

pub use drill::{DrillResult, DrilledFault, FailingGate, FaultNotTried};
pub use estimate::{ChangeResult, EqualityTestResult, EstimateResult};
pub use flips::{FlippedRows, FlipsResult};
pub use found_slices::{
    AttributedColumn, AttributedPartResult, AttributionResult, FoundSliceResult, LeftOutColumn, RestResult,
    SliceSearchResult, SliceValue,
};
pub use gate::{BrokenValue, GateResult};
pub use group::{AgainstReference, GroupEstimate};
pub use guard::{GuardChange, GuardResult};
pub use measurement::{ExploredMetricResult, ExploredSliceResult, MeasurementResult};
pub use overall::{Counts, Overall};
pub use place::At;
pub use plots::{ColumnBinResult, ColumnBinsResult, PlotsResult, ScoreBinResult, ScoreScale, ScoresResult};
pub use policy::PolicyResult;
pub use power::PowerResult;
pub use provenance::{FileDigest, Inputs, Provenance, Tried};
pub use run::{JobRecord, RunRecord};
pub use selected::SelectedRowsResult;
pub use tested::{NoiseResult, TestResult};
pub use waived::WaiverResult;

use crate::gate::verdict::Effect;
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
        Report {
            version: self.version,
            tool: self.tool,
            verdict: self.verdict,
            exit_code: self.exit_code,
            counts: self.counts,
            provenance: self.provenance,
            run: self.run,
            gates: self.gates,
            notes: self.notes,
            guard: self.guard,
            measurements: self.measurements,
            explored: self.explored,
            found_slices: self.found_slices,
            flips: self.flips,
            plots: self.plots,
            power: self.power,
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
