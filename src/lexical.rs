//! Paths without `.` and `..`.

use std::path::{Component, Path, PathBuf};

/// Resolves `.` and `..` by the words of a path, without looking at files: links are not followed.
pub(crate) fn lexical(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                resolved.pop();
            }
            part => resolved.push(part),
        }
    }
    resolved
}
