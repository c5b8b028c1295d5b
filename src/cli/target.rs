//! The target of an output path: a file that is replaced whole, or a device, a pipe or another program's open file that
//! is written into.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use crate::report::safe;

/// Maximum number of followed links, as in Linux.
const MOST_LINKS: usize = 40;

/// A target of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WriteTarget {
    /// A regular file, a link to one, or nothing yet: the path without links among its folders. The file is replaced,
    /// and a link is not followed: a change may have created it.
    File(PathBuf),
    /// A target that other processes have open: a pipe, a device, a file by its descriptor. It is written into and
    /// never replaced.
    Stream(PathBuf),
    /// The standard output of this process.
    Stdout,
    /// The standard error of this process.
    Stderr,
}

impl WriteTarget {
    /// Returns the target of a path.
    ///
    /// # Errors
    ///
    /// The path's links form a cycle, or cannot be read.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let kind = fs::metadata(path).map(|found| found.file_type());
        let named = absolute(path)?;
        let mut at = named.clone();
        for _ in 0..MOST_LINKS {
            match (at.parent(), at.file_name()) {
                (Some(folder), Some(name)) if holds_open_files(folder) => {
                    return Ok(match name.to_str().filter(|_| is_own(folder)) {
                        Some("1" | "stdout") => Self::Stdout,
                        Some("2" | "stderr") => Self::Stderr,
                        _ => Self::Stream(at),
                    });
                }
                _ => {}
            }
            if !fs::symlink_metadata(&at).is_ok_and(|found| found.file_type().is_symlink()) {
                let is_stream = kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir());
                return Ok(if is_stream { Self::Stream(at) } else { Self::File(named) });
            }
            let leads_to = fs::read_link(&at)?;
            at = absolute(&at.parent().unwrap_or(Path::new("/")).join(leads_to))?;
        }
        Err(io::Error::other("its links form a circle"))
    }

    /// Removes a file that an earlier run has written; any other target is unchanged.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub(super) fn clear(&self) -> io::Result<()> {
        let Self::File(path) = self else { return Ok(()) };
        // A folder in the place of the file is the error of the later write.
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_dir() => fs::remove_file(path),
            _ => Ok(()),
        }
    }

    /// Writes the bytes: a file whole or not at all, and into any other target.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::File(path) => replace(path, bytes),
            Self::Stream(path) => {
                let mut stream: File = OpenOptions::new().append(true).open(path)?;
                stream.write_all(bytes)?;
                stream.flush()
            }
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(&logged(bytes))?;
                stdout.flush()
            }
            Self::Stderr => io::stderr().lock().write_all(&logged(bytes)),
        }
    }
}

/// Returns a text with every command of a runner broken; bytes that are not text are unchanged.
fn logged(bytes: &[u8]) -> Cow<'_, [u8]> {
    std::str::from_utf8(bytes).map_or(Cow::Borrowed(bytes), |text| Cow::Owned(safe::log(text).into_bytes()))
}

/// Returns true if the open files in a folder are those of this process.
fn is_own(folder: &Path) -> bool {
    let own = std::process::id().to_string();
    folder.components().all(|part| {
        let part = part.as_os_str().to_str().unwrap_or_default();
        part.parse::<u32>().is_err() || part == own
    })
}

/// Returns true if a folder contains a process' open files, or devices.
fn holds_open_files(folder: &Path) -> bool {
    let parts: Vec<&str> = folder.components().filter_map(|part| part.as_os_str().to_str()).collect();
    match parts.as_slice() {
        [_, "dev"] | [_, "dev", "fd"] => true,
        [_, "proc", process, .., "fd"] => process.parse::<u32>().is_ok() || matches!(*process, "self" | "thread-self"),
        _ => false,
    }
}

/// Returns the absolute path, without links and `..` in its existing folders, and lexically resolved below these.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let Some(name) = path.file_name().map(OsString::from) else { return Ok(real(&path)) };
    let folder = path.parent().unwrap_or(Path::new("/"));
    Ok(real(folder).join(name))
}

/// Returns a folder without links, as far as it exists.
pub(super) fn real(folder: &Path) -> PathBuf {
    // The folder of this process' open files is recognised by its name, which is a link to the folder of its process
    // id.
    if holds_open_files(folder) {
        return folder.to_owned();
    }
    if let Ok(found) = fs::canonicalize(folder) {
        return found;
    }
    match (folder.parent(), folder.components().next_back()) {
        (Some(above), Some(Component::ParentDir)) => {
            let above = real(above);
            above.parent().map_or_else(|| above.clone(), Path::to_owned)
        }
        (Some(above), Some(last)) => real(above).join(last),
        _ => folder.to_owned(),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    // A temporary file is readable by its owner only; a report is for everybody who may read the folder.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn of(path: &Path) -> WriteTarget {
        WriteTarget::of(path).expect("it has a target")
    }

    #[test]
    fn one_file_has_one_target_however_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = fs::canonicalize(folder.path()).expect("it is there");
        fs::create_dir(top.join("real")).expect("a folder");
        symlink("real", top.join("linked")).expect("a link");
        symlink("round", top.join("round")).expect("a link");
        let a = WriteTarget::File(top.join("real/a"));
        for name in ["real/a", "real/./a", "linked/a", "real/../linked/a", "gone/../real/a", "linked/../real/a"] {
            assert_eq!(of(&top.join(name)), a, "{name}");
        }
        assert!(WriteTarget::of(&top.join("round")).is_err());
        assert_ne!(of(&top.join("real/b")), a);
    }

    #[test]
    fn a_link_to_a_file_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path();
        fs::write(top.join("other"), "precious").expect("written");
        for target in ["other", "none/yet"] {
            let link = top.join("link");
            symlink(target, &link).expect("a link");
            of(&link).write(b"x").expect("written");
            assert!(fs::symlink_metadata(&link).is_ok_and(|found| found.is_file()));
            assert_eq!(fs::read(&link).expect("it is there"), b"x");
            fs::remove_file(&link).expect("it is there");
        }
        assert_eq!(fs::read(top.join("other")).expect("it is there"), b"precious");
    }

    #[test]
    fn what_is_open_is_written_into() {
        assert_eq!(of(Path::new("/dev/null")), WriteTarget::Stream("/dev/null".into()));
        for path in ["/dev/stdout", "/dev/fd/1"] {
            assert_eq!(of(Path::new(path)), WriteTarget::Stdout, "{path}");
        }
        assert_eq!(of(Path::new("/dev/stderr")), WriteTarget::Stderr);
        of(Path::new("/dev/null")).write(b"x").expect("written");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn links_to_open_files_are_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("link");
        symlink("/proc/self/fd/1", &link).expect("a link");
        assert_eq!(of(&link), WriteTarget::Stdout);
        assert!(of(Path::new("/dev/full")).write(b"x").is_err());
    }
}
