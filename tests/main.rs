//! The integration tests: one binary, so that the engine is linked once.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod baseline;
mod baseline_models;
mod baseline_sound;
mod baseline_source;
mod bless;
mod breaches;
mod cli;
mod columns;
mod config;
mod contract;
mod conventions;
mod determinism;
mod drift;
mod fail_closed;
mod fairness;
mod fairness_data;
mod fairness_peers;
mod fairness_view;
mod flips;
mod formats;
mod github;
mod init;
mod invariance;
mod metric_edges;
mod metrics;
mod metrics_file;
mod model_invariance;
mod nullability;
mod oracle;
mod pages;
mod power;
mod readme;
mod reference;
#[cfg(unix)]
mod repositories;
mod same_rows;
mod scenarios;
mod slices;
mod sources;
mod support;
mod tasks;
mod unpaired;
mod waivers;
