//! The catalogue of checks: every page under `checks/`, and the pages of a user's own folder.
//!
//! A page is declaration, documentation and test at once, and being in the folder is all the registration there is. The
//! catalogue knows nothing of how anything is measured.

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
    CheckSpec, ColumnChange, Compare, Family, Judge, MeasureSpec, Param, ParamKind, Reads, Reduce, ValueChange,
};

pub use type_name::TYPES;

use crate::config::{Diagnostic, Span};

/// All pages of `checks/`: path and text.
pub const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// All known checks.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    checks: BTreeMap<(Family, String), CheckSpec>,
}

impl Catalog {
    /// The checks that mlgate brings along.
    ///
    /// # Errors
    ///
    /// A built-in page is wrong, with its path; a test keeps this from being released.
    pub fn built_in() -> Result<Self, (String, Vec<Diagnostic>)> {
        let mut catalog = Self::default();
        for (path, text) in PAGES {
            catalog.add(path, text).map_err(|problems| ((*path).to_owned(), problems))?;
        }
        Ok(catalog)
    }

    /// Adds a page.
    ///
    /// # Errors
    ///
    /// What is wrong with the page; a check that is there already is never replaced, so that a pull request cannot
    /// redefine `max_drop`.
    pub fn add(&mut self, path: &str, text: &str) -> Result<(), Vec<Diagnostic>> {
        let spec = parse(path, text)?;
        let key = (spec.family, spec.id.clone());
        if let Some(known) = self.checks.get(&key) {
            let message = format!("there is already a {} check `{}`, in {}", spec.family.name(), spec.id, known.path);
            return Err(vec![Diagnostic::new(message, Span { start: 0, end: 0 })]);
        }
        self.checks.insert(key, spec);
        Ok(())
    }

    /// The check of this family and id.
    pub fn get(&self, family: Family, id: &str) -> Option<&CheckSpec> {
        self.checks.get(&(family, id.to_owned()))
    }

    /// All checks of this id, of whatever family.
    pub fn named<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a CheckSpec> {
        self.all().filter(move |spec| spec.id == id)
    }

    /// All checks, by family and id.
    pub fn all(&self) -> impl Iterator<Item = &CheckSpec> {
        self.checks.values()
    }

    /// All checks of a family.
    pub fn family(&self, family: Family) -> impl Iterator<Item = &CheckSpec> {
        self.all().filter(move |spec| spec.family == family)
    }
}
