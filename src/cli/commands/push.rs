//! `mlgate push`: the numbers of a report for Prometheus.

use std::path::PathBuf;

use clap::Args;

use super::publish::read_guarded;
use crate::cli::exit;
use crate::cli::in_repository::from_top;
use crate::pipeline::environment::variable;
use crate::pipeline::failure::Failure;
use crate::pipeline::request::clock;
use crate::publish::gateway::{Gateway, PushError};
use crate::report::{Format, RenderOptions, render_in};

/// The variable with a token for the gateway.
const TOKEN: &str = "MLGATE_PUSH_TOKEN";

#[derive(Debug, Args)]
pub(in crate::cli) struct PushArguments {
    /// The JSON report of a run
    #[arg(value_name = "REPORT")]
    pub(in crate::cli) report: PathBuf,
    /// The address of a Pushgateway, such as http://pushgateway:9091; MLGATE_PUSH_TOKEN is sent as bearer token
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) gateway: String,
    /// The label `job` of the group that the numbers replace
    #[arg(long, value_name = "NAME", default_value = "mlgate")]
    pub(in crate::cli) job: String,
    /// Another label of the group, such as repo=org/name; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    pub(in crate::cli) label: Vec<(String, String)>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = crate::cli::now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE, such as repo=org/name")?;
    Ok((name.to_owned(), value.to_owned()))
}

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
