//! Gitea and Forgejo, whose API and variables are those of GitHub as far as comments and statuses go.
//!
//! They have no GraphQL, no check runs, and another address for the change of a commit.

use super::forge::{
    ChangeHead, CommentEdit, CommentPage, CommentQuery, Forge, ForgeKind, NoPlace, Place, Pull, Stated, Statement,
    Surface, Wanted,
};
use super::github::GitHub;
use super::http::{ApiError, Client, Method};
use super::marker::Comment;
use crate::ci::JobVariables;

/// Gitea, with Forgejo.
pub(super) static KIND: ForgeKind = ForgeKind {
    name: "Gitea",
    also: &["forgejo", "codeberg"],
    change: "pull request",
    tokens: &["MLGATE_GITEA_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"],
    no_token: "no token is set; add to the step `env: GITEA_TOKEN: ${{ github.token }}`",
    api: |env| env("GITHUB_API_URL").filter(|_| is_home(env)),
    probe: "/version",
    sizes: &[(60_000, 62_000), (30_000, 31_000), (8_000, 9_000)],
    rest: "the summary of the [run]",
    page: str::to_owned,
    page_path: "/pulls/",
    is_home,
    find,
    headers: |token| vec![("authorization", format!("token {token}")), ("accept", "application/json".to_owned())],
    remedy,
    open: |client, _| Box::new(Gitea { github: GitHub::of(client, String::new()) }),
};

/// Returns true in a job of Gitea Actions or Forgejo Actions.
fn is_home(env: JobVariables<'_>) -> bool {
    env("GITHUB_REPOSITORY").is_some() && (env("GITEA_ACTIONS").is_some() || env("FORGEJO_ACTIONS").is_some())
}

/// Determines the place of the run as on GitHub, with the addresses of these servers.
fn find(env: JobVariables<'_>, event: Option<&str>, wanted: &Wanted) -> Result<Place, NoPlace> {
    let server = wanted.server.clone().or_else(|| env("GITHUB_SERVER_URL")).unwrap_or_default();
    let server = server.trim_end_matches('/').to_owned();
    let is_home = is_home(env);
    if server.is_empty() {
        return Err(NoPlace("no address of a server is known; set GITHUB_SERVER_URL".to_owned()));
    }
    let as_github = |name: &str| match name {
        "GITHUB_SERVER_URL" => Some(server.clone()),
        "GITHUB_API_URL" => env(name).filter(|_| is_home).or_else(|| Some(format!("{server}/api/v1"))),
        "GITHUB_GRAPHQL_URL" => None,
        // The page of a run has its number within the repository.
        "GITHUB_RUN_ID" => env("GITHUB_RUN_NUMBER"),
        "GITHUB_RUN_ATTEMPT" => None,
        other => env(other),
    };
    let mut place = super::github::find(&as_github, event, wanted)?;
    (place.forge, place.graphql) = (&KIND, String::new());
    Ok(place)
}

fn remedy(surface: Surface, error: &ApiError) -> Option<String> {
    let scope = match surface {
        Surface::Comment => "write:issue",
        Surface::CheckRun | Surface::Status => "write:repository",
    };
    match error {
        ApiError::NotAllowed(_) | ApiError::NotFound(_) => Some(format!("the token needs the scope `{scope}`")),
        _ => None,
    }
}

/// A repository of Gitea.
struct Gitea {
    github: GitHub,
}

impl Gitea {
    async fn of_commit(&self, commit: &str) -> Result<Result<Vec<ChangeHead>, String>, ApiError> {
        match self.github.client().ask(Method::Get, &format!("/commits/{commit}/pull"), None).await {
            Ok(reply) => Ok(Ok(GitHub::head(&reply.json).into_iter().collect())),
            // The answer for a commit that has none, such as one of main, and for one that is unknown.
            Err(ApiError::NotFound(_)) => Ok(Ok(Vec::new())),
            Err(error) => Err(error),
        }
    }
}

impl Forge for Gitea {
    fn client(&self) -> &Client {
        self.github.client()
    }

    async fn login(&self) -> Result<Option<String>, ApiError> {
        match self.github.client().ask_at(Method::Get, "/user", None).await {
            Ok(reply) => Ok(reply.json["login"].as_str().filter(|name| !name.is_empty()).map(str::to_owned)),
            Err(error @ (ApiError::Unreachable(_) | ApiError::RateLimited(_))) => Err(error),
            // The token of a job has no user; the first comment tells the login under which it writes.
            Err(_) => Ok(None),
        }
    }

    async fn changes(&self, pull: &Pull, commit: Option<&str>) -> Result<Result<Vec<ChangeHead>, String>, ApiError> {
        match (pull, commit) {
            (Pull::OfCommit, Some(commit)) => self.of_commit(commit).await,
            _ => self.github.changes(pull, commit).await,
        }
    }

    async fn comments(&self, change: u64, query: CommentQuery) -> Result<CommentPage, ApiError> {
        self.github.comments(change, query).await
    }

    async fn write(&self, change: u64, edit: CommentEdit<'_>) -> Result<Option<Comment>, ApiError> {
        self.github.write(change, edit).await
    }

    async fn state(&self, statement: &Statement<'_>) -> Result<Stated, ApiError> {
        match statement.details {
            Some(_) => Err(ApiError::Refused("Gitea has no check runs; --status sets a commit status".to_owned())),
            None => self.github.state(statement).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::forge;

    const HEAD: &str = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2";

    #[test]
    fn a_job_of_its_own_actions_is_not_one_of_github() {
        let event = format!(r#"{{"pull_request": {{"number": 3, "head": {{"sha": "{HEAD}"}}}}}}"#);
        for sign in ["GITEA_ACTIONS", "FORGEJO_ACTIONS"] {
            let env = |name: &str| {
                let value = match name {
                    name if name == sign => "true",
                    "GITHUB_ACTIONS" => "true",
                    "GITHUB_REPOSITORY" => "o/r",
                    "GITHUB_SERVER_URL" => "https://code.corp/git/",
                    "GITHUB_API_URL" => "https://code.corp/git/api/v1",
                    "GITHUB_EVENT_NAME" => "pull_request",
                    "GITHUB_RUN_ID" => "9001",
                    "GITHUB_RUN_NUMBER" => "12",
                    _ => return None,
                };
                Some(value.to_owned())
            };
            let place = forge::find(&env, Some(&event), &Wanted::default()).expect("there is a repository");
            assert_eq!((place.forge.name, place.api.as_str()), ("Gitea", "https://code.corp/git/api/v1"));
            assert_eq!(place.run_url.as_deref(), Some("https://code.corp/git/o/r/actions/runs/12"));
            assert_eq!((place.pull, place.commit.as_deref()), (Pull::Number(3), Some(HEAD)));
        }
    }

    #[test]
    fn a_page_of_it_is_known_elsewhere() {
        let env = |name: &str| match name {
            "JENKINS_URL" => Some("x".to_owned()),
            "CHANGE_URL" => Some("https://codeberg.org/o/r/pulls/7".to_owned()),
            _ => None,
        };
        let place = forge::find(&env, None, &Wanted::default()).expect("the page names it");
        assert_eq!((place.forge.name, place.api.as_str()), ("Gitea", "https://codeberg.org/api/v1"));
        assert_eq!((place.repository.as_str(), place.pull), ("/repos/o/r", Pull::Number(7)));
    }
}
