//! Several reports as one answer: one comment, one status and one exit code.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::commands::publish::{PostSettings, PublishArguments, SUMMARY_SIZES, code, read_guarded, tree};
use super::exit::{FAILED, NOT_EVALUATED, PASSED};
use super::in_repository::in_repository;
use super::post::{Located, Outputs, Posting, comment_sizes, deliver, find, located};
use super::{identity, load};
use crate::bounded;
use crate::digest::sha256;
use crate::pipeline::environment::{token, variable};
use crate::pipeline::failure::Failure;
use crate::plural::counted;
use crate::publish::annotation::annotations;
use crate::publish::forge::{self, Content, Judged, Place};
use crate::publish::github;
use crate::publish::outputs::Numbers;
use crate::publish::part::{Standing, rolled_up};
use crate::report::model::Report;
use crate::report::{CommentOptions, RenderOptions, comment, safe, title};

/// The key of several reports without one.
pub(super) const KEY: &str = "mlgate";
/// Maximum number of gates that are named as missing.
const FEW_GATES: usize = 5;
/// Maximum bytes of an input that is compared with a carried report.
const MOST_INPUT: u64 = 1 << 30;
/// The UTF-16 units of a page below which it is left out.
const LEAST_PAGE: usize = 1_000;

/// A report that is published, or the reason there is none.
struct ReportEntry {
    /// The name that a reader sees.
    name: String,
    /// All names by which it may be expected.
    names: Vec<String>,
    report: Option<Report>,
    /// The reasons for which the report is no verdict for this commit.
    problems: Vec<String>,
    /// The commit from which the result is carried over.
    carried: Option<String>,
    /// The gates of the base branch's config that the report's guard misses.
    removed: Vec<String>,
}

impl ReportEntry {
    fn of(file: &Path, report: Result<Report, String>) -> Self {
        let (report, problems) = match report {
            // A run without a gate came to no verdict.
            Ok(report) if report.gates.is_empty() => (None, vec!["it ended without a verdict".to_owned()]),
            Ok(report) => (Some(report), Vec::new()),
            Err(why) => (None, vec![format!("it ended without a verdict: {why}")]),
        };
        let names = identity::names(report.as_ref(), file);
        let name = names.first().cloned().unwrap_or_else(|| file.display().to_string());
        Self { name, names, report, problems, carried: None, removed: Vec::new() }
    }

    fn absent(name: &str, why: &str) -> Self {
        let (name, problems) = (name.to_owned(), vec![why.to_owned()]);
        Self { names: vec![name.clone()], name, report: None, problems, carried: None, removed: Vec::new() }
    }

    fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    fn standing(&self) -> Standing {
        match &self.report {
            Some(report) if self.problems.is_empty() => report.verdict.into(),
            _ => Standing::None,
        }
    }

    fn summary(&self) -> String {
        let mut parts: Vec<String> = self.problems.clone();
        parts.extend(self.report.as_ref().map(title));
        parts.extend(self.carried.as_ref().map(|commit| format!("carried over from commit `{}`", short(commit))));
        safe::prose(&parts.join("; "), false)
    }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// Returns true if a path is a glob.
pub(super) fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Returns true if one of the paths is a glob.
pub(super) fn is_glob_of(paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| is_glob(&path.display().to_string()))
}

/// Publishes several reports, or a report with expectations.
pub(super) fn publish(arguments: &PublishArguments, now: i64) -> Result<u8, Failure> {
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
pub(super) fn names(arguments: &PublishArguments, key: &str) -> Vec<String> {
    let reports = arguments.report.iter().map(|path| path.display().to_string());
    reports
        .chain(arguments.artifact.iter().cloned())
        .chain(arguments.expect.iter().cloned())
        .chain([key.to_owned()])
        .collect()
}

/// Reads the files that paths and globs name.
fn files(paths: &[PathBuf], now: i64) -> Result<Vec<ReportEntry>, Failure> {
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    for path in paths {
        let text = path.display().to_string();
        if !is_glob(&text) || path.exists() {
            found.insert(path.clone());
            continue;
        }
        let matches = glob::glob(&text).map_err(|error| Failure::Usage(format!("`{text}` is no glob: {error}")))?;
        for path in matches {
            found.insert(path.map_err(|error| Failure::Environment(format!("`{text}` cannot be searched: {error}")))?);
        }
    }
    let said = |failure| match failure {
        Failure::Environment(why) | Failure::Usage(why) => why,
        _ => "it is no report".to_owned(),
    };
    let entry = |path: &PathBuf| {
        let (report, removed) = match read_guarded(path, now) {
            Ok((report, removed)) => (Ok(report), removed),
            Err(failure) => (Err(said(failure)), Vec::new()),
        };
        ReportEntry { removed, ..ReportEntry::of(path, report) }
    };
    Ok(found.iter().map(entry).collect())
}

fn claims(arguments: &PublishArguments, place: &Result<Place, String>, now: i64) -> Result<Vec<ReportEntry>, Failure> {
    let place = place.as_ref().map_err(|why| Failure::Usage(why.clone()))?;
    let token = token(place.forge).ok_or_else(|| Failure::Usage(place.forge.no_token.to_owned()))?;
    let found = github::artifacts(place, &token, &arguments.artifact, now);
    let found = found.map_err(|error| Failure::Environment(error.to_string()))?;
    // The name of the artifact is GitHub's, and the names in the report are the author's.
    let entry = |(name, report): github::FoundArtifact| {
        let mut entry = ReportEntry::of(Path::new(""), report.map_err(|error| error.to_string()));
        entry.names = vec![name.clone()];
        entry.name = name;
        entry
    };
    Ok(found.into_iter().map(entry).collect())
}

/// Marks reports of another commit than the one that is answered for.
fn check_commits(entries: &mut [ReportEntry], place: Option<&Place>) {
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
            Some(other) => format!("it is of commit `{}`, and this is commit `{}`", short(other), short(&head)),
            None => format!("it does not say of which commit it is, and this is commit `{}`", short(&head)),
        });
    }
}

/// Adds an entry for each expected report that is absent, or the earlier one that stands in for it.
fn expect(entries: &mut Vec<ReportEntry>, expected: &[String], mut carried: Vec<ReportEntry>) {
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
            let twin = twin.map(|other| format!("it is the report of `{other}` once more"));
            taken.insert(at);
            let entry = &mut entries[at];
            entry.problems.extend(twin);
            name.clone_into(&mut entry.name);
            if !entry.removed.is_empty() {
                let lost: Vec<&str> = entry.removed.iter().map(String::as_str).collect();
                entry.problems.push(format!("the base branch's config has gates that it has not: {}", few(&lost)));
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
        None => entry.problems.push("the earlier report does not say of which commit it is".to_owned()),
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
fn check_base(entries: &mut Vec<ReportEntry>, base: Vec<ReportEntry>) {
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

/// Renders all reports as one page of at most `size` UTF-16 units.
fn page(entries: &[ReportEntry], place: Option<&Place>, is_claim: bool, size: usize) -> String {
    let standings: Vec<Standing> = entries.iter().map(ReportEntry::standing).collect();
    let worst = standings.iter().copied().max().unwrap_or(Standing::None);
    let mut sorted: Vec<&ReportEntry> = entries.iter().collect();
    sorted.sort_by(|left, right| (right.standing(), &left.name).cmp(&(left.standing(), &right.name)));
    let headline = if entries.len() == 1 && worst == Standing::None {
        "no verdict".to_owned()
    } else {
        rolled_up(&standings, "report")
    };
    let mut text = format!("## {} mlgate: {headline}\n\n", worst.symbol());
    let commit = place.and_then(|place| place.commit.as_deref());
    let run_url = place.and_then(|place| place.run_url.as_deref());
    let about = [
        commit.map(|commit| format!("commit {}", safe::code_span(short(commit), false))),
        run_url.map(|url| format!("[run]({url})")),
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    if !about.is_empty() {
        let _ = write!(text, "{}\n\n", about.join(" · "));
    }
    for entry in &sorted {
        let symbol = entry.standing().symbol();
        let _ = writeln!(text, "- {symbol} {}: {}", safe::code_span(&entry.name, false), entry.summary());
    }
    let units = |text: &str| text.encode_utf16().count();
    let mut room = size.saturating_sub(units(&text) + LEAST_PAGE);
    let mut left = sorted.iter().filter(|entry| entry.report.is_some()).count();
    for entry in sorted {
        let Some(report) = &entry.report else { continue };
        let budget = room / left.max(1);
        left = left.saturating_sub(1);
        let of = entry.carried.as_deref().or(commit);
        let frame = CommentOptions { key: &entry.name, commit: of, untrusted: is_claim, ..CommentOptions::default() };
        if budget < LEAST_PAGE {
            continue;
        }
        if let Some(own) = in_budget(report, &frame, budget) {
            room = room.saturating_sub(units(&own) + 1);
            text.push('\n');
            text += &own;
        }
    }
    text
}

fn in_budget(report: &Report, frame: &CommentOptions<'_>, budget: usize) -> Option<String> {
    let render = RenderOptions { budget, ..RenderOptions::default() };
    comment(report, &CommentOptions { render, ..*frame }).ok()
}
