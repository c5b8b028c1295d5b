//! The request to compare the demands of a change with those of the other side.

use super::project::Project;
use crate::catalog::Catalog;

/// The side that a command line names.
#[derive(Clone)]
pub(crate) enum NamedSide {
    /// A commit, and the config's path there if it differs.
    Commit(String, Option<String>),
    /// A config that is not part of the change.
    Given(Box<(Project, Catalog)>),
}

/// A request to compare the demands.
#[derive(Clone, Default)]
pub(crate) struct Guarding {
    /// The side that the command line names.
    pub(crate) against: Option<NamedSide>,
    /// True: the comparison is all that is wanted, so it is never left out.
    pub(crate) is_asked: bool,
    /// The change's own project, where the run is judged by another config.
    pub(crate) ours: Option<Box<(Project, Catalog)>>,
}

impl std::fmt::Debug for Guarding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guarding").field("is_asked", &self.is_asked).finish_non_exhaustive()
    }
}
