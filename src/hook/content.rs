//! Writes files into a work tree of the hook: out of git, out of the stores of Git LFS and DVC, or by a link.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::dvc::{self, DvcOutput};
use super::pointer;
use super::read_set::ReadPath;
use super::remarks::Remarks;
use crate::digest::sha256;
use crate::git::{Repository, is_in_git};

const LFS_STORE: &str = "a Git LFS pointer in the commit; read from this clone's LFS store";
const LFS_TREE: &str = "a Git LFS pointer in the commit; the working tree has the file that it names";
const LFS_LOST: &str = "a Git LFS pointer in the commit, and this clone lacks the file; `git lfs fetch` gets it";
const DVC_CACHE: &str = "tracked by DVC; read from DVC's cache";
const DVC_TREE: &str = "tracked by DVC; the working tree has the file that the commit names";
const DVC_OTHER: &str = "tracked by DVC, and the working tree has another file than the commit names; `dvc commit` and \
                         commit DVC's file, or `dvc checkout`";
const DVC_LOST: &str = "tracked by DVC, and this machine lacks the file; `dvc pull` gets it";
const IGNORED: &str = "ignored by git, so read from the working tree and not from the commit";

/// A work tree that is being filled.
pub(super) struct PlacedFiles<'a> {
    pub(super) repository: &'a Repository,
    /// The top of the new work tree.
    pub(super) into: &'a Path,
    pub(super) remarks: Remarks,
}

impl PlacedFiles<'_> {
    /// Writes files of a commit: their paths from the top, with their ids.
    pub(super) fn commit(&mut self, files: &[(PathBuf, String)]) -> io::Result<()> {
        let mut pointers = Vec::new();
        let ids: Vec<String> = files.iter().map(|(_, id)| id.clone()).collect();
        let into = self.into;
        self.repository.contents(&ids, |at, size, content| {
            let path = &files[at].0;
            let mut start = Vec::new();
            if size <= pointer::MOST {
                content.read_to_end(&mut start)?;
                if let Some(digest) = pointer::lfs(&start) {
                    pointers.push((path.clone(), digest));
                    return Ok(());
                }
            }
            let to = place(into, path)?;
            let mut file = File::create_new(&to).map_err(|error| failed(&to, &error))?;
            io::copy(&mut start.as_slice().chain(content), &mut file).map_err(|error| failed(&to, &error))?;
            Ok(())
        })?;
        for (path, digest) in pointers {
            let here = self.repository.top().join(&path);
            let stored = self.repository.lfs_object(&digest);
            let is_it = |file: &Path| File::open(file).and_then(sha256).is_ok_and(|found| found[7..] == digest);
            if let Some(stored) = stored.filter(|file| is_it(file)) {
                link(&stored, &place(into, &path)?)?;
                self.remarks.add(LFS_STORE, &path);
            } else if is_it(&here) {
                link(&here, &place(into, &path)?)?;
                self.remarks.add(LFS_TREE, &path);
            } else {
                self.remarks.add(LFS_LOST, &path);
            }
        }
        Ok(())
    }

    /// Links the files of an output of DVC that a config reads; returns their paths.
    pub(super) fn dvc(&mut self, output: &DvcOutput, read: &ReadPath) -> io::Result<Vec<PathBuf>> {
        let top = self.repository.top().to_owned();
        if !output.is_folder {
            if !read.matches(&output.path) {
                return Ok(Vec::new());
            }
            self.of_dvc(output, &output.path, &output.md5)?;
            return Ok(vec![output.path.clone()]);
        }
        let list = dvc::cached(&top, &output.pointer, &output.md5, ".dir");
        let Some(members) = list.and_then(|list| dvc::members(&list)) else {
            self.remarks.add(DVC_LOST, &output.path);
            return Ok(vec![output.path.clone()]);
        };
        let mut done = Vec::new();
        for (below, md5) in members {
            let path = output.path.join(below);
            if read.matches(&path) {
                self.of_dvc(output, &path, &md5)?;
                done.push(path);
            }
        }
        Ok(done)
    }

    fn of_dvc(&mut self, output: &DvcOutput, path: &Path, md5: &str) -> io::Result<()> {
        let top = self.repository.top();
        let here = top.join(path);
        let cached = dvc::cached(top, &output.pointer, md5, "");
        if let Some(cached) = cached.filter(|file| dvc::has_md5(file, md5).unwrap_or(false)) {
            link(&cached, &place(self.into, path)?)?;
            self.remarks.add(DVC_CACHE, path);
        } else if here.is_file() {
            if dvc::has_md5(&here, md5)? {
                link(&here, &place(self.into, path)?)?;
                self.remarks.add(DVC_TREE, path);
            } else {
                self.remarks.add(DVC_OTHER, path);
            }
        } else {
            self.remarks.add(DVC_LOST, path);
        }
        Ok(())
    }

    /// Takes a file that git ignores from the working tree.
    pub(super) fn ignored(&mut self, path: &Path, read: &ReadPath) -> io::Result<()> {
        let here = self.repository.top().join(path);
        let to = place(self.into, path)?;
        if to.symlink_metadata().is_ok() {
            return Ok(());
        }
        if read.is_data {
            link(&here, &to)?;
        } else {
            // Texts may be quoted, so that links out of the work tree are refused there.
            fs::copy(&here, &to).map_err(|error| failed(&here, &error))?;
        }
        self.remarks.add(IGNORED, path);
        Ok(())
    }
}

/// Returns the path of a file in a work tree, whose folder exists then.
///
/// # Errors
///
/// The path leads out of the work tree or into its `.git`, or a folder cannot be created.
pub(super) fn place(into: &Path, path: &Path) -> io::Result<PathBuf> {
    if is_in_git(path) || !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(io::Error::other(format!("`{}` is not the path of a file", path.display())));
    }
    let to = into.join(path);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    }
    Ok(to)
}

/// Makes a file or a folder appear at another path, without a copy where the system allows.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Ok(());
    }
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(from, to);
    #[cfg(not(unix))]
    let linked = fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()));
    linked.map_err(|error| failed(to, &error))
}

fn failed(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}` cannot be written: {error}", path.display()))
}
