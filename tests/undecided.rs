//! What to do about a gate that is inconclusive: more of what was sampled, or more room.

use serde_json::Value;

use crate::support::{Workplace, gate};

/// The report on a case of the suite that takes few rows.
fn few(case: &str) -> Value {
    let place = Workplace::new();
    let folder = format!("fail_closed/cases/{case}");
    place.fixture(&format!("{folder}/mlgate.yml")).fixture(&format!("{folder}/bad/new.csv"));
    place.report()
}

#[test]
fn it_is_asked_for_more_of_what_was_sampled() {
    for (case, units) in [("few-rows", "rows"), ("few-queries", "queries"), ("few-clusters", "clusters")] {
        let report = few(case);
        let found = &report["gates"][0];
        assert_eq!(found["verdict"], "inconclusive", "{found:#}");
        assert_eq!(found["help"], format!("judge more {units}, or loosen the limit"), "{case}");
    }
}

/// Both sides' answers of some rows, of which so many got worse and so many better.
fn report(rows: usize, worse: usize, better: usize, lines: &str) -> Value {
    let place = Workplace::new();
    let row = |row: usize| {
        let (ours, theirs) = (row >= worse, !(worse..worse + better).contains(&row));
        format!("{row},1,{},{},{}\n", u8::from(ours), u8::from(theirs), ["a", "b"][row % 2])
    };
    let rows: String = (0..rows).map(row).collect();
    place.write("p.csv", &format!("id,label,ours,theirs,part\n{rows}")).write(
        "mlgate.yml",
        &format!(
            "version: 1\nmodels:\n  m: {{predictions: p.csv, label: label, prediction: ours, baseline: {{prediction: theirs}}, slices: [part], {lines}}}\n"
        ),
    );
    place.report()
}

#[test]
fn a_change_is_given_a_margin_and_a_gain_is_asked_for_less() {
    let help = |lines: &str, id: &str| {
        let report = report(120, 6, 5, lines);
        let found = gate(&report, &format!("models.m.{id}"));
        assert_eq!(found["verdict"], "inconclusive", "{found:#}");
        found["help"].as_str().unwrap().to_owned()
    };
    let widen = "judge more rows, or widen the margin";
    assert_eq!(help("metrics: {accuracy: {max_drop: 0.02}}", "metrics.accuracy.max_drop"), widen);
    assert_eq!(help("metrics: {accuracy: {max_improvement: 0.005}}", "metrics.accuracy.max_improvement"), widen);
    assert_eq!(
        help("metrics: {accuracy: {min_improvement: 0.01}}", "metrics.accuracy.min_improvement"),
        "judge more rows, or demand a smaller gain"
    );
    assert_eq!(
        help("metrics: {accuracy: {slices: {part: {max_drop: 0.02}}}}", "metrics.accuracy.slices.part.max_drop"),
        widen
    );
    let rates = |demand: &str| format!("fairness: {{by: [part], rates: {{selection_rate: {{{demand}}}}}}}");
    assert_eq!(help(&rates("max_gap_growth: 0.02"), "fairness.part.selection_rate.max_gap_growth"), widen);
    assert_eq!(
        help(&rates("max_gap: 0.02"), "fairness.part.selection_rate.max_gap"),
        "judge more rows, or loosen the limit"
    );
}

#[test]
fn the_advice_of_the_page_is_for_a_demand_that_is_broken() {
    let report = report(400, 90, 0, "metrics: {accuracy: {max_drop: 0.02}}");
    let found = gate(&report, "models.m.metrics.accuracy.max_drop");
    assert_eq!(found["verdict"], "fail", "{found:#}");
    assert!(found["help"].as_str().unwrap().contains("look at the rows that got worse"), "{found:#}");
}
