//! What a store's error means to a user, without what it could give away.
//!
//! Errors of stores quote the request's URL, whose query may be a signature, and the server's answer, in which S3 repeats
//! the key's id and what was signed. None of that is passed on.

use std::error::Error as _;
use std::io;

use object_store::Error;

use crate::gate::measurement::MeasureError;

/// Why a file cannot be read.
pub(super) fn sentence(name: &str, error: &Error) -> MeasureError {
    MeasureError(match error {
        Error::NotFound { .. } => format!("there is no file `{name}`: the server answered that it is not found"),
        Error::PermissionDenied { .. } => {
            format!("`{name}` cannot be read: access was denied (403); may these credentials read it?")
        }
        Error::Unauthenticated { .. } => {
            format!("`{name}` cannot be read: the credentials are missing or wrong (401); set them in the environment")
        }
        Error::Precondition { .. } => format!("`{name}` cannot be read: it changed while it was read; try again"),
        other => format!("`{name}` cannot be read: {}", cause(other)),
    })
}

/// The kind of an error, in words that hold nothing of the request or of the answer.
pub(super) fn cause(error: &Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut inner = error.source();
    while let Some(cause) = inner {
        if let Some(system) = cause.downcast_ref::<io::Error>()
            && let Some(code) = system.raw_os_error()
        {
            return io::Error::from_raw_os_error(code).to_string();
        }
        texts.push(cause.to_string());
        inner = cause.source();
    }
    texts.iter().find_map(|text| known(text)).unwrap_or_else(|| "the store gave no reason that can be shown".to_owned())
}

/// Phrases that say enough, and what is told of them.
fn known(text: &str) -> Option<String> {
    const STATUS: &str = "status code: ";
    if let Some((_, rest)) = text.split_once(STATUS) {
        let code: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return Some(format!("the server answered with status {code}"));
    }
    let lower = text.to_ascii_lowercase();
    let phrases = [
        ("certificate", "the server's certificate is not trusted"),
        ("dns error", "the server's name is not known"),
        ("failed to lookup address", "the server's name is not known"),
        ("timed out", "the server did not answer in time"),
        ("deadline has elapsed", "the server did not answer in time"),
        ("connection closed before message completed", "the server closed the connection too early"),
        ("unexpected eof", "the server closed the connection too early"),
        ("end of file before message length reached", "the server closed the connection too early"),
        ("error decoding response body", "the server's answer was cut off or is broken"),
        ("content-length", "the server does not say how long the file is"),
        ("too many redirects", "the server redirects in a circle"),
        ("error following redirect", "the server redirects to where this may not follow"),
        ("url scheme is not allowed", "the server redirects from https to http, and that is not followed"),
        ("redirect", "the server redirects; is the region right?"),
        ("region", "the region is missing; set AWS_REGION"),
        ("account must be specified", "the account is missing; set AZURE_STORAGE_ACCOUNT_NAME"),
        ("account name must be specified", "the account is missing; set AZURE_STORAGE_ACCOUNT_NAME"),
        ("169.254.169.254", "there are no credentials in the environment"),
        ("metadata.google.internal", "there are no credentials in the environment"),
        ("credential", "there are no credentials in the environment, or they are not valid"),
        ("error sending request", "the server cannot be reached"),
    ];
    phrases.iter().find(|(phrase, _)| lower.contains(phrase)).map(|(_, words)| (*words).to_owned())
}
