//! Several reports as one answer: one comment, one status and one exit code.

mod entry;
mod expected;
mod globs;
mod page;

use super::deliver::{Outputs, Posting, deliver};
use super::identity;
use super::one_report::tree;
use super::pages::SUMMARY_SIZES;
use super::place::{Located, comment_sizes, find, located};
use super::settings::{PostSettings, code};
use crate::cli::arguments::PublishArguments;
use crate::cli::exit::{FAILED, NOT_EVALUATED, PASSED};
use crate::cli::in_repository::in_repository;
use crate::cli::load;
use crate::pipeline::failure::Failure;
use crate::publish::annotation::annotations;
use crate::publish::forge::{self, Content, Judged};
use crate::publish::outputs::Numbers;
use crate::publish::part::{Standing, rolled_up};
use entry::{ReportEntry, claims, files};
use expected::{check_base, check_commits, expect};
pub(in crate::cli) use globs::{is_glob, is_glob_of};
use page::page;

/// The key of several reports without one.
pub(in crate::cli) const KEY: &str = "mlgate";

/// Publishes several reports, or a report with expectations.
pub(in crate::cli) fn publish(arguments: &PublishArguments, now: i64) -> Result<u8, Failure> {
    let started = forge::start();
    let place = find(&arguments.post);
    let is_claim = !arguments.artifact.is_empty();
    let mut entries = if is_claim { claims(arguments, &place, now)? } else { files(&arguments.report, now)? };
    let base = files(&arguments.base, now)?;
    let carried = files(&arguments.carry_over, now)?;
    if entries.is_empty() && arguments.expect.is_empty() {
        return Err(Failure::Environment("no file matches --report, so there is no report to publish".to_owned()));
    }
    let loaded = arguments.config.as_ref().map(|path| load::config(Some(path))).transpose()?;
    let settings = PostSettings::of(&arguments.post, loaded.as_ref());
    let measured = entries.iter().filter_map(|entry| entry.report.as_ref()).map(tree).find(|tree| !tree.is_empty());
    let tree = measured.filter(|_| !is_claim).unwrap_or_default();
    // A report of another commit has no verdict for this one, and a status says so; but the job of `pull_request_target`
    // may have measured the target's files.
    let is_beside = place.as_ref().is_ok_and(|place| place.judged == Judged::NamedBesideTarget);
    let place = located(&arguments.post, settings.mode, if is_beside { &tree } else { &[] }).place;
    // The commit of a claim is that of GitHub's run, whatever the report says.
    if !is_claim {
        check_commits(&mut entries, place.as_ref().ok());
    }
    expect(&mut entries, &arguments.expect, carried);
    check_base(&mut entries, base);
    let standings: Vec<Standing> = entries.iter().map(ReportEntry::standing).collect();
    let worst = standings.iter().copied().max().unwrap_or(Standing::None);
    // Without an expectation each job's own exit code stops the merge, as with a single report.
    let verdict = match worst {
        Standing::None => NOT_EVALUATED,
        Standing::Fail if !arguments.expect.is_empty() => FAILED,
        Standing::Error if !arguments.expect.is_empty() => NOT_EVALUATED,
        _ => PASSED,
    };
    let key = settings.key.clone().unwrap_or_else(|| KEY.to_owned());
    let known = place.as_ref().ok();
    let reports = || entries.iter().filter_map(|entry| entry.report.as_ref());
    let names = names(arguments, &key);
    let title = rolled_up(&standings, "report");
    let posting = Posting {
        part: identity::of_names(&names, worst, title.clone(), known),
        content: Content {
            verdict: worst.overall(),
            title,
            bodies: comment_sizes(known).map(|size| page(&entries, known, is_claim, size)).collect(),
            annotations: reports().flat_map(|report| annotations(report, &in_repository)).collect(),
            tree,
            started: None,
        },
        summaries: SUMMARY_SIZES.iter().map(|size| page(&entries, known, is_claim, *size)).collect(),
        lead: None,
        outputs: Outputs::Numbers(Numbers::sum(worst.overall(), verdict, reports())),
        is_claim,
        slip: None,
        unshown: None,
        key,
    };
    let posted = deliver(posting, settings.mode, &arguments.post, Located { place, started });
    Ok(code(verdict, posted, &arguments.post))
}

/// Returns what tells the part of several reports from others: the arguments, which another attempt repeats.
pub(in crate::cli) fn names(arguments: &PublishArguments, key: &str) -> Vec<String> {
    let reports = arguments.report.iter().map(|path| path.display().to_string());
    reports
        .chain(arguments.artifact.iter().cloned())
        .chain(arguments.expect.iter().cloned())
        .chain([key.to_owned()])
        .collect()
}
