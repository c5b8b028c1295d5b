//! Runs and model versions as every store of MLflow has them.

use std::collections::BTreeMap;

use crate::readers::RunStatus;

/// The tag with a run's commit.
pub(super) const COMMIT: &str = "mlflow.source.git.commit";
/// The tag with a run's branch.
pub(super) const BRANCH: &str = "mlflow.source.git.branch";
/// The tag with a run's name, where the run itself has none.
pub(super) const RUN_NAME: &str = "mlflow.runName";
/// The stage of versions that were deleted.
pub(super) const DELETED_STAGE: &str = "Deleted_Internal";
/// The workspace of everything that names none.
pub(super) const DEFAULT_WORKSPACE: &str = "default";

/// A run with everything that was logged.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct StoredRun {
    pub(super) id: String,
    pub(super) experiment: String,
    pub(super) name: Option<String>,
    pub(super) status: Option<RunStatus>,
    pub(super) is_deleted: bool,
    /// Milliseconds since 1970.
    pub(super) started: Option<i64>,
    pub(super) artifact_uri: Option<String>,
    /// The latest value of each metric: the one with the largest step, then time, then value.
    pub(super) metrics: BTreeMap<String, LatestValue>,
    pub(super) params: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
}

/// A value with its step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LatestValue {
    pub(super) value: f64,
    pub(super) step: i64,
}

/// A run that a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundRun {
    pub(super) id: String,
    pub(super) status: Option<RunStatus>,
    pub(super) started: Option<i64>,
}

/// A version of a registered model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct StoredVersion {
    pub(super) model: String,
    pub(super) version: u64,
    pub(super) run: Option<String>,
    pub(super) source: Option<String>,
    pub(super) storage: Option<String>,
    /// `READY`, or why it is not.
    pub(super) state: Option<String>,
}

/// The version of a model that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WantedVersion {
    Alias(String),
    Number(u64),
    Stage(String),
    Latest,
}

/// The runs that a search finds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RunFilter {
    /// The id of an experiment; of all experiments if there is none.
    pub(super) experiment: Option<String>,
    /// Tags with their values.
    pub(super) tags: Vec<(String, String)>,
}

/// A store of MLflow.
pub(super) trait RunStore {
    /// Returns a run, deleted or not.
    fn run(&self, id: &str) -> Result<Option<StoredRun>, String>;

    /// Returns the id of the active experiment with this name or, failing that, this id.
    fn experiment(&self, name: &str) -> Result<Option<String>, String>;

    /// Returns the active runs that match; the newest finished one and the newest of all are among them.
    fn search(&self, filter: &RunFilter) -> Result<Vec<FoundRun>, String>;

    /// Returns a version of a model.
    ///
    /// # Errors
    ///
    /// There is no such model, version or alias, or the store cannot be read.
    fn version(&self, model: &str, wanted: &WantedVersion) -> Result<StoredVersion, String>;

    /// Returns the run that a logged model (`m-…`) comes from.
    fn run_of_logged_model(&self, id: &str) -> Result<Option<String>, String>;

    /// Sets a tag of a run.
    fn tag_run(&self, run: &str, key: &str, value: &str) -> Result<(), WriteError>;

    /// Sets a tag of a model's version.
    fn tag_version(&self, version: &StoredVersion, key: &str, value: &str) -> Result<(), WriteError>;

    /// Moves an alias to a model's version.
    fn set_alias(&self, version: &StoredVersion, alias: &str) -> Result<(), WriteError>;
}

/// The reason something is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WriteError {
    /// The credentials do not allow it.
    Forbidden,
    /// Anything else.
    Failed(String),
}

impl From<String> for WriteError {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl WantedVersion {
    /// Returns the message that a model has no such version.
    pub(super) fn missing(&self, model: &str) -> String {
        match self {
            Self::Alias(alias) => format!("the model `{model}` has no alias `{alias}`"),
            Self::Number(number) => format!("the model `{model}` has no version {number}"),
            Self::Stage(stage) => format!("the model `{model}` has no version in the stage `{stage}`"),
            Self::Latest => format!("the model `{model}` has no version"),
        }
    }
}

/// Returns the state that a word or a number of MLflow stands for.
pub(super) fn status(text: &str) -> Option<RunStatus> {
    match text {
        "RUNNING" | "1" => Some(RunStatus::Running),
        "SCHEDULED" | "2" => Some(RunStatus::Scheduled),
        "FINISHED" | "3" => Some(RunStatus::Finished),
        "FAILED" | "4" => Some(RunStatus::Failed),
        "KILLED" | "5" => Some(RunStatus::Killed),
        _ => None,
    }
}

/// Returns the number behind a stored one: the largest and smallest finite numbers stand for infinities in SQL and REST.
pub(super) fn stored(value: f64) -> f64 {
    match value {
        f64::MAX => f64::INFINITY,
        f64::MIN => f64::NEG_INFINITY,
        value => value,
    }
}

/// Returns the newest finished run or, if none is finished, the newest of all; in MLflow's order, ties go by id.
pub(super) fn newest(runs: Vec<FoundRun>) -> Option<FoundRun> {
    runs.into_iter().min_by(|one, other| {
        let rank = |run: &FoundRun| (run.status == Some(RunStatus::Finished), run.started);
        rank(other).cmp(&rank(one)).then_with(|| one.id.cmp(&other.id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_finished_run_counts() {
        let run = |id: &str, status, started| FoundRun { id: id.to_owned(), status: Some(status), started };
        let runs = vec![
            run("old", RunStatus::Finished, Some(1)),
            run("b", RunStatus::Finished, Some(5)),
            run("a", RunStatus::Finished, Some(5)),
            run("failed", RunStatus::Failed, Some(9)),
            run("timeless", RunStatus::Finished, None),
        ];
        assert_eq!(newest(runs).map(|run| run.id).as_deref(), Some("a"));
        let none = vec![run("one", RunStatus::Failed, Some(1)), run("two", RunStatus::Running, Some(2))];
        assert_eq!(newest(none).map(|run| run.id).as_deref(), Some("two"));
        assert_eq!(newest(Vec::new()), None);
    }

    #[test]
    fn the_largest_number_is_infinity() {
        assert_eq!([f64::MAX, f64::MIN, 1e308, -0.5].map(stored), [f64::INFINITY, f64::NEG_INFINITY, 1e308, -0.5]);
    }
}
