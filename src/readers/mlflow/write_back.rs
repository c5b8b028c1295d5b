//! The verdict's way back to MLflow: tags of a run and of a model's version, and the move of an alias.

use super::super::locator::Locator;
use super::super::source_request::SourceRequest;
use super::super::web::without_password;
use super::super::{ReadEnvironment, ReadError, ReadLimits};
use super::place::{self, OpenStore};
use super::store::{StoredRun, StoredVersion, WriteError};
use super::{KEYS, KIND, find, wanted};

/// The tag with the verdict.
const VERDICT: &str = "mlgate.verdict";
/// The tag with the address of the report.
const REPORT_URL: &str = "mlgate.report_url";

/// A verdict to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenVerdict<'a> {
    /// The verdict's word.
    pub verdict: &'a str,
    /// The address of the report, if it has one.
    pub report_url: Option<&'a str>,
    /// The alias that is moved to the model's version.
    pub promote: Option<&'a str>,
}

/// The end of one thing to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is written.
    Done(String),
    /// The store does not allow it, or cannot be written.
    Failed(String),
}

/// Writes a verdict to the run, and the version of a model, that a locator names. Each thing is written by itself, so that
/// one that is not allowed leaves the others.
///
/// # Errors
///
/// The locator is none of MLflow, names no run, or asks for the alias of a run without a model.
pub fn write_back(
    locator: &str,
    verdict: &WrittenVerdict<'_>,
    limits: &ReadLimits,
    environment: &ReadEnvironment<'_>,
) -> Result<Vec<WriteOutcome>, ReadError> {
    let parsed = Locator::parse(locator, &[KIND.name], &|_| false)?;
    let wrong = |why: &str| ReadError::Locator { locator: without_password(locator), why: why.to_owned() };
    if parsed.kind.as_deref() != Some(KIND.name) {
        return Err(wrong("verdicts are written to MLflow alone, as `mlflow:STORE?model=NAME&version=N`"));
    }
    let request = SourceRequest { place: &parsed.place, query: &parsed.query, limits, environment };
    request.query.only(&KEYS)?;
    let wanted = wanted(&request)?;
    let open = place::open(&request)?;
    let registry = place::open_registry(&request)?;
    let (run, version) = find(&request, &open, &wanted)?;
    if verdict.promote.is_some() && version.is_none() {
        return Err(wrong("an alias is one of a model; name it by `model` with `version`, `alias` or `stage`"));
    }
    Ok(write(&open, registry.as_ref().unwrap_or(&open), &run, version.as_ref(), verdict))
}

fn write(
    open: &OpenStore,
    registry: &OpenStore,
    run: &StoredRun,
    version: Option<&StoredVersion>,
    verdict: &WrittenVerdict<'_>,
) -> Vec<WriteOutcome> {
    let tags = [(VERDICT, Some(verdict.verdict)), (REPORT_URL, verdict.report_url)];
    let tags: Vec<(&str, &str)> = tags.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let named = |version: &StoredVersion| format!("version {} of the model `{}`", version.version, version.model);
    let mut outcomes = Vec::new();
    let mut end = |what: String, done: Result<(), WriteError>| match done {
        Ok(()) => outcomes.push(WriteOutcome::Done(what)),
        Err(WriteError::Forbidden) => {
            outcomes.push(WriteOutcome::Failed(format!("{what}: the credentials allow reading only (403)")));
        }
        Err(WriteError::Failed(why)) => outcomes.push(WriteOutcome::Failed(format!("{what}: {why}"))),
    };
    for (key, value) in tags {
        end(format!("tag `{key}` of the run `{}`", run.id), open.store.tag_run(&run.id, key, value));
        if let Some(version) = version {
            end(format!("tag `{key}` of {}", named(version)), registry.store.tag_version(version, key, value));
        }
    }
    if let (Some(alias), Some(version)) = (verdict.promote, version) {
        end(format!("alias `{alias}` of {}", named(version)), registry.store.set_alias(version, alias));
    }
    outcomes
}
