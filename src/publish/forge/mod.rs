//! A forge: the server of a repository's changes, on which a report is posted.
//!
//! Each forge is one folder with the same five verbs: who am I, which change, find my comment, write it, set a status.
//! The part that all of them share is here: whose verdict is shown where, and one comment for several jobs. Outside of a
//! forge's folder its name is a row of [`FORGES`], and nothing branches on it.

mod change;
mod comment;
mod find;
mod forges;
mod place;
mod post;
mod red;

pub use super::http::ApiError;
pub use comment::Commented;
pub use find::{find, home};
pub use forges::{FORGES, named};
pub use place::{Judged, NoPlace, Pipeline, Place, Pull, Wanted};
pub use post::{Content, Order, Posted, complete, post, start};

pub(super) use place::{address_of, is_commit, is_name, link, safe_address};
pub(super) use post::within;
pub(super) use red::{ShownStatus, Standing, next, page};

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::annotation::Annotation;
use super::http::Client;
use super::marker::Comment;
use crate::ci::JobVariables;
use crate::report::document::Overall;

/// The variable with a token of whatever forge the change is on.
pub const TOKEN: &str = "MLGATE_TOKEN";

/// A kind of forge: its words, its variables, and the way to open it.
pub struct ForgeKind {
    /// The name, as users write it.
    pub name: &'static str,
    /// Other names by which such servers are known, in lower case.
    pub also: &'static [&'static str],
    /// The forge's word for a change that is proposed, such as "pull request".
    pub change: &'static str,
    /// The variables that may have the token, the first of which is mlgate's own.
    pub tokens: &'static [&'static str],
    /// The message where a token is needed and missing.
    pub no_token: &'static str,
    /// The address of the API, for the variables of a job.
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "doctor asks no server then"))]
    pub api: fn(JobVariables<'_>) -> Option<String>,
    /// The path of the API that answers everybody.
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "doctor asks no server then"))]
    pub probe: &'static str,
    /// The sizes of a report's page that are tried, in UTF-16 units, each with the size of a comment of several.
    pub sizes: &'static [(usize, usize)],
    /// The place where a report is whole that does not fit into a comment, with the word for its link in brackets.
    pub rest: &'static str,
    /// Returns true in a job of the forge's own CI.
    pub(super) is_home: fn(JobVariables<'_>) -> bool,
    /// Determines the place of a run; the event is the contents of the file that `GITHUB_EVENT_PATH` names.
    pub(super) find: fn(JobVariables<'_>, Option<&str>, &Wanted) -> Result<Place, NoPlace>,
    /// Returns a page in the Markdown that the forge understands.
    pub(super) page: fn(&str) -> String,
    /// The part of the path of a change's page between its repository and its number.
    pub(super) page_path: &'static str,
    /// Returns the headers of a request with a token.
    pub(super) headers: fn(&str) -> Vec<(&'static str, String)>,
    /// Returns the remedy for a surface that a token may not write to, with its error.
    pub(super) remedy: fn(Surface, &ApiError) -> Option<String>,
    /// Opens the forge.
    pub(super) open: fn(Client, &Place) -> Box<dyn AnyForge>,
}

impl std::fmt::Debug for ForgeKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for ForgeKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ForgeKind {}

impl ForgeKind {
    /// Returns true if a word is a name of this kind of forge.
    pub fn is_called(&self, word: &str) -> bool {
        std::iter::once(&self.name).chain(self.also).any(|name| name.eq_ignore_ascii_case(word))
    }

    /// Returns the forge's token of the environment; an argument would be visible to every process of the machine.
    pub fn token(&self, env: JobVariables<'_>) -> Option<String> {
        let tokens = self.tokens.iter().copied().chain([TOKEN]).filter_map(env);
        tokens.map(|token| token.trim().to_owned()).find(|token| !token.is_empty())
    }
}

/// A surface that a report is posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Comment,
    CheckRun,
    Status,
}

/// An open or closed change, with its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangeHead {
    pub(super) number: u64,
    pub(super) is_open: bool,
    /// The head commit.
    pub(super) commit: String,
}

/// The comments to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommentQuery {
    /// A page of a hundred, counted from 1, the oldest first.
    Page(u32),
    /// The comment of this id; there is none if it is gone.
    Id(u64),
}

/// A page of comments.
#[derive(Debug, Default)]
pub(super) struct CommentPage {
    pub(super) comments: Vec<Comment>,
    /// True: another page follows.
    pub(super) more: bool,
}

/// A change of the comments of a change.
#[derive(Debug, Clone, Copy)]
pub(super) enum CommentEdit<'a> {
    /// A new comment with this text.
    Create(&'a str),
    /// Another text for the comment of this id.
    Update(u64, &'a str),
    /// The end of the comment of this id.
    Delete(u64),
}

/// A verdict on a commit: a commit status, or a check run if it has details.
pub(super) struct Statement<'a> {
    /// The name, of which a commit has one.
    pub(super) name: &'a str,
    /// The commit.
    pub(super) commit: &'a str,
    pub(super) verdict: Overall,
    /// A line that contains no unsafe text of the report.
    pub(super) title: &'a str,
    /// The page of the run.
    pub(super) run_url: Option<&'a str>,
    /// The page and the findings of a check run.
    pub(super) details: Option<(&'a str, &'a [Annotation])>,
    /// The digest of the gate's job and arguments.
    pub(super) lane: &'a str,
}

impl Statement<'_> {
    /// Returns true if the verdict stops nothing.
    pub(super) fn passes(&self) -> bool {
        matches!(self.verdict, Overall::Pass | Overall::Warn)
    }
}

/// The result of setting a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated {
    /// It is set.
    Set,
    /// Another job or gate failed under this name, which a pass must not cover.
    StaysRed,
}

/// The verbs of a forge, for one repository.
pub(super) trait Forge {
    /// Returns the client, for its pauses.
    fn client(&self) -> &Client;

    /// Who am I: returns the login under which the token writes; `None` if the server does not say.
    async fn login(&self) -> Result<Option<String>, ApiError>;

    /// Which change: returns the changes that a reference means, of any state, or the reason that there is none. The
    /// commit is there unless the change is named by its number.
    async fn changes(&self, pull: &Pull, commit: Option<&str>) -> Result<Result<Vec<ChangeHead>, String>, ApiError>;

    /// Find my comment: returns comments of a change.
    async fn comments(&self, change: u64, query: CommentQuery) -> Result<CommentPage, ApiError>;

    /// Write it: carries out a change of the comments, and returns a new comment. A comment that is gone is
    /// [`ApiError::NotFound`].
    async fn write(&self, change: u64, edit: CommentEdit<'_>) -> Result<Option<Comment>, ApiError>;

    /// Set a status, unless another job of the run has failed under its name.
    async fn state(&self, statement: &Statement<'_>) -> Result<Stated, ApiError>;
}

/// An answer that a forge will give.
type ForgeAnswer<'a, T> = LocalBoxFuture<'a, Result<T, ApiError>>;

/// A forge of any kind, with the verbs of [`Forge`].
pub(super) trait AnyForge {
    fn client(&self) -> &Client;
    fn login(&self) -> ForgeAnswer<'_, Option<String>>;
    fn changes<'a>(
        &'a self,
        pull: &'a Pull,
        commit: Option<&'a str>,
    ) -> ForgeAnswer<'a, Result<Vec<ChangeHead>, String>>;
    fn comments(&self, change: u64, query: CommentQuery) -> ForgeAnswer<'_, CommentPage>;
    fn write<'a>(&'a self, change: u64, edit: CommentEdit<'a>) -> ForgeAnswer<'a, Option<Comment>>;
    fn state<'a>(&'a self, statement: &'a Statement<'a>) -> ForgeAnswer<'a, Stated>;
}

impl<F: Forge> AnyForge for F {
    fn client(&self) -> &Client {
        Forge::client(self)
    }

    fn login(&self) -> ForgeAnswer<'_, Option<String>> {
        Forge::login(self).boxed_local()
    }

    fn changes<'a>(
        &'a self,
        pull: &'a Pull,
        commit: Option<&'a str>,
    ) -> ForgeAnswer<'a, Result<Vec<ChangeHead>, String>> {
        Forge::changes(self, pull, commit).boxed_local()
    }

    fn comments(&self, change: u64, query: CommentQuery) -> ForgeAnswer<'_, CommentPage> {
        Forge::comments(self, change, query).boxed_local()
    }

    fn write<'a>(&'a self, change: u64, edit: CommentEdit<'a>) -> ForgeAnswer<'a, Option<Comment>> {
        Forge::write(self, change, edit).boxed_local()
    }

    fn state<'a>(&'a self, statement: &'a Statement<'a>) -> ForgeAnswer<'a, Stated> {
        Forge::state(self, statement).boxed_local()
    }
}

/// Returns the first characters of a text, with an ellipsis if that is not all of it.
pub(super) fn first(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
