//! Where a stored baseline is looked for, and what is demanded of it.

use super::baseline_place::BaselinePlace;
use super::diagnostic::Diagnostic;
use super::duration::seconds;
use super::suggest::did_you_mean;
use super::yaml::{Entry, Node, Span, Value};

/// Where a baseline lies when nothing else is said, from the config's folder.
pub const USUAL_BASELINE: &str = ".mlgate/baseline.json";

const KEYS: [&str; 4] = ["from", "required", "max_age", "rows"];

const AN_AGE: &str = "write a number and s, m, h, d or w, as in `max_age: 30d`";
/// What may stand before the colon of a source that is neither a path nor a URL.
const KINDS: [&str; 3] = ["git", "github-artifact", "gitlab-artifact"];
/// The stores that the engine reads, too.
const STORES: [&str; 4] = ["s3", "s3a", "gs", "az"];
/// More places than this are no order that anybody follows.
const MOST_SOURCES: usize = 16;

/// The stored baseline, as a config names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineConfig {
    /// The places to look for it, in this order.
    pub from: Vec<BaselinePlace>,
    /// Whether a run without one is an error; it is unless the config says otherwise.
    pub required: bool,
    /// From which age on it is said to be old, in seconds.
    pub max_age: Option<u64>,
    /// Whether the rows of models are kept beside it, hashed.
    pub rows: bool,
    /// Where the config says so.
    pub span: Span,
}

/// One place of a stored baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineSource {
    /// A file, from the config's folder.
    Path(String),
    /// A file of a commit.
    Git {
        /// What names the commit: a branch, a tag, an id; or [`MERGE_BASE`](Self::MERGE_BASE).
        reference: String,
        /// The file, from the config's folder.
        path: String,
    },
    /// An artifact of the last successful run of GitHub Actions on the default branch.
    GitHub {
        /// Its name.
        artifact: String,
    },
    /// A file among the artifacts of the last successful pipeline of GitLab on the default branch.
    GitLab {
        /// The name of the job.
        job: String,
        /// The file.
        path: String,
    },
    /// A file in a store or on a web server.
    Url {
        /// The address, with what may be secret in it.
        url: String,
        /// The 64 hexadecimal digits that its content has to have; always there for a web server.
        sha256: Option<String>,
    },
}

impl BaselineConfig {
    /// One that lies at a path and has to be there.
    pub fn at(path: &str) -> Self {
        let span = Span { start: 0, end: 0 };
        Self { from: vec![BaselinePlace::at(path, span)], required: true, max_age: None, rows: false, span }
    }

    /// The file that a new baseline is written to: the first that the sources name.
    pub fn file(&self) -> Option<&str> {
        self.from.iter().find_map(|place| match &place.source {
            BaselineSource::Path(path) | BaselineSource::Git { path, .. } => Some(path.as_str()),
            BaselineSource::GitHub { .. } | BaselineSource::GitLab { .. } | BaselineSource::Url { .. } => None,
        })
    }

    /// Reads `baseline`: a source, or a mapping.
    pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let before = problems.len();
        let Some(entries) = node.entries() else {
            let from = BaselinePlace::read(node, problems)?;
            return Some(Self { from: vec![from], required: true, max_age: None, rows: false, span: node.span });
        };
        unknown(entries, &KEYS, problems);
        let from = match node.get("from").map(|from| (from, &from.value)) {
            Some((_, Value::List(items))) if (1..=MOST_SOURCES).contains(&items.len()) => {
                items.iter().filter_map(|item| BaselinePlace::read(item, problems)).collect()
            }
            Some((from, Value::List(_))) => {
                let message = format!("expected from 1 to {MOST_SOURCES} places");
                problems.push(Diagnostic::new(message, from.span));
                Vec::new()
            }
            Some((from, _)) => BaselinePlace::read(from, problems).into_iter().collect(),
            None => vec![BaselinePlace::at(USUAL_BASELINE, node.span)],
        };
        let required = truth(node, "required", true, problems);
        let rows = truth(node, "rows", false, problems);
        let max_age = node.get("max_age").and_then(|node| match node.as_text().map(age) {
            Some(Ok(age)) => Some(age),
            Some(Err(why)) => {
                problems.push(Diagnostic::new(why, node.span));
                None
            }
            None => {
                problems.push(Diagnostic::new("`max_age` is an age", node.span).with_help(AN_AGE));
                None
            }
        });
        (problems.len() == before).then_some(Self { from, required, max_age, rows, span: node.span })
    }
}

impl BaselineSource {
    /// The reference that stands for the last common commit with the branch that the change goes to.
    pub const MERGE_BASE: &str = "merge-base";

    /// Reads a source from a line of text.
    ///
    /// # Errors
    ///
    /// It is none, and what to write instead.
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
            other => Err(format!("`{other}://` is not supported; there are s3://, gs://, az:// and https://")),
        }
    }

    /// As reports and messages name it: without what may be secret.
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

pub(super) fn truth(node: &Node, key: &str, otherwise: bool, problems: &mut Vec<Diagnostic>) -> bool {
    match node.get(key).map(|given| (&given.value, given.span)) {
        None => otherwise,
        Some((Value::Bool(given), _)) => *given,
        Some((_, span)) => {
            problems.push(Diagnostic::new(format!("`{key}` is true or false"), span));
            otherwise
        }
    }
}

pub(super) fn unknown(entries: &[Entry], keys: &[&str], problems: &mut Vec<Diagnostic>) {
    for entry in entries {
        let key = entry.key.value.as_str();
        if keys.contains(&key) {
            continue;
        }
        let help = match did_you_mean(key, keys.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", keys.join(", ")),
        };
        problems.push(Diagnostic::new(format!("unknown key `{key}`"), entry.key.span).with_help(help));
    }
}

/// A URL without its query, its fragment and its credentials.
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

/// Whether git takes it for the name of a commit, and for nothing else: no option, no search, no range, no path.
fn is_reference(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '~' | '^' | '#' | '=');
    !text.is_empty() && !text.starts_with(['-', '/', '.', '^', '~']) && !text.contains("..") && text.chars().all(plain)
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['"', ':', '<', '>', '|', '*', '?', '\\', '/'])
}

/// Whether a path leads to somewhere below where it starts.
fn is_inside(path: &str) -> bool {
    !path.contains(['\\', '%']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn digits(pin: &str) -> Result<String, String> {
    let hex = pin.strip_prefix("sha256:").unwrap_or(pin);
    if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(hex.to_ascii_lowercase())
    } else {
        Err(format!("`{pin}` is not a SHA-256, which has 64 hexadecimal digits"))
    }
}

/// Seconds.
fn age(text: &str) -> Result<u64, String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 1; what is too large is never reached"
    )]
    let found = seconds(text).filter(|seconds| *seconds >= 1.0).map(|seconds| seconds as u64);
    found.ok_or_else(|| format!("`{text}` is not an age; {AN_AGE}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::config::yaml::parse;

    fn read(text: &str) -> Result<BaselineConfig, Vec<String>> {
        let mut problems = Vec::new();
        let read = BaselineConfig::read(&parse(text).unwrap(), &mut problems);
        let problems: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
        if problems.is_empty() { Ok(read.unwrap()) } else { Err(problems) }
    }

    fn shown(text: &str) -> Vec<String> {
        read(text).unwrap().from.iter().map(|place| place.source.shown()).collect()
    }

    #[test]
    fn the_short_form_is_one_place_that_has_to_be_there() {
        let config = read("a/b.json").unwrap();
        assert_eq!(config.from[0].source, BaselineSource::Path("a/b.json".to_owned()));
        assert!(config.required && config.max_age.is_none());
        assert_eq!(config.file(), Some("a/b.json"));
    }

    #[test]
    fn places_are_tried_in_the_order_of_the_config() {
        let pin = "0".repeat(64);
        let text = format!(
            "{{from: [git:merge-base, 'git:v1.2:x.json', github-artifact:base, 'gitlab-artifact:bless: it:out/b.json', \
             s3://b/k.json, {{url: 'https://h/p.json?signature=secret', sha256: '{pin}'}}], required: false, max_age: 2w}}"
        );
        assert_eq!(
            shown(&text),
            [
                "git:merge-base:.mlgate/baseline.json",
                "git:v1.2:x.json",
                "github-artifact:base",
                "gitlab-artifact:bless: it:out/b.json",
                "s3://b/k.json",
                "https://h/p.json"
            ]
        );
        let config = read(&text).unwrap();
        assert_eq!((config.required, config.max_age), (false, Some(1_209_600)));
        assert_eq!(config.file(), Some(".mlgate/baseline.json"));
        assert_eq!(shown("{max_age: 30d}"), [".mlgate/baseline.json"]);
        let pinned =
            format!("{{from: [{{place: git:main, required: false}}, {{url: 'https://h/p', sha256: '{pin}'}}]}}");
        assert_eq!(shown(&pinned), ["git:main:.mlgate/baseline.json", "https://h/p"]);
        assert_eq!(read(&pinned).unwrap().from.iter().map(|place| place.required).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_hostile_reference_is_no_reference() {
        for text in [
            "git:--upload-pack=x",
            "git:-O",
            "git::/secret",
            "git:HEAD^{/x}:a",
            "git:@{-1}",
            "git:a..b",
            "git:$(id)",
            "git:a b",
            "git:a\nb",
            "git:",
            "git:main:",
            "git:main:/etc/passwd",
            "git:main:-x",
            "git:main:a:b",
        ] {
            assert!(BaselineSource::parse(text).is_err(), "{text}");
        }
        for text in ["git:main", "git:origin/feature/ü-1", "git:v1.0~2", "git:0123abcd:../b.json"] {
            assert!(BaselineSource::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_said_to_be_none() {
        let why = |text: &str| BaselineSource::parse(text).unwrap_err();
        assert!(why("github-artefact:x").contains("did you mean `github-artifact:`?"));
        assert!(why("https://host/b.json").contains("pin it"));
        assert!(why("https://u:p@host/b.json?token=secret").contains("{url: \"https://host/b.json\", sha256: …}"));
        assert!(why("ftp://host/b.json").contains("not supported"));
        assert!(why("https://host/b.json#sha256=abc").contains("64 hexadecimal digits"));
        assert!(why("github-artifact:../x").contains("not a name of an artifact"));
        assert!(why("gitlab-artifact:job:../x").contains("inside"));
        assert_eq!(BaselineSource::parse("C:\\b.json"), Ok(BaselineSource::Path("C:\\b.json".to_owned())));
        assert!(read("{from: []}").is_err() && read("{form: a}").is_err() && read("[a]").is_err());
        assert!(read("{from: a, required: maybe}").is_err() && read("{from: a, max_age: 30}").is_err());
        assert_eq!(read("{from: a, max_age: 4 weeks}").unwrap().max_age, Some(2_419_200));
        assert!(read("{from: {place: a, url: 's3://b/k'}}").is_err() && read("{from: {required: false}}").is_err());
        assert!(read("{from: {place: a, required: 1}}").is_err() && read("{place: a}").is_err());
        assert!(read("{from: a, max_age: 0d}").is_err() && read("{from: {url: a.json}}").is_err());
    }
}
