//! The comment on a change.
//!
//! Several jobs of one run write to one comment, possibly at the same time, and no forge has conditional writes. So each
//! job reads right before it writes, reads again afterwards, and follows the same rule: the oldest comment stays, and it
//! has the parts of all.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use super::{AnyForge, CommentEdit, CommentQuery};
use crate::publish::http::ApiError;
use crate::publish::marker::{Comment, CommentMode, is_bot, is_marked, is_ours, line, same};
use crate::publish::part::{self, Part, ShownPart};

/// Maximum number of pages of comments that are read.
const MOST_PAGES: u32 = 100;
/// Maximum number of attempts to write a comment, if each attempt's result is unknown.
const ATTEMPTS: u32 = 3;
/// Maximum number of times that a part is written again because another job wrote over it.
const ROUNDS: u32 = 5;

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
    /// The page, followed by shorter ones in case the forge, whose count differs, refuses it as too long.
    pub(super) pages: &'a [String],
    /// Returns a page in the Markdown that the forge understands.
    pub(super) plain: fn(&str) -> String,
    /// The sizes of pages, each with that of a comment with several parts, in UTF-16 units.
    pub(super) sizes: &'a [(usize, usize)],
}

/// Brings the comment on a change up to date. Returns the other bots as well that have a comment of this gate, which stays
/// as it is.
pub(super) async fn comment(
    forge: &dyn AnyForge,
    change: u64,
    sticky: &Sticky<'_>,
) -> Result<(Commented, BTreeSet<String>), ApiError> {
    let others = RefCell::default();
    let mut done = Err(ApiError::TooLong("there is nothing to say".to_owned()));
    for (index, page) in sticky.pages.iter().enumerate() {
        let size = sticky.sizes.get(index).or(sticky.sizes.last()).map_or(0, |(_, size)| *size);
        let writer = Writer { forge, change, sticky, page, size, others: &others };
        done = writer.write().await;
        if !matches!(done, Err(ApiError::TooLong(_))) {
            break;
        }
    }
    done.map(|done| (done, others.into_inner()))
}

struct Writer<'a> {
    forge: &'a dyn AnyForge,
    change: u64,
    sticky: &'a Sticky<'a>,
    page: &'a str,
    size: usize,
    others: &'a RefCell<BTreeSet<String>>,
}

impl Writer<'_> {
    async fn write(&self) -> Result<Commented, ApiError> {
        self.forge.client().may_write().await;
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
            self.forge.client().may_write().await;
            if self.body_of(kept.id).await?.is_some_and(|now| same(&now, &body)) {
                return Ok(done);
            }
            ours = self.by(self.marked().await?, author);
            if ours.is_empty() {
                return Ok(Commented::Created(self.create(Some(author), &[], &[]).await?.url));
            }
        }
        Err(ApiError::Refused("other jobs keep writing to the same comment; use another --key".to_owned()))
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
        let own = ShownPart { part: self.sticky.part.clone(), page: part::harmless(&(self.sticky.plain)(self.page)) };
        let mut parts = vec![own];
        // Newer comments go before older ones, whose parts of the same id are outdated.
        for shown in ours.iter().rev().flat_map(|comment| part::read(&comment.body)) {
            let is_known = parts.iter().any(|known| known.part.id == shown.part.id);
            if !is_known && self.sticky.part.leaves(&shown.part) {
                parts.push(shown);
            }
        }
        without_commands(&part::compose(&line(self.sticky.key), parts, self.size))
    }

    /// Creates a comment, and never two: if it is unknown if the comment was created, the existing comments are read
    /// first.
    async fn create(&self, author: Option<&str>, ours: &[Comment], before: &[Comment]) -> Result<Comment, ApiError> {
        let body = self.body(ours);
        let mut broke_off = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                self.forge.client().wait(Duration::from_secs(1 << attempt)).await;
                let new = self.marked().await?.into_iter().find(|comment| {
                    let is_author = author.is_none_or(|author| comment.author.eq_ignore_ascii_case(author));
                    is_author && same(&comment.body, &body) && before.iter().all(|old| old.id != comment.id)
                });
                if let Some(written) = new {
                    return Ok(written);
                }
            }
            match self.forge.write(self.change, CommentEdit::Create(&body)).await {
                Ok(new) => {
                    return new.ok_or_else(|| ApiError::Refused("the new comment has no number".to_owned()));
                }
                Err(ApiError::Unsure(why)) => broke_off = why,
                Err(error) => return Err(error),
            }
        }
        Err(ApiError::Unreachable(broke_off))
    }

    /// Returns the text of a comment; `None` if it is gone.
    async fn body_of(&self, id: u64) -> Result<Option<String>, ApiError> {
        match self.forge.comments(self.change, CommentQuery::Id(id)).await {
            Ok(found) => Ok(found.comments.into_iter().next().map(|comment| comment.body)),
            Err(ApiError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn patch(&self, id: u64, body: &str) -> Result<(), ApiError> {
        self.forge.write(self.change, CommentEdit::Update(id, body)).await.map(drop)
    }

    async fn delete(&self, id: u64) -> Result<(), ApiError> {
        match self.forge.write(self.change, CommentEdit::Delete(id)).await {
            // The comment is gone, deleted by this run or by another.
            Err(ApiError::NotFound(_)) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns the comments of an author.
    fn by(&self, mut marked: Vec<Comment>, author: &str) -> Vec<Comment> {
        // The mark in a comment of a person is a quotation or a forgery; that of a bot is mlgate's with another token.
        let others =
            marked.iter().filter(|comment| !comment.author.eq_ignore_ascii_case(author) && is_bot(&comment.author));
        self.others.replace(others.map(|comment| comment.author.clone()).collect());
        marked.retain(|comment| is_ours(comment, author, self.sticky.key));
        marked
    }

    /// Returns the comments with the mark of the key, of whatever author, the oldest first; hidden ones come last, so that
    /// a shown one stays.
    async fn marked(&self) -> Result<Vec<Comment>, ApiError> {
        let mut marked = Vec::new();
        for page in 1..=MOST_PAGES {
            let reply = self.forge.comments(self.change, CommentQuery::Page(page)).await?;
            let comments = reply.comments.into_iter();
            marked.extend(comments.filter(|comment| is_marked(comment, self.sticky.key)));
            if !reply.more {
                break;
            }
        }
        marked.sort_by_key(|comment: &Comment| (comment.is_hidden, comment.id));
        Ok(marked)
    }
}

/// Returns a text of which no line starts with a slash: GitLab carries out such lines as quick actions, with the rights of
/// the token, and bots of other forges take them for commands.
fn without_commands(text: &str) -> String {
    let escaped = |line: &str| {
        let rest = line.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
        // In Markdown a slash behind a backslash is a slash.
        if rest.starts_with('/') { format!("{}\\{rest}", &line[..line.len() - rest.len()]) } else { line.to_owned() }
    };
    let lines: Vec<String> = text.split('\n').map(escaped).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        let text = "<!-- m -->\n/approve\n  /merge\n\t/close\r\na /b\n\u{a0}/label ~x\n//\n";
        let safe = without_commands(text);
        assert_eq!(safe, "<!-- m -->\n\\/approve\n  \\/merge\n\t\\/close\r\na /b\n\u{a0}\\/label ~x\n\\//\n");
        assert_eq!(without_commands(&safe), safe);
    }
}
