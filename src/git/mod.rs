//! What git knows of the folder of a config. Nothing else in mlgate starts another program.
//!
//! The folder is full of files that a change brings, and some of them mean something to git: a folder with `HEAD`, `objects`
//! and `refs` in it is a repository, `.gitattributes` names programs, and a submodule is another project altogether. So the
//! repository is not left to git to find. It is the one whose `.git` lies nearest, which no commit can hold; git is started
//! at the top of it, has to agree, and then is asked for objects by their ids. Filters, hooks, monitors, text conversions,
//! pagers and helpers are not run, and nothing is fetched.

mod command;
mod discover;
mod objects;
mod submodule;
mod work_tree;

pub use discover::{NoRepository, Repository};
pub use objects::{Entry, Kind, Named, NoBase, Unread};
pub use submodule::Strayed;
pub use work_tree::Stamp;

use std::io;
use std::path::{Path, PathBuf};

/// Returns the address under which somebody commits, as the user's own configuration has it, whatever lies in `folder`.
pub fn global_email(folder: &Path) -> Option<String> {
    let root = folder.ancestors().last()?;
    let answer = command::answer(root, &["config", "--global", "--get", "user.email"]).ok()?.ok()?;
    Some(answer.trim().to_owned()).filter(|email| !email.is_empty())
}

/// Returns a path without links, as git takes it.
///
/// # Errors
///
/// There is nothing at it.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    discover::real(path)
}

/// Returns the top of the work tree that a folder lies in, as its `.git` tells, whether git can be asked or not.
pub fn top_of(folder: &Path) -> Option<PathBuf> {
    discover::nearest(&real(folder).ok()?)
}

/// Returns a path from the root by its words alone, wherever links lead.
pub fn in_words(path: &Path) -> Option<PathBuf> {
    Some(discover::plain(&std::path::absolute(path).ok()?))
}

/// Returns the top of the work tree that a path names by its words alone.
pub fn top_in_words(path: &Path) -> Option<PathBuf> {
    real(&discover::nearest(&in_words(path)?)?).ok()
}

/// Tells whether a path leads into a folder `.git`, in any spelling that a file system may take for it.
pub fn is_in_git(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy().to_ascii_lowercase();
        let name = name.trim_end_matches(['.', ' ']);
        name == ".git" || name == "git~1" || name.starts_with(".git:")
    })
}

/// Tells whether a link inside of a work tree leads from a path to where it was found.
pub fn leads_astray(path: &Path, found: &Path) -> bool {
    let words = in_words(path).unwrap_or_default();
    let Some(top) = discover::nearest(&words) else { return false };
    let below = words.strip_prefix(&top).unwrap_or(&words);
    real(&top).map_or(true, |top| top.join(below) != found)
}
