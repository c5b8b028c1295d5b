//! The pull requests that a report belongs to.

use serde_json::Value;

use super::client::{ApiError, Client, Method};
use super::place::{Judged, Place, Pull, is_commit};

/// The start of the reason to leave a comment as it is.
pub(super) const LEFT: &str = "left:";

/// Completes a place with the head of its pull request, where the event names the pull request alone, and with the reason
/// that the verdict is about another commit. `tree` is the checked-out commit, followed by those that it merges; it is
/// empty if that is unknown.
pub(super) async fn complete(client: &Client, place: &mut Place, tree: &[String]) -> Result<(), ApiError> {
    let head_of = match (place.judged, &place.pull) {
        (Judged::HeadOfPull, Pull::Number(number)) => {
            place.commit = Some(head(client, *number).await?);
            Some(*number)
        }
        _ => None,
    };
    if let (Some(checked_out), Some(commit)) = (tree.first(), &place.commit)
        && place.judged != Judged::Named
        && !tree.contains(commit)
    {
        let of = head_of
            .map_or_else(|| "this job's commit".to_owned(), |number| format!("the head of pull request {number}"));
        place.astray = Some(format!(
            "the checked-out commit {} is not {of}, {}; check that out, or name the commit that was measured with --commit",
            short(checked_out),
            short(commit)
        ));
        if place.judged != Judged::NamedBesideTarget {
            place.commit = Some(checked_out.clone());
        }
    }
    Ok(())
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// Returns the head of a pull request.
async fn head(client: &Client, number: u64) -> Result<String, ApiError> {
    let pull = client.ask(Method::Get, &format!("/pulls/{number}"), None).await?.json;
    let head = pull["head"]["sha"].as_str().filter(|sha| is_commit(sha)).map(str::to_owned);
    head.ok_or_else(|| ApiError::Refused("the pull request has no head".to_owned()))
}

/// Returns the numbers of the pull requests, none if the commit has none, or the reason there is none to comment on.
pub(super) async fn numbers(
    client: &Client,
    place: &Place,
    tree: &[String],
) -> Result<Result<Vec<u64>, String>, ApiError> {
    let commit = place.commit.as_deref();
    match (&place.pull, commit) {
        (Pull::Number(number), Some(commit)) => {
            let head = head(client, *number).await?;
            // The merge that GitHub tests is another commit than the head that it tests.
            let is_merge = tree.first().is_some_and(|checked_out| checked_out == commit) && tree.contains(&head);
            Ok(if head == commit || is_merge {
                Ok(vec![*number])
            } else {
                Err(format!("{LEFT} the pull request has moved on to {head}"))
            })
        }
        (Pull::None(why), _) => Ok(Err((*why).to_owned())),
        (_, None) => Ok(Err("the commit that was judged is not known".to_owned())),
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
