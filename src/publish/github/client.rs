//! A client of GitHub's API: one request at a time, patient within limits, and silent about the token.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, LengthLimitError, Limited};
use octocrab::Octocrab;
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};

use super::place::Place;
use super::retry::{Advice, Signs, advise};
use crate::report::safe;

/// Maximum bytes of a response.
const MOST_BYTES: usize = 16 << 20;
/// Maximum number of attempts of one request.
const ATTEMPTS: u32 = 4;
/// The pause between two writing requests that GitHub requires.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);
/// Maximum total wait of one run: a gate that hangs is worse than a missing comment.
const PATIENCE: Duration = Duration::from_secs(90);

/// The method of a request; [`Method::Get`], [`Method::Patch`] and [`Method::Delete`] may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// The reason a request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The token lacks a permission.
    #[error("the token may not do this: {0}")]
    NotAllowed(String),
    /// The token is not valid.
    #[error("the token is not valid: {0}")]
    BadToken(String),
    /// The resource does not exist, or the token may not see it.
    #[error("not found, or not visible for this token: {0}")]
    NotFound(String),
    /// The text is longer than GitHub allows.
    #[error("the text is too long: {0}")]
    TooLong(String),
    /// The rate limit lasts longer than a run may wait.
    #[error("the rate limit ends in {0} seconds, which is too long to wait")]
    RateLimited(u64),
    /// No response arrived, or only errors of the server.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// It is unknown if the request was carried out.
    #[error("the connection broke: {0}")]
    Unsure(String),
    /// GitHub refused the request for another reason.
    #[error("{0}")]
    Refused(String),
}

/// A successful response.
#[derive(Debug)]
pub(super) struct Reply {
    /// The body; `null` if there is none.
    pub(super) json: Value,
    /// True: another page follows.
    pub(super) more: bool,
}

/// A client for one repository.
pub(super) struct Client {
    octocrab: Octocrab,
    token: String,
    /// The path `/repos/OWNER/NAME`, with which almost every path starts.
    repository: String,
    graphql: String,
    waited: Cell<Duration>,
    written: Cell<Option<Instant>>,
}

impl Client {
    /// Connects; must be called within a runtime.
    pub(super) fn new(place: &Place, token: &str) -> Result<Self, ApiError> {
        let failed = |error: octocrab::Error| ApiError::Unreachable(short(&error));
        let agent = concat!("mlgate/", env!("CARGO_PKG_VERSION"));
        let octocrab = Octocrab::builder()
            .base_uri(place.api.as_str())
            .map_err(failed)?
            .personal_token(token.to_owned())
            .add_header(http_header("user-agent"), agent.to_owned())
            .add_header(http_header("x-github-api-version"), "2022-11-28".to_owned())
            .set_connect_timeout(Some(Duration::from_secs(10)))
            .set_read_timeout(Some(Duration::from_secs(30)))
            .set_write_timeout(Some(Duration::from_secs(30)))
            .build()
            .map_err(failed)?;
        Ok(Self {
            octocrab,
            token: token.to_owned(),
            repository: format!("/repos/{}/{}", place.owner, place.name),
            graphql: place.graphql.clone(),
            waited: Cell::new(Duration::ZERO),
            written: Cell::new(None),
        })
    }

    /// Sends a request about the repository: `path` starts after its name.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, ApiError> {
        self.json(method, &format!("{}{path}", self.repository), body).await
    }

    /// Returns the login of the token's owner.
    pub(super) async fn login(&self) -> Result<String, ApiError> {
        let user = self.json(Method::Get, "/user", None).await;
        let name = match user {
            Ok(reply) => reply.json["login"].as_str().map(str::to_owned),
            // A job's or an app's token has no user; only GraphQL returns the login under which it writes.
            Err(ApiError::NotAllowed(_) | ApiError::NotFound(_)) => {
                let query = serde_json::json!({"query": "query { viewer { login } }"});
                let reply = self.json(Method::Post, &self.graphql, Some(&query)).await?;
                // REST, which lists the comments, appends a suffix to the logins of apps.
                let name = reply.json["data"]["viewer"]["login"].as_str();
                name.map(|name| format!("{}[bot]", name.strip_suffix("[bot]").unwrap_or(name)))
            }
            Err(error) => return Err(error),
        };
        name.ok_or_else(|| ApiError::Refused("GitHub's answer does not name the owner of the token".to_owned()))
    }

    /// Downloads the bytes of an address of the repository, at most `limit`.
    pub(super) async fn bytes(&self, path: &str, limit: usize) -> Result<Vec<u8>, ApiError> {
        let (bytes, _) = self.exchange(Method::Get, &format!("{}{path}", self.repository), None, limit).await?;
        Ok(bytes)
    }

    async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, ApiError> {
        let (bytes, more) = self.exchange(method, path, body, MOST_BYTES).await?;
        let json = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .map_err(|error| ApiError::Refused(format!("the answer is not JSON: {error}")))?
        };
        Ok(Reply { json, more })
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: usize,
    ) -> Result<(Vec<u8>, bool), ApiError> {
        for attempt in 0.. {
            let answer = self.once(method, path, body, limit).await;
            let signs = answer.signs();
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            let last = attempt + 1 >= ATTEMPTS;
            match advise(signs, attempt, now) {
                Advice::Take => return answer.taken(self, path),
                Advice::Again(wait) if last || !self.affords(wait) => {
                    return Err(ApiError::RateLimited(wait.as_secs()));
                }
                Advice::Unsure(_) if method == Method::Post => {
                    return Err(ApiError::Unsure(self.hidden(&answer.said())));
                }
                Advice::Unsure(wait) if last || !self.affords(wait) => {
                    return Err(ApiError::Unreachable(self.hidden(&answer.said())));
                }
                Advice::Again(wait) | Advice::Unsure(wait) => self.wait(wait).await,
            }
        }
        unreachable!("the last attempt returns")
    }

    fn affords(&self, wait: Duration) -> bool {
        self.waited.get() + wait <= PATIENCE
    }

    /// Waits, and adds the time to the total wait.
    pub(super) async fn wait(&self, wait: Duration) {
        self.waited.set(self.waited.get() + wait);
        sleep(wait).await;
    }

    async fn once(&self, method: Method, path: &str, body: Option<&Value>, limit: usize) -> Answer {
        // A query is posted, but changes nothing.
        if method != Method::Get
            && path != self.graphql
            && let Some(written) = self.written.replace(Some(Instant::now()))
        {
            sleep_until(written + BETWEEN_WRITES).await;
            self.written.set(Some(Instant::now()));
        }
        let sent = match method {
            Method::Get => self.octocrab._get(path).await,
            Method::Post => self.octocrab._post(path, body).await,
            Method::Patch => self.octocrab._patch(path, body).await,
            Method::Delete => self.octocrab._delete(path, None::<&()>).await,
        };
        let response = match sent {
            Ok(response) => response,
            Err(error) => return Answer { text: short(&error), ..Answer::default() },
        };
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let number = |name: &str| header(name).and_then(|value| value.parse().ok());
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after: number("retry-after"),
            remaining: number("x-ratelimit-remaining"),
            reset: number("x-ratelimit-reset"),
            more: header("link").is_some_and(|links| links.contains("rel=\"next\"")),
            ..Answer::default()
        };
        match Limited::new(response.into_body(), limit).collect().await {
            Ok(body) => answer.body = body.to_bytes().to_vec(),
            Err(error) if error.is::<LengthLimitError>() => answer.too_big = true,
            // A response that breaks off in its body counts as none.
            Err(error) => return Answer { text: error.to_string(), ..Answer::default() },
        }
        if answer.status >= 400 {
            answer.text = message(&answer.body);
        }
        answer
    }

    /// Returns GitHub's text without the token, in case the server repeats it.
    fn hidden(&self, text: &str) -> String {
        let text = if self.token.is_empty() { text.to_owned() } else { text.replace(&self.token, "***") };
        safe::sentence(&text)
    }
}

fn http_header(name: &'static str) -> http::header::HeaderName {
    http::header::HeaderName::from_static(name)
}

/// A response of any kind.
#[derive(Debug, Default)]
struct Answer {
    status: u16,
    retry_after: Option<u64>,
    remaining: Option<u64>,
    reset: Option<u64>,
    more: bool,
    body: Vec<u8>,
    too_big: bool,
    /// The text of a failure.
    text: String,
}

impl Answer {
    fn signs(&self) -> Signs<'_> {
        Signs {
            status: self.status,
            retry_after: self.retry_after,
            remaining: self.remaining,
            reset: self.reset,
            message: &self.text,
        }
    }

    fn said(&self) -> String {
        match (self.status, self.text.as_str()) {
            (0, text) => text.to_owned(),
            (status, "") => format!("status {status}"),
            (status, text) => format!("status {status}: {text}"),
        }
    }

    fn taken(self, client: &Client, path: &str) -> Result<(Vec<u8>, bool), ApiError> {
        if self.too_big {
            return Err(ApiError::Refused(format!("the answer to {path} is too large")));
        }
        let said = || client.hidden(&self.said());
        match self.status {
            200..300 => Ok((self.body, self.more)),
            401 => Err(ApiError::BadToken(said())),
            403 => Err(ApiError::NotAllowed(said())),
            404 | 410 => Err(ApiError::NotFound(said())),
            422 if self.text.contains("too long") => Err(ApiError::TooLong(said())),
            _ => Err(ApiError::Refused(said())),
        }
    }
}

/// Returns the `message` of an error response, with the message of its first part.
fn message(body: &[u8]) -> String {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return String::new();
    };
    let first = json["errors"].get(0).and_then(|error| error.as_str().or_else(|| error["message"].as_str()));
    [json["message"].as_str(), first].into_iter().flatten().collect::<Vec<_>>().join(": ")
}

/// Returns an error and its causes on one line; the debug form would be a backtrace.
fn short(error: &dyn std::error::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !parts.contains(&text) {
            parts.push(text);
        }
        source = cause.source();
    }
    parts.join(": ")
}
