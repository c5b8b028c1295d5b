//! The comment on a pull request.
//!
//! Several jobs of one run write to one comment, possibly at the same time, and GitHub has no conditional writes. So each
//! job reads right before it writes, reads again afterwards, and follows the same rule: the oldest comment stays, and it
//! has the parts of all.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{ApiError, Client, Method};
use crate::publish::marker::{Comment, CommentMode, is_marked, is_ours, line, same};
use crate::publish::part::{self, Part, Shown};

/// Maximum number of pages of comments that are read.
const MOST_PAGES: u32 = 100;
/// Maximum number of attempts to write a comment, if each attempt's result is unknown.
const ATTEMPTS: u32 = 3;
/// Maximum number of times that a part is written again because another job wrote over it.
const ROUNDS: u32 = 5;
/// The sizes of a comment with several parts, in UTF-16 units, beside each size of its own page.
const SIZES: [usize; 3] = [62_000, 31_000, 9_000];

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
    /// The login under which the token writes; `None` if the server does not say.
    pub(super) author: Option<&'a str>,
    pub(super) mode: CommentMode,
    /// True: a gate failed.
    pub(super) failed: bool,
    /// The origin of the pages.
    pub(super) part: &'a Part,
    /// The page, followed by shorter ones in case GitHub, whose count differs, refuses it as too long.
    pub(super) pages: &'a [String],
}

/// Brings the comment on pull request `pull` up to date. Returns the other bots as well that have a comment of this gate,
/// which stays as it is.
pub(super) async fn comment(
    client: &Client,
    pull: u64,
    sticky: &Sticky<'_>,
) -> Result<(Commented, BTreeSet<String>), ApiError> {
    let others = RefCell::default();
    let mut done = Err(ApiError::TooLong("there is nothing to say".to_owned()));
    for (index, page) in sticky.pages.iter().enumerate() {
        let size = SIZES.get(index).copied().unwrap_or(SIZES[SIZES.len() - 1]);
        let writer = Writer { client, pull, sticky, page, size, others: &others };
        done = writer.write().await;
        if !matches!(done, Err(ApiError::TooLong(_))) {
            break;
        }
    }
    done.map(|done| (done, others.into_inner()))
}

struct Writer<'a> {
    client: &'a Client,
    pull: u64,
    sticky: &'a Sticky<'a>,
    page: &'a str,
    size: usize,
    others: &'a RefCell<BTreeSet<String>>,
}

impl Writer<'_> {
    async fn write(&self) -> Result<Commented, ApiError> {
        self.client.may_write().await;
        let marked = self.marked().await?;
        let silent = self.sticky.mode == CommentMode::OnFailure && !self.sticky.failed;
        let Some(author) = self.sticky.author else { return self.as_whoever(&marked, silent).await };
        let ours = self.by(marked, author);
        if ours.is_empty() {
            return if silent { Ok(Commented::NotNeeded) } else { self.anew(author, &ours).await };
        }
        let is_outdated =
            self.sticky.mode == CommentMode::Recreate && !ours.iter().any(|comment| self.is_shared(comment));
        // Nobody would see the change of a comment that is hidden.
        if is_outdated || (!silent && ours.iter().all(|comment| comment.is_hidden)) {
            return self.anew(author, &ours).await;
        }
        self.settle(author, ours, None).await
    }

    /// Writes under a login that the server does not tell in advance: the answer to the first comment tells it.
    async fn as_whoever(&self, marked: &[Comment], silent: bool) -> Result<Commented, ApiError> {
        if silent && marked.is_empty() {
            return Ok(Commented::NotNeeded);
        }
        let new = self.create(None, &[], marked).await?;
        if new.author.is_empty() || marked.is_empty() {
            return Ok(Commented::Created(new.url));
        }
        let ours = self.by(self.marked().await?, &new.author);
        if silent && ours.iter().all(|comment| comment.id == new.id) {
            // The marked comments are those of others, and nothing failed.
            self.delete(new.id).await?;
            return Ok(Commented::NotNeeded);
        }
        self.settle(&new.author.clone(), ours, Some(new)).await
    }

    /// Creates a comment; another job may have done the same at the same time.
    async fn anew(&self, author: &str, before: &[Comment]) -> Result<Commented, ApiError> {
        let new = self.create(Some(author), before, before).await?;
        let ours = self.by(self.marked().await?, author);
        self.settle(author, ours, Some(new)).await
    }

    /// Leaves one of `ours`, with the parts of this run that all of them have; `new` is the one that this job created.
    async fn settle(&self, author: &str, mut ours: Vec<Comment>, new: Option<Comment>) -> Result<Commented, ApiError> {
        let created = new.as_ref().map(|new| new.id);
        for round in 0..ROUNDS {
            let Some(kept) = self.kept(&ours, created).cloned() else { break };
            let body = self.body(&ours);
            let mut done = if created == Some(kept.id) {
                Commented::Created(kept.url.clone())
            } else {
                Commented::Updated(kept.url.clone())
            };
            if same(&kept.body, &body) {
                if created.is_none() && round == 0 {
                    done = Commented::Unchanged(kept.url.clone());
                }
            } else {
                match self.patch(kept.id, &body).await {
                    // Somebody deleted it in between.
                    Err(ApiError::NotFound(_)) => {
                        ours.retain(|comment| comment.id != kept.id);
                        if ours.is_empty() {
                            return Ok(Commented::Created(self.create(Some(author), &[], &[]).await?.url));
                        }
                        continue;
                    }
                    done => done?,
                }
            }
            for comment in ours.iter().filter(|comment| comment.id != kept.id) {
                self.delete(comment.id).await?;
            }
            // Outside of a run there is no other job, and what was only read says what it says.
            let was_read = same(&kept.body, &body) && ours.len() == 1;
            if self.sticky.part.run.is_none() || was_read {
                return Ok(done);
            }
            self.client.may_write().await;
            if self.body_of(kept.id).await?.is_some_and(|now| same(&now, &body)) {
                return Ok(done);
            }
            ours = self.by(self.marked().await?, author);
            if ours.is_empty() {
                return Ok(Commented::Created(self.create(Some(author), &[], &[]).await?.url));
            }
        }
        Err(ApiError::Refused("other jobs write to the same comment over and over; say another --key".to_owned()))
    }

    /// Returns the comment that stays: the oldest, or with `recreate` the oldest of this run. A hidden one does not stay
    /// where there is another.
    fn kept<'a>(&self, ours: &'a [Comment], created: Option<u64>) -> Option<&'a Comment> {
        let recreates = self.sticky.mode == CommentMode::Recreate;
        let is_of_run = |comment: &&Comment| recreates && (created == Some(comment.id) || self.is_shared(comment));
        ours.iter().find(is_of_run).or_else(|| ours.first())
    }

    /// Returns true if another job of this run has a part of the comment.
    fn is_shared(&self, comment: &Comment) -> bool {
        part::read(&comment.body).iter().any(|shown| self.sticky.part.leaves(&shown.part))
    }

    /// Returns the text of the comment: the part of this job beside those that it leaves in `ours`.
    fn body(&self, ours: &[Comment]) -> String {
        let own = Shown { part: self.sticky.part.clone(), page: part::harmless(self.page) };
        let mut parts = vec![own];
        // Newer comments go before older ones, whose parts of the same id are outdated.
        for shown in ours.iter().rev().flat_map(|comment| part::read(&comment.body)) {
            let is_known = parts.iter().any(|known| known.part.id == shown.part.id);
            if !is_known && self.sticky.part.leaves(&shown.part) {
                parts.push(shown);
            }
        }
        part::compose(&line(self.sticky.key), parts, self.size)
    }

    /// Creates a comment, and never two: if it is unknown if the comment was created, the existing comments are read
    /// first.
    async fn create(&self, author: Option<&str>, ours: &[Comment], before: &[Comment]) -> Result<Comment, ApiError> {
        let body = self.body(ours);
        let mut broke_off = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                self.client.wait(Duration::from_secs(1 << attempt)).await;
                let new = self.marked().await?.into_iter().find(|comment| {
                    let is_author = author.is_none_or(|author| comment.author.eq_ignore_ascii_case(author));
                    is_author && same(&comment.body, &body) && before.iter().all(|old| old.id != comment.id)
                });
                if let Some(written) = new {
                    return Ok(written);
                }
            }
            let path = format!("/issues/{}/comments", self.pull);
            match self.client.ask(Method::Post, &path, Some(&json!({"body": body}))).await {
                Ok(reply) => {
                    return read(&reply.json)
                        .ok_or_else(|| ApiError::Refused("the new comment has no number".to_owned()));
                }
                Err(ApiError::Unsure(why)) => broke_off = why,
                Err(error) => return Err(error),
            }
        }
        Err(ApiError::Unreachable(broke_off))
    }

    /// Returns the text of a comment; `None` if it is gone.
    async fn body_of(&self, id: u64) -> Result<Option<String>, ApiError> {
        match self.client.ask(Method::Get, &format!("/issues/comments/{id}"), None).await {
            Ok(reply) => Ok(read(&reply.json).map(|comment| comment.body)),
            Err(ApiError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn patch(&self, id: u64, body: &str) -> Result<(), ApiError> {
        self.client.ask(Method::Patch, &format!("/issues/comments/{id}"), Some(&json!({"body": body}))).await.map(drop)
    }

    async fn delete(&self, id: u64) -> Result<(), ApiError> {
        match self.client.ask(Method::Delete, &format!("/issues/comments/{id}"), None).await {
            // The comment is gone, deleted by this run or by another.
            Err(ApiError::NotFound(_)) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns the comments of an author.
    fn by(&self, mut marked: Vec<Comment>, author: &str) -> Vec<Comment> {
        // The mark in a comment of a person is a quotation or a forgery; that of a bot is mlgate's with another token.
        let others = marked
            .iter()
            .filter(|comment| !comment.author.eq_ignore_ascii_case(author) && comment.author.ends_with("[bot]"));
        self.others.replace(others.map(|comment| comment.author.clone()).collect());
        marked.retain(|comment| is_ours(comment, author, self.sticky.key));
        marked
    }

    /// Returns the comments with the mark of the key, of whatever author, the oldest first; hidden ones come last, so that
    /// a shown one stays.
    async fn marked(&self) -> Result<Vec<Comment>, ApiError> {
        let mut marked = Vec::new();
        for page in 1..=MOST_PAGES {
            let path = format!("/issues/{}/comments?per_page=100&page={page}", self.pull);
            let reply = self.client.ask(Method::Get, &path, None).await?;
            let comments = reply.json.as_array().ok_or_else(|| ApiError::Refused("comments are no list".to_owned()))?;
            marked.extend(comments.iter().filter_map(read).filter(|comment| is_marked(comment, self.sticky.key)));
            if !reply.more {
                break;
            }
        }
        marked.sort_by_key(|comment: &Comment| (comment.is_hidden, comment.id));
        Ok(marked)
    }
}

fn read(json: &Value) -> Option<Comment> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(Comment {
        id: json["id"].as_u64()?,
        author: text(&json["user"]["login"]),
        body: text(&json["body"]),
        url: text(&json["html_url"]),
        is_hidden: json["minimized"].is_object(),
    })
}
