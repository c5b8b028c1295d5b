//! The place of a run: repository, commit and pull request, from the environment and the job's event.
//!
//! The variables are those of GitHub Actions ("Variables reference"), which Gitea and Forgejo set as well; the events
//! are GitHub's webhooks. All values become part of addresses, so all of them are checked.

use super::variables::JobVariables;
use serde_json::Value;

use super::proxy::Proxy;

/// The pull request that a report belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// The pull request of this number.
    Number(u64),
    /// The open pull request whose head is the commit.
    OfCommit,
    /// The open pull request of this branch, of a fork or not, whose head is the commit.
    OfBranch {
        /// The owner of the branch.
        owner: String,
        /// The name of the branch.
        branch: String,
    },
    /// No pull request, for this reason.
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
    /// It is the head of the pull request, which is asked for.
    HeadOfPull,
}

/// The place of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The address of the REST API, without a final slash.
    pub api: String,
    /// The address of the GraphQL API.
    pub graphql: String,
    /// The address of the website.
    pub server: String,
    /// The owner of the repository.
    pub owner: String,
    /// The name of the repository.
    pub name: String,
    /// The commit that was judged: the head of the change, not the merge commit that GitHub tests.
    pub commit: Option<String>,
    /// The origin of that commit.
    pub judged: Judged,
    /// The reason that the verdict is about another commit than the one to judge, if it is.
    pub astray: Option<String>,
    /// The pull request.
    pub pull: Pull,
    /// The reason this run's token rightly cannot write, if that is known.
    pub read_only: Option<&'static str>,
    /// The workflow run whose artifacts are used, after a `workflow_run` event.
    pub earlier_run: Option<u64>,
    /// The conclusion of that run, such as `failure`.
    pub earlier_conclusion: Option<String>,
    /// The page of the run that measured: this one, or the one that it follows.
    pub run_url: Option<String>,
    /// The proxy that the environment names for the API.
    pub proxy: Option<Proxy>,
}

/// The values of the command line, which take precedence over the environment.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The repository as `OWNER/NAME`.
    pub repository: Option<String>,
    /// The number of a pull request.
    pub pull: Option<u64>,
    /// A commit.
    pub commit: Option<String>,
}

/// The reason there is no place to post to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPlace(pub String);

/// Determines the place of the run; `event` is the contents of the file that `GITHUB_EVENT_PATH` names.
pub fn find(env: JobVariables<'_>, event: Option<&str>, wanted: &Wanted) -> Result<Place, NoPlace> {
    let repository = wanted.repository.clone().or_else(|| env("GITHUB_REPOSITORY"));
    let repository =
        repository.ok_or_else(|| NoPlace("GITHUB_REPOSITORY is not set; give --repository OWNER/NAME".to_owned()))?;
    let parts = repository.split_once('/').filter(|(owner, name)| is_name(owner) && is_name(name));
    let (owner, name) =
        parts.ok_or_else(|| NoPlace(format!("`{repository}` is not a repository; write it as OWNER/NAME")))?;
    let address = |variable: &str, default: &str| {
        let text = env(variable).filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned());
        safe_address(&text).ok_or_else(|| NoPlace(format!("{variable} is not an https address: `{text}`")))
    };
    let server = address("GITHUB_SERVER_URL", "https://github.com")?;
    let api = address("GITHUB_API_URL", "https://api.github.com")?;
    let graphql = address("GITHUB_GRAPHQL_URL", &graphql_of(&api))?;
    let event = event.map(serde_json::from_str::<Value>).transpose();
    let event =
        event.map_err(|error| NoPlace(format!("the event of this job cannot be read: {error}")))?.unwrap_or_default();
    let kind = env("GITHUB_EVENT_NAME").unwrap_or_default();
    let mut place = Place {
        run_url: run_url(env, &server, &repository),
        owner: owner.to_owned(),
        name: name.to_owned(),
        commit: env("GITHUB_SHA").filter(|sha| is_commit(sha)),
        judged: Judged::OfJob,
        astray: None,
        pull: Pull::None("this job does not belong to a pull request"),
        read_only: None,
        earlier_run: None,
        earlier_conclusion: None,
        proxy: Proxy::of(env, &api),
        api,
        graphql,
        server,
    };
    of_event(&mut place, &kind, &event);
    if place.read_only.is_none() && env("GITHUB_ACTOR").is_some_and(|actor| actor == "dependabot[bot]") {
        place.read_only = Some("Dependabot's jobs have a token that can only read");
    }
    if let Some(commit) = &wanted.commit {
        if !is_commit(commit) {
            return Err(NoPlace(format!("`{commit}` is not a commit; write all of its digits")));
        }
        (place.commit, place.judged) = (Some(commit.clone()), Judged::Named);
        if !matches!(place.pull, Pull::Number(_)) {
            place.pull = Pull::OfCommit;
        }
    }
    if let Some(number) = wanted.pull {
        if place.judged == Judged::OfJob {
            (place.commit, place.judged) = (None, Judged::HeadOfPull);
        }
        place.pull = Pull::Number(number);
    }
    Ok(place)
}

impl Place {
    /// Returns true if the run that this one follows ended without success.
    pub fn has_failed_before(&self) -> bool {
        self.earlier_conclusion.as_deref().is_some_and(|conclusion| conclusion != "success")
    }

    /// Sets the judged commit, if there is one.
    fn judge(&mut self, commit: Option<String>, judged: Judged) {
        if let Some(commit) = commit {
            (self.commit, self.judged) = (Some(commit), judged);
        }
    }
}

fn of_event(place: &mut Place, kind: &str, event: &Value) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let commit = |value: &Value| text(value).filter(|sha| is_commit(sha));
    match kind {
        "push" => {
            place.judge(commit(&event["after"]), Judged::Named);
            place.pull = if event["deleted"] == true {
                Pull::None("the branch was deleted")
            } else if event["ref"].as_str().is_some_and(|name| name.starts_with("refs/tags/")) {
                Pull::None("a tag belongs to no pull request")
            } else {
                Pull::OfCommit
            };
        }
        "workflow_dispatch" | "repository_dispatch" => place.pull = Pull::OfCommit,
        "merge_group" => {
            place.judge(commit(&event["merge_group"]["head_sha"]), Judged::Named);
            place.pull = Pull::None("a merge queue tests several changes at once");
        }
        "workflow_run" => {
            let run = &event["workflow_run"];
            place.earlier_run = run["id"].as_u64();
            // One word of GitHub's.
            place.earlier_conclusion = text(&run["conclusion"])
                .filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            if let Some(id) = place.earlier_run {
                let attempt = run["run_attempt"].as_u64().filter(|attempt| *attempt > 1);
                let attempt = attempt.map(|attempt| format!("/attempts/{attempt}")).unwrap_or_default();
                place.run_url =
                    Some(format!("{}/{}/{}/actions/runs/{id}{attempt}", place.server, place.owner, place.name));
            }
            (place.commit, place.judged) = (commit(&run["head_sha"]), Judged::Named);
            let owner = text(&run["head_repository"]["owner"]["login"]).filter(|owner| is_name(owner));
            place.pull = match (owner, text(&run["head_branch"])) {
                (Some(owner), Some(branch)) if place.commit.is_some() => Pull::OfBranch { owner, branch },
                _ => Pull::None("the branch of the run no longer exists"),
            };
        }
        // The events `pull_request`, `pull_request_target`, `pull_request_review` and all others with a pull request.
        _ => {
            let pull = &event["pull_request"];
            let number = pull["number"].as_u64();
            // A comment on a pull request triggers an issue's event, which names no commit.
            let number = number
                .or_else(|| event["issue"]["number"].as_u64().filter(|_| !event["issue"]["pull_request"].is_null()));
            if let Some(number) = number {
                place.pull = Pull::Number(number);
                // The job's own commit is the merge with the target, or the default branch's.
                (place.commit, place.judged) = (None, Judged::HeadOfPull);
            }
            let judged = if kind == "pull_request_target" { Judged::NamedBesideTarget } else { Judged::Named };
            place.judge(commit(&pull["head"]["sha"]), judged);
            let [head, base] = ["head", "base"].map(|side| pull[side]["repo"]["id"].as_u64());
            // A head without a repository is a deleted fork.
            if number.is_some() && pull.is_object() && head != base && kind != "pull_request_target" {
                place.read_only = Some("pull requests from forks have a token that can only read");
            }
        }
    }
}

/// Returns the GraphQL address; on GitHub Enterprise Server REST is at `/api/v3` and GraphQL at `/api/graphql`.
fn graphql_of(api: &str) -> String {
    format!("{}/graphql", api.strip_suffix("/v3").unwrap_or(api))
}

fn run_url(env: JobVariables<'_>, server: &str, repository: &str) -> Option<String> {
    let run: u64 = env("GITHUB_RUN_ID")?.parse().ok()?;
    let attempt =
        env("GITHUB_RUN_ATTEMPT").and_then(|attempt| attempt.parse::<u32>().ok()).filter(|attempt| *attempt > 1);
    let attempt = attempt.map(|attempt| format!("/attempts/{attempt}")).unwrap_or_default();
    Some(format!("{server}/{repository}/actions/runs/{run}{attempt}"))
}

/// Returns an address to which a token may be sent: https, or this machine.
fn safe_address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (safe && plain).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// Returns true if a text is an owner's or a repository's name, which is inserted into a path unchanged.
fn is_name(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    plain && !text.is_empty() && text != "." && text != ".."
}

/// Returns true if a text is a full SHA-1 or SHA-256 of git's, and not the null id.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !text.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests;
