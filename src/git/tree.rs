//! The files of a commit.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::discover::{NoRepository, Repository};
use super::objects::{is_id, slashed};

impl Repository {
    /// Returns the files below a folder of a commit, relative to the top, with their ids. Links and submodules are left
    /// out.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error means that objects of the commit are missing.
    pub fn files(&self, commit: &str, folder: &Path) -> Result<Result<Vec<(PathBuf, String)>, String>, NoRepository> {
        let mut arguments: Vec<OsString> = ["ls-tree", "-r", "-z", "--full-tree", commit].map(OsString::from).to_vec();
        if !folder.as_os_str().is_empty() {
            let mut below = slashed(folder);
            below.push("/");
            arguments.extend([OsString::from("--"), below]);
        }
        Ok(self.answer(&arguments)?.map(|answer| {
            let file = |entry: &str| {
                let (facts, path) = entry.split_once('\t')?;
                let mut facts = facts.split(' ');
                let is_file = facts.next()?.starts_with("100");
                let id = facts.nth(1).filter(|id| is_file && is_id(id))?;
                Some((PathBuf::from(path), id.to_owned()))
            };
            answer.split('\0').filter_map(file).collect()
        }))
    }

    /// Returns a path relative to the requested folder, from one relative to the top.
    pub fn relative_to_folder(&self, path: &Path) -> PathBuf {
        let common = self.named.components().zip(path.components()).take_while(|(one, other)| one == other).count();
        let up = self.named.components().skip(common).map(|_| std::path::Component::ParentDir);
        up.chain(path.components().skip(common)).collect()
    }
}
