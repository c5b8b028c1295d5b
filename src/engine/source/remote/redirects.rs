//! Redirects, each of which is checked like the first request.
//!
//! A server may redirect a request anywhere: to a plain http:// address inside a private network, which a config may
//! not name, or to another host, which must not receive the credentials for the first.

use std::time::Duration;

use async_trait::async_trait;
use http::header::{
    ACCEPT, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LOCATION, RANGE, USER_AGENT,
};
use http::{HeaderName, Method, StatusCode};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, NoProxy, Proxy};
use url::Url;

use crate::engine::source::remote::loopback::is_loopback;

/// The most redirects, no more than browsers follow.
const MOST_HOPS: usize = 10;

/// Headers that disclose nothing to another host but the request itself.
const HARMLESS: [HeaderName; 7] =
    [ACCEPT, RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, USER_AGENT];

/// Reason why a redirect is not followed. [`super::error`] knows these phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("too many redirects")]
    TooMany,
    #[error("error following redirect: url scheme is not allowed")]
    Downgrade,
    #[error("error following redirect: plain http to another machine")]
    Plain,
    #[error("error following redirect: no url")]
    NoUrl,
}

impl From<Refused> for HttpError {
    fn from(refused: Refused) -> Self {
        Self::new(HttpErrorKind::Unknown, refused)
    }
}

/// Creates clients that follow redirects by these rules.
#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Following { client: client(options)? }))
    }
}

#[derive(Debug)]
struct Following {
    client: Client,
}

#[async_trait]
impl HttpService for Following {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (mut parts, body) = request.into_parts();
        let mut at = Url::parse(&parts.uri.to_string()).map_err(|_| Refused::NoUrl)?;
        let may_follow = matches!(parts.method, Method::GET | Method::HEAD);
        let first = at.clone();
        for _ in 0..=MOST_HOPS {
            let request = HttpRequest::from_parts(parts.clone(), body.clone());
            let response = HttpService::call(&self.client, request).await?;
            let Some(next) = target(&response, &at)?.filter(|_| may_follow) else { return Ok(response) };
            judge(&first, &next)?;
            if at.origin() != next.origin() {
                let mut headers = std::mem::take(&mut parts.headers);
                for name in HARMLESS {
                    if let Some(value) = headers.remove(&name) {
                        parts.headers.insert(name, value);
                    }
                }
            }
            parts.uri = next.as_str().parse().map_err(|_| Refused::NoUrl)?;
            at = next;
        }
        Err(Refused::TooMany.into())
    }
}

/// Returns the target of a redirect; `None` if the response is not one.
fn target(response: &HttpResponse, at: &Url) -> Result<Option<Url>, Refused> {
    let is_redirect = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let Some(location) = response.headers().get(LOCATION).filter(|_| is_redirect) else { return Ok(None) };
    let mut next = location.to_str().ok().and_then(|text| at.join(text).ok()).ok_or(Refused::NoUrl)?;
    // User information in the URL would be sent as credentials.
    if next.set_username("").and_then(|()| next.set_password(None)).is_err() {
        return Err(Refused::NoUrl);
    }
    next.set_fragment(None);
    Ok(Some(next))
}

/// Checks the target of a redirect by the rules for the first address: plain http:// is allowed to this machine, or to
/// the very host that was first asked by it.
fn judge(first: &Url, next: &Url) -> Result<(), Refused> {
    match next.scheme() {
        "https" => Ok(()),
        "http" if first.scheme() != "http" => Err(Refused::Downgrade),
        "http" if is_loopback(next) || next.host() == first.host() && !is_loopback(first) => Ok(()),
        "http" => Err(Refused::Plain),
        _ => Err(Refused::NoUrl),
    }
}

/// Returns a client with these options that follows no redirects by itself.
fn client(options: &ClientOptions) -> object_store::Result<Client> {
    let text = |key: ClientConfigKey| options.get_config_value(&key);
    let flag = |key: ClientConfigKey| match text(key) {
        None => Ok(false),
        Some(value) => match value.to_ascii_lowercase().as_str() {
            "1" | "true" | "on" | "yes" | "y" => Ok(true),
            "0" | "false" | "off" | "no" | "n" => Ok(false),
            _ => Err(broken("failed to parse as boolean")),
        },
    };
    let time = |key: ClientConfigKey| -> object_store::Result<Option<Duration>> {
        let parsed = text(key).map(|value| humantime::parse_duration(&value));
        parsed.transpose().map_err(|_| broken("failed to parse as duration"))
    };
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .user_agent(
            text(ClientConfigKey::UserAgent)
                .unwrap_or_else(|| concat!("mlgate/", env!("CARGO_PKG_VERSION")).to_owned()),
        )
        .https_only(!flag(ClientConfigKey::AllowHttp)?)
        .danger_accept_invalid_certs(flag(ClientConfigKey::AllowInvalidCertificates)?);
    if let Some(proxy) = text(ClientConfigKey::ProxyUrl) {
        let excluded = text(ClientConfigKey::ProxyExcludes).and_then(|hosts| NoProxy::from_string(&hosts));
        builder = builder.proxy(Proxy::all(proxy).map_err(failed)?.no_proxy(excluded));
        if let Some(certificate) = text(ClientConfigKey::ProxyCaCertificate) {
            builder = builder.add_root_certificate(Certificate::from_pem(certificate.as_bytes()).map_err(failed)?);
        }
    }
    if let Some(time) = time(ClientConfigKey::Timeout)? {
        builder = builder.timeout(time);
    }
    if let Some(time) = time(ClientConfigKey::ConnectTimeout)? {
        builder = builder.connect_timeout(time);
    }
    if let Some(time) = time(ClientConfigKey::PoolIdleTimeout)? {
        builder = builder.pool_idle_timeout(time);
    }
    if let Some(most) = text(ClientConfigKey::PoolMaxIdlePerHost).and_then(|most| most.parse().ok()) {
        builder = builder.pool_max_idle_per_host(most);
    }
    if flag(ClientConfigKey::Http1Only)? {
        builder = builder.http1_only();
    }
    builder.build().map_err(failed)
}

fn broken(why: &'static str) -> object_store::Error {
    object_store::Error::Generic { store: "Config", source: why.into() }
}

fn failed(error: reqwest::Error) -> object_store::Error {
    object_store::Error::Generic { store: "HTTP client", source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(first: &str, next: &str) -> Result<(), Refused> {
        judge(&Url::parse(first).expect("a URL"), &Url::parse(next).expect("a URL"))
    }

    #[test]
    fn plain_http_is_followed_on_this_machine_only() {
        let here = "http://127.0.0.1:1/a.csv";
        for next in [
            "http://localhost:2/b",
            "http://127.0.0.2/b",
            "http://[::1]:3/b",
            "http://0x7f.1/b",
            "https://example.org/b",
        ] {
            assert_eq!(judged(here, next), Ok(()), "{next}");
        }
        for next in [
            "http://0.0.0.0/b",
            "http://0/b",
            "http://169.254.169.254/latest/meta-data",
            "http://2852039166/b",
            "http://[::ffff:169.254.169.254]/b",
            "http://[::]/b",
            "http://localhost.example.org/b",
            "http://example.org/b",
            "http://10.0.0.1/b",
        ] {
            assert_eq!(judged(here, next), Err(Refused::Plain), "{next}");
            assert_eq!(judged("https://example.org/a.csv", next), Err(Refused::Downgrade), "{next}");
        }
        assert_eq!(judged("https://example.org/a.csv", here), Err(Refused::Downgrade));
        assert_eq!(judged(here, "ftp://127.0.0.1/b"), Err(Refused::NoUrl));
        assert_eq!(judged(here, "file:///etc/passwd"), Err(Refused::NoUrl));
    }

    #[test]
    fn a_server_of_one_s_own_may_redirect_to_itself() {
        assert_eq!(judged("http://minio:9000/b/a", "http://minio:9000/b/c"), Ok(()));
        assert_eq!(judged("http://minio:9000/b/a", "http://169.254.169.254/"), Err(Refused::Plain));
    }
}
