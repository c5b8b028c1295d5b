//! What lies in a folder, by its name and its kind: which of it is data, and what may not be passed over in silence.

use std::fs;
use std::io;
use std::path::Path;

use super::files::unreadable;
use super::format::Format;
use super::part::shown;
use crate::gate::measurement::MeasureError;

/// The kind of something in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file, or a link to one.
    File,
    Folder,
    LinkToFolder,
    /// A link to something that is not there.
    Dangling,
    /// A pipe, a socket or a device.
    Other,
}

impl Entry {
    /// Returns the kind of what lies at a path.
    ///
    /// # Errors
    ///
    /// Nobody may look at it.
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
            // Nothing is there, or links lead round in a circle.
            Err(_) => Ok(Self::Dangling),
        }
    }

    /// Returns why this cannot be read as a file.
    pub(super) fn refused(self, root: &Path, path: &Path) -> MeasureError {
        let name = shown(root, path);
        MeasureError(match self {
            Self::File => format!("`{name}` is not read"),
            Self::Folder => {
                format!("`{name}` is a folder, but a glob matches files; match those in it, as in \"{name}/*\"")
            }
            // It could lead round in a circle; and to leave it out would be to read half of the table.
            Self::LinkToFolder => {
                format!("`{name}` is a link to a folder, which is not followed; name the folder itself")
            }
            Self::Dangling => format!("`{name}` is a link to a missing file"),
            Self::Other => format!("`{name}` is neither a file nor a folder"),
        })
    }
}

/// Whether writers leave files of such a name beside the data: `_SUCCESS` and `.part.crc`, but not the folder `_day=1`.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
}

/// Whether a file is hidden, whatever bytes its name is made of.
pub(super) fn is_hidden_path(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_hidden(&name.to_string_lossy()))
}

/// Whether the name of a file says that it is read.
pub(super) fn is_known(path: &Path) -> bool {
    path.file_name().is_some_and(|name| Format::of(&name.to_string_lossy()).is_some())
}

/// Refuses a name that is no text, which other readers may read.
///
/// # Errors
///
/// It is not UTF-8.
pub(super) fn refuse_bytes(root: &Path, path: &Path) -> Result<(), MeasureError> {
    let below = path.strip_prefix(root).unwrap_or(path);
    if below.to_str().is_some() {
        return Ok(());
    }
    Err(MeasureError(format!("the name of `{}` is not UTF-8; rename it", shown(root, path))))
}

/// Refuses a folder of a Delta table.
///
/// # Errors
///
/// It is one.
pub(super) fn refuse_delta(root: &Path, folder: &Path) -> Result<(), MeasureError> {
    if !folder.join("_delta_log").is_dir() {
        return Ok(());
    }
    Err(MeasureError(format!(
        "`{}` is a Delta table, whose files may hold deleted rows; export it to plain Parquet",
        shown(root, folder)
    )))
}
