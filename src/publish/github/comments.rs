//! The comment on a pull request.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{ApiError, Client, Method};
use crate::publish::marker::{Comment, CommentMode, Step, is_ours, steps};

/// Maximum number of pages of comments that are read.
const MOST_PAGES: u32 = 100;
/// Maximum number of attempts to write a comment, if each attempt's result is unknown.
const ATTEMPTS: u32 = 3;
/// The result of bringing a comment up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commented {
    /// A new comment was created: the address of its page.
    Created(String),
    /// An existing comment was updated: the address of its page.
    Updated(String),
    /// The existing comment was up to date: the address of its page.
    Unchanged(String),
    /// Nothing failed, and there was no comment to update.
    NotNeeded,
}

/// The comment to write, and the rules for it.
pub(super) struct Sticky<'a> {
    pub(super) key: &'a str,
    /// The login under which the token writes.
    pub(super) author: &'a str,
    pub(super) mode: CommentMode,
    /// True: a gate failed.
    pub(super) failed: bool,
    /// The body, followed by shorter ones in case GitHub, whose count differs, refuses it as too long.
    pub(super) bodies: &'a [String],
}

/// Brings the comment on pull request `pull` up to date.
pub(super) async fn comment(client: &Client, pull: u64, sticky: &Sticky<'_>) -> Result<Commented, ApiError> {
    let mut done = Err(ApiError::TooLong("there is nothing to say".to_owned()));
    for body in sticky.bodies {
        done = write(client, pull, sticky, body).await;
        if !matches!(done, Err(ApiError::TooLong(_))) {
            break;
        }
    }
    done
}

async fn write(client: &Client, pull: u64, sticky: &Sticky<'_>, body: &str) -> Result<Commented, ApiError> {
    let ours = list(client, pull, sticky).await?;
    let page =
        |id: u64| ours.iter().find(|comment| comment.id == id).map(|comment| comment.url.clone()).unwrap_or_default();
    let mut done = Commented::NotNeeded;
    for step in steps(sticky.mode, sticky.failed, &ours, body) {
        match step {
            Step::Create => done = Commented::Created(create(client, pull, sticky, body, &ours).await?),
            Step::Update(id) => {
                client.ask(Method::Patch, &format!("/issues/comments/{id}"), Some(&json!({"body": body}))).await?;
                done = Commented::Updated(page(id));
            }
            Step::Keep(id) => done = Commented::Unchanged(page(id)),
            Step::Delete(id) => match client.ask(Method::Delete, &format!("/issues/comments/{id}"), None).await {
                // The comment is gone, deleted by this run or by another.
                Err(ApiError::NotFound(_)) | Ok(_) => {}
                Err(error) => return Err(error),
            },
        }
    }
    Ok(done)
}

/// Creates a comment, and never two: if it is unknown if the comment was created, the existing comments are read first.
async fn create(
    client: &Client,
    pull: u64,
    sticky: &Sticky<'_>,
    body: &str,
    before: &[Comment],
) -> Result<String, ApiError> {
    let mut broke_off = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            client.wait(Duration::from_secs(1 << attempt)).await;
            let now = list(client, pull, sticky).await?;
            let new = now.into_iter().find(|comment| before.iter().all(|old| old.id != comment.id));
            if let Some(written) = new {
                return Ok(written.url);
            }
        }
        match client.ask(Method::Post, &format!("/issues/{pull}/comments"), Some(&json!({"body": body}))).await {
            Ok(reply) => return Ok(reply.json["html_url"].as_str().unwrap_or_default().to_owned()),
            Err(ApiError::Unsure(why)) => broke_off = why,
            Err(error) => return Err(error),
        }
    }
    Err(ApiError::Unreachable(broke_off))
}

/// Returns mlgate's own comments for the key, the oldest first.
async fn list(client: &Client, pull: u64, sticky: &Sticky<'_>) -> Result<Vec<Comment>, ApiError> {
    let mut ours = Vec::new();
    for page in 1..=MOST_PAGES {
        let path = format!("/issues/{pull}/comments?per_page=100&page={page}");
        let reply = client.ask(Method::Get, &path, None).await?;
        let comments =
            reply.json.as_array().ok_or_else(|| ApiError::Refused("the comments are not a list".to_owned()))?;
        ours.extend(comments.iter().filter_map(read).filter(|comment| is_ours(comment, sticky.author, sticky.key)));
        if !reply.more {
            break;
        }
    }
    ours.sort_by_key(|comment| comment.id);
    Ok(ours)
}

fn read(json: &Value) -> Option<Comment> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(Comment {
        id: json["id"].as_u64()?,
        author: text(&json["user"]["login"]),
        body: text(&json["body"]),
        url: text(&json["html_url"]),
    })
}
