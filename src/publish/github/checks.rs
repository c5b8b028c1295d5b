//! The check run and the commit status: entries in a pull request's list of checks.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::publish::annotation::{Annotation, Level};
use crate::publish::forge::{Standing, Stated, Statement, first, next, page};
use crate::publish::http::{ApiError, Client, Method};
use crate::report::document::Overall;

/// Maximum number of annotations in one request.
const MOST_ANNOTATIONS: usize = 50;
/// Maximum pages of a commit's statuses; GitHub takes a thousand of one name, and a commit may have many names.
const MOST_STATUS_PAGES: usize = 10;
/// Maximum characters of a status.
const STATUS_LENGTH: usize = 140;
/// Maximum characters of a title.
const TITLE_LENGTH: usize = 255;

/// Creates the check run or sets the commit status, unless the failure of another job or gate stands under its name.
pub(super) async fn state(client: &Client, statement: &Statement<'_>) -> Result<Stated, ApiError> {
    let standing = match statement.details {
        Some(_) if has_failed_in_run(client, statement).await => return Ok(Stated::StaysRed),
        Some(_) => standing_check_run(client, statement).await,
        None => standing_status(client, statement).await,
    };
    let standing = standing.as_ref().map(|(link, is_red)| Standing { link, is_red: *is_red });
    let Some(next) = next(statement, standing).shown(statement) else { return Ok(Stated::StaysRed) };
    let shown = next.of(statement);
    match statement.details {
        Some((summary, annotations)) => check_run(client, &shown, summary, annotations).await?,
        None => status(client, &shown).await?,
    }
    Ok(next.stated)
}

/// Returns the check runs of this name. A server that does not say is taken to have none.
async fn check_runs(client: &Client, shown: &Statement<'_>) -> Vec<Value> {
    let query: String = url::form_urlencoded::byte_serialize(shown.name.as_bytes()).collect();
    let path = format!("/commits/{}/check-runs?check_name={query}&filter=all&per_page=100", shown.commit);
    let Ok(mut listed) = client.ask(Method::Get, &path, None).await else { return Vec::new() };
    let Value::Array(mut runs) = listed.json["check_runs"].take() else { return Vec::new() };
    runs.retain(|run| run["name"] == shown.name);
    runs
}

/// Returns true if another job of the same attempt of the run failed under this name, which a pass must not cover.
async fn has_failed_in_run(client: &Client, shown: &Statement<'_>) -> bool {
    let (true, Some(run)) = (shown.passes(), shown.run_url) else { return false };
    check_runs(client, shown)
        .await
        .iter()
        .any(|of| of["details_url"].as_str().is_some_and(|link| page(link) == run) && of["conclusion"] == "failure")
}

/// Returns the link of the latest check run of this name, and true if it failed.
async fn standing_check_run(client: &Client, shown: &Statement<'_>) -> Option<(String, bool)> {
    let runs = check_runs(client, shown).await;
    let latest = runs.iter().max_by_key(|run| run["id"].as_u64())?;
    let link = latest["details_url"].as_str().unwrap_or_default().to_owned();
    Some((link, latest["conclusion"] == "failure"))
}

/// Like [`standing_check_run`], for the latest status of this context.
async fn standing_status(client: &Client, shown: &Statement<'_>) -> Option<(String, bool)> {
    for page in 1..=MOST_STATUS_PAGES {
        let path = format!("/commits/{}/statuses?per_page=100&page={page}", shown.commit);
        let listed = client.ask(Method::Get, &path, None).await.ok()?;
        // The latest comes first.
        let latest = listed.json.as_array().and_then(|all| all.iter().find(|of| of["context"] == shown.name));
        match latest {
            Some(of) => {
                // Gitea has another word for the state.
                let state = of["state"].as_str().or(of["status"].as_str()).unwrap_or_default();
                let link = of["target_url"].as_str().unwrap_or_default().to_owned();
                return Some((link, ["failure", "error"].contains(&state)));
            }
            None if listed.more => {}
            None => return None,
        }
    }
    None
}

/// Creates a completed check run of this name.
async fn check_run(
    client: &Client,
    shown: &Statement<'_>,
    summary: &str,
    annotations: &[Annotation],
) -> Result<(), ApiError> {
    let conclusion = match shown.verdict {
        Overall::Pass => "success",
        Overall::Warn => "neutral",
        Overall::Fail | Overall::Error => "failure",
    };
    let annotations: Vec<Value> = annotations.iter().filter_map(annotation).take(MOST_ANNOTATIONS).collect();
    let mut body = json!({
        "name": shown.name,
        "head_sha": shown.commit,
        "status": "completed",
        "conclusion": conclusion,
        "output": {"title": first(shown.title, TITLE_LENGTH), "summary": summary, "annotations": annotations},
    });
    if let Some(url) = shown.run_url {
        body["details_url"] = json!(url);
    }
    // The digest of the contents is the marker by which an interrupted request is recognised.
    let digest = Sha256::digest(body.to_string());
    let mark: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    body["external_id"] = json!(mark);
    match client.ask(Method::Post, "/check-runs", Some(&body)).await {
        Err(ApiError::Unsure(_)) if is_there(client, shown.name, shown.commit, &mark).await? => Ok(()),
        Err(ApiError::Unsure(_)) => client.ask(Method::Post, "/check-runs", Some(&body)).await.map(drop),
        done => done.map(drop),
    }
}

/// Returns true if the commit has the check run with this marker.
async fn is_there(client: &Client, name: &str, commit: &str, mark: &str) -> Result<bool, ApiError> {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let path = format!("/commits/{commit}/check-runs?check_name={name}&filter=all&per_page=100");
    let listed = client.ask(Method::Get, &path, None).await?;
    Ok(listed.json["check_runs"].as_array().is_some_and(|runs| runs.iter().any(|run| run["external_id"] == mark)))
}

fn annotation(annotation: &Annotation) -> Option<Value> {
    Some(json!({
        "path": annotation.file.as_ref()?,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": match annotation.level {
            Level::Error => "failure",
            Level::Warning => "warning",
            Level::Notice => "notice",
        },
        "title": first(&annotation.title, TITLE_LENGTH),
        "message": annotation.message,
    }))
}

/// Sets the status of the commit, whose name GitHub calls its context.
async fn status(client: &Client, shown: &Statement<'_>) -> Result<(), ApiError> {
    let state = match shown.verdict {
        Overall::Pass | Overall::Warn => "success",
        Overall::Fail => "failure",
        Overall::Error => "error",
    };
    let mut body = json!({"state": state, "context": shown.name, "description": first(shown.title, STATUS_LENGTH)});
    if let Some(url) = shown.run_url {
        body["target_url"] = json!(url);
    }
    // A status that is set twice is the same status, so an interrupted request is repeated.
    match client.ask(Method::Post, &format!("/statuses/{}", shown.commit), Some(&body)).await {
        Err(ApiError::Unsure(_)) => client.ask(Method::Post, &format!("/statuses/{}", shown.commit), Some(&body)).await,
        done => done,
    }
    .map(drop)
}
