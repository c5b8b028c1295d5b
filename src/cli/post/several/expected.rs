//! Demands on each of several reports: its commit, the expected models and the gates of the base branch.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::entry::{ReportEntry, short};
use crate::bounded;
use crate::cli::post::one_report::tree;
use crate::digest::sha256;
use crate::pipeline::environment::variable;
use crate::plural::counted;
use crate::publish::forge::{Judged, Place};
use crate::report::document::Report;
use crate::report::safe;

/// Maximum number of gates that are named as missing.
const FEW_GATES: usize = 5;

/// Maximum bytes of an input that is compared with a carried report.
const MOST_INPUT: u64 = 1 << 30;

/// Marks reports of another commit than the one that is answered for.
pub(super) fn check_commits(entries: &mut [ReportEntry], place: Option<&Place>) {
    let judged = place.map_or(Judged::OfJob, |place| place.judged);
    let commits = |report: &Report| -> Vec<String> {
        let measured = tree(report);
        let job = report.run.as_ref().and_then(|run| run.job.as_ref()?.commit.clone());
        // The job's own commit is the default branch's where another one is judged, so what is checked out decides.
        let is_of_job = measured.is_empty() || matches!(judged, Judged::OfJob | Judged::NamedBesideTarget);
        job.into_iter().filter(|_| is_of_job).chain(measured).collect()
    };
    // The job's own commit is the merge of the head that GitHub tests.
    let merge = variable("GITHUB_SHA").filter(|_| judged == Judged::Named);
    let wanted: Vec<String> = match place.and_then(|place| place.commit.clone()) {
        Some(head) => std::iter::once(head).chain(merge).collect(),
        None => entries
            .iter()
            .filter_map(|entry| entry.report.as_ref().map(commits))
            .find(|all| !all.is_empty())
            .unwrap_or_default(),
    };
    let Some(head) = wanted.first().cloned() else { return };
    for entry in entries {
        let Some(report) = &entry.report else { continue };
        let of = commits(report);
        if of.iter().any(|commit| wanted.contains(commit)) {
            continue;
        }
        entry.problems.push(match of.first() {
            Some(other) => format!("it is for commit `{}`, and this is commit `{}`", short(other), short(&head)),
            None => format!("it does not name its commit, and this is commit `{}`", short(&head)),
        });
    }
}

/// Adds an entry for each expected report that is absent, or the earlier one that stands in for it.
pub(super) fn expect(entries: &mut Vec<ReportEntry>, expected: &[String], mut carried: Vec<ReportEntry>) {
    // Each report is one of those that are expected, and not two.
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for name in expected {
        let here = entries.iter().enumerate().position(|(at, entry)| entry.is_called(name) && !taken.contains(&at));
        if let Some(at) = here {
            let is_twin = |other: &&usize| {
                let (one, other): (&ReportEntry, &ReportEntry) = (&entries[at], &entries[**other]);
                one.report.is_some() && one.report == other.report
            };
            let twin = taken.iter().find(is_twin).map(|other: &usize| safe::sentence(&entries[*other].name));
            let twin = twin.map(|other| format!("it repeats the report of `{other}`"));
            taken.insert(at);
            let entry = &mut entries[at];
            entry.problems.extend(twin);
            name.clone_into(&mut entry.name);
            if !entry.removed.is_empty() {
                let lost: Vec<&str> = entry.removed.iter().map(String::as_str).collect();
                entry.problems.push(format!("the base branch's config has gates that it lacks: {}", few(&lost)));
            }
            continue;
        }
        let entry = match carried.iter().position(|entry| entry.is_called(name)) {
            Some(at) => carry(name, carried.swap_remove(at)),
            None => ReportEntry::absent(name, "there is no report of it"),
        };
        taken.insert(entries.len());
        entries.push(entry);
    }
}

/// Returns an earlier report as the result of a model that this change does not touch.
fn carry(name: &str, mut entry: ReportEntry) -> ReportEntry {
    name.clone_into(&mut entry.name);
    let Some(report) = &entry.report else { return entry };
    let job = report.run.as_ref().and_then(|run| run.job.as_ref()?.commit.clone());
    match job.or_else(|| report.provenance.candidate.git.clone()) {
        Some(commit) => entry.carried = Some(commit),
        None => entry.problems.push("the earlier report does not name its commit".to_owned()),
    }
    let root = Path::new(&report.provenance.config.path).parent().unwrap_or(Path::new("")).to_owned();
    let config = (PathBuf::from(&report.provenance.config.path), &report.provenance.config.digest);
    let inputs = report.provenance.candidate.files.iter().map(|file| (root.join(&file.path), &file.digest));
    for (path, digest) in std::iter::once(config).chain(inputs) {
        // What is not in this checkout cannot be compared.
        let Ok(bytes) = bounded::read(&path, MOST_INPUT) else { continue };
        if sha256(bytes.as_slice()).is_ok_and(|found| found != *digest) {
            let shown = path.display();
            entry.problems.push(format!("`{shown}` has changed since the earlier report, so a new one is needed"));
        }
    }
    entry
}

/// Marks reports that lack gates which the base branch's report of the same name has.
pub(super) fn check_base(entries: &mut Vec<ReportEntry>, base: Vec<ReportEntry>) {
    for before in base {
        let Some(earlier) = before.report else { continue };
        let Some(entry) = entries.iter_mut().find(|entry| entry.is_called(&before.name)) else {
            entries.push(ReportEntry::absent(
                &before.name,
                "the base branch has a report of it, and this change has none",
            ));
            continue;
        };
        let Some(report) = &entry.report else { continue };
        let ids: BTreeSet<&str> = report.gates.iter().map(|gate| gate.id.as_str()).collect();
        let lost: Vec<&str> =
            earlier.gates.iter().map(|gate| gate.id.as_str()).filter(|id| !ids.contains(id)).collect();
        if !lost.is_empty() {
            let named: Vec<String> =
                lost.iter().take(FEW_GATES).map(|id| format!("`{}`", safe::sentence(id))).collect();
            let rest = lost.len().saturating_sub(FEW_GATES);
            let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
            let [n, all] = [report, &earlier].map(|report| report.gates.len() as u64);
            entry.problems.push(format!(
                "it has {}, and the base branch's report has {all}; missing: {}{rest}",
                counted(n, "gate"),
                named.join(", ")
            ));
        }
    }
}

/// Returns the first gates by name, and the number of the others.
fn few(ids: &[&str]) -> String {
    let named: Vec<String> = ids.iter().take(FEW_GATES).map(|id| format!("`{}`", safe::sentence(id))).collect();
    let rest = ids.len().saturating_sub(FEW_GATES);
    let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    named.join(", ") + &rest
}
