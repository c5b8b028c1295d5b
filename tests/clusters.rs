//! Dependent rows: advice and messages count clusters, because more rows of the same clusters add little information.

use std::fmt::Write as _;

use serde_json::Value;

use crate::formats::valid;
use crate::support::{Workplace, gate};

/// Returns ten samples for each question; most samples of a question have the same result.
fn samples(questions: usize) -> String {
    let mut text = "item,id,want,passed,old,g,y,v\n".to_owned();
    for row in 0..questions * 10 {
        let item = row / 10;
        let passed = item % 3 > 0 || row.is_multiple_of(10);
        let old = item % 4 > 0;
        writeln!(
            text,
            "k{item},{row},1,{},{},{},{},{}",
            u8::from(passed),
            u8::from(old),
            ["a", "b"][item % 2],
            item % 7,
            (item + row) % 9
        )
        .unwrap();
    }
    text
}

fn run(questions: usize, models: &str) -> Value {
    let place = Workplace::new();
    place.write("p.csv", &samples(questions)).write("mlgate.yml", &format!("version: 1\nmodels:\n{models}"));
    let report = place.report();
    valid(&report);
    report
}

fn message<'a>(report: &'a Value, id: &str) -> &'a str {
    gate(report, id)["message"].as_str().unwrap()
}

#[test]
fn a_limit_that_so_many_clusters_cannot_decide() {
    let models = "  m: {predictions: p.csv, label: want, prediction: passed, positive: 1, cluster: item, metrics: {accuracy: {min: 0.72}, recall: {min: 0.72}}}\n  \
                  n: {predictions: p.csv, task: regression, label: y, prediction: v, cluster: item, metrics: {mae: {max: 2.5}, median_absolute_error: {max: 2.4}, r2: {min: -0.1}}}\n";
    let report = run(24, models);
    for of in report["gates"].as_array().unwrap() {
        let message = of["message"].as_str().unwrap();
        if of["verdict"] == "inconclusive" {
            assert!(
                message.contains("contains the limit")
                    && message.contains("; 24 clusters (`item`) are too few to decide"),
                "{message}"
            );
            assert!(!message.contains("rows"), "{message}");
        }
    }
    let accuracy = gate(&report, "models.m.metrics.accuracy.min");
    assert_eq!(accuracy["verdict"], "inconclusive");
    assert!(accuracy["message"].as_str().unwrap().contains("; about "), "{accuracy:#}");
}

#[test]
fn a_change_and_a_margin_that_is_a_share() {
    let models = "  m: {predictions: p.csv, key: id, label: want, prediction: passed, baseline: {prediction: old}, cluster: item, metrics: {accuracy: {max_drop: 0.1}, recall: {max_drop: 15%}}}\n";
    let report = run(24, models);
    for id in ["models.m.metrics.accuracy.max_drop", "models.m.metrics.recall.max_drop"] {
        let of = gate(&report, id);
        assert_eq!(of["verdict"], "inconclusive", "{of:#}");
        assert!(
            message(&report, id).contains("; with 24 clusters (`item`) the smallest detectable change is "),
            "{of:#}"
        );
        assert!(of["change"]["rows_to_decide"].is_null(), "more rows of the same clusters do not decide: {of:#}");
    }
    let accuracy = gate(&report, "models.m.metrics.accuracy.max_drop");
    let clusters = accuracy["change"]["clusters_to_decide"].as_u64().unwrap();
    assert!(message(&report, "models.m.metrics.accuracy.max_drop").contains(" clusters would decide"), "{accuracy:#}");
    assert!(clusters > 24, "{clusters}");
}

#[test]
fn slices_that_are_single_clusters_are_not_small() {
    let models = "  m: {predictions: p.csv, label: want, prediction: passed, cluster: item, slices: [item], metrics: {accuracy: {slices: {\"item=*\": {min: {is: 0.3, min_n: 10}}}}}, fairness: {by: [item], rates: {accuracy: {min: {is: 0.3, min_n: 10}}}}}\n";
    let report = run(24, models);
    assert_eq!(report["exit_code"], 4);
    assert_eq!(
        message(&report, "models.m.metrics.accuracy.slices.item=*.min"),
        "every slice is a single cluster, so its variance is unknown"
    );
    assert_eq!(
        message(&report, "models.m.fairness.item.accuracy.min"),
        "every group is a single cluster, so its variance is unknown"
    );
    assert_eq!(gate(&report, "models.m.metrics.accuracy.slices.item=*.min")["groups"].as_array().unwrap().len(), 24);
}

#[test]
fn groups_whose_clusters_are_too_few() {
    let models = "  m: {predictions: p.csv, label: want, prediction: passed, cluster: item, metrics: {accuracy: {min: 0.1}}, fairness: {by: [g], rates: {accuracy: {max_gap: 0.1}, selection_rate: {min: 0.6}}}}\n";
    let report = run(24, models);
    // A gap between groups has all clusters, the lowest group has its own.
    for (of, clusters) in [("accuracy.max_gap", 24), ("selection_rate.min", 12)] {
        let id = format!("models.m.fairness.g.{of}");
        assert_eq!(gate(&report, &id)["verdict"], "inconclusive", "{:#}", gate(&report, &id));
        assert!(
            message(&report, &id).contains(&format!("; {clusters} clusters (`item`) are too few to decide")),
            "{}",
            message(&report, &id)
        );
    }
}

#[test]
fn rows_and_queries_are_called_what_they_are() {
    let models = "  m: {predictions: p.csv, label: want, prediction: passed, metrics: {accuracy: {min: 0.72}}}\n  \
                  q: {predictions: p.csv, task: ranking, label: passed, score: v, query: item, metrics: {ndcg@5: {min: 0.95}}}\n";
    let report = run(24, models);
    assert!(message(&report, "models.m.metrics.accuracy.min").contains("; 240 rows are too few to decide; about "));
    let ranked = gate(&report, "models.q.metrics.ndcg@5.min");
    if ranked["verdict"] == "inconclusive" {
        assert!(ranked["message"].as_str().unwrap().contains("; 24 queries are too few to decide"), "{ranked:#}");
    }
}

#[test]
fn power_asks_for_clusters() {
    let place = Workplace::new();
    place.write("p.csv", &samples(40)).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p.csv, key: id, label: want, prediction: passed, baseline: {prediction: old}, cluster: item, metrics: {accuracy: {max_drop: 0.05}}}\n",
    );
    let answer = place.run(&["power", "--format", "json", "--samples", "50"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    valid(&report);
    let found = &report["power"][0];
    assert_eq!((&found["clusters"], &found["n"]), (&40.into(), &400.into()), "{found:#}");
    assert!(found["rows"].is_null() && found["clusters_needed"].as_u64().unwrap() >= 100, "{found:#}");
    let text = place.run(&["power", "--samples", "50"]).stdout;
    assert!(text.contains("40 clusters"), "{text}");
}
