//! The charts of a report, each with its numbers in a table.

use super::super::number::{self, Style};
use super::chart;
use super::groups::legend;
use super::markup::{Markup, numbers, words};
use super::section;
use crate::plural::counted;
use crate::report::document::{
    ColumnBinResult, ColumnBinsResult, MeasurementResult, PlotsResult, ScoreBinResult, ScoresResult, Unit,
};

/// The number of columns whose charts are open.
const FEW_COLUMNS: usize = 8;
/// Maximum number of columns with a chart; the JSON format has them all.
const MOST_COLUMNS: usize = 200;

/// Writes the scores of each model and the bins of compared columns.
pub(super) fn plots(page: &mut Markup, plots: &PlotsResult, measurements: &[MeasurementResult]) {
    if plots.scores.is_empty() && plots.columns.is_empty() {
        return;
    }
    section(page, "charts", "Charts", |page| {
        if plots.scores.iter().any(|scores| scores.independent && !scores.candidate.is_empty()) {
            let level = number::confidence(plots.confidence);
            page.told(
                "p",
                "about",
                &format!(
                    "Bands and bars are {level} intervals of one threshold or group at a time. Bins hold enough rows not to \
                     tell of a few; curves are exact at their ends."
                ),
            );
        }
        for scores in &plots.scores {
            of_scores(page, scores, plots.confidence, measurements);
        }
        of_columns(page, &plots.columns);
    });
}

fn of_scores(page: &mut Markup, scores: &ScoresResult, confidence: f64, measurements: &[MeasurementResult]) {
    page.tag("h3", &[], |heading| {
        heading.text("Scores of ");
        heading.name(&scores.model);
        if let Some(class) = &scores.class {
            heading.text(", class ");
            heading.name(class);
        }
    });
    if let Some(why) = &scores.undefined {
        page.tag("p", &[], |line| line.prose(why));
    }
    if scores.candidate.is_empty() {
        return;
    }
    if !scores.independent {
        let why = "Rows have weights or belong to clusters, so the charts have no intervals.";
        page.told("p", "about", why);
    }
    if scores.baseline.is_none() {
        page.told("p", "about", "The baseline's scores are not known; a stored baseline without rows has none.");
    }
    legend(page, scores.baseline.is_some());
    let reported = |metric: &str| match scores.class {
        None => both_sides(measurements, &scores.model, metric),
        Some(_) => String::new(),
    };
    chart::scores(page, scores, confidence, &reported);
    let sides = [("Candidate", Some(&scores.candidate)), ("Baseline", scores.baseline.as_ref())];
    let labels = [("Labels", scores.labels.as_ref())];
    page.fold("Numbers of these charts", |fold| {
        for (side, bins) in sides.into_iter().chain(labels) {
            if let Some(bins) = bins.filter(|bins| !bins.is_empty()) {
                bins_of(fold, &format!("{side}: rows by score"), bins);
            }
        }
    });
}

/// Returns the baseline's and the candidate's number of a metric over all rows: `roc_auc 0.8177 → 0.7951`.
fn both_sides(measurements: &[MeasurementResult], model: &str, metric: &str) -> String {
    let of = |side: &str| {
        let is_metric = |found: &&MeasurementResult| {
            let [known_model, known_metric] = ["model", "metric"].map(|role| found.subject.get(role));
            let is_all = found.subject.len() == 2;
            is_all && known_model.is_some_and(|name| name == model) && known_metric.is_some_and(|name| name == metric)
        };
        measurements.iter().filter(is_metric).find(|found| found.side == side).and_then(|found| found.value)
    };
    let sides = [of("baseline"), of("candidate")];
    let style = Style::of(Unit::Metric).telling_apart(&sides[0].zip(sides[1]).into_iter().collect::<Vec<_>>());
    match sides.map(|side| side.map(|value| style.value(value))) {
        [Some(before), Some(after)] => format!("{metric} {before} → {after}"),
        [None, Some(value)] => format!("{metric} {value}"),
        _ => String::new(),
    }
}

fn bins_of(page: &mut Markup, caption: &str, bins: &[ScoreBinResult]) {
    let has_classes = bins.iter().any(|bin| bin.positives.is_some());
    let classes = has_classes.then(|| numbers("Positives"));
    let columns: Vec<_> =
        [numbers("From"), numbers("To"), numbers("Mean"), numbers("Rows")].into_iter().chain(classes).collect();
    let ends: Vec<(f64, f64)> = bins.iter().map(|bin| (bin.from, bin.to)).collect();
    let style = Style::of(Unit::Number).telling_apart(&ends);
    page.table(caption, &columns, |rows| {
        for bin in bins {
            rows.tag("tr", &[], |row| {
                for number in [bin.from, bin.to, bin.mean] {
                    row.number(&style.value(number));
                }
                row.number(&number::rows(bin.rows));
                if has_classes {
                    row.number(&bin.positives.map(number::rows).unwrap_or_default());
                }
            });
        }
    });
}

/// Writes the bins of columns, the most different first; many are in a fold.
fn of_columns(page: &mut Markup, all: &[ColumnBinsResult]) {
    if all.is_empty() {
        return;
    }
    let mut sorted: Vec<&ColumnBinsResult> = all.iter().collect();
    sorted.sort_by(|one, other| distance(other).total_cmp(&distance(one)));
    sorted.truncate(MOST_COLUMNS);
    let (first, rest) = sorted.split_at(sorted.len().min(FEW_COLUMNS));
    let grid = |page: &mut Markup, columns: &[&ColumnBinsResult]| {
        page.tag("div", &[("class", "charts")], |charts| columns.iter().for_each(|it| chart::columns(charts, it)));
    };
    page.told("h3", "", "Columns, the most different first");
    legend(page, true);
    grid(page, first);
    if !rest.is_empty() {
        page.fold(&counted(rest.len() as u64, "more column"), |fold| grid(fold, rest));
    }
    page.fold("Numbers of these charts", |fold| sorted.iter().for_each(|column| rows_by_bin(fold, column)));
    if all.len() > MOST_COLUMNS {
        let more = counted((all.len() - MOST_COLUMNS) as u64, "more column");
        page.told("p", "more", &format!("{more} in the JSON report"));
    }
}

fn rows_by_bin(page: &mut Markup, column: &ColumnBinsResult) {
    let [baseline, candidate] = column.totals();
    let caption = format!("{}.{}: rows by bin", column.dataset, column.column);
    page.table(&caption, &[words("Bin"), numbers("Baseline"), numbers("Candidate")], |rows| {
        for bin in &column.bins {
            rows.tag("tr", &[], |row| {
                row.row_name(&bin.name);
                row.number(&of_all(bin.baseline, baseline));
                row.number(&of_all(bin.candidate, candidate));
            });
        }
    });
}

/// Returns the proportion of rows that would have to move between bins to make both sides alike.
fn distance(column: &ColumnBinsResult) -> f64 {
    let [baseline, candidate] = column.totals();
    let difference = |bin: &ColumnBinResult| share(bin.baseline, baseline) - share(bin.candidate, candidate);
    column.bins.iter().map(|bin| difference(bin).abs()).sum::<f64>() / 2.0
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn share(rows: u64, all: u64) -> f64 {
    rows as f64 / all.max(1) as f64
}

/// Returns a number of rows and its proportion: `1,204 (12.0%)`.
fn of_all(rows: u64, all: u64) -> String {
    format!("{} ({})", number::rows(rows), Style::of(Unit::Share).value(share(rows, all)))
}
