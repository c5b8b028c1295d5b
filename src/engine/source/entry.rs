//! Entries of a folder, by name and kind: data, and what must not be skipped silently.

use std::fs;
use std::io;
use std::path::Path;

use super::format::FileFormat;
use crate::engine::source::file::shown;
use crate::measurement::MeasureError;

/// Kind of an entry of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FolderEntry {
    /// A file, or a link to one.
    File,
    Folder,
    LinkToFolder,
    /// A link whose target does not exist.
    Dangling,
    /// A pipe, a socket or a device.
    Other,
}

impl FolderEntry {
    /// Returns the kind of the entry at a path.
    ///
    /// # Errors
    ///
    /// The entry cannot be accessed.
    pub(super) fn at(root: &Path, path: &Path) -> Result<Self, MeasureError> {
        let wrap = |error: &io::Error| unreadable(&shown(root, path), error);
        let itself = fs::symlink_metadata(path).map_err(|error| wrap(&error))?;
        if !itself.is_symlink() {
            return Ok(match itself.file_type() {
                kind if kind.is_dir() => Self::Folder,
                kind if kind.is_file() => Self::File,
                _ => Self::Other,
            });
        }
        match fs::metadata(path) {
            Ok(target) if target.is_dir() => Ok(Self::LinkToFolder),
            Ok(target) if target.is_file() => Ok(Self::File),
            Ok(_) => Ok(Self::Other),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(wrap(&error)),
            // The target does not exist, or links form a circle.
            Err(_) => Ok(Self::Dangling),
        }
    }

    /// Returns the reason why the entry cannot be read as a file.
    pub(super) fn refused(self, root: &Path, path: &Path) -> MeasureError {
        let name = shown(root, path);
        MeasureError(match self {
            Self::File => format!("`{name}` is not read"),
            Self::Folder => {
                format!("`{name}` is a folder, but a glob matches files; match those in it, as in \"{name}/*\"")
            }
            // The link could form a circle; and to skip it would be to read half of the table.
            Self::LinkToFolder => {
                format!("`{name}` is a link to a folder, which is not followed; name the folder itself")
            }
            Self::Dangling => format!("`{name}` is a link to a missing file"),
            Self::Other => format!("`{name}` is neither a file nor a folder"),
        })
    }
}

/// Returns true for names of files that writers leave beside the data: `_SUCCESS` and `.part.crc`, but not the folder
/// `_day=1`.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
}

/// Returns true for a path whose last component is hidden, UTF-8 or not.
pub(super) fn is_hidden_path(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_hidden(&name.to_string_lossy()))
}

/// Returns true for a file whose name ends in a known format.
pub(super) fn is_known(path: &Path) -> bool {
    path.file_name().is_some_and(|name| FileFormat::of(&name.to_string_lossy()).is_some())
}

/// Rejects a name that is not UTF-8, which other readers may read.
///
/// # Errors
///
/// The name is not UTF-8.
pub(super) fn refuse_bytes(root: &Path, path: &Path) -> Result<(), MeasureError> {
    let below = path.strip_prefix(root).unwrap_or(path);
    if below.to_str().is_some() {
        return Ok(());
    }
    Err(MeasureError(format!("the name of `{}` is not UTF-8; rename it", shown(root, path))))
}

/// Rejects the folder of a Delta table.
///
/// # Errors
///
/// The folder is one.
pub(super) fn refuse_delta(root: &Path, folder: &Path) -> Result<(), MeasureError> {
    if !folder.join("_delta_log").is_dir() {
        return Ok(());
    }
    Err(MeasureError(format!(
        "`{}` is a Delta table, whose files may hold deleted rows; export it to plain Parquet",
        shown(root, folder)
    )))
}

/// Returns the error for a file or folder that cannot be read.
pub(in crate::engine) fn unreadable(name: &str, error: &io::Error) -> MeasureError {
    MeasureError(format!("`{name}` cannot be read: {error}"))
}

/// The deepest nesting of folders; deeper nesting is a mistake or an attack.
pub(super) const DEEPEST: usize = 32;

/// Returns the parents of folders that stand for columns, such as `year=2024`: one of them may be a Delta table.
pub(super) fn around(folder: &Path) -> impl Iterator<Item = &Path> {
    let is_column = |folder: &&Path| folder.file_name().is_some_and(|name| name.to_string_lossy().contains('='));
    folder.ancestors().take_while(is_column).filter_map(Path::parent)
}
