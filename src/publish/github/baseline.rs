//! The stored baseline in an artifact of the last successful run on the default branch.
//!
//! A fork's branch may have the name of the default branch, and every pull request may upload an artifact of any name.
//! Therefore only runs of this repository's own default branch that no pull request started are considered.

use serde_json::Value;

use super::artifact::one;
use crate::publish::archive;
use crate::publish::http::{ApiError, Client, Method};

/// The events that run commits which are on the branch already.
const EVENTS: [&str; 3] = ["push", "schedule", "workflow_dispatch"];
/// Maximum number of searched pages, of a hundred artifacts each.
const MOST_PAGES: u32 = 5;
/// Maximum number of checked runs, the newest first.
const MOST_RUNS: usize = 10;

/// A baseline and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The bytes of the artifact's file.
    pub bytes: Vec<u8>,
    /// The run that uploaded it.
    pub run: u64,
    /// The branch of the run.
    pub branch: String,
    /// The commit of the run.
    pub commit: String,
}

/// The branch whose runs have the artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchOf<'a> {
    /// The branch of this name.
    Named(&'a str),
    /// The default branch of the repository.
    Default,
    /// The branch of this name if it is the default branch; otherwise none, for a reason.
    IfDefault {
        /// The branch.
        name: &'a str,
        /// The reason.
        why: &'a str,
    },
}

/// The reason there is no baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoBaseline {
    /// No such artifact exists.
    Absent(String),
    /// An artifact exists, or may exist, and is refused.
    Refused(String),
}

impl From<ApiError> for NoBaseline {
    fn from(error: ApiError) -> Self {
        Self::Refused(match error {
            ApiError::NotAllowed(_) => format!("{error}; the job needs `permissions: actions: read`"),
            other => other.to_string(),
        })
    }
}

/// Returns the baseline in the artifact `name`. `is_ancestor` returns true if the change builds on a commit, and `None`
/// if that is unknown.
pub(super) async fn baseline(
    client: &Client,
    name: &str,
    branch: BranchOf<'_>,
    is_ancestor: &dyn Fn(&str) -> Option<bool>,
) -> Result<Artifact, NoBaseline> {
    let repository = client.ask(Method::Get, "", None).await?.json;
    let default = || {
        let name = repository["default_branch"].as_str();
        name.ok_or_else(|| refused("GitHub does not say which branch is the default one"))
    };
    let branch = match branch {
        BranchOf::Named(name) => name,
        BranchOf::Default => default()?,
        BranchOf::IfDefault { name, why } if name != default()? => return Err(refused(why)),
        BranchOf::IfDefault { name, .. } => name,
    };
    let home = Home {
        id: repository["id"].as_u64().ok_or_else(|| refused("GitHub's answer does not name the repository"))?,
        branch: branch.to_owned(),
    };
    let (mut candidates, has_expired) = candidates(client, name, &home).await?;
    // The newest first, and before all others those of commits that the change builds on: other commits contain changes
    // that the candidate lacks.
    candidates.sort_by_key(|artifact| std::cmp::Reverse(artifact["id"].as_u64()));
    let (near, far): (Vec<Value>, Vec<Value>) = candidates
        .into_iter()
        .partition(|artifact| is_ancestor(artifact["workflow_run"]["head_sha"].as_str().unwrap_or("")) == Some(true));
    for artifact in near.iter().chain(&far).take(MOST_RUNS) {
        let Some(run) = artifact["workflow_run"]["id"].as_u64() else { continue };
        let of = client.ask(Method::Get, &format!("/actions/runs/{run}"), None).await?.json;
        if !home.vouches_for(&of) {
            continue;
        }
        return match one(client, artifact, &archive::BASELINES).await {
            Ok(bytes) => {
                let commit = of["head_sha"].as_str().unwrap_or_default().to_owned();
                Ok(Artifact { bytes, run, branch: home.branch, commit })
            }
            Err(error) => Err(NoBaseline::Refused(error.to_string())),
        };
    }
    let expired = if has_expired { ", or it has expired" } else { "" };
    Err(NoBaseline::Absent(format!("no successful run on `{}` has an artifact `{name}`{expired}", home.branch)))
}

fn refused(why: &str) -> NoBaseline {
    NoBaseline::Refused(why.to_owned())
}

/// The repository and branch from which a baseline has to come.
struct Home {
    id: u64,
    branch: String,
}

impl Home {
    /// Returns true if an artifact was uploaded by a run on the default branch of this repository.
    fn has(&self, artifact: &Value) -> bool {
        let run = &artifact["workflow_run"];
        let of = |key: &str| run[key].as_u64() == Some(self.id);
        run["head_branch"] == self.branch.as_str() && of("repository_id") && of("head_repository_id")
    }

    /// Returns true if a run succeeded and was started by an event of the repository itself.
    fn vouches_for(&self, run: &Value) -> bool {
        run["conclusion"] == "success"
            && run["event"].as_str().is_some_and(|event| EVENTS.contains(&event))
            && run["head_branch"] == self.branch.as_str()
            && run["head_repository"]["id"].as_u64() == Some(self.id)
    }
}

/// Returns the unexpired artifacts of this name, and true if others have expired.
async fn candidates(client: &Client, name: &str, home: &Home) -> Result<(Vec<Value>, bool), ApiError> {
    let query: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let mut candidates = Vec::new();
    let mut has_expired = false;
    for page in 1..=MOST_PAGES {
        let path = format!("/actions/artifacts?per_page=100&page={page}&name={query}");
        let list = client.ask(Method::Get, &path, None).await?;
        let all = list.json["artifacts"].as_array().map(Vec::as_slice).unwrap_or_default();
        for artifact in all.iter().filter(|artifact| artifact["name"] == name && home.has(artifact)) {
            if artifact["expired"] == true {
                has_expired = true;
            } else {
                candidates.push(artifact.clone());
            }
        }
        if candidates.len() >= MOST_RUNS || !list.more {
            break;
        }
    }
    Ok((candidates, has_expired))
}
