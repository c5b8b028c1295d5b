//! Posting a report on a forge.
//!
//! This module reads no file and judges nothing. Its input is a report, finished Markdown and the environment's
//! variables, and only `http` and `gateway` speak to a server. Posting never changes a verdict: a failure to post is
//! reported, and the exit code of the gates stands.

pub mod annotation;
pub mod archive;
mod bitbucket;
pub mod claim;
pub mod forge;
pub mod gateway;
mod gitea;
pub mod github;
mod gitlab;
mod http;
pub mod log_commands;
pub mod marker;
mod nodes;
pub mod outputs;
pub mod part;
