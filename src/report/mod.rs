//! The report and its formats: one value, one file for each format, one exhaustive match.
//!
//! Rendering is pure: a [`model::Report`] goes in, a string comes out. This module reads no file and no clock, and does
//! not know where the string is posted. Every string of a report may be hostile, so it is written only through
//! [`safe`].

mod assemble;
mod difference;
mod explored;
mod figures;
mod found_slices;
mod group_tables;
mod guard;
mod json;
mod markdown;
mod message;
pub mod model;
pub mod no_verdict;
pub mod number;
mod power;
pub mod safe;
#[cfg(test)]
pub(crate) mod sample;
mod sections;
mod size;
mod text;

use std::str::FromStr;

pub use assemble::{Context, assemble, counts, overall, slice_searches};
pub use difference::{difference, moved};
pub use guard::{guard_finding, guard_markdown, guard_text};
pub use markdown::CommentOptions;
pub use power::{power_table, with_power};

use model::{Report, SliceSearchResult};

/// Renders searches for slices as text for a terminal.
pub fn slices_text(searches: &[SliceSearchResult]) -> String {
    text::slice_searches(searches)
}

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Text for a terminal and for the log of a job.
    Text,
    /// Markdown for a pull request or a job summary.
    Markdown,
    /// JSON for other programs; `docs/report.schema.json` is its contract.
    Json,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "text" => Ok(Self::Text),
            "markdown" => Ok(Self::Markdown),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat(safe::terminal(name))),
        }
    }
}

/// The error of an unknown format: its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`: use text, markdown or json")]
pub struct UnknownFormat(String);

/// Options of rendering; none of them changes the text of a gate that blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Colours, in text.
    pub color: bool,
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
        Self { color: false, evidence: false, quiet: false, width: 80, budget: 60_000 }
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

/// Renders `report` in `format`.
pub fn render(report: &Report, format: Format, options: &RenderOptions) -> Result<String, RenderError> {
    match format {
        Format::Text => Ok(text::render(report, options)),
        Format::Markdown => markdown::render(report, options),
        Format::Json => json::render(report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_names_and_no_others() {
        assert_eq!("text".parse(), Ok(Format::Text));
        assert_eq!("markdown".parse(), Ok(Format::Markdown));
        assert_eq!("json".parse(), Ok(Format::Json));
        let problem = "Text\u{1b}[2J".parse::<Format>().expect_err("names are lower case");
        assert_eq!(problem.to_string(), "unknown format `Text\u{fffd}[2J`: use text, markdown or json");
    }
}
