//! The user's template of the comment. Its contents are posted, so it must be a file that everybody may read: one that
//! git tracks, with the contents that git has.

use std::io::Read;
use std::path::{Component, Path};

use crate::bounded;
use crate::git::{self, NoRepository, Repository};

/// Maximum bytes of a template.
const MOST: u64 = 1 << 20;
/// Hidden folders that may contain templates.
const KNOWN: [&str; 3] = [".mlgate", ".github", ".gitlab"];

/// Reads the template that a config names, relative to the config's folder.
///
/// # Errors
///
/// The path is not a file that everybody may read.
pub(in crate::cli) fn of_config(root: &Path, path: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("`{path}` cannot be read: {error}");
    let found = git::real(&root.join(path)).map_err(failed)?;
    let top = git::real(root).map_err(failed)?;
    let Ok(below) = found.strip_prefix(&top) else {
        return Err(format!("`{path}` is outside the config's folder"));
    };
    if git::is_in_git(below) {
        return Err(format!("`{path}` belongs to git and is not shown"));
    }
    if found.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
        return Err(format!("`{path}` is a hidden file and not shown"));
    }
    match Repository::around(&top) {
        Ok(repository) => tracked(&repository, &found, path),
        // Without a repository, only a visible file below the config's folder may be posted.
        Err(NoRepository::Absent) if below.components().all(is_plain) => read(&found, path),
        Err(NoRepository::Absent) => Err(format!("`{path}` is in a hidden folder and not shown")),
        Err(none) => Err(format!("`{path}` is not shown, because whether git tracks it is not known: {}", none.why())),
    }
}

/// Reads the template that the command line names. The path is intended, unless it is a link in the repository, which a
/// change can redirect.
///
/// # Errors
///
/// The file cannot be read, or a link leads to a file that not everybody may read.
pub(in crate::cli) fn of_command(path: &Path) -> Result<String, String> {
    let shown = path.display().to_string();
    let found = git::real(path).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    if git::is_in_git(&found) {
        return Err(format!("`{shown}` belongs to git and is not shown"));
    }
    match git::top_in_words(path) {
        Some(top) if git::leads_astray(path, &found) => match Repository::around(&top) {
            Ok(repository) => tracked(&repository, &found, &shown),
            Err(none) => Err(format!("`{shown}` is a link and not followed: {}", none.why())),
        },
        _ => read(&found, &shown),
    }
}

/// Reads a file as git has it: changes that a job has made since are not shown.
fn tracked(repository: &Repository, found: &Path, shown: &str) -> Result<String, String> {
    let below = found.strip_prefix(repository.top()).ok();
    let id = below.and_then(|below| repository.tracked(below));
    let id = id.ok_or_else(|| format!("`{shown}` is not tracked by git and not shown"))?;
    let whole = |mut from: std::process::ChildStdout| {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = repository.content(&id, MOST, whole).map_err(|_| format!("`{shown}` cannot be read from git"))?;
    String::from_utf8(bytes).map_err(|_| format!("`{shown}` is not UTF-8"))
}

fn read(found: &Path, shown: &str) -> Result<String, String> {
    bounded::read_text(found, MOST).map_err(|error| format!("`{shown}` cannot be read: {error}"))
}

fn is_plain(part: Component<'_>) -> bool {
    let name = part.as_os_str().to_string_lossy();
    !name.starts_with('.') || KNOWN.contains(&name.as_ref())
}
