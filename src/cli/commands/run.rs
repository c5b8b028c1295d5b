//! `mlgate run`: evaluates a config, writes the reports, and posts them if asked to.

use std::io;

use super::publish;
use crate::cli::exit::WARNED;
use crate::cli::{RunArguments, load, output, progress};
use crate::config::Pattern;
use crate::pipeline::evaluate::evaluate;
use crate::pipeline::failure::Failure;
use crate::pipeline::request::{Against, Request, clock};
use crate::pipeline::session::Session;
use crate::pipeline::{candidate, find_baseline};
use crate::report::model::{Overall, Report};
use crate::report::{RenderOptions, render};

/// Runs the gates and returns the exit code.
pub(in crate::cli) fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    output::check(&arguments.output)?;
    let mut project = load::config(arguments.config.as_deref())?;
    if let Some(named) = &arguments.baseline {
        find_baseline::name(&mut project, named)?;
    }
    project.config.memory_limit = arguments.memory_limit.or(project.config.memory_limit);
    let catalog = load::catalog(Some(&project))?;
    let request = Request {
        only: arguments.only.iter().map(|glob| Pattern::new(glob)).collect(),
        now: arguments.now.unwrap_or_else(clock),
        threads: arguments.threads,
        list_flips: arguments.list_flips,
    };
    let progress = progress::shown(arguments.quiet);
    let mut session = Session::open(&project, request.threads)?;
    let run = evaluate(&project, &catalog, &request, Against::Configured, &mut session, &progress)?;
    let mut report = run.report;
    if arguments.warn_exit_code && report.verdict == Overall::Warn {
        report.exit_code = WARNED;
    }
    if arguments.states {
        let states = candidate::measure(&project, &catalog, &request, None, &session, &progress)?.0;
        let states = serde_json::to_value(&states);
        report.states = Some(states.map_err(|error| Failure::Environment(format!("no JSON of the states: {error}")))?);
    }
    let baseline = arguments.baseline.as_ref().map(|named| find_baseline::shown(&project, named));
    publish::record(&mut report, baseline, &arguments.post, &project);
    write(&report, arguments)?;
    if arguments.publish { publish::after_run(&report, &arguments.post, &project) } else { Ok(report.exit_code) }
}

fn write(report: &Report, arguments: &RunArguments) -> Result<(), Failure> {
    let options = |color| RenderOptions {
        color,
        evidence: arguments.evidence,
        quiet: arguments.quiet,
        ..RenderOptions::default()
    };
    let rendered = |format, options: &RenderOptions| {
        render(report, format, options).map_err(|error| Failure::Environment(error.to_string()))
    };
    // Everything is rendered before anything is written, so that a failure leaves no incomplete report.
    let printed = rendered(arguments.format, &options(output::use_color(arguments.color, &io::stdout())))?;
    let mut written = Vec::with_capacity(arguments.output.len());
    for target in &arguments.output {
        let everything = RenderOptions { quiet: false, ..options(false) };
        written.push((&target.path, rendered(target.format, &everything)?));
    }
    for (path, text) in written {
        output::write(path, &text)?;
    }
    output::print(&printed)
}
