//! Files that match a glob.
//!
//! The crate `glob` matches names, not paths: it skips names that are not UTF-8, and whatever is not a file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use glob::Pattern;

use super::entry::{FolderEntry, is_hidden, is_hidden_path, is_known, refuse_bytes, refuse_delta};
use crate::engine::source::entry::{DEEPEST, unreadable};
use crate::engine::source::file::shown;
use crate::measurement::MeasureError;

/// The special characters of a glob.
pub(super) const SIGNS: [char; 3] = ['*', '?', '['];

/// A component of a glob.
enum GlobPart {
    /// A name without special characters.
    Name(PathBuf),
    Pattern(Pattern),
    /// `**`: any number of folders.
    Anywhere,
}

/// A parsed glob.
struct Glob<'a> {
    root: &'a Path,
    steps: Vec<GlobPart>,
    /// True for a glob whose last component is hidden, which therefore matches hidden files.
    asks_for_hidden: bool,
    found: BTreeSet<PathBuf>,
}

/// Returns the leading folders of a glob without special characters.
pub(super) fn literal(pattern: &Path) -> PathBuf {
    let is_plain = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(SIGNS);
    pattern.components().take_while(is_plain).collect()
}

/// Returns the files that match a glob, in the order of their names.
///
/// # Errors
///
/// The glob is invalid, matches no file, or matches an entry that is not a file and must not be skipped.
pub(super) fn matches(root: &Path, full: &Path, path: &str) -> Result<Vec<PathBuf>, MeasureError> {
    let base = literal(full);
    let mut steps = Vec::new();
    for component in full.components().skip(base.components().count()) {
        let text = component.as_os_str().to_str().ok_or_else(|| MeasureError(format!("`{path}` is not UTF-8")))?;
        steps.push(match text {
            "**" => GlobPart::Anywhere,
            text if text.contains(SIGNS) => {
                let pattern = Pattern::new(text);
                GlobPart::Pattern(pattern.map_err(|error| MeasureError(format!("`{path}` is not a glob: {error}")))?)
            }
            text => GlobPart::Name(text.into()),
        });
    }
    let asks_for_hidden = full.file_name().is_some_and(|name| is_hidden(&name.to_string_lossy()));
    let mut glob = Glob { root, steps, asks_for_hidden, found: BTreeSet::new() };
    if base.is_dir() {
        glob.descend(&base, 0, 0)?;
    }
    if glob.found.is_empty() {
        return Err(MeasureError(format!("no file matches `{path}`")));
    }
    let folders: BTreeSet<&Path> = glob
        .found
        .iter()
        .flat_map(|file| file.ancestors().skip(1).take_while(|folder| folder.starts_with(&base)))
        .collect();
    folders
        .into_iter()
        .chain(crate::engine::source::entry::around(&base))
        .try_for_each(|folder| refuse_delta(root, folder))?;
    Ok(glob.found.into_iter().collect())
}

impl Glob<'_> {
    fn descend(&mut self, folder: &Path, step: usize, depth: usize) -> Result<(), MeasureError> {
        if depth > DEEPEST {
            let name = shown(self.root, folder);
            return Err(MeasureError(format!("`{name}` is nested too deep; limit: {DEEPEST} folders")));
        }
        let is_last = step + 1 == self.steps.len();
        match &self.steps[step] {
            GlobPart::Name(name) => {
                let path = folder.join(name);
                match FolderEntry::at(self.root, &path) {
                    _ if fs::symlink_metadata(&path).is_err() => Ok(()),
                    Ok(FolderEntry::Folder | FolderEntry::LinkToFolder) if !is_last => {
                        self.descend(&path, step + 1, depth + 1)
                    }
                    Ok(entry) if is_last => self.take(path, entry, step),
                    Ok(_) => Ok(()),
                    Err(error) => Err(error),
                }
            }
            GlobPart::Pattern(pattern) => {
                let pattern = pattern.clone();
                for path in self.inside(folder)? {
                    if !path.file_name().is_some_and(|name| pattern.matches(&name.to_string_lossy())) {
                        continue;
                    }
                    let entry = FolderEntry::at(self.root, &path)?;
                    if is_last {
                        self.take(path, entry, step)?;
                        continue;
                    }
                    match entry {
                        FolderEntry::Folder => self.descend(&path, step + 1, depth + 1)?,
                        FolderEntry::LinkToFolder | FolderEntry::Dangling if !is_hidden_path(&path) => {
                            return Err(entry.refused(self.root, &path));
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            GlobPart::Anywhere => {
                if !is_last {
                    self.descend(folder, step + 1, depth)?;
                }
                for path in self.inside(folder)? {
                    let entry = FolderEntry::at(self.root, &path)?;
                    match entry {
                        FolderEntry::Folder => self.descend(&path, step, depth + 1)?,
                        FolderEntry::LinkToFolder if !is_hidden_path(&path) => {
                            return Err(entry.refused(self.root, &path));
                        }
                        // The link may lead to a folder with matching files.
                        FolderEntry::Dangling if !is_hidden_path(&path) && path.extension().is_none() => {
                            return Err(entry.refused(self.root, &path));
                        }
                        _ if is_last && is_known(&path) => self.take(path, entry, step)?,
                        _ => {}
                    }
                }
                Ok(())
            }
        }
    }

    /// Adds a path that the whole glob matches.
    fn take(&mut self, path: PathBuf, entry: FolderEntry, step: usize) -> Result<(), MeasureError> {
        if !self.asks_for_hidden && is_hidden_path(&path) {
            return Ok(());
        }
        // The files in the folder are matched separately.
        let is_looked_into = matches!(step.checked_sub(1).map(|before| &self.steps[before]), Some(GlobPart::Anywhere));
        match entry {
            FolderEntry::Folder if is_looked_into => return Ok(()),
            FolderEntry::File => {}
            other => return Err(other.refused(self.root, &path)),
        }
        refuse_bytes(self.root, &path)?;
        self.found.insert(path);
        Ok(())
    }

    fn inside(&self, folder: &Path) -> Result<Vec<PathBuf>, MeasureError> {
        let wrap = |error| unreadable(&shown(self.root, folder), &error);
        fs::read_dir(folder).map_err(wrap)?.map(|entry| entry.map(|entry| entry.path()).map_err(wrap)).collect()
    }
}
