//! Git around a config, in the forms of reports and baselines.

use std::path::{Path, PathBuf};

use crate::baseline::Commit;
use crate::git::{NoRepository, Repository, Stamp, global_email, real};

/// The commit of a config's folder.
pub(crate) enum CheckedOut {
    /// The commit, and true if files of it were changed since.
    Commit(Stamp, bool),
    /// There is no repository, no git or no commit yet.
    Nothing,
    /// Git does not trust the repository, for this reason. Containers have many that belong to somebody else.
    Untrusted(String),
    /// The repository is an odd one, which is not asked, for this reason.
    Odd(String),
}

/// Returns the checked-out commit around `root`. `files` are those of the project that have to be part of the commit.
pub(crate) fn checked_out(root: &Path, files: &[PathBuf]) -> CheckedOut {
    match found(root) {
        Ok(Some((repository, stamp))) => {
            let is_changed = repository.is_dirty(None) || files.iter().any(|file| repository.is_untracked(file));
            CheckedOut::Commit(stamp, is_changed)
        }
        Ok(None) => match Repository::around(root) {
            Err(untrusted @ NoRepository::Untrusted) => CheckedOut::Untrusted(untrusted.why()),
            _ => CheckedOut::Nothing,
        },
        Err(why) => CheckedOut::Odd(why),
    }
}

/// Returns the checked-out commit of a folder, followed by the commits that it merges; empty if none is known.
pub(crate) fn tree(root: &Path) -> Vec<String> {
    let stamp = found(root).ok().flatten().map(|(_, stamp)| stamp);
    stamp.map(|stamp| std::iter::once(stamp.id).chain(stamp.merges).collect()).unwrap_or_default()
}

/// Returns the commit of a folder in the form that a baseline stores.
///
/// The file at `besides` does not make the commit dirty: a baseline is written after the commit that it describes.
pub(crate) fn commit(root: &Path, besides: Option<&Path>) -> Result<Option<Commit>, String> {
    let found = found(root)?;
    Ok(found.map(|(repository, Stamp { id, time, .. })| Commit { id, time, dirty: repository.is_dirty(besides) }))
}

fn found(root: &Path) -> Result<Option<(Repository, Stamp)>, String> {
    let repository = match Repository::around(root) {
        Ok(repository) => repository,
        Err(NoRepository::Absent | NoRepository::NoGit | NoRepository::Untrusted) => return Ok(None),
        Err(odd @ NoRepository::Odd(_)) => return Err(odd.why()),
    };
    let stamp = repository.stamp().map_err(|none| none.why())?;
    let stamp = stamp.filter(|stamp| chrono::DateTime::parse_from_rfc3339(&stamp.time).is_ok());
    Ok(stamp.map(|stamp| (repository, stamp)))
}

/// Returns the committer's email address.
pub(crate) fn email(root: &Path) -> Option<String> {
    match Repository::around(root) {
        Ok(repository) => repository.email(),
        Err(_) => global_email(&real(root).ok()?),
    }
}
