//! `mlgate publish`, and the posting of `mlgate run --publish` after its verdict.

use std::env;
use std::path::Path;

use serde_json::Value;

use crate::bounded;
use crate::ci;
use crate::digest::sha256;
use crate::publish::forge::{self, ForgeKind, Place, Wanted};
use crate::report::document::JobRecord;

/// Returns the place of this job of GitHub Actions, if the process runs in one.
pub(crate) fn home() -> Option<Result<Place, String>> {
    variable("GITHUB_REPOSITORY")?;
    Some(forge::find(&variable, None, &Wanted::default()).map_err(|error| error.to_string()))
}

/// Maximum bytes of the event of a job; GitHub's own limit is 25 MB.
const MOST_EVENT: u64 = 32 << 20;

/// Returns a variable's value, unless it is empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the job of a CI in which the process runs.
pub(crate) fn job() -> Option<JobRecord> {
    // Names of runners may be names of machines, so only their digest is written down.
    let digest = |text: String| sha256(text.as_bytes()).ok().and_then(|digest| Some(digest.get(7..19)?.to_owned()));
    let attempt = |(name, more): (&str, u64)| Some(variable(name)?.parse::<u64>().ok()?.saturating_add(more));
    ci::SYSTEMS.iter().filter_map(|system| system.job.as_ref()).find_map(|named| {
        let name: Vec<String> = named.name.iter().filter_map(|part| variable(part)).collect();
        Some(JobRecord {
            run: variable(named.run)?,
            attempt: named.attempt.and_then(attempt).unwrap_or(1),
            name: (!name.is_empty()).then(|| name.join(" / ")),
            workflow: named.workflow.iter().find_map(|name| variable(name)).map(without_ref),
            step: named.step.and_then(variable),
            runner: named.runner.iter().find_map(|name| variable(name)).and_then(digest),
            commit: variable(named.commit),
        })
    })
}

/// Returns the path of a workflow, whose ref differs between the events of a commit.
fn without_ref(workflow: String) -> String {
    workflow.split_once('@').map_or(workflow.clone(), |(path, _)| path.to_owned())
}

/// Returns the token of the environment for a forge.
pub(crate) fn token(forge: &ForgeKind) -> Option<String> {
    forge.token(&variable)
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
