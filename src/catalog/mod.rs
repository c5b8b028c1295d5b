//! The catalogue of checks: every page under `checks/`, and the pages of a user's own folder.
//!
//! A page is declaration, documentation and test at once; no other registration is needed. The catalogue is independent
//! of measurement.

mod page;
mod schema;
pub mod severity;
mod spec;
pub(crate) mod type_name;

use std::collections::BTreeMap;

pub use page::{COMMON, parse};
pub use schema::config_schema;
pub use severity::Severity;
pub use spec::{
    CheckSpec, ColumnChange, Compare, Family, Judging, MeasureSpec, Param, ParamKind, Reduce, ValueChange, WHERE,
};

pub use type_name::TYPES;

use crate::config::{Diagnostic, Span};
use crate::digest::sha256;

/// All pages of `checks/` as pairs of path and text.
pub const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// All known checks.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    checks: BTreeMap<(Family, String), CheckSpec>,
    /// The paths of pages that are not built in, each with the digest of its text.
    own: Vec<(String, String)>,
}

impl Catalog {
    /// Returns the catalogue of the built-in checks.
    ///
    /// # Errors
    ///
    /// A built-in page is invalid; its path and problems. A test ensures that no release has such a page.
    pub fn built_in() -> Result<Self, (String, Vec<Diagnostic>)> {
        let mut catalog = Self::default();
        for (path, text) in PAGES {
            catalog.insert(path, text).map_err(|problems| ((*path).to_owned(), problems))?;
        }
        Ok(catalog)
    }

    /// Adds a page.
    ///
    /// # Errors
    ///
    /// Every problem of the page. An existing check is never replaced, so that a pull request cannot redefine
    /// `max_drop`.
    pub fn add(&mut self, path: &str, text: &str) -> Result<(), Vec<Diagnostic>> {
        self.insert(path, text)?;
        self.own.push((path.to_owned(), sha256(text.as_bytes()).unwrap_or_default()));
        Ok(())
    }

    /// Returns the paths of a user's own pages, each with the digest of its text.
    pub fn own_pages(&self) -> &[(String, String)] {
        &self.own
    }

    fn insert(&mut self, path: &str, text: &str) -> Result<(), Vec<Diagnostic>> {
        let spec = parse(path, text)?;
        let key = (spec.family, spec.id.clone());
        if let Some(known) = self.checks.get(&key) {
            let message = format!("there is already a {} check `{}`, in {}", spec.family.name(), spec.id, known.path);
            return Err(vec![Diagnostic::new(message, Span { start: 0, end: 0 })]);
        }
        self.checks.insert(key, spec);
        Ok(())
    }

    /// Returns the check of this family and id.
    pub fn get(&self, family: Family, id: &str) -> Option<&CheckSpec> {
        self.checks.get(&(family, id.to_owned()))
    }

    /// Returns all checks of this id, of any family.
    pub fn named<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a CheckSpec> {
        self.all().filter(move |spec| spec.id == id)
    }

    /// Returns all checks, sorted by family and id.
    pub fn all(&self) -> impl Iterator<Item = &CheckSpec> {
        self.checks.values()
    }

    /// Returns all checks of a family.
    pub fn family(&self, family: Family) -> impl Iterator<Item = &CheckSpec> {
        self.all().filter(move |spec| spec.family == family)
    }
}
