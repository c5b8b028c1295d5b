//! The folder of a repository's hooks. Its hooks are never run from here.

use std::path::PathBuf;

use super::command;
use super::discover::{NoRepository, Repository, real};

/// The owner of the folder of a repository's hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HooksOwner {
    /// The clone itself.
    Clone,
    /// The user, or the machine: the folder has the hooks of other repositories as well.
    Machine,
}

/// The folder of a repository's hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksFolder {
    /// The folder, absolute.
    pub path: PathBuf,
    /// The owner.
    pub owner: HooksOwner,
    /// The value of `core.hooksPath`, if it is set.
    pub setting: Option<String>,
}

impl Repository {
    /// Returns the folder whose hooks git runs here, as `core.hooksPath` says.
    ///
    /// # Errors
    ///
    /// Git cannot be started, or fails.
    pub fn hooks_folder(&self) -> Result<HooksFolder, NoRepository> {
        let setting = |scope: &str| {
            let asked = ["config", scope, "--includes", "--type=path", "--get", "core.hooksPath"];
            let answer = self.answer(&asked)?.ok();
            Ok::<_, NoRepository>(answer.map(|path| path.trim_end_matches('\n').to_owned()))
        };
        let mut found = None;
        for (scope, owner) in [
            ("--worktree", HooksOwner::Clone),
            ("--local", HooksOwner::Clone),
            ("--global", HooksOwner::Machine),
            ("--system", HooksOwner::Machine),
        ] {
            found = setting(scope)?.map(|path| (path, owner));
            if found.is_some() {
                break;
            }
        }
        Ok(match found {
            // An empty path is none.
            Some((path, owner)) if !path.is_empty() => {
                // Git runs hooks at the top of the work tree.
                let at = self.top.join(&path);
                HooksFolder { path: real(&at).unwrap_or(at), owner, setting: Some(path) }
            }
            _ => HooksFolder { path: self.common_dir.join("hooks"), owner: HooksOwner::Clone, setting: None },
        })
    }
}

/// Returns the version of git, such as `2.47.3`.
pub fn version() -> Option<String> {
    let here = std::env::temp_dir();
    let answer = command::answer(&here, &["--version"]).ok()?.ok()?;
    Some(answer.trim().trim_start_matches("git version ").to_owned())
}
