//! A progress bar for long work.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pipeline::progress::Step;

/// The delay after which the bar appears, so that short work shows none.
const PATIENCE: Duration = Duration::from_millis(500);
/// The interval of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// A progress bar that appears on a terminal after a delay, and leaves nothing behind.
struct Progress {
    bar: ProgressBar,
    finished: Option<Sender<()>>,
    waiting: Option<JoinHandle<()>>,
}

/// Returns a listener that shows progress on a terminal, unless it is to be quiet.
pub(super) fn shown(quiet: bool) -> impl Fn(Step) + Sync {
    let current = Mutex::new(None);
    move |step| {
        let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
        match step {
            Step::Started(steps, what) => *current = Some(Progress::of(steps, quiet, what)),
            Step::Done => current.iter().for_each(Progress::step),
            Step::Ended => *current = None,
        }
    }
}

impl Progress {
    /// Starts a bar over `steps` steps of this name; `quiet`, or without a terminal, it stays hidden.
    fn of(steps: usize, quiet: bool, what: &str) -> Self {
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
    fn step(&self) {
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
