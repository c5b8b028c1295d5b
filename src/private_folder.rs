//! Temporary folders that only their owner can read, and that are removed with the process.
//!
//! Data that are private elsewhere must not be readable for others on the machine. So a folder belongs to its owner only,
//! and a signal that ends the process removes it first.

use std::path::Path;

use tempfile::TempDir;

/// A temporary folder, which is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct PrivateFolder(TempDir);

impl PrivateFolder {
    /// Creates a folder whose name starts with `prefix`.
    ///
    /// # Errors
    ///
    /// The system creates none.
    pub(crate) fn new(prefix: &str) -> std::io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o700));
            signals::watch();
        }
        let folder = builder.tempdir()?;
        #[cfg(unix)]
        signals::add(folder.path());
        Ok(Self(folder))
    }

    /// Returns the path.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

#[cfg(unix)]
impl Drop for PrivateFolder {
    fn drop(&mut self) {
        signals::forget(self.0.path());
    }
}

#[cfg(unix)]
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
