//! The arguments and the job of a run, which tell its report from those of other jobs.

use serde::{Deserialize, Serialize};

/// The arguments of a run that decide its verdict, and its job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The globs of `--only`; empty if all gates were selected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// The number of gates of the config, selected or not.
    pub gates: u64,
    /// The stored baseline that the command line names, without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The commit whose config judged, and the config's path there if it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_from: Option<String>,
    /// The policies that the command line or the environment names, without credentials; with digests for those of the web.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// The key that the config or the command line gives to the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The job in which the run took place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobRecord>,
}

/// A job of a CI.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// The number of the workflow run or pipeline.
    pub run: String,
    /// The attempt of the run, from 1; in GitLab the job's id, of which each attempt has its own.
    pub attempt: u64,
    /// The job's id in the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The workflow of the job: jobs of two workflows may have one id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The step's id in the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The runner, which tells the legs of a matrix apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner: Option<String>,
    /// The head of the change that the job judges; the checked-out commit may be a merge of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}
