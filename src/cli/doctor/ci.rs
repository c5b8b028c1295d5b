//! The CI system, its event, the target of the change, and tokens.

use super::{DoctorFindings, Weight};
use crate::ci::system;
use crate::git::Target;
use crate::pipeline::environment::{event_text, variable};
use crate::pipeline::target;
use crate::publish::forge::{self, FORGES, Pull, TOKEN, Wanted, home};

/// Variables with tokens that baselines and stores need, beside those of the forges. Their values are never shown.
const TOKENS: [&str; 8] = [
    "CI_JOB_TOKEN",
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
    match system(&variable) {
        Some((system, sign)) => found.fine("system", format!("a job of {}: {sign} is set", system.name)),
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
    of_forge(&mut found);
    let known = FORGES.into_iter().flat_map(|forge| forge.tokens).copied().chain([TOKEN]).chain(TOKENS);
    let mut set: Vec<&str> = Vec::new();
    for name in known.filter(|name| variable(name).is_some()) {
        // Two forges may read the same variable.
        if !set.contains(&name) {
            set.push(name);
        }
    }
    if set.is_empty() {
        found.fine("tokens", "none is set");
    } else {
        found.fine("tokens", format!("set: {}", set.join(", ")));
    }
    if let Some(forge) = home(&variable).filter(|forge| forge.token(&variable).is_none()) {
        found.add(Weight::Note, "comment", format!("nothing can be posted to {}", forge.name));
        found.help(forge.no_token);
    }
    found
}

/// Says where a report would be posted; on a developer's machine that is nowhere.
fn of_forge(found: &mut DoctorFindings) {
    let event = event_text().ok().flatten();
    match forge::find(&variable, event.as_deref(), &Wanted::default()) {
        Ok(place) => {
            let change = match &place.pull {
                Pull::Number(number) => format!("{} {number}", place.forge.change),
                Pull::OfCommit | Pull::OfBranch { .. } => format!("the open {} of the commit", place.forge.change),
                Pull::None(why) => format!("no comment: {why}"),
            };
            found.fine("forge", format!("{}, {change}; {}", place.forge.name, place.api));
        }
        Err(why) if system(&variable).is_some() => {
            found.note("forge", format!("none: {why}"), "--forge, --repository, --pull and --commit name a change");
        }
        Err(_) => {}
    }
}
