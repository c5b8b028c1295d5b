//! The surroundings of a read: a folder, and variables.

use std::path::{Path, PathBuf};

/// The folder that relative paths start at, and the environment's variables.
pub struct ReadEnvironment<'a> {
    folder: &'a Path,
    variables: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> ReadEnvironment<'a> {
    /// Makes an environment of a folder and a function that looks up a variable.
    pub fn new(folder: &'a Path, variables: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { folder, variables }
    }

    /// Returns a variable that is set to a text that is not empty.
    pub(in crate::readers) fn variable(&self, name: &str) -> Option<String> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    /// Returns the home folder.
    pub(in crate::readers) fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(PathBuf::from)
    }

    /// Returns the path below the folder that relative paths start at.
    pub(in crate::readers) fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}
