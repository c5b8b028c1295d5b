//! Where a report's numbers came from.

use serde::{Deserialize, Serialize};

/// Where the inputs of a run came from, enough to repeat it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The side that is judged.
    pub candidate: Inputs,
    /// What it is compared with.
    pub baseline: Inputs,
    /// The frozen baseline, where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Inputs>,
    /// Where a stored baseline was looked for before it was found, or in vain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// The config.
    pub config: FileDigest,
    /// The seed of every resampling in this report.
    pub seed: u64,
}

/// A place without a stored baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// The place, as the config names it, without what may be secret.
    pub source: String,
    /// Why nothing was there.
    pub why: String,
}

/// The inputs of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The commit that is checked out, where there is one.
    pub git: Option<String>,
    /// When that was committed, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Every file that was read.
    pub files: Vec<FileDigest>,
    /// What has to be known of them: that they do not quite fit to the other side, for example.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Inputs {
    /// The day of the commit, as it was where it was made.
    pub fn day(&self) -> Option<chrono::NaiveDate> {
        let time = chrono::DateTime::parse_from_rfc3339(self.time.as_deref()?).ok()?;
        Some(time.date_naive())
    }
}

/// A file and its content's digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// The path, as the config gives it.
    pub path: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}
