//! Copies of remote files, in a folder that only its owner can read and that is removed with the process.
//!
//! Data that were private in a store must not be readable for others on the machine. So folder and files belong to
//! their owner only, and a signal that ends the process removes them first.

#[cfg(feature = "remote")]
use std::path::Path;

use tempfile::TempDir;

/// A folder of copies, which is removed when this is dropped.
#[derive(Debug)]
pub(in crate::engine) struct Copies {
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "without remote sources nothing is copied"))]
    folder: TempDir,
}

#[cfg(feature = "remote")]
impl Copies {
    /// Creates a folder.
    ///
    /// # Errors
    ///
    /// The system creates none.
    pub(super) fn new() -> std::io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("mlgate-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o700));
            signals::watch();
        }
        let folder = builder.tempdir()?;
        #[cfg(unix)]
        signals::add(folder.path());
        Ok(Self { folder })
    }

    /// Returns the path of the folder.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        #[cfg(all(unix, feature = "remote"))]
        signals::forget(self.folder.path());
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

#[cfg(all(unix, feature = "remote"))]
mod signals {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, MutexGuard, Once, PoisonError, mpsc};
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    /// The existing folders.
    static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

    fn folders() -> MutexGuard<'static, BTreeSet<PathBuf>> {
        FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a thread that waits for signals that end the process, and removes the folders first.
    pub(super) fn watch() {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            let (watching, is_watching) = mpsc::channel();
            let wait = move || {
                // Signals are registered by the thread itself: without a thread, nobody would obey them.
                let signals = Signals::new([SIGHUP, SIGINT, SIGTERM]);
                let _ = watching.send(());
                let Ok(mut signals) = signals else { return };
                for signal in signals.forever() {
                    // The lock is held to the end, so that no folder is added after the others are removed.
                    let folders = folders();
                    for folder in folders.iter() {
                        let _ = fs::remove_dir_all(folder);
                    }
                    let _ = emulate_default_handler(signal);
                }
            };
            // Without a thread, signals end the process as before, and the folder still belongs to its owner only.
            if thread::Builder::new().name("signals".to_owned()).spawn(wait).is_ok() {
                let _ = is_watching.recv();
            }
        });
    }

    /// Registers a folder to be removed when a signal ends the process.
    pub(super) fn add(folder: &Path) {
        folders().insert(folder.to_owned());
    }

    /// Unregisters a folder.
    pub(super) fn forget(folder: &Path) {
        folders().remove(folder);
    }
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
