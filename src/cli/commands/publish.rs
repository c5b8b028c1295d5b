//! `mlgate publish`.

use std::path::Path;

use crate::bounded;
use crate::cli::arguments::PublishArguments;
use crate::cli::exit::PASSED;
use crate::cli::load::{self, MOST_CONFIG};
use crate::cli::post::one_report::post;
use crate::cli::post::place::find;
use crate::cli::post::settings::code;
use crate::cli::post::{no_verdict, several};
use crate::cli::report_file::read;
use crate::digest::sha256;
use crate::pipeline::environment::token;
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::request::clock;
use crate::publish::forge;
use crate::publish::github::{self, ArtifactError};
use crate::report::document::Report;

/// Returns the config of a report, if it is unchanged.
fn config_of(report: &Report) -> Result<Option<Project>, Failure> {
    let config = &report.provenance.config;
    let Ok(bytes) = bounded::read(Path::new(&config.path), MOST_CONFIG) else { return Ok(None) };
    let is_same = sha256(bytes.as_slice()).is_ok_and(|digest| digest == config.digest);
    if is_same { load::config(Some(Path::new(&config.path))).map(Some) } else { Ok(None) }
}

/// Posts an existing report.
pub(in crate::cli) fn publish(arguments: &PublishArguments) -> Result<u8, Failure> {
    if let Some(code) = arguments.ended {
        return Ok(no_verdict::publish(code, arguments));
    }
    let now = arguments.now.unwrap_or_else(clock);
    let is_one = arguments.expect.is_empty() && arguments.base.is_empty();
    match (arguments.report.as_slice(), arguments.artifact.as_slice()) {
        ([path], _) if is_one && !several::is_glob(&path.display().to_string()) => {
            let report = read(path, now).inspect_err(|failure| no_verdict::instead(failure, arguments))?;
            let loaded = match &arguments.config {
                Some(path) => Some(load::config(Some(path))?),
                None => config_of(&report)?,
            };
            let posted = post(&report, None, &arguments.post, loaded.as_ref());
            Ok(code(PASSED, posted, &arguments.post))
        }
        (_, [name]) if is_one && !several::is_glob(name) => claimed(name, now, arguments),
        (reports, _) => several::publish(arguments, now).inspect_err(|failure| {
            if !reports.is_empty() {
                no_verdict::instead(failure, arguments);
            }
        }),
    }
}

/// Posts the report in an artifact of another run.
fn claimed(name: &str, now: i64, arguments: &PublishArguments) -> Result<u8, Failure> {
    // The config that an untrusted report names is not used: the author of the report would choose it.
    let loaded = match &arguments.config {
        Some(path) => Some(load::config(Some(path))?),
        None => load::optional(None)?,
    };
    let place = find(&arguments.post).map_err(Failure::Usage)?;
    let token = token(place.forge).ok_or_else(|| Failure::Usage(place.forge.no_token.to_owned()))?;
    let start = forge::start();
    let found = github::artifacts(&place, &token, &[name.to_owned()], now);
    let found = found.map_err(|error| Failure::Environment(error.to_string()))?;
    let posted = match found.into_iter().next() {
        Some((_, Ok(report))) => post(&report, Some((name, start)), &arguments.post, loaded.as_ref()),
        Some((_, Err(missing @ ArtifactError::Missing { .. }))) if place.has_failed_before() => {
            no_verdict::of_earlier(name, &missing.to_string(), &arguments.post, loaded.as_ref())
        }
        Some((_, Err(error))) => return Err(Failure::Environment(error.to_string())),
        None => return Err(Failure::Environment(format!("there is no artifact `{name}`"))),
    };
    Ok(code(PASSED, posted, &arguments.post))
}
