//! The store that a locator, or MLflow's own environment, names.

use std::path::{Path, PathBuf};

use url::Url;

use super::credentials;
use super::files::{FileStore, is_store};
use super::rest::RestStore;
use super::sqlite::SqliteStore;
use super::store::RunStore;
use crate::readers::web::{WebClient, without_password};
use crate::readers::{ReadEnvironment, ReadError, ReadLimits, SourceRequest};

const WORKSPACE_HEADER: &str = "x-mlflow-workspace";
/// The file and the folder that MLflow itself uses where nothing is set.
const DEFAULT_FILE: &str = "mlflow.db";
const DEFAULT_FOLDER: &str = "mlruns";

/// An open store, with what is needed to find artifacts and to name it.
pub(super) struct OpenStore {
    pub(super) store: Box<dyn RunStore>,
    /// The store's name in messages, without credentials.
    pub(super) shown: String,
    /// The folder beside which artifacts lie, if the store is on disk.
    pub(super) folder: Option<PathBuf>,
}

/// Opens the store of tracking; an empty place is that of the environment.
///
/// # Errors
///
/// The address is of no known kind, or the store cannot be opened.
pub(super) fn open(request: &SourceRequest<'_>) -> Result<OpenStore, ReadError> {
    let place = if request.place.is_empty() { default_place(request.environment)? } else { request.place.to_owned() };
    open_at(request, &place)
}

/// Opens the registry of models, if it is another store than that of tracking.
///
/// # Errors
///
/// Fails like [`open`].
pub(super) fn open_registry(request: &SourceRequest<'_>) -> Result<Option<OpenStore>, ReadError> {
    let is_default = request.place.is_empty();
    let place = request.environment.variable("MLFLOW_REGISTRY_URI").filter(|_| is_default);
    place.map(|place| open_at(request, &place)).transpose()
}

fn default_place(environment: &ReadEnvironment<'_>) -> Result<String, ReadError> {
    if let Some(place) = environment.variable("MLFLOW_TRACKING_URI") {
        return Ok(place);
    }
    if is_store(&environment.resolve(DEFAULT_FOLDER)) {
        return Ok(DEFAULT_FOLDER.to_owned());
    }
    if environment.resolve(DEFAULT_FILE).is_file() {
        return Ok(DEFAULT_FILE.to_owned());
    }
    Err(ReadError::unreadable(
        "mlflow:",
        "no store is named, MLFLOW_TRACKING_URI is not set, and there is neither `mlruns` nor `mlflow.db` here",
    ))
}

fn open_at(request: &SourceRequest<'_>, place: &str) -> Result<OpenStore, ReadError> {
    let named = without_password(place);
    let refused = |why: String| ReadError::unreadable(&named, why);
    let workspace =
        request.query.get("workspace").map(str::to_owned).or_else(|| request.environment.variable("MLFLOW_WORKSPACE"));
    let lower = place.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        let store = open_server(request, place, workspace.as_deref()).map_err(&refused)?;
        return Ok(OpenStore { store: Box::new(store), shown: named.clone(), folder: None });
    }
    let path = match place.split_once(':') {
        Some(("sqlite", rest)) => {
            let rest = rest.strip_prefix("///").ok_or_else(|| {
                refused(
                    "write `sqlite:///PATH`, with three slashes for a relative path and four for an absolute one"
                        .to_owned(),
                )
            })?;
            existing(request.environment, rest.split('?').next().unwrap_or(rest))
        }
        Some(("file", _)) => from_file_address(request.environment, place).map_err(&refused)?,
        Some((scheme, _)) if is_scheme(scheme) => return Err(refused(unknown(scheme))),
        _ => existing(request.environment, place),
    };
    on_disk(&path, &named, workspace.as_deref(), request.limits).map_err(refused)
}

/// Returns the path as written or, if nothing is there, with its percent signs decoded.
fn existing(environment: &ReadEnvironment<'_>, text: &str) -> PathBuf {
    let written = environment.resolve(text);
    if written.exists() { written } else { environment.resolve(&decoded(text)) }
}

fn decoded(text: &str) -> String {
    let pair = format!("p={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn from_file_address(environment: &ReadEnvironment<'_>, place: &str) -> Result<PathBuf, String> {
    // `file:mlruns` and `file:./mlruns` are relative, `file:/…`, `file:///…` and `file://localhost/…` are absolute.
    let rest = place.strip_prefix("file:").unwrap_or(place);
    if !rest.starts_with('/') {
        return Ok(existing(environment, rest));
    }
    let url = Url::parse(place).map_err(|_| "it is not the address of a file".to_owned())?;
    url.to_file_path().map_err(|()| "it is the address of a file on another machine".to_owned())
}

fn is_scheme(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
}

fn unknown(scheme: &str) -> String {
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    match scheme {
        "postgresql" | "postgres" | "mysql" | "mssql" => format!(
            "databases of `{scheme}` are not read; name the MLflow server in front of it, as `http://HOST:5000`"
        ),
        "databricks" | "databricks-uc" | "uc" => {
            "Databricks is read through its address, `https://HOST`, with a token in MLFLOW_TRACKING_TOKEN".to_owned()
        }
        "azureml" => {
            "Azure ML is read through its address, with `https` for `azureml`, and a token in MLFLOW_TRACKING_TOKEN"
                .to_owned()
        }
        "arn" => "SageMaker's MLflow signs its requests, which is not done here".to_owned(),
        _ => format!("`{scheme}` is not a store that is read; use a folder, `sqlite:///PATH`, `http` or `https`"),
    }
}

fn on_disk(path: &Path, named: &str, workspace: Option<&str>, limits: &ReadLimits) -> Result<OpenStore, String> {
    let found = |store: Box<dyn RunStore>, folder: &Path| OpenStore {
        store,
        shown: named.to_owned(),
        folder: Some(folder.to_owned()),
    };
    if path.is_file() {
        let folder = path.parent().unwrap_or(Path::new("."));
        return Ok(found(Box::new(SqliteStore::open(path, workspace, limits)?), folder));
    }
    if !path.is_dir() {
        return Err("there is no such file or folder".to_owned());
    }
    // The folder of a project, as well as the store itself.
    let below = [path.to_owned(), path.join(DEFAULT_FOLDER)];
    if let Some(root) = below.iter().find(|root| is_store(root)) {
        return Ok(found(Box::new(FileStore::open(root, limits)?), root));
    }
    let file = path.join(DEFAULT_FILE);
    if file.is_file() {
        return Ok(found(Box::new(SqliteStore::open(&file, workspace, limits)?), path));
    }
    FileStore::open(path, limits).map(|store| found(Box::new(store), path))
}

/// Opens a server with the credentials that MLflow's own client would take.
///
/// # Errors
///
/// The address, a credential or a certificate is malformed.
pub(super) fn open_server(
    request: &SourceRequest<'_>,
    place: &str,
    workspace: Option<&str>,
) -> Result<RestStore, String> {
    let mut url = Url::parse(place).map_err(|_| "it is not an http or https address".to_owned())?;
    let credentials = credentials::of(request.environment, &mut url)?;
    let tls = credentials::tls(request.environment)?;
    let mut client = WebClient::with(url, credentials, &tls, "the MLflow server", request.limits.bytes)?;
    if let Some(workspace) = workspace {
        client.add_header(WORKSPACE_HEADER, workspace)?;
    }
    Ok(RestStore::new(client, request.limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_files() {
        let none = |_: &str| None;
        let environment = ReadEnvironment::new(Path::new("/work"), &none);
        let path = |place: &str| from_file_address(&environment, place).map(|path| path.display().to_string());
        assert_eq!(path("file:///a%20b/mlruns"), Ok("/a b/mlruns".to_owned()));
        assert_eq!(path("file:/a/mlruns"), Ok("/a/mlruns".to_owned()));
        assert_eq!(path("file:mlruns"), Ok("/work/mlruns".to_owned()));
        assert!(path("file://elsewhere/a").is_err());
    }

    #[test]
    fn other_databases_say_the_way_out() {
        assert!(unknown("postgresql+psycopg2").contains("`postgresql`"));
        assert!(unknown("databricks").contains("MLFLOW_TRACKING_TOKEN"));
        assert!(unknown("s3").contains("use a folder"));
    }
}
