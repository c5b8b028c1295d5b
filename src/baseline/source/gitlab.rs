//! A file among the artifacts of GitLab's last successful pipeline of the default branch.
//!
//! The server picks the pipeline. The project is the target of the change, so that a fork whose branch has the same
//! name has no influence. The token is sent to that server only, and never along with a redirect to another.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::{Found, Lost, MOST_BYTES, too_large};

/// Maximum number of attempts of a request to a busy server.
const ATTEMPTS: u32 = 3;
/// Maximum time of the whole download.
const PATIENCE: Duration = Duration::from_secs(90);
/// Maximum number of redirects; from GitLab to its store of artifacts there is one.
const MOST_REDIRECTS: usize = 4;

/// The project to request artifacts from.
#[derive(Debug, Clone)]
pub struct Project {
    /// The address of the REST API: `https://gitlab.com/api/v4`.
    pub api: String,
    /// The id of the target project of the change.
    pub id: u64,
    /// The project's default branch.
    pub branch: String,
    /// The token, with the header that carries it.
    pub token: Option<(&'static str, String)>,
}

/// Returns the file `path` of the job `job`.
///
/// # Errors
///
/// There is no such file, or the server refuses the request.
pub fn artifact(project: &Project, job: &str, path: &str) -> Result<Found, Lost> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Lost::Refused(format!("no runtime: {error}")))?;
    let limited = async { tokio::time::timeout(PATIENCE, download(project, job, path)).await };
    let late = |_| Err(Lost::Refused(format!("GitLab did not answer within {} seconds", PATIENCE.as_secs())));
    runtime.block_on(limited).unwrap_or_else(late)
}

async fn download(project: &Project, job: &str, path: &str) -> Result<Found, Lost> {
    let start = address(project, job, path)?;
    let client = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("mlgate/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(60))
        .build()
        .map_err(|_| Lost::Refused("there is no client for HTTPS".to_owned()))?;
    let mut url = start.clone();
    for _ in 0..=MOST_REDIRECTS {
        let is_home = url.origin() == start.origin();
        let response = ask(&client, &url, project.token.as_ref().filter(|_| is_home)).await?;
        let status = response.status();
        if status.is_redirection() {
            let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            url = location
                .and_then(|location| url.join(location).ok())
                .filter(is_safe)
                .ok_or_else(|| Lost::Refused("GitLab redirects to where this may not follow".to_owned()))?;
            continue;
        }
        return match status {
            StatusCode::OK => Ok(Found { bytes: body(response).await?, version: None }),
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(Lost::Absent(format!(
                "no successful pipeline of `{}` has a job `{job}` with `{path}` among its artifacts, or the token may not \
                 see it (404)",
                project.branch
            ))),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Lost::Refused(format!(
                "GitLab does not let this token read artifacts ({}); a token with `read_api` goes into \
                 MLGATE_GITLAB_TOKEN",
                status.as_u16()
            ))),
            other => Err(Lost::Refused(format!("GitLab answered with status {}", other.as_u16()))),
        };
    }
    Err(Lost::Refused("GitLab redirects in a circle".to_owned()))
}

fn address(project: &Project, job: &str, path: &str) -> Result<Url, Lost> {
    let broken = || Lost::Refused("CI_API_V4_URL is no https address".to_owned());
    let mut url = Url::parse(&project.api).ok().filter(is_safe).ok_or_else(broken)?;
    let id = project.id.to_string();
    // Each part is one segment, even if it contains slashes.
    let segments = ["projects", &id, "jobs", "artifacts", &project.branch, "raw"];
    url.path_segments_mut().map_err(|()| broken())?.pop_if_empty().extend(segments).extend(path.split('/'));
    url.query_pairs_mut().append_pair("job", job);
    Ok(url)
}

async fn ask(client: &Client, url: &Url, token: Option<&(&'static str, String)>) -> Result<Response, Lost> {
    let mut headers = HeaderMap::new();
    if let Some((name, token)) = token {
        let mut value = HeaderValue::from_str(token)
            .map_err(|_| Lost::Refused("the token for GitLab has characters that none has".to_owned()))?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    let mut wait = Duration::from_secs(1);
    for attempt in 1..=ATTEMPTS {
        let is_last = attempt == ATTEMPTS;
        match client.get(url.clone()).headers(headers.clone()).send().await {
            Ok(response) if is_last || !is_busy(response.status()) => return Ok(response),
            Ok(_) => {}
            // The error repeats the address, whose query may be a signature.
            Err(error) if is_last => {
                let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
                let is_untrusted = causes.into_iter().any(|cause| cause.to_string().contains("certificate"));
                let why = match (error.is_timeout(), is_untrusted) {
                    (true, _) => "did not answer in time",
                    (_, true) => "has a certificate that is not trusted; set SSL_CERT_FILE to the file of your own CA",
                    _ => "cannot be reached",
                };
                return Err(Lost::Refused(format!("`{}` {why}", url.host_str().unwrap_or_default())));
            }
            Err(_) => {}
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    Err(Lost::Refused("GitLab did not answer".to_owned()))
}

fn is_busy(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

async fn body(mut response: Response) -> Result<Vec<u8>, Lost> {
    let mut bytes = Vec::new();
    let cut = |_| Lost::Refused("GitLab's answer was cut off; try again".to_owned());
    while let Some(chunk) = response.chunk().await.map_err(cut)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Lost::Refused(too_large()));
        }
    }
    Ok(bytes)
}

/// Returns true if a token may be sent to an address and bytes accepted from it: https, or this machine.
fn is_safe(url: &Url) -> bool {
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    (url.scheme() == "https" || url.scheme() == "http" && is_here)
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_one_segment_of_the_address() {
        let project = Project {
            api: "https://gitlab.example/sub/api/v4/".to_owned(),
            id: 7,
            branch: "feat/x?y".to_owned(),
            token: None,
        };
        let url = address(&project, "a job&b=c#", "out/ü b.json").map(String::from);
        assert_eq!(
            url.ok().as_deref(),
            Some(
                "https://gitlab.example/sub/api/v4/projects/7/jobs/artifacts/feat%2Fx%3Fy/raw/out/%C3%BC%20b.json?job=a+job%26b%3Dc%23"
            )
        );
        for api in ["http://gitlab.example/api/v4", "ftp://x", "", "https://u:p@gitlab.example/api/v4"] {
            let project = Project { api: api.to_owned(), ..project.clone() };
            assert!(matches!(address(&project, "j", "p"), Err(Lost::Refused(_))), "{api}");
        }
    }
}
