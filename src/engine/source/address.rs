//! Addresses of files: their schemes and secrets, and the reason that one was not delivered.

pub(super) fn is_scheme(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

/// Returns a URL without query, fragment and password: a signature in it would give every reader of the report access.
pub(super) fn without_secrets(path: &str) -> String {
    let Some((scheme, rest)) = path.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return path.to_owned();
    };
    // In the key of an object, `?` is an ordinary character, and one of a glob.
    let rest =
        if matches!(scheme, "http" | "https") { rest.split(['?', '#']).next().unwrap_or_default() } else { rest };
    let (host, key) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{key}")
}

/// Reason why a remote file is not available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// The server reports that there is no such file.
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "nothing asks a server"))]
    NotFound(String),
    /// The file cannot be downloaded.
    Failed(String),
}
