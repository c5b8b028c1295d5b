//! The environment of a job: variables, the token, the repository.

use std::env;

use crate::publish::github::place::{self, Place, Wanted};

/// The message where a token is needed and missing.
pub(crate) const NO_TOKEN: &str = "there is no token; give the step `env: GITHUB_TOKEN: ${{ github.token }}`";

/// The repository that this job of GitHub Actions belongs to, where it is one.
pub(crate) fn home() -> Option<Result<Place, String>> {
    variable("GITHUB_REPOSITORY")?;
    Some(place::find(&variable, None, &Wanted::default()).map_err(|error| error.to_string()))
}

pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Never an argument: those are seen by every process of the machine.
pub(crate) fn token() -> Option<String> {
    ["MLGATE_GITHUB_TOKEN", "GITHUB_TOKEN"].into_iter().find_map(variable).map(|token| token.trim().to_owned())
}
