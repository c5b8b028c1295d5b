//! The settings of the comment, and the exit code after posting.

use clap::ValueEnum;

use super::template;
use crate::cli::arguments::{Mode, PostArguments};
use crate::cli::exit::{NOT_POSTED, PASSED, WARNED};
use crate::config::CommentConfig;
use crate::pipeline::project::Project;
use crate::publish::marker::CommentMode;

/// Settings of the comment; the command line takes precedence over the config.
pub(in crate::cli) struct PostSettings {
    pub(in crate::cli) mode: CommentMode,
    /// The key of the comment.
    pub(in crate::cli) key: Option<String>,
    /// The template, or the reason it cannot be used.
    pub(in crate::cli) template: Option<Result<String, String>>,
}

impl PostSettings {
    pub(in crate::cli) fn of(arguments: &PostArguments, loaded: Option<&Project>) -> Self {
        let comment = loaded.map(|loaded| loaded.config.comment.clone()).unwrap_or_default();
        let mode = mode(arguments, &comment);
        let template = match (&arguments.template, loaded, comment.template) {
            (Some(path), ..) => Some(template::of_command(path)),
            (None, Some(loaded), Some(path)) => Some(template::of_config(&loaded.root, &path.value)),
            _ => None,
        };
        Self { mode, key: arguments.key.clone().or(comment.key.map(|key| key.value)), template }
    }
}

/// Returns the mode of writing the comment.
pub(in crate::cli) fn mode(arguments: &PostArguments, comment: &CommentConfig) -> CommentMode {
    let of_config = comment.mode.as_ref().and_then(|mode| Mode::from_str(&mode.value, false).ok());
    arguments.comment.or(of_config).unwrap_or(Mode::Update).into()
}

/// Returns the exit code after posting; the code of a blocking verdict is never replaced.
pub(in crate::cli) fn code(verdict: u8, posted: bool, arguments: &PostArguments) -> u8 {
    let is_harmless = matches!(verdict, PASSED | WARNED);
    if !posted && arguments.require_post && is_harmless { NOT_POSTED } else { verdict }
}
