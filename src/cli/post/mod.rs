//! The posting of reports, and of runs that ended without one: comment, check run, status, job summary and outputs.

pub(super) mod deliver;
mod identity;
mod job_summary;
pub(super) mod no_verdict;
pub(super) mod one_report;
mod pages;
pub(super) mod place;
mod say;
pub(super) mod settings;
pub(super) mod several;
mod template;
