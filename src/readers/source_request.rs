//! A request for a source: its place, with the limits and the environment of reading it.

use super::environment::ReadEnvironment;
use super::error::ReadError;
use super::found::FoundPath;
use super::limits::ReadLimits;
use super::locator::SourceQuery;

/// A source that a reader is asked for: the text behind its kind, the values of its query, and the world it may use.
pub(in crate::readers) struct SourceRequest<'a> {
    /// The text behind `KIND:` and before the query; a path for most kinds, and empty where it is left out.
    pub(in crate::readers) place: &'a str,
    /// The decoded values of the query.
    pub(in crate::readers) query: &'a SourceQuery,
    pub(in crate::readers) limits: &'a ReadLimits,
    pub(in crate::readers) environment: &'a ReadEnvironment<'a>,
}

impl SourceRequest<'_> {
    /// Returns the file or folder of the place.
    ///
    /// # Errors
    ///
    /// There is none, or it is neither a file nor a folder.
    pub(in crate::readers) fn found(&self) -> Result<FoundPath, ReadError> {
        FoundPath::open(self.place, self.environment, self.limits)
    }
}
