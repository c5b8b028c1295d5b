//! Search for and reading of the config and the user's own checks.

use std::path::PathBuf;

use super::failure::Failure;
use crate::catalog::Catalog;
use crate::config::{BaselineSource, Config, Diagnostic};
use crate::gate::bind::bind;
use crate::measurement::Tables;

/// A config and its place.
#[derive(Clone)]
pub(crate) struct Project {
    /// The config's path as messages show it.
    pub(crate) name: String,
    /// The config's folder, to which all its paths are relative.
    pub(crate) root: PathBuf,
    pub(crate) text: String,
    pub(crate) config: Config,
    /// The path of the stored baseline that the command line names, relative to the working directory.
    pub(crate) baseline: Option<PathBuf>,
    /// The source of the stored baseline that the command line names, if it is no path.
    pub(crate) source: Option<BaselineSource>,
}

impl Project {
    /// Refuses the config for these problems, each of which is shown with its line.
    pub(crate) fn refuse(&self, problems: Vec<Diagnostic>) -> Failure {
        Failure::Text { name: self.name.clone(), text: self.text.clone(), problems }
    }

    /// Completes the problems of a config that could not be read whole with those of binding it, so that all are told at once.
    pub(crate) fn problems(config: &Config, mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
        // Limits can be wrong, too; without tables, binding reports only problems that do not depend on columns.
        let catalog = Catalog::built_in().unwrap_or_default();
        if config.checks.is_none()
            && let Err(more) = bind(config, &catalog, &Tables::new(), 0)
        {
            problems.extend(more.into_iter().filter(|problem| problem.span.end > 0));
        }
        problems.sort_by_key(|problem| problem.span.start);
        problems.dedup();
        problems
    }
}
