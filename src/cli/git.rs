//! What git knows of the files around a config.

use std::path::Path;
use std::process::Stdio;

use crate::baseline::Commit;
use crate::baseline::source::git::command;

/// The commit that is checked out, where there is git and a commit.
///
/// The file at `besides` does not make it dirty: a baseline is written after the commit that it describes.
pub(super) fn commit(root: &Path, besides: Option<&Path>) -> Option<Commit> {
    let answer = git(root, &["log", "-1", "--no-show-signature", "--format=%H %cI"])?;
    let (id, time) = answer.trim().split_once(' ')?;
    let is_commit = id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_time = chrono::DateTime::parse_from_rfc3339(time).is_ok();
    (is_commit && is_time).then(|| Commit {
        id: id.to_owned(),
        time: time.to_owned(),
        dirty: git(root, &["status", "--porcelain=v1", "-z", "--untracked-files=no"])
            .is_none_or(|changed| !changed.is_empty() && !is_only(root, &changed, besides)),
    })
}

/// The address under which somebody commits here.
pub(super) fn email(root: &Path) -> Option<String> {
    let answer = git(root, &["config", "--get", "user.email"])?;
    Some(answer.trim().to_owned()).filter(|email| !email.is_empty())
}

/// A file of a revision, up to so many bytes; `path` is taken from `root`.
///
/// # Errors
///
/// A sentence: there is no such revision, or it does not have the file.
pub(super) fn file_of(root: &Path, revision: &str, path: &str, most: u64) -> Result<Vec<u8>, String> {
    let no_revision = || format!("`{revision}` is neither a file nor a revision of git");
    let asked = format!("{revision}^{{commit}}");
    let commit =
        git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &asked]).ok_or_else(no_revision)?;
    let object = format!("{}:./{path}", commit.trim());
    let no_file = || format!("the revision `{revision}` has no file `{path}`");
    let size = git(root, &["cat-file", "-s", &object]).ok_or_else(no_file)?;
    if size.trim().parse::<u64>().map_or(true, |size| size > most) {
        return Err(format!("`{path}` of the revision `{revision}` is larger than {most} bytes"));
    }
    // The bytes as they were stored: no filter of the repository is run.
    bytes(root, &["cat-file", "blob", &object]).ok_or_else(no_file)
}

/// Whether this file is all that changed.
fn is_only(root: &Path, changed: &str, file: Option<&Path>) -> bool {
    let Some(file) = file.and_then(|file| file.canonicalize().ok()) else { return false };
    let Some(top) = git(root, &["rev-parse", "--show-toplevel"]) else { return false };
    let top = Path::new(top.trim_end_matches('\n'));
    // Two letters and a blank stand before each path.
    let paths = changed.split('\0').filter_map(|entry| entry.get(3..));
    paths.map(|path| top.join(path).canonicalize()).all(|path| path.is_ok_and(|path| path == file))
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    String::from_utf8(bytes(root, arguments)?).ok()
}

fn bytes(root: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    // Whatever the repository sets up, nothing of its own is run.
    let answer = command(root).args(arguments).stderr(Stdio::null()).output().ok()?;
    answer.status.success().then_some(answer.stdout)
}
