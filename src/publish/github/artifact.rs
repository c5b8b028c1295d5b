//! The report of an earlier run, which may be the run of a fork.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::client::{ApiError, Client, Method};
use crate::publish::archive;
use crate::publish::claim;
use crate::report::model::Report;

/// Why there is no report of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// GitHub did not give it.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// There is none.
    #[error(
        "run {run} has no artifact `{name}`: it ended before the report was written, or its workflow does not upload it"
    )]
    Missing {
        /// The run.
        run: u64,
        /// What was looked for.
        name: String,
    },
    /// There was one.
    #[error("the artifact `{0}` has expired")]
    Expired(String),
    /// It is too big to be a report.
    #[error("the artifact has {0} bytes, which is too large for a report")]
    TooBig(u64),
    /// It changed on its way.
    #[error("the artifact does not have the digest that GitHub lists")]
    Digest,
    /// It is no archive with a report.
    #[error("{0}")]
    Archive(#[from] archive::ArchiveError),
    /// What is in it is no report.
    #[error("{0}")]
    Claim(#[from] claim::ClaimError),
}

/// The report in the artifact `name` of `run`, of which nothing is believed that can be checked at the moment `now`.
pub(super) async fn report(client: &Client, run: u64, name: &str, now: i64) -> Result<Report, ArtifactError> {
    let query: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let list =
        client.ask(Method::Get, &format!("/actions/runs/{run}/artifacts?per_page=100&name={query}"), None).await?;
    let all = list.json["artifacts"].as_array().map(Vec::as_slice).unwrap_or_default();
    // A run that was repeated has several; the newest has the greatest number.
    let newest = all.iter().filter(|artifact| artifact["name"] == name).max_by_key(|artifact| artifact["id"].as_u64());
    let artifact = newest.ok_or_else(|| ArtifactError::Missing { run, name: name.to_owned() })?;
    let text = String::from_utf8(one(client, artifact, &archive::REPORT).await?)
        .map_err(|_| archive::ArchiveError::Broken("the report is not UTF-8".to_owned()))?;
    Ok(claim::read(&text, now)?)
}

/// The one file in an artifact that GitHub lists, which has one of these names.
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

/// Whether the bytes have the digest; older servers tell none.
fn is_digest(digest: &Value, bytes: &[u8]) -> bool {
    let Some(expected) = digest.as_str().and_then(|digest| digest.strip_prefix("sha256:")) else {
        return true;
    };
    let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    found.eq_ignore_ascii_case(expected)
}
