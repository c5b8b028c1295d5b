//! The verdict over all gates, and their numbers.

use serde::{Deserialize, Serialize};

/// The verdict over all gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// Every gate passed, or is not applicable.
    Pass,
    /// Nothing blocks, but something is inconclusive or failed with severity `warning`.
    Warn,
    /// A gate failed.
    Fail,
    /// No gate failed, but one could not be evaluated.
    Error,
}

/// The number of gates by verdict; a failing gate with a waiver is counted as waived only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

impl Counts {
    /// Returns the numbers with the names that they have in all formats.
    pub fn by_name(&self) -> [(&'static str, u64); 7] {
        let Self { pass, fail, inconclusive, not_applicable, no_baseline, error, waived } = *self;
        [
            ("pass", pass),
            ("fail", fail),
            ("inconclusive", inconclusive),
            ("not_applicable", not_applicable),
            ("no_baseline", no_baseline),
            ("error", error),
            ("waived", waived),
        ]
    }
}

impl Overall {
    /// Returns the name that the verdict has in all formats.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}
