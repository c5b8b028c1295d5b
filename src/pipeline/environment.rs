//! `mlgate publish`, and the posting of `mlgate run --publish` after its verdict.

use std::env;
use std::path::Path;

use serde_json::Value;

use crate::bounded;
use crate::digest::sha256;
use crate::publish::github::place::{self, Place, Wanted};
use crate::report::model::JobRecord;

/// The message where a token is needed and missing.
pub(crate) const NO_TOKEN: &str = "no token is set; add to the step `env: GITHUB_TOKEN: ${{ github.token }}`";

/// Returns the place of this job of GitHub Actions, if the process runs in one.
pub(crate) fn home() -> Option<Result<Place, String>> {
    variable("GITHUB_REPOSITORY")?;
    Some(place::find(&variable, None, &Wanted::default()).map_err(|error| error.to_string()))
}

/// Maximum bytes of the event of a job; GitHub's own limit is 25 MB.
const MOST_EVENT: u64 = 32 << 20;

/// Returns a variable's value, unless it is empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the job of a CI in which the process runs.
pub(crate) fn job() -> Option<JobRecord> {
    let number = |name: &str| variable(name).and_then(|text| text.parse().ok()).unwrap_or(1);
    // Names of runners may be names of machines, so only their digest is written down.
    let digest = |text: String| sha256(text.as_bytes()).ok().and_then(|digest| Some(digest.get(7..19)?.to_owned()));
    if let Some(run) = variable("GITHUB_RUN_ID") {
        let runner = variable("RUNNER_TRACKING_ID").or_else(|| variable("RUNNER_NAME"));
        return Some(JobRecord {
            run,
            attempt: number("GITHUB_RUN_ATTEMPT"),
            name: variable("GITHUB_JOB"),
            step: variable("GITHUB_ACTION"),
            runner: runner.and_then(digest),
            commit: variable("GITHUB_SHA"),
        });
    }
    if let Some(run) = variable("CI_PIPELINE_ID") {
        let name = variable("CI_JOB_NAME");
        return Some(JobRecord { run, attempt: 1, name, commit: variable("CI_COMMIT_SHA"), ..JobRecord::default() });
    }
    let (name, commit) = (variable("STAGE_NAME"), variable("GIT_COMMIT"));
    variable("BUILD_TAG").map(|run| JobRecord { run, attempt: 1, name, commit, ..JobRecord::default() })
}

/// Returns the token of the environment; an argument would be visible to every process of the machine.
pub(crate) fn token() -> Option<String> {
    ["MLGATE_GITHUB_TOKEN", "GITHUB_TOKEN"].into_iter().find_map(variable).map(|token| token.trim().to_owned())
}

/// Returns the text of this job's event, if the job has one.
///
/// # Errors
///
/// The file of the event cannot be read.
pub(crate) fn event_text() -> Result<Option<String>, String> {
    let Some(path) = variable("GITHUB_EVENT_PATH") else { return Ok(None) };
    let text = bounded::read_text(Path::new(&path), MOST_EVENT);
    text.map(Some).map_err(|error| format!("the event of this job, `{path}`, cannot be read: {error}"))
}

/// Returns this job's event, if the job has one that can be read.
pub(crate) fn event() -> Option<Value> {
    serde_json::from_str(&event_text().ok()??).ok()
}
