//! `mlgate run`: evaluates a config, writes the reports, and posts them if asked to.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::guard::{JudgingConfig, config_from};
use crate::catalog::Catalog;
use crate::cli::arguments::RunArguments;
use crate::cli::exit::WARNED;
use crate::cli::output::InputFile;
use crate::cli::post::{no_verdict, one_report, settings};
use crate::cli::watch::Watch;
use crate::cli::{exit, load, output, progress, watch, write_back};
use crate::config::Pattern;
use crate::pipeline::evaluate::evaluate;
use crate::pipeline::failure::Failure;
use crate::pipeline::guarding::Guarding;
use crate::pipeline::project::Project;
use crate::pipeline::request::{BaselineChoice, Request, clock};
use crate::pipeline::session::Session;
use crate::pipeline::{candidate, find_baseline, policies, remarks};
use crate::report::document::{FileDigest, Overall, Report, RunRecord};
use crate::report::no_verdict::NoVerdict;
use crate::report::{Format, summary_line, summary_line_of_ended};

/// Runs the gates and returns the exit code. A run that ends without a report says so in its place.
pub(in crate::cli) fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    if !arguments.publish {
        return finish(arguments);
    }
    if watch::is_watcher() {
        if watch::was_killed() {
            no_verdict::after_run(&no_verdict::of_kill(), arguments);
        }
        // A watcher judges nothing, so it never passes.
        return Ok(exit::NOT_EVALUATED);
    }
    let watch = Watch::start();
    let done = finish(arguments);
    watch.end();
    done
}

fn finish(arguments: &RunArguments) -> Result<u8, Failure> {
    let judged = || {
        // A failure between two reports leaves neither.
        clear(arguments).and_then(|()| judge(arguments)).inspect_err(|_| _ = clear(arguments))
    };
    let has_reader = arguments.publish || arguments.no_verdict.is_some() || arguments.summary_line;
    if !has_reader && arguments.output.is_empty() {
        return judged().map(|(report, _)| written_back(&report, arguments));
    }
    match catch_unwind(AssertUnwindSafe(judged)) {
        Ok(Ok((report, project))) => {
            let written = written_back(&report, arguments);
            let code = match arguments.publish {
                true => one_report::after_run(&report, &arguments.post, &project),
                false => report.exit_code,
            };
            let code = if code == report.exit_code { written } else { code };
            if arguments.summary_line {
                output::print(&summary_line(&report, code))?;
            }
            Ok(code)
        }
        Ok(Err(failure)) => {
            // The log says what happened before anything is posted, which may take time.
            output::complain(&exit::rendered(&failure, output::use_color(arguments.print.color, &io::stderr())));
            end(&no_verdict::of_failure(&failure), arguments);
            Ok(exit::code(&failure))
        }
        Err(_) => {
            end(&no_verdict::of_panic(), arguments);
            Ok(exit::NOT_EVALUATED)
        }
    }
}

/// Writes the verdict to a tracker, if asked to, and returns the exit code.
fn written_back(report: &Report, arguments: &RunArguments) -> u8 {
    let is_written = write_back::after_run(report, &arguments.write_back, &arguments.post);
    settings::code(report.exit_code, is_written, &arguments.post)
}

/// Writes and posts the end of a run without a report.
fn end(ended: &NoVerdict, arguments: &RunArguments) {
    no_verdict::after_run(ended, arguments);
    if arguments.summary_line {
        let _ = output::print(&summary_line_of_ended(ended));
    }
}

/// Ends a run whose arguments are wrong for this reason.
pub(in crate::cli) fn refuse(arguments: &RunArguments, why: &str) {
    let _ = clear(arguments);
    end(&no_verdict::of_failure(&Failure::Usage(why.to_owned())), arguments);
}

/// Removes what an earlier run has written.
fn clear(arguments: &RunArguments) -> Result<(), Failure> {
    let written = arguments.output.iter().map(|output| output.path.as_path()).chain(arguments.no_verdict.as_deref());
    output::clear(written, &inputs(arguments))
}

/// Returns the files that the command line names as inputs. Those that the config names are not among them: a change
/// could name a report of its own there, which would then stand.
fn inputs(arguments: &RunArguments) -> Vec<InputFile> {
    let config = arguments.config.clone().or_else(load::nearest_path);
    let config = config.map(|path| InputFile { role: "the config", path });
    let baseline = arguments.baseline.iter().map(|path| InputFile { role: "the baseline", path: path.clone() });
    let policies = arguments.policy.iter().map(|path| InputFile { role: "a policy", path: path.into() });
    config.into_iter().chain(baseline).chain(policies).collect()
}

/// Evaluates the config and writes the reports.
fn judge(arguments: &RunArguments) -> Result<(Report, Project), Failure> {
    output::check(&arguments.output, &inputs(arguments))?;
    let mut project = load::config(arguments.config.as_deref())?;
    policies::load(&mut project, &arguments.policy)?;
    let mut catalog = load::catalog(Some(&project))?;
    let mut guard = Guarding::default();
    let mut judged_by = None;
    if let Some(reference) = &arguments.config_from {
        let JudgingConfig { project: other, catalog: checks, shown, revision } = config_from(reference, &project)?;
        guard.ours = Some(Box::new((std::mem::replace(&mut project, other), std::mem::replace(&mut catalog, checks))));
        judged_by = Some((shown, revision));
    }
    if let Some(named) = &arguments.baseline {
        find_baseline::name(&mut project, named)?;
    }
    project.config.memory_limit = arguments.memory_limit.or(project.config.memory_limit);
    let request = Request {
        only: arguments.only.iter().map(|glob| Pattern::new(glob)).collect(),
        now: arguments.now.unwrap_or_else(clock),
        threads: arguments.threads,
        list_flips: arguments.list_flips,
        plots: arguments.plots || formats(arguments).any(|format| format == Format::Html),
        guard: Some(guard),
    };
    let progress = progress::shown(arguments.print.quiet);
    let mut session = Session::open(&project, request.threads)?;
    let run = evaluate(&project, &catalog, &request, BaselineChoice::Configured, &mut session, &progress)?;
    let mut report = run.report;
    report.provenance.checks = own_pages(&catalog);
    report.notes.extend(judged_by.iter().map(|(shown, _)| remarks::judged_by(&project, shown)));
    if arguments.warn_exit_code && report.verdict == Overall::Warn {
        report.exit_code = WARNED;
    }
    if arguments.states {
        let states = candidate::measure(&project, &catalog, &request, None, &session, &progress)?.0;
        let states = serde_json::to_value(&states);
        report.states = Some(states.map_err(|error| {
            Failure::Environment(format!("internal error: the states cannot be written as JSON: {error}"))
        })?);
    }
    let record = RunRecord {
        baseline: arguments.baseline.as_deref().map(find_baseline::shown),
        config_from: judged_by.map(|(_, revision)| revision),
        policies: policies::named(&project),
        ..RunRecord::default()
    };
    one_report::record(&mut report, record, &arguments.post, &project);
    output::write_all(&report, arguments.format, &arguments.output, &arguments.print.options())?;
    Ok((report, project))
}

/// Returns the formats of all reports.
fn formats(arguments: &RunArguments) -> impl Iterator<Item = Format> {
    std::iter::once(arguments.format).chain(arguments.output.iter().map(|output| output.format))
}

/// Returns the pages of the user's own checks.
fn own_pages(catalog: &Catalog) -> Vec<FileDigest> {
    let pages = catalog.own_pages().iter();
    pages
        .map(|(path, digest)| FileDigest {
            path: path.trim_start_matches("./").to_owned(),
            digest: digest.clone(),
            ..FileDigest::default()
        })
        .collect()
}
