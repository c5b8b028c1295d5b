//! The report and its formats: one value, one file for each format, one exhaustive match.
//!
//! Rendering is pure: a [`document::Report`] goes in, a string comes out. This module reads no file and no clock, and does
//! not know where the string is posted. Every string of a report may be hostile, so it is written only through
//! [`safe`].

#[cfg(test)]
mod agreement;
mod ascii;
mod assemble;
mod code_quality;
mod cyclonedx;
mod difference;
pub mod document;
mod dotenv;
mod drill;
mod dvclive;
mod evaluated;
mod explored;
mod figures;
mod finding;
mod format;
mod found_slices;
mod group_tables;
mod guard;
mod html;
mod in_toto;
mod json;
mod junit;
mod ll144;
mod markdown;
mod measurements_csv;
mod message;
mod model_card;
mod model_monitor;
mod named_files;
pub mod no_verdict;
pub mod number;
mod open_metrics;
mod power;
pub mod safe;
#[cfg(test)]
pub(crate) mod sample;
mod sarif;
mod sections;
mod size;
mod summary_line;
mod suppression;
mod text;
mod xml;

pub use assemble::{Context, assemble, attributed_by, counts, overall, slice_searches};
pub use difference::{difference, moved};
pub use drill::{drill_html, drill_json, drill_markdown, drill_text};
pub use format::{Format, UnknownFormat};
pub use guard::{guard_finding, guard_markdown, guard_text};
pub use in_toto::{STATEMENT, TEST_RESULT};
pub use json::{SelfDigest, self_digest};
pub use markdown::CommentOptions;
pub use named_files::{is_elsewhere, named_files};
pub use power::{power_table, with_power};

use document::{Report, SliceSearchResult};
use finding::Findings;
use no_verdict::NoVerdict;

/// Renders searches for slices as text for a terminal.
pub fn slices_text(searches: &[SliceSearchResult]) -> String {
    text::slice_searches(searches)
}

/// A path from the top of the repository, of the path as a report names it; `None` if the file is elsewhere.
pub type InRepository<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Options of rendering; none of them changes the text of a gate that blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Colours, in text.
    pub color: bool,
    /// True: only ASCII is written, in a format that has escapes for other characters.
    pub ascii: bool,
    /// True: everything behind each verdict is shown: intervals, methods, rows, definitions, groups.
    pub evidence: bool,
    /// True: only the verdict and the gates that block are shown.
    pub quiet: bool,
    /// The width of the terminal in columns, in text.
    pub width: usize,
    /// Maximum UTF-16 units of Markdown; whatever does not fit is dropped in whole rows, the least important first.
    pub budget: usize,
}

impl Default for RenderOptions {
    /// Returns options that fit a terminal of 80 columns and a comment on GitHub, whose limit is 65,536.
    fn default() -> Self {
        Self { color: false, ascii: false, evidence: false, quiet: false, width: 80, budget: 60_000 }
    }
}

/// The reason a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A number is infinite or NaN, which JSON cannot represent; `null` has another meaning.
    #[error("the {number} of gate `{gate}` is not a finite number")]
    NotFinite {
        /// The gate, or the measure.
        gate: String,
        /// The name of the number.
        number: &'static str,
    },
    /// The report could not be serialised as JSON.
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
    /// A row of the table could not be written.
    #[error("cannot write the report as CSV")]
    Csv(#[from] csv::Error),
    /// Writing into the text failed.
    #[error("cannot write the report")]
    Write(#[from] std::fmt::Error),
    /// The template's own text exceeds the budget, even without any row of the report.
    #[error("the page takes {size} characters, and {budget} are allowed")]
    TooLong {
        /// The size, in UTF-16 units.
        size: usize,
        /// The budget, in UTF-16 units.
        budget: usize,
    },
    /// The Markdown template is invalid.
    #[error("cannot fill in the Markdown template")]
    Template(#[from] minijinja::Error),
}

/// Renders `report` as Markdown for a pull request.
pub fn comment(report: &Report, options: &CommentOptions<'_>) -> Result<String, RenderError> {
    markdown::comment(report, options)
}

/// Returns mlgate's own lines above a user's template: the verdict and the headline.
pub fn lead(report: &Report, untrusted: bool, budget: usize) -> String {
    markdown::lead(report, untrusted, budget)
}

/// Returns the verdict over all gates in one line of plain text: `3 of 12 gates failed · 9 passed`.
pub fn title(report: &Report) -> String {
    markdown::title(report)
}

/// Renders `report` in `format`, with the paths of files as the report names them.
pub fn render(report: &Report, format: Format, options: &RenderOptions) -> Result<String, RenderError> {
    let is_relative = |path: &str| !path.contains(':') && !path.starts_with(['/', '\\']) && !path.contains("..");
    render_in(report, format, options, &|path| is_relative(path).then(|| path.to_owned()))
}

/// Like [`render`], with the paths of files from the top of the repository, by which a CI knows them.
pub fn render_in(
    report: &Report,
    format: Format,
    options: &RenderOptions,
    inside: InRepository<'_>,
) -> Result<String, RenderError> {
    let findings = || Findings::of(report, inside);
    let text = match format {
        Format::Text if options.ascii => text::render(&ascii::report(report)?, options),
        Format::Text => text::render(report, options),
        Format::Markdown => markdown::render(report, options)?,
        Format::Json => json::render(report)?,
        Format::Html => html::render(report),
        Format::JUnit => junit::render(&findings())?,
        Format::Sarif => sarif::render(&findings())?,
        Format::CodeQuality => code_quality::render(&findings())?,
        Format::OpenMetrics => open_metrics::render(report)?,
        Format::Dotenv => dotenv::render(report),
        Format::Csv => measurements_csv::render(report)?,
        Format::DvcLive => dvclive::render(report)?,
        Format::InToto => in_toto::render(report, &findings())?,
        Format::CycloneDx => cyclonedx::render(report)?,
        Format::ModelCard => model_card::render(report)?,
        Format::Ll144 => ll144::render(report)?,
        Format::SageMakerViolations => model_monitor::violations(&findings())?,
        Format::SageMakerStatistics => model_monitor::statistics(report)?,
        Format::SageMakerMessage => model_monitor::message(&findings()),
    };
    let text = if options.ascii { ascii::encoded(text, format) } else { text };
    Ok(if format == Format::Json { json::with_digest(text) } else { text })
}

/// Returns an in-toto statement about a report, in one line; `more` are subjects besides the files that the report names,
/// each with the hexadecimal digits of its SHA-256.
///
/// # Errors
///
/// The statement cannot be written as JSON.
pub fn in_toto_statement(report: &Report, more: Vec<(String, String)>) -> Result<String, RenderError> {
    let findings = Findings::of(report, &|path| Some(path.to_owned()));
    Ok(safe::json(&serde_json::to_string(&in_toto::statement(report, &findings, more))?))
}

/// Renders the end of a run without a report in `format`; `None` of a format whose file is then absent, which its readers
/// take for an end without a verdict.
pub fn render_ended(
    ended: &NoVerdict,
    config: &str,
    format: Format,
    options: &RenderOptions,
    inside: InRepository<'_>,
) -> Result<Option<String>, RenderError> {
    let findings = || Findings::of_ended(ended, config, inside);
    let text = match format {
        Format::Text
        | Format::Markdown
        | Format::Json
        | Format::OpenMetrics
        | Format::Csv
        | Format::DvcLive
        | Format::InToto
        | Format::CycloneDx
        | Format::ModelCard
        | Format::Ll144
        | Format::SageMakerStatistics => return Ok(None),
        Format::Html => html::render_ended(ended, config),
        Format::JUnit => junit::render(&findings())?,
        Format::Sarif => sarif::render(&findings())?,
        Format::CodeQuality => code_quality::render(&findings())?,
        Format::Dotenv => dotenv::without_report(ended.exit_code),
        Format::SageMakerViolations => model_monitor::violations(&findings())?,
        Format::SageMakerMessage => model_monitor::message(&findings()),
    };
    Ok(Some(if options.ascii { ascii::encoded(text, format) } else { text }))
}

/// Returns the verdict in one line of JSON, with its end; the exit code is that of the process.
pub fn summary_line(report: &Report, exit_code: u8) -> String {
    summary_line::line(report, exit_code)
}

/// Returns the end of a run without a report in one line of JSON, with its end.
pub fn summary_line_of_ended(ended: &NoVerdict) -> String {
    summary_line::of_ended(ended)
}

/// Returns a text of mlgate's own in ASCII.
pub fn in_ascii(text: &str) -> String {
    ascii::ascii(text)
}
