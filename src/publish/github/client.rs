//! A client of GitHub's API: one request at a time, within one time limit, and silent about the token.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::answer::Answer;
use super::place::Place;
use super::proxy::Proxy;
use super::retry::{Advice, advise};
use crate::report::safe;

pub use super::answer::ApiError;

/// Maximum bytes of a response.
const MOST_BYTES: usize = 16 << 20;
/// Maximum number of attempts of one request.
const ATTEMPTS: u32 = 4;
/// Maximum number of redirects: a repository may have moved twice, and its artifacts are in a store.
const MOST_HOPS: usize = 5;
/// The pause between two writing requests that GitHub requires.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);
/// Maximum time of connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// Maximum time without a byte of an answer.
const SILENCE: Duration = Duration::from_secs(30);
/// Maximum time of everything that one run posts, or of the download of one baseline: a gate that hangs is worse than a
/// missing comment.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// The method of a request; [`Method::Get`], [`Method::Patch`] and [`Method::Delete`] may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
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
    http: reqwest::Client,
    api: String,
    token: String,
    proxy: Option<Proxy>,
    /// The path `/repos/OWNER/NAME`, with which almost every path starts.
    repository: String,
    graphql: String,
    deadline: Instant,
    patience: Duration,
    /// The reason for which the server is not asked any more.
    given_up: RefCell<Option<String>>,
    written: Cell<Option<Instant>>,
}

impl Client {
    /// Creates a client that ends all of its work within `patience`; must be called within a runtime.
    pub(super) fn new(place: &Place, token: &str, patience: Duration) -> Result<Self, ApiError> {
        // Proxies and the certificates of a company are those that the environment names.
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("mlgate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .build()
            .map_err(|error| ApiError::Unreachable(format!("there is no client for HTTPS: {}", chain(&error))))?;
        Ok(Self {
            http,
            api: place.api.clone(),
            token: token.to_owned(),
            proxy: place.proxy.clone(),
            repository: format!("/repos/{}/{}", place.owner, place.name),
            graphql: place.graphql.clone(),
            deadline: Instant::now() + patience,
            patience,
            given_up: RefCell::new(None),
            written: Cell::new(None),
        })
    }

    /// Sends a request about the repository: `path` starts after its name.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, ApiError> {
        self.json(method, &format!("{}{path}", self.repository), body).await
    }

    /// Returns the login of the token's owner; `None` if the server does not say.
    pub(super) async fn login(&self) -> Result<Option<String>, ApiError> {
        match self.json(Method::Get, "/user", None).await {
            Ok(reply) => return Ok(reply.json["login"].as_str().map(str::to_owned)),
            Err(error @ (ApiError::BadToken(_) | ApiError::Unreachable(_) | ApiError::RateLimited(_))) => {
                return Err(error);
            }
            // A job's or an app's token has no user; only GraphQL returns the login under which it writes.
            Err(_) => {}
        }
        let query = serde_json::json!({"query": "query { viewer { login } }"});
        // The address is absolute: on GitHub Enterprise Server REST is below `/api/v3`, and GraphQL is not.
        let Ok(reply) = self.json(Method::Post, &self.graphql, Some(&query)).await else { return Ok(None) };
        // REST, which lists the comments, appends a suffix to the logins of apps.
        let name = reply.json["data"]["viewer"]["login"].as_str().filter(|name| !name.is_empty());
        Ok(name.map(|name| format!("{}[bot]", name.strip_suffix("[bot]").unwrap_or(name))))
    }

    /// Downloads the bytes of an address of the repository, at most `limit`.
    pub(super) async fn bytes(&self, path: &str, limit: usize) -> Result<Vec<u8>, ApiError> {
        let answer = self.exchange(Method::Get, &format!("{}{path}", self.repository), None, limit).await?;
        Ok(answer.body)
    }

    async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, ApiError> {
        let answer = self.exchange(method, path, body, MOST_BYTES).await?;
        let json = if answer.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&answer.body).map_err(|_| ApiError::Refused(answer.is_no_json()))?
        };
        Ok(Reply { json, more: answer.more })
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: usize,
    ) -> Result<Answer, ApiError> {
        if let Some(why) = &*self.given_up.borrow() {
            return Err(ApiError::Unreachable(why.clone()));
        }
        for attempt in 0.. {
            let answer = self.once(method, path, body, limit).await;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            let last = attempt + 1 >= ATTEMPTS;
            match advise(answer.signs(), attempt, now) {
                Advice::Take => return answer.taken(&|text| self.hidden(text)),
                Advice::Again(wait) if last || !self.affords(wait) => {
                    return Err(ApiError::RateLimited(wait.as_secs()));
                }
                Advice::Unsure(_) if method == Method::Post => {
                    return Err(ApiError::Unsure(self.hidden(&answer.said())));
                }
                Advice::Unsure(wait) if last || !self.affords(wait) => return Err(self.gives_up(&answer)),
                Advice::Again(wait) | Advice::Unsure(wait) => self.wait(wait).await,
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Returns the error of a server that does not answer, which is then not asked for anything else.
    fn gives_up(&self, answer: &Answer) -> ApiError {
        let why = self.hidden(&answer.said());
        if answer.status == 0 {
            self.given_up.replace(Some(why.clone()));
        }
        ApiError::Unreachable(why)
    }

    fn affords(&self, wait: Duration) -> bool {
        Instant::now() + wait < self.deadline
    }

    /// Waits, but not beyond the time limit.
    pub(super) async fn wait(&self, wait: Duration) {
        sleep_until((Instant::now() + wait).min(self.deadline)).await;
    }

    /// Waits until GitHub allows another writing request. Whatever a write depends on is read after it.
    pub(super) async fn may_write(&self) {
        if let Some(written) = self.written.get() {
            sleep_until((written + BETWEEN_WRITES).min(self.deadline)).await;
        }
    }

    async fn once(&self, method: Method, path: &str, body: Option<&Value>, limit: usize) -> Answer {
        // A query is posted, but changes nothing.
        if method != Method::Get && path != self.graphql {
            self.may_write().await;
            self.written.set(Some(Instant::now()));
        }
        let address = if path.starts_with('/') { format!("{}{path}", self.api) } else { path.to_owned() };
        let Ok(address) = Url::parse(&address) else { return Answer::none(format!("`{path}` is no address")) };
        match timeout_at(self.deadline, self.follow(method, address, body, limit)).await {
            Ok(answer) => answer,
            Err(_) => Answer::none(format!(
                "the limit of {} seconds for everything that is posted is over",
                self.patience.as_secs()
            )),
        }
    }

    /// Sends a request, and follows redirects: a repository that moved, or a store of artifacts on another host, which
    /// must not receive the token.
    async fn follow(&self, method: Method, first: Url, body: Option<&Value>, limit: usize) -> Answer {
        let mut at = first.clone();
        for _ in 0..=MOST_HOPS {
            let is_home = at.origin() == first.origin();
            let mut request = self.http.request(method.into(), at.clone());
            if is_home {
                request = request
                    .header(AUTHORIZATION, format!("Bearer {}", self.token))
                    .header(ACCEPT, "application/vnd.github+json")
                    .header("x-github-api-version", "2022-11-28");
            }
            if let Some(body) = body {
                request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
            }
            let response = match request.send().await {
                Ok(response) => response,
                Err(error) => return Answer::none(self.blamed(&error, &at)),
            };
            match target(&response, &at) {
                None => return self.read(response, &at, limit).await,
                Some(Err(())) => return Answer::none(format!("{} redirects to no address", host(&at))),
                Some(Ok(next)) => {
                    let is_safe = next.scheme() == "https" || (at.scheme() == "http" && is_here(&next));
                    // Nothing is written on another server than the one that was named.
                    if !is_safe || (method != Method::Get && next.origin() != first.origin()) {
                        let why = format!("{} redirects to {}, where this may not follow", host(&at), host(&next));
                        return Answer { status: response.status().as_u16(), ..Answer::none(why) };
                    }
                    at = next;
                }
            }
        }
        Answer::none(format!("{} redirects too often", host(&first)))
    }

    async fn read(&self, mut response: Response, at: &Url, limit: usize) -> Answer {
        let mut answer = Answer::of(&response, host(at));
        loop {
            match response.chunk().await {
                Ok(Some(bytes)) if answer.body.len() + bytes.len() > limit => {
                    answer.too_big = true;
                    break;
                }
                Ok(Some(bytes)) => answer.body.extend_from_slice(&bytes),
                Ok(None) => break,
                // A response that breaks off in its body counts as none.
                Err(error) => return Answer::none(self.blamed(&error, at)),
            }
        }
        answer.explained()
    }

    /// Returns the reason there is no answer, with the setting that helps.
    fn blamed(&self, error: &reqwest::Error, at: &Url) -> String {
        let why = if error.is_timeout() && !error.is_connect() {
            format!("{} said nothing for {} seconds", host(at), SILENCE.as_secs())
        } else {
            format!("{}: {}", host(at), chain(error))
        };
        if why.contains("invalid peer certificate") {
            return format!("{why}; if your company has its own CA, set SSL_CERT_FILE to the file of its certificates");
        }
        match &self.proxy {
            Some(proxy) if error.is_connect() || why.contains("tunnel") => format!("{why}; {}", proxy.named()),
            _ => why,
        }
    }

    /// Returns a text without the token and the proxy's password, in case the server or a library repeats them.
    fn hidden(&self, text: &str) -> String {
        let secrets = std::iter::once(self.token.as_str()).chain(self.proxy.iter().flat_map(Proxy::secrets));
        let text = secrets.filter(|secret| !secret.is_empty()).fold(text.to_owned(), |text, secret| {
            if text.contains(secret) { text.replace(secret, "***") } else { text }
        });
        safe::sentence(&text)
    }
}

/// Returns the target of a redirect; `None` if the response is not one.
fn target(response: &Response, at: &Url) -> Option<Result<Url, ()>> {
    let redirects = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let location = response.headers().get(LOCATION).filter(|_| redirects.contains(&response.status()))?;
    let next = location.to_str().ok().and_then(|location| at.join(location).ok());
    // User information would be sent as credentials.
    Some(next.filter(|next| next.username().is_empty() && next.password().is_none()).ok_or(()))
}

fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or("the server").to_owned()
}

/// Returns an error and its causes on one line, without the address, whose query may be a signature.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        source = cause.source();
    }
    if parts.is_empty() { "the request failed".to_owned() } else { parts.join(": ") }
}
