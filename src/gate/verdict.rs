//! The verdict of a gate, and its effect on the merge.

use serde::{Deserialize, Serialize};

use crate::catalog::Severity;

/// The conclusion of one gate.
///
/// Verdicts are kept apart to the very end: a gate that could not be evaluated is not a gate that failed, and neither
/// is ever a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The evidence shows that the bound holds.
    Pass,
    /// The evidence shows that the bound is broken.
    Fail,
    /// The data are too few to decide; the report says how many would be enough.
    Inconclusive,
    /// The check is not defined for this subject; the report says why.
    NotApplicable,
    /// There is no baseline to compare with, and the config does not require one.
    NoBaseline,
    /// The gate could not be evaluated: a missing file, a missing column, an undefined metric.
    Error,
}

/// The effect of an inconclusive verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInconclusive {
    /// An inconclusive gate warns (the default): noise does not block, and is not hidden either.
    Warn,
    /// An inconclusive gate blocks.
    Fail,
    /// An inconclusive gate counts as passed.
    Pass,
}

/// The effect of a verdict and its severity on the merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The merge is blocked.
    Blocks,
    /// The merge is possible, and somebody should look at the gate.
    Warns,
    /// The gate would block or warn, and somebody accepts that until a day.
    Waived,
    /// The merge is not affected.
    None,
}

impl OnInconclusive {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Warn, Self::Fail, Self::Pass];
}

impl Verdict {
    /// Returns the effect of this verdict.
    ///
    /// An `error` blocks at any severity: a check that could not be evaluated has not passed.
    pub fn effect(self, severity: Severity, on_inconclusive: OnInconclusive) -> Effect {
        match (self, severity) {
            (Self::Error, _) => Effect::Blocks,
            (Self::Pass | Self::NotApplicable, _) | (_, Severity::Note) => Effect::None,
            (Self::NoBaseline, _) => Effect::Warns,
            (Self::Fail, Severity::Error) => Effect::Blocks,
            (Self::Fail, Severity::Warning) => Effect::Warns,
            (Self::Inconclusive, severity) => match (on_inconclusive, severity) {
                (OnInconclusive::Fail, Severity::Error) => Effect::Blocks,
                (OnInconclusive::Pass, _) => Effect::None,
                _ => Effect::Warns,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_blocks_whatever_its_severity() {
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            assert_eq!(Verdict::Error.effect(severity, OnInconclusive::Pass), Effect::Blocks);
        }
    }

    #[test]
    fn a_failing_warning_warns_and_a_failing_note_is_silent() {
        assert_eq!(Verdict::Fail.effect(Severity::Warning, OnInconclusive::Warn), Effect::Warns);
        assert_eq!(Verdict::Fail.effect(Severity::Note, OnInconclusive::Warn), Effect::None);
    }

    #[test]
    fn inconclusive_does_what_the_config_says() {
        let effect = |on| Verdict::Inconclusive.effect(Severity::Error, on);
        assert_eq!(effect(OnInconclusive::Warn), Effect::Warns);
        assert_eq!(effect(OnInconclusive::Fail), Effect::Blocks);
        assert_eq!(effect(OnInconclusive::Pass), Effect::None);
    }
}
