//! A kind of source: its name, and the functions that recognise and read it.

use super::source_request::SourceRequest;
use super::{FoundPath, ReadError, RunSnapshot};

/// A kind of source.
pub(in crate::readers) struct SourceKind {
    /// The word before the colon of a locator, and the snapshot's `kind`.
    pub(in crate::readers) name: &'static str,
    /// A description for messages.
    pub(in crate::readers) about: &'static str,
    /// Recognises a path by its content; false for kinds that are addresses.
    pub(in crate::readers) recognise: fn(&FoundPath) -> bool,
    /// Reads the source.
    pub(in crate::readers) read: fn(&SourceRequest<'_>) -> Result<RunSnapshot, ReadError>,
}
