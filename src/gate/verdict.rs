//! What a gate concluded, and what that conclusion does to the merge.

use serde::{Deserialize, Serialize};

use crate::catalog::Severity;

/// The conclusion of one gate.
///
/// They are kept apart to the very end: a gate that could not be evaluated is not a gate that failed, and neither
/// is ever a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The evidence shows that the bound holds.
    Pass,
    /// The evidence shows that the bound is broken.
    Fail,
    /// The data are too few to tell; the report says how many would do.
    Inconclusive,
    /// The gate has no meaning here; the report says why.
    NotApplicable,
    /// There is no baseline to compare with, and the config does not require one.
    NoBaseline,
    /// The gate could not be evaluated: a missing file, a lost column, an undefined metric.
    Error,
}

/// What an inconclusive gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInconclusive {
    /// It warns, the default: noise does not block, and is not hidden either.
    Warn,
    /// It blocks.
    Fail,
    /// It counts as passed.
    Pass,
}

/// What the verdict of a gate, together with its severity, does to the merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The merge is stopped.
    Blocks,
    /// The merge may go on; somebody should look.
    Warns,
    /// It would stop the merge or warn, and somebody has accepted that until a day.
    Waived,
    /// Nothing to see.
    None,
}

impl OnInconclusive {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Warn, Self::Fail, Self::Pass];
}

impl Verdict {
    /// The effect of this verdict.
    ///
    /// An `error` blocks whatever the severity: a check that could not be evaluated has not been passed.
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
