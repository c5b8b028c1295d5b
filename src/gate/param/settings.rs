//! The settings of a line that are not parameters of its check.

use std::collections::BTreeMap;

use super::super::verdict::OnInconclusive;
use super::value::ParamValue;
use crate::catalog::Severity;
use crate::config::WaiverConfig;

/// A typed line of a config.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gate) struct Settings {
    pub(in crate::gate) values: BTreeMap<String, ParamValue>,
    pub(in crate::gate) severity: Option<Severity>,
    pub(in crate::gate) confidence: Option<f64>,
    pub(in crate::gate) on_inconclusive: Option<OnInconclusive>,
    pub(in crate::gate) min_n: Option<u64>,
    pub(in crate::gate) waive: Option<WaiverConfig>,
    /// The condition of the rows that the check looks at.
    pub(in crate::gate) rows: Option<String>,
    /// The limit as the config writes it.
    pub(in crate::gate) words: String,
    /// The parameters in the words of the config, or of the page where it says nothing, for messages.
    pub(in crate::gate) texts: BTreeMap<String, String>,
}
