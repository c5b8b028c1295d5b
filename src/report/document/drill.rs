//! The result of a drill.

use serde::Serialize;

use super::power::PowerResult;
use crate::gate::verdict::Verdict;

/// The result of a drill: faults planted into copies of the files, and the gates that caught each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrillResult {
    /// The faults that were planted, survivors first.
    pub faults: Vec<DrilledFault>,
    /// The number of them.
    pub planted: u64,
    /// The number of those that a gate caught: a run would block.
    pub caught: u64,
    /// The number of those that only make a gate warn.
    pub warned: u64,
    /// The seed by which the touched rows were chosen.
    pub seed: u64,
    /// The gates that block on the unchanged files, and so cannot show a fault.
    pub failing: Vec<FailingGate>,
    /// The faults that were not planted.
    pub not_tried: Vec<FaultNotTried>,
    /// The gates that caught none of the faults.
    pub silent: Vec<String>,
    /// The power of the gates with an interval.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub power: Vec<PowerResult>,
}

/// A fault that was planted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrilledFault {
    /// The kind.
    pub fault: String,
    /// The kind in words.
    pub says: String,
    /// The place, as a path of the config.
    pub target: String,
    /// The planted dose; `null` for a fault that is there or not.
    pub dose: Option<f64>,
    /// The unit of the doses.
    pub dose_unit: Option<String>,
    /// The gates that block because of it; `run` if the run itself would end.
    pub caught_by: Vec<String>,
    /// The gates that warn because of it.
    pub warned_by: Vec<String>,
    /// The smallest dose that was caught; `null` if none was, or if there is no dose.
    pub smallest_dose: Option<f64>,
    /// True: the search for the smallest dose came to its end.
    pub is_bisected: bool,
    /// A line of config that the unchanged files pass and that catches it, as a config of its own.
    pub suggest: Option<String>,
    /// The path of a line that is there, and would catch it if it were stricter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tighten: Option<String>,
}

/// A gate that blocks on the unchanged files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailingGate {
    /// The gate.
    pub id: String,
    /// Its verdict.
    pub verdict: Verdict,
}

/// A fault that was not planted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultNotTried {
    /// The kind.
    pub fault: String,
    /// The place.
    pub target: String,
    /// The dose.
    pub dose: Option<f64>,
    /// The reason.
    pub why: String,
}
