//! `mlgate publish`, and the posting of `mlgate run --publish` after its verdict.

use std::env;

use crate::publish::github::place::{self, Place, Wanted};

/// The message where a token is needed and missing.
pub(crate) const NO_TOKEN: &str = "no token is set; add to the step `env: GITHUB_TOKEN: ${{ github.token }}`";

/// Returns the place of this job of GitHub Actions, if the process runs in one.
pub(crate) fn home() -> Option<Result<Place, String>> {
    variable("GITHUB_REPOSITORY")?;
    Some(place::find(&variable, None, &Wanted::default()).map_err(|error| error.to_string()))
}

pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the token of the environment; an argument would be visible to every process of the machine.
pub(crate) fn token() -> Option<String> {
    ["MLGATE_GITHUB_TOKEN", "GITHUB_TOKEN"].into_iter().find_map(variable).map(|token| token.trim().to_owned())
}
