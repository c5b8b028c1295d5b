//! The report for a pull request or a job summary.
//!
//! The template holds the structure; everything it is given is finished Markdown, made inert by [`safe`]. No images, no
//! links but to the page of the run, and nothing of the report in a heading, a `<summary>` or at the start of a line.
//! `docs/github.md` lists what a template of a user's may use.

mod block;
mod rows;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use serde::Serialize;

use super::group_tables::GroupTable;
use super::model::{GateResult, Overall, Provenance, Report};
use super::sections::{self, Section};
use super::{RenderError, RenderOptions, safe};
use crate::gate::verdict::Effect;
use crate::plural::noun;
use block::Block;

const TEMPLATE: &str = include_str!("markdown.md.j2");

/// The failed gates that are named in a command.
const FEW_DESPITE: usize = 4;

/// The instructions that a template may take: one that never ends is somebody's mistake or wish.
const FUEL: u64 = 5_000_000;
/// The digits of a commit that tell it from others.
const SHORT_COMMIT: usize = 10;

/// The line about a report of somebody else's, as in the template.
const CLAIM: &str = "> Measured in a run of the pull request's own, without access to this repository: the numbers are the \
                     author's claim.\n\n";

/// How a report is shown on a pull request.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommentOptions<'a> {
    /// How much of it is shown.
    pub render: RenderOptions,
    /// The key of the gate, which tells its comment from that of another gate.
    pub key: &'a str,
    /// The commit that was judged.
    pub commit: Option<&'a str>,
    /// The page of the run: an address that does not hold anything of the report.
    pub run_url: Option<&'a str>,
    /// Whether the report was measured where the change could meddle with it.
    pub untrusted: bool,
    /// A template instead of our own.
    pub template: Option<&'a str>,
}

/// What the template sees.
#[derive(Debug, Serialize)]
struct Page {
    verdict: Overall,
    mark: &'static str,
    headline: String,
    counts: String,
    about: String,
    untrusted: bool,
    /// Whether something needs somebody's attention.
    open: bool,
    blocks: Vec<Block>,
    commands: String,
}

/// The report as Markdown.
pub(super) fn render(report: &Report, options: &RenderOptions) -> Result<String, RenderError> {
    comment(report, &CommentOptions { render: *options, ..CommentOptions::default() })
}

/// The report as Markdown for a pull request.
pub(super) fn comment(report: &Report, comment: &CommentOptions<'_>) -> Result<String, RenderError> {
    let options = &comment.render;
    let mut environment = minijinja::Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    let template = environment.template_from_str(comment.template.unwrap_or(TEMPLATE))?;

    let mut page = page(report, options);
    page.about = about(report, comment);
    page.untrusted = comment.untrusted;
    // First the page without a single row, then as many rows as are left room for.
    let rows: Vec<_> = page.blocks.iter_mut().map(Block::take_rows).collect();
    let frame = template.render(Serde(&page))?;
    // Whatever a template says, the verdict stands above it.
    let lead = comment.template.map(|_| lead(report, comment.untrusted)).unwrap_or_default();
    let taken = block::size(&frame) + block::size(&lead);
    block::fill(&mut page.blocks, rows, options.budget.saturating_sub(taken));
    let text = lead + &template.render(Serde(&page))?;
    match block::size(&text) {
        size if size > options.budget => Err(RenderError::TooLong { size, budget: options.budget }),
        _ => Ok(text),
    }
}

/// The verdict and the headline as mlgate's own page has them, to stand above a template of the user's. A blank line ends them, so
/// that nothing below makes them part of something else.
pub(super) fn lead(report: &Report, untrusted: bool) -> String {
    let mut parts = sections::headline(&sections::sections(report), &report.notes).into_iter();
    let mut lead = format!("## {} mlgate: {}\n\n", mark(report.verdict), parts.next().unwrap_or_default());
    let counts = parts.collect::<Vec<_>>().join(" · ");
    if !counts.is_empty() {
        lead.extend([counts.as_str(), "\n\n"]);
    }
    if untrusted {
        lead += CLAIM;
    }
    lead
}

/// The verdict at a glance.
fn mark(verdict: Overall) -> &'static str {
    match verdict {
        Overall::Pass => "✅",
        Overall::Warn => "⚠️",
        Overall::Fail | Overall::Error => "❌",
    }
}

/// What was judged and where to read on, in one line; empty where nothing of it is known.
fn about(report: &Report, comment: &CommentOptions<'_>) -> String {
    let commit = |commit: &str| safe::code_span(commit.get(..SHORT_COMMIT).unwrap_or(commit), false);
    let key = (!comment.key.is_empty()).then(|| format!("gate {}", safe::code_span(comment.key, false)));
    let judged = comment.commit.map(|sha| format!("commit {}", commit(sha)));
    let age = age(&report.provenance).unwrap_or_default();
    let baseline = report.provenance.baseline.git.as_deref().map(|sha| format!("baseline {}{age}", commit(sha)));
    let run = comment.run_url.map(|url| format!("[run]({url})"));
    [key, judged, baseline, run].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// How old the baseline is. No clock is asked, so that a report of the same files always says the same: it is as old as it was when
/// the change was committed.
fn age(provenance: &Provenance) -> Option<String> {
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

/// The verdict in one line, for a check run or a commit status: no Markdown, and nothing of the report's strings.
pub(super) fn title(report: &Report) -> String {
    sections::headline(&sections::sections(report), &report.notes).join(" · ")
}

fn page(report: &Report, options: &RenderOptions) -> Page {
    let mut all = sections::sections(report);
    let mut headline = sections::headline(&all, &report.notes).into_iter();
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
        blocks.push(Block::notes(&report.notes, options.budget));
        blocks.push(Block::explored(&report.explored, options.budget));
        if options.evidence {
            blocks.push(Block::evidence(&report.gates, options.budget));
        }
        blocks.push(Block::provenance(report));
    }
    blocks.retain(|block| !block.is_empty());
    let commands = if options.quiet { String::new() } else { commands(report, &all) };
    Page {
        verdict: report.verdict,
        mark: mark(report.verdict),
        headline: lead,
        counts,
        about: String::new(),
        untrusted: false,
        open: !attention.is_empty(),
        blocks,
        commands,
    }
}

/// True where the groups of a gate are shown: with all evidence, and where they bear on the verdict.
fn shows_groups(section: Section, gate: &GateResult, options: &RenderOptions) -> bool {
    let is_told = section.is_open() || matches!(section, Section::Waived | Section::Noted);
    options.evidence || is_told || sections::is_record(gate)
}

/// What a section shows: its gates, and the groups behind it where they bear on the verdict. Groups that gates of several sections
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

/// How to get the same report on another machine, to accept the change, and to read on.
fn commands(report: &Report, sections: &[(Section, Vec<&GateResult>)]) -> String {
    let config = safe::shell_word(&report.provenance.config.path);
    let open = || sections.iter().filter(|(section, _)| section.is_open()).flat_map(|(_, gates)| gates.iter());
    let checks: std::collections::BTreeSet<&str> = open().flat_map(|gate| sections::topics(gate)).collect();
    let mut lines = vec![format!("mlgate run --config {config}  # this report, on your machine")];
    // Only a stored baseline knows its commit, and only that one is blessed.
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
    safe::code_block("sh", &lines.join("\n"))
}

/// How to accept the change as the new baseline: each gate that fails is named, since nobody accepts it by chance.
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
