//! Git: commits and files around a config. No other module starts another program than mlgate itself.
//!
//! The folder contains files of the change, and some of them have a meaning for git: a folder with `HEAD`, `objects`
//! and `refs` is a repository, `.gitattributes` names programs, and a submodule is another project. Therefore git does
//! not search for the repository. The repository is the one with the nearest `.git`, which no commit can contain; git
//! is started at its top, must agree that it is the top, and is asked for objects by id. Filters, hooks, monitors, text
//! conversions, pagers and helpers are not run, and nothing is fetched.

mod apart;
mod command;
mod discover;
mod hooks_folder;
mod listing;
mod objects;
mod pushed;
mod submodule;
mod target;
mod tree;
mod work_tree;

pub use apart::NamedReference;
pub use discover::{NoRepository, Repository};
pub use hooks_folder::{HooksOwner, version};
pub use listing::Listing;
pub use objects::{ObjectKind, TreeEntry, Unread};
pub use submodule::Strayed;
pub use target::{NoBase, OwnBranch, Target};
pub use work_tree::Stamp;

use std::io;
use std::path::{Path, PathBuf};

use crate::lexical::lexical;

/// Returns the email address of the user's own configuration, regardless of the contents of `folder`.
pub fn global_email(folder: &Path) -> Option<String> {
    let root = folder.ancestors().last()?;
    let answer = command::answer(root, &["config", "--global", "--get", "user.email"]).ok()?.ok()?;
    Some(answer.trim().to_owned()).filter(|email| !email.is_empty())
}

/// Returns a path without links, in the form that git accepts.
///
/// # Errors
///
/// The path does not exist.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    discover::real(path)
}

/// Returns the top of the work tree that contains a folder, from its `.git` and without starting git.
pub fn top_of(folder: &Path) -> Option<PathBuf> {
    discover::nearest(&real(folder).ok()?)
}

/// Returns an absolute path that is resolved lexically, without following links.
pub fn in_words(path: &Path) -> Option<PathBuf> {
    Some(lexical(&std::path::absolute(path).ok()?))
}

/// Returns the top of the work tree that contains a path by its lexical parents.
pub fn top_in_words(path: &Path) -> Option<PathBuf> {
    real(&discover::nearest(&in_words(path)?)?).ok()
}

/// Returns true if a path leads into a folder `.git`, in any spelling that a file system may accept.
pub fn is_in_git(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy().to_ascii_lowercase();
        let name = name.trim_end_matches(['.', ' ']);
        name == ".git" || name == "git~1" || name.starts_with(".git:")
    })
}

/// Returns true if a link in a work tree leads from a path to another place, `found`.
pub fn leads_astray(path: &Path, found: &Path) -> bool {
    let words = in_words(path).unwrap_or_default();
    let Some(top) = discover::nearest(&words) else { return false };
    let below = words.strip_prefix(&top).unwrap_or(&words);
    real(&top).map_or(true, |top| top.join(below) != found)
}
