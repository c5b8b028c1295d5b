//! GitHub, and forges that are compatible with GitHub's API.

mod answer;
mod artifact;
mod baseline;
mod checks;
mod client;
mod comments;
pub mod place;
mod proxy;
mod pulls;
mod retry;
pub mod variables;

pub use artifact::{ArtifactError, FoundArtifact};
pub use baseline::{Artifact, BranchOf, NoBaseline};
pub use client::ApiError;
pub use comments::Commented;
pub use proxy::Proxy;

use std::time::Instant;

use super::annotation::Annotation;
use super::marker::CommentMode;
use super::part::Part;
use crate::report::model::Overall;
use checks::CheckContent;
use client::{Client, PATIENCE};
use comments::Sticky;
use place::{Judged, Place};

/// The surfaces to post to.
#[derive(Debug, Clone)]
pub struct Order {
    /// The key of the comment: each key has one comment.
    pub key: String,
    /// The mode of writing the comment.
    pub mode: CommentMode,
    /// The login under which the token writes; `None` asks GitHub.
    pub author: Option<String>,
    /// The name of a check run to create.
    pub check_run: Option<String>,
    /// The context of a commit status to set.
    pub status: Option<String>,
    /// The origin of the pages, which tells this job's part of the comment from those of others.
    pub part: Part,
}

/// The contents to post.
#[derive(Debug, Clone)]
pub struct Content {
    /// The verdict.
    pub verdict: Overall,
    /// The verdict in one line, made safe.
    pub title: String,
    /// The comment without its mark, followed by shorter forms.
    pub bodies: Vec<String>,
    /// The findings.
    pub annotations: Vec<Annotation>,
    /// The checked-out commit, followed by those that it merges; empty if that is unknown.
    pub tree: Vec<String>,
    /// The start of the time limit, if this run has asked GitHub before; `None` starts it now.
    pub started: Option<Instant>,
}

/// The result of posting to one surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// The comment on this pull request.
    Comment(u64, Commented),
    /// The check run or status, by its name.
    Done(&'static str),
    /// The surface was rightly not posted to, for this reason.
    Left(String),
    /// Posting to the surface failed, for this reason.
    Failed(&'static str, String),
}

/// Returns the start of the time limit of everything that a run asks GitHub for.
pub fn start() -> Instant {
    Instant::now()
}

/// Posts to all surfaces of the order; a failure of one does not stop the others.
pub fn post(place: &Place, token: &str, order: &Order, content: &Content) -> Vec<Posted> {
    let posted = within(async {
        let rest = content.started.map_or(PATIENCE, |started| PATIENCE.saturating_sub(started.elapsed()));
        let client = match Client::new(place, token, rest) {
            Ok(client) => client,
            Err(error) => return vec![Posted::Failed("the report", error.to_string())],
        };
        let mut posted = Vec::new();
        if order.mode != CommentMode::Off {
            posted.extend(comment(&client, place, order, content).await);
        }
        let asked = [("check run", &order.check_run), ("commit status", &order.status)];
        if let Some(why) = &place.astray {
            let asked = asked.into_iter().filter(|(_, name)| name.is_some());
            posted.extend(asked.map(|(surface, _)| Posted::Left(format!("there is no {surface}: {why}"))));
        } else if let Some(commit) = &place.commit {
            let shown = CheckContent {
                commit,
                verdict: content.verdict,
                title: &content.title,
                run_url: place.run_url.as_deref(),
            };
            if let Some(name) = &order.check_run {
                let summary = content.bodies.first().map_or("", String::as_str);
                posted.push(if checks::has_failed_check_run(&client, name, &shown).await {
                    stays_red("check run", name)
                } else {
                    let done = checks::check_run(&client, name, &shown, summary, &content.annotations).await;
                    outcome(place, "the check run", "checks: write", done)
                });
            }
            if let Some(context) = &order.status {
                posted.push(if checks::has_failed_status(&client, context, &shown).await {
                    stays_red("commit status", context)
                } else {
                    let done = checks::status(&client, context, &shown).await;
                    outcome(place, "the commit status", "statuses: write", done)
                });
            }
        } else if order.check_run.is_some() || order.status.is_some() {
            posted.push(Posted::Failed("the check", "the commit that was judged is not known".to_owned()));
        }
        posted
    });
    posted.unwrap_or_else(|error| vec![Posted::Failed("the report", error)])
}

/// Completes a place with what only GitHub knows: the head of a pull request that the event names by its number.
///
/// # Errors
///
/// GitHub does not tell.
pub fn complete(place: &mut Place, token: &str, tree: &[String]) -> Result<(), String> {
    let done = within(async {
        let client = Client::new(place, token, PATIENCE)?;
        pulls::complete(&client, place, tree).await
    });
    done.and_then(|done| done.map_err(|error| error.to_string()))
}

/// Returns the reports in the artifacts of the run that `place` names, read at the time `now`: one for each of `names`,
/// and one for each artifact that a glob among them matches.
pub fn artifacts(place: &Place, token: &str, names: &[String], now: i64) -> Result<Vec<FoundArtifact>, ApiError> {
    let run = place.earlier_run.ok_or_else(|| {
        ApiError::Refused("this job was not started by another run; an artifact needs `on: workflow_run`".to_owned())
    })?;
    within(async {
        let client = Client::new(place, token, PATIENCE)?;
        let mut found = Vec::new();
        for name in names {
            found.extend(artifact::reports(&client, run, name, now).await?);
        }
        Ok(found)
    })
    .unwrap_or_else(|error| Err(ApiError::Unreachable(error)))
}

/// Returns the stored baseline in the artifact `name` of the last successful run on the default branch.
///
/// `is_ancestor` returns true if the change builds on a commit, and `None` if that is unknown: artifacts of ancestors
/// precede newer ones.
pub fn baseline(
    place: &Place,
    token: &str,
    name: &str,
    branch: BranchOf<'_>,
    is_ancestor: &dyn Fn(&str) -> Option<bool>,
) -> Result<Artifact, NoBaseline> {
    within(async {
        let client = Client::new(place, token, PATIENCE)?;
        baseline::baseline(&client, name, branch, is_ancestor).await
    })
    .unwrap_or_else(|error| Err(NoBaseline::Refused(error)))
}

async fn comment(client: &Client, place: &Place, order: &Order, content: &Content) -> Vec<Posted> {
    let failed = |error| outcome(place, "the comment", "pull-requests: write", Err(error));
    let left = |why: &str| match why.starts_with(pulls::LEFT) {
        true => Posted::Left(why.to_owned()),
        false => Posted::Left(format!("no comment is written: {why}")),
    };
    // The job of `pull_request_target` checks out the target's files, and may judge others.
    if let (Some(why), true) = (&place.astray, place.judged != Judged::NamedBesideTarget) {
        return vec![left(why)];
    }
    let pulls = match pulls::numbers(client, place, &content.tree).await {
        Ok(Ok(pulls)) => pulls,
        Ok(Err(why)) => return vec![left(&why)],
        Err(error) => return vec![failed(error)],
    };
    let author = match &order.author {
        Some(author) => Ok(Some(author.clone())),
        // Nobody has to know who writes where nothing is written.
        None if pulls.is_empty() => Ok(None),
        None => client.login().await,
    };
    let author = match author {
        Ok(author) => author,
        Err(error) => return vec![failed(error)],
    };
    let mut posted = Vec::with_capacity(pulls.len());
    for pull in pulls {
        let sticky = Sticky {
            key: &order.key,
            author: author.as_deref(),
            mode: order.mode,
            failed: matches!(content.verdict, Overall::Fail | Overall::Error),
            part: &order.part,
            pages: &content.bodies,
        };
        match comments::comment(client, pull, &sticky).await {
            Ok((done, others)) => {
                posted.push(Posted::Comment(pull, done));
                posted.extend(others.into_iter().map(|other| {
                    Posted::Left(format!(
                        "an older comment of this gate by `{other}` stays on pull request {pull}; delete it"
                    ))
                }));
            }
            Err(error) => posted.push(failed(error)),
        }
    }
    posted
}

/// Returns the result for a surface that another job of the same run, such as a leg of its matrix, has failed.
fn stays_red(surface: &str, name: &str) -> Posted {
    Posted::Left(format!(
        "the {surface} `{name}` stays as it is: another job of this run failed under the same name; give each its own"
    ))
}

fn outcome(place: &Place, what: &'static str, permission: &str, done: Result<(), ApiError>) -> Posted {
    match (done, place.read_only) {
        (Ok(()), _) => Posted::Done(what),
        (Err(ApiError::NotAllowed(_) | ApiError::NotFound(_)), Some(why)) => {
            Posted::Left(format!("{what} is left to a second workflow: {why}"))
        }
        (Err(error @ ApiError::NotAllowed(_)), None) => {
            Posted::Failed(what, format!("{error}; the job needs `permissions: {permission}`"))
        }
        (Err(error @ ApiError::NotFound(_)), None) => Posted::Failed(
            what,
            format!("{error}; in a private repository the job needs `permissions: contents: read` and `{permission}`"),
        ),
        (Err(error), _) => Posted::Failed(what, error.to_string()),
    }
}

/// Runs a future to its end on this thread: it makes a few requests, one after the other.
fn within<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map(|runtime| runtime.block_on(work)).map_err(|error| format!("internal error: no runtime: {error}"))
}

#[cfg(test)]
mod tests;
