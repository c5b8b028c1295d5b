//! MLflow: `mlflow:STORE?…`, where STORE is a folder, an SQLite file or a server.
//!
//! "Latest", NaN and infinities are those of MLflow's own interface, and so is the order of several matching runs, except
//! that finished ones come first.

mod artifacts;
mod credentials;
mod files;
mod place;
mod rest;
mod sqlite;
mod store;
mod write_back;

pub use write_back::{WriteOutcome, WrittenVerdict, write_back};

use super::snapshot::rfc3339;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, MetricReading, ReadError, RunSnapshot};
use place::OpenStore;
use store::{BRANCH, COMMIT, RUN_NAME, RunFilter, StoredRun, StoredVersion, WantedVersion, newest};

/// The kind of source.
pub(in crate::readers) const KIND: SourceKind = SourceKind {
    name: "mlflow",
    about: "a run of MLflow, `mlflow:STORE?model=NAME&alias=ALIAS`, or by `run`, `commit`, `tag.KEY` or `experiment`",
    recognise,
    read,
};

const KEYS: [&str; 9] = ["model", "alias", "version", "stage", "run", "commit", "experiment", "workspace", "tag."];

fn recognise(found: &FoundPath) -> bool {
    if found.is_folder() { files::is_store(found.path()) } else { found.head().starts_with(sqlite::MAGIC) }
}

/// The run that a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WantedRun {
    Run(String),
    Version(String, WantedVersion),
    Search { experiment: Option<String>, tags: Vec<(String, String)> },
}

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&KEYS)?;
    let wanted = wanted(request)?;
    let open = place::open(request)?;
    let (run, version) = find(request, &open, &wanted)?;
    snapshot(request, &open, run, version)
}

fn wanted(request: &SourceRequest<'_>) -> Result<WantedRun, ReadError> {
    let refused = |why: &str| ReadError::unreadable(super::web::without_password(request.place), why);
    let get = |key: &str| request.query.get(key);
    let tags: Vec<(String, String)> = request
        .query
        .pairs()
        .filter_map(|(key, value)| Some((key.strip_prefix("tag.")?.to_owned(), value.to_owned())))
        .chain(get("commit").map(|commit| (COMMIT.to_owned(), commit.to_owned())))
        .collect();
    let is_search = !tags.is_empty() || get("experiment").is_some();
    let of_model = [get("alias"), get("version"), get("stage")];
    if get("model").is_none() && of_model.iter().any(Option::is_some) {
        return Err(refused("`alias`, `version` and `stage` need a `model`"));
    }
    match (get("run"), get("model"), is_search) {
        (Some(run), None, false) => Ok(WantedRun::Run(run.to_owned())),
        (None, Some(model), false) => {
            let version = match of_model {
                [Some(alias), None, None] if alias.eq_ignore_ascii_case("latest") => WantedVersion::Latest,
                [Some(alias), None, None] => WantedVersion::Alias(alias.strip_prefix('@').unwrap_or(alias).to_owned()),
                [None, Some("latest"), None] => WantedVersion::Latest,
                [None, Some(version), None] => {
                    let number = version.parse().map_err(|_| refused("`version` must be a number or `latest`"))?;
                    WantedVersion::Number(number)
                }
                [None, None, Some(stage)] => WantedVersion::Stage(stage.to_owned()),
                _ => return Err(refused("a `model` needs one of `alias`, `version` and `stage`")),
            };
            Ok(WantedRun::Version(model.to_owned(), version))
        }
        (None, None, true) => Ok(WantedRun::Search { experiment: get("experiment").map(str::to_owned), tags }),
        (None, None, false) => Err(refused(
            "no run is named; add `?model=NAME&alias=ALIAS`, `?run=ID`, `?commit=SHA`, `?tag.KEY=VALUE` or `?experiment=NAME`",
        )),
        _ => Err(refused("`run`, `model` and a search by `commit`, `tag.KEY` and `experiment` exclude each other")),
    }
}

fn find(
    request: &SourceRequest<'_>,
    open: &OpenStore,
    wanted: &WantedRun,
) -> Result<(StoredRun, Option<StoredVersion>), ReadError> {
    let refused = |why: String| ReadError::unreadable(&open.shown, why);
    let (id, version) = match wanted {
        WantedRun::Run(id) => (id.clone(), None),
        WantedRun::Version(model, which) => {
            let registry = place::open_registry(request)?;
            let registry = registry.as_ref().unwrap_or(open);
            let version = registry.store.version(model, which).map_err(&refused)?;
            let of_model = |version: &StoredVersion| {
                let id = version.source.as_deref().and_then(|source| source.strip_prefix("models:/"))?.to_owned();
                id.starts_with("m-").then_some(id)
            };
            let run = match (&version.run, of_model(&version)) {
                (Some(run), _) => Some(run.clone()),
                (None, Some(id)) => open.store.run_of_logged_model(&id).map_err(&refused)?,
                (None, None) => None,
            };
            let run = run.ok_or_else(|| {
                refused(format!(
                    "version {} of the model `{model}` comes from no run, so it has no metrics",
                    version.version
                ))
            })?;
            (run, Some(version))
        }
        WantedRun::Search { experiment, tags } => {
            let experiment = match experiment {
                Some(name) => Some(
                    open.store
                        .experiment(name)
                        .map_err(&refused)?
                        .ok_or_else(|| refused(format!("there is no active experiment `{name}`")))?,
                ),
                None => None,
            };
            let filter = RunFilter { experiment, tags: tags.clone() };
            let found = newest(open.store.search(&filter).map_err(&refused)?);
            (found.ok_or_else(|| refused(format!("no run has {}", described(wanted))))?.id, None)
        }
    };
    let run = open.store.run(&id).map_err(&refused)?.ok_or_else(|| refused(format!("there is no run `{id}`")))?;
    if run.is_deleted {
        return Err(refused(format!("the run `{id}` is deleted")));
    }
    Ok((run, version))
}

fn described(wanted: &WantedRun) -> String {
    let WantedRun::Search { experiment, tags } = wanted else { return String::new() };
    let tags = tags.iter().map(|(key, value)| format!("the tag `{key}` = `{value}`"));
    let parts: Vec<String> = experiment.iter().map(|name| format!("the experiment `{name}`")).chain(tags).collect();
    parts.join(" and ")
}

fn snapshot(
    request: &SourceRequest<'_>,
    open: &OpenStore,
    run: StoredRun,
    version: Option<StoredVersion>,
) -> Result<RunSnapshot, ReadError> {
    let mut snapshot = RunSnapshot::default();
    for (name, latest) in &run.metrics {
        let reading = MetricReading { step: Some(latest.step), ..MetricReading::of(latest.value) };
        snapshot.add(&open.shown, name.clone(), reading, request.limits)?;
    }
    snapshot.run.id = Some(run.id.clone());
    snapshot.run.name = run.name.clone().or_else(|| run.tags.get(RUN_NAME).cloned());
    snapshot.run.status = run.status;
    snapshot.run.branch = run.tags.get(BRANCH).cloned();
    snapshot.run.started = run.started.and_then(|started| started.checked_mul(1000)).and_then(rfc3339);
    if let Some(commit) = run.tags.get(COMMIT) {
        snapshot.run.take_commit(commit);
        if snapshot.run.commit.is_none() {
            snapshot.warn(format!("the tag `{COMMIT}` holds no full SHA: `{commit}`"));
        }
    }
    snapshot.artifacts = artifacts::of(open, &run, version.as_ref());
    if let Some(version) = &version
        && version.state.as_deref().is_some_and(|state| state != "READY")
    {
        let state = version.state.as_deref().unwrap_or_default();
        snapshot.warn(format!("version {} of the model `{}` is {state}", version.version, version.model));
    }
    snapshot.params = run.params;
    snapshot.tags = run.tags;
    Ok(snapshot)
}
