//! The source of a stored baseline.

use super::suggest::did_you_mean;

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['"', ':', '<', '>', '|', '*', '?', '\\', '/'])
}

/// Returns true if a relative path stays below the folder in which it starts.
fn is_inside(path: &str) -> bool {
    !path.contains(['\\', '%']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Prefixes before the colon of a source that is neither a path nor a URL.
const KINDS: [&str; 3] = ["git", "github-artifact", "gitlab-artifact"];

/// Returns true if git reads the text as the name of a commit: no option, no search, no range, no path.
fn is_reference(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '~' | '^' | '#' | '=');
    !text.is_empty() && !text.starts_with(['-', '/', '.', '^', '~']) && !text.contains("..") && text.chars().all(plain)
}

fn digits(pin: &str) -> Result<String, String> {
    let hex = pin.strip_prefix("sha256:").unwrap_or(pin);
    if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(hex.to_ascii_lowercase())
    } else {
        Err(format!("`{pin}` is not a SHA-256, which has 64 hexadecimal digits"))
    }
}

/// Returns a URL without its query, its fragment and its credentials.
fn shown_url(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{scheme}://{}{path}", host.rsplit_once('@').map_or(host, |(_, host)| host))
        }
        None => plain.to_owned(),
    }
}

/// URL schemes of object stores; the engine reads from the same stores.
const STORES: [&str; 4] = ["s3", "s3a", "gs", "az"];

/// The default path of a baseline, relative to the config's folder.
pub const USUAL_BASELINE: &str = ".mlgate/baseline.json";

/// A source of a stored baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineSource {
    /// The path of a file, relative to the config's folder.
    Path(String),
    /// A file of a commit.
    Git {
        /// The name of the commit: a branch, a tag, an id, or [`MERGE_BASE`](Self::MERGE_BASE).
        reference: String,
        /// The path of the file, relative to the config's folder.
        path: String,
    },
    /// An artifact of the last successful run of GitHub Actions on the default branch.
    GitHub {
        /// The artifact's name.
        artifact: String,
    },
    /// A file among the artifacts of the last successful pipeline of GitLab on the default branch.
    GitLab {
        /// The name of the job.
        job: String,
        /// The path of the file in the job's artifacts.
        path: String,
    },
    /// A file in a store or on a web server.
    Url {
        /// The address, including its credentials and query.
        url: String,
        /// The file's SHA-256 in 64 hexadecimal digits; always present for a web server.
        sha256: Option<String>,
    },
}

impl BaselineSource {
    /// The reference that stands for the merge base with the target branch of the change.
    pub const MERGE_BASE: &str = "merge-base";

    /// Parses a source.
    ///
    /// # Errors
    ///
    /// The text is not a source; the message says what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("this text is empty".to_owned());
        }
        if text.contains(char::is_control) {
            return Err("the place of a baseline cannot have these characters".to_owned());
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Self::url(scheme, text);
        }
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) if kind.len() > 1 && kind.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') => {
                (kind, rest)
            }
            _ => return Ok(Self::Path(text.to_owned())),
        };
        match kind {
            "git" => Self::git(rest),
            "github-artifact" => is_name(rest).then(|| Self::GitHub { artifact: rest.to_owned() }).ok_or_else(|| {
                format!("`{rest}` is not a name of an artifact; write it as in github-artifact:mlgate-baseline")
            }),
            "gitlab-artifact" => match rest.rsplit_once(':') {
                Some((job, path)) if !job.trim().is_empty() && is_inside(path) => {
                    Ok(Self::GitLab { job: job.to_owned(), path: path.to_owned() })
                }
                _ => Err("write it as gitlab-artifact:JOB:PATH, with a path inside the artifacts".to_owned()),
            },
            other => Err(match did_you_mean(other, KINDS) {
                Some(near) => format!("there is no source `{other}:`; did you mean `{near}:`?"),
                None => format!(
                    "there is no source `{other}:`, only {}; for a file of this name write `./{text}`",
                    KINDS.map(|kind| format!("`{kind}:`")).join(", ")
                ),
            }),
        }
    }

    fn git(rest: &str) -> Result<Self, String> {
        let (reference, path) = rest.split_once(':').unwrap_or((rest, USUAL_BASELINE));
        if !is_reference(reference) {
            return Err(format!(
                "`{reference}` is not a commit; write a branch, a tag, an id or `{}`",
                Self::MERGE_BASE
            ));
        }
        if path.is_empty() || path.starts_with(['/', '-']) || path.contains(['\\', ':']) {
            return Err(format!("`{path}` is not relative to the config's folder; git reads only such paths"));
        }
        Ok(Self::Git { reference: reference.to_owned(), path: path.to_owned() })
    }

    fn url(scheme: &str, text: &str) -> Result<Self, String> {
        let (url, pin) = match text.split_once("#sha256=") {
            Some((url, pin)) => (url, Some(digits(pin)?)),
            None => (text, None),
        };
        match scheme {
            "http" | "https" if pin.is_none() => Err(format!(
                "the content at a URL can change: pin it, as in `{{url: \"{}\", sha256: …}}`",
                shown_url(url)
            )),
            "http" | "https" => Ok(Self::Url { url: url.to_owned(), sha256: pin }),
            store if STORES.contains(&store) => Ok(Self::Url { url: url.to_owned(), sha256: pin }),
            other => Err(format!("`{other}://` is not supported; use s3://, gs://, az:// or https://")),
        }
    }

    /// Returns the source as reports and messages show it: without query, fragment and credentials.
    pub fn shown(&self) -> String {
        match self {
            Self::Path(path) => path.clone(),
            Self::Git { reference, path } => format!("git:{reference}:{path}"),
            Self::GitHub { artifact } => format!("github-artifact:{artifact}"),
            Self::GitLab { job, path } => format!("gitlab-artifact:{job}:{path}"),
            Self::Url { url, .. } => shown_url(url),
        }
    }
}
