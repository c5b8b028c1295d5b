//! The marker that identifies mlgate's own comments.

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

/// A comment on a change.
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
    /// True: somebody hid the comment.
    pub is_hidden: bool,
}

/// Returns the first line of a comment for `key`, which may contain anything.
pub fn line(key: &str) -> String {
    format!("<!-- mlgate:v1 key={} -->", plain(key))
}

/// Returns a text in which bytes that could end an HTML comment or a field, or make two texts equal, are percent-encoded.
pub fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'@' | b':');
        // One dash is common in names; two of them could end the HTML comment.
        if is_plain || (byte == b'-' && !safe.ends_with('-')) {
            safe.push(char::from(byte));
        } else {
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

/// Returns the text that [`plain`] encoded.
pub fn unplain(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                plain.push(code);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Returns true if a comment is mlgate's own for this key: its author is the token's login, and its first line is the
/// marker.
///
/// Everybody can write the marker in a comment of their own, and such a comment must not be changed.
pub fn is_ours(comment: &Comment, author: &str, key: &str) -> bool {
    comment.author.eq_ignore_ascii_case(author) && is_marked(comment, key)
}

/// Returns true if a login is that of an app of GitHub, or of an access token of GitLab such as `project_7_bot_1a2b`.
pub fn is_bot(author: &str) -> bool {
    let of_token = ["project_", "group_"].iter().find_map(|start| author.strip_prefix(start));
    author.ends_with("[bot]")
        || of_token.is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with("_bot"))
}

/// Returns true if a comment, of whatever author, starts with the marker of this key.
pub fn is_marked(comment: &Comment, key: &str) -> bool {
    comment.body.lines().next() == Some(&line(key))
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
        Comment { id, author: author.to_owned(), body: body.to_owned(), url: String::new(), is_hidden: false }
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

    #[test]
    fn bots_are_known_by_their_names() {
        for bot in ["github-actions[bot]", "project_7_bot", "project_7_bot_0a1b2c", "group_12_bot_x"] {
            assert!(is_bot(bot), "{bot}");
        }
        for person in ["octocat", "project_manager", "bot", "my_project_7_bot", "group_12_robot"] {
            assert!(!is_bot(person), "{person}");
        }
    }

    proptest! {
        #[test]
        fn no_key_ends_the_comment_or_is_taken_for_another(left in any::<String>(), right in any::<String>()) {
            let [a, b] = [&left, &right].map(|key| line(key));
            let inside = a.strip_prefix("<!-- mlgate:v1 key=").and_then(|rest| rest.strip_suffix(" -->"));
            let inside = inside.expect("the mark has two ends");
            prop_assert!(!inside.contains("--") && !inside.contains(['>', '\n', ' ']), "{}", a);
            prop_assert_eq!(left == right, a == b);
            prop_assert_eq!(unplain(&plain(&left)), left);
        }
    }
}
