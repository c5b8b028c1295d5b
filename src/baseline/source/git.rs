//! Committed baselines, read from git's object store whatever is checked out.
//!
//! References and paths come from a config that may be hostile: [`crate::config::BaselineSource`] accepts only names,
//! and no options.

use std::path::Path;

use super::{Found, Lost, MOST_BYTES, limited, too_large};
use crate::config::BaselineSource;
use crate::git::{NoBase, NoRepository, ObjectKind, Repository, Strayed, Target, TreeEntry, Unread};

/// The advice for a shallow clone.
const SHALLOW: &str = "this clone is shallow: fetch the whole history, with `fetch-depth: 0` of actions/checkout, the \
                       variable `GIT_DEPTH: 0` in GitLab, or `git fetch --unshallow`";

/// Returns the file `path` of the commit that `reference` names, both relative to `folder`.
///
/// `target` is the target branch of the change, if the CI system names it, for [`BaselineSource::MERGE_BASE`].
///
/// # Errors
///
/// There is no such commit or file, which a change can bring about; or that is unknown, or the file cannot be read.
pub fn committed(folder: &Path, reference: &str, path: &str, target: &Target) -> Result<Found, Lost> {
    let (repository, commit) = resolve(folder, reference, target)?;
    let bytes = content(&repository, &commit, path)?;
    let short = commit.get(..12).unwrap_or(&commit);
    Ok(Found { bytes, version: Some(format!("commit {short}")) })
}

/// Returns the repository around `folder` and the commit that `reference` names in it.
///
/// # Errors
///
/// There is no such commit, or git cannot be trusted with the question.
pub fn resolve(folder: &Path, reference: &str, target: &Target) -> Result<(Repository, String), Lost> {
    let repository = Repository::around(folder).map_err(|none| match none {
        NoRepository::Absent | NoRepository::NoGit => Lost::Missing(none.why()),
        NoRepository::Untrusted | NoRepository::Odd(_) => Lost::Refused(none.why()),
    })?;
    let failed = |none: NoRepository| Lost::Refused(none.why());
    let commit = commit(&repository, reference, target)?;
    let strayed = |why: Strayed| Lost::Refused(why.0);
    repository.is_the_projects(&|above| known(above, reference, target)).map_err(failed)?.map_err(strayed)?;
    Ok((repository, commit))
}

/// Returns the contents of the file `path` of a commit, relative to the folder of the repository.
///
/// # Errors
///
/// The commit has no such file, or it cannot be read.
pub fn content(repository: &Repository, commit: &str, path: &str) -> Result<Vec<u8>, Lost> {
    let failed = |none: NoRepository| Lost::Refused(none.why());
    let short = commit.get(..12).unwrap_or(commit).to_owned();
    let lacks = |why: &str| Lost::Refused(format!("this clone does not hold `{path}` of commit {short}: {why}"));
    let leaves = || Lost::Refused(format!("`{path}` is outside the repository"));
    let at = repository.path_in(commit, path).map_err(failed)?.map_err(|why| lacks(&why))?.ok_or_else(leaves)?;
    let entry = repository.entry(commit, &at).map_err(failed)?.map_err(|why| lacks(&why))?;
    let is_a = |kind: &str| Lost::Refused(format!("`{path}` is a {kind} in commit {short} and not a file"));
    let id = match entry {
        Some(TreeEntry { kind: ObjectKind::File, id }) => id,
        Some(TreeEntry { kind: ObjectKind::Folder, .. }) => return Err(is_a("tree")),
        Some(TreeEntry { kind: ObjectKind::Link, .. }) => return Err(is_a("link")),
        Some(TreeEntry { kind: ObjectKind::Submodule, .. }) => return Err(is_a("submodule")),
        None => return Err(Lost::Missing(format!("commit {short} has no file `{}`", at.display()))),
    };
    repository.content(&id, MOST_BYTES, limited).map_err(|why| {
        Lost::Refused(match why {
            Unread::Missing => {
                format!("this clone does not hold `{path}` of commit {short}; clone without `--filter`")
            }
            Unread::TooLarge => too_large(),
            Unread::Broken => "git cannot read it; `git fsck` shows what is broken".to_owned(),
            Unread::Refused(why) => why,
        })
    })
}

/// Returns the commit of a reference.
fn commit(repository: &Repository, reference: &str, target: &Target) -> Result<String, Lost> {
    let failed = |none: NoRepository| Lost::Refused(none.why());
    if reference != BaselineSource::MERGE_BASE {
        return repository.named(reference).map_err(failed)?.ok_or_else(|| {
            let why = format!("there is no commit `{reference}`");
            if repository.is_shallow() { Lost::Refused(format!("{why}; {SHALLOW}")) } else { Lost::Missing(why) }
        });
    }
    repository.merge_base(target).map_err(failed)?.map_err(|none| match none {
        NoBase::Unborn => Lost::Missing("there is no commit yet".to_owned()),
        NoBase::NoTarget(names) => Lost::Refused(not_held(repository, target, &names)),
        NoBase::Unsaid(why) => Lost::Refused(why),
        NoBase::Unrelated(branch) => {
            let why = format!("the change and `{branch}` have no common ancestor");
            if repository.is_shallow() { Lost::Refused(format!("{why}; {SHALLOW}")) } else { Lost::Missing(why) }
        }
    })
}

/// Returns the message about a target that the clone does not hold: no other takes its place.
fn not_held(repository: &Repository, target: &Target, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    let shallow = if repository.is_shallow() { format!("; {SHALLOW}") } else { String::new() };
    match target {
        Target::Branch { name, .. } => {
            // The name of a branch may contain characters of a shell.
            let word = format!("'+refs/heads/{name}:refs/remotes/origin/{name}'");
            format!(
                "this clone does not hold the branch `{name}` that the change goes to: there is none of {names}; fetch it, with \
                 `fetch-depth: 0` of actions/checkout, or `git fetch origin {word}` and `GIT_DEPTH: 0` in GitLab{shallow}"
            )
        }
        Target::Push { branch, before, .. } => format!(
            "this clone does not hold the commit `{before}`, which `{branch}` had before this push; `fetch-depth: 0` of \
             actions/checkout fetches it, unless the push replaced it: then name the target in MLGATE_TARGET_BRANCH, or compare \
             with `git:REF`{shallow}"
        ),
        _ => format!(
            "nothing says which branch the change goes to: there is none of {names}; fetch it, with `fetch-depth: 0` of \
             actions/checkout or `git fetch origin`{shallow}"
        ),
    }
}

/// Returns the commits of an outer repository that define the contents of the project.
fn known(above: &Repository, reference: &str, target: &Target) -> Result<Result<Vec<String>, Strayed>, NoRepository> {
    let mut commits: Vec<String> = above.head()?.into_iter().collect();
    match above.merge_base(target)? {
        Ok(base) => commits.push(base),
        Err(NoBase::NoTarget(_) | NoBase::Unrelated(_) | NoBase::Unsaid(_)) if *target != Target::Guessed => {
            return Ok(Err(Strayed(format!(
                "the config is in a submodule, and `{}` does not show whether the project had it when the change was \
                 made; fetch its whole history, too",
                above.top().display()
            ))));
        }
        Err(_) => {}
    }
    if reference != BaselineSource::MERGE_BASE {
        commits.extend(above.named(reference)?);
    }
    commits.dedup();
    Ok(Ok(commits))
}

/// Returns true if a commit is an ancestor of the checked-out one; `None` if this clone cannot determine that.
pub fn is_ancestor(folder: &Path, commit: &str) -> Option<bool> {
    Repository::around(folder).ok()?.is_ancestor(commit)
}
