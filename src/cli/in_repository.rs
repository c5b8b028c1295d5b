//! Paths from the top of the repository, by which comments and annotations know a file.

use std::env;
use std::path::{Path, PathBuf};

use super::target::real;
use crate::ci;
use crate::git;
use crate::pipeline::environment::variable;
use crate::publish::annotation::inside;

/// Returns a path from the top of the repository, with slashes; `None` if the path is not below the top.
///
/// A runner may keep its workspace behind a link, and a config may be named through another one, so both sides are
/// compared without links. The last part of the path is as it is named: a link to a file is a file of its own.
pub(super) fn in_repository(path: &str) -> Option<String> {
    let folder = env::current_dir().unwrap_or_default();
    let top = variable("GITHUB_WORKSPACE").map_or_else(|| folder.clone(), PathBuf::from);
    let path = folder.join(path);
    let name = path.file_name()?;
    let parent = plain(&path.parent().map(real)?);
    inside(&parent.join(name), &plain(&real(&top)))
}

/// Returns a path in the form that git uses, which has no prefix on Windows.
fn plain(path: &Path) -> PathBuf {
    git::real(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns a path from the top of the repository, with slashes, on a CI and on a laptop; `None` if the path is not below
/// the top.
pub(super) fn from_top(path: &str) -> Option<String> {
    if variable("GITHUB_WORKSPACE").is_some() {
        return in_repository(path);
    }
    let path = env::current_dir().unwrap_or_default().join(path);
    let name = path.file_name()?;
    let parent = plain(&path.parent().map(real)?);
    // The checkout of a CI, and the repository that the file is in, which may have none.
    let named = ci::folders(&variable).map(PathBuf::from);
    let tops = named.chain(git::top_of(&parent)).chain(env::current_dir().ok());
    tops.map(|top| plain(&real(&top))).find_map(|top| inside(&parent.join(name), &top))
}
