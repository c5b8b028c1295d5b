//! `mlgate push`: the numbers of a report for Prometheus.

use crate::cli::arguments::PushArguments;
use crate::cli::exit;
use crate::cli::in_repository::from_top;
use crate::cli::report_file::read_guarded;
use crate::pipeline::environment::variable;
use crate::pipeline::failure::Failure;
use crate::pipeline::request::clock;
use crate::publish::gateway::{Gateway, PushError};
use crate::report::{Format, RenderOptions, render_in};

/// The variable with a token for the gateway.
const TOKEN: &str = "MLGATE_PUSH_TOKEN";

/// Pushes the numbers of a report. The exit code is that of the push, whatever the verdict is.
pub(in crate::cli) fn push(arguments: &PushArguments) -> Result<u8, Failure> {
    let gateway = Gateway::new(&arguments.gateway, &arguments.job, &arguments.label)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let (report, _) = read_guarded(&arguments.report, arguments.now.unwrap_or_else(clock))?;
    let page = render_in(&report, Format::OpenMetrics, &RenderOptions::default(), &from_top)
        .map_err(|error| Failure::Environment(error.to_string()))?;
    let pushed = gateway.push(&page, variable(TOKEN).as_deref().map(str::trim));
    pushed.map(|()| exit::PASSED).map_err(|error| match error {
        PushError::Malformed(why) => Failure::Usage(why),
        error => Failure::Environment(format!("`{}` was not pushed: {error}", arguments.report.display())),
    })
}
