//! `mlgate power`: the power of a config's gates at the present number of rows.

use crate::cli::arguments::{PowerArguments, TableFormat};
use crate::cli::exit::{NOT_EVALUATED, PASSED};
use crate::cli::{load, output, progress};
use crate::config::Pattern;
use crate::pipeline::evaluate::evaluate;
use crate::pipeline::failure::Failure;
use crate::pipeline::policies;
use crate::pipeline::rehearse::rehearse;
use crate::pipeline::request::{BaselineChoice, Request, clock};
use crate::pipeline::session::Session;
use crate::report::{Format, RenderOptions, power_table, render};

/// Draws samples under the null hypothesis of no change, judges each, and prints the power of the gates.
pub(in crate::cli) fn power(arguments: &PowerArguments) -> Result<u8, Failure> {
    let mut project = load::config(arguments.config.as_deref())?;
    policies::load(&mut project, &arguments.policy)?;
    let catalog = load::catalog(Some(&project))?;
    let only = arguments.only.iter().map(|glob| Pattern::new(glob)).collect();
    let request =
        Request { only, now: clock(), threads: arguments.threads, list_flips: None, plots: false, guard: None };
    let progress = progress::shown(arguments.quiet);
    let mut session = Session::open(&project, request.threads)?;
    let run = evaluate(&project, &catalog, &request, BaselineChoice::Configured, &mut session, &progress)?;
    let report = rehearse(&project, &session, run, arguments.samples, arguments.threads, &progress)?;
    let printed = match arguments.format {
        TableFormat::Text => power_table(&report),
        TableFormat::Json => render(&report, Format::Json, &RenderOptions::default())
            .map_err(|error| Failure::Environment(error.to_string()))?,
    };
    output::print(&printed)?;
    Ok(if report.power.is_empty() { NOT_EVALUATED } else { PASSED })
}
