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

use super::model::{GateResult, Overall, Report};
use super::sections::{self, Section};
use super::{RenderError, RenderOptions, safe};
use crate::gate::verdict::Effect;
use block::Block;

const TEMPLATE: &str = include_str!("markdown.md.j2");
/// The checks that are named under "How to reproduce".
const FEW_CHECKS: usize = 5;

/// The instructions that a template may take: one that never ends is somebody's mistake or wish.
const FUEL: u64 = 5_000_000;
/// The digits of a commit that tell it from others.
const SHORT_COMMIT: usize = 10;

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
    block::fill(&mut page.blocks, rows, options.budget.saturating_sub(block::size(&frame)));
    let text = template.render(Serde(&page))?;
    match block::size(&text) {
        size if size > options.budget => Err(RenderError::TooLong { size, budget: options.budget }),
        _ => Ok(text),
    }
}

/// What was judged and where to read on, in one line; empty where nothing of it is known.
fn about(report: &Report, comment: &CommentOptions<'_>) -> String {
    let commit = |commit: &str| safe::code_span(commit.get(..SHORT_COMMIT).unwrap_or(commit), false);
    let key = (!comment.key.is_empty()).then(|| format!("gate {}", safe::code_span(comment.key, false)));
    let judged = comment.commit.map(|sha| format!("commit {}", commit(sha)));
    let baseline = report.provenance.baseline.git.as_deref().map(|sha| format!("baseline {}", commit(sha)));
    let run = comment.run_url.map(|url| format!("[run]({url})"));
    [key, judged, baseline, run].into_iter().flatten().collect::<Vec<_>>().join(" · ")
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
    let mut blocks: Vec<Block> =
        all.iter().flat_map(|(section, gates)| section_blocks(*section, gates, options)).collect();
    if !options.quiet {
        blocks.push(Block::notes(&report.notes, options.budget));
        blocks.push(Block::explored(&report.explored, options.budget));
        if options.evidence {
            blocks.push(Block::evidence(&report.gates, options.budget));
        }
        blocks.push(Block::provenance(report));
    }
    blocks.retain(|block| !block.is_empty());
    let mark = match report.verdict {
        Overall::Pass => "✅",
        Overall::Warn => "⚠️",
        Overall::Fail | Overall::Error => "❌",
    };
    let commands = if options.quiet { String::new() } else { commands(report, &all) };
    Page {
        verdict: report.verdict,
        mark,
        headline: lead,
        counts,
        about: String::new(),
        untrusted: false,
        blocks,
        commands,
    }
}

/// What a section shows: a table where there are numbers, words where there are none.
fn section_blocks(section: Section, gates: &[&GateResult], options: &RenderOptions) -> Vec<Block> {
    let table = || Block::gates(gates, options.budget);
    let reasons = || Block::reasons(section, gates, options.budget);
    let groups = || Block::groups(gates, options.budget);
    let mut blocks = match section {
        Section::Failed => vec![table().titled("Failed"), reasons()],
        Section::Warnings => vec![table().titled("Warnings"), reasons()],
        Section::Errors => vec![reasons().titled("Could not be evaluated")],
        Section::Inconclusive => vec![reasons().titled("Inconclusive")],
        Section::Waived => vec![table().titled("Waived"), reasons()],
        Section::NoBaseline => vec![reasons().titled("Without a baseline")],
        Section::Noted => vec![reasons().folded("Noted, without effect")],
        Section::NotApplicable => vec![reasons().folded("Not applicable")],
        Section::Passed => vec![table().folded("Passed")],
    };
    if section.is_open() {
        blocks.push(groups());
    } else if options.evidence || matches!(section, Section::Waived | Section::Noted) {
        blocks.push(groups().folded("Groups"));
    }
    blocks
}

/// How to get the same report on another machine, and where to read on.
fn commands(report: &Report, sections: &[(Section, Vec<&GateResult>)]) -> String {
    let run = format!("mlgate run --config {}", safe::shell_word(&report.provenance.config.path));
    let open = sections.iter().filter(|(section, _)| section.is_open());
    let checks: std::collections::BTreeSet<&str> =
        open.flat_map(|(_, gates)| gates.iter().map(|gate| gate.check.as_str())).collect();
    let explain =
        checks.into_iter().take(FEW_CHECKS).map(|check| format!("mlgate explain {}", safe::shell_word(check)));
    safe::code_block("sh", &std::iter::once(run).chain(explain).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests;
