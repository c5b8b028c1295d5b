//! The table of kinds: one line for each reader.

use super::{FoundPath, ReadError, RunSnapshot, SourceRequest, dvc, generic, mlflow, prometheus, tensorboard, wandb};

/// A kind of source.
pub(in crate::readers) struct SourceKind {
    /// The word before the colon of a locator, and the snapshot's `kind`.
    pub(in crate::readers) name: &'static str,
    /// A description for messages.
    pub(in crate::readers) about: &'static str,
    /// Recognises a path by its content; false for kinds that are addresses.
    pub(in crate::readers) recognise: fn(&FoundPath) -> bool,
    /// Reads the source.
    pub(in crate::readers) read: fn(&SourceRequest<'_>) -> Result<RunSnapshot, ReadError>,
}

/// All kinds. The first that recognises a path reads it, so the particular stand before the general.
pub(in crate::readers) const KINDS: &[&SourceKind] = &[
    &dvc::KIND,
    &mlflow::KIND,
    &wandb::KIND,
    &tensorboard::KIND,
    &prometheus::KIND,
    &generic::LINES,
    &generic::JSON,
    &generic::YAML,
    &generic::TOML,
    &generic::TABLE,
    &generic::FOLDER,
];
