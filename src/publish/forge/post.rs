//! Posting to a forge: the comment, the check run and the commit status of an order.

use std::time::Instant;

use super::change::{self, LEFT};
use super::comment::{self, Commented, Sticky};
use super::{AnyForge, Judged, Place, Stated, Statement, Surface};
use crate::publish::annotation::Annotation;
use crate::publish::http::{ApiError, PATIENCE};
use crate::publish::marker::CommentMode;
use crate::publish::part::Part;
use crate::report::document::Overall;

/// The surfaces to post to.
#[derive(Debug, Clone)]
pub struct Order {
    /// The key of the comment: each key has one comment.
    pub key: String,
    /// The mode of writing the comment.
    pub mode: CommentMode,
    /// The login under which the token writes; `None` asks the forge.
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
    /// The start of the time limit, if this run has asked the forge before; `None` starts it now.
    pub started: Option<Instant>,
}

/// The result of posting to one surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// The comment on this change, such as "pull request 7".
    Comment(String, Commented),
    /// The check run or status, by its name.
    Done(&'static str),
    /// The surface was rightly not posted to, for this reason.
    Left(String),
    /// Posting to the surface failed, for this reason.
    Failed(&'static str, String),
}

impl Surface {
    /// Returns the name with its article.
    fn named(self) -> &'static str {
        match self {
            Self::Comment => "the comment",
            Self::CheckRun => "the check run",
            Self::Status => "the commit status",
        }
    }

    /// Returns the name without its article.
    fn noun(self) -> &'static str {
        self.named().trim_start_matches("the ")
    }
}

/// Returns the start of the time limit of everything that a run asks a forge for.
pub fn start() -> Instant {
    Instant::now()
}

/// Posts to all surfaces of the order; a failure of one does not stop the others.
pub fn post(place: &Place, token: &str, order: &Order, content: &Content) -> Vec<Posted> {
    let posted = within(async {
        let rest = content.started.map_or(PATIENCE, |started| PATIENCE.saturating_sub(started.elapsed()));
        let forge = match place.client(token, rest) {
            Ok(client) => (place.forge.open)(client, place),
            Err(error) => return vec![Posted::Failed("the report", error.to_string())],
        };
        let mut posted = Vec::new();
        if order.mode != CommentMode::Off {
            posted.extend(comment(forge.as_ref(), place, order, content).await);
        }
        let asked = [(Surface::CheckRun, &order.check_run), (Surface::Status, &order.status)];
        let asked = asked.into_iter().filter_map(|(surface, name)| Some((surface, name.as_deref()?)));
        if let Some(why) = &place.astray {
            posted.extend(asked.map(|(surface, _)| Posted::Left(format!("there is no {}: {why}", surface.noun()))));
        } else if let Some(commit) = &place.commit {
            for (surface, name) in asked {
                posted.push(state(forge.as_ref(), place, (surface, name, commit, &order.part.lane), content).await);
            }
        } else if order.check_run.is_some() || order.status.is_some() {
            posted.push(Posted::Failed("the check", "the commit that was judged is not known".to_owned()));
        }
        posted
    });
    posted.unwrap_or_else(|error| vec![Posted::Failed("the report", error)])
}

/// Sets a check run or a commit status of this name on a commit.
async fn state(
    forge: &dyn AnyForge,
    place: &Place,
    (surface, name, commit, lane): (Surface, &str, &str, &str),
    content: &Content,
) -> Posted {
    let summary = content.bodies.first().map_or("", String::as_str);
    let statement = Statement {
        name,
        commit,
        verdict: content.verdict,
        title: &content.title,
        run_url: place.run_url.as_deref(),
        details: (surface == Surface::CheckRun).then_some((summary, content.annotations.as_slice())),
        lane,
    };
    match forge.state(&statement).await {
        Ok(Stated::Set) => Posted::Done(surface.named()),
        Ok(Stated::StaysRed) => Posted::Left(format!(
            "the {} `{name}` stays as it is: another job failed under the same name; give each its own",
            surface.noun()
        )),
        Err(error) => refused(place, surface, &error),
    }
}

/// Completes a place with what only the forge knows: the head of a change that the event names by its number.
///
/// # Errors
///
/// The forge does not tell.
pub fn complete(place: &mut Place, token: &str, tree: &[String]) -> Result<(), String> {
    let done = within(async {
        let forge = (place.forge.open)(place.client(token, PATIENCE)?, place);
        change::complete(forge.as_ref(), place, tree).await
    });
    done.and_then(|done| done.map_err(|error| error.to_string()))
}

async fn comment(forge: &dyn AnyForge, place: &Place, order: &Order, content: &Content) -> Vec<Posted> {
    let failed = |error| refused(place, Surface::Comment, &error);
    let left = |why: &str| match why.starts_with(LEFT) {
        true => Posted::Left(why.to_owned()),
        false => Posted::Left(format!("no comment is written: {why}")),
    };
    // The job of `pull_request_target` checks out the target's files, and may judge others.
    if let (Some(why), true) = (&place.astray, place.judged != Judged::NamedBesideTarget) {
        return vec![left(why)];
    }
    let changes = match change::numbers(forge, place, &content.tree).await {
        Ok(Ok(changes)) => changes,
        Ok(Err(why)) => return vec![left(&why)],
        Err(error) => return vec![failed(error)],
    };
    let author = match &order.author {
        Some(author) => Ok(Some(author.clone())),
        // Nobody has to know who writes where nothing is written.
        None if changes.is_empty() => Ok(None),
        None => forge.login().await,
    };
    let author = match author {
        Ok(author) => author,
        Err(error) => return vec![failed(error)],
    };
    let mut posted = Vec::with_capacity(changes.len());
    for number in changes {
        let sticky = Sticky {
            key: &order.key,
            author: author.as_deref(),
            mode: order.mode,
            failed: matches!(content.verdict, Overall::Fail | Overall::Error),
            part: &order.part,
            pages: &content.bodies,
            plain: place.forge.page,
            sizes: place.forge.sizes,
        };
        let change = place.change(number);
        match comment::comment(forge, number, &sticky).await {
            Ok((done, others)) => {
                posted.push(Posted::Comment(change.clone(), done));
                posted.extend(others.into_iter().map(|other| {
                    Posted::Left(format!("an older comment of this gate by `{other}` stays on {change}; delete it"))
                }));
            }
            Err(error) => posted.push(failed(error)),
        }
    }
    posted
}

/// Returns the result for a surface that a forge refused.
fn refused(place: &Place, surface: Surface, error: &ApiError) -> Posted {
    match (place.read_only, (place.forge.remedy)(surface, error)) {
        (Some(why), _) if matches!(error, ApiError::NotAllowed(_) | ApiError::NotFound(_)) => {
            Posted::Left(format!("{} is left to a second workflow: {why}", surface.named()))
        }
        (_, Some(remedy)) => Posted::Failed(surface.named(), format!("{error}; {remedy}")),
        (_, None) => Posted::Failed(surface.named(), error.to_string()),
    }
}

/// Runs a future to its end on this thread: it makes a few requests, one after the other.
pub(in crate::publish) fn within<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map(|runtime| runtime.block_on(work)).map_err(|error| format!("internal error: no runtime: {error}"))
}
