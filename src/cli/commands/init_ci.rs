//! `mlgate init --ci`: the file that makes a CI system run mlgate.

use std::env;
use std::path::{Path, PathBuf};

use crate::ci::examples;
use crate::cli::output;
use crate::config::visible;
use crate::git::{in_words, real, top_of};
use crate::init::CiFile;
use crate::pipeline::failure::Failure;

/// A file for a CI system that can be written.
pub(super) struct PreparedFile {
    path: PathBuf,
    file: CiFile,
}

/// Prepares the file for a config, at the top of the repository, or in this folder if there is none.
///
/// # Errors
///
/// The file is there already, or the config is not below the top.
pub(super) fn prepare(name: &str, config: &Path, is_forced: bool) -> Result<PreparedFile, Failure> {
    let here = env::current_dir().map_err(|error| Failure::Environment(error.to_string()))?;
    let here = real(&here).map_err(|error| Failure::Environment(error.to_string()))?;
    let top = top_of(&here).unwrap_or_else(|| here.clone());
    let at = in_words(&here.join(config)).unwrap_or_default();
    let below = at.strip_prefix(&top).map_err(|_| {
        Failure::Usage(format!("`{}` is not below `{}`, where CI would look for it", config.display(), top.display()))
    })?;
    let example = examples().into_iter().find(|example| example.name == name);
    let example = example.ok_or_else(|| Failure::Usage(format!("`{name}` is not a CI system with a file")))?;
    let config = below.to_string_lossy().replace('\\', "/");
    let is_there = |path: &str| top.join(path).symlink_metadata().is_ok();
    let file = CiFile::of(example, &config, is_there).map_err(Failure::Usage)?;
    if is_there(file.path) && !is_forced {
        return Err(Failure::Usage(format!("`{}` already exists; --force overwrites it", file.path)));
    }
    let path = if top == here { PathBuf::from(file.path) } else { top.join(file.path) };
    Ok(PreparedFile { path, file })
}

impl PreparedFile {
    /// Writes the file, and returns what to say.
    pub(super) fn write(&self) -> Result<String, Failure> {
        output::write(&self.path, &self.file.text)?;
        let remark = self.file.remark.map(|remark| format!("\n  {remark}")).unwrap_or_default();
        Ok(format!("wrote {}{remark}\n", visible(&self.path.display().to_string())))
    }
}
