//! Slices and groups that take no part are named with the reason, in every format and also under a passing gate.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Workplace, gate};

const CONFIG: &str = "\
version: 1
models:
  m:
    predictions: p.csv
    label: y
    score: s
    slices: [g, [g, h]]
    metrics: {accuracy: {slices: {\"g=*\": {min: 0.6}}}, roc_auc: {slices: {\"g,h\": {}}}}
    fairness:
      by: [g, [g, h]]
      rates: {selection_rate: {min: 0.3}, roc_auc: {min: 0.6}}
";

/// Returns two groups of 60 rows, one of 25 and one of three.
fn place() -> Workplace {
    let mut text = "id,y,s,g,h\n".to_owned();
    let mut add = |count: usize, g: &str| {
        for row in 0..count {
            let y = row % 2;
            let h = if row / 2 % 10 == 0 { "v" } else { "u" };
            writeln!(text, "{row},{y},{},{g},{h}", if y == 1 { 0.8 } else { 0.2 }).unwrap();
        }
    };
    add(60, "a");
    add(60, "b");
    add(25, "kilo");
    add(3, "mike");
    let place = Workplace::new();
    place.write("p.csv", &text).write("mlgate.yml", CONFIG);
    place
}

fn left_out<'a>(report: &'a Value, id: &str) -> Vec<(&'a str, &'a str)> {
    let groups = gate(report, id)["groups"].as_array().unwrap().iter();
    groups.filter_map(|group| Some((group["group"][0].as_str().unwrap(), group["left_out"].as_str()?))).collect()
}

#[test]
fn in_every_format_of_a_report_that_passes() {
    let place = place();
    let report = place.report();
    assert_eq!((&report["verdict"], &report["counts"]["pass"]), (&"pass".into(), &5.into()), "{report:#}");
    let why = "fewer than 30 rows in its denominator";
    for id in ["models.m.fairness.g.selection_rate.min", "models.m.fairness.g.roc_auc.min"] {
        assert_eq!(left_out(&report, id), [("kilo", why), ("mike", why)]);
    }
    assert_eq!(left_out(&report, "models.m.metrics.accuracy.slices.g=*.min"), [("g=kilo", why), ("g=mike", why)]);
    assert!(left_out(&report, "models.m.fairness.g+h.selection_rate.min").len() >= 4);
    for format in ["text", "markdown"] {
        for more in [&[][..], &["--evidence"][..]] {
            let page = place.run(&[&["run", "--format", format], more].concat()).stdout;
            let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("kilo") && words.contains("mike"), "{page}");
            if more.is_empty() {
                // With the three rows of `mike` suppressed, the number of `kilo` would reveal them.
                assert!(words.contains("left out: `g=kilo`, `g=mike`: fewer than 30 rows"), "{page}");
                assert!(words.contains("left out: `g=kilo` (25 rows), `g=mike`: fewer than 30 rows"), "{page}");
                assert!(words.contains("`g=kilo, h=u`"), "{page}");
                assert!(words.contains("g=kilo,h=v") && words.contains("not shown"), "{page}");
            }
            // The report mentions the three rows' group and no more of it.
            assert!(!words.contains("(3 rows)"), "{page}");
        }
    }
}

#[test]
fn with_their_rows_where_those_are_no_secret() {
    let place = place();
    let without: String =
        place.read("p.csv").lines().filter(|line| !line.contains("mike")).map(|line| format!("{line}\n")).collect();
    place.write("p.csv", &without);
    for format in ["text", "markdown"] {
        let page = place.run(&["run", "--format", format]).stdout;
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("left out: `g=kilo` (25 rows): fewer than 30 rows in its denominator"), "{page}");
    }
}

#[test]
fn groups_that_are_too_few_to_compare_keep_their_table() {
    let place = place();
    let only: String = place
        .read("p.csv")
        .lines()
        .filter(|line| !line.contains(",b,") && !line.contains("mike"))
        .map(|line| format!("{line}\n"))
        .collect();
    place.write("p.csv", &only).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p.csv, label: y, score: s, metrics: {accuracy: {min: 0.1}}, fairness: {by: [g], rates: {selection_rate: {max_gap: 0.9, four_fifths: {}}, roc_auc: {min_ratio: 0.5}}}}\n",
    );
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    for id in ["selection_rate.max_gap", "selection_rate.four_fifths", "roc_auc.min_ratio"] {
        let of = gate(&report, &format!("models.m.fairness.g.{id}"));
        assert_eq!(of["verdict"], "error", "{of:#}");
        assert!(
            of["message"]
                .as_str()
                .unwrap()
                .contains("fewer than two groups are large enough to compare; fewer than 30 rows in the denominator: "),
            "{of:#}"
        );
        let groups = of["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 2, "{of:#}");
        assert!(groups[0]["candidate"]["value"].is_number() && groups[1]["candidate"]["value"].is_number(), "{of:#}");
    }
    let text = place.run(&["run"]).stdout;
    assert!(text.contains("kilo") && text.contains("50.0%"), "{text}");
}
