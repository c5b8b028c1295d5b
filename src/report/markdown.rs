//! The report for a pull request or a job summary.
//!
//! The template holds the structure; everything it is given is finished Markdown, made inert by [`safe`]. No images, no
//! links, and nothing of the report in a heading, a `<summary>` or at the start of a line.

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

/// What the template sees.
#[derive(Debug, Serialize)]
struct Page {
    mark: &'static str,
    headline: String,
    counts: String,
    blocks: Vec<Block>,
    commands: String,
}

/// The report as Markdown.
pub(super) fn render(report: &Report, options: &RenderOptions) -> Result<String, RenderError> {
    let mut environment = minijinja::Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let template = environment.template_from_str(TEMPLATE)?;

    let mut page = page(report, options);
    // First the page without a single row, then as many rows as are left room for.
    let rows: Vec<_> = page.blocks.iter_mut().map(Block::take_rows).collect();
    let frame = template.render(Serde(&page))?;
    block::fill(&mut page.blocks, rows, options.budget.saturating_sub(block::size(&frame)));
    Ok(template.render(Serde(&page))?)
}

fn page(report: &Report, options: &RenderOptions) -> Page {
    let mut all = sections::sections(report);
    let mut headline = sections::headline(&all).into_iter();
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
    Page { mark, headline: lead, counts, blocks, commands }
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
        Section::Noted => vec![reasons().folded("Noted, without effect")],
        Section::NotApplicable => vec![reasons().folded("Not applicable")],
        Section::Passed => vec![table().folded("Passed")],
    };
    if section.is_open() {
        blocks.push(groups());
    } else if options.evidence || section == Section::Noted {
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
