//! Git and the repository around the working directory.

use std::env;

use super::DoctorFindings;
use crate::git::{NoRepository, Repository, version};
use crate::hook::{HookPlace, HookState, NoHookPlace};

/// Looks at git and the repository.
pub(in crate::cli) fn repository() -> DoctorFindings {
    let mut found = DoctorFindings::of("repository");
    match version() {
        Some(version) => found.fine("git", version),
        None => found.wrong("git", "there is no `git` on the path", "baselines in git and the guard need it"),
    }
    let here = env::current_dir().unwrap_or_default();
    let repository = match Repository::around(&here) {
        Ok(repository) => repository,
        Err(NoRepository::Absent) => {
            found.note("top", "this folder is in no repository", "baselines in git and the guard need one");
            return found;
        }
        Err(NoRepository::NoGit) => return found,
        Err(none) => {
            found.wrong("top", none.why(), "");
            return found;
        }
    };
    found.fine("top", repository.top().display().to_string());
    match repository.stamp() {
        Ok(Some(stamp)) => {
            let dirty = if repository.is_dirty(None) { ", with changes that are not committed" } else { "" };
            let short = stamp.id.get(..12).unwrap_or(&stamp.id);
            found.fine("commit", format!("{short} of {}{dirty}", stamp.time));
        }
        Ok(None) => found.note("commit", "none yet", ""),
        Err(none) => found.wrong("commit", none.why(), ""),
    }
    if repository.is_shallow() {
        let help = "fetch the whole history: `fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` in GitLab, or `git fetch \
                    --unshallow`";
        found.note("history", "this clone is shallow, so the merge base with a target may be missing", help);
    } else {
        found.fine("history", "whole");
    }
    match HookPlace::of(&repository, false).map(|place| (place.state(), place)) {
        Ok((Ok(HookState::Whole { .. } | HookState::Lines), place)) => {
            found.fine("hook", format!("installed in {}", place.file.display()));
        }
        Ok((Ok(HookState::Displaced(file)), _)) => {
            found.note(
                "hook",
                format!("moved to {} by another program", file.display()),
                "`mlgate hook status` says more",
            );
        }
        Ok((Ok(HookState::Other | HookState::Absent), _)) => found.fine("hook", "not installed"),
        Ok((Err(error), place)) => found.note("hook", format!("{} cannot be read: {error}", place.file.display()), ""),
        Err(NoHookPlace::Machine(setting)) => {
            found.fine("hook", format!("core.hooksPath is {setting}, for all repositories"))
        }
        Err(NoHookPlace::Unknown(why)) => found.note("hook", why, ""),
    }
    found
}
