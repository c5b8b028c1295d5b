//! The surroundings of a read: a folder, and variables.

use std::path::{Path, PathBuf};

use url::Url;

/// The folder that relative paths start at, and the environment's variables.
pub struct ReadEnvironment<'a> {
    folder: &'a Path,
    variables: &'a dyn Fn(&str) -> Option<String>,
    /// True: the locator stands in a config, which a change may have written.
    is_of_config: bool,
    /// True: files may be taken from a remote that is a folder of this machine.
    fetches: bool,
}

impl<'a> ReadEnvironment<'a> {
    /// Makes an environment of a folder and a function that looks up a variable.
    pub fn new(folder: &'a Path, variables: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { folder, variables, is_of_config: false, fetches: false }
    }

    /// Returns the environment in which what a cache lacks is taken from remotes that are folders of this machine.
    #[must_use]
    pub fn fetching(self, fetches: bool) -> Self {
        Self { fetches, ..self }
    }

    /// Returns true if files may be taken from such remotes.
    pub(in crate::readers) fn fetches(&self) -> bool {
        self.fetches
    }

    /// Returns the environment for a locator of a config. A change may have written it, so credentials are sent to the
    /// servers that the environment itself names, and to no other.
    #[must_use]
    pub fn of_config(self) -> Self {
        Self { is_of_config: true, ..self }
    }

    /// Returns true if the environment's credentials may be sent to a server; `named_by` are the variables that name such
    /// servers.
    pub(in crate::readers) fn trusts(&self, server: &Url, named_by: &[&str]) -> bool {
        let named = |name: &&str| Url::parse(&self.variable(name)?).ok();
        !self.is_of_config || named_by.iter().filter_map(named).any(|known| known.origin() == server.origin())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_config_gets_credentials_for_the_servers_of_the_environment_alone() {
        let variable = |name: &str| (name == "MLFLOW_TRACKING_URI").then(|| "https://mlflow.corp/base".to_owned());
        let trusts = |environment: &ReadEnvironment<'_>, server: &str| {
            environment.trusts(&Url::parse(server).unwrap(), &["MLFLOW_TRACKING_URI"])
        };
        let typed = ReadEnvironment::new(Path::new("."), &variable);
        assert!(trusts(&typed, "https://elsewhere"));
        let written = ReadEnvironment::new(Path::new("."), &variable).of_config();
        assert!(trusts(&written, "https://mlflow.corp/other"));
        for server in ["https://elsewhere", "http://mlflow.corp", "https://mlflow.corp:8443"] {
            assert!(!trusts(&written, server), "{server}");
        }
    }
}
