//! LooseFiles that are not tables: a single file by its name, or all files of a folder.

use std::fs;
use std::path::Path;

use super::address::{is_scheme, without_secrets};
use super::entry::{FolderEntry, refuse_bytes};
use super::fetch_one;
use super::files::missing;
use super::format::Packing;
use crate::engine::source::entry::unreadable;
use crate::engine::source::file::{SourceFile, shown};
use crate::measurement::MeasureError;

/// The most files in a folder of a run.
const MOST_FILES: usize = 1_000;
/// The deepest nesting of folders: the name of a metric may have this many slashes.
const DEEPEST: usize = 8;

/// LooseFiles that a path stands for.
pub(in crate::engine) struct LooseFiles {
    /// The path, without secrets.
    pub(in crate::engine) shown: String,
    /// The files, in the order of their names.
    pub(in crate::engine) parts: Vec<SourceFile>,
    /// True if the path is a folder.
    pub(in crate::engine) is_folder: bool,
    /// The copy of a remote file, which is removed with this value.
    pub(in crate::engine) _copies: Option<super::copies::Copies>,
}

/// Finds the file at `path` relative to `root`, or all files of the folder there. A remote file may have at most `most`
/// bytes.
///
/// # Errors
///
/// There is no file, or it cannot be read.
pub(in crate::engine) async fn files_of(
    root: &Path,
    path: &str,
    named: &[String],
    most: u64,
) -> Result<LooseFiles, MeasureError> {
    if path.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme)) {
        let shown = without_secrets(path);
        let (part, copies) = fetch_one(path, packing_of(&shown), most).await?;
        return Ok(LooseFiles { shown, parts: vec![part], is_folder: false, _copies: Some(copies) });
    }
    let full = root.join(path);
    let mut parts = Vec::new();
    let is_folder = full.is_dir();
    if is_folder {
        walk(root, &full, 0, &mut parts)?;
        parts.sort_by(|left: &SourceFile, right| left.name.cmp(&right.name));
        if parts.is_empty() {
            return Err(MeasureError(format!("the folder `{path}` is empty")));
        }
    } else if full.is_file() {
        parts.push(SourceFile::new(full.clone(), shown(root, &full), packing_of(path)));
    } else if full.exists() {
        return Err(MeasureError(format!("`{path}` is neither a file nor a folder")));
    } else {
        return Err(MeasureError(missing(root, path, named)));
    }
    Ok(LooseFiles { shown: path.to_owned(), parts, is_folder, _copies: None })
}

fn packing_of(path: &str) -> Packing {
    match path.to_ascii_lowercase().rsplit_once('.') {
        Some((_, "gz")) => Packing::Gzip,
        Some((_, "zst")) => Packing::Zstd,
        _ => Packing::None,
    }
}

fn walk(root: &Path, folder: &Path, depth: usize, parts: &mut Vec<SourceFile>) -> Result<(), MeasureError> {
    let name = shown(root, folder);
    if depth > DEEPEST {
        return Err(MeasureError(format!("`{name}` is nested too deep; limit: {DEEPEST} folders")));
    }
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&name, &error))? {
        let entry = entry.map_err(|error| unreadable(&name, &error))?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let file = entry.path();
        let kind = FolderEntry::at(root, &file)?;
        refuse_bytes(root, &file)?;
        match kind {
            FolderEntry::Folder => walk(root, &file, depth + 1, parts)?,
            FolderEntry::File => {
                if parts.len() == MOST_FILES {
                    return Err(MeasureError(format!(
                        "`{name}` has too many files; limit: {MOST_FILES}; name a smaller folder"
                    )));
                }
                let name = shown(root, &file);
                parts.push(SourceFile::new(file, name, Packing::None));
            }
            FolderEntry::LinkToFolder | FolderEntry::Dangling | FolderEntry::Other => {
                return Err(kind.refused(root, &file));
            }
        }
    }
    Ok(())
}
