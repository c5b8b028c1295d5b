//! The commands, one file each.

pub(super) mod bless;
pub(super) mod demo;
pub(super) mod diff;
pub(super) mod doctor;
pub(super) mod drill;
pub(super) mod explain;
pub(super) mod explain_metric;
pub(super) mod guard;
pub(super) mod hook;
pub(super) mod hook_run;
pub(super) mod init;
mod init_ci;
mod init_find;
pub(super) mod man;
pub(super) mod power;
pub(super) mod publish;
pub(super) mod push;
pub(super) mod read;
pub(super) mod render;
pub(super) mod run;
pub(super) mod sign;
pub(super) mod slices;
pub(super) mod verify;
