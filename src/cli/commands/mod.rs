//! The commands, one file each.

pub(crate) mod bless;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod explain_metric;
pub(super) mod guard;
pub(crate) mod init;
pub(super) mod man;
pub(crate) mod no_verdict;
pub(crate) mod power;
pub(crate) mod publish;
pub(crate) mod run;
pub(crate) mod slices;
