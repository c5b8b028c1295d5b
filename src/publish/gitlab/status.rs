//! The commit status: an external job in the pipeline of a commit.

use serde_json::{Value, json};

use crate::publish::forge::{Pipeline, ShownStatus, Standing, Stated, Statement, first, next, page};
use crate::publish::http::{ApiError, Client, Method};
use crate::report::document::Overall;

/// Maximum characters of the name, the description and the address of a status.
const LENGTH: usize = 255;
/// Maximum number of pages of a pipeline's jobs that are read.
const MOST_PAGES: u32 = 20;

/// Sets the status of a commit, unless another job of its pipeline has failed under its name.
///
/// In a job of GitLab the status belongs to the job's own pipeline, which may test a merge of the commit; without
/// that, GitLab would start a pipeline for the status alone.
pub(super) async fn state(
    client: &Client,
    project: &str,
    pipeline: Option<&Pipeline>,
    statement: &Statement<'_>,
) -> Result<Stated, ApiError> {
    if statement.details.is_some() {
        return Err(ApiError::Refused("GitLab has no check runs; --status sets a commit status".to_owned()));
    }
    let name = first(statement.name, LENGTH);
    let path = match pipeline {
        Some(pipeline) => format!("{}/statuses/{}", pipeline.repository, pipeline.commit),
        None => format!("{project}/statuses/{}", statement.commit),
    };
    let found = latest(client, &path, pipeline, &name).await.unwrap_or_default();
    let standing =
        Standing { link: found["target_url"].as_str().unwrap_or_default(), is_red: found["status"] == "failed" };
    if statement.passes() && standing.is_red && still_counts(client, pipeline, standing.link, statement).await {
        return Ok(Stated::StaysRed);
    }
    let Some(ShownStatus { verdict, title, link, stated }) = next(statement, Some(standing)).shown(statement) else {
        return Ok(Stated::StaysRed);
    };
    let state = match verdict {
        Overall::Pass | Overall::Warn => "success",
        Overall::Fail | Overall::Error => "failed",
    };
    let mut body = json!({"state": state, "name": name, "description": first(title, LENGTH)});
    if let Some(link) = link.filter(|link| link.len() <= LENGTH) {
        body["target_url"] = json!(link);
    }
    if let Some(pipeline) = pipeline {
        body["pipeline_id"] = json!(pipeline.id);
    }
    // A status that is set twice is the same status, so an interrupted request is repeated.
    let done = match client.ask_at(Method::Post, &path, Some(&body)).await {
        Err(ApiError::Unsure(_)) => client.ask_at(Method::Post, &path, Some(&body)).await,
        done => done,
    };
    match done {
        Ok(_) => Ok(stated),
        // GitLab refuses to set a state that stands already: "Cannot transition status via :enqueue from :pending".
        Err(ApiError::Refused(why)) if why.to_lowercase().contains("cannot transition status") => {
            match latest(client, &path, pipeline, &name).await {
                Some(found) if found["status"] == state => Ok(stated),
                _ => Err(ApiError::Refused(why)),
            }
        }
        Err(error) => Err(error),
    }
}

/// Returns the latest status of this name. A server that does not say is taken to have none.
async fn latest(client: &Client, statuses: &str, pipeline: Option<&Pipeline>, name: &str) -> Option<Value> {
    let (project, commit) = statuses.split_once("/statuses/")?;
    let query: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let of = pipeline.map(|pipeline| format!("&pipeline_id={}", pipeline.id)).unwrap_or_default();
    let path = format!("{project}/repository/commits/{commit}/statuses?name={query}{of}&per_page=100");
    let listed = client.ask_at(Method::Get, &path, None).await.ok()?.json;
    let of_name = listed.as_array()?.iter().filter(|status| status["name"] == name);
    of_name.max_by_key(|status| status["id"].as_u64()).cloned()
}

/// Returns true if the failure with this link is of another job that still counts in this pipeline, or of this run.
async fn still_counts(client: &Client, pipeline: Option<&Pipeline>, link: &str, statement: &Statement<'_>) -> bool {
    let page = page(link);
    let Some(pipeline) = pipeline else { return statement.run_url.is_some_and(|own| own == page) };
    let Some(job) = page.rsplit_once("/-/jobs/").and_then(|(_, id)| id.parse::<u64>().ok()) else { return false };
    if Some(job) == pipeline.job {
        return true;
    }
    // A job that was repeated does not count any more: GitLab lists the latest of each name.
    for page in 1..=MOST_PAGES {
        let path = format!("{}/pipelines/{}/jobs?per_page=100&page={page}", pipeline.repository, pipeline.id);
        let Ok(reply) = client.ask_at(Method::Get, &path, None).await else { return false };
        if reply.json.as_array().into_iter().flatten().any(|of| of["id"].as_u64() == Some(job)) {
            return true;
        }
        if !reply.more {
            break;
        }
    }
    false
}
