//! Repositories inside repositories: a change can turn a folder into a submodule of its author's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::discover::{NoRepository, Repository};
use super::objects::{ObjectKind, TreeEntry, slashed};

/// The reason a repository is not the project's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strayed(pub String);

/// The commits that define a project's contents, or the reason the repository is not used.
type Commits = Result<Vec<String>, Strayed>;

impl Repository {
    /// Refuses a repository whose files the repository around it tracks.
    pub(super) fn is_not_part_of_above(&self) -> Result<(), NoRepository> {
        let Some((above, at)) = self.around_it() else { return Ok(()) };
        if above.tracks_below(&at)? {
            return Err(NoRepository::Odd(format!(
                "the commits of the folder `{}` are not read: it is a repository of its own, but the one around it, \
                 `{}`, has files in it",
                self.top.display(),
                above.top.display()
            )));
        }
        Ok(())
    }

    /// Refuses a repository at a place where the project contained something else before the change.
    ///
    /// `commits` returns the commits of an outer repository that define the project's contents.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error is the reason for the refusal.
    pub fn is_the_projects(
        &self,
        commits: &dyn Fn(&Self) -> Result<Commits, NoRepository>,
    ) -> Result<Result<(), Strayed>, NoRepository> {
        let mut inner = self;
        while let Some((above, at)) = inner.around_it() {
            let commits = match commits(above)? {
                Ok(commits) => commits,
                // An outer repository without this submodule is unrelated.
                Err(_) if !above.has_submodule(&at)? => Vec::new(),
                Err(why) => return Ok(Err(why)),
            };
            for commit in &commits {
                if let Err(why) = above.agrees(commit, &at)? {
                    return Ok(Err(why));
                }
            }
            inner = above;
        }
        Ok(Ok(()))
    }

    /// Returns the repository whose work tree contains this one, and this one's place there; linked work trees of one
    /// repository are skipped.
    fn around_it(&self) -> Option<(&Self, PathBuf)> {
        let mut above = self.above.as_deref()?;
        while above.common_dir == self.common_dir {
            above = above.above.as_deref()?;
        }
        let at = self.top.strip_prefix(&above.top).ok()?;
        Some((above, at.to_owned()))
    }

    /// Returns an error unless a commit contained this submodule, with this address, or nothing at its place.
    fn agrees(&self, commit: &str, at: &Path) -> Result<Result<(), Strayed>, NoRepository> {
        let short = commit.get(..12).unwrap_or(commit);
        let place = format!("`{}` of `{}`", at.display(), self.top.display());
        let refused = |why: String| Ok(Err(Strayed(why)));
        match self.entry(commit, at)? {
            Ok(None) => {}
            Ok(Some(TreeEntry { kind: ObjectKind::Submodule, .. })) => {
                let head = self.head()?.unwrap_or_default();
                if self.address(commit, at)? != self.address(&head, at)? {
                    return refused(format!(
                        "{place} is a submodule with another address than in commit {short}, so its branches are not the \
                         project's"
                    ));
                }
            }
            Ok(Some(_)) => {
                return refused(format!(
                    "{place} is a submodule, but was not in commit {short}, so its branches are not the project's"
                ));
            }
            Err(why) => return refused(format!("{place} cannot be looked up in commit {short}: {why}")),
        }
        Ok(Ok(()))
    }

    /// Returns the address of the submodule at a place, from `.gitmodules` of a commit.
    fn address(&self, commit: &str, at: &Path) -> Result<Option<String>, NoRepository> {
        let blob = format!("{commit}:.gitmodules");
        let listed =
            self.answer(&["config", "--null", "--blob", &blob, "--get-regexp", r"^submodule\..*\.(path|url)$"])?;
        let Ok(listed) = listed else { return Ok(None) };
        let pairs: Vec<(&str, &str)> = listed.split('\0').filter_map(|pair| pair.split_once('\n')).collect();
        let path = slashed(at);
        let name = pairs
            .iter()
            .rev()
            .find_map(|(key, value)| key.strip_suffix(".path").filter(|_| path == *value.trim_end_matches('/')));
        let url = name.map(|name| format!("{name}.url"));
        Ok(pairs.iter().rev().find(|(key, _)| Some(*key) == url.as_deref()).map(|(_, value)| (*value).to_owned()))
    }

    /// Returns true if the index has a submodule at this place.
    fn has_submodule(&self, at: &Path) -> Result<bool, NoRepository> {
        let staged = self.staged(at)?;
        Ok(staged.split('\0').any(|entry| entry.starts_with("160000 ")))
    }

    /// Returns true if the index has a file at this place or below.
    fn tracks_below(&self, at: &Path) -> Result<bool, NoRepository> {
        let staged = self.staged(at)?;
        Ok(staged.split('\0').any(|entry| !entry.is_empty() && !entry.starts_with("160000 ")))
    }

    fn staged(&self, at: &Path) -> Result<String, NoRepository> {
        let arguments: [OsString; 5] = ["ls-files".into(), "-z".into(), "--stage".into(), "--".into(), slashed(at)];
        self.answer(&arguments)?.map_err(|why| {
            NoRepository::Odd(format!("the files of the folder `{}` are not read: {why}", self.top.display()))
        })
    }
}
