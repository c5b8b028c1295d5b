//! The stored baseline in an artifact of the last successful run on the default branch.
//!
//! A run of a fork may belong to a branch that is called as ours is, and every pull request may upload an artifact of any
//! name. So nothing counts but runs of this repository's own default branch that no pull request has started.

use serde_json::Value;

use super::artifact::one;
use super::client::{ApiError, Client, Method};
use crate::publish::archive;

/// The events that run what is on the branch already.
const EVENTS: [&str; 3] = ["push", "schedule", "workflow_dispatch"];
/// Pages of a hundred artifacts that are looked through.
const MOST_PAGES: u32 = 5;
/// As many runs as are asked about, the newest first.
const MOST_RUNS: usize = 10;

/// A baseline and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The bytes of the file in it.
    pub bytes: Vec<u8>,
    /// The run that uploaded it.
    pub run: u64,
    /// The commit that the run was about.
    pub commit: String,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoBaseline {
    /// There is no such artifact.
    Absent(String),
    /// There is one, or may be, and it is not taken.
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

/// The baseline in the artifact `name`. `is_ancestor` says whether the change builds on a commit, where that is known.
pub(super) async fn baseline(
    client: &Client,
    name: &str,
    is_ancestor: &dyn Fn(&str) -> Option<bool>,
) -> Result<Artifact, NoBaseline> {
    let repository = client.ask(Method::Get, "", None).await?.json;
    let home = Home {
        id: repository["id"].as_u64().ok_or_else(|| refused("GitHub's answer does not name the repository"))?,
        branch: repository["default_branch"]
            .as_str()
            .ok_or_else(|| refused("GitHub's answer does not name the default branch"))?
            .to_owned(),
    };
    let (mut candidates, has_expired) = candidates(client, name, &home).await?;
    // Newest first, and before all others those of commits that the change builds on: a newer one holds what it does not.
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
                Ok(Artifact { bytes, run, commit })
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

/// The repository that a baseline has to come from.
struct Home {
    id: u64,
    branch: String,
}

impl Home {
    /// Whether an artifact was uploaded by a run on the default branch of this very repository.
    fn has(&self, artifact: &Value) -> bool {
        let run = &artifact["workflow_run"];
        let of = |key: &str| run[key].as_u64() == Some(self.id);
        run["head_branch"] == self.branch.as_str() && of("repository_id") && of("head_repository_id")
    }

    /// Whether a run ended well and was not started from outside.
    fn vouches_for(&self, run: &Value) -> bool {
        run["conclusion"] == "success"
            && run["event"].as_str().is_some_and(|event| EVENTS.contains(&event))
            && run["head_branch"] == self.branch.as_str()
            && run["head_repository"]["id"].as_u64() == Some(self.id)
    }
}

/// The artifacts that may be meant, and whether there were others that have expired.
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
