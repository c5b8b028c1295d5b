//! MLflow's REST interface, version 2.0, as `mlflow server` and hosted services speak it.

mod answers;
mod filter;

use serde_json::{Value, json};

use super::store::{FoundRun, RunFilter, RunStore, StoredRun, StoredVersion, WantedVersion, WriteError};
use crate::readers::ReadLimits;
use crate::readers::datum::{self, Datum};
use crate::readers::web::{WebAnswer, WebClient};
use answers::{run_of, version_of};
use filter::{condition, quoted};

/// The path in front of all calls.
const API: &str = "api/2.0/mlflow/";
const SERVER: &str = "the MLflow server";
/// The most pages of a list.
const MOST_PAGES: usize = 200;
/// The experiments in one search.
const AT_ONCE: usize = 500;
/// The codes that something does not exist. A missing alias is an invalid value to MLflow.
const MISSING: [&str; 1] = ["RESOURCE_DOES_NOT_EXIST"];

/// A server.
pub(super) struct RestStore {
    client: WebClient,
    limits: ReadLimits,
}

/// The reason a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// MLflow's own error, with its code, the status and the message.
    Refused { status: u16, code: String, message: String },
    /// Anything else.
    Lost(String),
}

impl CallError {
    fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if MISSING.contains(&code.as_str()))
    }

    pub(super) fn why(self) -> String {
        match self {
            Self::Refused { status, code, message } => {
                let message: String =
                    message.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(300).collect();
                format!("{SERVER} answers with status {status}, {code}: {message}")
            }
            Self::Lost(why) => why,
        }
    }
}

impl RestStore {
    /// Makes a store of a client.
    pub(super) fn new(client: WebClient, limits: &ReadLimits) -> Self {
        Self { client, limits: *limits }
    }

    fn get(&self, call: &str, query: &[(&str, &str)]) -> Result<Datum, CallError> {
        self.understood(self.client.get(&format!("{API}{call}"), query))
    }

    /// Makes a call with a body.
    ///
    /// # Errors
    ///
    /// The server refuses the call or does not answer.
    pub(super) fn post(&self, call: &str, body: &Value) -> Result<Datum, CallError> {
        self.understood(self.client.post(&format!("{API}{call}"), body))
    }

    fn understood(&self, answer: Result<WebAnswer, String>) -> Result<Datum, CallError> {
        let answer = answer.map_err(CallError::Lost)?;
        let document = datum::json(&answer.text, &self.limits);
        match document {
            Ok(document) if answer.status == 200 => Ok(document),
            Ok(document) if document.get("error_code").is_some() => {
                let text = |key: &str| document.get(key).and_then(Datum::as_stored).unwrap_or_default();
                Err(CallError::Refused { status: answer.status, code: text("error_code"), message: text("message") })
            }
            // A server in front of MLflow, or MLflow's own login, answers in HTML or text.
            _ if matches!(answer.status, 401 | 403) => Err(CallError::Refused {
                status: answer.status,
                code: if answer.status == 401 { "unauthenticated" } else { "forbidden" }.to_owned(),
                message: if answer.status == 401 {
                    "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN; a config gets \
                     them for the server of MLFLOW_TRACKING_URI alone"
                        .to_owned()
                } else {
                    "these credentials do not permit this".to_owned()
                },
            }),
            _ => Err(CallError::Lost(answer.unexpected(SERVER))),
        }
    }

    /// Collects a list over its pages.
    fn pages<T>(
        &self,
        list: &str,
        ask: impl Fn(Option<&str>) -> Result<Datum, CallError>,
        take: impl Fn(&Datum) -> Option<T>,
    ) -> Result<Vec<T>, CallError> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = ask(token.as_deref())?;
            let items = page.get(list).map(Datum::items).unwrap_or_default();
            found.extend(items.iter().filter_map(&take));
            token =
                page.get("next_page_token").and_then(Datum::text).filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(CallError::Lost(format!("{SERVER} has more than {MOST_PAGES} pages of `{list}`")))
    }

    fn active_experiments(&self) -> Result<Vec<String>, CallError> {
        let ask = |token: Option<&str>| {
            let mut body = json!({"max_results": 1000, "view_type": "ACTIVE_ONLY"});
            if let Some(token) = token {
                body["page_token"] = token.into();
            }
            self.post("experiments/search", &body)
        };
        self.pages("experiments", ask, |experiment| experiment.get("experiment_id").and_then(Datum::as_stored))
    }

    /// Returns the first active run in MLflow's order, the newest first, that a filter matches.
    fn first(&self, experiments: &[String], filter: &str) -> Result<Option<FoundRun>, CallError> {
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut body = json!({
                "experiment_ids": experiments,
                "filter": filter,
                "run_view_type": "ACTIVE_ONLY",
                "order_by": ["attributes.start_time DESC"],
                "max_results": 1,
            });
            if let Some(token) = &token {
                body["page_token"] = token.as_str().into();
            }
            let page = self.post("runs/search", &body)?;
            if let Some(run) = page.get("runs").map(Datum::items).unwrap_or_default().first() {
                let run = run_of(run).map_err(CallError::Lost)?;
                return Ok(Some(FoundRun { id: run.id, status: run.status, started: run.started }));
            }
            // A page may be empty and have a next one.
            token =
                page.get("next_page_token").and_then(Datum::text).filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(None)
    }
}

impl RunStore for RestStore {
    fn run(&self, id: &str) -> Result<Option<StoredRun>, String> {
        let answer = match self.get("runs/get", &[("run_id", id)]) {
            Ok(answer) => answer,
            Err(error) if error.is_missing() => return Ok(None),
            // An id that cannot be one, such as a name, is an invalid value.
            Err(CallError::Refused { code, .. }) if code == "INVALID_PARAMETER_VALUE" => return Ok(None),
            Err(error) => return Err(error.why()),
        };
        run_of(answer.get("run").ok_or("the answer has no `run`")?).map(Some)
    }

    fn experiment(&self, name: &str) -> Result<Option<String>, String> {
        let id_of = |answer: &Datum| {
            let experiment = answer.get("experiment")?;
            let is_active = experiment.get("lifecycle_stage").and_then(Datum::text) != Some("deleted");
            experiment.get("experiment_id").and_then(Datum::as_stored).filter(|_| is_active)
        };
        match self.get("experiments/get-by-name", &[("experiment_name", name)]) {
            Ok(answer) => return Ok(id_of(&answer)),
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.why()),
        }
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        match self.get("experiments/get", &[("experiment_id", name)]) {
            Ok(answer) => Ok(id_of(&answer)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error.why()),
        }
    }

    fn search(&self, filter: &RunFilter) -> Result<Vec<FoundRun>, String> {
        let conditions = filter.tags.iter().map(|(key, value)| condition(key, value)).collect::<Result<Vec<_>, _>>()?;
        let experiments = match &filter.experiment {
            Some(id) => vec![id.clone()],
            None => self.active_experiments().map_err(CallError::why)?,
        };
        let finished = || {
            conditions
                .iter()
                .cloned()
                .chain(["attributes.status = 'FINISHED'".to_owned()])
                .collect::<Vec<_>>()
                .join(" AND ")
        };
        let mut found = Vec::new();
        for filter in [finished(), conditions.join(" AND ")] {
            for experiments in experiments.chunks(AT_ONCE) {
                found.extend(self.first(experiments, &filter).map_err(CallError::why)?);
            }
            if !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    fn version(&self, model: &str, wanted: &WantedVersion) -> Result<StoredVersion, String> {
        let number = |number: u64| self.get("model-versions/get", &[("name", model), ("version", &number.to_string())]);
        let answer = match wanted {
            WantedVersion::Alias(alias) => self.get("registered-models/alias", &[("name", model), ("alias", alias)]),
            WantedVersion::Number(wanted) => number(*wanted),
            WantedVersion::Stage(_) | WantedVersion::Latest => {
                let filter = format!("name = {}", quoted(model)?);
                let ask = |token: Option<&str>| {
                    let mut query = vec![("filter", filter.as_str()), ("max_results", "200")];
                    query.extend(token.map(|token| ("page_token", token)));
                    self.get("model-versions/search", &query)
                };
                let is_wanted = |version: &Datum| match wanted {
                    WantedVersion::Stage(stage) => version
                        .get("current_stage")
                        .and_then(Datum::text)
                        .is_some_and(|known| known.eq_ignore_ascii_case(stage)),
                    _ => true,
                };
                let found =
                    self.pages("model_versions", ask, |version| is_wanted(version).then(|| version_of(version)));
                let found = found.map_err(CallError::why)?.into_iter().collect::<Result<Vec<_>, _>>()?;
                let latest = found.into_iter().flatten().max_by_key(|version| version.version);
                return latest.ok_or_else(|| wanted.missing(model));
            }
        };
        match answer {
            Ok(answer) => {
                let version = answer.get("model_version").ok_or("the answer has no `model_version`")?;
                version_of(version)?.ok_or_else(|| wanted.missing(model))
            }
            Err(CallError::Refused { status, code, message }) => {
                // An alias that does not exist is an invalid value to MLflow, and a model is one or a missing resource.
                let is_alias = matches!(wanted, WantedVersion::Alias(_)) && code == "INVALID_PARAMETER_VALUE";
                if is_alias || MISSING.contains(&code.as_str()) {
                    Err(format!("{}, or there is no such model", wanted.missing(model)))
                } else {
                    Err(CallError::Refused { status, code, message }.why())
                }
            }
            Err(error) => Err(error.why()),
        }
    }

    fn run_of_logged_model(&self, id: &str) -> Result<Option<String>, String> {
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(None);
        }
        match self.get(&format!("logged-models/{id}"), &[]) {
            Ok(answer) => Ok(answer
                .at(&["model", "info", "source_run_id"])
                .and_then(Datum::text)
                .filter(|id| !id.is_empty())
                .map(str::to_owned)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error.why()),
        }
    }

    fn tag_run(&self, run: &str, key: &str, value: &str) -> Result<(), WriteError> {
        self.post("runs/set-tag", &json!({"run_id": run, "key": key, "value": value}))?;
        Ok(())
    }

    fn tag_version(&self, version: &StoredVersion, key: &str, value: &str) -> Result<(), WriteError> {
        let number = version.version.to_string();
        let body = json!({"name": version.model, "version": number, "key": key, "value": value});
        self.post("model-versions/set-tag", &body)?;
        Ok(())
    }

    fn set_alias(&self, version: &StoredVersion, alias: &str) -> Result<(), WriteError> {
        let number = version.version.to_string();
        self.post("registered-models/alias", &json!({"name": version.model, "alias": alias, "version": number}))?;
        Ok(())
    }
}

impl From<CallError> for WriteError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused { status: 403, .. } => Self::Forbidden,
            other => Self::Failed(other.why()),
        }
    }
}
