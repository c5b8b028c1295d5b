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
    /// Every file that was read.
    pub files: Vec<FileDigest>,
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
