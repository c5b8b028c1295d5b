//! A client of a forge's API: one request at a time, within one time limit, and silent about the token.

mod answer;
mod proxy;
mod retry;

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use crate::report::safe;
use answer::Answer;
use retry::{Advice, advise};

pub use answer::ApiError;
pub use proxy::Proxy;

/// Maximum bytes of a response.
const MOST_BYTES: usize = 16 << 20;
/// Maximum number of attempts of one request.
const ATTEMPTS: u32 = 4;
/// Maximum number of redirects: a repository may have moved twice, and its artifacts are in a store.
const MOST_HOPS: usize = 5;
/// The pause between two writing requests, which GitHub requires and other forges are glad of.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);
/// Maximum time of connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// Maximum time without a byte of an answer.
const SILENCE: Duration = Duration::from_secs(30);
/// Maximum time of everything that one run posts, or of the download of one baseline: a gate that hangs is worse than a
/// missing comment.
pub(in crate::publish) const PATIENCE: Duration = Duration::from_secs(90);

/// The method of a request; all but [`Method::Post`] may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::publish) enum Method {
    Get,
    /// A question that is posted, and changes nothing.
    Query,
    Post,
    Put,
    Patch,
    Delete,
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Query | Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}

/// A successful response.
#[derive(Debug)]
pub(in crate::publish) struct Reply {
    /// The body; `null` if there is none.
    pub(in crate::publish) json: Value,
    /// True: another page follows.
    pub(in crate::publish) more: bool,
}

/// A repository's address in an API, with what its server asks of each request.
#[derive(Debug)]
pub(in crate::publish) struct ApiAddress {
    /// The forge's name.
    pub(in crate::publish) forge: &'static str,
    /// The address of the API, without a final slash.
    pub(in crate::publish) api: String,
    /// The path of the repository, such as `/repos/OWNER/NAME`.
    pub(in crate::publish) repository: String,
    /// The headers that only the forge's own server receives, the token among them.
    pub(in crate::publish) headers: Vec<(&'static str, String)>,
    /// The proxy that the environment names for the API.
    pub(in crate::publish) proxy: Option<Proxy>,
}

/// A client for one repository.
pub(in crate::publish) struct Client {
    http: reqwest::Client,
    /// The forge's name.
    forge: &'static str,
    api: String,
    /// The headers that only the forge's own server receives, the token among them.
    headers: HeaderMap,
    token: String,
    proxy: Option<Proxy>,
    /// The path of the repository, such as `/repos/OWNER/NAME`, with which almost every path starts.
    repository: String,
    deadline: Instant,
    patience: Duration,
    /// The reason for which the server is not asked any more.
    given_up: RefCell<Option<String>>,
    written: Cell<Option<Instant>>,
}

impl Client {
    /// Creates a client that ends all of its work within `patience`; must be called within a runtime.
    pub(in crate::publish) fn new(address: ApiAddress, token: &str, patience: Duration) -> Result<Self, ApiError> {
        let mut headers = HeaderMap::new();
        for (name, value) in address.headers {
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| ApiError::BadToken("it has characters that no token has".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
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
            forge: address.forge,
            api: address.api,
            headers,
            token: token.to_owned(),
            proxy: address.proxy,
            repository: address.repository,
            deadline: Instant::now() + patience,
            patience,
            given_up: RefCell::new(None),
            written: Cell::new(None),
        })
    }

    /// Sends a request about the repository: `path` starts after its name.
    pub(in crate::publish) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, ApiError> {
        self.ask_at(method, &format!("{}{path}", self.repository), body).await
    }

    /// Sends a request to a path of the API, or to an absolute address on its server.
    pub(in crate::publish) async fn ask_at(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, ApiError> {
        let answer = self.exchange(method, path, body, MOST_BYTES).await?;
        let json = if answer.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&answer.body).map_err(|_| ApiError::Refused(answer.is_no_json(self.forge)))?
        };
        Ok(Reply { json, more: answer.more })
    }

    /// Downloads the bytes of an address of the repository, at most `limit`.
    pub(in crate::publish) async fn bytes(&self, path: &str, limit: usize) -> Result<Vec<u8>, ApiError> {
        let answer = self.exchange(Method::Get, &format!("{}{path}", self.repository), None, limit).await?;
        Ok(answer.body)
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
        // A server may ask for a wait that no clock tells.
        Instant::now().checked_add(wait).is_some_and(|end| end < self.deadline)
    }

    /// Waits, but not beyond the time limit.
    pub(in crate::publish) async fn wait(&self, wait: Duration) {
        let end = Instant::now().checked_add(wait);
        sleep_until(end.map_or(self.deadline, |end| end.min(self.deadline))).await;
    }

    /// Waits until a forge allows another writing request. Whatever a write depends on is read after it.
    pub(in crate::publish) async fn may_write(&self) {
        if let Some(written) = self.written.get() {
            sleep_until((written + BETWEEN_WRITES).min(self.deadline)).await;
        }
    }

    async fn once(&self, method: Method, path: &str, body: Option<&Value>, limit: usize) -> Answer {
        if !matches!(method, Method::Get | Method::Query) {
            self.may_write().await;
            self.written.set(Some(Instant::now()));
        }
        let address = if path.starts_with('/') { format!("{}{path}", self.api) } else { path.to_owned() };
        let Ok(address) = Url::parse(&address) else { return Answer::none(format!("`{path}` is not an address")) };
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
                request = request.headers(self.headers.clone());
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
                        let why = format!("{} redirects to {}, which is not followed", host(&at), host(&next));
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
