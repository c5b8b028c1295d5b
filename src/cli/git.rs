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
    // Whatever the repository sets up, nothing of its own is run.
    let answer = command(root).args(arguments).stderr(Stdio::null()).output().ok()?;
    answer.status.success().then(|| String::from_utf8(answer.stdout).ok()).flatten()
}
