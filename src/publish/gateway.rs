//! The push of a report's numbers to a Prometheus Pushgateway.
//!
//! A push replaces all metrics of its group, so a gate that is gone from the config is gone from the gateway as well. The
//! interface is <https://github.com/prometheus/pushgateway#api>; redirects are not followed, because the token would follow.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use url::Url;

use crate::report::safe;

/// The content type of Prometheus' text format, which the page of the format `openmetrics` is, too.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Maximum number of attempts; a push may be repeated.
const ATTEMPTS: u32 = 3;
/// Maximum time of everything.
const PATIENCE: Duration = Duration::from_secs(60);
/// Maximum bytes of a refusal that are shown.
const MOST_SHOWN: usize = 300;

/// The place of a group of metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// The address of the gateway; its path may have a prefix.
    url: Url,
    /// The group: the label `job` first.
    group: Vec<(String, String)>,
}

/// The reason numbers were not pushed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The address or a label is malformed.
    #[error("{0}")]
    Malformed(String),
    /// The gateway refused the numbers.
    #[error("the gateway refused them ({0}): {1}")]
    Refused(u16, String),
    /// The gateway was not reached.
    #[error("the gateway was not reached: {0}")]
    Unreached(String),
}

impl Gateway {
    /// Creates the place of a group.
    ///
    /// # Errors
    ///
    /// The address is none of `http` or `https`, or has credentials; a label has no name of Prometheus' or is there twice.
    pub fn new(address: &str, job: &str, labels: &[(String, String)]) -> Result<Self, PushError> {
        let malformed = |why: &str| PushError::Malformed(why.to_owned());
        let url =
            Url::parse(address).map_err(|error| PushError::Malformed(format!("the address is not valid: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(malformed("the address must start with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(malformed(
                "the address has credentials, which every process could read; use MLGATE_PUSH_TOKEN",
            ));
        }
        let mut group = vec![("job".to_owned(), job.to_owned())];
        for (name, value) in labels {
            let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            let is_name = starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_name || name.starts_with("__") {
                return Err(PushError::Malformed(format!("`{}` is not the name of a label", safe::terminal(name))));
            }
            if group.iter().any(|(other, _)| other == name) {
                return Err(PushError::Malformed(format!("the label `{name}` is repeated")));
            }
            group.push((name.clone(), value.clone()));
        }
        if job.is_empty() {
            return Err(malformed("the job has no name"));
        }
        Ok(Self { url, group })
    }

    /// Returns the address of the group. Values are base64, so that slashes and empty ones arrive as they are.
    fn address(&self) -> Url {
        use base64::Engine as _;
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("metrics");
            for (name, value) in &self.group {
                let plain = !value.is_empty()
                    && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
                let is_dots = value.bytes().all(|byte| byte == b'.');
                match plain && !is_dots {
                    true => segments.push(name).push(value),
                    false => {
                        let text = base64::engine::general_purpose::URL_SAFE.encode(value);
                        // An empty text would be an empty segment.
                        segments.push(&format!("{name}@base64")).push(if text.is_empty() { "=" } else { &text })
                    }
                };
            }
        }
        url
    }

    /// Replaces the metrics of the group by a page of the format `openmetrics`.
    ///
    /// # Errors
    ///
    /// The gateway cannot be reached in time, or refuses the page.
    pub fn push(&self, page: &str, token: Option<&str>) -> Result<(), PushError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| PushError::Unreached(format!("internal error: no runtime: {error}")))?;
        let limited = async { tokio::time::timeout(PATIENCE, self.put(page, token)).await };
        let late = |_| Err(PushError::Unreached(format!("no answer within {} seconds", PATIENCE.as_secs())));
        runtime.block_on(limited).unwrap_or_else(late)
    }

    async fn put(&self, page: &str, token: Option<&str>) -> Result<(), PushError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("mlgate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(30))
            .build()
            .map_err(|_| PushError::Unreached("internal error: there is no client for HTTPS".to_owned()))?;
        // The end of an OpenMetrics page is a comment of the older format.
        let page = page.trim_end_matches("# EOF\n").to_owned();
        let mut wait = Duration::from_secs(1);
        for attempt in 1..=ATTEMPTS {
            let mut request = client.put(self.address()).header(CONTENT_TYPE, TEXT_FORMAT).body(page.clone());
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let is_last = attempt == ATTEMPTS;
            match request.send().await {
                Ok(response) if response.status().is_success() => return Ok(()),
                Ok(response) if is_last || !is_busy(response.status()) => {
                    let status = response.status().as_u16();
                    let text = response.text().await.unwrap_or_default();
                    let shown: String = safe::terminal(text.trim()).chars().take(MOST_SHOWN).collect();
                    let secret = token.unwrap_or_default();
                    let shown = if secret.is_empty() { shown } else { shown.replace(secret, "…") };
                    return Err(PushError::Refused(status, shown));
                }
                Ok(_) => {}
                Err(error) if is_last => return Err(PushError::Unreached(cause(&error))),
                Err(_) => {}
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(PushError::Unreached("no attempt was made".to_owned()))
    }
}

fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// Returns the innermost cause of an error, which does not repeat the address.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(cause) = inner.source() {
        inner = cause;
    }
    safe::sentence(&inner.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str, labels: &[(&str, &str)]) -> String {
        let labels: Vec<_> = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Gateway::new(url, "mlgate", &labels).expect("a gateway").address().to_string()
    }

    #[test]
    fn a_group_is_a_path() {
        assert_eq!(address("http://g:9091", &[]), "http://g:9091/metrics/job/mlgate");
        let more = [("repo", "o/r"), ("branch", "main"), ("empty", ""), ("up", "..")];
        assert_eq!(
            address("https://g/prefix/?x=1#y", &more),
            "https://g/prefix/metrics/job/mlgate/repo@base64/by9y/branch/main/empty@base64/=/up@base64/Li4="
        );
    }

    #[test]
    fn what_is_no_gateway_is_refused() {
        let label = |name: &str| vec![(name.to_owned(), "x".to_owned())];
        for (url, job, labels) in [
            ("g:9091", "mlgate", vec![]),
            ("file:///etc/passwd", "mlgate", vec![]),
            ("http://user:word@g", "mlgate", vec![]),
            ("http://g", "", vec![]),
            ("http://g", "mlgate", label("job")),
            ("http://g", "mlgate", label("a-b")),
            ("http://g", "mlgate", label("__x")),
            ("http://g", "mlgate", label("")),
        ] {
            let problem = Gateway::new(url, job, &labels).expect_err(url).to_string();
            assert!(!problem.contains("word"), "{problem}");
        }
    }
}
