//! The posting of one report.

use std::time::Instant;

use super::deliver::{Outputs, Posting, deliver};
use super::identity;
use super::pages::{Pages, SUMMARY_SIZES, detail, pages};
use super::place::{comment_sizes, find, located, rest};
use super::settings::{PostSettings, code};
use crate::cli::arguments::PostArguments;
use crate::cli::in_repository::in_repository;
use crate::pipeline::project::Project;
use crate::publish::annotation::annotations;
use crate::publish::forge::Content;
use crate::publish::outputs::Numbers;
use crate::publish::part::{Part, Standing};
use crate::report::document::{Report, RunRecord};
use crate::report::{CommentOptions, lead, title};

/// Records the arguments and the job of a run in its report.
pub(in crate::cli) fn record(report: &mut Report, run: RunRecord, arguments: &PostArguments, loaded: &Project) {
    let key = PostSettings::of(arguments, Some(loaded)).key;
    let commit = find(arguments).ok().and_then(|place| place.commit);
    identity::record(report, RunRecord { key, ..run }, commit);
}

/// Returns the exit code of a run after posting; the code of a blocking verdict is never replaced.
pub(in crate::cli) fn after_run(report: &Report, arguments: &PostArguments, loaded: &Project) -> u8 {
    code(report.exit_code, post(report, None, arguments, Some(loaded)), arguments)
}

/// Posts to every surface; returns true if everything required was posted.
pub(in crate::cli) fn post(
    report: &Report,
    claim: Option<(&str, Instant)>,
    arguments: &PostArguments,
    loaded: Option<&Project>,
) -> bool {
    let settings = PostSettings::of(arguments, loaded);
    let untrusted = claim.is_some();
    // An untrusted report must not choose the comment that it replaces.
    // An untrusted report must not choose the comment that it replaces.
    let own = || match claim {
        Some((name, _)) => name.to_owned(),
        None => identity::key(report),
    };
    let key = settings.key.unwrap_or_else(own);
    let tree = if untrusted { Vec::new() } else { tree(report) };
    let located = located(arguments, settings.mode, &tree);
    let known = located.place.as_ref().ok();
    let frame = CommentOptions {
        key: &key,
        commit: known.and_then(|place| place.commit.as_deref()),
        run_url: known.and_then(|place| place.run_url.as_deref()),
        rest: rest(known),
        untrusted,
        ..CommentOptions::default()
    };
    let sizes: Vec<usize> = comment_sizes(known).collect();
    // If the template fails, the report is shown without it and the failure is reported.
    let filled = settings.template.map(|template| {
        let pages = template.and_then(|text| {
            pages(report, &sizes, &CommentOptions { template: Some(&text), ..frame }).map_err(|error| detail(&error))
        });
        pages.map_err(|why| format!("{}, so mlgate's own template is used", why.trim_end()))
    });
    let templated = matches!(filled, Some(Ok(_)));
    let (filled, slip) = match filled {
        Some(Ok(pages)) => (Ok(pages), None),
        filled => (pages(report, &sizes, &frame).map_err(|error| detail(&error)), filled.and_then(Result::err)),
    };
    let own_lead = lead(report, untrusted, SUMMARY_SIZES[SUMMARY_SIZES.len() - 1]);
    let (Pages { bodies, summaries }, unshown) = match filled {
        Ok(pages) => (pages, None),
        Err(why) => (Pages { bodies: Vec::new(), summaries: vec![own_lead.clone()] }, Some(why)),
    };
    let part: Part = match claim {
        Some((name, _)) => identity::of_names(&[name.to_owned()], Standing::from(report.verdict), title(report), known),
        None => identity::of_report(report, known),
    };
    let posting = Posting {
        part,
        content: Content {
            verdict: report.verdict,
            title: title(report),
            bodies,
            annotations: annotations(report, &in_repository),
            tree,
            started: claim.map(|(_, start)| start),
        },
        summaries,
        lead: templated.then_some(own_lead),
        outputs: Outputs::Numbers(Numbers::of(report)),
        is_claim: untrusted,
        slip,
        unshown,
        key,
    };
    deliver(posting, settings.mode, arguments, located)
}

/// Returns the checked-out commit of a report, followed by the commits that it merges; empty if none is known.
pub(in crate::cli) fn tree(report: &Report) -> Vec<String> {
    let candidate = &report.provenance.candidate;
    candidate.git.iter().chain(&candidate.merges).cloned().collect()
}
