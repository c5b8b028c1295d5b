//! The verbs, on Bitbucket Cloud.

use serde_json::{Value, json};

use super::{markdown, place, statement};
use crate::publish::forge::{
    ChangeHead, CommentEdit, CommentPage, CommentQuery, Forge, ForgeKind, Pull, Stated, Statement, Surface, is_commit,
};
use crate::publish::http::{ApiError, Client, Method};
use crate::publish::marker::Comment;

/// Maximum number of pages of open pull requests that are searched for a commit, of fifty each.
const MOST_PAGES: u32 = 10;

/// Bitbucket Cloud.
pub(in crate::publish) static KIND: ForgeKind = ForgeKind {
    name: "Bitbucket",
    also: &[],
    change: "pull request",
    tokens: &["MLGATE_BITBUCKET_TOKEN"],
    no_token: "no token is set; store an access token of the repository with the scopes `pullrequest:write` and \
               `repository:write` as the secured variable MLGATE_BITBUCKET_TOKEN. The job keeps its reports",
    api: |env| env("BITBUCKET_API_URL"),
    probe: "/hook_events",
    // The limit of a comment is 32,768 characters.
    sizes: &[(28_000, 31_000), (8_000, 9_000)],
    rest: "the artifacts of the [pipeline]",
    page: markdown::page,
    page_path: "/pull-requests/",
    is_home: place::is_home,
    find: place::find,
    headers: |token| vec![("authorization", format!("Bearer {token}")), ("accept", "application/json".to_owned())],
    remedy,
    open: |client, place| Box::new(Bitbucket { client, web: place.web.clone() }),
};

fn remedy(surface: Surface, error: &ApiError) -> Option<String> {
    let scope = match surface {
        Surface::Comment => "pullrequest:write",
        Surface::CheckRun | Surface::Status => "repository:write",
    };
    match error {
        ApiError::NotAllowed(_) | ApiError::NotFound(_) | ApiError::BadToken(_) => {
            Some(format!("the token needs the scope `{scope}` in this repository"))
        }
        _ => None,
    }
}

/// One repository of Bitbucket.
struct Bitbucket {
    client: Client,
    /// The page of the repository.
    web: String,
}

impl Bitbucket {
    async fn of_commit(&self, commit: &str) -> Result<Vec<ChangeHead>, ApiError> {
        let mut found = Vec::new();
        for page in 1..=MOST_PAGES {
            let path = format!("/pullrequests?state=OPEN&pagelen=50&page={page}");
            let listed = self.client.ask(Method::Get, &path, None).await?.json;
            for pull in listed["values"].as_array().into_iter().flatten() {
                let is_head = pull["source"]["commit"]["hash"]
                    .as_str()
                    .is_some_and(|hash| is_abbreviated(hash) && commit.starts_with(hash));
                if let (true, Some(number)) = (is_head, pull["id"].as_u64()) {
                    found.push(ChangeHead { number, is_open: true, commit: commit.to_owned() });
                }
            }
            if !listed["next"].is_string() {
                break;
            }
        }
        Ok(found)
    }
}

impl Forge for Bitbucket {
    fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the id of the token's user, by which comments know their author.
    async fn login(&self) -> Result<Option<String>, ApiError> {
        match self.client.ask_at(Method::Get, "/user", None).await {
            Ok(reply) => Ok(reply.json["uuid"].as_str().map(str::to_owned)),
            Err(error @ (ApiError::Unreachable(_) | ApiError::RateLimited(_))) => Err(error),
            // An access token of a repository may not ask; the first comment tells.
            Err(_) => Ok(None),
        }
    }

    async fn changes(&self, pull: &Pull, commit: Option<&str>) -> Result<Result<Vec<ChangeHead>, String>, ApiError> {
        match (pull, commit) {
            (Pull::Number(number), _) => {
                let found = self.client.ask(Method::Get, &format!("/pullrequests/{number}"), None).await?.json;
                // The head is abbreviated.
                let short = found["source"]["commit"]["hash"].as_str().filter(|hash| is_abbreviated(hash));
                let Some(short) = short else { return Ok(Ok(Vec::new())) };
                let full = self.client.ask(Method::Get, &format!("/commit/{short}"), None).await?.json;
                let full = full["hash"].as_str().filter(|hash| is_commit(hash)).map(str::to_owned);
                let is_open = found["state"] == "OPEN";
                Ok(Ok(full.into_iter().map(|commit| ChangeHead { number: *number, is_open, commit }).collect()))
            }
            (Pull::OfCommit | Pull::OfBranch { .. }, Some(commit)) => self.of_commit(commit).await.map(Ok),
            _ => Ok(Ok(Vec::new())),
        }
    }

    async fn comments(&self, change: u64, query: CommentQuery) -> Result<CommentPage, ApiError> {
        let comments = format!("/pullrequests/{change}/comments");
        let page = match query {
            CommentQuery::Page(page) => page,
            CommentQuery::Id(id) => {
                let reply = self.client.ask(Method::Get, &format!("{comments}/{id}"), None).await?;
                return Ok(CommentPage { comments: comment(&reply.json).into_iter().collect(), more: false });
            }
        };
        let path = format!("{comments}?pagelen=100&sort=created_on&page={page}");
        let reply = self.client.ask(Method::Get, &path, None).await?;
        let listed = reply.json["values"].as_array();
        let listed = listed.ok_or_else(|| ApiError::Refused("the comments are not a list".to_owned()))?;
        let more = reply.json["next"].is_string();
        Ok(CommentPage { comments: listed.iter().filter_map(comment).collect(), more })
    }

    async fn write(&self, change: u64, edit: CommentEdit<'_>) -> Result<Option<Comment>, ApiError> {
        let comments = format!("/pullrequests/{change}/comments");
        let (method, path, body) = match edit {
            CommentEdit::Create(body) => (Method::Post, comments, Some(body)),
            CommentEdit::Update(id, body) => (Method::Put, format!("{comments}/{id}"), Some(body)),
            CommentEdit::Delete(id) => (Method::Delete, format!("{comments}/{id}"), None),
        };
        let body = body.map(|body| json!({"content": {"raw": markdown::encoded(body)}}));
        self.client.ask(method, &path, body.as_ref()).await.map(|reply| comment(&reply.json))
    }

    async fn state(&self, statement: &Statement<'_>) -> Result<Stated, ApiError> {
        statement::state(&self.client, &self.web, statement).await
    }
}

/// Returns true if a text is the start of a commit's id, which becomes part of an address.
fn is_abbreviated(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads a comment; `None` if it is deleted, or stands at a line of a file.
fn comment(json: &Value) -> Option<Comment> {
    if json["deleted"] == true || json["inline"].is_object() {
        return None;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(Comment {
        id: json["id"].as_u64()?,
        author: text(&json["user"]["uuid"]),
        body: markdown::decoded(&text(&json["content"]["raw"])),
        url: text(&json["links"]["html"]["href"]),
        is_hidden: false,
    })
}
