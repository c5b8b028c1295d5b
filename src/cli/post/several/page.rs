//! The page of several reports.

use std::fmt::Write as _;

use super::entry::{ReportEntry, short};
use crate::publish::forge::Place;
use crate::publish::part::{Standing, rolled_up};
use crate::report::document::Report;
use crate::report::{CommentOptions, RenderOptions, comment, safe};

/// The UTF-16 units of a page below which it is left out.
const LEAST_PAGE: usize = 1_000;

/// Renders all reports as one page of at most `size` UTF-16 units.
pub(super) fn page(entries: &[ReportEntry], place: Option<&Place>, is_claim: bool, size: usize) -> String {
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
