//! The verbs, on GitHub.

use serde_json::{Value, json};

use super::{checks, place};
use crate::publish::forge::{
    ChangeHead, CommentEdit, CommentPage, CommentQuery, Forge, ForgeKind, Pull, Stated, Statement, Surface, is_commit,
};
use crate::publish::http::{ApiError, Client, Method};
use crate::publish::marker::Comment;

/// GitHub, with GitHub Enterprise Server, which differs in its address alone.
pub(in crate::publish) static KIND: ForgeKind = ForgeKind {
    name: "GitHub",
    also: &[],
    change: "pull request",
    tokens: &["MLGATE_GITHUB_TOKEN", "GITHUB_TOKEN"],
    no_token: "no token is set; add to the step `env: GITHUB_TOKEN: ${{ github.token }}`",
    api: |env| env("GITHUB_API_URL"),
    probe: "/meta",
    // GitHub's limit of a comment is 65,536 characters.
    sizes: &[(60_000, 62_000), (30_000, 31_000), (8_000, 9_000)],
    rest: "the summary of the [run]",
    page: str::to_owned,
    page_path: "/pull/",
    is_home: |env| env("GITHUB_REPOSITORY").is_some(),
    find: place::find,
    headers: |token| {
        vec![
            ("authorization", format!("Bearer {token}")),
            ("accept", "application/vnd.github+json".to_owned()),
            ("x-github-api-version", "2022-11-28".to_owned()),
        ]
    },
    remedy,
    open: |client, place| Box::new(GitHub::of(client, place.graphql.clone())),
};

fn remedy(surface: Surface, error: &ApiError) -> Option<String> {
    let permission = match surface {
        Surface::Comment => "pull-requests: write",
        Surface::CheckRun => "checks: write",
        Surface::Status => "statuses: write",
    };
    match error {
        ApiError::NotAllowed(_) => Some(format!("the job needs `permissions: {permission}`")),
        ApiError::NotFound(_) => {
            Some(format!("in a private repository the job needs `permissions: contents: read` and `{permission}`"))
        }
        _ => None,
    }
}

/// One repository of GitHub, or of a server with its API.
pub(in crate::publish) struct GitHub {
    client: Client,
    graphql: String,
}

impl GitHub {
    /// Returns a repository with the address of its queries.
    pub(in crate::publish) fn of(client: Client, graphql: String) -> Self {
        Self { client, graphql }
    }

    /// Reads a pull request; `None` if it has no head.
    pub(in crate::publish) fn head(pull: &Value) -> Option<ChangeHead> {
        let commit = pull["head"]["sha"].as_str().filter(|sha| is_commit(sha))?.to_owned();
        Some(ChangeHead { number: pull["number"].as_u64()?, is_open: pull["state"] == "open", commit })
    }
}

impl Forge for GitHub {
    fn client(&self) -> &Client {
        &self.client
    }

    async fn login(&self) -> Result<Option<String>, ApiError> {
        match self.client.ask_at(Method::Get, "/user", None).await {
            Ok(reply) => return Ok(reply.json["login"].as_str().map(str::to_owned)),
            Err(error @ (ApiError::BadToken(_) | ApiError::Unreachable(_) | ApiError::RateLimited(_))) => {
                return Err(error);
            }
            // A job's or an app's token has no user; only GraphQL returns the login under which it writes.
            Err(_) => {}
        }
        let query = json!({"query": "query { viewer { login } }"});
        // The address is absolute: on GitHub Enterprise Server REST is below `/api/v3`, and GraphQL is not.
        let Ok(reply) = self.client.ask_at(Method::Query, &self.graphql, Some(&query)).await else { return Ok(None) };
        // REST, which lists the comments, appends a suffix to the logins of apps.
        let name = reply.json["data"]["viewer"]["login"].as_str().filter(|name| !name.is_empty());
        Ok(name.map(|name| format!("{}[bot]", name.strip_suffix("[bot]").unwrap_or(name))))
    }

    async fn changes(&self, pull: &Pull, commit: Option<&str>) -> Result<Result<Vec<ChangeHead>, String>, ApiError> {
        let path = match (pull, commit) {
            (Pull::Number(number), _) => {
                let found = self.client.ask(Method::Get, &format!("/pulls/{number}"), None).await?.json;
                return Ok(Ok(Self::head(&found).into_iter().collect()));
            }
            (Pull::OfBranch { owner, branch }, _) => {
                let head: String =
                    url::form_urlencoded::byte_serialize(format!("{owner}:{branch}").as_bytes()).collect();
                format!("/pulls?state=open&per_page=100&head={head}")
            }
            (Pull::OfCommit, Some(commit)) => format!("/commits/{commit}/pulls?per_page=100"),
            (Pull::None(_), _) | (_, None) => return Ok(Ok(Vec::new())),
        };
        let unknown = || format!("GitHub does not know the commit {}", commit.unwrap_or_default());
        match self.client.ask(Method::Get, &path, None).await {
            Ok(reply) => Ok(Ok(reply.json.as_array().into_iter().flatten().filter_map(Self::head).collect())),
            // The commit was never pushed, or a force-push removed it.
            Err(ApiError::NotFound(_)) if *pull == Pull::OfCommit => Ok(Err(unknown())),
            Err(ApiError::Refused(why)) if why.contains("No commit found") => Ok(Err(unknown())),
            Err(error) => Err(error),
        }
    }

    async fn comments(&self, change: u64, query: CommentQuery) -> Result<CommentPage, ApiError> {
        let page = match query {
            CommentQuery::Page(page) => page,
            CommentQuery::Id(id) => {
                let reply = self.client.ask(Method::Get, &format!("/issues/comments/{id}"), None).await?;
                return Ok(CommentPage { comments: comment(&reply.json).into_iter().collect(), more: false });
            }
        };
        let path = format!("/issues/{change}/comments?per_page=100&page={page}");
        let reply = self.client.ask(Method::Get, &path, None).await?;
        let listed = reply.json.as_array();
        let listed = listed.ok_or_else(|| ApiError::Refused("the comments are not a list".to_owned()))?;
        Ok(CommentPage { comments: listed.iter().filter_map(comment).collect(), more: reply.more })
    }

    async fn write(&self, change: u64, edit: CommentEdit<'_>) -> Result<Option<Comment>, ApiError> {
        let (method, path, body) = match edit {
            CommentEdit::Create(body) => (Method::Post, format!("/issues/{change}/comments"), Some(body)),
            CommentEdit::Update(id, body) => (Method::Patch, format!("/issues/comments/{id}"), Some(body)),
            CommentEdit::Delete(id) => (Method::Delete, format!("/issues/comments/{id}"), None),
        };
        let body = body.map(|body| json!({"body": body}));
        self.client.ask(method, &path, body.as_ref()).await.map(|reply| comment(&reply.json))
    }

    async fn state(&self, statement: &Statement<'_>) -> Result<Stated, ApiError> {
        checks::state(&self.client, statement).await
    }
}

fn comment(json: &Value) -> Option<Comment> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(Comment {
        id: json["id"].as_u64()?,
        author: text(&json["user"]["login"]),
        body: text(&json["body"]),
        url: text(&json["html_url"]),
        is_hidden: json["minimized"].is_object(),
    })
}
