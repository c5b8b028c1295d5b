//! Commits and files, read by id.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use super::command;
use super::discover::{NoRepository, Repository};

/// The commit of a reference, or `None` if nothing has that name.
pub type NamedObject = Option<String>;

/// An entry at a path of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The entry's kind.
    pub kind: ObjectKind,
    /// The entry's id.
    pub id: String,
}

impl TreeEntry {
    /// Parses an entry as `git ls-tree -z` writes it, and its path from the top.
    pub(super) fn parse(entry: &[u8]) -> Option<(PathBuf, Self)> {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let mut facts = std::str::from_utf8(&entry[..tab]).ok()?.split(' ');
        let kind = match facts.next()? {
            "120000" => ObjectKind::Link,
            "160000" => ObjectKind::Submodule,
            "040000" => ObjectKind::Folder,
            _ => ObjectKind::File,
        };
        let id = facts.nth(1).filter(|id| is_id(id))?.to_owned();
        Some((command::path(&entry[tab + 1..]), Self { kind, id }))
    }
}

/// The kinds of entries of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// A submodule: the commit of another repository.
    Submodule,
}

/// The reason a file's contents could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread<E> {
    /// The clone does not contain the file.
    Missing,
    /// The file is larger than the limit.
    TooLarge,
    /// Git failed.
    Broken,
    /// The reader refused the contents.
    Refused(E),
}

impl Repository {
    /// Returns git's output, or its error message, for this repository.
    pub(super) fn answer<A: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: &[A],
    ) -> Result<Result<String, String>, NoRepository> {
        Ok(command::answer(&self.top, arguments)?)
    }

    /// Returns git's output as bytes, for lists of paths, or its error message.
    pub(super) fn bytes<A: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: &[A],
    ) -> Result<Result<Vec<u8>, String>, NoRepository> {
        Ok(command::bytes(command::git(&self.top, &[])?.args(arguments))?)
    }

    /// Returns the checked-out commit.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn head(&self) -> Result<Option<String>, NoRepository> {
        self.commit("HEAD")
    }

    /// Returns the commit of a full name.
    pub(super) fn commit(&self, name: &str) -> Result<Option<String>, NoRepository> {
        // Before version 2.30, rev-parse has no end-of-options marker.
        if name.starts_with('-') {
            return Ok(None);
        }
        let found = self.answer(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        Ok(found.ok().map(|id| id.trim_end().to_owned()).filter(|id| is_id(id)))
    }

    /// Returns the commit of a config's reference. Branches precede tags: otherwise, anybody who may push a tag could
    /// replace a branch of the same name.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn named(&self, reference: &str) -> Result<NamedObject, NoRepository> {
        let at = reference.find(['~', '^']).unwrap_or(reference.len());
        let (name, suffix) = reference.split_at(at);
        // A full id is always the commit of that id, even if a reference has the same name.
        if !is_id(name) && name != "HEAD" && !name.starts_with("refs/") {
            let of_origin = name.strip_prefix("origin/").map(|_| format!("refs/remotes/{name}"));
            let branches = [of_origin, Some(format!("refs/heads/{name}")), Some(format!("refs/remotes/origin/{name}"))];
            for branch in branches.into_iter().flatten() {
                if self.commit(&branch)?.is_some() {
                    return self.commit(&format!("{branch}{suffix}"));
                }
            }
        }
        self.commit(reference)
    }

    /// Returns true if a commit is an ancestor of the checked-out one; `None` if this clone cannot determine that.
    pub fn is_ancestor(&self, commit: &str) -> Option<bool> {
        self.precedes(commit, "HEAD")
    }

    /// Returns true if the commit `later` follows another one that the change starts from, and the checked-out one contains
    /// it; false as well if this clone cannot determine that.
    pub fn is_between(&self, earlier: &str, later: &str) -> bool {
        let is_after = earlier != later && is_id(later) && self.precedes(earlier, later) == Some(true);
        is_after && self.is_ancestor(later) == Some(true)
    }

    fn precedes(&self, commit: &str, later: &str) -> Option<bool> {
        if !is_id(commit) {
            return None;
        }
        let mut git = command::git(&self.top, &[]).ok()?;
        git.args(["merge-base", "--is-ancestor", commit, later]).stdout(Stdio::null()).stderr(Stdio::null());
        match git.status().ok()?.code() {
            Some(0) => Some(true),
            Some(1) => Some(false),
            _ => None,
        }
    }

    /// Returns the committer's email address.
    pub fn email(&self) -> Option<String> {
        let answer = self.answer(&["config", "--get", "user.email"]).ok()?.ok()?;
        Some(answer.trim().to_owned()).filter(|email| !email.is_empty())
    }

    /// Returns a path of the config's folder, relative to the top of the repository in `commit`; `None` if it leads
    /// outside.
    ///
    /// If the folder was a folder in that commit and is a link today, the folder of that commit is used.
    ///
    /// # Errors
    ///
    /// Git cannot be started, or objects of the commit are missing.
    pub fn path_in(&self, commit: &str, path: &str) -> Result<Result<Option<PathBuf>, String>, NoRepository> {
        let mut folder = &self.folder;
        if self.named != self.folder {
            match self.entry(commit, &self.named)? {
                Ok(Some(TreeEntry { kind: ObjectKind::Folder, .. })) => folder = &self.named,
                Ok(_) => {}
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(inside(folder, path)))
    }

    /// Returns the entry at a path of a commit, relative to the top.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error means that objects of the commit are missing.
    pub fn entry(&self, commit: &str, path: &Path) -> Result<Result<Option<TreeEntry>, String>, NoRepository> {
        if path.as_os_str().is_empty() {
            return Ok(Ok(Some(TreeEntry { kind: ObjectKind::Folder, id: commit.to_owned() })));
        }
        let arguments: [OsString; 6] =
            ["ls-tree".into(), "-z".into(), "--full-tree".into(), commit.into(), "--".into(), slashed(path)];
        Ok(self.bytes(&arguments)?.map(|answer| Some(TreeEntry::parse(command::parts(&answer).next()?)?.1)))
    }

    /// Returns the id of the file at a path in the index, relative to the top, if git tracks that file.
    pub fn tracked(&self, path: &Path) -> Option<String> {
        let arguments: [OsString; 5] = ["ls-files".into(), "-z".into(), "--stage".into(), "--".into(), slashed(path)];
        let answer = self.answer(&arguments).ok()?.ok()?;
        let mut entries = answer.split('\0').filter(|entry| !entry.is_empty());
        let (facts, at) = entries.next()?.split_once('\t')?;
        let mut facts = facts.split(' ');
        let is_file = facts.next()?.starts_with("100");
        let id = facts.next().filter(|id| is_id(id))?;
        (is_file && entries.next().is_none() && Path::new(at) == path).then(|| id.to_owned())
    }

    /// Reads a file's contents by id, at most `most` bytes.
    ///
    /// # Errors
    ///
    /// The file is missing, is larger, or cannot be read.
    pub fn content<E>(
        &self,
        id: &str,
        most: u64,
        read: impl FnOnce(ChildStdout) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, Unread<E>> {
        let size = self.answer(&["cat-file", "-s", id]).ok().and_then(Result::ok).ok_or(Unread::Missing)?;
        if size.trim_end().parse::<u64>().map_err(|_| Unread::Broken)? > most {
            return Err(Unread::TooLarge);
        }
        let mut git = command::git(&self.top, &[]).map_err(|_| Unread::Broken)?;
        git.args(["cat-file", "blob", id]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = git.spawn().map_err(|_| Unread::Broken)?;
        let bytes = child.stdout.take().map(read);
        // Git ends by itself: its output was read to the end, or its pipe is closed.
        let ended = child.wait().is_ok_and(|status| status.success());
        match bytes {
            Some(Ok(bytes)) if ended => Ok(bytes),
            Some(Err(why)) => Err(Unread::Refused(why)),
            _ => Err(Unread::Broken),
        }
    }

    /// Reads a small text by id.
    pub(super) fn small(&self, id: &str) -> Option<Vec<u8>> {
        const SMALL: u64 = 1 << 20;
        let whole = |mut from: ChildStdout| {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).map(|_| bytes)
        };
        self.content(id, SMALL, whole).ok()
    }
}

/// Returns true if a text is a full id of SHA-1 or SHA-256.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns a path with slashes, as git writes it.
pub(super) fn slashed(path: &Path) -> OsString {
    let mut text = OsString::new();
    for part in path.components() {
        if !text.is_empty() {
            text.push("/");
        }
        text.push(part);
    }
    text
}

/// Joins a path to a folder of the repository; `None` if it leads out of the repository.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut inside = folder.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => inside.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !inside.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_does_not_lead_out() {
        assert_eq!(inside(Path::new("a/b"), "../c/./d.json"), Some(PathBuf::from("a/c/d.json")));
        assert_eq!(inside(Path::new("a"), "../../d.json"), None);
        assert_eq!(inside(Path::new(""), "/etc/passwd"), None);
    }
}
