//! Paths that may be globs.

use std::path::PathBuf;

/// Returns true if a path is a glob.
pub(in crate::cli) fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Returns true if one of the paths is a glob.
pub(in crate::cli) fn is_glob_of(paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| is_glob(&path.display().to_string()))
}
