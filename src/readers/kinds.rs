//! The table of kinds: one line for each reader.

use super::source_kind::SourceKind;
use super::{
    dvc, dvclive, generic, huggingface, inspect, lm_eval, mlflow, pipelines, prometheus, promptfoo, tensorboard, wandb,
};

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
