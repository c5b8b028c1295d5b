//! A forge's answer to a request, and the reason of a refusal.

use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::retry::Signs;

/// The reason a request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The token lacks a permission.
    #[error("the token does not permit this: {0}")]
    NotAllowed(String),
    /// The token is not valid.
    #[error("the token is not valid: {0}")]
    BadToken(String),
    /// The resource does not exist, or the token may not see it.
    #[error("not found, or not visible for this token: {0}")]
    NotFound(String),
    /// The text is longer than the forge allows.
    #[error("the text is too long: {0}")]
    TooLong(String),
    /// The rate limit lasts longer than a run may wait.
    #[error("the rate limit ends in {0} seconds, which is too long to wait")]
    RateLimited(u64),
    /// No response arrived, or only errors of the server.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// It is unknown if the request was carried out.
    #[error("the connection broke: {0}")]
    Unsure(String),
    /// The forge refused the request for another reason.
    #[error("{0}")]
    Refused(String),
}

/// Sentences of GitHub's about a refusal that no permission of the job changes, each with what helps.
const REASONS: [(&str, &str); 6] = [
    ("ip allow list", "add the runner's address to the organization's list, or use a runner with an address on it"),
    ("saml", "authorize the token for the organization's single sign-on, or use the job's own token"),
    ("archived", "an archived repository is read-only; unarchive it, or leave the comment off"),
    ("blocked", "the token's owner is blocked here"),
    ("locked", "the conversation is locked; unlock it, or leave the comment off"),
    ("more than 2500 comments", "the pull request takes no more comments; delete old ones, or leave the comment off"),
];

/// A response of any kind.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The status; 0 if there is no response.
    pub(super) status: u16,
    pub(super) retry_after: Option<u64>,
    pub(super) remaining: Option<u64>,
    pub(super) reset: Option<u64>,
    pub(super) more: bool,
    pub(super) body: Vec<u8>,
    pub(super) too_big: bool,
    /// The text of a failure.
    pub(super) text: String,
    /// The host and the media type of the response.
    pub(super) origin: (String, String),
}

impl Answer {
    /// Returns the answer of a request without a response.
    pub(super) fn none(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// Returns the head of an answer.
    pub(super) fn of(response: &Response, host: String) -> Self {
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let number = |name: &str| header(name).and_then(|value| value.trim().parse().ok());
        Self {
            status: response.status().as_u16(),
            retry_after: number("retry-after"),
            // GitLab's names have no `x-`.
            remaining: number("x-ratelimit-remaining").or_else(|| number("ratelimit-remaining")),
            reset: number("x-ratelimit-reset").or_else(|| number("ratelimit-reset")),
            more: header("link").is_some_and(|links| links.contains("rel=\"next\""))
                || header("x-next-page").is_some_and(|page| !page.trim().is_empty()),
            origin: (host, header(CONTENT_TYPE.as_str()).unwrap_or_else(|| "no media type".to_owned())),
            ..Self::default()
        }
    }

    /// Adds the message of a failure.
    pub(super) fn explained(mut self) -> Self {
        if self.status >= 400 {
            self.text = message(&self.body).unwrap_or_else(|| {
                let (host, kind) = &self.origin;
                if self.body.is_empty() { String::new() } else { format!("{kind} and not JSON, from {host}") }
            });
        }
        self
    }

    /// Returns the complaint about a successful answer that is not JSON.
    pub(super) fn is_no_json(&self, forge: &str) -> String {
        let (host, kind) = &self.origin;
        format!(
            "{host} answered with status {} and {kind}, which is not JSON: something other than {forge}'s interface \
             answers there, such as the page of a proxy or a login",
            self.status
        )
    }

    pub(super) fn signs(&self) -> Signs<'_> {
        Signs {
            status: self.status,
            retry_after: self.retry_after,
            remaining: self.remaining,
            reset: self.reset,
            message: &self.text,
        }
    }

    pub(super) fn said(&self) -> String {
        match (self.status, self.text.as_str()) {
            (0, text) => text.to_owned(),
            (status, "") => format!("status {status}"),
            (status, text) => format!("status {status}: {text}"),
        }
    }

    /// Returns the answer if it is a success; `hidden` removes secrets from a text.
    pub(super) fn taken(self, hidden: &dyn Fn(&str) -> String) -> Result<Self, ApiError> {
        if self.too_big {
            return Err(ApiError::Refused("the answer is too large".to_owned()));
        }
        let said = hidden(&self.said());
        let text = self.text.to_lowercase();
        let reason = REASONS.iter().find(|(words, _)| text.contains(words)).map(|(_, help)| *help);
        Err(match (self.status, reason) {
            (200..300, _) => return Ok(self),
            (401, _) => ApiError::BadToken(said),
            (403 | 404 | 410 | 422 | 451, Some(help)) => ApiError::Refused(format!("{said}; {help}")),
            (403, None) if is_permission(&text) => ApiError::NotAllowed(said),
            (404 | 410, None) => ApiError::NotFound(said),
            (400 | 422, None) if text.contains("too long") => ApiError::TooLong(said),
            (413, _) => ApiError::TooLong(said),
            _ => ApiError::Refused(said),
        })
    }
}

/// Returns true if a message is about the permissions of a token.
fn is_permission(text: &str) -> bool {
    // The last three are GitLab's and Gitea's.
    [
        "resource not accessible by",
        "must have admin rights",
        "required scope",
        "need admin access",
        "403 forbidden",
        "insufficient_scope",
        "token does not have",
    ]
    .iter()
    .any(|words| text.contains(words))
}

/// Returns the message of an error response, with the message of its first part; `None` if it has none.
fn message(body: &[u8]) -> Option<String> {
    let json = serde_json::from_slice::<Value>(body).ok()?;
    let first = json["errors"].get(0).and_then(|error| error.as_str().or_else(|| error["message"].as_str()));
    // GitLab's `message` may be an object of lists, and an error of OAuth has a code and a description.
    let texts = [
        said_in(&json["message"]),
        first.map(str::to_owned),
        said_in(&json["error"]),
        said_in(&json["error_description"]),
    ];
    Some(texts.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

/// Returns the text of a message: itself, or the first texts of its fields.
fn said_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => all.first().and_then(said_in),
        Value::Object(fields) => {
            // Bitbucket's `error` is an object with a `message`.
            if let Some(text) = fields.get("message").and_then(said_in) {
                return Some(text);
            }
            let parts = fields.iter().take(3).filter_map(|(name, value)| Some(format!("{name} {}", said_in(value)?)));
            Some(parts.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, text: &str) -> String {
        let answer = Answer { status, text: text.to_owned(), ..Answer::default() };
        answer.taken(&str::to_owned).map_or_else(|error| error.to_string(), |_| "it is a success".to_owned())
    }

    #[test]
    fn each_refusal_has_its_own_reason() {
        for (status, text, part) in [
            (403, "Unable to create comment because issue is locked.", "the conversation is locked; unlock it"),
            (403, "Repository was archived so is read-only.", "unarchive it"),
            (403, "Resource protected by organization SAML enforcement.", "single sign-on"),
            (
                403,
                "Although you appear to have the correct authorization credentials, the `octo` organization has an IP \
                 allow list enabled, and your IP address is not permitted to access this resource.",
                "add the runner's address",
            ),
            (403, "Commenting is disabled on issues with more than 2500 comments", "takes no more comments"),
            (403, "User is blocked", "the token's owner is blocked"),
            (403, "text/html and not JSON, from proxy.corp", "text/html and not JSON, from proxy.corp"),
        ] {
            let said = refused(status, text);
            assert!(said.contains(text) && said.contains(part) && !said.contains("does not permit this"), "{said}");
        }
        let permission = refused(403, "Resource not accessible by integration");
        assert!(permission.starts_with("the token does not permit this"), "{permission}");
        assert!(refused(422, "Validation Failed: body is too long (maximum is 65536 characters)").contains("too long"));
    }
}
