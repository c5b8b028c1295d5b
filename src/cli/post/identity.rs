//! The identity of a report among those of other jobs: its part of the comment, its key and its names.

use std::path::Path;

use crate::cli::in_repository::in_repository;
use crate::digest::sha256;
use crate::pipeline::environment::job;
use crate::publish::forge::Place;
use crate::publish::part::{Part, Standing};
use crate::report::document::{JobRecord, Report, RunRecord};
use crate::report::title;

/// The name of a config that has no other beside it, whose key needs no words in a status.
const ALONE: &str = "mlgate.yml";
/// The status and the check run of a gate without a name.
const PLAIN: &str = "mlgate";

/// Records the arguments and the job of a run in its report.
pub(in crate::cli) fn record(report: &mut Report, arguments: RunRecord, commit: Option<String>) {
    let mut job = job();
    if let (Some(job), Some(commit)) = (&mut job, commit) {
        job.commit = Some(commit);
    }
    if job.is_none() && arguments == RunRecord::default() {
        return;
    }
    let (only, gates) = match report.run.take() {
        Some(run) => (run.only, run.gates),
        None => (Vec::new(), report.gates.len() as u64),
    };
    report.run = Some(RunRecord { only, gates, job, ..arguments });
}

/// Returns the part of the comment that a report of this job or of an earlier one in the same run has.
pub(in crate::cli) fn of_report(report: &Report, place: Option<&Place>) -> Part {
    let run = report.run.clone().unwrap_or_default();
    let job = run.job.clone().or_else(job).unwrap_or_default();
    let lane =
        lane(&job, (run.baseline.as_deref(), run.config_from.is_some()), &report.provenance.config.path, &run.only);
    // Legs of a matrix have one job and other data, or the same data on other runners.
    let inputs = report.provenance.candidate.files.iter().flat_map(|file| [file.path.clone(), file.digest.clone()]);
    let id = digest([lane.clone(), job.runner.clone().unwrap_or_default()].into_iter().chain(inputs));
    let (standing, title, config) = (report.verdict.into(), title(report), Some(key(report)));
    Part { id, lane, config, only: run.only, standing, title, ..of_job(job, place) }
}

/// Returns the part of a run of this job that ended without a report.
pub(in crate::cli) fn of_ended(
    config: &str,
    against: (Option<&str>, bool),
    only: &[String],
    title: String,
    place: Option<&Place>,
) -> Part {
    let job = job().unwrap_or_default();
    let lane = lane(&job, against, config, only);
    let id = digest([lane.clone(), job.runner.clone().unwrap_or_default()]);
    let config = Some(in_repository(config).unwrap_or_else(|| config.to_owned()));
    Part { id, lane, config, only: only.to_vec(), standing: Standing::None, title, ..of_job(job, place) }
}

/// Returns the digest of a job, its workflow, its step and its arguments, which the next attempt repeats: the baseline, and whether the config
/// of a commit judges, whose id may be another one then.
fn lane(job: &JobRecord, (baseline, is_from): (Option<&str>, bool), config: &str, only: &[String]) -> String {
    let arguments = [job.workflow.as_deref(), job.name.as_deref(), job.step.as_deref(), baseline, Some(config)];
    let arguments = arguments.into_iter().map(Option::unwrap_or_default).chain(only.iter().map(String::as_str));
    let arguments = arguments.chain(is_from.then_some("--config-from"));
    digest(arguments.map(str::to_owned))
}

/// Returns the part of what was published under `names`, as one answer for several jobs or as the claim of another run.
pub(in crate::cli) fn of_names(names: &[String], standing: Standing, title: String, place: Option<&Place>) -> Part {
    let mut job = job().unwrap_or_default();
    let origin = [job.workflow.clone(), job.name.clone()].map(Option::unwrap_or_default);
    let lane = digest(names.iter().cloned().chain(origin));
    // The run that was measured, and not the one that only publishes.
    if let Some(run) = place.and_then(|place| place.earlier_run) {
        (job.run, job.name) = (run.to_string(), None);
    }
    Part { id: lane.clone(), lane, standing, title, ..of_job(job, place) }
}

fn of_job(job: JobRecord, place: Option<&Place>) -> Part {
    Part {
        id: String::new(),
        lane: String::new(),
        run: run_number(&job.run),
        attempt: job.attempt.max(1),
        commit: place.and_then(|place| place.commit.clone()).or(job.commit),
        job: job.name,
        config: None,
        only: Vec::new(),
        standing: Standing::None,
        title: String::new(),
    }
}

/// Returns the number of a run, and that of a digest where a CI has other names for its runs; `None` outside of a run.
fn run_number(run: &str) -> Option<u64> {
    let of_digest = || u64::from_str_radix(digest([run.to_owned()]).get(..15)?, 16).ok();
    if run.is_empty() { None } else { run.parse().ok().or_else(of_digest) }
}

/// Returns a digest of texts, none of which can pass for two.
fn digest(texts: impl IntoIterator<Item = String>) -> String {
    let text: String = texts.into_iter().map(|text| format!("{}:{text}", text.len())).collect();
    sha256(text.as_bytes()).unwrap_or_default().trim_start_matches("sha256:").chars().take(16).collect()
}

/// Returns the config's path relative to the top of the repository, so that the comments of two folders do not
/// overwrite each other.
pub(in crate::cli) fn key(report: &Report) -> String {
    let path = &report.provenance.config.path;
    in_repository(path).unwrap_or_else(|| path.clone())
}

/// Returns the name of a status or check run that has none: two gates of a commit must not set the same.
pub(in crate::cli) fn context(key: &str, only: &[String]) -> String {
    let of_key = if key == ALONE || key == PLAIN { PLAIN.to_owned() } else { format!("{PLAIN}/{key}") };
    if only.is_empty() { of_key } else { format!("{of_key} --only {}", only.join(" ")) }
}

/// Returns the names by which `--expect` means a report: its key, its job, its config, and its file, or the folder of a `report.json`.
pub(in crate::cli) fn names(report: Option<&Report>, file: &Path) -> Vec<String> {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    // Downloaded artifacts have a folder each.
    let folder = file.parent().and_then(Path::file_name).filter(|_| stem.as_deref() == Some("report"));
    let folder = folder.map(|name| name.to_string_lossy().into_owned());
    let run = report.and_then(|report| report.run.as_ref());
    let key = run.and_then(|run| run.key.clone());
    let job = run.and_then(|run| run.job.as_ref()?.name.clone());
    let config = report.map(|report| report.provenance.config.path.clone());
    key.into_iter().chain(stem).chain(folder).chain(config).chain(job).collect()
}
