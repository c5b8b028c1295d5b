//! The verbs, on GitLab.

use serde_json::{Value, json};

use super::{place, status};
use crate::publish::forge::{
    ChangeHead, CommentEdit, CommentPage, CommentQuery, Forge, ForgeKind, Pipeline, Pull, Stated, Statement, Surface,
    is_commit,
};
use crate::publish::http::{ApiError, Client, Method};
use crate::publish::marker::Comment;

/// GitLab.
pub(in crate::publish) static KIND: ForgeKind = ForgeKind {
    name: "GitLab",
    also: &[],
    change: "merge request",
    tokens: &["MLGATE_GITLAB_TOKEN", "GITLAB_TOKEN"],
    no_token: "no token with write access is set; GitLab's CI_JOB_TOKEN can only read notes. Store a project access token \
               with the scope `api` as the masked variable MLGATE_GITLAB_TOKEN, which is not protected, so that pipelines of \
               merge requests see it. The job keeps its reports",
    api: |env| env("CI_API_V4_URL"),
    probe: "/version",
    // A note may have a million characters; a page of more than these is not a summary.
    sizes: &[(200_000, 210_000), (60_000, 62_000), (8_000, 9_000)],
    rest: "the artifacts of the [job]",
    page: str::to_owned,
    page_path: "/merge_requests/",
    is_home: place::is_home,
    find: place::find,
    headers: |token| vec![("private-token", token.to_owned())],
    remedy,
    open: |client, place| {
        Box::new(GitLab {
            client,
            web: place.web.clone(),
            pipeline: place.pipeline.clone(),
            project: place.repository.clone(),
        })
    },
};

fn remedy(surface: Surface, error: &ApiError) -> Option<String> {
    let role = match surface {
        Surface::Comment => "the role Reporter",
        Surface::CheckRun | Surface::Status => "the role Developer",
    };
    match error {
        ApiError::NotAllowed(_) | ApiError::BadToken(_) => {
            Some(format!("the token needs the scope `api` and {role} in this project; a job token cannot write"))
        }
        ApiError::NotFound(_) => {
            Some(format!("the token must be one of this project, with the scope `api` and {role}"))
        }
        _ => None,
    }
}

/// One project of GitLab.
struct GitLab {
    client: Client,
    /// The page of the project.
    web: String,
    pipeline: Option<Pipeline>,
    project: String,
}

impl GitLab {
    /// Reads a note; `None` if GitLab itself wrote it, about an event.
    fn note(&self, change: u64, json: &Value) -> Option<Comment> {
        if json["system"] == true {
            return None;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = json["id"].as_u64()?;
        let url = match self.web.as_str() {
            "" => String::new(),
            web => format!("{web}/-/merge_requests/{change}#note_{id}"),
        };
        Some(Comment {
            id,
            author: text(&json["author"]["username"]),
            body: text(&json["body"]),
            url,
            // An internal note is for members alone.
            is_hidden: json["internal"] == true || json["confidential"] == true,
        })
    }
}

impl Forge for GitLab {
    fn client(&self) -> &Client {
        &self.client
    }

    async fn login(&self) -> Result<Option<String>, ApiError> {
        match self.client.ask_at(Method::Get, "/user", None).await {
            Ok(reply) => Ok(reply.json["username"].as_str().filter(|name| !name.is_empty()).map(str::to_owned)),
            // A token with a scope that does not say who it is: the first note will tell.
            Err(ApiError::NotAllowed(_) | ApiError::NotFound(_) | ApiError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn changes(&self, pull: &Pull, commit: Option<&str>) -> Result<Result<Vec<ChangeHead>, String>, ApiError> {
        let path = match (pull, commit) {
            (Pull::Number(number), _) => {
                let found = self.client.ask(Method::Get, &format!("/merge_requests/{number}"), None).await?.json;
                return Ok(Ok(head(&found).into_iter().collect()));
            }
            (Pull::OfBranch { branch, .. }, _) => {
                let branch: String = url::form_urlencoded::byte_serialize(branch.as_bytes()).collect();
                format!("/merge_requests?state=opened&per_page=100&source_branch={branch}")
            }
            (Pull::OfCommit, Some(commit)) => format!("/repository/commits/{commit}/merge_requests?per_page=100"),
            (Pull::None(_), _) | (_, None) => return Ok(Ok(Vec::new())),
        };
        match self.client.ask(Method::Get, &path, None).await {
            Ok(reply) => Ok(Ok(reply.json.as_array().into_iter().flatten().filter_map(head).collect())),
            Err(ApiError::NotFound(why)) if why.to_lowercase().contains("commit not found") => {
                Ok(Err(format!("GitLab does not know the commit {}", commit.unwrap_or_default())))
            }
            Err(error) => Err(error),
        }
    }

    async fn comments(&self, change: u64, query: CommentQuery) -> Result<CommentPage, ApiError> {
        let page = match query {
            CommentQuery::Page(page) => page,
            CommentQuery::Id(id) => {
                let reply = self.client.ask(Method::Get, &format!("/merge_requests/{change}/notes/{id}"), None).await?;
                return Ok(CommentPage { comments: self.note(change, &reply.json).into_iter().collect(), more: false });
            }
        };
        let path = format!("/merge_requests/{change}/notes?sort=asc&order_by=created_at&per_page=100&page={page}");
        let reply = self.client.ask(Method::Get, &path, None).await?;
        let listed = reply.json.as_array();
        let listed = listed.ok_or_else(|| ApiError::Refused("the notes are not a list".to_owned()))?;
        let comments = listed.iter().filter_map(|note| self.note(change, note)).collect();
        Ok(CommentPage { comments, more: reply.more })
    }

    async fn write(&self, change: u64, edit: CommentEdit<'_>) -> Result<Option<Comment>, ApiError> {
        let notes = format!("/merge_requests/{change}/notes");
        let (method, path, body) = match edit {
            CommentEdit::Create(body) => (Method::Post, notes, Some(body)),
            CommentEdit::Update(id, body) => (Method::Put, format!("{notes}/{id}"), Some(body)),
            CommentEdit::Delete(id) => (Method::Delete, format!("{notes}/{id}"), None),
        };
        let body = body.map(|body| json!({"body": body}));
        self.client.ask(method, &path, body.as_ref()).await.map(|reply| self.note(change, &reply.json))
    }

    async fn state(&self, statement: &Statement<'_>) -> Result<Stated, ApiError> {
        status::state(&self.client, &self.project, self.pipeline.as_ref(), statement).await
    }
}

fn head(found: &Value) -> Option<ChangeHead> {
    let commit = found["sha"].as_str().filter(|sha| is_commit(sha))?.to_owned();
    Some(ChangeHead { number: found["iid"].as_u64()?, is_open: found["state"] == "opened", commit })
}
