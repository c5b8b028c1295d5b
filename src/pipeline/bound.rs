//! A config beside the baseline that was found for it.

use std::sync::Arc;

use super::failure::Failure;
use super::find_baseline::{self, Sought};
use super::project::Project;
use super::request::{BaselineChoice, Request};
use super::session::Session;
use super::stored::Stored;
use super::{candidate, policies};
use crate::catalog::Catalog;
use crate::gate::Gates;
use crate::measurement::Tables;

/// The stored side that was found.
pub(super) enum FoundBaseline {
    Nothing,
    Sought(Box<Sought>),
    Given(Box<Stored>),
}

impl FoundBaseline {
    /// Searches for the baseline that is configured, or takes the given one.
    pub(super) fn of(project: &Project, against: BaselineChoice) -> Self {
        match against {
            BaselineChoice::Configured => {
                find_baseline::seek(project).map_or(Self::Nothing, |sought| Self::Sought(Box::new(sought)))
            }
            BaselineChoice::Given(stored) => Self::Given(stored),
        }
    }

    pub(super) fn stored(&self) -> Option<&Stored> {
        match self {
            Self::Nothing => None,
            Self::Sought(sought) => Some(&sought.stored),
            Self::Given(stored) => Some(stored),
        }
    }

    pub(super) fn sought(&self) -> Option<&Sought> {
        match self {
            Self::Sought(sought) => Some(sought),
            Self::Nothing | Self::Given(_) => None,
        }
    }
}

/// The gates of a config beside the baseline that was found for it.
pub(super) struct BoundConfig {
    pub(super) found: Arc<FoundBaseline>,
    pub(super) gates: Gates,
    /// True if every table could be opened: only then are all gates known that a name can mean.
    pub(super) is_complete: bool,
}

impl BoundConfig {
    /// Finds the baseline and binds the config.
    pub(super) fn of(
        project: &Project,
        catalog: &Catalog,
        request: &Request,
        against: BaselineChoice,
        session: &Session,
    ) -> Result<Self, Failure> {
        Self::beside(Arc::new(FoundBaseline::of(project, against)), project, catalog, request, session)
    }

    /// Binds the config beside a baseline that was found before.
    pub(super) fn beside(
        found: Arc<FoundBaseline>,
        project: &Project,
        catalog: &Catalog,
        request: &Request,
        session: &Session,
    ) -> Result<Self, Failure> {
        let mut tables = session.opened.clone();
        let gates = match found.stored() {
            Some(stored) => {
                let config = stored.beside(&mut tables, &project.config);
                if matches!(*found, FoundBaseline::Given(_)) {
                    candidate::compare_with_itself(&mut tables);
                }
                policies::bind(project, &config, catalog, &tables, request.now)
            }
            None => policies::bind(project, &project.config, catalog, &tables, request.now),
        };
        let gates = gates.map_err(|problems| project.refuse(problems))?;
        Ok(Self { found, gates, is_complete: tables.values().all(Result::is_ok) })
    }
}

impl BoundConfig {
    /// Returns the stored baseline, if one was found.
    pub(super) fn stored(&self) -> Option<&Stored> {
        self.found.stored()
    }

    /// Returns the tables that the config was bound to.
    pub(super) fn tables(&self, session: &Session, project: &Project) -> Tables {
        let mut tables = session.opened.clone();
        if let Some(stored) = self.stored() {
            let _ = stored.beside(&mut tables, &project.config);
        }
        tables
    }
}
