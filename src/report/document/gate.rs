//! The result of a gate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::estimate::{ChangeResult, EstimateResult};
use super::group::GroupEstimate;
use super::place::At;
use super::policy::PolicyResult;
use super::selected::SelectedRowsResult;
use super::tested::{NoiseResult, TestResult};
use super::waived::WaiverResult;
use crate::catalog::Severity;
use crate::gate::verdict::{Effect, Verdict};
use crate::measurement::Unit;

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
    /// The noise of a distance between the two sides' distributions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseResult>,
    /// The rows of the candidate that the check looks at, if its line names a condition.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub selected: Option<SelectedRowsResult>,
    /// The candidate's first rows that fail the check, counted from 1 in the order of its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_rows: Vec<u64>,
    /// The keys of rows that must be right and are wrong, if they were requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_keys: Vec<Vec<String>>,
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

impl GateResult {
    /// Returns the policy that demands a gate which is not a line of the config.
    pub fn demanded_by(&self) -> Option<&str> {
        self.policy.as_ref().filter(|policy| policy.at == self.at).map(|policy| policy.name.as_str())
    }
}
