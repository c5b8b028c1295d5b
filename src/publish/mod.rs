//! Posting: what a report becomes on a forge.
//!
//! This room reads no file and judges nothing. It is given a report, finished Markdown and what the environment says, and it is
//! the only one that names `octocrab`. Posting never changes a verdict: what could not be posted is said, and the exit code of
//! the gate stands.

pub mod annotation;
pub mod archive;
pub mod claim;
pub mod github;
pub mod marker;
mod nodes;
pub mod outputs;
