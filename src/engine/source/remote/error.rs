//! Messages for errors of stores, without secrets.
//!
//! Errors of stores quote the request's URL, whose query may be a signature, and the server's answer, in which S3
//! repeats the key's id and the signed text. Errors of settings quote the setting. None of that is passed on: messages
//! are chosen here, by known phrases of the libraries.

use std::error::Error as _;
use std::io;

use object_store::Error;

use crate::measurement::MeasureError;

/// Returns the error for a file that cannot be read.
pub(super) fn sentence(name: &str, error: &Error) -> MeasureError {
    let kind = Kind::of(name);
    let unread = |why: &str| MeasureError(format!("`{name}` cannot be read: {why}"));
    let texts = texts(error);
    if matches!(error, Error::Generic { .. }) && texts.contains(NO_TOKEN) {
        return unread(&format!(
            "there are no credentials in the environment, or no token is given for them; {}",
            kind.told()
        ));
    }
    let status = match error {
        Error::NotFound { .. } => {
            return MeasureError(format!("there is no file `{name}`: the server answered that it is not found"));
        }
        Error::Precondition { .. } => return unread("it changed while it was read; try again"),
        Error::Unauthenticated { .. } => Some(401),
        Error::PermissionDenied { .. } => Some(403),
        // For a list request, only the text has the status.
        _ => texts.status(),
    };
    match status {
        Some(401) => unread(&format!("the credentials are missing or wrong (401); {}", kind.told())),
        Some(403) if kind == Kind::Web => unread(&format!("access was denied (403); {}", kind.told())),
        Some(403) => unread(&format!(
            "access was denied (403): the credentials are wrong, or they may not read it; {}",
            kind.told()
        )),
        Some(404) => {
            let bucket = name.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
            let noun = if kind == Kind::Azure { "container" } else { "bucket" };
            unread(&format!("there is no {noun} `{bucket}`, as the server says (404)"))
        }
        Some(status) => unread(&format!("the server answered with status {status}")),
        None if kind != Kind::Web && texts.contains(PLAIN) && !texts.contains(&["following redirect"]) => {
            unread(&format!(
                "the endpoint is http://, which can be read and changed on its way; use https://, or set \
             {}_ALLOW_HTTP=true for a server of your own",
                kind.prefix()
            ))
        }
        None => unread(&texts.cause(error)),
    }
}

/// Returns the reason why a store cannot be used, without any of its settings.
pub(super) fn cause(error: &Error) -> String {
    texts(error).cause(error)
}

/// Kind of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Amazon,
    Google,
    Azure,
    Web,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name.split_once("://") {
            Some(("s3" | "s3a", _)) => Self::Amazon,
            Some(("gs", _)) => Self::Google,
            Some(("az", _)) => Self::Azure,
            _ => Self::Web,
        }
    }

    /// Returns the prefix of the store's settings.
    fn prefix(self) -> &'static str {
        match self {
            Self::Amazon => "AWS",
            Self::Google => "GOOGLE",
            Self::Azure => "AZURE",
            Self::Web => "",
        }
    }

    /// Returns advice for missing access.
    fn told(self) -> &'static str {
        match self {
            Self::Amazon => {
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is one, AWS_SESSION_TOKEN, or what else \
                 docs/sources.md names"
            }
            Self::Google => {
                "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account's key or what else docs/sources.md \
                 names"
            }
            Self::Azure => {
                "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN or what else \
                 docs/sources.md names"
            }
            Self::Web => "no credentials are sent to a web server, so let the URL be a signed one that is still good",
        }
    }
}

/// Phrases about requests for tokens, which fail if there is no token service, or if it refuses.
const NO_TOKEN: &[&str] = &[
    "error: error performing token request",
    "error: error getting token response",
    "//169.254.169.254/",
    "//metadata.google.internal/",
];
const PLAIN: &[&str] = &["url scheme is not allowed"];

/// Messages of an error and its causes, the outermost first, in lower case.
struct Texts(Vec<String>);

fn texts(error: &Error) -> Texts {
    let mut texts = vec![error.to_string().to_ascii_lowercase()];
    let mut inner = error.source();
    while let Some(cause) = inner {
        texts.push(cause.to_string().to_ascii_lowercase());
        inner = cause.source();
    }
    Texts(texts)
}

impl Texts {
    fn contains(&self, phrases: &[&str]) -> bool {
        self.0.iter().any(|text| phrases.iter().any(|phrase| text.contains(phrase)))
    }

    /// Returns the status of the server's answer.
    fn status(&self) -> Option<u16> {
        self.0.iter().find_map(|text| {
            let (_, rest) = text.split_once("status code: ")?;
            rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
        })
    }

    /// Returns the kind of an error, without anything from the request, the answer or a setting.
    fn cause(&self, error: &Error) -> String {
        // A folder may be called `region=eu`, too, so the innermost cause comes first, and words that could be paths
        // are skipped.
        let plain = |text: &String| -> String {
            text.split_whitespace().filter(|word| !word.contains('/')).collect::<Vec<_>>().join(" ")
        };
        let texts: Vec<String> = self.0.iter().rev().map(plain).collect();
        let told = |phrases: &[(&str, &str)]| {
            let find = |text: &String| phrases.iter().find(|(phrase, _)| text.contains(phrase));
            texts.iter().find_map(find).map(|(_, words)| (*words).to_owned())
        };
        told(SETTINGS)
            .or_else(|| system(error))
            .or_else(|| told(TRAFFIC))
            .unwrap_or_else(|| "the store gave no reason that can be shown".to_owned())
    }
}

/// Returns the operating system's message, if the error is one of the system.
fn system(error: &Error) -> Option<String> {
    let mut inner = error.source();
    while let Some(cause) = inner {
        if let Some(code) = cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return Some(io::Error::from_raw_os_error(code).to_string());
        }
        inner = cause.source();
    }
    None
}

/// Phrases about settings, with the message for each.
const SETTINGS: &[(&str, &str)] = &[
    ("account must be specified", "the account is missing; set AZURE_STORAGE_ACCOUNT_NAME"),
    ("account name must be specified", "the account is missing; set AZURE_STORAGE_ACCOUNT_NAME"),
    ("invalid access key", "AZURE_STORAGE_ACCOUNT_KEY is not the base64 of a key"),
    ("sas query pair", "AZURE_STORAGE_SAS_TOKEN is no signature of the form sv=…&sig=…"),
    ("parsing an sas key", "AZURE_STORAGE_SAS_TOKEN is no signature of the form sv=…&sig=…"),
    ("azure cli", "the Azure CLI gives no token; does `az account get-access-token` work?"),
    ("az account get-access-token", "the Azure CLI gives no token; does `az account get-access-token` work?"),
    ("unable parse emulator url", "AZURITE_BLOB_STORAGE_URL is no URL; write it with http://"),
    ("unable parse source url", "the endpoint is no URL; write it with https://"),
    (
        "unable to open service account file",
        "the file that GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT names cannot be opened",
    ),
    (
        "unknown variant",
        "credentials of this kind are not supported; there are keys of service accounts and the logins of users",
    ),
    (
        "unable to decode service account file",
        "what GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_SERVICE_ACCOUNT or GOOGLE_SERVICE_ACCOUNT_KEY gives is not the JSON \
         of a service account's key",
    ),
    ("pem file", "the private key of the service account is broken"),
    ("rsa key", "the private key of the service account is broken"),
    ("unsupported key encoding", "the private key of the service account is broken"),
    (
        "one of service account path or service account key",
        "GOOGLE_SERVICE_ACCOUNT and GOOGLE_SERVICE_ACCOUNT_KEY are both set; set one of them",
    ),
    ("as boolean", "a setting that is true or false says something else"),
];

/// Phrases about the server and the connection, with the message for each.
const TRAFFIC: &[(&str, &str)] = &[
    ("certificate", "the server's certificate is not trusted; set SSL_CERT_FILE to the file of your own CA"),
    ("dns error", "the server's name is not known"),
    ("failed to lookup address", "the server's name is not known"),
    ("timed out", "the server did not answer in time"),
    ("deadline has elapsed", "the server did not answer in time"),
    ("connection closed before message completed", "the server closed the connection too early"),
    ("unexpected eof", "the server closed the connection too early"),
    ("end of file before message length reached", "the server closed the connection too early"),
    ("error decoding response body", "the server's answer was cut off or is broken"),
    ("content-length", "the server does not say how long the file is"),
    ("url scheme is not allowed", "the server redirects from https to http, and that is not followed"),
    ("too many redirects", "the server redirects in a circle"),
    ("error following redirect", "the server redirects to where this may not follow"),
    ("redirect", "the server redirects; is the region right?"),
    ("region", "the region is missing; set AWS_REGION"),
    ("credential", "there are no credentials in the environment, or they are not valid"),
    ("error sending request", "the server cannot be reached"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(store: &'static str, text: &str) -> Error {
        Error::Generic { store, source: text.to_owned().into() }
    }

    #[test]
    fn nobody_who_gives_tokens_is_told_as_no_credentials() {
        for (name, store, text) in [
            ("s3://b/t.csv", "S3", "Error performing PUT http://169.254.169.254/latest/api/token in 1s - HTTP error"),
            (
                "gs://b/t.csv",
                "GCS",
                "Error performing token request: Error performing GET http://metadata.google.internal/x",
            ),
            ("az://b/t.csv", "MicrosoftAzure", "Error performing token request: status code: 403 Forbidden: signature"),
        ] {
            let why = sentence(name, &generic(store, text)).0;
            let start = format!("`{name}` cannot be read: there are no credentials in the environment, or no token");
            assert!(why.starts_with(&start) && why.contains("; set ") && !why.contains("signature"), "{why}");
        }
    }

    #[test]
    fn from_https_to_http_is_a_redirect_and_no_endpoint() {
        for name in ["https://h.org/t.csv", "gs://b/t.csv"] {
            let text = "error following redirect for url (http://h.org/SECRET): URL scheme is not allowed";
            assert_eq!(
                sentence(name, &generic("HTTP", text)).0,
                format!("`{name}` cannot be read: the server redirects from https to http, and that is not followed")
            );
        }
    }

    #[test]
    fn what_a_setting_says_is_not_repeated() {
        let error = generic("Config", "failed to parse \"SECRET\" as boolean");
        assert_eq!(cause(&error), "a setting that is true or false says something else");
        assert_eq!(cause(&generic("GCS", "SECRET")), "the store gave no reason that can be shown");
    }
}
