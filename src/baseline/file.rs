//! The stored form. It is a contract: later versions read the files of earlier ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layout::layout;
use super::states::StoredModel;
use super::stored_answer::AskedQuery;
use super::stored_dataset::StoredDataset;
use super::unique_keys::Unique;
use crate::measurement::protocol::EvaluationProtocol;

/// The version of the stored form.
pub const BASELINE_VERSION: u32 = 3;

/// The measurements of the side with which others are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`BASELINE_VERSION`].
    pub version: u32,
    /// The program that wrote the file, with its version.
    pub tool: String,
    /// The checked-out commit, if there was one.
    pub commit: Option<Commit>,
    /// The config of the measurements.
    pub config: Input,
    /// The files that were measured.
    pub inputs: Vec<Input>,
    /// The failing gates that were accepted when the baseline was blessed; since version 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub despite: Vec<Excused>,
    /// The datasets by name.
    pub datasets: BTreeMap<String, StoredDataset>,
    /// The models by name; since version 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, StoredModel>,
    /// The numbers of models that another program measured, by name; since version 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<String, BTreeMap<String, f64>>,
    /// The protocols of the evaluation logs that these numbers are from, by model; since version 3.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported_protocols: BTreeMap<String, EvaluationProtocol>,
    /// Queries over all datasets, with their results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<AskedQuery>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The commit's hash.
    pub id: String,
    /// The time of the commit, in RFC 3339; no clock is read, so that the same commit gives the same file.
    pub time: String,
    /// True: tracked files differed from the commit.
    pub dirty: bool,
}

/// A gate that failed when the baseline was blessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excused {
    /// The gate's id.
    pub gate: String,
    /// The gate's finding.
    pub finding: String,
    /// The reason for accepting the failing gate.
    pub reason: String,
    /// The person who accepted the failing gate.
    pub owner: String,
    /// The day of accepting it, as 2026-01-31 in UTC.
    pub date: String,
}

/// A file and the digest of its contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The path, as the config gives it.
    pub path: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

impl Baseline {
    /// Parses a stored baseline.
    ///
    /// # Errors
    ///
    /// A message: the text is not a baseline, is malformed, has inconsistent numbers, or was written by a later version.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Ok(Versioned { version }) = serde_json::from_str(text) else {
            let why = serde_json::from_str::<serde_json::Value>(text).err();
            let why = why.map_or_else(|| "it has no `version`".to_owned(), |error| error.to_string());
            return Err(format!("is not a stored baseline: {why}"));
        };
        if version > BASELINE_VERSION {
            return Err(format!(
                "was written by a newer mlgate: it has version {version}, and this one reads versions up to {BASELINE_VERSION}; \
                 update mlgate, or bless again with this version"
            ));
        }
        if version == 0 {
            return Err("is not a stored baseline: its version is 0".to_owned());
        }
        let broken = |why: String| format!("is broken: {why}; `mlgate bless` writes a new one");
        serde_json::from_str::<Unique>(text).map_err(|error| broken(error.to_string()))?;
        let baseline: Self = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        baseline.check().map_err(broken)?;
        Ok(baseline)
    }

    /// Renders the stored form: equal measurements give equal bytes, with a line for each column.
    ///
    /// # Errors
    ///
    /// A number is not finite.
    pub fn to_text(&self) -> Result<String, String> {
        serde_json::to_value(self).map(|value| layout(&value)).map_err(|error| error.to_string())
    }
}
