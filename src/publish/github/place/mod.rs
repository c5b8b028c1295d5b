//! The place of a run: repository, commit and pull request, from the environment and the job's event.
//!
//! The variables are those of GitHub Actions ("Variables reference"), which Gitea and Forgejo set as well; the events
//! are GitHub's webhooks. All values become part of addresses, so all of them are checked.

use serde_json::Value;

use super::KIND;
use crate::ci::JobVariables;
use crate::publish::forge::{Judged, NoPlace, Place, Pull, Wanted, address_of, is_commit, is_name};
use crate::publish::http::Proxy;

/// Determines the place of the run; `event` is the contents of the file that `GITHUB_EVENT_PATH` names.
pub(in crate::publish) fn find(env: JobVariables<'_>, event: Option<&str>, wanted: &Wanted) -> Result<Place, NoPlace> {
    let repository = wanted.repository.clone().or_else(|| env("GITHUB_REPOSITORY"));
    let repository =
        repository.ok_or_else(|| NoPlace("GITHUB_REPOSITORY is not set; give --repository OWNER/NAME".to_owned()))?;
    let parts = repository.split_once('/').filter(|(owner, name)| is_name(owner) && is_name(name));
    let (owner, name) =
        parts.ok_or_else(|| NoPlace(format!("`{repository}` is not a repository; write it as OWNER/NAME")))?;
    let address = |variable: &str, default: &str| {
        let text = env(variable).filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned());
        address_of(variable, &text)
    };
    let of_server = wanted.server.clone().unwrap_or_else(|| "https://github.com".to_owned());
    let server = address("GITHUB_SERVER_URL", &of_server)?;
    let api = address("GITHUB_API_URL", &api_of(&server))?;
    let graphql = address("GITHUB_GRAPHQL_URL", &graphql_of(&api))?;
    let event = event.map(serde_json::from_str::<Value>).transpose();
    let event =
        event.map_err(|error| NoPlace(format!("the event of this job cannot be read: {error}")))?.unwrap_or_default();
    let kind = env("GITHUB_EVENT_NAME").unwrap_or_default();
    let mut place = Place {
        run_url: run_url(env, &format!("{server}/{repository}")),
        pipeline: None,
        forge: &KIND,
        repository: format!("/repos/{owner}/{name}"),
        web: format!("{server}/{owner}/{name}"),
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
    };
    of_event(&mut place, &kind, &event);
    if place.read_only.is_none() && env("GITHUB_ACTOR").is_some_and(|actor| actor == "dependabot[bot]") {
        place.read_only = Some("Dependabot's jobs have a token that can only read");
    }
    Ok(place)
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
                place.run_url = Some(format!("{}/actions/runs/{id}{attempt}", place.web));
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

/// Returns the REST address of a server.
fn api_of(server: &str) -> String {
    if server == "https://github.com" { "https://api.github.com".to_owned() } else { format!("{server}/api/v3") }
}

/// Returns the GraphQL address; on GitHub Enterprise Server REST is at `/api/v3` and GraphQL at `/api/graphql`.
fn graphql_of(api: &str) -> String {
    format!("{}/graphql", api.strip_suffix("/v3").unwrap_or(api))
}

fn run_url(env: JobVariables<'_>, web: &str) -> Option<String> {
    let run: u64 = env("GITHUB_RUN_ID")?.parse().ok()?;
    let attempt =
        env("GITHUB_RUN_ATTEMPT").and_then(|attempt| attempt.parse::<u32>().ok()).filter(|attempt| *attempt > 1);
    let attempt = attempt.map(|attempt| format!("/attempts/{attempt}")).unwrap_or_default();
    Some(format!("{web}/actions/runs/{run}{attempt}"))
}

#[cfg(test)]
mod tests;
