//! The table of kinds: one line for each reader.

use super::{
    FoundPath, ReadError, RunSnapshot, SourceRequest, dvc, dvclive, generic, huggingface, inspect, lm_eval, mlflow,
    pipelines, prometheus, promptfoo, tensorboard, wandb,
};

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
    &inspect::INSPECT,
    &lm_eval::LM_EVAL,
    &promptfoo::PROMPTFOO,
    &huggingface::HUGGING_FACE,
    &dvclive::DVCLIVE,
    &pipelines::KFP,
    &pipelines::SAGEMAKER,
    &pipelines::VERTEX,
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
