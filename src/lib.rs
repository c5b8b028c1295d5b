//! The modules of mlgate, in the order in which data pass them: config → catalogue → gate → engine → judge → report → publish.
//!
//! The binary is the product; this library is its inside, without a stable interface. Public are its entry, what
//! `mlgate-cluster` plugs in, and what tests and benchmarks measure; all else is private, so that the compiler finds what
//! nothing uses.

mod baseline;
mod bounded;
mod catalog;
mod ci;
mod cli;
pub mod cluster;
mod config;
mod digest;
mod drill;
mod engine;
#[cfg(test)]
mod error_rates;
mod evidence;
mod gate;
mod git;
mod guard;
mod hook;
mod init;
mod lexical;
mod measurement;
mod pipeline;
mod plural;
mod policy;
mod private_folder;
mod publish;
mod readers;
mod report;
mod stats;
#[doc(hidden)]
pub mod testing;
mod workers;

pub use cli::main;
