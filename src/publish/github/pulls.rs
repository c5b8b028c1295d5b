//! The pull requests that a report belongs to.

use serde_json::Value;

use super::client::{ApiError, Client, Method};
use super::place::{Place, Pull};

/// Returns the numbers of the pull requests, none if the commit has none, or the reason there is none to be expected.
pub(super) async fn numbers(client: &Client, place: &Place) -> Result<Result<Vec<u64>, String>, ApiError> {
    let commit = place.commit.as_deref();
    match (&place.pull, commit) {
        (Pull::Number(number), _) => Ok(Ok(vec![*number])),
        (Pull::None(why), _) => Ok(Err((*why).to_owned())),
        (_, None) => Ok(Err("it is not known which commit was judged".to_owned())),
        (Pull::OfCommit, Some(commit)) => {
            let pulls = client.ask(Method::Get, &format!("/commits/{commit}/pulls?per_page=100"), None).await;
            match pulls {
                // A push to a branch without a pull request, such as main.
                Ok(reply) => Ok(Ok(with_head(&reply.json, commit))),
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
            match with_head(&reply.json, commit) {
                none if none.is_empty() => Ok(Err(format!("no open pull request has the commit {commit} as its head"))),
                pulls => Ok(Ok(pulls)),
            }
        }
    }
}

/// Returns the open pull requests whose head is exactly `commit`, the oldest first.
fn with_head(pulls: &Value, commit: &str) -> Vec<u64> {
    let pulls = pulls.as_array().map(Vec::as_slice).unwrap_or_default();
    let open = pulls.iter().filter(|pull| pull["state"] == "open" && pull["head"]["sha"] == commit);
    let mut numbers: Vec<u64> = open.filter_map(|pull| pull["number"].as_u64()).collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_open_pull_request_with_this_very_head() {
        let pull =
            |number: u64, state: &str, sha: &str| json!({"number": number, "state": state, "head": {"sha": sha}});
        assert_eq!(with_head(&json!([pull(1, "closed", "aa"), pull(2, "open", "bb")]), "bb"), [2]);
        assert_eq!(with_head(&json!([pull(9, "open", "aa"), pull(3, "open", "aa")]), "aa"), [3, 9]);
        assert!(with_head(&json!([pull(1, "closed", "aa"), pull(2, "open", "bb")]), "aa").is_empty());
        assert!(with_head(&json!({"message": "odd"}), "aa").is_empty());
    }
}
