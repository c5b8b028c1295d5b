//! The verdict's way back to the tracker that has the model.

use std::path::Path;

use super::arguments::{PostArguments, WriteBackArguments};
use super::output;
use super::post::place::find;
use crate::ci;
use crate::pipeline::environment::variable;
use crate::readers::{ReadEnvironment, ReadLimits, WriteOutcome, WrittenVerdict, write_back};
use crate::report::document::{Overall, Report};
use crate::report::safe;

/// Writes the verdict of a report where the arguments say; returns true if everything was written.
///
/// The exit code is the verdict's, so nothing that cannot be written is an error: the credentials of a job often allow
/// reading only.
pub(super) fn after_run(report: &Report, arguments: &WriteBackArguments, posts: &PostArguments) -> bool {
    let Some(locator) = &arguments.write_back else { return true };
    let passes = matches!(report.verdict, Overall::Pass | Overall::Warn) && report.exit_code == 0;
    let report_url = arguments.report_url.clone().or_else(|| job_url(posts));
    let verdict = WrittenVerdict {
        verdict: report.verdict.name(),
        report_url: report_url.as_deref(),
        promote: arguments.promote.as_deref().filter(|_| passes),
    };
    let look_up = |name: &str| std::env::var(name).ok();
    let environment = ReadEnvironment::new(Path::new("."), &look_up);
    let say = |line: String| output::complain(&format!("mlgate: {}\n", safe::sentence(&line)));
    if let Some(alias) = arguments.promote.as_ref().filter(|_| !passes) {
        say(format!("the alias `{alias}` stays where it is, because the verdict is {}", verdict.verdict));
    }
    match write_back(locator, &verdict, &ReadLimits::default(), &environment) {
        Ok(outcomes) => {
            let mut is_written = true;
            for outcome in outcomes {
                match outcome {
                    WriteOutcome::Done(what) => say(format!("wrote the {what}")),
                    WriteOutcome::Failed(why) => {
                        is_written = false;
                        say(format!("warning: not written: the {why}"));
                    }
                }
            }
            is_written
        }
        Err(error) => {
            say(format!("warning: the verdict is not written: {error}"));
            false
        }
    }
}

/// Returns the address of this CI job.
fn job_url(posts: &PostArguments) -> Option<String> {
    find(posts).ok().and_then(|place| place.run_url).or_else(|| ci::page(&variable))
}
