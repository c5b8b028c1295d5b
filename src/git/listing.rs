//! All entries of a commit, and the contents of many of its files at once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;

use super::command;
use super::discover::{NoRepository, Repository};
use super::objects::{TreeEntry, slashed};

/// The entries of a commit by their paths from the top, without folders.
pub type Listing = BTreeMap<PathBuf, TreeEntry>;

impl Repository {
    /// Returns all files, links and submodules of a commit.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error means that objects of the commit are missing.
    pub fn listing(&self, commit: &str) -> Result<Result<Listing, String>, NoRepository> {
        let answer = self.bytes(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        Ok(answer.map(|answer| listing(&answer)))
    }

    /// Returns the entries of a commit at these paths; paths without an entry are left out.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error means that objects of the commit are missing.
    pub fn entries(&self, commit: &str, paths: &[PathBuf]) -> Result<Result<Listing, String>, NoRepository> {
        self.listed(commit, &[], paths)
    }

    fn listed(
        &self,
        commit: &str,
        options: &[&str],
        paths: &[PathBuf],
    ) -> Result<Result<Listing, String>, NoRepository> {
        if paths.is_empty() {
            return Ok(Ok(Listing::new()));
        }
        let words = [&["ls-tree", "-z", "--full-tree"], options, &[commit, "--"]].concat();
        let mut arguments: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        arguments.extend(paths.iter().map(|path| slashed(path)));
        Ok(self.bytes(&arguments)?.map(|answer| listing(&answer)))
    }

    /// Returns the files, links and submodules of a commit at these paths and below.
    ///
    /// # Errors
    ///
    /// Git cannot be started; the inner error means that objects of the commit are missing.
    pub fn listing_below(&self, commit: &str, paths: &[PathBuf]) -> Result<Result<Listing, String>, NoRepository> {
        if paths.iter().any(|path| path.as_os_str().is_empty()) {
            return self.listing(commit);
        }
        self.listed(commit, &["-r"], paths)
    }

    /// Passes the contents of files to `take`, in the order of their ids: the position in `ids`, the size, and the bytes.
    ///
    /// # Errors
    ///
    /// Git cannot be started, a file is missing, or `take` failed.
    pub fn contents(
        &self,
        ids: &[String],
        mut take: impl FnMut(usize, u64, &mut dyn Read) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut git = command::git(&self.top, &[])?;
        git.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = git.spawn()?;
        let (Some(mut asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("git has no input or output"));
        };
        let wanted: String = ids.iter().map(|id| format!("{id}\n")).collect();
        // Git answers while it is asked; to ask everything first could fill both pipes.
        let asking = thread::spawn(move || asks.write_all(wanted.as_bytes()));
        let mut answers = BufReader::new(answers);
        let mut read = || {
            for (at, id) in ids.iter().enumerate() {
                let mut head = String::new();
                answers.read_line(&mut head)?;
                let size = head.trim_end().rsplit_once(' ').and_then(|(_, size)| size.parse::<u64>().ok());
                let size = size.ok_or_else(|| io::Error::other(format!("this clone does not hold the object {id}")))?;
                let mut content = (&mut answers).take(size);
                take(at, size, &mut content)?;
                io::copy(&mut content, &mut io::sink())?;
                answers.read_exact(&mut [0; 1])?;
            }
            Ok(())
        };
        let done = read();
        drop(answers);
        let _ = asking.join();
        let _ = child.wait();
        done
    }
}

fn listing(answer: &[u8]) -> Listing {
    command::parts(answer).filter_map(TreeEntry::parse).collect()
}
