//! The commits of a push that have to be judged.

use super::updates::RefUpdate;
use crate::git::{NoRepository, Repository};

/// Names of references that hold no state of a project: notes, other remotes' branches, and git's own.
const NO_STATE: [&str; 6] =
    ["refs/notes/", "refs/remotes/", "refs/stash", "refs/replace/", "refs/original/", "refs/bisect/"];

/// A commit that becomes the state of a branch or a tag at the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// The commit's id.
    pub commit: String,
    /// The names of the branches and tags, for messages.
    pub names: Vec<String>,
    /// The commits that the remote has already, one for each name: what it had before, or the last common commit.
    pub bases: Vec<Option<String>>,
}

/// Returns the commits of a push that the remote does not have, each once.
///
/// Deleted references, notes and tags of commits that a pushed branch contains are left out.
///
/// # Errors
///
/// Git cannot be started, or objects are missing.
pub fn tips(repository: &Repository, updates: &[RefUpdate], remote: &str) -> Result<Vec<Tip>, NoRepository> {
    let mut known = Vec::new();
    for id in updates.iter().filter_map(|update| update.remote.as_ref()) {
        known.extend(repository.commit_of(id)?);
    }
    let mut tips: Vec<Tip> = Vec::new();
    // Branches come first: a tag of one of their commits adds nothing.
    let (tags, branches): (Vec<&RefUpdate>, Vec<&RefUpdate>) = updates.iter().partition(|update| update.is_tag());
    for update in branches.into_iter().chain(tags) {
        let Some(local) = &update.local else { continue };
        if NO_STATE.iter().any(|start| update.remote_ref.starts_with(start)) {
            continue;
        }
        // A tag may be of a file or a folder, which has no config.
        let Some(commit) = repository.commit_of(local)? else { continue };
        let before = match &update.remote {
            Some(id) => repository.commit_of(id)?,
            None => None,
        };
        if !repository.has_new_commits(&commit, remote, &known)?.map_err(NoRepository::Odd)? {
            continue;
        }
        let base = match before {
            Some(before) => Some(before),
            None => repository.fork_point(&commit, remote)?,
        };
        let name = update.short().to_owned();
        if let Some(same) = tips.iter_mut().find(|tip| tip.commit == commit) {
            same.names.push(name);
            same.bases.push(base);
            continue;
        }
        if update.is_tag() {
            let mut is_contained = false;
            for tip in &tips {
                is_contained |= repository.contains(&tip.commit, &commit)?;
            }
            if is_contained {
                continue;
            }
        }
        tips.push(Tip { commit, names: vec![name], bases: vec![base] });
    }
    Ok(tips)
}
