//! Copies of remote files, in a folder that only its owner can read and that is removed with the process.

#[cfg(feature = "remote")]
use std::path::Path;

use crate::private_folder::PrivateFolder;

/// A folder of copies, which is removed when this is dropped.
#[derive(Debug)]
pub(in crate::engine) struct Copies {
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "without remote sources nothing is copied"))]
    folder: PrivateFolder,
}

#[cfg(feature = "remote")]
impl Copies {
    /// Creates a folder.
    ///
    /// # Errors
    ///
    /// The system creates none.
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self { folder: PrivateFolder::new("mlgate-")? })
    }

    /// Returns the path of the folder.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Creates a file for a copy, which nobody else can read.
///
/// # Errors
///
/// The file cannot be created.
#[cfg(feature = "remote")]
pub(super) fn file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(all(test, unix, feature = "remote"))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn copies_are_their_owner_s() {
        let copies = Copies::new().expect("a folder");
        let path = copies.path().join("0");
        let file = file(&path).expect("a file");
        let mode = |found: std::fs::Metadata| found.permissions().mode() & 0o777;
        assert_eq!(mode(file.metadata().expect("it is there")), 0o600);
        assert_eq!(mode(std::fs::metadata(copies.path()).expect("it is there")), 0o700);
        let place = copies.path().to_owned();
        drop(copies);
        assert!(!place.exists());
    }
}
