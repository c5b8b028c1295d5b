//! The changes that a report belongs to.

use super::{AnyForge, ChangeHead, Judged, Place, Pull};
use crate::publish::http::ApiError;

/// The start of the reason to leave a comment as it is.
pub(super) const LEFT: &str = "left:";

/// Completes a place with the head of its change, where the event names the change alone, and with the reason that the
/// verdict is about another commit. `tree` is the checked-out commit, followed by those that it merges; it is empty if that
/// is unknown.
pub(super) async fn complete(forge: &dyn AnyForge, place: &mut Place, tree: &[String]) -> Result<(), ApiError> {
    let head_of = match (place.judged, &place.pull) {
        (Judged::HeadOfPull, Pull::Number(number)) => {
            place.commit = Some(head(forge, place, *number).await?);
            Some(*number)
        }
        _ => None,
    };
    if let (Some(checked_out), Some(commit)) = (tree.first(), &place.commit)
        && place.judged != Judged::Named
        && !tree.contains(commit)
    {
        let of = head_of
            .map_or_else(|| "this job's commit".to_owned(), |number| format!("the head of {}", place.change(number)));
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

/// Returns the head of the change of this number.
async fn head(forge: &dyn AnyForge, place: &Place, number: u64) -> Result<String, ApiError> {
    let heads = forge.changes(&Pull::Number(number), None).await?.unwrap_or_default();
    let head = heads.into_iter().find(|head| head.number == number).map(|head| head.commit);
    head.ok_or_else(|| ApiError::Refused(format!("the {} has no head", place.forge.change)))
}

/// Returns the numbers of the changes, none if the commit has none, or the reason there is none to comment on.
pub(super) async fn numbers(
    forge: &dyn AnyForge,
    place: &Place,
    tree: &[String],
) -> Result<Result<Vec<u64>, String>, ApiError> {
    let name = place.forge.change;
    match (&place.pull, place.commit.as_deref()) {
        (Pull::Number(number), Some(commit)) => {
            let head = head(forge, place, *number).await?;
            // The merge that a CI tests is another commit than the head that it tests.
            let is_merge = tree.first().is_some_and(|checked_out| checked_out == commit) && tree.contains(&head);
            Ok(if head == commit || is_merge {
                Ok(vec![*number])
            } else {
                Err(format!("{LEFT} the {name} has moved on to {head}"))
            })
        }
        (Pull::None(why), _) => Ok(Err((*why).to_owned())),
        (_, None) => Ok(Err("the commit that was judged is not known".to_owned())),
        (pull, Some(commit)) => {
            let found = forge.changes(pull, Some(commit)).await?.map(|heads| with_head(&heads, commit));
            Ok(match found {
                // The branch had a change when its run began; a push to a branch such as main has none.
                Ok(none) if none.is_empty() && matches!(pull, Pull::OfBranch { .. }) => {
                    Err(format!("no open {name} has the commit {commit} as its head"))
                }
                found => found,
            })
        }
    }
}

/// Returns the numbers of the open changes whose head is exactly `commit`, the oldest first.
fn with_head(heads: &[ChangeHead], commit: &str) -> Vec<u64> {
    let open = heads.iter().filter(|head| head.is_open && head.commit == commit);
    let mut numbers: Vec<u64> = open.map(|head| head.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_change_with_this_very_head() {
        let head = |number: u64, is_open, commit: &str| ChangeHead { number, is_open, commit: commit.to_owned() };
        assert_eq!(with_head(&[head(1, false, "aa"), head(2, true, "bb")], "bb"), [2]);
        assert_eq!(with_head(&[head(9, true, "aa"), head(3, true, "aa"), head(9, true, "aa")], "aa"), [3, 9]);
        assert!(with_head(&[head(1, false, "aa"), head(2, true, "bb")], "aa").is_empty());
    }
}
