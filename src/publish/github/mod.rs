//! GitHub, and forges that are compatible with GitHub's API.

mod artifact;
mod baseline;
mod checks;
mod client;
mod comments;
pub mod place;
mod pulls;
mod retry;

pub use artifact::ArtifactError;
pub use baseline::{Artifact, BranchOf, NoBaseline};
pub use client::ApiError;
pub use comments::Commented;

use super::annotation::Annotation;
use super::marker::CommentMode;
use crate::report::model::{Overall, Report};
use checks::Shown;
use client::Client;
use comments::Sticky;
use place::{Judged, Place};

/// The login under which a job's token writes.
const JOB_AUTHOR: &str = "github-actions[bot]";

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
}

/// The contents to post.
#[derive(Debug, Clone)]
pub struct Content {
    /// The verdict.
    pub verdict: Overall,
    /// The verdict in one line, made safe.
    pub title: String,
    /// The comment, followed by shorter forms.
    pub bodies: Vec<String>,
    /// The findings.
    pub annotations: Vec<Annotation>,
    /// The checked-out commit, followed by those that it merges; empty if that is unknown.
    pub tree: Vec<String>,
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

/// Posts to all surfaces of the order; a failure of one does not stop the others.
pub fn post(place: &Place, token: &str, order: &Order, content: &Content) -> Vec<Posted> {
    let posted = within(async {
        let client = match Client::new(place, token) {
            Ok(client) => client,
            Err(error) => return vec![Posted::Failed("the report", error.to_string())],
        };
        let mut posted = Vec::new();
        if order.mode != CommentMode::Off {
            posted.push(comment(&client, place, order, content).await);
        }
        let asked = [("check run", &order.check_run), ("commit status", &order.status)];
        if let Some(why) = &place.astray {
            let asked = asked.into_iter().filter(|(_, name)| name.is_some());
            posted.extend(asked.map(|(surface, _)| Posted::Left(format!("there is no {surface}: {why}"))));
        } else if let Some(commit) = &place.commit {
            let shown =
                Shown { commit, verdict: content.verdict, title: &content.title, run_url: place.run_url.as_deref() };
            if let Some(name) = &order.check_run {
                let summary = content.bodies.first().map_or("", String::as_str);
                let done = checks::check_run(&client, name, &shown, summary, &content.annotations).await;
                posted.push(outcome(place, "the check run", "checks: write", done));
            }
            if let Some(context) = &order.status {
                let done = checks::status(&client, context, &shown).await;
                posted.push(outcome(place, "the commit status", "statuses: write", done));
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
        let client = Client::new(place, token)?;
        pulls::complete(&client, place, tree).await
    });
    done.and_then(|done| done.map_err(|error| error.to_string()))
}

/// Returns the report in an artifact of the run that `place` names, read at the time `now`.
pub fn artifact(place: &Place, token: &str, name: &str, now: i64) -> Result<Report, ArtifactError> {
    let run = place.earlier_run.ok_or_else(|| {
        ApiError::Refused("this job was not started by another run; an artifact needs `on: workflow_run`".to_owned())
    })?;
    within(async {
        let client = Client::new(place, token)?;
        artifact::report(&client, run, name, now).await
    })
    .unwrap_or_else(|error| Err(ApiError::Unreachable(error).into()))
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
        let client = Client::new(place, token)?;
        baseline::baseline(&client, name, branch, is_ancestor).await
    })
    .unwrap_or_else(|error| Err(NoBaseline::Refused(error)))
}

async fn comment(client: &Client, place: &Place, order: &Order, content: &Content) -> Posted {
    let what = "the comment";
    let done = async {
        // The job of `pull_request_target` checks out the target's files, and may judge others.
        if let (Some(why), true) = (&place.astray, place.judged != Judged::NamedBesideTarget) {
            return Ok(Err(why.clone()));
        }
        let pull = match pulls::number(client, place, &content.tree).await? {
            Ok(pull) => pull,
            Err(why) => return Ok(Err(why)),
        };
        let author = match &order.author {
            Some(author) => author.clone(),
            None => author(client).await?,
        };
        let failed = matches!(content.verdict, Overall::Fail | Overall::Error);
        let sticky = Sticky { key: &order.key, author: &author, mode: order.mode, failed, bodies: &content.bodies };
        comments::comment(client, pull, &sticky).await.map(|done| Ok((pull, done)))
    };
    match done.await {
        Ok(Ok((pull, done))) => Posted::Comment(pull, done),
        Ok(Err(why)) if why.starts_with(pulls::LEFT) => Posted::Left(why),
        Ok(Err(why)) => Posted::Left(format!("no comment is written: {why}")),
        Err(error) => outcome(place, what, "pull-requests: write", Err(error)),
    }
}

/// Returns the login that writes. A server without GraphQL does not name the owner of a job's token, whose login is
/// known.
async fn author(client: &Client) -> Result<String, ApiError> {
    match client.login().await {
        Err(ApiError::NotFound(_) | ApiError::NotAllowed(_)) => Ok(JOB_AUTHOR.to_owned()),
        done => done,
    }
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
        (Err(error), _) => Posted::Failed(what, error.to_string()),
    }
}

/// Runs a future to its end on this thread: it makes a few requests, one after the other.
fn within<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map(|runtime| runtime.block_on(work)).map_err(|error| format!("internal error: no runtime: {error}"))
}
