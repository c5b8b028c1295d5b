//! Files on disk that a path stands for: a file, a folder with all its subfolders, or a glob.

use super::entry::{DEEPEST, around, unreadable};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::entry::{FolderEntry, is_hidden_path, is_known, refuse_bytes, refuse_delta};
use super::format::{ENDINGS, FileFormat, Packing};
use super::globbed::{SIGNS, literal, matches};
use super::hive;
use crate::engine::source::file::{SourceFile, shown};
use crate::measurement::MeasureError;

/// Returns the files that `path`, relative to `root`, stands for, in the order of their names; `named` are all paths of
/// the config.
///
/// # Errors
///
/// There is no such file, or a folder cannot be read.
pub(super) fn find(root: &Path, path: &str, named: &[String]) -> Result<Vec<(FileFormat, SourceFile)>, MeasureError> {
    let full = root.join(path);
    let (base, files) = if full.is_dir() {
        let mut files = Vec::new();
        around(&full).try_for_each(|folder| refuse_delta(root, folder))?;
        walk(root, &full, 0, &mut files)?;
        files.sort();
        (full, files)
    } else if full.exists() {
        if !full.is_file() {
            return Err(MeasureError(format!("`{path}` is neither a file nor a folder")));
        }
        (full.clone(), vec![full])
    } else if path.contains(SIGNS) {
        (literal(&full), matches(root, &full, path)?)
    } else {
        return Err(MeasureError(missing(root, path, named)));
    };
    files.into_iter().map(|file| part(root, &base, file)).collect()
}

fn part(root: &Path, base: &Path, file: PathBuf) -> Result<(FileFormat, SourceFile), MeasureError> {
    let name = shown(root, &file);
    let (format, packing) = known(&file).ok_or_else(|| unknown(&name))?;
    let size = fs::metadata(&file).map_err(|error| unreadable(&name, &error))?.len();
    if size == 0 {
        return Err(MeasureError(format!("`{name}` is empty (0 bytes)")));
    }
    let mut part = SourceFile::new(file, name, packing);
    let (inside, base) = (plain(&part.file), plain(base));
    let folders = inside.parent().and_then(|folder| folder.strip_prefix(base).ok());
    part.folders = hive::columns(folders.into_iter().flat_map(Path::components).filter_map(|folder| match folder {
        Component::Normal(name) => name.to_str(),
        _ => None,
    }));
    Ok((format, part))
}

/// Returns a path without `.` components, which a glob's matches do not have.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// Returns the error for a file whose name has no known ending.
pub(super) fn unknown(name: &str) -> MeasureError {
    MeasureError(format!("the format of `{name}` is not known; the name must end in {ENDINGS}"))
}

fn known(file: &Path) -> Option<(FileFormat, Packing)> {
    FileFormat::of(file.file_name()?.to_str()?)
}

/// Collects the files of known formats in a folder and its subfolders.
fn walk(root: &Path, folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), MeasureError> {
    let name = shown(root, folder);
    if depth > DEEPEST {
        return Err(MeasureError(format!("`{name}` is nested too deep; limit: {DEEPEST} folders")));
    }
    refuse_delta(root, folder)?;
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&name, &error))? {
        let path = entry.map_err(|error| unreadable(&name, &error))?.path();
        if is_hidden_path(&path) {
            continue;
        }
        let entry = FolderEntry::at(root, &path)?;
        refuse_bytes(root, &path)?;
        match entry {
            FolderEntry::Folder => walk(root, &path, depth + 1, files)?,
            FolderEntry::File if is_known(&path) => files.push(path),
            FolderEntry::File => {}
            FolderEntry::LinkToFolder => return Err(entry.refused(root, &path)),
            // A link without an ending may lead to a folder.
            FolderEntry::Dangling if is_known(&path) || path.extension().is_none() => {
                return Err(entry.refused(root, &path));
            }
            FolderEntry::Other if is_known(&path) => return Err(entry.refused(root, &path)),
            FolderEntry::Dangling | FolderEntry::Other => {}
        }
    }
    Ok(())
}

/// Describes a path without a file, and suggests a file that may be meant. Files that the config names elsewhere are
/// not suggested, or the two sides of a comparison would become the same file.
pub(super) fn missing(root: &Path, path: &str, named: &[String]) -> String {
    let full = root.join(path);
    let taken: Vec<PathBuf> = named.iter().map(|other| plain(&root.join(other))).collect();
    let folder = full.parent().filter(|folder| folder.is_dir());
    let names: Vec<String> = folder
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let is_taken = taken.contains(&plain(&entry.path()));
            entry.file_name().into_string().ok().filter(|_| !is_taken)
        })
        .collect();
    let wanted = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match crate::config::did_you_mean(wanted, names.iter().map(String::as_str)) {
        Some(name) => format!("there is no file `{path}`; did you mean `{name}` in the same folder?"),
        None if folder.is_none() => format!("there is no file `{path}`: its folder does not exist"),
        None => format!("there is no file `{path}`"),
    }
}
