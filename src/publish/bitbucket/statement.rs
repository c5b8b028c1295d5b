//! The build status, and the report of Code Insights with its annotations.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::publish::annotation::{Annotation, Level};
use crate::publish::forge::{Stated, Statement, first};
use crate::publish::http::{ApiError, Client, Method};

/// Maximum characters of the key of a status.
const KEY_LENGTH: usize = 40;
/// Maximum characters of a name or a description.
const TEXT_LENGTH: usize = 255;
/// Maximum characters of the summary of an annotation.
const SUMMARY_LENGTH: usize = 450;
/// Maximum number of annotations in one request.
const MOST_ANNOTATIONS: usize = 100;

/// Sets the build status or writes the report, unless another job of the run has failed under its name.
pub(super) async fn state(client: &Client, web: &str, statement: &Statement<'_>) -> Result<Stated, ApiError> {
    match statement.details {
        Some((_, annotations)) => report(client, statement, annotations).await,
        None => status(client, web, statement).await,
    }
}

async fn status(client: &Client, web: &str, statement: &Statement<'_>) -> Result<Stated, ApiError> {
    let key = key(statement.name, KEY_LENGTH);
    // A status has to have an address.
    let page = statement.run_url.unwrap_or(web);
    let path = format!("/commit/{}/statuses/build", statement.commit);
    if statement.passes() {
        let found = client.ask(Method::Get, &format!("{path}/{key}"), None).await.map(|reply| reply.json);
        if found.is_ok_and(|found| found["state"] == "FAILED" && found["url"] == page) {
            return Ok(Stated::StaysRed);
        }
    }
    let body = json!({
        "key": key,
        "state": if statement.passes() { "SUCCESSFUL" } else { "FAILED" },
        "name": first(statement.name, TEXT_LENGTH),
        "description": first(statement.title, TEXT_LENGTH),
        "url": page,
    });
    // A status that is set twice is the same status, so an interrupted request is repeated.
    match client.ask(Method::Post, &path, Some(&body)).await {
        Err(ApiError::Unsure(_)) => client.ask(Method::Post, &path, Some(&body)).await,
        done => done,
    }
    .map(|_| Stated::Set)
}

async fn report(client: &Client, statement: &Statement<'_>, annotations: &[Annotation]) -> Result<Stated, ApiError> {
    let path = format!("/commit/{}/reports/{}", statement.commit, key(statement.name, KEY_LENGTH));
    if statement.passes() {
        let found = client.ask(Method::Get, &path, None).await.map(|reply| reply.json);
        if found.is_ok_and(|found| {
            found["result"] == "FAILED" && found["link"].as_str().is_some_and(|page| Some(page) == statement.run_url)
        }) {
            return Ok(Stated::StaysRed);
        }
    }
    // The annotations of an earlier report go with it.
    match client.ask(Method::Delete, &path, None).await {
        Ok(_) | Err(ApiError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    let mut body = json!({
        "title": first(statement.name, TEXT_LENGTH),
        "details": first(statement.title, TEXT_LENGTH),
        "report_type": "TEST",
        "reporter": "mlgate",
        "result": if statement.passes() { "PASSED" } else { "FAILED" },
    });
    if let Some(page) = statement.run_url {
        body["link"] = json!(page);
    }
    client.ask(Method::Put, &path, Some(&body)).await?;
    let listed: Vec<Value> = annotations.iter().enumerate().map(annotation).take(MOST_ANNOTATIONS).collect();
    if !listed.is_empty() {
        let path = format!("{path}/annotations");
        // An annotation of the same id is the same annotation.
        match client.ask(Method::Post, &path, Some(&json!(listed))).await {
            Err(ApiError::Unsure(_)) => client.ask(Method::Post, &path, Some(&json!(listed))).await?,
            done => done?,
        };
    }
    Ok(Stated::Set)
}

fn annotation((index, annotation): (usize, &Annotation)) -> Value {
    let mut body = json!({
        "external_id": format!("mlgate-{index}"),
        "annotation_type": "BUG",
        "summary": first(&format!("{}: {}", annotation.title, annotation.message), SUMMARY_LENGTH),
        "severity": match annotation.level {
            Level::Error => "HIGH",
            Level::Warning => "MEDIUM",
            Level::Notice => "LOW",
        },
    });
    if let Some(file) = &annotation.file {
        (body["path"], body["line"]) = (json!(file), json!(annotation.line));
    }
    body
}

/// Returns a name as a key, which is a part of an address: itself, or its digest.
fn key(name: &str, length: usize) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_plain && !name.is_empty() && name.len() <= length {
        return name.to_owned();
    }
    let digest: String = Sha256::digest(name).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("mlgate-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_plain_and_of_one_name() {
        assert_eq!(key("mlgate", KEY_LENGTH), "mlgate");
        let names = ["mlgate/a", "mlgate/b", "x/../y", "", "ä", &"x".repeat(300)];
        let keys: Vec<String> = names.iter().map(|name| key(name, KEY_LENGTH)).collect();
        assert!(keys.iter().all(|key| key.len() <= KEY_LENGTH && !key.contains('/')), "{keys:?}");
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), names.len());
    }
}
