//! The branch that a change goes to, from what the CI system says.
//!
//! Each CI system's variables are those of its documentation. In a job nothing is guessed: a wrong target compares a
//! change with a branch that it does not go to, and passes.

use std::path::Path;

use serde_json::Value;

use super::environment;
use crate::ci::{self, JobVariables, NamedBranch, NamedTarget, SYSTEMS};
use crate::git::{OwnBranch, Repository, Target};

/// The variable that names the target where the CI system does not.
const OWN_VARIABLE: &str = "MLGATE_TARGET_BRANCH";

/// The events of GitHub that start a job on the default branch.
const ON_DEFAULT_BRANCH: [&str; 3] = ["schedule", "repository_dispatch", "workflow_run"];

/// Returns the target of this process's job.
pub(crate) fn of_job() -> Target {
    target(&environment::variable, environment::event().as_ref())
}

/// Returns the target that a job's variables and its event name.
pub(crate) fn target(variables: JobVariables<'_>, event: Option<&Value>) -> Target {
    let env = |name: &str| variables(name).filter(|value| !value.trim().is_empty());
    let said = |name: &str| env(name).filter(|value| !matches!(value.as_str(), "false" | "0"));
    if let Some(name) = env(OWN_VARIABLE) {
        return branch(&name, None);
    }
    let none = Value::Null;
    let of_event = if env("GITHUB_EVENT_NAME").is_some() { event.unwrap_or(&none) } else { &none };
    if let Some(target) = of_github(&env, of_event).or_else(|| of_gitlab(&env)) {
        return target;
    }
    for NamedTarget { only_with, branch: name, tip } in SYSTEMS.iter().flat_map(|system| system.targets) {
        if only_with.is_none_or(|only| said(only).is_some())
            && let Some(name) = env(name)
        {
            return branch(&name, tip.and_then(env));
        }
    }
    let Some((_, system)) = ci::system(variables) else { return Target::Guessed };
    let changes = SYSTEMS.iter().flat_map(|system| system.changes);
    if let Some(name) = changes.copied().find(|name| said(name).is_some()) {
        return Target::Unknown(unsaid(&format!(
            "{name} is set, and no variable names the target of the pull request"
        )));
    }
    let mut own =
        OwnBranch { why: unsaid(&format!("{system} is set, and no variable names a target")), ..OwnBranch::default() };
    let branches = SYSTEMS.iter().flat_map(|system| system.branches);
    let found = branches.into_iter().find_map(|named| Some((env(named.branch)?, named)));
    if let Some((name, NamedBranch { default_branch: default, commit, .. })) = found {
        let name = plain(name.strip_prefix("origin/").unwrap_or(&name));
        if let Some(target) = of_queue(&name) {
            return target;
        }
        own.default_branch = default.and_then(env);
        if env("BRANCH_IS_PRIMARY").is_some_and(|is| is == "true") {
            own.default_branch = Some(name.clone());
        }
        own.commit = commit.and_then(env).filter(|id| is_commit(id));
        if !name.is_empty() && !name.starts_with("refs/tags/") {
            own.branch = Some(name);
        }
    }
    Target::Own(own)
}

/// Reads the variables and events of GitHub Actions, which Gitea and Forgejo have as well.
fn of_github(env: JobVariables<'_>, event: &Value) -> Option<Target> {
    let kind = env("GITHUB_EVENT_NAME");
    let base = &event["pull_request"]["base"];
    if let Some(name) = env("GITHUB_BASE_REF") {
        return Some(branch(&name, text(&base["sha"])));
    }
    let kind = kind?;
    let group = &event["merge_group"];
    let queue = [text(&group["head_ref"]), env("GITHUB_REF"), text(&event["ref"])];
    if let Some(name) = text(&base["ref"]) {
        return Some(branch(&name, text(&base["sha"])));
    }
    if let Some(name) = text(&group["base_ref"]) {
        return Some(branch(&name, text(&group["base_sha"])));
    }
    if let Some(target) = queue.iter().flatten().find_map(|name| of_queue(&plain(name))) {
        return Some(target);
    }
    let job = |why: String| unsaid(&format!("the event `{kind}` {why}"));
    let is_pull =
        !event["issue"]["pull_request"].is_null() || kind.starts_with("pull_request") || kind == "merge_group";
    if is_pull {
        return Some(Target::Unknown(job("does not name the target of the pull request".to_owned())));
    }
    if let Some(target) = of_pulls(&event[kind.as_str()]["pull_requests"]) {
        return Some(target);
    }
    let reference = env("GITHUB_REF").or_else(|| text(&event["ref"]));
    let name = match &reference {
        Some(reference) => reference.strip_prefix("refs/heads/").map(str::to_owned),
        None => env("GITHUB_REF_NAME").filter(|_| env("GITHUB_REF_TYPE").is_none_or(|kind| kind == "branch")),
    };
    let default = text(&event["repository"]["default_branch"]);
    let default = default.or_else(|| name.clone().filter(|_| ON_DEFAULT_BRANCH.contains(&kind.as_str())));
    let commit = env("GITHUB_SHA");
    let own =
        OwnBranch { branch: name.clone(), default_branch: default, commit, why: job("names no target".to_owned()) };
    if kind != "push" {
        return Some(Target::Own(own));
    }
    let pushed = text(&event["ref"]).and_then(|name| name.strip_prefix("refs/heads/").map(str::to_owned)).or(name);
    Some(push(
        pushed,
        text(&event["before"]),
        OwnBranch { commit: text(&event["after"]).or(own.commit.clone()), ..own },
    ))
}

/// Reads the variables of GitLab.
fn of_gitlab(env: JobVariables<'_>) -> Option<Target> {
    let pull = "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH";
    if let Some(name) = env(&format!("{pull}_NAME")) {
        return Some(branch(&name, env(&format!("{pull}_SHA"))));
    }
    let merge = |what: &str| env(&format!("CI_MERGE_REQUEST_{what}"));
    let (name, base) = (merge("TARGET_BRANCH_NAME"), merge("DIFF_BASE_SHA"));
    if let Some(name) = name.or_else(|| base.clone()) {
        // A pipeline of merged results tests the merge with this commit, from which the change differs by itself alone.
        let tip = merge("TARGET_BRANCH_SHA").filter(|id| is_commit(id));
        let base = base.filter(|_| tip.is_none());
        return Some(Target::Branch { name: plain(&name), tip, base });
    }
    if env("GITLAB_CI").is_none() || merge("IID").is_some() {
        return None;
    }
    let (name, default) = (env("CI_COMMIT_BRANCH"), env("CI_DEFAULT_BRANCH"));
    let why = unsaid("a pipeline of a branch names no target, which one of a merge request does");
    let own = OwnBranch { branch: name.clone(), default_branch: default, commit: env("CI_COMMIT_SHA"), why };
    Some(push(name, env("CI_COMMIT_BEFORE_SHA"), own))
}

/// Returns the target of a push: the branch before it, unless the push created the branch.
fn push(pushed: Option<String>, before: Option<String>, own: OwnBranch) -> Target {
    match (pushed, before.filter(|id| is_commit(id))) {
        (Some(branch), Some(before)) => Target::Push { branch, before, own },
        (Some(branch), None) => {
            Target::Own(OwnBranch { why: unsaid(&format!("no commit of `{branch}` precedes this job's")), ..own })
        }
        (None, _) => Target::Own(own),
    }
}

/// Returns the target of a branch of GitHub's merge queue, which other CI systems build as a usual branch.
fn of_queue(name: &str) -> Option<Target> {
    let (base, change) = name.strip_prefix("gh-readonly-queue/")?.rsplit_once("/pr-")?;
    let tip = change.split_once('-').map(|(_, tip)| tip.to_owned());
    Some(branch(base, tip))
}

/// Returns the target of all pull requests in a list, if they have the same.
fn of_pulls(pulls: &Value) -> Option<Target> {
    let pulls = pulls.as_array()?;
    let name = text(&pulls.first()?["base"]["ref"])?;
    let is_same = pulls.iter().all(|pull| pull["base"]["ref"] == name.as_str());
    is_same.then(|| branch(&name, text(&pulls[0]["base"]["sha"])))
}

fn branch(name: &str, tip: Option<String>) -> Target {
    Target::Branch { name: plain(name.trim()), tip: tip.filter(|id| is_commit(id)), base: None }
}

fn plain(name: &str) -> String {
    name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns true if a text is a full id of a commit, and not the null id.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0')
}

/// Returns the message about an unknown target, with its remedy.
fn unsaid(why: &str) -> String {
    format!(
        "nothing says which branch the change goes to: {why}; set {OWN_VARIABLE} to the branch, or compare with `git:REF` \
         instead of `git:merge-base`"
    )
}

/// The branch whose artifacts have the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ArtifactBranch {
    /// The branch of this name.
    Named(String),
    /// The default branch.
    Default,
    /// The branch of this name if it is the default branch; otherwise none, for this reason.
    IfDefault(String, String),
}

/// Returns the branch whose artifacts a change is compared with.
///
/// # Errors
///
/// Nothing names the target of the change, for this reason.
pub(crate) fn artifact_branch(target: &Target, root: &Path) -> Result<ArtifactBranch, String> {
    match target {
        Target::Branch { name, .. } | Target::Push { branch: name, .. } => Ok(ArtifactBranch::Named(name.clone())),
        Target::Unknown(why) => Err(why.clone()),
        Target::Guessed => Ok(ArtifactBranch::Default),
        Target::Own(own) => {
            // Another commit than the default branch's may be checked out; without a repository nothing says so.
            let repository = Repository::around(root).ok();
            let head = repository.as_ref().and_then(|repository| repository.head().ok().flatten());
            if let (Some(repository), Some(head)) = (&repository, head)
                && own.commit.as_deref() != Some(head.as_str())
                && !repository.is_default_branch(own).unwrap_or(false)
            {
                return Err(own.why.clone());
            }
            match (&own.branch, &own.default_branch) {
                (Some(branch), Some(default)) if branch == default => Ok(ArtifactBranch::Default),
                (Some(branch), None) => Ok(ArtifactBranch::IfDefault(branch.clone(), own.why.clone())),
                _ => Err(own.why.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
