//! A progress bar for long work.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The delay after which the bar appears, so that short work shows none.
const PATIENCE: Duration = Duration::from_millis(500);
/// The interval of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// A progress bar that appears on a terminal after a delay, and leaves nothing behind.
pub(super) struct Progress {
    bar: ProgressBar,
    finished: Option<Sender<()>>,
    waiting: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts the bar, if standard error is a terminal.
    pub(super) fn start(steps: usize, quiet: bool) -> Self {
        Self::of(steps, quiet, "tables")
    }

    /// Like [`Self::start`], over steps of this name.
    pub(super) fn of(steps: usize, quiet: bool, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::hidden());
        if quiet || !std::io::stderr().is_terminal() {
            return Self { bar, finished: None, waiting: None };
        }
        let template = format!("{{spinner}} measuring {{bar:24}} {{pos}}/{{len}} {what} {{elapsed}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        let (finished, wait) = mpsc::channel();
        let shown = bar.clone();
        // Without a thread to draw it, there is no bar.
        let waiting = thread::Builder::new().spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.tick();
                while wait.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    shown.tick();
                }
            }
        });
        Self { bar, finished: Some(finished), waiting: waiting.ok() }
    }

    /// Counts a finished step.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finished.take();
        if let Some(waiting) = self.waiting.take() {
            // The thread only waits and draws; if it panicked, nothing needs to be cleared.
            let _ = waiting.join();
        }
        self.bar.finish_and_clear();
    }
}
