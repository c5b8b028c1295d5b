//! The marker that identifies mlgate's own comments, and the steps that bring them up to date.

use std::fmt::Write as _;

/// The mode of writing comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentMode {
    /// A single comment for each key, updated in place.
    Update,
    /// A new comment for each run; the old one is deleted.
    Recreate,
    /// Like `Update`, but no comment is written before a gate fails.
    OnFailure,
    /// No comment is written.
    Off,
}

/// A comment of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The comment's id.
    pub id: u64,
    /// The login of the comment's author.
    pub author: String,
    /// The comment's Markdown.
    pub body: String,
    /// The address of the comment's page.
    pub url: String,
}

/// A step on a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Create a comment.
    Create,
    /// Update this comment.
    Update(u64),
    /// Keep this comment, whose text is up to date.
    Keep(u64),
    /// Delete this comment.
    Delete(u64),
}

/// Returns the first line of a comment for `key`.
///
/// A key may contain anything: bytes that could end the HTML comment, or make two keys equal, are percent-encoded.
pub fn line(key: &str) -> String {
    let mut safe = String::with_capacity(key.len());
    for byte in key.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'@' | b':');
        // One dash is common in names; two of them could end the HTML comment.
        if plain || (byte == b'-' && !safe.ends_with('-')) {
            safe.push(char::from(byte));
        } else {
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    format!("<!-- mlgate:v1 key={safe} -->")
}

/// Returns true if a comment is mlgate's own for this key: its author is the token's login, and its first line is the
/// marker.
///
/// Everybody can write the marker in a comment of their own, and such a comment must not be changed.
pub fn is_ours(comment: &Comment, author: &str, key: &str) -> bool {
    comment.author.eq_ignore_ascii_case(author) && comment.body.lines().next() == Some(&line(key))
}

/// Returns the steps on `ours`, the comments for one key, after which exactly one remains, with the text `body`.
pub fn steps(mode: CommentMode, failed: bool, ours: &[Comment], body: &str) -> Vec<Step> {
    let Some((first, others)) = ours.split_first() else {
        let silent = mode == CommentMode::Off || (mode == CommentMode::OnFailure && !failed);
        return if silent { Vec::new() } else { vec![Step::Create] };
    };
    let delete = |comments: &[Comment]| comments.iter().map(|comment| Step::Delete(comment.id)).collect::<Vec<_>>();
    match mode {
        CommentMode::Off => Vec::new(),
        CommentMode::Recreate => std::iter::once(Step::Create).chain(delete(ours)).collect(),
        CommentMode::Update | CommentMode::OnFailure => {
            let step = if same(&first.body, body) { Step::Keep(first.id) } else { Step::Update(first.id) };
            std::iter::once(step).chain(delete(others)).collect()
        }
    }
}

/// Returns true if two texts are equal except for line ends, which forges change.
pub fn same(left: &str, right: &str) -> bool {
    let lines = |text: &str| text.trim_end().lines().map(str::to_owned).collect::<Vec<_>>();
    lines(left) == lines(right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn comment(id: u64, author: &str, body: &str) -> Comment {
        Comment { id, author: author.to_owned(), body: body.to_owned(), url: String::new() }
    }

    #[test]
    fn one_comment_is_kept_up_to_date() {
        use CommentMode::{Off, OnFailure, Recreate, Update};
        let old = [comment(1, "me", "old")];
        assert_eq!(steps(Update, false, &[], "new"), [Step::Create]);
        assert_eq!(steps(Update, false, &old, "new"), [Step::Update(1)]);
        assert_eq!(steps(Update, false, &old, "old"), [Step::Keep(1)]);
        assert_eq!(steps(Recreate, false, &old, "old"), [Step::Create, Step::Delete(1)]);
        assert_eq!(steps(OnFailure, false, &[], "new"), []);
        assert_eq!(steps(OnFailure, true, &[], "new"), [Step::Create]);
        // A comment that reported a failure must be updated when nothing fails any more.
        assert_eq!(steps(OnFailure, false, &old, "new"), [Step::Update(1)]);
        assert_eq!(steps(Off, true, &old, "new"), []);
    }

    #[test]
    fn a_second_comment_goes() {
        let two = [comment(1, "me", "old"), comment(2, "me", "old")];
        assert_eq!(steps(CommentMode::Update, true, &two, "new"), [Step::Update(1), Step::Delete(2)]);
    }

    #[test]
    fn forges_may_change_the_ends_of_lines() {
        assert!(same("a\r\nb\r\n", "a\nb"));
        assert!(!same("a\nb", "a\nc"));
    }

    #[test]
    fn a_mark_counts_at_the_top_of_a_comment_of_our_own() {
        let mark = line("mlgate.yml");
        assert!(is_ours(
            &comment(1, "github-actions[bot]", &format!("{mark}\ntext")),
            "github-actions[bot]",
            "mlgate.yml"
        ));
        assert!(is_ours(&comment(1, "Octocat", &mark), "octocat", "mlgate.yml"));
        assert!(!is_ours(&comment(1, "github-actions", &mark), "github-actions[bot]", "mlgate.yml"));
        assert!(!is_ours(&comment(1, "mallory", &mark), "github-actions[bot]", "mlgate.yml"));
        assert!(!is_ours(&comment(1, "me", &format!("> {mark}")), "me", "mlgate.yml"));
        assert!(!is_ours(&comment(1, "me", &format!("see\n{mark}")), "me", "mlgate.yml"));
        assert!(!is_ours(&comment(1, "me", &line("other.yml")), "me", "mlgate.yml"));
    }

    proptest! {
        #[test]
        fn no_key_ends_the_comment_or_is_taken_for_another(left in any::<String>(), right in any::<String>()) {
            let [a, b] = [&left, &right].map(|key| line(key));
            let inside = a.strip_prefix("<!-- mlgate:v1 key=").and_then(|rest| rest.strip_suffix(" -->"));
            let inside = inside.expect("the mark has two ends");
            prop_assert!(!inside.contains("--") && !inside.contains(['>', '\n', ' ']), "{}", a);
            prop_assert_eq!(left == right, a == b);
        }
    }
}
