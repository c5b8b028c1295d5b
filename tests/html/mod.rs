//! The HTML page of real runs, and the counts behind its charts.

#[cfg(unix)]
mod browser;

use std::fmt::Write as _;

use serde_json::Value;

use crate::formats::valid;
use crate::support::{Workplace, fixtures, run_in};

/// Returns rows of a classifier whose scores are more or less `sharp`.
fn rows(count: u64, sharp: f64) -> Vec<String> {
    let row = |row: u64| {
        let noise = (row.wrapping_mul(2_654_435_761) % 10_007) as f64 / 10_007.0;
        let label = row.wrapping_mul(7_919) % 10 < 3;
        let score = (noise + if label { sharp } else { 0.0 }) / (1.0 + sharp);
        format!("{row},{},{score:.6},{},{}", u8::from(label), 1 + row % 3, row % 50)
    };
    (0..count).map(row).collect()
}

fn csv(rows: &[String]) -> String {
    format!("id,label,score,weight,user\n{}\n", rows.join("\n"))
}

fn config(more: &str) -> String {
    format!(
        "version: 1\nmodels:\n  m:\n    predictions: new.csv\n    baseline_predictions: old.csv\n    key: id\n    label: label\n    \
         score: score\n{more}    metrics: {{roc_auc: {{max_drop: 0.5}}}}\n"
    )
}

fn place(count: u64, more: &str) -> Workplace {
    let place = Workplace::new();
    place.write("new.csv", &csv(&rows(count, 0.8))).write("old.csv", &csv(&rows(count, 1.2)));
    place.write("mlgate.yml", &config(more));
    place
}

fn plots(place: &Workplace) -> Value {
    let (report, answer) = place.report_with(&["--plots"], &[]);
    assert_eq!(answer.stderr, "");
    valid(&report);
    report["plots"].clone()
}

fn count(bin: &Value, field: &str) -> f64 {
    bin[field].as_f64().unwrap()
}

/// Returns the area under the ROC curve through the thresholds of the bins.
fn area(bins: &Value) -> f64 {
    let bins = bins.as_array().unwrap();
    let positives: f64 = bins.iter().map(|bin| count(bin, "positives")).sum();
    let negatives: f64 = bins.iter().map(|bin| count(bin, "rows")).sum::<f64>() - positives;
    let (mut above, mut area) = (0.0, 0.0);
    for bin in bins.iter().rev() {
        let own = count(bin, "positives");
        area += (count(bin, "rows") - own) * (above + own / 2.0);
        above += own;
    }
    area / positives / negatives
}

#[test]
fn the_curves_are_those_of_the_reported_metric() {
    let place = place(6_000, "");
    let (report, _) = place.report_with(&["--plots"], &[]);
    let scores = &report["plots"]["scores"][0];
    assert_eq!((&scores["model"], &scores["scale"]), (&"m".into(), &"probability".into()));
    assert_eq!(report["plots"]["confidence"], 0.95);
    for side in ["candidate", "baseline"] {
        let bins = &scores[side];
        let reported = report["gates"][0][side]["value"].as_f64().unwrap();
        assert!((area(bins) - reported).abs() < 0.002, "{side}: {} {reported}", area(bins));
        let all: f64 = bins.as_array().unwrap().iter().map(|bin| count(bin, "rows")).sum();
        assert!((all - 6_000.0).abs() < 0.1, "{all}");
        for bin in bins.as_array().unwrap() {
            let positives = count(bin, "positives");
            for rows in [positives, count(bin, "rows") - positives] {
                assert!(!(0.5..10.0).contains(&rows), "no bin tells of a few rows: {bin}");
            }
        }
    }
}

#[test]
fn nothing_is_counted_unless_it_is_asked_for() {
    let place = place(500, "");
    let (report, _) = place.report_with(&[], &[]);
    assert_eq!(report.get("plots"), None);
    // The page asks for it, and a JSON report of the same run has it.
    let answer = place.run(&["run", "--quiet", "--output", "html=out/report.html", "--output", "json=out/report.json"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&place.read("out/report.json")).unwrap();
    assert!(report["plots"]["scores"][0]["candidate"].as_array().unwrap().len() > 10);
}

#[test]
fn a_json_report_renders_to_the_same_page() {
    let place = place(500, "");
    place.run(&["run", "--quiet", "--output", "html=one.html", "--output", "json=report.json"]);
    let answer = place.run(&["render", "report.json", "--output", "html=two.html"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let page = place.read("one.html");
    assert!(page == place.read("two.html"), "the pages differ");
    assert_eq!(page.matches("role=\"img\"").count(), 4);
    assert!(page.contains("<small>roc_auc "), "the curve has the reported number");
    let printed = place.run(&["render", "report.json", "--format", "html"]);
    assert!(printed.stdout == page, "the printed page is another one");
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let one = place(3_000, "    weight: weight\n");
    let other = place(3_000, "    weight: weight\n");
    let mut reversed = rows(3_000, 0.8);
    reversed.reverse();
    other.write("new.csv", &csv(&reversed));
    assert_eq!(plots(&one), plots(&other));
}

#[test]
fn too_few_rows_are_not_shown_and_the_limit_is_the_configs() {
    let place = place(40, "");
    let few = &plots(&place)["scores"][0];
    assert!(few["candidate"].as_array().unwrap().len() <= 4, "{few:#}");
    place.write("mlgate.yml", &config("").replacen("version: 1", "version: 1\nmin_cell: 13", 1));
    let hidden = &plots(&place)["scores"][0];
    assert_eq!(hidden["candidate"], Value::Array(Vec::new()), "12 positives are fewer than 13");
    assert_eq!(hidden["undefined"], "not shown: it would describe fewer than 13 rows");
    let page = place.run(&["run", "--format", "html"]).stdout;
    assert!(page.contains("not shown: it would describe fewer than 13 rows"), "{page}");
}

#[test]
fn weights_and_clusters_have_no_binomial_intervals() {
    for more in ["    weight: weight\n", "    cluster: user\n"] {
        let place = place(3_000, more);
        let scores = &plots(&place)["scores"][0];
        assert_eq!(scores["independent"], false);
        let bin = &scores["candidate"][3];
        assert_eq!(bin.get("weights").is_some(), more.contains("weight:"), "{bin}");
        let page = place.run(&["run", "--format", "html"]).stdout;
        // The two distributions of the candidate are filled; no curve has a band.
        assert!(page.contains("so the charts have no intervals") && page.matches(" band\"").count() == 2, "{page}");
    }
}

#[test]
fn every_task_has_the_charts_that_fit() {
    let place = Workplace::new();
    let mut classes = "id,label,a,b,c,said,y,guess,other\n".to_owned();
    for row in 0..900_u32 {
        let label = ["a", "b", "c"][(row % 3) as usize];
        let [first, second] = [0.2 + f64::from(row * 37 % 100) / 250.0, 0.1 + f64::from(row * 11 % 100) / 400.0];
        let y = f64::from(row % 97) * 1000.0;
        let _ = writeln!(
            classes,
            "{row},{label},{first:.4},{second:.4},{:.4},a,{y},{},{}",
            1.0 - first - second,
            y * 1.1 - 20.0,
            y * 0.9
        );
    }
    place.write("d.csv", &classes).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  kinds:\n    task: multiclass\n    predictions: d.csv\n    label: label\n    classes: [a, b, c]\n    score: \
         [a, b, c]\n    metrics: {log_loss: {max: 5}}\n  price:\n    task: regression\n    predictions: d.csv\n    label: y\n    \
         prediction: guess\n    baseline: {prediction: other}\n    metrics: {r2: {min: 0.1}}\n  classes:\n    task: multiclass\n    \
         predictions: d.csv\n    label: label\n    prediction: said\n    metrics: {accuracy: {min: 0.1}}\n",
    );
    let (report, answer) = place.report_with(&["--plots"], &[]);
    assert_eq!(answer.code, 0, "{} {report:#}", answer.stderr);
    valid(&report);
    let scores = report["plots"]["scores"].as_array().unwrap();
    let told: Vec<(&str, Option<&str>, &str)> = scores
        .iter()
        .map(|of| (of["model"].as_str().unwrap(), of["class"].as_str(), of["scale"].as_str().unwrap()))
        .collect();
    let class = |name| ("kinds", Some(name), "probability");
    assert_eq!(told, [class("a"), class("b"), class("c"), ("price", None, "number")]);
    let price = &scores[3];
    assert!(price["labels"].as_array().unwrap().len() > 20 && price["baseline"].is_array(), "{price:#}");
    let page = place.run(&["run", "--format", "html"]).stdout;
    assert_eq!(page.matches("role=\"img\"").count(), 3 * 4 + 1);
}

#[test]
fn unpaired_sides_have_curves_of_their_own_rows() {
    let place = place(2_000, "    pairing: none\n");
    place.write("old.csv", &csv(&rows(900, 1.2)));
    let scores = &plots(&place)["scores"][0];
    let all = |side: &str| scores[side].as_array().unwrap().iter().map(|bin| count(bin, "rows")).sum::<f64>();
    assert_eq!((all("candidate").round(), all("baseline").round()), (2_000.0, 900.0));
}

#[test]
fn drift_shows_both_sides_bins_and_no_small_one() {
    let place = Workplace::new();
    let table = |shift: u32, rare: u32| {
        let rows = (0..800_u32).map(|row| {
            let kind = if row < rare { "rare" } else { ["x", "y"][(row % 2) as usize] };
            format!("{},{kind}\n", row * 13 % 500 + shift)
        });
        "amount,kind\n".to_owned() + &rows.collect::<String>()
    };
    place.write("new.csv", &table(60, 4)).write("old.csv", &table(0, 20)).write(
        "mlgate.yml",
        "version: 1\ndata:\n  d:\n    path: new.csv\n    baseline_path: old.csv\n    columns: {amount: {psi: 0.9}, kind: {psi: 0.9}}\n",
    );
    let plots = plots(&place);
    let columns = plots["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 2, "{plots:#}");
    let [amount, kind] = [&columns[0], &columns[1]];
    assert_eq!((&amount["column"], &amount["ordered"]), (&"amount".into(), &true.into()));
    assert_eq!((&kind["column"], &kind["ordered"]), (&"kind".into(), &false.into()));
    for bin in amount["bins"].as_array().unwrap().iter().chain(kind["bins"].as_array().unwrap()) {
        for side in ["baseline", "candidate"] {
            let rows = bin[side].as_u64().unwrap();
            assert!(rows == 0 || rows >= 10, "{bin}");
        }
    }
    assert!(!kind.to_string().contains("\"rare\""), "4 rows of the candidate: {kind}");
    for column in columns {
        let all: u64 = column["bins"].as_array().unwrap().iter().map(|bin| bin["candidate"].as_u64().unwrap()).sum();
        assert_eq!(all, 800);
    }
    let page = place.run(&["run", "--format", "html"]).stdout;
    assert_eq!(page.matches("Proportion of each side").count(), 2);
}

#[test]
fn a_run_without_a_verdict_has_a_page_too() {
    let place = Workplace::new();
    place.write("mlgate.yml", "version: 1\ndata:\n  d: {path: d.csv, rows: '<b>'}\n");
    let answer = place.run(&["run", "--output", "html=report.html"]);
    assert_eq!(answer.code, 2);
    let page = place.read("report.html");
    assert!(page.contains("<b>No verdict</b>") && page.contains("mlgate.yml:3:"), "{page}");
    assert!(page.contains("<code dir=\"auto\">b&gt;</code> is not a number"), "{page}");
}

#[test]
fn the_bad_change_is_a_page_with_its_groups_and_charts() {
    let answer = run_in(&fixtures().join("loans/bad"), &["--format", "html"]);
    assert_eq!(answer.code, 1);
    let page = answer.stdout;
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{page}");
    assert!(page.contains("<h1>9 of 24 gates failed</h1>"));
    assert!(page.contains("class=\"forest\"") && page.contains("roc_auc 0.8177 → 0.7951"));
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("<script"));
}
