//! The modules of mlgate, in the order in which data pass them: config → catalogue → gate → engine → judge → report → publish.
//!
//! The binary is the product; this library is its inside, without a stable interface.

pub mod baseline;
mod bounded;
pub mod catalog;
pub mod ci;
pub mod cli;
pub mod config;
mod digest;
mod drill;
pub mod engine;
#[cfg(test)]
mod error_rates;
pub mod evidence;
pub mod gate;
pub mod git;
pub mod guard;
pub mod hook;
pub mod init;
mod lexical;
pub mod measurement;
mod pipeline;
mod plural;
pub mod policy;
mod private_folder;
pub mod publish;
pub mod readers;
pub mod report;
pub mod stats;
mod workers;
