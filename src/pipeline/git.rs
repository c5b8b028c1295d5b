//! Git around a config, in the forms of reports and baselines.

use std::path::Path;

use crate::baseline::Commit;
use crate::git::{NoRepository, Repository, Stamp, global_email, real};

/// Returns the checked-out commit, or the reason an odd repository is not used.
///
/// A repository that somebody else owns is ignored: containers have many of them.
pub(crate) fn stamp(root: &Path) -> Result<Option<Stamp>, String> {
    Ok(checked_out(root)?.map(|(_, stamp)| stamp))
}

/// Returns the commit of a folder in the form that a baseline stores.
///
/// The file at `besides` does not make the commit dirty: a baseline is written after the commit that it describes.
pub(crate) fn commit(root: &Path, besides: Option<&Path>) -> Result<Option<Commit>, String> {
    let found = checked_out(root)?;
    Ok(found.map(|(repository, Stamp { id, time })| Commit { id, time, dirty: repository.is_dirty(besides) }))
}

fn checked_out(root: &Path) -> Result<Option<(Repository, Stamp)>, String> {
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
