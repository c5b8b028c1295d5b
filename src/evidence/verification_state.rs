//! The state of an item that was verified.

use serde::Serialize;

/// The result for one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationState {
    /// It is not what was written or signed.
    Changed,
    /// It could not be compared.
    Unchecked,
    /// The caller left it out.
    Skipped,
    /// A fact that a reader should know, without an effect.
    Note,
    /// It is what was written or signed.
    Holds,
}
