//! The half of `mlgate-cluster` that is in this library: scans as bytes, and the words that both programs share.

pub use crate::config::bytes;
pub use crate::engine::cluster::{Cluster, ClusterError, ScanWork, Surplus, Worker, join, withhold};
pub use crate::report::safe::terminal;
