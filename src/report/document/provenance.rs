//! The origin of a report's numbers.

use serde::{Deserialize, Serialize};

/// The origin of a run's inputs, sufficient to repeat the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The candidate's inputs.
    pub candidate: Inputs,
    /// The baseline's inputs.
    pub baseline: Inputs,
    /// The inputs of the frozen reference, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Inputs>,
    /// The places without a stored baseline that were searched first, or in vain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// The config.
    pub config: FileDigest,
    /// The policies that the config is held to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<FileDigest>,
    /// The pages of the user's own checks, with paths from the folder of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<FileDigest>,
    /// The seed of every resampling in this report.
    pub seed: u64,
}

/// A place without a stored baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The place as the config names it, without credentials and query.
    pub source: String,
    /// The reason the place has no baseline.
    pub why: String,
}

/// The inputs of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The commit that is checked out, if there is one.
    pub git: Option<String>,
    /// The time of the commit, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The commits that the checked-out commit merges, if it is a merge commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merges: Vec<String>,
    /// True: files of the commit were changed and not committed, so the commit does not have what was measured.
    #[serde(default, skip_serializing_if = "is_false")]
    pub uncommitted_changes: bool,
    /// All files that were read.
    pub files: Vec<FileDigest>,
    /// Notes on the inputs, for example that their rows are not those of the other side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Inputs {
    /// Returns the day of the commit, in its own time zone.
    pub fn day(&self) -> Option<chrono::NaiveDate> {
        let time = chrono::DateTime::parse_from_rfc3339(self.time.as_deref()?).ok()?;
        Some(time.date_naive())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A file and the digest of its contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileDigest {
    /// The path, as the config gives it.
    pub path: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// The datasets and models that are read from the file: `data.train`, `models.income`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
}
