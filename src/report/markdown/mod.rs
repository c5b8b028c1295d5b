//! The Markdown format, for a pull request or a job summary.
//!
//! The template defines the structure; its input is finished Markdown that [`safe`] made inert. The page has no images
//! and no links except to the page of the run, and no text of the report is in a heading, in a `<summary>` or at the
//! start of a line. `docs/github.md` lists the variables of a user's template.

mod block;
mod rows;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use serde::Serialize;

use super::document::{GateResult, Overall, Provenance, Report};
use super::group_tables::GroupTable;
use super::guard::{beside, guard_markdown};
use super::sections::Section;
use super::{RenderError, RenderOptions, safe, sections};
use crate::gate::verdict::Effect;
use crate::plural::noun;
use crate::report::size::size;
use block::{Block, SHORT_COMMIT};

const TEMPLATE: &str = include_str!("markdown.md.j2");

/// Maximum number of failed gates that are named in a command.
const FEW_DESPITE: usize = 4;

/// Maximum number of globs of `--only` that are shown; the command has all of them.
const FEW_GLOBS: usize = 4;

/// Maximum number of instructions of a template, so that an endless one ends.
const FUEL: u64 = 5_000_000;
/// The exit code of a run that was asked to let warnings count.
const WARNED: u8 = 3;

/// The line on top of an untrusted report, as in the template.
const CLAIM: &str = "> Measured in a run of the pull request's own, without access to this repository: the numbers are the \
                     author's claim.\n\n";

/// Options of a report on a pull request.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommentOptions<'a> {
    /// Options of rendering.
    pub render: RenderOptions,
    /// The key of the comment, which distinguishes it from another job's.
    pub key: &'a str,
    /// The commit that was judged.
    pub commit: Option<&'a str>,
    /// The page of the run: an address without any text of the report.
    pub run_url: Option<&'a str>,
    /// The place where a report is whole, with the word for its link in brackets; empty for the summary of a job.
    pub rest: &'a str,
    /// True: the change could tamper with the measurement.
    pub untrusted: bool,
    /// A template that replaces mlgate's own.
    pub template: Option<&'a str>,
}

/// The variables of the template.
#[derive(Debug, Serialize)]
struct MarkdownPage {
    verdict: Overall,
    mark: &'static str,
    headline: String,
    counts: String,
    about: String,
    untrusted: bool,
    /// The section of the guard; empty if it has nothing to tell.
    guard: String,
    /// True: a gate needs attention.
    open: bool,
    blocks: Vec<Block>,
    commands: String,
    /// The sentence about what was dropped; empty if everything is there.
    rest: String,
}

/// Renders the report as Markdown.
pub(super) fn render(report: &Report, options: &RenderOptions) -> Result<String, RenderError> {
    comment(report, &CommentOptions { render: *options, ..CommentOptions::default() })
}

/// Renders the report as Markdown for a pull request.
pub(super) fn comment(report: &Report, comment: &CommentOptions<'_>) -> Result<String, RenderError> {
    let options = &comment.render;
    let mut environment = minijinja::Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    let template = environment.template_from_str(comment.template.unwrap_or(TEMPLATE))?;

    let mut page = page(report, comment);
    page.about = about(report, comment);
    page.untrusted = comment.untrusted;
    // The page is rendered without any row first, to know how many rows fit.
    let rows: Vec<_> = page.blocks.iter_mut().map(Block::take_rows).collect();
    let frame = template.render(Serde(&page))?;
    // The verdict is above any user's template.
    let lead = comment.template.map(|_| lead(report, comment.untrusted, options.budget)).unwrap_or_default();
    let rest = comment.run_url.map_or_else(String::new, |url| {
        let place = if comment.rest.is_empty() { "the summary of the [run]" } else { comment.rest };
        format!("The rest of the report is in {place}({url}).")
    });
    let taken = size(&frame) + size(&lead) + size(&rest) + 2;
    block::fill(&mut page.blocks, rows, options.budget.saturating_sub(taken));
    if page.blocks.iter().any(Block::is_cut) {
        page.rest = rest;
    }
    page.blocks.retain(|block| !block.is_gone());
    let text = lead + &template.render(Serde(&page))?;
    match size(&text) {
        taken if taken > options.budget => Err(RenderError::TooLong { size: taken, budget: options.budget }),
        _ => Ok(text),
    }
}

/// Returns the verdict and the headline of mlgate's own page, for the top of a user's template. A blank line at the end
/// separates them from the template's Markdown.
pub(super) fn lead(report: &Report, untrusted: bool, budget: usize) -> String {
    let mut parts = sections::headline(&sections::sections(report), report, false).into_iter();
    let mut lead = format!("## {} mlgate: {}\n\n", mark(report.verdict), parts.next().unwrap_or_default());
    let counts = parts.collect::<Vec<_>>().join(" · ");
    if !counts.is_empty() {
        lead.extend([counts.as_str(), "\n\n"]);
    }
    if untrusted {
        lead += CLAIM;
    }
    let guard = guarded(report, budget);
    if !guard.is_empty() {
        lead.extend([guard.as_str(), "\n\n"]);
    }
    lead
}

/// Returns the section of the guard, in a part of the page's budget.
fn guarded(report: &Report, budget: usize) -> String {
    report.guard.as_ref().map(|guard| guard_markdown(guard, budget / 4)).unwrap_or_default().trim_end().to_owned()
}

/// Returns the symbol of the verdict.
fn mark(verdict: Overall) -> &'static str {
    match verdict {
        Overall::Pass => "✅",
        Overall::Warn => "⚠️",
        Overall::Fail | Overall::Error => "❌",
    }
}

/// Returns one line with the key, the commits and the page of the run; empty if none of them is known.
fn about(report: &Report, comment: &CommentOptions<'_>) -> String {
    let commit = |commit: &str| safe::code_span(commit.get(..SHORT_COMMIT).unwrap_or(commit), false);
    let key = (!comment.key.is_empty()).then(|| format!("gate {}", safe::code_span(comment.key, false)));
    let changes = if report.provenance.candidate.uncommitted_changes { " with uncommitted changes" } else { "" };
    let judged = comment.commit.map(|sha| format!("commit {}{changes}", commit(sha)));
    let age = age(&report.provenance).unwrap_or_default();
    let baseline = report.provenance.baseline.git.as_deref().map(|sha| format!("baseline {}{age}", commit(sha)));
    let run = comment.run_url.map(|url| format!("[run]({url})"));
    let only = report.run.iter().flat_map(|run| &run.only).take(FEW_GLOBS).map(|glob| safe::code_span(glob, false));
    let only = only.collect::<Vec<_>>().join(" ");
    let only = (!only.is_empty()).then(|| format!("--only {only}"));
    [key, judged, only, baseline, run].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Returns the baseline's age. The age is computed from the two commits' times and not from the clock, so that a report
/// of the same files is always the same.
pub(super) fn age(provenance: &Provenance) -> Option<String> {
    let day = provenance.baseline.day()?;
    let days = provenance.candidate.day().map(|change| (change - day).num_days());
    let than = match days {
        None => return Some(format!(" of {day}")),
        Some(0) => "of the same day".to_owned(),
        Some(1) => "a day older".to_owned(),
        Some(days @ 2..) => format!("{days} {} older", noun(days, "day")),
        Some(days) => format!("{} {} newer", -days, noun(-days, "day")),
    };
    Some(format!(" of {day}, {than}"))
}

/// Returns the verdict in one line for a check run or a commit status: plain text without any string of the report.
pub(super) fn title(report: &Report) -> String {
    sections::headline(&sections::sections(report), report, true).join(" · ")
}

fn page(report: &Report, comment: &CommentOptions<'_>) -> MarkdownPage {
    let options = &comment.render;
    let mut all = sections::sections(report);
    let mut headline = sections::headline(&all, report, false).into_iter();
    let lead = headline.next().unwrap_or_default();
    let counts = headline.collect::<Vec<_>>().join(" · ");
    if options.quiet {
        for (_, gates) in &mut all {
            gates.retain(|gate| gate.effect == Effect::Blocks);
        }
    }
    let gates = all.iter().flat_map(|(section, gates)| gates.iter().map(|gate| (*section, *gate)));
    let showing = gates.filter(|(section, gate)| shows_groups(*section, gate, options)).map(|(_, gate)| gate);
    let tables = GroupTable::all(showing.take(options.budget / block::LEAST_ROW));
    let of = |open: bool| {
        let sections = all.iter().filter(move |(section, _)| section.is_open() == open);
        sections.flat_map(|(section, gates)| section_blocks(*section, gates, &tables, options))
    };
    let open = all.iter().filter(|(section, _)| section.is_open());
    let attention: Vec<_> = open.flat_map(|(section, gates)| gates.iter().map(|gate| (*section, *gate))).collect();
    let advice = Block::advice(&attention, options.budget);
    let mut blocks: Vec<Block> = of(true).chain([advice]).chain(of(false)).collect();
    if !options.quiet {
        blocks.push(Block::found_slices(&report.found_slices, options.budget));
        blocks.push(Block::notes(&beside(report.guard.as_ref(), &report.notes), options.budget));
        blocks.push(Block::explored(&report.explored, options.budget));
        if options.evidence {
            blocks.push(Block::evidence(&report.gates, options.budget));
        }
        blocks.push(Block::provenance(report, comment.commit));
    }
    blocks.retain(|block| !block.is_empty());
    let commands = if options.quiet { String::new() } else { commands(report, &all) };
    MarkdownPage {
        verdict: report.verdict,
        mark: mark(report.verdict),
        headline: lead,
        counts,
        about: String::new(),
        untrusted: false,
        guard: guarded(report, options.budget),
        open: !attention.is_empty(),
        blocks,
        commands,
        rest: String::new(),
    }
}

/// Returns true if the groups of a gate are shown: with all evidence, and where they affect what a reader has to look at.
fn shows_groups(section: Section, gate: &GateResult, options: &RenderOptions) -> bool {
    let is_told = section.is_open() || matches!(section, Section::Waived | Section::Noted);
    options.evidence || is_told || sections::is_record(gate)
}

/// Returns the blocks of a section: its gates, and their groups if these affect the verdict. Groups that gates of several sections
/// share are shown in the first of them.
fn section_blocks(
    section: Section,
    gates: &[&GateResult],
    tables: &[GroupTable<'_>],
    options: &RenderOptions,
) -> Vec<Block> {
    let findings = || Block::findings(gates, options.budget);
    let reasons = || Block::reasons(gates, options.budget);
    let list = match section {
        Section::Failed => findings().titled("Failed"),
        Section::Errors => reasons().titled("Could not be evaluated"),
        Section::Inconclusive => findings().titled("Inconclusive"),
        Section::NoBaseline => reasons().titled("Without a baseline"),
        Section::Warnings => findings().titled("Warnings"),
        Section::Waived => findings().titled("Waived"),
        Section::Noted => findings().folded("Noted, without effect"),
        Section::NotApplicable => reasons().folded("Not applicable"),
        Section::Passed => Block::gates(gates, options.budget).folded("Passed"),
    };
    let is_here = |table: &&GroupTable<'_>| table.gates.first().is_some_and(|gate| Section::of(gate) == section);
    let groups = Block::groups(&tables.iter().filter(is_here).collect::<Vec<_>>(), options.budget);
    if section.is_open() {
        vec![list, groups]
    } else if options.evidence || matches!(section, Section::Waived | Section::Noted) {
        vec![list, groups.folded("Groups")]
    } else {
        vec![list, groups.folded("Groups, for the record")]
    }
}

fn commands(report: &Report, sections: &[(Section, Vec<&GateResult>)]) -> String {
    safe::code_block("sh", &command_lines(report, sections).join("\n"))
}

/// Returns the commands that repeat the report on another machine, accept the change and explain the checks; each may
/// have several lines.
pub(super) fn command_lines(report: &Report, sections: &[(Section, Vec<&GateResult>)]) -> Vec<String> {
    let config = safe::shell_word(&report.provenance.config.path);
    let open = || sections.iter().filter(|(section, _)| section.is_open()).flat_map(|(_, gates)| gates.iter());
    let checks: std::collections::BTreeSet<&str> = open().flat_map(|gate| sections::topics(gate)).collect();
    let mut lines = vec![format!("mlgate run --config {config}{}  # this report, on your machine", arguments(report))];
    // Only a stored baseline has a commit, and only a stored baseline can be blessed.
    if report.provenance.baseline.git.is_some() && open().any(|gate| gate.baseline.is_some()) {
        let failed: Vec<_> = open().filter(|gate| Section::of(gate) == Section::Failed).collect();
        lines.push(bless(&config, &failed));
    }
    let mut checks = checks.into_iter().map(safe::shell_word);
    if let Some(first) = checks.next() {
        let others = checks.len();
        let others = if others == 0 { String::new() } else { format!(", and {others} more") };
        lines.push(format!("mlgate explain {first}  # how it decides{others}"));
    }
    lines
}

/// Returns the arguments besides the config that decide the verdict and the exit code.
fn arguments(report: &Report) -> String {
    let run = report.run.as_ref();
    let only = run.iter().flat_map(|run| &run.only).map(|glob| format!(" --only {}", safe::shell_word(glob)));
    let baseline = run.and_then(|run| run.baseline.as_ref());
    let baseline = baseline.map(|baseline| format!(" --baseline {}", safe::shell_word(baseline)));
    let from = run.and_then(|run| run.config_from.as_ref());
    let from = from.map(|from| format!(" --config-from {}", safe::shell_word(from)));
    let policies = run.iter().flat_map(|run| &run.policies);
    let policies = policies.map(|policy| format!(" --policy {}", safe::shell_word(policy)));
    let warned = (report.exit_code == WARNED).then(|| " --warn-exit-code".to_owned());
    from.into_iter().chain(policies).chain(baseline).chain(only).chain(warned).collect()
}

/// Returns the command that accepts the change as the new baseline; it names each failing gate, so that nobody accepts
/// one by accident.
fn bless(config: &str, failed: &[&&GateResult]) -> String {
    let accepts = "accepts the change as the new baseline";
    match failed.len() {
        0 => format!("mlgate bless --config {config}  # {accepts}"),
        1..=FEW_DESPITE => {
            let despite = failed.iter().map(|gate| format!("  --despite {} \\\n", safe::shell_word(&gate.id)));
            let despite: String = despite.collect();
            format!("mlgate bless --config {config} \\\n{despite}  --reason 'why'  # {accepts}")
        }
        _ => format!("mlgate bless --config {config}  # {accepts}; with --despite for each gate that fails"),
    }
}

#[cfg(test)]
mod tests;
