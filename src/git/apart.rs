//! A second work tree of a repository, in another folder, of which the repository knows nothing.
//!
//! The folder has a repository of its own that borrows the objects of the first. So whatever asks for commits there gets
//! the answers that a checkout of the commit would give, and nothing is written into the first repository: no lock, no
//! list of work trees, no reference.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Stdio;

use super::command;
use super::discover::Repository;
use super::objects::is_id;

/// References of the new repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedReference {
    /// The full name.
    pub name: String,
    /// The id that the reference has.
    pub id: String,
    /// The name of the reference that this one stands for.
    pub symbolic: Option<String>,
}

impl Repository {
    /// Returns all branches, remote branches and tags.
    ///
    /// # Errors
    ///
    /// Git cannot be started, or fails.
    pub fn references(&self) -> io::Result<Vec<NamedReference>> {
        let format = "--format=%(objectname) %(refname) %(symref)";
        let asked = ["for-each-ref", format, "refs/heads", "refs/remotes", "refs/tags"];
        let answer = command::answer(&self.top, &asked)?.map_err(io::Error::other)?;
        let reference = |line: &str| {
            let mut words = line.split(' ');
            let (id, name) = (words.next().filter(|id| is_id(id))?, words.next()?);
            let symbolic = words.next().filter(|name| !name.is_empty());
            Some(NamedReference { name: name.to_owned(), id: id.to_owned(), symbolic: symbolic.map(str::to_owned) })
        };
        Ok(answer.lines().filter_map(reference).collect())
    }

    /// Makes an existing folder the top of a work tree in which `commit` is checked out. Files are the caller's to write;
    /// git takes those that are missing for unchanged.
    ///
    /// # Errors
    ///
    /// The folder cannot be written to, or git fails.
    pub fn set_apart(&self, commit: &str, folder: &Path, references: &[NamedReference]) -> io::Result<()> {
        let own = folder.join(".git");
        for name in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            fs::create_dir_all(own.join(name))?;
        }
        let objects = self.common_dir.join("objects");
        let objects = objects.to_str().filter(|path| !path.contains(['\n', '"'])).ok_or_else(|| {
            io::Error::other("the path of the repository is not UTF-8, or has a quote or a new line in it")
        })?;
        fs::write(own.join("objects/info/alternates"), format!("{objects}\n"))?;
        let config = if commit.len() == 64 {
            "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = sha256\n"
        } else {
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
        };
        fs::write(own.join("config"), config)?;
        fs::write(own.join("HEAD"), format!("{commit}\n"))?;
        let mut packed = String::new();
        for reference in references {
            match &reference.symbolic {
                Some(to) if reference.name.starts_with("refs/") => {
                    let file = own.join(&reference.name);
                    fs::create_dir_all(file.parent().unwrap_or(&own))?;
                    fs::write(file, format!("ref: {to}\n"))?;
                }
                _ => _ = writeln!(packed, "{} {}", reference.id, reference.name),
            }
        }
        fs::write(own.join("packed-refs"), packed)?;
        if self.is_shallow {
            fs::copy(self.common_dir.join("shallow"), own.join("shallow"))?;
        }
        command::answer(folder, &["read-tree", commit])?.map_err(io::Error::other)?;
        let listed = command::bytes(command::git(folder, &[])?.args(["ls-files", "-z"]))?.map_err(io::Error::other)?;
        fed(folder, &["update-index", "--assume-unchanged", "-z", "--stdin"], &listed)
    }

    /// Returns the path of an object in this clone's own store of Git LFS.
    pub fn lfs_object(&self, digest: &str) -> Option<std::path::PathBuf> {
        let hex = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let path = self.common_dir.join("lfs/objects").join(digest.get(..2)?).join(digest.get(2..4)?).join(digest);
        (hex && path.is_file()).then_some(path)
    }
}

/// Runs git with an input.
fn fed(top: &Path, arguments: &[&str], input: &[u8]) -> io::Result<()> {
    let mut git = command::git(top, &[])?;
    git.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = git.spawn()?;
    let written = child.stdin.take().map_or(Ok(()), |mut asks| asks.write_all(input));
    let status = child.wait()?;
    written?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("`git {}` failed", arguments.join(" ")))) }
}
