//! The verification of a report, a statement or an envelope.

use std::path::Path;

use serde::Serialize;

use super::envelope::{self, IN_TOTO};
use super::key::PublicKey;
use super::look::Surroundings;
use super::statement::{InTotoStatement, read_statement};
use super::verification_state::VerificationState;
use crate::bounded;
use crate::plural::counted;
use crate::publish::claim::{self, ClaimError};
use crate::report::document::Report;
use crate::report::{SelfDigest, named_files, self_digest};

/// Maximum bytes of what is verified.
const MOST: u64 = 512 << 20;
/// The first bytes of a report.
const REPORT_LEAD: &[u8] = b"{\n  \"version\": ";

/// One thing that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerificationItem {
    /// The result.
    pub state: VerificationState,
    /// The thing: `signature`, `verdict`, or the part and the name of a file.
    pub subject: String,
    /// The finding.
    pub message: String,
}

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// All things that were verified, in the order in which a reader needs them.
    pub items: Vec<VerificationItem>,
}

/// The demands of a verification.
#[derive(Debug)]
pub struct VerifyOptions {
    /// Public keys, each of which must have signed.
    pub keys: Vec<PublicKey>,
    /// The folder of the files.
    pub surroundings: Surroundings,
    /// The version of mlgate that must have written the report.
    pub tool_version: Option<String>,
    /// The time at which waivers must hold, in microseconds since 1970.
    pub now: i64,
}

impl Verification {
    /// Returns the strongest result: a change, or what could not be compared, or that everything holds.
    pub fn state(&self) -> VerificationState {
        let states = self.items.iter().map(|item| item.state);
        let strongest =
            states.filter(|state| matches!(state, VerificationState::Changed | VerificationState::Unchecked));
        strongest.min().unwrap_or(VerificationState::Holds)
    }

    fn push(&mut self, state: VerificationState, subject: impl Into<String>, message: impl Into<String>) {
        self.items.push(VerificationItem { state, subject: subject.into(), message: message.into() });
    }
}

/// Verifies the report, statement or envelope at `path`.
///
/// # Errors
///
/// The file cannot be read, or is none of these; an envelope comes without a key.
pub fn verify(path: &Path, options: &VerifyOptions) -> Result<Verification, VerifyError> {
    let bytes = bounded::read(path, MOST).map_err(|error| VerifyError::Unreadable(error.to_string()))?;
    let mut found = Verification::default();
    let text = std::str::from_utf8(&bytes);
    if let Ok(text) = text
        && envelope::is_envelope(text)
    {
        if options.keys.is_empty() {
            return Err(VerifyError::NoKey);
        }
        of_envelope(text, options, &mut found);
        return Ok(found);
    }
    if !options.keys.is_empty() {
        return Err(VerifyError::NotSigned);
    }
    if let Ok(statement) = read_statement(&bytes) {
        found.push(
            VerificationState::Note,
            "signature",
            "there is none: the statement reveals accidents, but no forgery",
        );
        of_statement(&statement, options, &mut found);
        return Ok(found);
    }
    of_report(&bytes, options, &mut found)?;
    Ok(found)
}

/// The reason nothing could be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The file is not a report, statement or envelope.
    #[error("is not a report, statement or envelope of mlgate: {0}")]
    Unknown(String),
    /// An envelope comes without a key.
    #[error("is an envelope: name the public key of its signer with --key")]
    NoKey,
    /// A key comes without an envelope.
    #[error("has no signature that --key could verify; `mlgate sign` makes an envelope of it")]
    NotSigned,
}

fn of_envelope(text: &str, options: &VerifyOptions, found: &mut Verification) {
    use VerificationState::{Changed, Holds, Note, Unchecked};
    let opened = match envelope::open(text) {
        Ok(opened) => opened,
        Err(why) => return found.push(Changed, "envelope", format!("it is damaged: {why}")),
    };
    for key in &options.keys {
        let name = format!("signature of key {}", key.id());
        match opened.is_signed_by(key) {
            Ok(()) => found.push(Holds, name, "the payload is what the key signed"),
            Err(why) => found.push(Changed, name, why),
        }
    }
    if found.state() == Changed {
        // Whatever a payload without a signature says is nobody's word.
        return;
    }
    let more = opened.signatures.len().saturating_sub(options.keys.len());
    if more > 0 {
        found.push(Note, "signatures", format!("{more} more of other keys, which were not verified"));
    }
    if opened.payload_type != IN_TOTO {
        return found.push(Unchecked, "payload", format!("its type is not {IN_TOTO}"));
    }
    match read_statement(&opened.payload) {
        Ok(statement) => of_statement(&statement, options, found),
        Err(error) => found.push(Unchecked, "payload", error.to_string()),
    }
}

fn of_statement(statement: &InTotoStatement, options: &VerifyOptions, found: &mut Verification) {
    use VerificationState::{Changed, Holds, Note};
    let mut descriptors: Vec<(&str, &str, Option<&str>)> =
        statement.subject.iter().map(|of| ("subject", of.name.as_str(), of.sha256())).collect();
    let result = statement.test_result();
    match &result {
        Some(Ok(result)) => {
            let wrong = result.contradictions();
            if wrong.is_empty() {
                found.push(Holds, "result", format!("{} follows from the tests", result.result));
            }
            for why in wrong {
                found.push(Changed, "result", why);
            }
            let version = result.annotation().and_then(|of| of["tool"]["version"].as_str());
            tool(version, options, found);
            for of in &result.configuration {
                let role = of.annotations["role"].as_str().unwrap_or("configuration");
                let file = (role, of.name.as_str(), of.sha256());
                if !descriptors.iter().any(|(_, name, digits)| (*name, *digits) == (file.1, file.2)) {
                    descriptors.push(file);
                }
            }
        }
        Some(Err(why)) => found.push(Changed, "predicate", format!("it is malformed: {why}")),
        None => found.push(Note, "predicate", "it is not one of test results, so only the files are compared"),
    }
    for (role, name, digits) in descriptors {
        let (state, message) = options.surroundings.look(name, digits);
        found.push(state, format!("{role} `{name}`"), message);
    }
}

fn of_report(bytes: &[u8], options: &VerifyOptions, found: &mut Verification) -> Result<(), VerifyError> {
    use VerificationState::{Changed, Holds, Note};
    let digest = self_digest(bytes);
    let report = std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}")).and_then(|text| {
        claim::read(text, options.now).map_err(|error| match error {
            ClaimError::OutOfDate(why) => format!("{why}; --now verifies at an earlier time"),
            error => error.to_string(),
        })
    });
    match (digest, &report) {
        (SelfDigest::Holds, _) => found.push(Holds, "report", "its digest matches its bytes"),
        (SelfDigest::Differs, _) => found.push(Changed, "report", "its digest does not match its bytes"),
        (SelfDigest::Absent, Ok(_)) => {
            found.push(Changed, "report", "it has no digest of itself: it was changed, or written by an older mlgate");
        }
        // Damage at the place of the digest takes it away.
        (SelfDigest::Absent, Err(_)) if bytes.starts_with(REPORT_LEAD) => {
            found.push(Changed, "report", "it is damaged where its digest stands");
        }
        (SelfDigest::Absent, Err(why)) => return Err(VerifyError::Unknown(why.clone())),
    }
    found.push(
        Note,
        "signature",
        "there is none: the digest reveals accidents, but no forgery; `mlgate sign` adds one",
    );
    match &report {
        Ok(report) => of_sound_report(report, options, found),
        Err(why) => found.push(Changed, "verdict", why.clone()),
    }
    Ok(())
}

fn of_sound_report(report: &Report, options: &VerifyOptions, found: &mut Verification) {
    let (verdict, code) = (report.verdict.name(), report.exit_code);
    let gates = counted(report.gates.len() as u64, "gate");
    let message = format!("{verdict} with exit code {code} follows from {gates}, notes and guard");
    found.push(VerificationState::Holds, "verdict", message);
    tool(Some(&report.tool.version), options, found);
    for file in &named_files(report) {
        let (state, message) = options.surroundings.look(&file.path, file.sha256());
        found.push(state, format!("{} `{}`", file.role, file.path), message);
    }
}

/// Compares the version of mlgate that wrote the evidence.
fn tool(version: Option<&str>, options: &VerifyOptions, found: &mut Verification) {
    use VerificationState::{Changed, Holds, Note, Unchecked};
    let this = env!("CARGO_PKG_VERSION");
    match (version, &options.tool_version) {
        (Some(version), Some(wanted)) if version == wanted => found.push(Holds, "mlgate", format!("version {version}")),
        (Some(version), Some(wanted)) => {
            found.push(Changed, "mlgate", format!("version {version} wrote it; --tool-version asks for {wanted}"));
        }
        (None, Some(_)) => found.push(Unchecked, "mlgate", "the version that wrote it is not known"),
        (Some(version), None) if version == this => {
            found.push(Holds, "mlgate", format!("version {version}, as this one"))
        }
        (Some(version), None) => found.push(Note, "mlgate", format!("version {version} wrote it, and this is {this}")),
        (None, None) => found.push(Note, "mlgate", "the version that wrote it is not known"),
    }
}
