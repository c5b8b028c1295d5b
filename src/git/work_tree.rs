//! The checked-out commit, and the differences of the work tree from it.
//!
//! To compare a file, git first runs the clean filter that `.gitattributes` names, and the change controls
//! `.gitattributes`. Therefore all filters are disabled by name. A file that differs only because of its filter is in
//! most cases a pointer of Git LFS, which can be checked without the filter; any other counts as changed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use super::command;
use super::discover::{NoRepository, Repository, has_git, real};
use super::objects::slashed;
use crate::digest::sha256;

/// A commit and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The commit's id.
    pub id: String,
    /// The time of the commit, in RFC 3339.
    pub time: String,
    /// The parents of a merge commit; empty for any other.
    pub merges: Vec<String>,
}

impl Repository {
    /// Returns the checked-out commit, or `None` if there is no commit yet.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn stamp(&self) -> Result<Option<Stamp>, NoRepository> {
        let Some(id) = self.head()? else { return Ok(None) };
        let answer = self.answer(&["rev-list", "--max-count=1", "--format=%cI", &id])?;
        let merges = self.merged_in(&id)?;
        Ok(answer.ok().and_then(|answer| Some(Stamp { time: answer.lines().nth(1)?.trim().to_owned(), id, merges })))
    }

    /// Returns the parents of a merge commit from its own text: a shallow clone pretends that there are none.
    fn merged_in(&self, id: &str) -> Result<Vec<String>, NoRepository> {
        let text = self.answer(&["cat-file", "commit", id])?.unwrap_or_default();
        let header = text.lines().take_while(|line| !line.is_empty());
        let parents: Vec<String> = header.filter_map(|line| line.strip_prefix("parent ")).map(str::to_owned).collect();
        Ok(if parents.len() > 1 { parents } else { Vec::new() })
    }

    /// Returns true if git tracks none of the files at a path. An unknown state counts as true.
    pub fn is_untracked(&self, path: &Path) -> bool {
        let found = real(path).ok().and_then(|path| path.strip_prefix(&self.top).ok().map(Path::to_owned));
        let Some(inside) = found else { return false };
        let arguments: [OsString; 5] =
            ["ls-files".into(), "-z".into(), "--cached".into(), "--".into(), slashed(&inside)];
        !matches!(self.answer(&arguments), Ok(Ok(listed)) if !listed.is_empty())
    }

    /// Returns true if tracked files differ from the commit, except for the file at `besides`. An unknown state counts
    /// as a difference.
    pub fn is_dirty(&self, besides: Option<&Path>) -> bool {
        let besides = besides.and_then(|file| real(file).ok());
        self.changed(besides.as_deref()).unwrap_or(true)
    }

    fn changed(&self, besides: Option<&Path>) -> Option<bool> {
        let drivers = self.drivers()?;
        let mut settings = Vec::with_capacity(3 * drivers.len());
        for driver in &drivers {
            let of = |what: &str| OsString::from(format!("filter.{driver}.{what}"));
            settings.extend([of("clean="), of("process="), of("required=false")]);
        }
        // Submodules are checked below: git would run them with their own settings.
        let status = ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=dirty"];
        let listed = command::answer_with(&self.top, &settings, &status).ok()?.ok()?;
        for entry in listed.split('\0').filter(|entry| !entry.is_empty()) {
            // Each path follows two letters and a blank.
            let (letters, path) = (entry.get(..2)?, entry.get(3..)?);
            let at = self.top.join(path);
            let is_besides = besides.is_some() && real(&at).ok().as_deref() == besides;
            let is_pointer = || letters == " M" && drivers.contains("lfs") && self.is_pointed_at(path);
            if !is_besides && !is_pointer() {
                return Some(true);
            }
        }
        let staged = self.answer(&["ls-files", "-z", "-v", "--stage"]).ok()?.ok()?;
        if self.has_unseen_change(&staged, besides) {
            return Some(true);
        }
        // A letter precedes each entry.
        let modules =
            staged.split('\0').filter(|entry| entry.get(2..).is_some_and(|entry| entry.starts_with("160000 ")));
        for path in modules.filter_map(|entry| entry.split_once('\t')).map(|(_, path)| path) {
            let top = self.top.join(path);
            if has_git(&top) {
                let top = real(&top).ok()?;
                if Self::at(&top).ok()?.changed(besides)? {
                    return Some(true);
                }
            }
        }
        Some(false)
    }

    /// Returns the names of all filters in the repository's and the user's configuration; `None` if one cannot be
    /// disabled.
    fn drivers(&self) -> Option<BTreeSet<String>> {
        let listed = self.answer(&["config", "--null", "--name-only", "--get-regexp", r"^filter\."]).ok()?;
        // Without a filter, git fails with an empty message.
        let listed = listed.or_else(|why| if why.is_empty() { Ok(String::new()) } else { Err(why) }).ok()?;
        let mut drivers = BTreeSet::new();
        for key in listed.split('\0').filter(|key| !key.is_empty()) {
            let Some((driver, _)) = key.strip_prefix("filter.").and_then(|rest| rest.rsplit_once('.')) else {
                continue;
            };
            // `-c filter.a=b.clean=` would set another key.
            if driver.contains(['=', '\n']) {
                return None;
            }
            drivers.insert(driver.to_owned());
        }
        Some(drivers)
    }

    /// Returns true if a file that git does not look at, by `update-index --assume-unchanged` or `--skip-worktree`, has other
    /// contents than the index. A missing file is that of a sparse checkout.
    fn has_unseen_change(&self, staged: &str, besides: Option<&Path>) -> bool {
        let unseen = staged.split('\0').filter_map(|entry| {
            let (facts, path) = entry.split_once('\t')?;
            let mut facts = facts.split(' ');
            let is_unseen = facts.next().is_some_and(|tag| tag == "S" || tag.starts_with(char::is_lowercase));
            let (mode, id) = (facts.next()?, facts.next()?);
            (is_unseen && mode != "160000").then_some((path, id))
        });
        unseen.into_iter().any(|(path, id)| {
            let at = self.top.join(path);
            if at.symlink_metadata().is_err() || (besides.is_some() && real(&at).ok().as_deref() == besides) {
                return false;
            }
            let committed = self.content(id, u64::MAX, |out| sha256(out).map(String::into_bytes)).ok();
            let is_same = match at.read_link() {
                Ok(to) => committed == sha256(slashed(&to).as_encoded_bytes()).ok().map(String::into_bytes),
                // A pipe would be waited for.
                Err(_) if !at.is_file() => false,
                Err(_) => {
                    committed.is_some() && committed == File::open(&at).and_then(sha256).ok().map(String::into_bytes)
                }
            };
            !is_same && !self.is_pointed_at(path)
        })
    }

    /// Returns true if the index has a pointer of Git LFS at a path, and the file has the contents that it names.
    fn is_pointed_at(&self, path: &str) -> bool {
        let pointer = self.tracked(Path::new(path)).and_then(|id| self.small(&id));
        let Some(pointer) = pointer.and_then(|bytes| String::from_utf8(bytes).ok()) else { return false };
        if !pointer.starts_with("version https://git-lfs.github.com/spec/") {
            return false;
        }
        let Some(oid) = pointer.lines().find_map(|line| line.strip_prefix("oid ")) else { return false };
        File::open(self.top.join(path)).and_then(sha256).is_ok_and(|digest| digest == oid)
    }
}
