//! The commands, one file each.

pub(crate) mod bless;
pub(super) mod demo;
pub(crate) mod diff;
pub(super) mod doctor;
pub(crate) mod drill;
pub(crate) mod explain;
pub(crate) mod explain_metric;
pub(super) mod guard;
pub(super) mod hook;
pub(super) mod hook_run;
pub(crate) mod init;
mod init_ci;
mod init_find;
pub(super) mod man;
pub(crate) mod no_verdict;
pub(crate) mod power;
pub(crate) mod publish;
pub(crate) mod push;
pub(super) mod read;
pub(crate) mod render;
pub(crate) mod run;
pub(crate) mod sign;
pub(crate) mod slices;
pub(crate) mod verify;
