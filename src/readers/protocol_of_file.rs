//! The protocol of an evaluation log in a file.

use std::path::Path;

use super::protocol::ProtocolParts;
use super::{FoundPath, ReadEnvironment, ReadError, ReadLimits, RunSnapshot, inspect, lm_eval, promptfoo};

/// Returns the protocol of the log whose samples are rows, and nothing for a file of other rows.
///
/// # Errors
///
/// The log cannot be read.
pub fn protocol_of_rows(path: &Path, name: &str) -> Result<ProtocolParts, ReadError> {
    let found = FoundPath::at(path.to_owned(), name.to_owned(), &ReadLimits::default())?;
    let mut snapshot = RunSnapshot::default();
    let head = found.head();
    let has = |text: &str| head.windows(text.len()).any(|window| window == text.as_bytes());
    let start = String::from_utf8_lossy(&head[..head.len().min(64)])
        .trim_start()
        .trim_start_matches('{')
        .trim_start()
        .to_owned();
    if head.starts_with(b"PK\x03\x04") || start.starts_with("\"version\"") && has("\"eval\"") && has("\"run_id\"") {
        inspect::of_found(&found, &mut snapshot)?;
    } else if start.starts_with("\"evalId\"") && has("\"results\"") {
        promptfoo::protocol(found.document()?, &mut snapshot.protocol);
    } else if lm_eval::samples::are_in(&found) {
        lm_eval::samples::protocol(&found, &mut snapshot.protocol)?;
    }
    Ok(snapshot.protocol)
}

/// Returns the protocol of a file or folder of metrics, and nothing where it is not an evaluation log.
///
/// # Errors
///
/// The log cannot be read.
pub fn protocol_of_metrics(
    path: &str,
    limits: &ReadLimits,
    environment: &ReadEnvironment<'_>,
) -> Result<ProtocolParts, ReadError> {
    let Ok(found) = FoundPath::open(path, environment, limits) else { return Ok(ProtocolParts::new()) };
    let kinds = [&inspect::INSPECT, &lm_eval::LM_EVAL, &promptfoo::PROMPTFOO];
    if !found.is_folder() && kinds.iter().any(|kind| (kind.recognise)(&found)) {
        return super::read(path, limits, environment).map(|snapshot| snapshot.protocol);
    }
    Ok(ProtocolParts::new())
}
