//! The pages of a report: comments and job summaries in decreasing sizes.

use crate::publish::marker;
use crate::report::document::Report;
use crate::report::{CommentOptions, RenderError, RenderOptions, comment};

/// The sizes of a job summary that are tried, in UTF-16 units; GitHub's limit is a mebibyte, and a unit can have three bytes.
pub(in crate::cli) const SUMMARY_SIZES: [usize; 4] = [300_000, 100_000, 30_000, 8_000];

/// The units that are left for the marks above a page.
const MARKS: usize = 1_000;

/// The rendered forms of a report: a comment and a job summary in decreasing sizes.
pub(in crate::cli) struct Pages {
    pub(in crate::cli) bodies: Vec<String>,
    pub(in crate::cli) summaries: Vec<String>,
}

/// Renders a report for a change, as comments of these sizes.
pub(in crate::cli) fn pages(
    report: &Report,
    comment_sizes: &[usize],
    frame: &CommentOptions<'_>,
) -> Result<Pages, RenderError> {
    let marks = marker::line(frame.key).len() + MARKS;
    let in_sizes = |sizes: &[usize], evidence: bool, taken: usize| {
        let mut pages = Vec::with_capacity(sizes.len());
        for size in sizes {
            let render = RenderOptions { budget: size.saturating_sub(taken), evidence, ..RenderOptions::default() };
            match comment(report, &CommentOptions { render, ..*frame }) {
                Ok(page) => pages.push(page),
                // The template's own text may exceed the smaller sizes.
                Err(RenderError::TooLong { .. }) if !pages.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(pages)
    };
    Ok(Pages { bodies: in_sizes(comment_sizes, false, marks)?, summaries: in_sizes(&SUMMARY_SIZES, true, 0)? })
}

/// Returns an error with its causes.
pub(in crate::cli) fn detail(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
