//! The place of a run: the forge, the repository, the commit and the change. All values become part of addresses, so all of
//! them are checked.

use std::time::Duration;

use url::Url;

use super::ForgeKind;
use crate::publish::http::{ApiAddress, ApiError, Client, Proxy};

/// The change that a report belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// The change of this number.
    Number(u64),
    /// The open change whose head is the commit.
    OfCommit,
    /// The open change of this branch, of a fork or not, whose head is the commit.
    OfBranch {
        /// The owner of the branch.
        owner: String,
        /// The name of the branch.
        branch: String,
    },
    /// No change, for this reason.
    None(&'static str),
}

/// The origin of the commit that is taken for the judged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// The event or the command line names it.
    Named,
    /// The event names it, but the job's own commit, which is checked out unless the workflow says otherwise, is that of
    /// the target branch.
    NamedBesideTarget,
    /// It is the commit that the job was started for.
    OfJob,
    /// It is the head of the change, which is asked for.
    HeadOfPull,
}

/// The place of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The kind of forge.
    pub forge: &'static ForgeKind,
    /// The address of the REST API, without a final slash.
    pub api: String,
    /// The address of the API's queries, which is empty where the forge has none.
    pub graphql: String,
    /// The address of the repository's page.
    pub web: String,
    /// The path of the repository in the API, such as `/repos/OWNER/NAME`.
    pub repository: String,
    /// The commit that was judged: the head of the change, not the merge commit that a CI tests.
    pub commit: Option<String>,
    /// The origin of that commit.
    pub judged: Judged,
    /// The reason that the verdict is about another commit than the one to judge, if it is.
    pub astray: Option<String>,
    /// The change.
    pub pull: Pull,
    /// The reason this run's token rightly cannot write, if that is known.
    pub read_only: Option<&'static str>,
    /// The workflow run whose artifacts are used, after a `workflow_run` event.
    pub earlier_run: Option<u64>,
    /// The conclusion of that run, such as `failure`.
    pub earlier_conclusion: Option<String>,
    /// The page of the run that measured: this one, or the one that it follows.
    pub run_url: Option<String>,
    /// The forge's pipeline that this job belongs to, to which a status is attached.
    pub pipeline: Option<Pipeline>,
    /// The proxy that the environment names for the API.
    pub proxy: Option<Proxy>,
}

/// A pipeline of a forge whose statuses belong to pipelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// The path of the pipeline's repository in the API, which is the fork in a fork's pipeline.
    pub repository: String,
    /// The id.
    pub id: u64,
    /// The commit, which may be a merge of the change with its target.
    pub commit: String,
    /// The id of this job.
    pub job: Option<u64>,
}

/// The values of the command line, which take precedence over the environment.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The name of the forge.
    pub forge: Option<String>,
    /// The repository, such as `OWNER/NAME`.
    pub repository: Option<String>,
    /// The number of a change.
    pub pull: Option<u64>,
    /// A commit.
    pub commit: Option<String>,
    /// The address of the forge's server, where the page of a change names it.
    pub server: Option<String>,
}

/// The reason there is no place to post to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPlace(pub String);

/// Returns an address to which a token may be sent: https, or this machine.
pub(in crate::publish) fn safe_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (safe && plain).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// Returns the address of a variable to which a token may be sent.
///
/// # Errors
///
/// It is no such address; the message has no user and no password.
pub(in crate::publish) fn address_of(variable: &str, text: &str) -> Result<String, NoPlace> {
    let shown = match text.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or_default()),
        None => text.rsplit('@').next().unwrap_or_default().to_owned(),
    };
    safe_address(text).ok_or_else(|| NoPlace(format!("{variable} is not an https address: `{shown}`")))
}

/// Maximum characters of a link.
const LINK_LENGTH: usize = 2_000;

/// Returns the address of a page as the target of a link in Markdown, which no character of it can end.
pub(in crate::publish) fn link(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_page = matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&+,;=%".contains(c);
    let mut safe = String::new();
    for c in url.as_str().chars() {
        if is_plain(c) {
            safe.push(c);
        } else {
            safe.extend(c.to_string().bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    (is_page && safe.len() <= LINK_LENGTH).then_some(safe)
}

/// Returns true if a text is an owner's or a repository's name, which is inserted into a path unchanged.
pub(in crate::publish) fn is_name(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    plain && !text.is_empty() && text != "." && text != ".."
}

/// Returns true if a text is a full SHA-1 or SHA-256 of git's, and not the null id.
pub(in crate::publish) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !text.bytes().all(|byte| byte == b'0')
}

impl Place {
    /// Creates a client of the forge that ends all of its work within `patience`; must be called within a runtime.
    pub(in crate::publish) fn client(&self, token: &str, patience: Duration) -> Result<Client, ApiError> {
        let address = ApiAddress {
            forge: self.forge.name,
            api: self.api.clone(),
            repository: self.repository.clone(),
            headers: (self.forge.headers)(token),
            proxy: self.proxy.clone(),
        };
        Client::new(address, token, patience)
    }

    /// Returns true if the run that this one follows ended without success.
    pub fn has_failed_before(&self) -> bool {
        self.earlier_conclusion.as_deref().is_some_and(|conclusion| conclusion != "success")
    }

    /// Sets the judged commit, if there is one.
    pub(in crate::publish) fn judge(&mut self, commit: Option<String>, judged: Judged) {
        if let Some(commit) = commit {
            (self.commit, self.judged) = (Some(commit), judged);
        }
    }

    /// Returns the name of a change of this number, such as "pull request 7".
    pub(in crate::publish) fn change(&self, number: u64) -> String {
        format!("{} {number}", self.forge.change)
    }
}
