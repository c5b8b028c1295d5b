//! The pull request that a report belongs to.

use serde_json::Value;

use super::client::{ApiError, Client, Method};
use super::place::{Place, Pull};

/// Returns the number of the pull request, or the reason there is none.
pub(super) async fn number(client: &Client, place: &Place) -> Result<Result<u64, String>, ApiError> {
    let commit = place.commit.as_deref();
    match (&place.pull, commit) {
        (Pull::Number(number), _) => Ok(Ok(*number)),
        (Pull::None(why), _) => Ok(Err((*why).to_owned())),
        (_, None) => Ok(Err("the commit that was judged is not known".to_owned())),
        (Pull::OfCommit, Some(commit)) => {
            let pulls = client.ask(Method::Get, &format!("/commits/{commit}/pulls?per_page=100"), None).await;
            match pulls {
                Ok(reply) => Ok(with_head(&reply.json, commit)),
                // The commit was never pushed, or a force-push removed it.
                Err(ApiError::NotFound(_)) => Ok(Err(format!("GitHub does not know the commit {commit}"))),
                Err(ApiError::Refused(why)) if why.contains("No commit found") => {
                    Ok(Err(format!("GitHub does not know the commit {commit}")))
                }
                Err(error) => Err(error),
            }
        }
        (Pull::OfBranch { owner, branch }, Some(commit)) => {
            let head: String = url::form_urlencoded::byte_serialize(format!("{owner}:{branch}").as_bytes()).collect();
            let reply = client.ask(Method::Get, &format!("/pulls?state=open&per_page=100&head={head}"), None).await?;
            Ok(with_head(&reply.json, commit))
        }
    }
}

/// Returns the open pull request whose head is exactly `commit`; of several, the oldest.
fn with_head(pulls: &Value, commit: &str) -> Result<u64, String> {
    let pulls = pulls.as_array().map(Vec::as_slice).unwrap_or_default();
    let open = pulls.iter().filter(|pull| pull["state"] == "open" && pull["head"]["sha"] == commit);
    open.filter_map(|pull| pull["number"].as_u64())
        .min()
        .ok_or_else(|| format!("no open pull request has the commit {commit} as its head"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_open_pull_request_with_this_very_head() {
        let pull =
            |number: u64, state: &str, sha: &str| json!({"number": number, "state": state, "head": {"sha": sha}});
        assert_eq!(with_head(&json!([pull(1, "closed", "aa"), pull(2, "open", "bb")]), "bb"), Ok(2));
        assert_eq!(with_head(&json!([pull(9, "open", "aa"), pull(3, "open", "aa")]), "aa"), Ok(3));
        assert!(with_head(&json!([pull(1, "closed", "aa"), pull(2, "open", "bb")]), "aa").is_err());
        assert!(with_head(&json!({"message": "odd"}), "aa").is_err());
    }
}
