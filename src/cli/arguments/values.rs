//! The values of arguments.

use std::num::NonZero;

use clap::ValueEnum;

use crate::publish::forge;
use crate::publish::marker::CommentMode;
use crate::report::Format;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TableFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

/// Maximum number of threads; each takes memory.
pub(in crate::cli) const MOST_THREADS: usize = 1_024;

pub(in crate::cli) fn threads(text: &str) -> Result<NonZero<usize>, String> {
    let threads =
        text.parse().ok().and_then(NonZero::new).filter(|threads: &NonZero<usize>| threads.get() <= MOST_THREADS);
    threads.ok_or_else(|| format!("limit: a whole number from 1 to {MOST_THREADS}"))
}

/// Parses a time and returns microseconds since 1970.
pub(in crate::cli) fn now(text: &str) -> Result<i64, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|time| time.timestamp_micros())
        .map_err(|error| format!("{error}; write it as 2026-01-31T12:00:00Z"))
}

/// Parses a format of what is not a report.
pub(in crate::cli) fn table_or_markdown(name: &str) -> Result<Format, String> {
    match format(name)? {
        format @ (Format::Text | Format::Markdown | Format::Json) => Ok(format),
        format => Err(format!("`{}` is a format of reports alone: use text, markdown or json", format.name())),
    }
}

pub(in crate::cli) fn format(name: &str) -> Result<Format, String> {
    name.parse().map_err(|error: crate::report::UnknownFormat| error.to_string())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Mode {
    /// One comment for each key, changed in place
    Update,
    /// A new comment each time; the old one is deleted
    Recreate,
    /// Like update, but only once something has failed
    OnFailure,
    /// No comment
    Off,
}

impl From<Mode> for CommentMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Update => Self::Update,
            Mode::Recreate => Self::Recreate,
            Mode::OnFailure => Self::OnFailure,
            Mode::Off => Self::Off,
        }
    }
}

/// Parses the name of a forge.
pub(in crate::cli) fn forge_name(text: &str) -> Result<String, String> {
    let known = || forge::FORGES.map(|kind| kind.name.to_ascii_lowercase()).join(", ");
    forge::named(text)
        .map(|kind| kind.name.to_owned())
        .ok_or_else(|| format!("not a known forge; the known ones are {}", known()))
}

pub(in crate::cli) fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE, such as repo=org/name")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Parses a share such as `90%` or `0.9`.
pub(in crate::cli) fn share(text: &str) -> Result<f64, String> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse(),
    };
    number.ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "write it as a share, such as 90%".to_owned())
}

/// Parses a time such as `60s`.
pub(in crate::cli) fn budget(text: &str) -> Result<f64, String> {
    let seconds = crate::config::seconds(text).or_else(|| text.parse().ok());
    let is_usable = |seconds: &f64| (0.0..=86_400.0).contains(seconds);
    seconds.filter(is_usable).ok_or_else(|| "write it as 60s or 5m; limit: 1 day".to_owned())
}
