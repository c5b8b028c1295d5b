//! A baseline that is committed: read out of git's own store, whatever is checked out.
//!
//! git is asked for objects by their ids and for nothing else. So no filter, no textconv, no hook and no pager of the
//! repository's is run, and nothing is fetched. References and paths come from a config that may be hostile:
//! [`crate::config::BaselineSource`] lets through what can only be a name, and what is asked with them ends the options
//! before it.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Found, Lost, MOST_BYTES, limited, too_large};
use crate::config::BaselineSource;

/// What would make git run or write something else, or look for another repository than that of the folder.
const UNSET: [&str; 24] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ASKPASS",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_EDITOR",
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PAGER",
    "GIT_PREFIX",
    "GIT_PROXY_COMMAND",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_TRACE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE_SETUP",
    "GIT_WORK_TREE",
];

/// What a clone that does not hold enough needs.
const SHALLOW: &str = "this clone is shallow: let it hold the whole history, with `fetch-depth: 0` of actions/checkout, the \
                       variable `GIT_DEPTH: 0` in GitLab, or `git fetch --unshallow`";

/// git in a folder, with nothing of the environment or of the repository that could run something else.
pub fn command(folder: &Path) -> Command {
    let mut git = Command::new("git");
    for name in UNSET {
        git.env_remove(name);
    }
    git.arg("--no-pager")
        .arg("--no-replace-objects")
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"])
        // A clone without its blobs would fetch what is asked for.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    git
}

/// The file `path` of the commit that `reference` names, both as seen from `folder`.
///
/// `target` is the branch that the change goes to, where the CI says it: for [`BaselineSource::MERGE_BASE`].
///
/// # Errors
///
/// There is no repository, no such commit or no such file; or the file cannot be read.
pub fn committed(folder: &Path, reference: &str, path: &str, target: Option<&str>) -> Result<Found, Lost> {
    let git = Git { folder };
    let is_shallow = match git.line(&["rev-parse", "--is-shallow-repository"])? {
        Ok(answer) => answer == "true",
        Err(why) if why.contains("dubious ownership") => {
            return Err(Lost::Refused(
                "git does not trust this folder, because somebody else owns it; `git config --global --add \
                 safe.directory` says that it may"
                    .to_owned(),
            ));
        }
        Err(_) => return Err(Lost::Absent("the config does not lie in a git repository".to_owned())),
    };
    let absent = |why: String| Lost::Absent(if is_shallow { format!("{why}; {SHALLOW}") } else { why });
    let commit = if reference == BaselineSource::MERGE_BASE {
        git.merge_base(target)?.map_err(absent)?
    } else {
        git.commit(reference)?.ok_or_else(|| absent(format!("there is no commit `{reference}`")))?
    };
    let short = commit.get(..12).unwrap_or(&commit).to_owned();
    // A path that starts with a dot is seen from the folder, and not from the top of the repository.
    let object = format!("{commit}:./{path}");
    let Ok(id) = git.line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &object])? else {
        return Err(Lost::Absent(format!("commit {short} has no file `{path}`")));
    };
    match git.line(&["cat-file", "-t", &id])? {
        Ok(kind) if kind == "blob" => {}
        Ok(kind) => return Err(Lost::Refused(format!("`{path}` is a {kind} in commit {short}, and not a file"))),
        Err(_) => {
            return Err(Lost::Refused(format!(
                "this clone does not hold `{path}` of commit {short}; clone without `--filter`"
            )));
        }
    }
    let size = git.line(&["cat-file", "-s", &id])?.ok().and_then(|size| size.parse::<u64>().ok());
    if size.is_none_or(|size| size > MOST_BYTES) {
        return Err(Lost::Refused(too_large()));
    }
    let bytes = git.bytes(&["cat-file", "blob", &id])?;
    Ok(Found { bytes, version: Some(format!("commit {short}")) })
}

/// Whether a commit is one that the checked out one builds on; `None` where this clone cannot tell.
pub fn is_ancestor(folder: &Path, commit: &str) -> Option<bool> {
    let is_id = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        return None;
    }
    let mut git = command(folder);
    git.args(["merge-base", "--is-ancestor", commit, "HEAD"]).stdout(Stdio::null()).stderr(Stdio::null());
    match git.status().ok()?.code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        _ => None,
    }
}

struct Git<'a> {
    folder: &'a Path,
}

impl Git<'_> {
    /// The last commit that the checked out one has in common with the branch that it goes to; or why it is not known.
    fn merge_base(&self, target: Option<&str>) -> Result<Result<String, String>, Lost> {
        let branches = match target {
            Some(target) => {
                let branch = target.strip_prefix("refs/heads/").unwrap_or(target);
                vec![format!("refs/remotes/origin/{branch}"), format!("refs/heads/{branch}")]
            }
            None => {
                ["remotes/origin/HEAD", "remotes/origin/main", "remotes/origin/master", "heads/main", "heads/master"]
                    .map(|branch| format!("refs/{branch}"))
                    .to_vec()
            }
        };
        let Some(head) = self.commit("HEAD")? else {
            return Ok(Err("there is no commit yet".to_owned()));
        };
        for branch in &branches {
            if let Some(other) = self.commit(branch)? {
                // The first of several is the best one that git knows.
                let found = self.line(&["merge-base", &head, &other])?;
                return Ok(found.map_err(|_| format!("the change and `{branch}` have no commit in common")));
            }
        }
        let of = target.map_or_else(
            || "nothing says which branch the change goes to: there is none of".to_owned(),
            |target| {
                format!("this clone does not hold the branch `{target}` that the change goes to: there is none of")
            },
        );
        let names: Vec<String> = branches.iter().map(|branch| format!("`{branch}`")).collect();
        Ok(Err(format!("{of} {}", names.join(", "))))
    }

    fn commit(&self, reference: &str) -> Result<Option<String>, Lost> {
        let wanted = format!("{reference}^{{commit}}");
        let found = self.line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        Ok(found.ok().filter(|id| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())))
    }

    /// What it answers in one line, or what it complains of.
    fn line(&self, arguments: &[&str]) -> Result<Result<String, String>, Lost> {
        let answer = command(self.folder).args(arguments).output().map_err(no_git)?;
        Ok(if answer.status.success() {
            Ok(String::from_utf8_lossy(&answer.stdout).trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&answer.stderr).into_owned())
        })
    }

    /// What it answers, up to the size of a baseline.
    fn bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, Lost> {
        let mut child = command(self.folder)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(no_git)?;
        let read = child.stdout.take().map(limited);
        // It ends by itself: it was read to its end, or its pipe is closed.
        let ended = child.wait().is_ok_and(|status| status.success());
        match read {
            Some(Ok(bytes)) if ended => Ok(bytes),
            Some(Err(why)) => Err(Lost::Refused(why)),
            _ => Err(Lost::Refused("git could not read it; `git fsck` says what is broken".to_owned())),
        }
    }
}

fn no_git(error: std::io::Error) -> Lost {
    match error.kind() {
        std::io::ErrorKind::NotFound => Lost::Absent("there is no `git` on this machine".to_owned()),
        _ => Lost::Refused(format!("`git` cannot be started: {error}")),
    }
}
