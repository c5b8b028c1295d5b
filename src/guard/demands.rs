//! The demands of a config, and their changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::config::{Config, Span};
use crate::gate::Gate;
use crate::measurement::prediction_spec::PredictionSpec;

/// One side's demands.
#[derive(Debug, Clone, Copy)]
pub struct Demands<'a> {
    /// The config.
    pub config: &'a Config,
    /// The checks that the config can name.
    pub catalog: &'a Catalog,
    /// The bound gates with their waivers, those that compare with the reference among them.
    pub gates: &'a [Gate],
    /// The columns of each model's predictions.
    pub specs: &'a BTreeMap<String, PredictionSpec>,
    /// The names and digests of the policies.
    pub policies: &'a [String],
    /// The text of the comment's template.
    pub template: Option<&'a str>,
}

/// The kind of a difference between the demands of two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemandChangeKind {
    /// A gate of the other side is missing.
    Removed,
    /// The demand is easier to satisfy.
    Loosened,
    /// A failure is accepted until a day, or until a later one.
    Waived,
    /// The demand has another meaning: another label, another file, another definition.
    Changed,
    /// The demand is harder to satisfy.
    Tightened,
    /// The gate is new.
    Added,
}

impl DemandChangeKind {
    /// Returns true if the difference can let a worse change pass.
    pub fn weakens(self) -> bool {
        matches!(self, Self::Removed | Self::Loosened | Self::Waived | Self::Changed)
    }
}

/// A place in one of the two configs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemandPlace {
    /// A place in the change's config.
    Ours(Span),
    /// A place in the other side's config.
    Theirs(Span),
}

/// A difference between the demands of two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandChange {
    /// The gate's id, or the key of a setting that concerns several gates.
    pub gate: String,
    /// The kind.
    pub kind: DemandChangeKind,
    /// The other side's demand.
    pub from: Option<String>,
    /// The change's demand.
    pub to: Option<String>,
    /// The reason for the kind.
    pub why: String,
    /// The place in a config.
    pub place: DemandPlace,
}

/// One aspect in which two demands of a gate differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Aspect {
    pub(super) kind: DemandChangeKind,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) why: String,
}

impl Aspect {
    pub(super) fn new(
        kind: DemandChangeKind,
        from: impl Into<String>,
        to: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self { kind, from: from.into(), to: to.into(), why: why.into() }
    }
}
