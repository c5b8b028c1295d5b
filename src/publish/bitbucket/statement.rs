//! The build status, and the report of Code Insights with its annotations.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::publish::annotation::{Annotation, Level};
use crate::publish::forge::{Standing, Stated, Statement, first, next};
use crate::publish::http::{ApiError, Client, Method};

/// Maximum characters of the key of a status.
const KEY_LENGTH: usize = 40;
/// Maximum characters of a name or a description.
const TEXT_LENGTH: usize = 255;
/// Maximum characters of the summary of an annotation.
const SUMMARY_LENGTH: usize = 450;
/// Maximum number of annotations in one request.
const MOST_ANNOTATIONS: usize = 100;

/// Sets the build status or writes the report, unless the failure of another job or gate stands under its name.
pub(super) async fn state(client: &Client, web: &str, statement: &Statement<'_>) -> Result<Stated, ApiError> {
    let key = key(statement.name, KEY_LENGTH);
    let (path, [state, link]) = match statement.details {
        Some(_) => (format!("/commit/{}/reports/{key}", statement.commit), ["result", "link"]),
        None => (format!("/commit/{}/statuses/build/{key}", statement.commit), ["state", "url"]),
    };
    // A server that does not say is taken to have none.
    let found = client.ask(Method::Get, &path, None).await.map(|reply| reply.json).unwrap_or_default();
    let link = found[link].as_str().unwrap_or_default();
    // A status has to have an address.
    let shown = Statement { run_url: statement.run_url.or(Some(web)), ..*statement };
    let standing = Standing { link, is_red: found[state] == "FAILED" };
    let Some(next_shown) = next(&shown, Some(standing)).shown(&shown) else { return Ok(Stated::StaysRed) };
    let shown = next_shown.of(&shown);
    match statement.details {
        Some((_, annotations)) => report(client, &shown, annotations).await?,
        None => status(client, &shown).await?,
    }
    Ok(next_shown.stated)
}

async fn status(client: &Client, statement: &Statement<'_>) -> Result<(), ApiError> {
    let path = format!("/commit/{}/statuses/build", statement.commit);
    let body = json!({
        "key": key(statement.name, KEY_LENGTH),
        "state": if statement.passes() { "SUCCESSFUL" } else { "FAILED" },
        "name": first(statement.name, TEXT_LENGTH),
        "description": first(statement.title, TEXT_LENGTH),
        "url": statement.run_url,
    });
    // A status that is set twice is the same status, so an interrupted request is repeated.
    match client.ask(Method::Post, &path, Some(&body)).await {
        Err(ApiError::Unsure(_)) => client.ask(Method::Post, &path, Some(&body)).await,
        done => done,
    }
    .map(drop)
}

async fn report(client: &Client, statement: &Statement<'_>, annotations: &[Annotation]) -> Result<(), ApiError> {
    let path = format!("/commit/{}/reports/{}", statement.commit, key(statement.name, KEY_LENGTH));
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
    Ok(())
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
