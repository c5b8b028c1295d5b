//! The references that a push updates, as git tells a pre-push hook.

/// A reference that a push updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The id of what is pushed; `None` if the push deletes the reference.
    pub local: Option<String>,
    /// The full name of the reference at the remote.
    pub remote_ref: String,
    /// The id that the remote has now; `None` if the reference is new there.
    pub remote: Option<String>,
}

impl RefUpdate {
    /// Parses the lines `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID` of a hook's input.
    ///
    /// # Errors
    ///
    /// A line has another form.
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(index, line)| {
                // The local name may have blanks: `git push origin "HEAD@{1 day ago}:x"`.
                let mut words = line.rsplitn(4, ' ');
                let (remote, remote_ref, local) = (words.next(), words.next(), words.next());
                match (remote.and_then(id), remote_ref, local.and_then(id), words.next()) {
                    (Some(remote), Some(name), Some(local), Some(_)) => {
                        Ok(Self { local: some(local), remote_ref: name.to_owned(), remote: some(remote) })
                    }
                    _ => Err(format!(
                        "line {} of the input is not `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID`, as git writes it for a \
                         pre-push hook",
                        index + 1
                    )),
                }
            })
            .collect()
    }

    /// Returns the name of the reference as people write it.
    pub fn short(&self) -> &str {
        let name = self.remote_ref.as_str();
        ["refs/heads/", "refs/tags/"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name)
    }

    /// Returns true for a tag.
    pub fn is_tag(&self) -> bool {
        self.remote_ref.starts_with("refs/tags/")
    }
}

fn id(text: &str) -> Option<&str> {
    (matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(text)
}

/// Returns an id, unless it is the null id.
fn some(id: &str) -> Option<String> {
    id.bytes().any(|byte| byte != b'0').then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2";
    const NULL: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn git_s_lines_are_understood() {
        let text = format!(
            "refs/heads/a {A} refs/heads/b {NULL}\n(delete) {NULL} refs/heads/c {A}\nHEAD@{{1 day ago}} {A} refs/tags/v1 {A}\n"
        );
        let updates = RefUpdate::parse(&text).expect("they are");
        let short: Vec<&str> = updates.iter().map(RefUpdate::short).collect();
        assert_eq!(short, ["b", "c", "v1"]);
        assert_eq!((updates[0].local.as_deref(), updates[0].remote.as_deref()), (Some(A), None));
        assert_eq!(updates[1].local, None);
        assert!(updates[2].is_tag());
        assert_eq!(RefUpdate::parse("\n").map(|updates| updates.len()), Ok(0));
        for bad in ["refs/heads/a", "a b c d", &format!("{A} refs/heads/b {A}")] {
            assert!(RefUpdate::parse(bad).is_err(), "{bad}");
        }
    }
}
