//! The files of a project: those of its work tree, or of one of its commits.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::bounded;
use crate::git::{Listing, ObjectKind, Repository, Unread};
use crate::readers::ReadLimits;

/// Folders of tools, which hold no files of DVC of the project.
const SKIPPED: [&str; 6] = [".git", ".dvc", "node_modules", "__pycache__", ".venv", "venv"];
/// The start of a file that stands for one in Git LFS.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The file that declares the pipeline.
pub(super) const PIPELINE: &str = "dvc.yaml";

/// The file of parameters that DVC reads without being told.
pub(super) const PARAMS: &str = "params.yaml";

/// All files of a project, by paths from the top of its repository.
pub(super) enum ProjectTree {
    /// The files on disk.
    WorkTree { top: PathBuf, limits: ReadLimits },
    /// The files of a commit.
    Commit { repository: Box<Repository>, commit: String, listing: Listing, limits: ReadLimits },
}

impl ProjectTree {
    /// Returns the tree of the commit that a revision names.
    ///
    /// # Errors
    ///
    /// There is no such commit, or this clone does not hold it.
    pub(super) fn at(repository: Repository, revision: &str, limits: &ReadLimits) -> Result<Self, String> {
        let named = repository.named(revision).map_err(|error| error.why())?;
        let commit = named.ok_or_else(|| {
            let shallow = if repository.is_shallow() { "; the clone is shallow, so fetch it first" } else { "" };
            format!("git knows no revision `{revision}` here{shallow}")
        })?;
        let listing = repository.listing(&commit).map_err(|error| error.why())?;
        let listing = listing.map_err(|why| format!("the files of `{revision}` cannot be listed: {why}"))?;
        Ok(Self::Commit { repository: Box::new(repository), commit, listing, limits: *limits })
    }

    /// Returns the commit.
    pub(super) fn commit(&self) -> Option<&str> {
        match self {
            Self::WorkTree { .. } => None,
            Self::Commit { commit, .. } => Some(commit),
        }
    }

    /// Returns the bytes of a file, or nothing where there is none.
    ///
    /// # Errors
    ///
    /// It is not a file of the project, is too large, or cannot be read.
    pub(super) fn bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        let wrong = |why: &dyn std::fmt::Display| format!("`{}`: {why}", path.display());
        let bytes = match self {
            Self::WorkTree { top, limits } => match on_disk(top, path, limits.bytes) {
                Ok(bytes) => bytes,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                Err(error) => return Err(wrong(&error)),
            },
            Self::Commit { repository, listing, limits, .. } => {
                let Some(entry) = listing.get(path) else { return Ok(None) };
                if entry.kind != ObjectKind::File {
                    return Err(wrong(&"it is a link or a submodule in this commit, and not a file"));
                }
                let whole = |mut from: std::process::ChildStdout| {
                    let mut bytes = Vec::new();
                    from.read_to_end(&mut bytes).map(|_| bytes)
                };
                repository.content(&entry.id, limits.bytes, whole).map_err(|error: Unread<io::Error>| match error {
                    Unread::Missing => wrong(&"this clone does not hold it; fetch it first"),
                    Unread::TooLarge => wrong(&format!("it is too large; limit: {} MiB", limits.bytes >> 20)),
                    Unread::Broken | Unread::Refused(_) => wrong(&"git cannot read it"),
                })?
            }
        };
        if bytes.starts_with(LFS) {
            return Err(wrong(&"it is a pointer of Git LFS and not the file"));
        }
        Ok(Some(bytes))
    }

    /// Returns the text of a file, or nothing where there is none.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::bytes`], and where the file is not UTF-8.
    pub(super) fn text(&self, path: &Path) -> Result<Option<String>, String> {
        self.bytes(path)?.map(|bytes| utf8(path, bytes)).transpose()
    }

    /// Returns the files whose names are wanted, sorted by their paths.
    ///
    /// # Errors
    ///
    /// A folder cannot be read, or there are too many files.
    pub(super) fn named(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, String> {
        let is_wanted = |path: &Path| path.file_name().is_some_and(|name| is_wanted(&name.to_string_lossy()));
        match self {
            Self::WorkTree { top, limits } => walk(top, Path::new(""), limits.files.saturating_mul(10), &is_wanted),
            Self::Commit { listing, .. } => Ok(listing.keys().filter(|path| is_wanted(path)).cloned().collect()),
        }
    }

    /// Returns the files in a folder and below it.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::named`].
    pub(super) fn below(&self, folder: &Path) -> Result<Vec<PathBuf>, String> {
        match self {
            Self::WorkTree { top, limits } if top.join(folder).is_dir() => walk(top, folder, limits.files, &|_| true),
            Self::WorkTree { .. } => Ok(Vec::new()),
            Self::Commit { listing, .. } => {
                let is_below = |path: &&PathBuf| path.starts_with(folder) && path.as_path() != folder;
                Ok(listing.keys().filter(is_below).cloned().collect())
            }
        }
    }
}

/// Returns the text of bytes of a file.
pub(super) fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        format!("`{}`: it is not UTF-8 from byte {} on", path.display(), error.utf8_error().valid_up_to())
    })
}

/// Reads a file of the work tree. DVC makes links to its cache, which may lie elsewhere: a link is followed within the work
/// tree, and to a file whose name is a digest.
fn on_disk(top: &Path, path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let found = top.join(path).canonicalize()?;
    let name = found.file_name().unwrap_or_default().to_string_lossy();
    let above = found.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let is_cached =
        name.len() == 30 && above.len() == 2 && format!("{above}{name}").bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_cached && !found.starts_with(top.canonicalize()?) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is a link that leads out of the repository"));
    }
    bounded::read(&found, most)
}

fn walk(top: &Path, from: &Path, most: usize, is_wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![from.to_owned()];
    let mut left = most;
    while let Some(folder) = open.pop() {
        let unreadable = |error: io::Error| format!("`{}` cannot be read: {error}", folder.display());
        for entry in fs::read_dir(top.join(&folder)).map_err(unreadable)? {
            left = left.checked_sub(1).ok_or_else(|| format!("the work tree has too many files; limit: {most}"))?;
            let entry = entry.map_err(unreadable)?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                if !SKIPPED.contains(&entry.file_name().to_string_lossy().as_ref()) {
                    open.push(path);
                }
            } else if is_wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}
