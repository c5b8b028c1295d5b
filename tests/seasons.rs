//! Seasons of forecasts: gaps, repeated times, and calendars whose steps differ in length.

use std::fmt::Write as _;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::class_values::{report, value, verdict};
use crate::support::Workplace;

fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, 2).unwrap()
}

/// Returns a row of a weekly pattern with a slow trend: labels are 0.35 higher a week later, and errors are 1 and 0.4
/// in turn.
fn row(index: usize, time: &str, series: &str) -> String {
    let label = 6.0 * (1 + index % 7) as f64 + 0.05 * index as f64;
    let off = if index.is_multiple_of(2) { 1.0 } else { 0.4 };
    format!("{series},{time},{label:.2},{:.2}", label + off)
}

fn file(rows: impl Iterator<Item = String>) -> String {
    rows.fold("shop,day,y,p\n".to_owned(), |mut text, row| {
        writeln!(text, "{row}").unwrap();
        text
    })
}

fn model(file: &str, season: usize) -> String {
    format!(
        "task: regression, predictions: {file}, label: y, prediction: p, series: shop, time: day, metrics: {{mase@{season}: {{max: 1.7}}, mae: {{max: 1}}}}"
    )
}

#[track_caller]
fn is(place: &Workplace, file: &str, season: usize, wanted: f64) {
    let report = report(place, &model(file, season));
    let found = value(&report, &format!("models.m.metrics.mase@{season}.max"), "candidate");
    assert!((found - wanted).abs() < 1e-3, "{file}: {found} is not {wanted}");
    assert_eq!(report["counts"]["error"], 0, "{report:#}");
}

fn day(index: usize) -> String {
    start().checked_add_days(Days::new(index as u64)).unwrap().to_string()
}

#[test]
fn a_missing_day_does_not_move_the_weeks() {
    let place = Workplace::new();
    let without = |gap: usize, time: fn(usize) -> String| {
        file((0..98).filter(|index| *index != gap).map(|index| row(index, &time(index), "a")))
    };
    place.write("full.csv", &without(1000, day)).write("gap.csv", &without(30, day));
    is(&place, "full.csv", 7, 2.0);
    // 97 rows whose errors sum to 98 · 0.7 − 1.
    is(&place, "gap.csv", 7, 1.9912);
    // Integers, timestamps, numbers that look like days; and JSON lines.
    place.write("numbers.csv", &without(30, |index| (100 + index).to_string()));
    place.write("stamps.csv", &without(30, |index| format!("{}T06:00:00", day(index))));
    place.write("written.csv", &without(30, |index| day(index).replace('-', "")));
    for file in ["numbers.csv", "stamps.csv", "written.csv"] {
        is(&place, file, 7, 1.9912);
    }
    // One of two series has the gap.
    let both = (0..98)
        .map(|index| row(index, &day(index), "b"))
        .chain((0..98).filter(|index| *index != 30).map(|index| row(index, &day(index), "a")));
    place.write("both.csv", &file(both));
    is(&place, "both.csv", 7, 1.9956);
}

/// Never passes: a time that a series has twice (exit code 4).
#[test]
fn a_time_stands_once_in_a_series() {
    let place = Workplace::new();
    let rows = || (0..98).map(|index| row(index, &day(index), "a"));
    place.write("twice.csv", &file(rows().chain(["a,2026-02-11,700,700".to_owned()])));
    let found = report(&place, &model("twice.csv", 7));
    assert_eq!(found["counts"]["error"], 1, "{found:#}");
    let (verdict_of, message) = verdict(&place, &model("twice.csv", 7));
    assert_eq!(verdict_of, "error");
    assert!(message.contains("twice.csv: the series `a` has several rows at 2026-02-11"), "{message}");
    // Another series may contain the same time.
    place.write("other.csv", &file(rows().chain((0..98).map(|index| row(index, &day(index), "b")))));
    is(&place, "other.csv", 7, 2.0);
    // Errors that are scaled by a column of naive errors need no time.
    let scaled = file(rows()).replace("shop,day,y,p", "naive,day,y,p").replace("a,", "0.35,");
    place.write("naive.csv", &scaled);
    is_scaled(&place);
}

#[track_caller]
fn is_scaled(place: &Workplace) {
    let model = "task: regression, predictions: naive.csv, label: y, prediction: p, naive_error: naive, metrics: {mase: {max: 1.7}}";
    let report = report(place, model);
    assert!((value(&report, "models.m.metrics.mase.max", "candidate") - 2.0).abs() < 1e-9);
}

#[test]
fn months_quarters_and_working_days_have_no_gaps() {
    let place = Workplace::new();
    let month = |index: usize, step: u32| {
        start().with_day(1).unwrap().checked_add_months(Months::new(index as u32 * step)).unwrap().to_string()
    };
    place.write("months.csv", &file((0..84).map(|index| row(index, &month(index, 1), "a"))));
    place.write("quarters.csv", &file((0..84).map(|index| row(index, &month(index, 3), "a"))));
    place.write("written.csv", &file((0..84).map(|index| row(index, &month(index, 1)[..7].replace('-', ""), "a"))));
    let working: Vec<NaiveDate> =
        start().iter_days().filter(|day| day.weekday().num_days_from_monday() < 5).take(84).collect();
    place.write("working.csv", &file((0..84).map(|index| row(index, &working[index].to_string(), "a"))));
    for file in ["months.csv", "quarters.csv", "written.csv", "working.csv"] {
        is(&place, file, 7, 2.0);
    }
}

#[test]
fn times_that_keep_no_step_are_an_error() {
    let place = Workplace::new();
    place.write(
        "odd.csv",
        &file((0..40).map(|index| row(index, &format!("{}", index as f64 + if index > 20 { 0.5 } else { 0.0 }), "a"))),
    );
    let (verdict, message) = verdict(&place, &model("odd.csv", 7));
    assert_eq!(verdict, "error");
    assert!(
        message.contains("the series `a` has no regular step in `day`: 21.5 is not a whole number of steps"),
        "{message}"
    );
}
