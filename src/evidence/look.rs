//! Looks at files by their names and digests.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::verification_state::VerificationState;
use crate::config::Pattern;
use crate::digest::sha256;
use crate::git;
use crate::lexical::lexical;
use crate::report::is_elsewhere;

/// The folder in which names of files start, and what may be read from there.
#[derive(Debug)]
pub struct Surroundings {
    /// The folder in which relative paths start.
    root: PathBuf,
    /// The folder that files must not lie outside of: the top of the repository, or the root where there is none.
    top: PathBuf,
    /// True: files outside are read, too.
    outside: bool,
    /// Names that are left out.
    skipped: Vec<Pattern>,
}

impl Surroundings {
    /// Returns the surroundings of a folder.
    ///
    /// # Errors
    ///
    /// The folder does not exist.
    pub fn new(root: &Path, outside: bool, skipped: Vec<Pattern>) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        let top = git::top_of(&root).and_then(|top| fs::canonicalize(top).ok()).unwrap_or_else(|| root.clone());
        Ok(Self { root, top, outside, skipped })
    }

    /// Compares a file with the hexadecimal digits of its SHA-256, and says what was found.
    pub(super) fn look(&self, name: &str, digits: Option<&str>) -> (VerificationState, String) {
        use VerificationState::{Changed, Holds, Skipped, Unchecked};
        if self.skipped.iter().any(|pattern| pattern.matches(name)) {
            return (Skipped, "left out by --skip".to_owned());
        }
        let Some(digits) = digits else { return (Unchecked, "no SHA-256 of it is known".to_owned()) };
        if is_elsewhere(name) {
            return (Unchecked, "it is not a file on this machine; --skip leaves it out".to_owned());
        }
        let path = match self.place(name) {
            Ok(path) => path,
            Err(why) => return (Unchecked, why),
        };
        match File::open(&path).and_then(sha256) {
            Ok(found) if found.trim_start_matches("sha256:") == digits => (Holds, format!("sha256:{digits}")),
            Ok(_) => (Changed, format!("its SHA-256 is not {digits}: the file was changed, or is another one")),
            Err(error) => (Unchecked, format!("it cannot be read: {error}")),
        }
    }

    /// Returns the place of a file that may be read.
    fn place(&self, name: &str) -> Result<PathBuf, String> {
        let outside =
            |why: &str| format!("it {why} outside of `{}`, so it was not read; --outside reads it", self.top.display());
        let named = self.root.join(name);
        // Judged by the words first: a path that leads out is not even looked for.
        if !self.outside && !lexical(&named).starts_with(&self.top) {
            return Err(outside("lies"));
        }
        let found = fs::canonicalize(&named).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => format!("it cannot be read: {error}"),
        })?;
        if !self.outside && !found.starts_with(&self.top) {
            return Err(outside("is a link to a file"));
        }
        // Opening a pipe would wait, and a device may never end.
        match fs::metadata(&found) {
            Ok(kind) if kind.is_file() => Ok(found),
            Ok(_) => Err("it is not a file".to_owned()),
            Err(error) => Err(format!("it cannot be read: {error}")),
        }
    }
}
