//! The demands of a change beside those of the other side.

use serde::{Deserialize, Serialize};

use super::{Note, place::At};
use crate::config::OnLoosened;
use crate::gate::verdict::Effect;
use crate::guard::DemandChangeKind;

/// The comparison of a change's demands with those of the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardResult {
    /// The other side, such as `commit 0123456789ab`; `null` if nothing was compared.
    pub against: Option<String>,
    /// The effect of a loosened demand, by the other side's config.
    pub on_loosened: OnLoosened,
    /// The effect on the merge.
    pub effect: Effect,
    /// The differences, settings first.
    pub changes: Vec<GuardChange>,
    /// The reason nothing was compared, or what else has to be known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A difference between the demands of the two sides, or in what feeds the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardChange {
    /// The gate's id, or the key of a setting or note that concerns several gates.
    pub gate: String,
    /// The kind.
    pub kind: DemandChangeKind,
    /// The other side's demand.
    pub from: Option<String>,
    /// The change's demand.
    pub to: Option<String>,
    /// The place in the change's config, or in the other side's for what was removed.
    pub at: At,
    /// The reason for the kind.
    pub why: String,
    /// The effect on the merge.
    pub effect: Effect,
}

impl GuardResult {
    /// Returns true if the effect follows from the differences: it is no weaker than that of any of them.
    pub fn follows(&self) -> bool {
        let strongest = self.changes.iter().map(|change| change.effect).min().unwrap_or(Effect::None);
        self.effect <= strongest && self.effect != Effect::Waived && (self.effect != Effect::Blocks || self.blocks())
    }

    fn blocks(&self) -> bool {
        self.on_loosened == OnLoosened::Fail
    }

    /// Returns true if one of the differences is about what the note is about, with the note's effect or a stronger one.
    pub fn tells(&self, note: &Note) -> bool {
        self.changes.iter().any(|change| change.gate == note.id && change.effect <= note.effect)
    }
}
