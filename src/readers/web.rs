//! A client of a tracker's interface: JSON from one server, with its credentials and for no other.
//!
//! A redirect is followed on the server itself only, or from http to https on the same host: credentials must not reach
//! another one, and an answer of another one must not decide.

use std::thread;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Method, Response};
use url::Url;

/// The most attempts of a request to a busy server.
const ATTEMPTS: u32 = 3;
/// The most redirects of a request.
const MOST_HOPS: usize = 4;
/// The longest time of connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest time without a byte of an answer.
const SILENCE: Duration = Duration::from_secs(60);
/// The most characters of an answer in a message.
const SHOWN: usize = 200;

/// The proof of who asks.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::readers) enum Credentials {
    /// A user and a password.
    Basic(String, String),
    /// A token.
    Bearer(String),
}

/// Settings of TLS that an environment may demand.
#[derive(Clone, Default)]
pub(in crate::readers) struct TlsSettings {
    /// Certificates that are trusted, in PEM.
    pub(in crate::readers) trusted: Option<Vec<u8>>,
    /// The client's certificate with its key, in PEM.
    pub(in crate::readers) identity: Option<Vec<u8>>,
    /// True: the server's certificate is not checked.
    pub(in crate::readers) is_unchecked: bool,
}

/// A client of one server.
pub(in crate::readers) struct WebClient {
    http: Client,
    runtime: tokio::runtime::Runtime,
    /// The address in front of all paths; it ends with a slash.
    base: Url,
    headers: HeaderMap,
    /// The server's name in messages, such as "Prometheus".
    server: &'static str,
    most: u64,
}

/// An answer of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::readers) struct WebAnswer {
    pub(in crate::readers) status: u16,
    pub(in crate::readers) text: String,
}

impl WebAnswer {
    /// Returns a message about an answer that is of no known form.
    pub(in crate::readers) fn unexpected(&self, server: &str) -> String {
        let hint = match self.status {
            401 => ": it wants other credentials",
            403 => ": these credentials do not permit this",
            404 => ": the address may lack a path, or belong to another server",
            _ => "",
        };
        let text: String =
            self.text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(SHOWN).collect();
        let said = if text.trim().is_empty() { String::new() } else { format!("; it says: {}", text.trim()) };
        format!("{server} answers with status {}{hint}{said}", self.status)
    }
}

impl Credentials {
    /// Takes the user and password out of an address.
    pub(in crate::readers) fn take_from(url: &mut Url) -> Option<Self> {
        let decoded = |text: &str| {
            let pair = format!("p={}", text.replace('+', "%2B"));
            url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        let user = decoded(url.username());
        let password = decoded(url.password().unwrap_or_default());
        if user.is_empty() && password.is_empty() {
            return None;
        }
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(Self::Basic(user, password))
    }

    fn header(&self) -> Result<HeaderValue, String> {
        let text = match self {
            Self::Basic(user, password) => format!("Basic {}", base64(format!("{user}:{password}").as_bytes())),
            Self::Bearer(token) => format!("Bearer {token}"),
        };
        let mut value =
            HeaderValue::from_str(&text).map_err(|_| "the token has letters that no header can hold".to_owned())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl WebClient {
    /// Makes a client of the server at an address.
    ///
    /// # Errors
    ///
    /// The address is neither http nor https, or the credentials or certificates are malformed.
    pub(in crate::readers) fn new(
        base: Url,
        credentials: Option<Credentials>,
        server: &'static str,
        most: u64,
    ) -> Result<Self, String> {
        Self::with(base, credentials, &TlsSettings::default(), server, most)
    }

    /// Makes a client with settings of TLS.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::new`].
    pub(in crate::readers) fn with(
        mut base: Url,
        credentials: Option<Credentials>,
        tls: &TlsSettings,
        server: &'static str,
        most: u64,
    ) -> Result<Self, String> {
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(format!("`{}` is not an http or https address", base.scheme()));
        }
        base.set_query(None);
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut headers = HeaderMap::new();
        if let Some(credentials) = credentials {
            headers.insert(AUTHORIZATION, credentials.header()?);
        }
        let http = builder(tls)?.build().map_err(|_| "internal error: there is no client for HTTPS".to_owned())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("internal error: no runtime: {error}"))?;
        Ok(Self { http, runtime, base, headers, server, most })
    }

    /// Adds a header to all requests.
    ///
    /// # Errors
    ///
    /// The value cannot stand in a header.
    pub(in crate::readers) fn add_header(&mut self, name: &'static str, value: &str) -> Result<(), String> {
        let value =
            HeaderValue::from_str(value).map_err(|_| format!("`{value}` is not allowed in the header `{name}`"))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(())
    }

    /// Returns the answer to a reading request.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, redirects elsewhere, or answers with too much.
    pub(in crate::readers) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<WebAnswer, String> {
        let mut url = self.address(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(&Method::GET, url, None)
    }

    /// Returns the answer to a request with a body.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::get`].
    pub(in crate::readers) fn post(&self, path: &str, body: &serde_json::Value) -> Result<WebAnswer, String> {
        self.send(&Method::POST, self.address(path)?, Some(body.to_string()))
    }

    fn address(&self, path: &str) -> Result<Url, String> {
        self.base.join(path).map_err(|_| format!("`{path}` is not the path of an address"))
    }

    fn send(&self, method: &Method, url: Url, body: Option<String>) -> Result<WebAnswer, String> {
        // A thread of its own, because the caller may be inside of another runtime.
        let run = || self.runtime.block_on(self.follow(method, url, body));
        let lost = |_| Err("internal error: the request's thread ended".to_owned());
        thread::scope(|scope| scope.spawn(run).join().unwrap_or_else(lost))
    }

    async fn follow(&self, method: &Method, first: Url, body: Option<String>) -> Result<WebAnswer, String> {
        let mut url = first;
        for _ in 0..=MOST_HOPS {
            let response = self.ask(method, &url, body.as_ref()).await?;
            if !response.status().is_redirection() {
                return self.read(response).await;
            }
            let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            url = next.filter(|next| is_home(&url, next)).ok_or_else(|| {
                format!("`{}` redirects to another server, which is not followed; use its own address", host(&url))
            })?;
        }
        Err(format!("`{}` redirects in a circle", host(&url)))
    }

    async fn ask(&self, method: &Method, url: &Url, body: Option<&String>) -> Result<Response, String> {
        let mut wait = Duration::from_millis(500);
        let mut attempt = 1;
        loop {
            let is_last = attempt == ATTEMPTS;
            let mut request = self.http.request(method.clone(), url.clone()).headers(self.headers.clone());
            if let Some(body) = body {
                request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
            }
            match request.send().await {
                Ok(response) if is_last || !matches!(response.status().as_u16(), 429 | 502..=504) => {
                    return Ok(response);
                }
                Ok(_) => {}
                Err(error) if is_last || !error.is_connect() && !error.is_timeout() => return Err(blamed(&error, url)),
                Err(_) => {}
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
            attempt += 1;
        }
    }

    async fn read(&self, mut response: Response) -> Result<WebAnswer, String> {
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        let cut = |_| format!("the answer of {} was cut off; try again", self.server);
        while let Some(chunk) = response.chunk().await.map_err(cut)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > self.most {
                return Err(format!("the answer of {} is too large; limit: {} MiB", self.server, self.most >> 20));
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| format!("the answer of {} is not UTF-8", self.server))?;
        Ok(WebAnswer { status, text })
    }
}

fn builder(tls: &TlsSettings) -> Result<ClientBuilder, String> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("mlgate/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .danger_accept_invalid_certs(tls.is_unchecked);
    if let Some(pem) = &tls.trusted {
        let certificates =
            Certificate::from_pem_bundle(pem).map_err(|_| "the file of the server's certificates is not PEM")?;
        builder = certificates.into_iter().fold(builder, ClientBuilder::add_root_certificate);
    }
    if let Some(pem) = &tls.identity {
        let identity = Identity::from_pem(pem)
            .map_err(|_| "the file of the client's certificate lacks a certificate or its key")?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

/// Returns true if a redirect stays on its server.
fn is_home(from: &Url, to: &Url) -> bool {
    let is_upgrade = from.scheme() == "http" && to.scheme() == "https" && from.host() == to.host();
    (from.origin() == to.origin() || is_upgrade) && to.username().is_empty() && to.password().is_none()
}

/// Returns a text with an address in it without the address's user and password.
pub(in crate::readers) fn without_password(text: &str) -> String {
    let Some((before, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{before}://{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the server")
}

/// Describes a failure without the address, whose query may hold a secret.
fn blamed(error: &reqwest::Error, url: &Url) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let is_untrusted = causes.into_iter().any(|cause| cause.to_string().contains("certificate"));
    let why = match (error.is_timeout(), is_untrusted) {
        (true, _) => "did not answer in time",
        (_, true) => "has a certificate that is not trusted; set SSL_CERT_FILE to the file of your own CA",
        _ => "cannot be reached",
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("`{}{port}` {why}", host(url))
}

/// Encodes bytes in base64, for Basic authentication.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[((bits >> (18 - 6 * at)) & 63) as usize];
            text.push(if at <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn credentials_leave_the_address() {
        let mut url = Url::parse("http://me:p%40s+s@h:5000/x").unwrap();
        assert!(Credentials::take_from(&mut url) == Some(Credentials::Basic("me".to_owned(), "p@s+s".to_owned())));
        assert_eq!(url.as_str(), "http://h:5000/x");
        assert!(Credentials::take_from(&mut url).is_none());
        assert_eq!(without_password("mlflow:http://me:a@b@h:5000/x@y?run=1"), "mlflow:http://h:5000/x@y?run=1");
        assert_eq!(without_password("mlflow:mlruns?run=a@b"), "mlflow:mlruns?run=a@b");
    }

    #[test]
    fn redirects_stay_on_the_server() {
        let home = |from: &str, to: &str| is_home(&Url::parse(from).unwrap(), &Url::parse(to).unwrap());
        assert!(home("http://a:5000/x", "http://a:5000/y"));
        assert!(home("http://a/x", "https://a/x"));
        for to in ["http://b:5000/x", "https://b/x", "http://a:5001/x", "https://u:p@a/x"] {
            assert!(!home("http://a:5000/x", to), "{to}");
        }
        assert!(!home("https://a/x", "http://a/x"));
    }
}
