//! A config and the folder that its paths start from.

use std::path::PathBuf;

use super::failure::Failure;
use crate::catalog::Catalog;
use crate::config::{BaselineSource, Config, Diagnostic};
use crate::gate::bind::bind;
use crate::measurement::Tables;

/// A config and where it lies.
#[derive(Clone)]
pub(crate) struct Project {
    /// Its path as messages show it.
    pub(crate) name: String,
    /// Its folder, from which all paths in it are taken.
    pub(crate) root: PathBuf,
    pub(crate) text: String,
    pub(crate) config: Config,
    /// The stored baseline that the command line names, from the working directory.
    pub(crate) baseline: Option<PathBuf>,
    /// The place of a stored baseline that the command line names, where it is no path.
    pub(crate) source: Option<BaselineSource>,
}

impl Project {
    /// Refuses the config for these problems, each of which is shown with its line.
    pub(crate) fn refuse(&self, problems: Vec<Diagnostic>) -> Failure {
        Failure::Text { name: self.name.clone(), text: self.text.clone(), problems }
    }

    /// Completes the problems of a config that could not be read whole with those of binding it, so that all are told at once.
    pub(crate) fn problems(config: &Config, mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
        // What a line demands can be wrong, too, whatever else is: without a table, nothing is said of columns.
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
