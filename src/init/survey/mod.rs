//! The files below a folder that a config could read: data, predictions and metrics, by their names and heads.
//!
//! A folder may be anything, so all of it is bounded: the entries that are looked at, the depth, and what is read of a
//! file. Links that lead out are not followed.

mod found_kind;
mod head;
mod pair;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use found_kind::FoundKind;
use head::Heads;
pub use pair::{Proposal, Proposals, proposals};

/// The most entries of folders that are looked at.
const MOST_ENTRIES: usize = 20_000;
/// The most files whose heads are read.
const MOST_HEADS: usize = 200;
/// The deepest folder.
const DEEPEST: usize = 8;
/// Fewer files than this are tables of their own, and not parts of one.
const FEWEST_PARTS: usize = 3;
/// Folders of other people's files, of environments, of builds and of tests.
const SKIPPED: [&str; 14] = [
    "node_modules",
    "venv",
    "env",
    "site-packages",
    "__pycache__",
    "target",
    "build",
    "dist",
    "tests",
    "fixtures",
    "mlruns",
    "wandb",
    "vendor",
    "third_party",
];

/// A file, or a folder of parts of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// The path below the folder that was searched, with slashes.
    pub path: String,
    /// The contents.
    pub kind: FoundKind,
    /// The names of the columns, or of the numbers.
    pub columns: Vec<String>,
    /// The size in bytes, of all parts.
    pub bytes: u64,
    /// The number of files.
    pub parts: usize,
}

/// The result of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The files, in the order of their paths.
    pub files: Vec<FoundFile>,
    /// True: there is more than was looked at.
    pub is_cut: bool,
}

/// Searches a folder and the folders below.
pub fn survey(root: &Path) -> Survey {
    let mut walk = Walk { root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()), ..Walk::default() };
    walk.folder(root, 0);
    let mut heads = Heads::default();
    let mut survey = Survey { is_cut: walk.is_cut, ..Survey::default() };
    walk.files.sort();
    // Files near the top come first: they are meant more often than those deep below.
    walk.files.sort_by_key(|path| path.components().count());
    if walk.files.len() > MOST_HEADS {
        survey.is_cut = true;
        walk.files.truncate(MOST_HEADS);
    }
    for path in walk.files {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let Some((kind, columns)) = heads.look(&path) else { continue };
        let bytes = fs::metadata(&path).map_or(0, |found| found.len());
        survey.files.push(FoundFile { path: name, kind, columns, bytes, parts: 1 });
    }
    survey.files = joined(survey.files);
    survey.files.sort_by(|one, other| one.path.cmp(&other.path));
    survey
}

#[derive(Default)]
struct Walk {
    root: PathBuf,
    files: Vec<PathBuf>,
    entries: usize,
    is_cut: bool,
}

impl Walk {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let Ok(read) = fs::read_dir(folder) else { return };
        if folder.join("pyvenv.cfg").exists() || folder.join("_delta_log").exists() {
            return;
        }
        let mut entries: Vec<PathBuf> =
            read.filter_map(|entry| Some(entry.ok()?.path())).take(MOST_ENTRIES + 1).collect();
        entries.sort();
        let mut folders = Vec::new();
        for path in entries {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                self.is_cut = true;
                return;
            }
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.starts_with('.') {
                continue;
            }
            let Ok(kind) = fs::symlink_metadata(&path) else { continue };
            if kind.is_dir() && !SKIPPED.contains(&name) {
                folders.push(path);
            } else if kind.is_file() && head::is_known(name) {
                self.files.push(path);
            } else if kind.is_symlink() && head::is_known(name) {
                let inside =
                    fs::canonicalize(&path).is_ok_and(|found| found.starts_with(&self.root) && found.is_file());
                if inside {
                    self.files.push(path);
                }
            }
        }
        if depth == DEEPEST {
            self.is_cut |= !folders.is_empty();
            return;
        }
        for path in folders {
            self.folder(&path, depth + 1);
        }
    }
}

/// Joins files of one folder that differ only by the digits of their names, and have the same columns, to one table.
fn joined(files: Vec<FoundFile>) -> Vec<FoundFile> {
    let mut groups: BTreeMap<(String, String, Vec<String>), Vec<FoundFile>> = BTreeMap::new();
    for file in files {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let shape: String = name.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        groups.entry((folder.to_owned(), shape, file.columns.clone())).or_default().push(file);
    }
    let mut joined = Vec::new();
    for ((folder, _, columns), files) in groups {
        let is_whole = !folder.is_empty() && files.len() >= FEWEST_PARTS && files[0].kind != FoundKind::Metrics;
        if is_whole {
            let bytes = files.iter().map(|file| file.bytes).sum();
            joined.push(FoundFile { path: folder, kind: files[0].kind, columns, bytes, parts: files.len() });
        } else {
            joined.extend(files);
        }
    }
    // A folder stands for all of its files, so it is a table only if nothing else in it is one.
    let others = joined.clone();
    joined.retain(|file| {
        let below = format!("{}/", file.path);
        file.parts == 1
            || !others.iter().any(|other| other.path.starts_with(&below) || (other.path == file.path && other != file))
    });
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_too_many_files_is_cut_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..MOST_ENTRIES {
            fs::write(folder.path().join(format!("{number}.txt")), "").expect("written");
        }
        assert!(!survey(folder.path()).is_cut);
        fs::write(folder.path().join("a.txt"), "").expect("written");
        assert!(survey(folder.path()).is_cut);
    }
}
