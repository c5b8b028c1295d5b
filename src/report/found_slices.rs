//! The words about slices in which a model got worse, shared by the text and the Markdown format.

use std::fmt::Write as _;

use super::document::{AttributedPartResult, ChangeResult, EstimateResult, FoundSliceResult, SliceSearchResult, Unit};
use super::number::{Style, rows};
use crate::plural::counted;

/// The most parts of a change that a sentence names.
const MOST_PARTS: usize = 8;

/// Returns the model and the metric of a search.
pub(super) fn title(search: &SliceSearchResult) -> String {
    match &search.metric {
        Some(metric) => format!("{} by {metric}", search.model),
        None => search.model.clone(),
    }
}

/// Returns the size and the damage of a slice: `(812 rows, 5.0% of all): log_loss +0.1100 [0.0700, 0.1500], p < 0.0001`.
pub(super) fn facts(search: &SliceSearchResult, slice: &FoundSliceResult) -> String {
    let share = Style::of(Unit::Share).value(quotient(slice.rows, search.rows));
    let number = number(search, &slice.candidate, slice.change.as_ref());
    let p = if slice.p_adjusted < 0.0001 { "< 0.0001".to_owned() } else { format!("{:.4}", slice.p_adjusted) };
    format!("({}, {share} of all): {number}, adjusted p {p}", counted(slice.rows, "row"))
}

/// Returns the sentence on the rows in none of the slices.
pub(super) fn rest(search: &SliceSearchResult) -> Option<String> {
    let rest = search.rest.as_ref().filter(|rest| rest.rows > 0 && !search.slices.is_empty())?;
    let without = if search.slices.len() == 1 { "without it" } else { "without them" };
    Some(format!(
        "{without} ({}): {}",
        counted(rest.rows, "row"),
        number(search, &rest.candidate, rest.change.as_ref())
    ))
}

/// Returns the sentences on what a change comes from, where there is more to say than the change itself.
pub(super) fn attribution(search: &SliceSearchResult) -> Vec<String> {
    let Some(split) = &search.attribution else { return Vec::new() };
    if search.slices.is_empty() && split.new_rows == 0 && split.columns.is_empty() {
        return Vec::new();
    }
    let style = Style::of(Unit::Metric);
    let metric = search.metric.as_deref().unwrap_or_default();
    let mut said = format!(
        "{metric} {} → {}: {} because the model is another",
        style.value(split.before),
        style.value(split.after),
        style.change(split.of_model)
    );
    if split.new_rows > 0 {
        let rows = counted(split.new_rows, "new row");
        let _ = write!(said, ", {} because the rows are others ({rows})", style.change(split.of_rows));
    }
    let parts = |parts: &[AttributedPartResult]| {
        let mut sorted: Vec<&AttributedPartResult> = parts.iter().collect();
        sorted.sort_by(|ours, theirs| theirs.contribution.abs().total_cmp(&ours.contribution.abs()));
        let shown = sorted.iter().take(MOST_PARTS);
        let shown: Vec<String> =
            shown.map(|part| format!("`{}` {}", part.part, style.change(part.contribution))).collect();
        let more = sorted.len().saturating_sub(MOST_PARTS);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{}{more}", shown.join("; "))
    };
    let mut lines = vec![said];
    if !search.slices.is_empty() {
        lines.push(format!("of that by slice: {}", parts(&split.slices)));
    }
    lines.extend(split.columns.iter().map(|of| format!("of that by `{}`: {}", of.column, parts(&of.values))));
    lines
}

/// Returns the sentence on a search that found nothing, or could not start.
pub(super) fn nothing(search: &SliceSearchResult) -> Option<String> {
    if let Some(why) = &search.undefined {
        return Some(format!("not searched: {why}"));
    }
    let worse = if search.compares { "got worse" } else { "is worse than the rest" };
    let looked = format!("{} looked at", rows(search.searched));
    search.slices.is_empty().then(|| format!("no slice {worse} by more than chance explains; {looked}"))
}

fn number(search: &SliceSearchResult, candidate: &EstimateResult, change: Option<&ChangeResult>) -> String {
    let style = Style::of(Unit::Metric);
    let metric = search.metric.as_deref().unwrap_or_default();
    match change {
        Some(change) => {
            let interval = change.interval.map(|interval| format!(" {}", style.change_interval(interval)));
            format!("{metric} {}{}", style.change(change.value), interval.unwrap_or_default())
        }
        None => {
            let interval = candidate.interval.map(|interval| format!(" {}", style.interval(interval)));
            format!("{metric} {}{}", style.estimate(candidate), interval.unwrap_or_default())
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of rows")]
fn quotient(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}
