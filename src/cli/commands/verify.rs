//! `mlgate verify`: holds a report, a statement or an envelope against what it names.

use super::sign::MOST_KEY;
use crate::bounded;
use crate::cli::arguments::{TableFormat, VerifyArguments};
use crate::cli::exit::{FAILED, NOT_EVALUATED, PASSED};
use crate::cli::output;
use crate::config::Pattern;
use crate::evidence::{
    PublicKey, Surroundings, Verification, VerificationItem, VerificationState, VerifyError, VerifyOptions,
};
use crate::pipeline::failure::Failure;
use crate::pipeline::request::clock;
use crate::report::safe;

/// Verifies evidence.
pub(in crate::cli) fn verify(arguments: &VerifyArguments) -> Result<u8, Failure> {
    let options = options(arguments)?;
    let found = crate::evidence::verify(&arguments.file, &options).map_err(|error| {
        let message = format!("`{}` {error}", arguments.file.display());
        match error {
            VerifyError::NoKey | VerifyError::NotSigned => Failure::Usage(message),
            VerifyError::Unreadable(_) | VerifyError::Unknown(_) => Failure::Environment(message),
        }
    })?;
    match arguments.format {
        TableFormat::Text => output::print(&text(&found, arguments))?,
        TableFormat::Json => {
            let json = serde_json::to_string_pretty(&found)
                .map_err(|error| Failure::Environment(format!("the result cannot be written as JSON: {error}")))?;
            output::print(&(safe::json(&json) + "\n"))?;
        }
    }
    Ok(match found.state() {
        VerificationState::Changed => FAILED,
        VerificationState::Unchecked => NOT_EVALUATED,
        _ => PASSED,
    })
}

fn options(arguments: &VerifyArguments) -> Result<VerifyOptions, Failure> {
    let mut keys = Vec::new();
    for path in &arguments.key {
        let name = format!("the key `{}`", path.display());
        let text = bounded::read_text(path, MOST_KEY)
            .map_err(|error| Failure::Environment(format!("{name} cannot be read: {error}")))?;
        keys.push(
            PublicKey::from_pem(&text).map_err(|error| Failure::Usage(format!("{name} cannot be used: {error}")))?,
        );
    }
    let skipped = arguments.skip.iter().map(|glob| Pattern::new(glob)).collect();
    let surroundings = Surroundings::new(&arguments.root, arguments.outside, skipped)
        .map_err(|error| Failure::Usage(format!("--root `{}` cannot be used: {error}", arguments.root.display())))?;
    let (tool_version, now) = (arguments.tool_version.clone(), arguments.now.unwrap_or_else(clock));
    Ok(VerifyOptions { keys, surroundings, tool_version, now })
}

fn text(found: &Verification, arguments: &VerifyArguments) -> String {
    let is_shown = |item: &&VerificationItem| {
        !arguments.quiet || matches!(item.state, VerificationState::Changed | VerificationState::Unchecked)
    };
    let mut page = String::new();
    for item in found.items.iter().filter(is_shown) {
        let word = match item.state {
            VerificationState::Changed => "CHANGED",
            VerificationState::Unchecked => "not checked",
            VerificationState::Skipped => "skipped",
            VerificationState::Note => "note",
            VerificationState::Holds => "ok",
        };
        page.push_str(&safe::terminal(&format!("{word:<11}  {}: {}", item.subject, item.message)));
        page.push('\n');
    }
    let number = |state| found.items.iter().filter(|item| item.state == state).count();
    let (changed, unchecked) = (number(VerificationState::Changed), number(VerificationState::Unchecked));
    let end = match (changed, unchecked) {
        (0, 0) => "verified".to_owned(),
        (0, unchecked) => format!("NOT VERIFIED: {unchecked} not checked"),
        (changed, 0) => format!("NOT VERIFIED: {changed} changed"),
        (changed, unchecked) => format!("NOT VERIFIED: {changed} changed, {unchecked} not checked"),
    };
    page + &end + "\n"
}
