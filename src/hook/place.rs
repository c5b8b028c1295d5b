//! The place of the hook in a repository: written there, removed, and looked at.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::script::{self, EARLIER};
use crate::bounded;
use crate::git::{HooksOwner, NoRepository, Repository, is_in_git};

/// The largest hook that is read, in bytes.
const MOST: u64 = 1 << 20;
/// Names under which hook managers keep a hook that they found.
const DISPLACED: [&str; 2] = ["pre-push.legacy", "pre-push.old"];

/// The place of a repository's pre-push hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookPlace {
    /// The file.
    pub file: PathBuf,
    /// True: the file belongs to everybody who works on the project, so mlgate has some lines in it and no path.
    pub is_shared: bool,
    /// The value of `core.hooksPath`, if it is set.
    pub setting: Option<String>,
}

/// The reason the hook has no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoHookPlace {
    /// The folder of hooks belongs to the machine: this value of `core.hooksPath`.
    Machine(String),
    /// The repository cannot be read, for this reason.
    Unknown(String),
}

/// The hook that is at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookState {
    /// No hook.
    Absent,
    /// A hook that is not mlgate's.
    Other,
    /// A script of mlgate's.
    Whole {
        /// The program that it starts.
        program: Option<PathBuf>,
        /// True: another hook runs after it.
        has_earlier: bool,
    },
    /// A script of others with mlgate's lines.
    Lines,
    /// A manager of hooks has put its own hook in the place of mlgate's, which is now in this file.
    Displaced(PathBuf),
}

impl HookPlace {
    /// Returns the place of the hook in a repository. A folder that other repositories share is a place only for a caller
    /// that wants it.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn of(repository: &Repository, is_for_all: bool) -> Result<Self, NoHookPlace> {
        let unknown = |none: NoRepository| NoHookPlace::Unknown(none.why());
        let folder = repository.hooks_folder().map_err(unknown)?;
        let setting = folder.setting.clone();
        let parts: Vec<_> = folder.path.components().rev().take(2).map(|part| part.as_os_str().to_owned()).collect();
        // husky's own folder has generated scripts, which start the project's.
        if parts.first().is_some_and(|name| name == "_") && parts.get(1).is_some_and(|name| name == ".husky") {
            let file = folder.path.with_file_name("pre-push");
            return Ok(Self { file, is_shared: true, setting });
        }
        let below = folder.path.strip_prefix(repository.top()).ok().filter(|below| !is_in_git(below));
        if below.is_none() && folder.owner == HooksOwner::Machine && !is_for_all {
            return Err(NoHookPlace::Machine(setting.unwrap_or_default()));
        }
        Ok(Self { file: folder.path.join("pre-push"), is_shared: below.is_some(), setting })
    }

    /// Writes the hook. Another hook at its place is kept, and runs after it.
    ///
    /// # Errors
    ///
    /// A file cannot be written, or the hook is a script of a language into which lines cannot be put. Nothing has changed
    /// then.
    pub fn install(&self, program: Option<&Path>, configs: &[PathBuf]) -> io::Result<()> {
        let there = self.text()?;
        if self.is_shared {
            let text = match there {
                Some(text) => script::with_lines(&text, configs).ok_or_else(|| {
                    io::Error::other("it is not a shell script; let it run `mlgate hook run -- \"$@\"` with its input")
                })?,
                None => format!("#!/bin/sh\n{}", script::lines(configs)),
            };
            return self.write(&text);
        }
        let text = script::whole(program, configs);
        if there.is_none_or(|text| script::is_whole(&text)) && !self.is_other_kind() {
            return self.write(&text);
        }
        let earlier = self.beside(EARLIER);
        if earlier.symlink_metadata().is_ok() {
            return Err(io::Error::other(format!(
                "there is a `{EARLIER}` already; remove or rename one of the two hooks"
            )));
        }
        fs::rename(&self.file, &earlier)?;
        self.write(&text).inspect_err(|_| _ = fs::rename(&earlier, &self.file))
    }

    /// Removes the hook, and puts the one that was there before back. Returns false if there is none of mlgate's.
    ///
    /// # Errors
    ///
    /// A file cannot be changed.
    pub fn uninstall(&self) -> io::Result<bool> {
        match self.state()? {
            HookState::Absent | HookState::Other => return Ok(false),
            HookState::Whole { .. } => {
                let earlier = self.beside(EARLIER);
                if earlier.symlink_metadata().is_ok() {
                    fs::rename(&earlier, &self.file)?;
                } else {
                    fs::remove_file(&self.file)?;
                }
            }
            HookState::Lines => {
                let text = script::without_lines(&self.text()?.unwrap_or_default());
                let is_empty = text.lines().all(|line| line.trim().is_empty() || line.starts_with("#!"));
                if is_empty { fs::remove_file(&self.file)? } else { self.write(&text)? }
            }
            HookState::Displaced(file) => fs::remove_file(file)?,
        }
        Ok(true)
    }

    /// Returns the hook that is there.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn state(&self) -> io::Result<HookState> {
        let text = self.text()?;
        match &text {
            Some(text) if script::is_whole(text) => {
                let has_earlier = self.beside(EARLIER).symlink_metadata().is_ok();
                return Ok(HookState::Whole { program: script::program(text), has_earlier });
            }
            Some(text) if script::has_lines(text) => return Ok(HookState::Lines),
            _ => {}
        }
        for name in DISPLACED {
            let file = self.beside(name);
            if read(&file)?.is_some_and(|text| script::is_whole(&text)) {
                return Ok(HookState::Displaced(file));
            }
        }
        Ok(if self.file.symlink_metadata().is_ok() { HookState::Other } else { HookState::Absent })
    }

    /// Returns true if the file is something that is not read as a text: a program, a link to nothing.
    fn is_other_kind(&self) -> bool {
        self.file.symlink_metadata().is_ok() && !self.text().is_ok_and(|text| text.is_some())
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.file.with_file_name(name)
    }

    fn text(&self) -> io::Result<Option<String>> {
        read(&self.file)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        // A link is written through: it may lead to a script of the project.
        let file = if self.is_shared {
            fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone())
        } else {
            self.file.clone()
        };
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o755));
        }
        let mut new = builder.tempfile_in(folder)?;
        new.write_all(text.as_bytes())?;
        new.persist(&file).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Returns the text of a hook; `None` if there is none, or if it is not text.
fn read(file: &Path) -> io::Result<Option<String>> {
    match bounded::read(file, MOST) {
        Ok(bytes) => Ok(String::from_utf8(bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // A program may be of any size, and is not text.
        Err(_) if file.is_file() => Ok(None),
        Err(error) => Err(error),
    }
}
