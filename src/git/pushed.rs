//! Commits of a push: those that the other side does not have yet, and the files that they change.

use std::ffi::OsString;
use std::path::PathBuf;

use super::command;
use super::discover::{NoRepository, Repository};
use super::objects::is_id;

/// Branches of a remote that a change is usually made for.
const USUAL: [&str; 3] = ["HEAD", "main", "master"];

impl Repository {
    /// Returns the commit that an id or a full name leads to; a tag leads to the commit that it is of.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn commit_of(&self, name: &str) -> Result<Option<String>, NoRepository> {
        self.commit(name)
    }

    /// Returns true if `tip` has a commit that neither the remote's known branches nor `known` have.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error means that objects are missing.
    pub fn has_new_commits(
        &self,
        tip: &str,
        remote: &str,
        known: &[String],
    ) -> Result<Result<bool, String>, NoRepository> {
        let mut arguments = vec!["rev-list".to_owned(), "--max-count=1".to_owned(), tip.to_owned(), "--not".to_owned()];
        if !remote.is_empty() {
            arguments.push(format!("--remotes={remote}"));
        }
        arguments.extend(known.iter().filter(|id| is_id(id)).cloned());
        Ok(self.answer(&arguments)?.map(|found| !found.trim().is_empty()))
    }

    /// Returns the last commit that `tip` has in common with the usual branches of a remote; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn fork_point(&self, tip: &str, remote: &str) -> Result<Option<String>, NoRepository> {
        for name in USUAL {
            if let Some(other) = self.commit(&format!("refs/remotes/{remote}/{name}"))? {
                return self.common(tip, &other);
            }
        }
        Ok(None)
    }

    /// Returns the paths of files that differ between two commits, relative to the top.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error means that objects are missing.
    pub fn changed_between(&self, before: &str, after: &str) -> Result<Result<Vec<PathBuf>, String>, NoRepository> {
        let arguments = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", before, after];
        Ok(self.bytes(&arguments)?.map(|answer| command::parts(&answer).map(command::path).collect()))
    }

    /// Returns true if a commit is among the ancestors of another one.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn contains(&self, tip: &str, commit: &str) -> Result<bool, NoRepository> {
        Ok(self.common(tip, commit)?.as_deref() == Some(commit))
    }

    /// Returns the files of the work tree at a path and below that git does not track, in two lists: those that git
    /// ignores, and the others.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error is git's.
    #[expect(clippy::type_complexity, reason = "two lists, or one of two errors")]
    pub fn untracked_below(
        &self,
        path: &std::path::Path,
    ) -> Result<Result<(Vec<PathBuf>, Vec<PathBuf>), String>, NoRepository> {
        let listed = |ignored: bool| {
            let mut arguments: Vec<OsString> =
                ["ls-files", "-z", "--others", "--exclude-standard"].map(OsString::from).to_vec();
            if ignored {
                arguments.push("--ignored".into());
            }
            if !path.as_os_str().is_empty() {
                arguments.extend([OsString::from("--"), super::objects::slashed(path)]);
            }
            self.bytes(&arguments)
        };
        let paths = |answer: Vec<u8>| command::parts(&answer).map(command::path).collect();
        Ok(match (listed(true)?, listed(false)?) {
            (Ok(ignored), Ok(others)) => Ok((paths(ignored), paths(others))),
            (Err(why), _) | (_, Err(why)) => Err(why),
        })
    }
}
