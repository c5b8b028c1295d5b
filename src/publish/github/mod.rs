//! GitHub, and forges that are compatible with GitHub's API.

mod artifact;
mod baseline;
mod checks;
mod forge;
mod place;

pub use artifact::{ArtifactError, FoundArtifact};
pub use baseline::{Artifact, BranchOf, NoBaseline};
pub(super) use forge::{GitHub, KIND};
pub(super) use place::find;

use super::forge::{Place, within};
use super::http::{ApiError, PATIENCE};

/// Returns the reports in the artifacts of the run that `place` names, read at the time `now`: one for each of `names`,
/// and one for each artifact that a glob among them matches.
pub fn artifacts(place: &Place, token: &str, names: &[String], now: i64) -> Result<Vec<FoundArtifact>, ApiError> {
    let run = place.earlier_run.ok_or_else(|| {
        ApiError::Refused("this job was not started by another run; an artifact needs `on: workflow_run`".to_owned())
    })?;
    within(async {
        let client = place.client(token, PATIENCE)?;
        let mut found = Vec::new();
        for name in names {
            found.extend(artifact::reports(&client, run, name, now).await?);
        }
        Ok(found)
    })
    .unwrap_or_else(|error| Err(ApiError::Unreachable(error)))
}

/// Returns the stored baseline in the artifact `name` of the last successful run on the default branch.
///
/// `is_ancestor` returns true if the change builds on a commit, and `None` if that is unknown: artifacts of ancestors
/// precede newer ones.
pub fn baseline(
    place: &Place,
    token: &str,
    name: &str,
    branch: BranchOf<'_>,
    is_ancestor: &dyn Fn(&str) -> Option<bool>,
) -> Result<Artifact, NoBaseline> {
    within(async {
        let client = place.client(token, PATIENCE)?;
        baseline::baseline(&client, name, branch, is_ancestor).await
    })
    .unwrap_or_else(|error| Err(NoBaseline::Refused(error)))
}
