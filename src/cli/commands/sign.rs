//! `mlgate sign`: an envelope with a signature over a report or an in-toto statement.

use std::env;
use std::fs::File;
use std::path::Path;

use crate::bounded;
use crate::cli::arguments::SignArguments;
use crate::cli::output::InputFile;
use crate::cli::{exit, output};
use crate::digest::sha256;
use crate::evidence::{SigningKey, of_report, read_statement, seal};
use crate::pipeline::failure::Failure;
use crate::pipeline::request::clock;
use crate::publish::claim;
use crate::report::{SelfDigest, self_digest};

/// Maximum bytes of what is signed.
const MOST_SIGNED: u64 = 512 << 20;
/// Maximum bytes of a key.
pub(super) const MOST_KEY: u64 = 64 << 10;

/// Signs a report or a statement.
pub(in crate::cli) fn sign(arguments: &SignArguments) -> Result<u8, Failure> {
    let inputs = inputs(arguments);
    if let Some(path) = &arguments.output {
        output::refuse_input(path, &inputs)?;
    }
    let key = key(arguments)?;
    let file = &arguments.file;
    let failed = |why: String| Failure::Environment(format!("`{}` cannot be signed: {why}", file.display()));
    let bytes = bounded::read(file, MOST_SIGNED).map_err(|error| failed(error.to_string()))?;
    let statement = match read_statement(&bytes) {
        Ok(_) if arguments.subject.is_empty() => bytes,
        Ok(_) => return Err(Failure::Usage("--subject goes with a report: a statement has its subjects".to_owned())),
        Err(_) => statement(&bytes, arguments).map_err(failed)?,
    };
    let envelope = seal(&statement, &key).map_err(|error| failed(error.to_string()))?;
    match &arguments.output {
        Some(path) => output::write(path, &envelope)?,
        None => output::print(&envelope)?,
    }
    Ok(exit::PASSED)
}

fn inputs(arguments: &SignArguments) -> Vec<InputFile> {
    let mut inputs = vec![InputFile { role: "the file to sign", path: arguments.file.clone() }];
    inputs.extend(arguments.key.iter().map(|path| InputFile { role: "the key", path: path.clone() }));
    inputs.extend(arguments.subject.iter().map(|path| InputFile { role: "a subject", path: path.clone() }));
    inputs
}

/// Returns the statement about a report that is as it was written.
fn statement(bytes: &[u8], arguments: &SignArguments) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let report = claim::read(text, arguments.now.unwrap_or_else(clock)).map_err(|error| error.to_string())?;
    if self_digest(bytes) != SelfDigest::Holds {
        return Err("it was changed after mlgate wrote it: its digest of itself does not match".to_owned());
    }
    let mut subjects = vec![subject(&arguments.file)?];
    for path in &arguments.subject {
        subjects.push(subject(path)?);
    }
    Ok(of_report(&report, subjects)?.into_bytes())
}

/// Returns the name of a file, as it was given, and the digits of its SHA-256.
fn subject(path: &Path) -> Result<(String, String), String> {
    let digest = File::open(path).and_then(sha256).map_err(|error| format!("`{}`: {error}", path.display()))?;
    Ok((path.display().to_string(), digest.trim_start_matches("sha256:").to_owned()))
}

/// Reads the private key. No message has any of its text.
fn key(arguments: &SignArguments) -> Result<SigningKey, Failure> {
    let (name, text) = match (&arguments.key, &arguments.key_env) {
        (Some(path), _) => {
            let name = format!("the key `{}`", path.display());
            let text = bounded::read_text(path, MOST_KEY);
            (name.clone(), text.map_err(|error| Failure::Environment(format!("{name} cannot be read: {error}")))?)
        }
        (None, Some(variable)) => {
            let name = format!("the key of the variable `{variable}`");
            let unset = || Failure::Usage(format!("the variable `{variable}` is not set, or is empty"));
            (name, env::var(variable).ok().filter(|text| !text.trim().is_empty()).ok_or_else(unset)?)
        }
        (None, None) => return Err(Failure::Usage("no key is named; use --key or --key-env".to_owned())),
    };
    SigningKey::from_pem(&text).map_err(|error| Failure::Usage(format!("{name} cannot be used: {error}")))
}
