//! The CI system, its event, the target of the change, and tokens.

use super::{DoctorFindings, Weight};
use crate::git::Target;
use crate::pipeline::environment::{event_text, variable};
use crate::pipeline::target;

/// Variables with tokens that mlgate or its stores read. Their values are never shown.
const TOKENS: [&str; 11] = [
    "MLGATE_GITHUB_TOKEN",
    "GITHUB_TOKEN",
    "CI_JOB_TOKEN",
    "MLGATE_GITLAB_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_CLIENT_SECRET",
];

/// Looks at the CI system.
pub(in crate::cli) fn ci() -> DoctorFindings {
    let mut found = DoctorFindings::of("ci");
    match target::system(&variable) {
        Some(name) => found.fine("system", format!("a job of CI: {name} is set")),
        None => found.fine("system", "none: no variable of a CI system is set"),
    }
    if let Some(kind) = variable("GITHUB_EVENT_NAME") {
        match event_text() {
            Ok(Some(_)) => found.fine("event", kind),
            Ok(None) => found.note("event", format!("{kind}; GITHUB_EVENT_PATH is not set"), ""),
            Err(why) => found.wrong("event", why, ""),
        }
    }
    match target::of_job() {
        Target::Branch { name, .. } => found.fine("target", format!("the branch `{name}`")),
        Target::Push { branch, before, .. } => {
            let short = before.get(..12).unwrap_or(&before).to_owned();
            found.fine("target", format!("`{branch}` as it was before the push, commit {short}"));
        }
        Target::Own(own) => {
            let branch = own.branch.as_deref().unwrap_or("unknown");
            found.note("target", format!("none; the job's own branch is {branch}"), &own.why);
        }
        Target::Unknown(why) => found.wrong("target", why, ""),
        Target::Guessed => found.fine("target", "a developer's machine: origin's HEAD, main or master is taken"),
    }
    let set: Vec<&str> = TOKENS.into_iter().filter(|name| variable(name).is_some()).collect();
    if set.is_empty() {
        found.fine("tokens", "none is set");
    } else {
        found.fine("tokens", format!("set: {}", set.join(", ")));
    }
    let is_github = variable("GITHUB_ACTIONS").is_some();
    if is_github && !set.iter().any(|name| name.ends_with("GITHUB_TOKEN")) {
        found.add(Weight::Note, "comment", "without a token nothing can be posted");
        found.help("add to the step `env: GITHUB_TOKEN: ${{ github.token }}`");
    }
    found
}
