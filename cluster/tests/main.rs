//! A scheduler, executors and runs as processes on this machine.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test stops at the first surprise")]

mod equal;
mod failures;
mod pages;
mod refused;
mod support;
