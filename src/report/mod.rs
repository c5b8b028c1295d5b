//! The report and its forms: one value, one file for each format, one exhaustive match.
//!
//! Rendering is pure: a [`model::Report`] goes in, a string comes out. Nothing here reads a file, asks the clock or knows
//! where the string will be posted. Every string of a report may come from somebody who wishes harm, so it leaves only
//! through [`safe`].

mod build;
mod difference;
mod explored;
mod figures;
mod group_tables;
mod json;
mod markdown;
mod message;
pub mod model;
pub mod number;
mod power;
pub mod safe;
#[cfg(test)]
pub(crate) mod sample;
mod sections;
mod text;

use std::str::FromStr;

pub use build::{Context, build, counts, overall};
pub use difference::difference;
pub use markdown::CommentOptions;
pub use power::{power_table, with_power};

use model::Report;

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// For a terminal and for the log of a job.
    Text,
    /// For a pull request or a job summary.
    Markdown,
    /// For other programs; `docs/report.schema.json` is its contract.
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

/// The name of a format that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`: use text, markdown or json")]
pub struct UnknownFormat(String);

/// How a report is shown; none of it changes what is said about a gate that blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Colours, in text.
    pub color: bool,
    /// Everything behind each verdict: intervals, methods, rows, definitions, groups.
    pub evidence: bool,
    /// Only the verdict and what blocks the merge.
    pub quiet: bool,
    /// The columns of the terminal, in text.
    pub width: usize,
    /// The most UTF-16 units that Markdown may take; what does not fit is dropped in whole rows, the harmless first.
    pub budget: usize,
}

impl Default for RenderOptions {
    /// Fits a terminal of 80 columns and a comment on GitHub, whose limit is 65,536.
    fn default() -> Self {
        Self { color: false, evidence: false, quiet: false, width: 80, budget: 60_000 }
    }
}

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// JSON has no infinity and no NaN, and `null` would say something else.
    #[error("the {number} of gate `{gate}` is not a finite number")]
    NotFinite {
        /// The gate, or the measure.
        gate: String,
        /// Which of its numbers.
        number: &'static str,
    },
    /// The report has no JSON form.
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
    /// The text could not be put together.
    #[error("cannot write the report")]
    Write(#[from] std::fmt::Error),
    /// The template writes more than there is room for, whatever is left out of the report.
    #[error("the page takes {size} characters, and {budget} are allowed")]
    TooLong {
        /// What it takes, in UTF-16 units.
        size: usize,
        /// What is allowed.
        budget: usize,
    },
    /// The template of the Markdown form is broken.
    #[error("cannot fill in the Markdown template")]
    Template(#[from] minijinja::Error),
}

/// Writes `report` as Markdown for a pull request.
pub fn comment(report: &Report, options: &CommentOptions<'_>) -> Result<String, RenderError> {
    markdown::comment(report, options)
}

/// The lines of mlgate's own that stand above a user's template: the verdict and the headline.
pub fn lead(report: &Report, untrusted: bool) -> String {
    markdown::lead(report, untrusted)
}

/// The verdict over all gates in one line of plain text: `3 of 12 gates failed · 9 passed`.
pub fn title(report: &Report) -> String {
    markdown::title(report)
}

/// Writes `report` in `format`.
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
