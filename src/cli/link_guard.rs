//! Links that lead out of the repository.
//!
//! A problem of a config or a page is shown with its line. If a change makes either of them a link to a file outside of
//! the repository, or into `.git`, that file's lines would be shown: credentials, or other programs' environment.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

use crate::lexical::lexical;

/// Returns the reason a file or a folder may not be read, if a link on its path leads out of the repository.
///
/// The repository is the folder with `.git` that lexically contains the path. Without a repository, links may lead
/// below the working directory, or below the file's folder.
pub(super) fn refusal(path: &Path) -> io::Result<Option<String>> {
    let here = fs::canonicalize(env::current_dir()?)?;
    let written = lexical(&here.join(path));
    let real = fs::canonicalize(path)?;
    let top = repository(&written).unwrap_or_else(|| {
        if written.starts_with(&here) { here.clone() } else { written.parent().unwrap_or(Path::new("/")).to_owned() }
    });
    let top = fs::canonicalize(&top).unwrap_or(top);
    let Ok(inside) = real.strip_prefix(&top) else {
        return Ok(Some("it is a link out of the repository, which is not followed".to_owned()));
    };
    let is_git = |part: Component<'_>| part.as_os_str().eq_ignore_ascii_case(OsStr::new(".git"));
    Ok(inside.components().any(is_git).then(|| "it is in `.git`, whose files are not read".to_owned()))
}

/// Returns the nearest folder above with a `.git`, preferring one that is not a link: a link's target may be a repository,
/// too.
fn repository(path: &Path) -> Option<PathBuf> {
    let has_git = |folder: &&Path| fs::symlink_metadata(folder.join(".git")).is_ok();
    let is_link = |folder: &&Path| fs::symlink_metadata(folder).is_ok_and(|found| found.file_type().is_symlink());
    let mut all = path.ancestors().skip(1).filter(has_git);
    let nearest = all.clone().next();
    all.find(|folder| !is_link(folder)).or(nearest).map(Path::to_owned)
}
