//! A second process that outlives a run, and says that there is no verdict where the run was killed.
//!
//! Nothing can be done by a process that is killed for memory or time. So a run that posts starts this program again with
//! the same arguments, and tells it through a pipe how it ended. If the pipe closes without that, the run was killed.

use std::env;
use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};

/// The variable that makes a process the watcher of the one that has started it.
const WATCHER: &str = "MLGATE_WATCHER";
/// The bytes that a run sends at its end, unless it is killed.
const ENDED: &[u8] = b"ended";

/// The process that watches this one.
pub(super) struct Watch(Option<Child>);

impl Watch {
    /// Starts watching; a machine on which that is not possible does without.
    pub(super) fn start() -> Self {
        let arguments = env::args_os().skip(1);
        let watcher = env::current_exe()
            .and_then(|program| Command::new(program).args(arguments).env(WATCHER, "1").stdin(Stdio::piped()).spawn());
        Self(watcher.ok())
    }

    /// Ends watching: this process has said itself how it ended.
    pub(super) fn end(mut self) {
        if let Some(mut watcher) = self.0.take() {
            if let Some(mut pipe) = watcher.stdin.take() {
                let _ = pipe.write_all(ENDED);
            }
            let _ = watcher.wait();
        }
    }
}

/// Returns true if this process watches the one that has started it.
pub(super) fn is_watcher() -> bool {
    env::var_os(WATCHER).is_some()
}

/// Waits for the end of the process that has started this one; returns true if it was killed.
pub(super) fn was_killed() -> bool {
    outlive();
    let mut said = Vec::new();
    // Nobody sends more, and what cannot be read is the end.
    let _ = std::io::stdin().lock().take(ENDED.len() as u64).read_to_end(&mut said);
    said != ENDED
}

/// Survives the signals that end the other process: a job that is cancelled sends them to both.
#[cfg(unix)]
fn outlive() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    for signal in [SIGHUP, SIGINT, SIGTERM] {
        let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
}

#[cfg(not(unix))]
fn outlive() {}
