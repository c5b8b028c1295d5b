//! The places to which `mlgate bless` may write: inside the repository, regardless of links and of the config.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

use crate::git;
use crate::git::{NoRepository, Repository};
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;

/// The bounds of written files, and the folder for unfinished ones.
pub(super) struct BlessPlace {
    /// The folder out of which nothing is written; `None` if there is no repository and the path leads upwards.
    bounds: Option<PathBuf>,
    /// The folder for unfinished files: git's own, so that a leftover is never committed.
    unfinished: Option<PathBuf>,
}

impl BlessPlace {
    /// Returns the bounds for a baseline at `path`, which the command line or the config names.
    ///
    /// # Errors
    ///
    /// The path leads out of the bounds.
    pub(super) fn of(loaded: &Project, is_named: bool, path: &Path) -> Result<Self, Failure> {
        let (top, unfinished) = match Repository::around(&loaded.root) {
            Ok(repository) => (Some(repository.top().to_owned()), Some(repository.git_dir().to_owned())),
            Err(odd @ NoRepository::Odd(_)) => return Err(Failure::Environment(odd.why())),
            Err(_) => (git::top_of(&loaded.root), None),
        };
        let bounds = match top {
            // A path outside of the repository on the command line is intended; a link that leads there is not.
            Some(top) if is_named => git::top_in_words(path).filter(|of| *of == top),
            Some(top) => Some(top),
            None => inside(&loaded.root, path),
        };
        let place = Self { bounds, unfinished };
        place.check(path)?;
        Ok(place)
    }

    /// Refuses a file outside of the bounds, or in git's own folder.
    ///
    /// # Errors
    ///
    /// The file is outside of the bounds, or in git's own folder.
    pub(super) fn check(&self, path: &Path) -> Result<(), Failure> {
        let refused = |why: String| Failure::Environment(format!("`{}` is not written: {why}", path.display()));
        let folder = real(folder(path)).map_err(|error| refused(error.to_string()))?;
        if let Some(bounds) = &self.bounds
            && !folder.starts_with(bounds)
        {
            let (folder, bounds) = (folder.display(), bounds.display());
            return Err(refused(format!("its folder `{folder}` is outside `{bounds}`")));
        }
        let below = self.bounds.as_deref().and_then(|bounds| folder.strip_prefix(bounds).ok()).unwrap_or(&folder);
        if git::is_in_git(&below.join(path.file_name().unwrap_or_default())) {
            return Err(refused("a baseline cannot be in git's own folder".to_owned()));
        }
        Ok(())
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    ///
    /// The file is outside of the bounds, or cannot be written.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        self.check(path)?;
        let failed =
            |error: io::Error| Failure::Environment(format!("`{}` cannot be written: {error}", path.display()));
        fs::create_dir_all(folder(path)).map_err(failed)?;
        // Git's folder may be on another disk, or be read-only.
        if let Some(unfinished) = &self.unfinished
            && put(unfinished, path, bytes).is_ok()
        {
            return Ok(());
        }
        put(folder(path), path, bytes).map_err(failed)
    }
}

fn put(unfinished: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = Builder::new();
    // A temporary file is readable by its owner only; a baseline is for everybody who may read the folder.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix("mlgate-").tempfile_in(unfinished)?;
    file.write_all(bytes)?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// Returns the config's folder, if the path is lexically below it.
fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let is_below = git::in_words(path)?.starts_with(git::in_words(root)?);
    is_below.then(|| git::real(root).ok()).flatten()
}

/// Returns the real path of a folder, which need not exist: links are followed as far as it does.
fn real(folder: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(folder)?;
    let mut missing = Vec::new();
    let mut there = absolute.as_path();
    while there.symlink_metadata().is_err() {
        let (Some(above), Some(name)) = (there.parent(), there.file_name()) else { break };
        missing.push(name.to_owned());
        there = above;
    }
    let mut real = git::real(there)?;
    missing.into_iter().rev().for_each(|name| real.push(name));
    Ok(real)
}
