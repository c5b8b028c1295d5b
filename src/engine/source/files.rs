//! The files on disk that a path stands for: a file, a folder with all its folders, or a glob.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::format::{ENDINGS, Format, Packing};
use super::hive;
use super::part::{Part, shown};
use crate::gate::measurement::MeasureError;

/// Folders within folders; deeper is a mistake, or malice.
const DEEPEST: usize = 32;

/// The files that `path`, relative to `root`, stands for, in the order of their names.
///
/// # Errors
///
/// There is no such file, or a folder cannot be read.
pub(super) fn find(root: &Path, path: &str) -> Result<Vec<(Format, Part)>, MeasureError> {
    let full = root.join(path);
    let (base, files) = if full.is_dir() {
        let mut files = Vec::new();
        walk(root, &full, 0, &mut files)?;
        files.sort();
        (full, files)
    } else if full.exists() {
        if !full.is_file() {
            return Err(MeasureError(format!("`{path}` is neither a file nor a folder")));
        }
        (full.clone(), vec![full])
    } else if path.contains(['*', '?', '[']) {
        (literal(&full), matches(root, &full, path)?)
    } else {
        return Err(MeasureError(missing(&full, path)));
    };
    files.into_iter().map(|file| part(root, &base, file)).collect()
}

fn part(root: &Path, base: &Path, file: PathBuf) -> Result<(Format, Part), MeasureError> {
    let name = shown(root, &file);
    let (format, packing) = known(&file).ok_or_else(|| unknown(&name))?;
    let size = fs::metadata(&file).map_err(|error| unreadable(&name, &error))?.len();
    if size == 0 {
        return Err(MeasureError(format!("`{name}` is empty (0 bytes)")));
    }
    let mut part = Part::new(file, name, packing);
    let (inside, base) = (plain(&part.file), plain(base));
    let folders = inside.parent().and_then(|folder| folder.strip_prefix(base).ok());
    part.folders = hive::columns(folders.into_iter().flat_map(Path::components).filter_map(|folder| match folder {
        Component::Normal(name) => name.to_str(),
        _ => None,
    }));
    Ok((format, part))
}

/// A path without `.`, which a glob's matches do not have.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// What is wrong with a file whose name has no known ending.
pub(super) fn unknown(name: &str) -> MeasureError {
    MeasureError(format!("the format of `{name}` is not known; the name must end in {ENDINGS}"))
}

fn known(file: &Path) -> Option<(Format, Packing)> {
    Format::of(file.file_name()?.to_str()?)
}

fn walk(root: &Path, folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), MeasureError> {
    let name = shown(root, folder);
    if depth > DEEPEST {
        return Err(MeasureError(format!("`{name}` lies more than {DEEPEST} folders deep")));
    }
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&name, &error))? {
        let entry = entry.map_err(|error| unreadable(&name, &error))?;
        let path = entry.path();
        if entry.file_name() == "_delta_log" {
            return Err(MeasureError(format!(
                "`{name}` is a Delta table, whose files may hold rows that were deleted since; export it to plain Parquet"
            )));
        }
        // Writers leave files such as `_SUCCESS` and `.part.crc` beside the data.
        if starts_hidden(&path) {
            continue;
        }
        let kind = entry.file_type().map_err(|error| unreadable(&shown(root, &path), &error))?;
        if kind.is_dir() {
            walk(root, &path, depth + 1, files)?;
        } else if path.is_dir() {
            // It could lead round in a circle; and to leave it out would be to read half of the table.
            return Err(MeasureError(format!(
                "`{}` is a link to a folder, and these are not followed; name the folder itself",
                shown(root, &path)
            )));
        } else if path.is_file() && known(&path).is_some() {
            files.push(path);
        } else if kind.is_symlink() && known(&path).is_some() {
            return Err(MeasureError(format!("`{}` is a link to a file that is not there", shown(root, &path))));
        }
    }
    Ok(())
}

fn starts_hidden(file: &Path) -> bool {
    file.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with(['.', '_']))
}

/// The folders of a glob that stand before its first sign.
fn literal(pattern: &Path) -> PathBuf {
    let is_plain = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    pattern.components().take_while(is_plain).collect()
}

fn matches(root: &Path, full: &Path, path: &str) -> Result<Vec<PathBuf>, MeasureError> {
    let pattern = full.to_str().ok_or_else(|| MeasureError(format!("`{path}` is not UTF-8")))?;
    let found = glob::glob(pattern).map_err(|error| MeasureError(format!("`{path}` is not a glob: {error}")))?;
    // A glob that begins so asks for these files.
    let asks_for_hidden = starts_hidden(full);
    let mut files = Vec::new();
    for file in found {
        let file = file.map_err(|error| unreadable(&shown(root, error.path()), error.error()))?;
        if file.is_file() && (asks_for_hidden || !starts_hidden(&file)) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(MeasureError(format!("no file matches `{path}`")));
    }
    files.sort();
    Ok(files)
}

pub(super) fn missing(full: &Path, path: &str) -> String {
    let folder = full.parent().filter(|folder| folder.is_dir());
    let names: Vec<String> = folder
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let wanted = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match crate::config::did_you_mean(wanted, names.iter().map(String::as_str)) {
        Some(name) => format!("there is no file `{path}`; did you mean `{name}` in the same folder?"),
        None if folder.is_none() => format!("there is no file `{path}`: its folder does not exist"),
        None => format!("there is no file `{path}`"),
    }
}

/// Why a file or folder cannot be read.
pub(in crate::engine) fn unreadable(name: &str, error: &io::Error) -> MeasureError {
    MeasureError(format!("`{name}` cannot be read: {error}"))
}
