//! The report of an earlier run, possibly the run of a fork.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::publish::archive;
use crate::publish::claim;
use crate::publish::http::{ApiError, Client, Method};
use crate::report::document::Report;

/// Maximum number of pages of artifacts that are searched for a glob, of a hundred each.
const MOST_PAGES: u32 = 5;

/// The reason there is no report of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// GitHub did not return the artifact.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// The run has no such artifact.
    #[error(
        "run {run} has no artifact `{name}`: it ended before the report was written, or its workflow does not upload it"
    )]
    Missing {
        /// The number of the run.
        run: u64,
        /// The name of the artifact.
        name: String,
    },
    /// The artifact has expired.
    #[error("the artifact `{0}` has expired")]
    Expired(String),
    /// The artifact is too large to be a report.
    #[error("the artifact has {0} bytes, which is too large for a report")]
    TooBig(u64),
    /// The artifact's digest is not the one that GitHub lists.
    #[error("the artifact does not have the digest that GitHub lists")]
    Digest,
    /// The artifact is not an archive with a report.
    #[error("{0}")]
    Archive(#[from] archive::ArchiveError),
    /// The archive's file is not a valid report.
    #[error("{0}")]
    Claim(#[from] claim::ClaimError),
}

/// The name of an artifact, and its report or the reason there is none.
pub type FoundArtifact = (String, Result<Report, ArtifactError>);

/// Returns the reports in the artifacts of `run` that `name` means, a name or a glob, read at the time `now` and checked
/// for consistency.
pub(super) async fn reports(client: &Client, run: u64, name: &str, now: i64) -> Result<Vec<FoundArtifact>, ApiError> {
    let pattern = glob::Pattern::new(name).ok().filter(|_| name.contains(['*', '?', '[']));
    let mut newest: BTreeMap<String, Value> = BTreeMap::new();
    for page in 1..=MOST_PAGES {
        let path = match &pattern {
            Some(_) => format!("/actions/runs/{run}/artifacts?per_page=100&page={page}"),
            None => {
                let query: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
                format!("/actions/runs/{run}/artifacts?per_page=100&name={query}")
            }
        };
        let list = client.ask(Method::Get, &path, None).await?;
        for artifact in list.json["artifacts"].as_array().into_iter().flatten() {
            let Some(of) = artifact["name"].as_str() else { continue };
            let is_meant = pattern.as_ref().map_or(of == name, |pattern| pattern.matches(of));
            // A repeated run has several; the newest has the greatest id.
            let is_newer = newest.get(of).is_none_or(|known| known["id"].as_u64() < artifact["id"].as_u64());
            if is_meant && is_newer {
                newest.insert(of.to_owned(), artifact.clone());
            }
        }
        if pattern.is_none() || !list.more {
            break;
        }
    }
    if newest.is_empty() {
        return Ok(vec![(name.to_owned(), Err(ArtifactError::Missing { run, name: name.to_owned() }))]);
    }
    let mut found = Vec::with_capacity(newest.len());
    for (name, artifact) in newest {
        let report = report(client, &artifact, now).await;
        found.push((name, report));
    }
    Ok(found)
}

async fn report(client: &Client, artifact: &Value, now: i64) -> Result<Report, ArtifactError> {
    let text = String::from_utf8(one(client, artifact, &archive::REPORT).await?)
        .map_err(|_| archive::ArchiveError::Broken("the report is not UTF-8".to_owned()))?;
    Ok(claim::read(&text, now)?)
}

/// Returns the single file of a listed artifact, whose name must be one of `names`.
pub(super) async fn one(client: &Client, artifact: &Value, names: &[&'static str]) -> Result<Vec<u8>, ArtifactError> {
    if artifact["expired"] == true {
        let name = artifact["name"].as_str().unwrap_or_default();
        return Err(ArtifactError::Expired(name.to_owned()));
    }
    let size = artifact["size_in_bytes"].as_u64().unwrap_or(0);
    if size > archive::MOST_PACKED as u64 {
        return Err(ArtifactError::TooBig(size));
    }
    let id = artifact["id"].as_u64().ok_or_else(|| ApiError::Refused("the artifact has no number".to_owned()))?;
    let bytes = client.bytes(&format!("/actions/artifacts/{id}/zip"), archive::MOST_PACKED).await?;
    if !is_digest(&artifact["digest"], &bytes) {
        return Err(ArtifactError::Digest);
    }
    Ok(archive::one(&bytes, names)?)
}

/// Returns true if the bytes have the digest, or if the server lists none, as older ones do.
fn is_digest(digest: &Value, bytes: &[u8]) -> bool {
    let Some(expected) = digest.as_str().and_then(|digest| digest.strip_prefix("sha256:")) else {
        return true;
    };
    let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    found.eq_ignore_ascii_case(expected)
}
