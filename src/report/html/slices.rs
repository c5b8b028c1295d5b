//! Slices: those in which a model got worse, and those that have no limit.

use super::super::explored::{ExploredFigures, without_number};
use super::super::found_slices::{attribution, nothing, rest, title};
use super::super::number::{self, Style};
use super::markup::{Markup, numbers, words};
use super::section;
use crate::plural::counted;
use crate::report::document::{EstimateResult, ExploredMetricResult, FoundSliceResult, SliceSearchResult, Unit};

/// Maximum number of slices of a metric; the JSON format lists them all.
const MOST_SLICES: usize = 200;

/// Writes the slices that a search found, the most damaged first.
pub(super) fn found(page: &mut Markup, searches: &[SliceSearchResult]) {
    if searches.is_empty() {
        return;
    }
    let name = if searches.iter().any(|search| search.compares) { "Where it got worse" } else { "Where it is worst" };
    section(page, "found", name, |page| {
        for search in searches {
            page.tag("h3", &[], |heading| heading.name(&title(search)));
            if let Some(words) = nothing(search) {
                page.tag("p", &[], |line| line.prose(&words));
            }
            if !search.slices.is_empty() {
                table(page, search);
            }
            if let Some(words) = rest(search) {
                page.tag("p", &[], |line| line.prose(&super::capitalised(&words)));
            }
            for words in attribution(search) {
                page.tag("p", &[], |line| line.prose(&words));
            }
        }
    });
}

fn table(page: &mut Markup, search: &SliceSearchResult) {
    let columns = [
        words("Slice"),
        numbers("Rows"),
        numbers("Of all"),
        numbers("Baseline"),
        numbers("Candidate"),
        numbers("Change"),
        numbers("Adjusted p"),
        words("Watch it"),
    ];
    let style = Style::of(Unit::Metric);
    let value = |estimate: &EstimateResult| estimate.value.map_or_else(String::new, |value| style.value(value));
    let mut slices: Vec<&FoundSliceResult> = search.slices.iter().collect();
    slices.sort_by(|one, other| damage(other).total_cmp(&damage(one)));
    page.table("Slices, the most damaged first", &columns, |rows| {
        for slice in slices {
            rows.tag("tr", &[], |row| {
                row.row_name(&slice.slice);
                row.number(&number::rows(slice.rows));
                row.number(&Style::of(Unit::Share).value(slice.rows as f64 / search.rows.max(1) as f64));
                row.number(&slice.baseline.as_ref().map(value).unwrap_or_default());
                row.number(&value(&slice.candidate));
                let change = slice.change.as_ref().map(|change| {
                    let interval = change.interval.map(|interval| format!(" {}", style.change_interval(interval)));
                    format!("{}{}", style.change(change.value), interval.unwrap_or_default())
                });
                row.number(&change.unwrap_or_default());
                row.number(&p_value(slice.p_adjusted));
                row.tag("td", &[], |cell| cell.name(&slice.watch));
            });
        }
    });
}

/// Returns the size of a slice's change over all of its rows. A search looks for losses alone, so its sign does not matter.
#[expect(clippy::cast_precision_loss, reason = "only an order")]
fn damage(slice: &FoundSliceResult) -> f64 {
    slice.change.as_ref().map_or(0.0, |change| change.value.abs()) * slice.rows as f64
}

fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// Writes metrics in slices that have no limit, the worst first.
pub(super) fn explored(page: &mut Markup, tables: &[ExploredMetricResult]) {
    if tables.is_empty() {
        return;
    }
    page.tag("details", &[("class", "section"), ("id", "slices")], |details| {
        details.tag("summary", &[], |summary| summary.tag("h2", &[], |heading| heading.text("Slices without a limit")));
        for table in tables {
            of_metric(details, table);
        }
    });
}

fn of_metric(page: &mut Markup, table: &ExploredMetricResult) {
    page.tag("h3", &[], |heading| {
        heading.name(&table.model);
        heading.text(" by ");
        heading.name(&table.metric);
    });
    for why in &table.lost {
        page.tag("p", &[], |line| {
            line.text("Not looked at: ");
            line.prose(why);
        });
    }
    if !table.slices.is_empty() {
        let head = ExploredFigures::head(table);
        let columns = [
            words("Slice"),
            numbers("n"),
            numbers(&head.levels),
            numbers(&head.interval),
            numbers(&head.chance),
            words("Note"),
        ];
        page.table("Slices, the worst first", &columns, |rows| {
            for slice in table.slices.iter().take(MOST_SLICES) {
                let figures = ExploredFigures::of(slice);
                rows.tag("tr", &[], |row| {
                    row.row_name(&figures.slice);
                    for number in [&figures.n, &figures.levels, &figures.interval, &figures.chance] {
                        row.number(number);
                    }
                    row.cell(&figures.note);
                });
            }
        });
    }
    let more = table.slices.len().saturating_sub(MOST_SLICES);
    if more > 0 {
        page.told("p", "more", &format!("{} in the JSON report", counted(more as u64, "more slice")));
    }
    for words in without_number(table, MOST_SLICES) {
        page.tag("p", &[], |line| line.prose(&super::capitalised(&words)));
    }
}
