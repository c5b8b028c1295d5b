//! `mlgate publish`, and the posting of `mlgate run --publish` after its verdict.

use std::env;
use std::path::Path;

use serde_json::Value;

use crate::bounded;
use crate::publish::github::place::{self, Place, Wanted};

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
