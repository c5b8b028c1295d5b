//! Log lines of Ballista, on standard error.

use log::{LevelFilter, Log, Metadata, Record};

use crate::say;

struct ToStderr;

impl Log for ToStderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            say(&format!("[{}] {}: {}", record.level(), record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}

/// Starts to write log lines of a level and all graver ones.
pub(crate) fn start(level: LevelFilter) {
    if log::set_logger(&ToStderr).is_ok() {
        log::set_max_level(level);
    }
}
