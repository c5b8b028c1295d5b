//! Reasons why a source is not read.

use super::web::without_password;

/// A source that is not read, with the reason and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The locator is malformed.
    #[error("`{}` is not a source: {why}", without_password(.locator))]
    Locator {
        /// The locator as given.
        locator: String,
        /// The problem.
        why: String,
    },
    /// No kind recognises the content.
    #[error("`{place}` is of an unknown kind; name its kind, as in `json:{place}`; the kinds are {known}")]
    Unrecognised {
        /// The path.
        place: String,
        /// The kinds with their descriptions.
        known: String,
    },
    /// A file or folder is missing, damaged, too large, or not what its kind demands.
    #[error("`{place}`: {why}")]
    Unreadable {
        /// The file, folder or address.
        place: String,
        /// The problem.
        why: String,
    },
}

impl ReadError {
    /// Returns the error of a place that cannot be read.
    pub(in crate::readers) fn unreadable(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unreadable { place: place.into(), why: why.into() }
    }
}
